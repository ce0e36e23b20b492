/* SPDX-License-Identifier: Apache-2.0 */
/* A list as a table: dense rows, marks, and the keys j, k, Enter and x. */
import { html, useCallback, useLayoutEffect, useRef, useState } from '../lib.js';
import { moveIndex, toggle } from '../logic/list.js';
import { onKeys } from '../keys.js';
import { keepOpened, openedRow } from '../router.js';

const interesting = 'a, button, input, select, label';

function Row({ row, columns, current, marked, onMark, onOpen, onLeave, label, tone, more }) {
  const open = (e) => {
    if (e.target.closest('td.main a')) onLeave?.(row);
    if (onOpen && !e.target.closest(interesting) && !getSelection().toString()) onOpen(row, e);
  };
  return html`<tr class=${`${onOpen ? 'opens' : ''} ${current ? 'current' : ''} ${marked ? 'marked' : ''} ${tone ?? ''}`}
    tabindex="-1" onClick=${open} ...${more}>
    ${onMark && html`<td class="mark"><input type="checkbox" checked=${marked} aria-label=${`Select ${label}`}
      onClick=${(e) => onMark(row, e.shiftKey)} /></td>`}
    ${columns.map((c) => html`<td key=${c.id} class=${c.class} data-label=${c.label}>${c.cell(row)}</td>`)}
  </tr>`;
}

function Head({ columns, marks, all, onAll }) {
  return html`<thead><tr>
    ${marks && html`<th class="mark" scope="col"><input type="checkbox" checked=${all === 'all'} indeterminate=${all === 'some'}
      aria-label="Select all rows shown" onClick=${onAll} /></th>`}
    ${columns.map((c) => html`<th key=${c.id} class=${c.class} scope="col" aria-sort=${c.sort}>
      ${c.onSort ? html`<button type="button" class="sort" onClick=${c.onSort}>${c.label}${c.sort === 'ascending' ? ' ↑' : c.sort === 'descending' ? ' ↓' : ''}</button>`
        : c.hide ? html`<span class="vh">${c.label}</span>` : c.label}</th>`)}
  </tr></thead>`;
}

/* The row that j and k have come to stays the same one while others come before it or it leaves the
 * list; after going back it is the one that was opened. */
function useCurrent(keys, caption, body) {
  const [current, setCurrent] = useState(() => openedRow(caption));
  const back = useRef(current !== undefined);
  const near = useRef(-1);
  const focused = useRef();
  const found = keys.indexOf(current);
  const at = found >= 0 || current === undefined ? found : Math.min(near.current, keys.length - 1);
  near.current = at;
  useLayoutEffect(() => {
    if (at < 0 || focused.current === current) return; // one that was opened may come with the next answer
    focused.current = current;
    body.current?.rows[at]?.focus({ preventScroll: back.current });
    back.current = false;
  }, [current, at < 0]);
  const move = (key) => setCurrent(keys[moveIndex(key, at, keys.length)]);
  return { at, move };
}

/* A table that is wider than its place scrolls in it, and the keys can reach it to do so. */
function useWide() {
  const box = useRef();
  const [wide, setWide] = useState(false);
  useLayoutEffect(() => {
    const look = () => setWide(box.current.firstElementChild.scrollWidth > box.current.clientWidth);
    const watch = new ResizeObserver(look);
    watch.observe(box.current);
    watch.observe(box.current.firstElementChild);
    return () => watch.disconnect();
  }, []);
  return [box, wide ? { class: 'table-box wide', tabindex: 0 } : { class: 'table-box' }];
}

/* columns: [{ id, label, cell: (row) => content, class, hide }]; rowKey: (row) => text;
 * rowLabel: (row) => words for screen readers; onOpen: (row); marked: Set of keys with onMark(Set)
 * for lists whose rows can be selected; tone: (row) => class; rowProps: (row) => attributes and handlers. The first column with class "main"
 * takes the room that is left; below 720 px rows become two lines (class "wide" is left out). */
export function Table({ caption, columns, rows, rowKey, rowLabel = rowKey, onOpen, marked, onMark, tone, rowProps }) {
  const last = useRef(null);
  const body = useRef();
  const [box, scrolls] = useWide();
  const keys = rows.map(rowKey);
  const { at, move } = useCurrent(keys, caption, body);
  const open = onOpen && ((row, e) => { keepOpened(caption, rowKey(row)); onOpen(row, e); });
  const mark = useCallback((row, range) => {
    onMark(toggle(marked, keys, rowKey(row), { last: last.current, range }));
    last.current = rowKey(row);
  }, [marked, onMark, rows]);
  onKeys({
    j: () => move('j'),
    k: () => move('k'),
    Enter: () => (at >= 0 && open ? open(rows[at]) : false),
    x: () => (at >= 0 && onMark ? mark(rows[at], false) : false),
  });
  const all = !marked?.size ? 'none' : keys.every((k) => marked.has(k)) ? 'all' : 'some';
  return html`<div ref=${box} role="region" aria-label=${caption} ...${scrolls}><table class="list">
    <caption class="vh">${caption}</caption>
    <${Head} columns=${columns} marks=${Boolean(onMark)} all=${all} onAll=${() => onMark(all === 'all' ? new Set() : new Set(keys))} />
    <tbody ref=${body}>${rows.map((row, i) => html`<${Row} key=${keys[i]} row=${row} columns=${columns} current=${i === at}
      marked=${marked?.has(keys[i])} onMark=${onMark && mark} onOpen=${open} onLeave=${(r) => keepOpened(caption, rowKey(r))} label=${rowLabel(row)} tone=${tone?.(row)} more=${rowProps?.(row)} />`)}</tbody>
  </table></div>`;
}
