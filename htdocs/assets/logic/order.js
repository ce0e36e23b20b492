/* SPDX-License-Identifier: Apache-2.0 */
/* Moving things in lists that have an order. */

/* A new list with one member at another place; places outside are the ends. */
export function moved(list, from, to) {
  const at = Math.max(0, Math.min(list.length - 1, to));
  if (from === at || from < 0 || from >= list.length) return list;
  const next = [...list];
  const [one] = next.splice(from, 1);
  next.splice(at, 0, one);
  return next;
}

/* Pinned ones first, the order otherwise kept. */
export const pinnedFirst = (list) => [...list.filter((e) => e.is_pinned), ...list.filter((e) => !e.is_pinned)];

/* Moves one up or down past its shown neighbours: rows that a filter hides keep their places. shown:
 * ids in the order seen. Pinned ones stay among themselves. Same list: it cannot go there. */
export function stepMove(list, shown, id, step) {
  const at = shown.indexOf(id);
  const target = shown[at + step];
  return target === undefined ? list : moveTo(list, id, target);
}

/* Puts one at the place of another. */
export function moveTo(list, id, target) {
  const from = list.findIndex((e) => e.id === id);
  const to = list.findIndex((e) => e.id === target);
  if (from < 0 || to < 0 || Boolean(list[from].is_pinned) !== Boolean(list[to].is_pinned)) return list;
  return moved(list, from, to);
}
