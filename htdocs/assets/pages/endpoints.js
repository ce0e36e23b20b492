/* SPDX-License-Identifier: Apache-2.0 */
/* Every sender at one look: does it arrive, does it work, is it set up well. */
import { html, useEffect, useRef, useState } from '../lib.js';
import { everyPage } from '../api.js';
import { useFeed } from '../live.js';
import { go, setQuery } from '../router.js';
import { may, tenant, useStore } from '../store.js';
import { Page } from '../page.js';
import { ENDPOINT_STATE, filterEndpoints, valuesOf } from '../logic/endpoints.js';
import { moveTo, pinnedFirst, stepMove } from '../logic/order.js';
import { count, number } from '../logic/text.js';
import { onKeys } from '../keys.js';
import { Button, LinkButton } from '../ui/basic.js';
import { FilterText } from '../ui/field.js';
import { Loaded, Notice, useLoad } from '../ui/load.js';
import { Popover } from '../ui/popover.js';
import { Table } from '../ui/table.js';
import { exportMany, pauseMany, removeMany, saveOrder, setEnabled } from './endpoint-actions.js';
import { QuickEdit, RotateDialog } from './endpoint-dialogs.js';
import { columnsFor, menuItems } from './endpoint-rows.js';
import { NewEndpoint } from './endpoint-new.js';

export const styles = ['ui/chart.css', 'ui/popover.css', 'pages/endpoints.css'];

const PAGE = 200;   // rows before the rest is asked for
let reached = PAGE; // kept while the pages are open: going back finds the place

const CALM = 5000;  // ms between two looks while events keep coming

function Filters({ query, items }) {
  const select = (name, label, options, all) => html`<select aria-label=${label} value=${query[name] ?? ''} onChange=${(e) => setQuery({ [name]: e.currentTarget.value })}>
    <option value="">${all}</option>${options.map(([v, w]) => html`<option key=${v} value=${v} selected=${query[name] === v}>${w}</option>`)}</select>`;
  const boards = valuesOf(items, 'board').map((b) => [b, b]);
  const tenants = valuesOf(items.map((e) => ({ tenant: e.tenant ?? 'default' })), 'tenant').map((t) => [t, t]);
  return html`<div class="filters" role="search" aria-label="Filter endpoints">
    <${FilterText} label="Search endpoints" placeholder="Name, preset, board, company" value=${query.q} onInput=${(q) => setQuery({ q })} />
    ${select('state', 'State', [...Object.entries(ENDPOINT_STATE).map(([v, s]) => [v, s.word]), ['problem', 'Set-up problem']], 'Any state')}
    ${boards.length > 0 && select('board', 'Board', [...boards, ['-', 'No board of its own']], 'Any board')}
    ${tenants.length > 1 && select('tenant', 'Tenant of the endpoint', tenants, 'Any tenant')}</div>`;
}

function Bulk({ list, rows, onClear }) {
  const n = count(rows.length, 'endpoint');
  return html`<div class="bulk" role="group" aria-label="Selected endpoints"><strong>${n} selected</strong>
    ${may('operator') && html`<${Button} icon="pause" onClick=${() => pauseMany(list, rows)}>Pause ${rows.length}…<//>
      <${Button} icon="play" onClick=${() => setEnabled(list, rows, true)}>Resume ${rows.length}<//>
      <${Button} icon="download" onClick=${() => exportMany(rows)}>Export ${rows.length}<//>`}
    ${may('admin') && html`<${Button} kind="danger" icon="trash-2" onClick=${() => removeMany(list, rows, onClear)}>Delete ${rows.length}…<//>`}
    <${Button} kind="quiet" onClick=${onClear}>Clear selection<//></div>`;
}

/* Rows move by the grip, and by Alt with the arrow keys. */
function useOrder(list, shown) {
  const dragged = useRef(null);
  const allowed = may('operator');
  const items = () => pinnedFirst(list.data.items);
  const put = (next, id) => {
    if (next === items() || next.every((e, i) => e === items()[i])) return;
    saveOrder(list, next, items());
    requestAnimationFrame(() => document.querySelector(`tr[data-id="${CSS.escape(id)}"]`)?.focus());
  };
  const step = (row, by) => put(stepMove(items(), shown.map((x) => x.id), row.id, by), row.id);
  const handlers = (row) => allowed && {
    onDragStart: (e) => {
      if (!e.target.closest?.('.grip')) return;
      dragged.current = row.id;
      e.dataTransfer.effectAllowed = 'move';
      e.dataTransfer.setData('text/plain', row.name);
      e.dataTransfer.setDragImage(e.currentTarget, 20, 20);
    },
    onDragOver: (e) => { if (dragged.current) { e.preventDefault(); e.currentTarget.classList.add('over'); } },
    onDragLeave: (e) => e.currentTarget.classList.remove('over'),
    onDrop: (e) => {
      e.preventDefault();
      e.currentTarget.classList.remove('over');
      if (dragged.current) put(moveTo(items(), dragged.current, row.id), dragged.current);
      dragged.current = null;
    },
    onDragEnd: () => { dragged.current = null; },
    onKeyDown: (e) => {
      const by = e.altKey && { ArrowUp: -1, ArrowDown: 1 }[e.key];
      if (!by) return;
      e.preventDefault();
      step(row, by);
    },
  };
  return { handlers, step };
}

const Empty = () => html`<${Notice} icon="search" title="No endpoint matches" action=${html`<${Button} onClick=${() => go('/endpoints', {}, { replace: true })}>Clear the filters<//>`}>
  Another word, or one filter less, may find it.<//>`;

function List({ list, data, query }) {
  const [marked, setMarked] = useState(new Set());
  const [menu, setMenu] = useState(null);
  const [dialog, setDialog] = useState(null);
  const shown = filterEndpoints(pinnedFirst(data.items), query, Date.now());
  const rows = shown.filter((e) => marked.has(e.id));
  const [most, setMost] = useState(reached);
  const further = () => { reached = most + PAGE; setMost(reached); };
  const ordering = useOrder(list, shown);
  onKeys({ Escape: () => (marked.size ? setMarked(new Set()) : false) });
  const open = (row, at) => setMenu({ row, at });
  const tools = { list, move: ordering.step, onDialog: (kind, row) => setDialog({ kind, row }) };
  const done = () => setDialog((now) => (now === dialog ? null : now)); // an answer that comes late closes no other
  return html`<${Filters} query=${query} items=${data.items} />
    <div class="panel">${rows.length > 0 && html`<${Bulk} list=${list} rows=${rows} onClear=${() => setMarked(new Set())} />`}
      ${shown.length ? html`<${Table} caption="Endpoints" columns=${columnsFor({ list, open })} rows=${shown.slice(0, most)} rowKey=${(e) => e.id} rowLabel=${(e) => e.name} marked=${marked} onMark=${may('operator') ? setMarked : undefined}
        onOpen=${(e) => go(`/endpoints/${e.id}`)} tone=${(e) => (e.is_enabled === false || e.is_draft ? 'endpoint off' : 'endpoint')}
        rowProps=${(row) => ({ 'data-id': row.id, ...ordering.handlers(row), onContextMenu: (e) => { if (!getSelection().toString()) { e.preventDefault(); open(row, { x: e.clientX, y: e.clientY }); } } })} />
        <div class="table-foot"><span>${shown.length === data.items.length ? count(shown.length, 'endpoint') : `${number(shown.length)} of ${count(data.items.length, 'endpoint')}`}${shown.length > most ? `, the first ${number(most)} shown` : ''}</span>
          ${shown.length > most && html`<${Button} onClick=${further}>Show ${Math.min(PAGE, shown.length - most)} more<//>`}
          ${may('operator') && html`<span class="push wide-only">Drag the grip, or Alt with ↑ and ↓, to order</span>`}</div>` : html`<${Empty} />`}</div>
    ${menu && html`<${Popover} at=${menu.at} label=${`Actions for ${menu.row.name}`} items=${menuItems(menu.row, tools)} onClose=${() => setMenu(null)} />`}
    ${dialog?.kind === 'rotate' && html`<${RotateDialog} endpoint=${dialog.row} onClose=${(changed) => { done(); if (changed) list.reload(); }} />`}
    ${dialog?.kind === 'quick' && html`<${QuickEdit} endpoint=${dialog.row} onClose=${done} onSaved=${() => list.reload()} />`}`;
}

export default function Endpoints({ query }) {
  const narrowed = useStore(tenant);
  const list = useLoad(`endpoints ${narrowed}`, (signal) => everyPage('api/endpoints', { tenant: narrowed }, { signal }));
  useFeed(list.reload, Boolean(list.data?.items.length), CALM);
  const [first, setFirst] = useState(false);
  useEffect(() => { if (list.data && !list.data.items.length) setFirst(true); }, [list.data]);
  if (first && may('admin')) return html`<${NewEndpoint} first onDone=${() => { setFirst(false); list.reload(); }} />`;
  const none = html`<${Notice} icon="webhook" title="No endpoints yet">An endpoint is the address a monitoring system sends its webhooks to. An admin can make the first one.<//>`;
  return html`<${Page} title="Endpoints" actions=${may('admin') && html`<${LinkButton} kind="primary" icon="plus" to="/endpoints/new">New endpoint<//>`}>
    <${Loaded} of=${list} rows=${10} empty=${(d) => !d.items.length && html`<div class="panel">${none}</div>`}>${(d) => html`<${List} list=${list} data=${d} query=${query} />`}<//><//>`;
}
