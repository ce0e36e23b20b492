/* SPDX-License-Identifier: Apache-2.0 */
/* Bars that stand on each other, as the chart library takes them. */

/* From the foot up; what the word says is one with the colour. */
export const SERIES = [['ok', 'Processed'], ['silent', 'Skipped'], ['attention', 'Retrying or rejected'], ['failed', 'Failed or given up']];

/* [places, heights of the highest series, …, of the lowest]: each hides all of the one before it but
 * its own share. What has no share is no bar. */
export function stacked(bars) {
  const heights = SERIES.map(([id], n) => bars.map((b) => (b[id] ? SERIES.slice(0, n + 1).reduce((sum, [s]) => sum + b[s], 0) : null)));
  return [bars.map((_, i) => i), ...heights.reverse()];
}

/* The sum of all bars, as one. */
export const sumOf = (bars) => Object.fromEntries(SERIES.map(([id]) => [id, bars.reduce((n, b) => n + b[id], 0)]));

/* Which bars are labelled: each manieth, so that a label has so many pixels. */
export function labelled(count, width, each) {
  const every = [1, 2, 3, 4, 5, 6, 10, 12, 24].find((n) => (width / count) * n >= each) ?? count;
  return Array.from({ length: Math.ceil(count / every) }, (_, i) => i * every);
}

/* Whole numbers from 0 to the top, few of them. */
export function ticks(top) {
  const step = [2, 4, 5, 3].map((parts) => top / parts).find(Number.isInteger) ?? top;
  return Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
}

/* The end of the bar that begins at at: the next one's beginning, or as much after it as the one before. */
export function endOf(bars, i) {
  const at = (n) => Date.parse(bars[n].at);
  return i + 1 < bars.length ? at(i + 1) : at(i) + (bars.length > 1 ? at(i) - at(i - 1) : 3600000);
}
