/* SPDX-License-Identifier: Apache-2.0 */
/* Events over time as bars; the numbers stand in a table as well. The chart library comes with the
 * first chart that is shown. */
import { html, useEffect, useRef, useState } from '../lib.js';
import { labelled, SERIES, stacked, sumOf, ticks } from '../logic/bars.js';
import { ceiling } from '../logic/stats.js';
import { number } from '../logic/text.js';

export const plotStyles = ['vendor/uplot.css', 'ui/plot.css'];

const LABEL = 52;  // pixels a label of the time axis takes

/* Canvases know no custom properties: a colour as the style sheet computes it now. Where the system forces its
 * colours the bars keep theirs, as the swatches below them do. */
function colour(el, name) {
  const probe = el.appendChild(document.createElement('i'));
  probe.style.color = `var(--${name})`;
  if (name.endsWith('-fill')) probe.style.forcedColorAdjust = 'none';
  const got = getComputedStyle(probe).color;
  probe.remove();
  return got;
}
const coloursOf = (el) => Object.fromEntries([...SERIES.map(([id]) => [id, colour(el, `${id}-fill`)]), ['line', colour(el, 'line')], ['muted', colour(el, 'muted')]]);

/* What the library is told. now: { bars, short, colours } as they are when it draws. */
function optionsOf(uPlot, el, now) {
  const font = `11px ${getComputedStyle(el).fontFamily}`;
  const axis = { font, stroke: () => now.colours.muted, ticks: { show: false } };
  const paths = uPlot.paths.bars({ size: [0.72, 48] });
  return {
    width: el.clientWidth, height: el.clientHeight, legend: { show: false }, padding: [8, 0, 0, 0],
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false }, move: (u, left, top) => [left < 0 ? left : u.valToPos(Math.round(u.posToVal(left, 'x')), 'x'), top] },
    scales: { x: { time: false, range: () => [-0.5, now.bars.length - 0.5] }, y: { range: () => [0, ceiling(Math.max(...now.bars.map((b) => b.total), 0))] } },
    axes: [
      { ...axis, size: 24, gap: 6, grid: { show: false }, splits: (u) => labelled(now.bars.length, u.width, LABEL), values: (u, at) => at.map((i) => now.short(now.bars[i].at)) },
      { ...axis, size: (u, words) => 12 + 7 * Math.max(3, ...(words ?? []).map((w) => w.length)), gap: 6, grid: { stroke: () => now.colours.line, width: 1 }, splits: (u, n, min, max) => ticks(max), values: (u, at) => at.map(number) },
    ],
    series: [{}, ...[...SERIES].reverse().map(([id, label]) => ({ label, paths, width: 0, points: { show: false }, fill: () => now.colours[id] }))],
  };
}

/* Keeps a chart in an element as wide as it is, in the colours of the theme. */
function usePlot(el, bars, short, onBar) {
  const now = useRef({}).current;
  const plot = useRef(null);
  Object.assign(now, { bars, short, onBar });
  useEffect(() => {
    let here = true;
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const paint = () => { now.colours = coloursOf(el.current); plot.current?.redraw(); };
    const fit = new ResizeObserver(() => plot.current?.setSize({ width: el.current.clientWidth, height: el.current.clientHeight }));
    import('../vendor/uplot.js').then(({ default: uPlot }) => {
      if (!here) return;
      now.colours = coloursOf(el.current);
      const hooks = { setCursor: [(u) => now.onBar(u.cursor.idx ?? null)] };
      plot.current = new uPlot({ ...optionsOf(uPlot, el.current, now), hooks }, stacked(now.bars), el.current);
      fit.observe(el.current);
    }, () => {}); // without the library there is the table
    addEventListener('themechange', paint);
    dark.addEventListener('change', paint);
    return () => {
      here = false;
      removeEventListener('themechange', paint);
      dark.removeEventListener('change', paint);
      fit.disconnect();
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(stacked(bars)), [bars]);
  return plot;
}

const Key = ({ bar, span }) => html`<figcaption><span class="span">${span}</span>${SERIES.map(([id, word]) => html`<span key=${id} class="key"><span class=${`swatch ${id}`}></span>${word} <strong>${number(bar[id])}</strong></span>`)}</figcaption>`;

const Numbers = ({ bars, label, caption }) => html`<details class="numbers"><summary>Numbers as a table</summary><div class="table-box"><table class="list"><caption class="vh">${caption}</caption>
  <thead><tr><th scope="col">Time</th>${SERIES.map(([id, w]) => html`<th key=${id} scope="col" class="num">${w}</th>`)}</tr></thead>
  <tbody>${bars.map((b) => html`<tr key=${b.at}><td>${label(b.at)}</td>${SERIES.map(([id, w]) => html`<td key=${id} class="num" data-label=${w}>${number(b[id])}</td>`)}</tr>`)}</tbody></table></div></details>`;

/* bars: of logic/stats.js; label, short: (at) => words; all: the word for all of them; onOpen(i): a bar
 * was chosen, by the mouse or with arrow keys and Enter. */
export function BarChart({ bars, label, short, caption, all, onOpen }) {
  const el = useRef();
  const [at, setAt] = useState(null);
  const plot = usePlot(el, bars, short, setAt);
  const bar = at === null ? null : bars[at];
  const words = bar ? `${label(bar.at)}: ${SERIES.map(([id, w]) => `${number(bar[id])} ${w.toLowerCase()}`).join(', ')}` : '';
  const show = (i) => { const u = plot.current; if (u) u.setCursor({ left: u.valToPos(i, 'x'), top: 0 }); setAt(i); };
  const keys = (e) => {
    const last = bars.length - 1;
    const to = { ArrowRight: Math.min((at ?? -1) + 1, last), ArrowLeft: Math.max((at ?? last + 1) - 1, 0), Home: 0, End: last }[e.key];
    if (to !== undefined) show(to);
    else if (e.key === 'Enter' && bar) onOpen(at);
    else return;
    e.preventDefault();
  };
  return html`<figure class="chart">
    <div ref=${el} class="plot" tabindex="0" role="group" aria-label=${`${caption}. Arrow keys go from bar to bar, Enter opens its events; the numbers follow as a table.`}
      onKeyDown=${keys} onBlur=${() => { plot.current?.setCursor({ left: -10, top: -10 }); setAt(null); }} onClick=${() => at !== null && onOpen(at)}></div>
    <p class="vh" role="status">${document.activeElement === el.current ? words : ''}</p>
    <${Key} bar=${bar ?? sumOf(bars)} span=${bar ? label(bar.at) : all} /><${Numbers} bars=${bars} label=${label} caption=${caption} />
  </figure>`;
}
