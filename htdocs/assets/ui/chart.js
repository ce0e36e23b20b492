/* SPDX-License-Identifier: Apache-2.0 */
/* A line without axes, for a cell of a table. Charts with axes: ui/plot.js. */
import { html } from '../lib.js';

/* values: numbers. */
export function Sparkline({ values, label }) {
  const max = Math.max(...values, 1);
  const points = values.map((v, i) => `${(i / Math.max(values.length - 1, 1)) * 100},${22 - (v / max) * 20}`).join(' ');
  return html`<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label=${label}><polyline points=${points} /></svg>`;
}
