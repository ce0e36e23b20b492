/* SPDX-License-Identifier: Apache-2.0 */
/* Small charts in SVG; the numbers stand in a table as well. */
import { html } from '../lib.js';
import { ceiling } from '../logic/stats.js';
import { number } from '../logic/text.js';

const W = 720;
const H = 160;
const LEFT = 36;
const FOOT = 20;

const SERIES = [['ok', 'Processed'], ['silent', 'Skipped'], ['attention', 'Retrying or rejected'], ['failed', 'Failed or given up']];

function Bar({ bar, x, width, scale, label }) {
  let y = H - FOOT;
  return html`<g><title>${label}: ${SERIES.filter(([id]) => bar[id]).map(([id, w]) => `${bar[id]} ${w.toLowerCase()}`).join(', ') || 'no events'}</title>
    <rect class="hit" x=${x} y="0" width=${width} height=${H - FOOT} />
    ${SERIES.map(([id]) => {
      const h = bar[id] * scale;
      y -= h;
      return h > 0 && html`<rect key=${id} class=${`bar ${id}`} x=${x + width * 0.14} y=${y} width=${width * 0.72} height=${Math.max(h, 1)} />`;
    })}</g>`;
}

const Numbers = ({ bars, label, caption }) => html`<details class="numbers"><summary>Numbers as a table</summary><div class="table-box"><table class="list"><caption class="vh">${caption}</caption>
  <thead><tr><th scope="col">Time</th>${SERIES.map(([id, w]) => html`<th key=${id} scope="col" class="num">${w}</th>`)}</tr></thead>
  <tbody>${bars.map((b) => html`<tr key=${b.at}><td>${label(b.at)}</td>${SERIES.map(([id, w]) => html`<td key=${id} class="num" data-label=${w}>${number(b[id])}</td>`)}</tr>`)}</tbody></table></div></details>`;

/* bars: of logic/stats.js; label: (at) => words; every: each how manieth label is written. */
export function BarChart({ bars, label, short, every, caption }) {
  const top = ceiling(Math.max(...bars.map((b) => b.total), 0));
  const width = (W - LEFT) / bars.length;
  const scale = (H - FOOT - 8) / top;
  return html`<figure class="chart">
    <svg viewBox=${`0 0 ${W} ${H}`} role="img" aria-label=${`${caption}. The numbers follow as a table.`}>
      ${[0, top / 2, top].map((v) => html`<g key=${v}><line x1=${LEFT} x2=${W} y1=${H - FOOT - v * scale} y2=${H - FOOT - v * scale} />
        <text x=${LEFT - 6} y=${H - FOOT - v * scale + 4} text-anchor="end">${number(v)}</text></g>`)}
      ${bars.map((b, i) => html`<${Bar} key=${b.at} bar=${b} x=${LEFT + i * width} width=${width} scale=${scale} label=${label(b.at)} />`)}
      ${bars.map((b, i) => i % every === 0 && html`<text key=${b.at} x=${LEFT + (i + 0.5) * width} y=${H - 4} text-anchor="middle">${short(b.at)}</text>`)}
    </svg>
    <figcaption class="row small muted">${SERIES.map(([id, w]) => html`<span key=${id} class="row"><span class=${`swatch ${id}`}></span>${w}</span>`)}</figcaption>
    <${Numbers} bars=${bars} label=${label} caption=${caption} />
  </figure>`;
}

/* A line without axes; values: numbers. */
export function Sparkline({ values, label }) {
  const max = Math.max(...values, 1);
  const points = values.map((v, i) => `${(i / Math.max(values.length - 1, 1)) * 100},${22 - (v / max) * 20}`).join(' ');
  return html`<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label=${label}><polyline points=${points} /></svg>`;
}
