/* SPDX-License-Identifier: Apache-2.0 */
/* Moving and marking in lists. */

/* The index after a key; -1 = none yet. */
export function moveIndex(key, index, length) {
  if (!length) return -1;
  if (key === 'j' || key === 'ArrowDown') return Math.min(length - 1, index + 1);
  if (key === 'k' || key === 'ArrowUp') return index < 0 ? length - 1 : Math.max(0, index - 1);
  if (key === 'Home') return 0;
  if (key === 'End') return length - 1;
  return index;
}

/* A set with one member switched; with shift, everything from the last one switched to this one. */
export function toggle(set, keys, key, { last = null, range = false } = {}) {
  const next = new Set(set);
  const on = !set.has(key);
  const a = keys.indexOf(last);
  const b = keys.indexOf(key);
  const span = range && a >= 0 && b >= 0 ? keys.slice(Math.min(a, b), Math.max(a, b) + 1) : [key];
  for (const k of span) on ? next.add(k) : next.delete(k);
  return next;
}
