/* SPDX-License-Identifier: Apache-2.0 */
/* A list as a table: dense rows, marks, and the keys j, k, Enter and x. */
import { html, useCallback, useEffect, useRef, useState } from '../lib.js';
import { moveIndex, toggle } from '../logic/list.js';
import { onKeys } from '../keys.js';

const interesting = 'a, button, input, select, label';

function Row({ row, columns, current, marked, onMark, onOpen, label, tone, more }) {
  const open = (e) => {
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

/* columns: [{ id, label, cell: (row) => content, class, hide }]; rowKey: (row) => text;
 * rowLabel: (row) => words for screen readers; onOpen: (row); marked: Set of keys with onMark(Set)
 * for lists whose rows can be selected; tone: (row) => class; rowProps: (row) => attributes and handlers. The first column with class "main"
 * takes the room that is left; below 720 px rows become two lines (class "wide" is left out). */
export function Table({ caption, columns, rows, rowKey, rowLabel = rowKey, onOpen, marked, onMark, tone, rowProps }) {
  const [at, setAt] = useState(-1);
  const last = useRef(null);
  const body = useRef();
  const keys = rows.map(rowKey);
  const mark = useCallback((row, range) => {
    onMark(toggle(marked, keys, rowKey(row), { last: last.current, range }));
    last.current = rowKey(row);
  }, [marked, onMark, rows]);
  useEffect(() => { if (at >= rows.length) setAt(rows.length - 1); }, [rows.length]);
  useEffect(() => { body.current?.rows[at]?.focus(); }, [at]);
  onKeys({
    j: () => setAt((i) => moveIndex('j', i, rows.length)),
    k: () => setAt((i) => moveIndex('k', i, rows.length)),
    Enter: () => (at >= 0 && onOpen ? onOpen(rows[at]) : false),
    x: () => (at >= 0 && onMark ? mark(rows[at], false) : false),
  });
  const all = !marked?.size ? 'none' : keys.every((k) => marked.has(k)) ? 'all' : 'some';
  return html`<div class="table-box" role="region" aria-label=${caption} tabindex="0"><table class="list">
    <caption class="vh">${caption}</caption>
    <${Head} columns=${columns} marks=${Boolean(onMark)} all=${all} onAll=${() => onMark(all === 'all' ? new Set() : new Set(keys))} />
    <tbody ref=${body}>${rows.map((row, i) => html`<${Row} key=${keys[i]} row=${row} columns=${columns} current=${i === at}
      marked=${marked?.has(keys[i])} onMark=${onMark && mark} onOpen=${onOpen} label=${rowLabel(row)} tone=${tone?.(row)} more=${rowProps?.(row)} />`)}</tbody>
  </table></div>`;
}
