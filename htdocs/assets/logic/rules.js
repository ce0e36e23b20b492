/* SPDX-License-Identifier: Apache-2.0 */
/* Rules while they are written. */

/* What a rule still lacks, in words; '' = it is finished. */
export function lacks(rule) {
  if (!rule.path && !rule.regex) return 'where to look and what to find';
  if (!rule.regex) return 'what to find';
  return rule.path ? '' : 'where to look';
}

/* The rules that can be tried, each with the number it has in the list for a name, so that a trace
 * speaks of the rule that is seen; places: where each of them stands. */
export function finished(rules) {
  const places = rules.map((_, i) => i).filter((i) => !lacks(rules[i]));
  return { places, rules: places.map((i, k) => (i === k || rules[i].name ? rules[i] : { ...rules[i], name: `rule ${i + 1}` })) };
}

/* An error's field with the number that its rule has in the list. */
export const placed = (field, places) => String(field ?? '').replace(/^routing_rules\[(\d+)\]/, (all, k) => (places[k] === undefined ? all : `routing_rules[${places[k]}]`));
