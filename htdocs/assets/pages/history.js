/* SPDX-License-Identifier: Apache-2.0 */
/* What happened to the alerts: a filtered list that can be live. */
import { html, useEffect, useMemo, useRef, useState } from '../lib.js';
import { api } from '../api.js';
import { useFeed } from '../live.js';
import { go, setQuery } from '../router.js';
import { may, tenant, useStore } from '../store.js';
import { Page } from '../page.js';
import { filtersOf, isFiltered, mergeNewest } from '../logic/history.js';
import { count } from '../logic/text.js';
import { onKeys } from '../keys.js';
import { Button, Icon, LinkButton } from '../ui/basic.js';
import { LiveMark } from '../ui/live.js';
import { Loaded, Notice, useLoad, useMore } from '../ui/load.js';
import { Menu } from '../ui/menu.js';
import { Table } from '../ui/table.js';
import { announce } from '../ui/toast.js';
import { Filters } from './history-filters.js';
import { EVENT_COLUMNS, eventLabel } from './history-rows.js';
import { deleteMatching, ExportChoice, exportRows, replayMatching, resumeReplay, replayMany } from './history-actions.js';

export const styles = ['pages/history.css'];

const PAGE = 100;
const FAR = 160; // px scrolled down from which new rows wait above

/* Looks at the newest page, while the list itself is not being asked; then it looks afterwards. Of two looks the
 * one asked last is right, whichever answers last. fetcher: (signal) => Promise; put: (page). */
function useFreshen(list, fetcher, put) {
  const era = useRef();
  const late = useRef(false);
  const asked = useRef(0);
  const shown = useRef(0);
  const freshen = async () => {
    late.current = list.busy;
    if (late.current) return;
    const turn = ++asked.current;
    const { signal } = era.current;
    const page = await fetcher(signal).catch(() => null);
    if (!page || signal.aborted || turn < shown.current) return;
    shown.current = turn;
    put(page);
  };
  useEffect(() => {
    era.current = new AbortController();
    if (late.current) freshen();
    return () => era.current.abort();
  }, [list.key, list.busy]);
  return freshen;
}

/* The list with its further pages, and new rows while live. */
function useHistory(filters, live) {
  const key = `history ${JSON.stringify(filters)}`;
  const get = (more, signal) => api.get('api/history', { ...filters, limit: PAGE, ...more }, { signal });
  const list = useLoad(key, (signal) => get({}, signal));
  const more = useMore(list, (cursor) => get({ cursor }));
  const [waiting, setWaiting] = useState(0);
  useEffect(() => setWaiting(0), [key]);
  const freshen = useFreshen(list, (signal) => get({}, signal), (page) => list.set((data) => {
    if (!data) return page;
    const merged = mergeNewest(data.items, page.items);
    if (merged.added && scrollY > FAR) { setWaiting(merged.added); return data; }
    setWaiting(0);
    return merged.gap ? page : { items: merged.items, next: data.next };
  }));
  useFeed(freshen, live);
  return { list, waiting, freshen, more };
}

function Bulk({ rows, onClear }) {
  const n = rows.length;
  const compare = () => go('/history/compare', { a: rows[1].id, b: rows[0].id });
  return html`<div class="bulk" role="group" aria-label="Selected events"><strong>${n} selected</strong>
    ${may('operator') && html`<${Button} icon="rotate-ccw" onClick=${() => replayMany(rows)}>Replay ${n}<//>`}
    <${Button} icon="file-diff" disabled=${n !== 2} title=${n === 2 ? '' : 'Select two events'} onClick=${compare}>Compare<//>
    <${Button} icon="download" onClick=${() => exportRows(rows)}>Export CSV<//>
    <${Button} kind="quiet" onClick=${onClear}>Clear selection<//></div>`;
}

const Empty = ({ query }) => (isFiltered(query)
  ? html`<${Notice} icon="search" title="No event matches" action=${html`<${Button} onClick=${() => go('/history', {}, { replace: true })}>Clear the filters<//>`}>
      Widen the time, or take a filter away.<//>`
  : html`<${Notice} title="No events yet" action=${html`<${LinkButton} to="/endpoints" icon="webhook">To the endpoints<//>`}>
      Every webhook appears here within a second of its arrival, also those that open no ticket. Point a sender at an endpoint's address to see the first.<//>`);

function MoreRows({ data, more }) {
  return html`<div class="table-foot"><span>${count(data.items.length, 'event')} shown${data.next ? '' : ', that is all'}</span>
    ${data.next && html`<${Button} busy=${more.busy} onClick=${more.load}>Show ${PAGE} more<//>`}
    ${more.error && html`<span class="text-failed" role="alert">${more.error.message}</span>`}</div>`;
}

const Actions = ({ live, filtered, onAll }) => html`<${LiveMark} on=${live} onToggle=${() => setQuery({ live: live ? '0' : '' })} />
  <${Menu} label="More" button=${html`<${Icon} name="ellipsis" />`}>${(close) => html`<div class="menu-items">
    ${may('operator') && html`<${Button} kind="quiet" icon="rotate-ccw" onClick=${() => { close(); onAll('replay'); }}>Replay all that match…<//>`}
    <${Button} kind="quiet" icon="download" onClick=${() => { close(); onAll('export'); }}>Export…<//>
    ${may('admin') && filtered && html`<${Button} kind="quiet" icon="trash-2" onClick=${() => { close(); onAll('delete'); }}>Delete all that match…<//>`}</div>`}<//>`;

export default function History({ query }) {
  const narrowed = useStore(tenant);
  const live = query.live !== '0';
  const filters = useMemo(() => filtersOf(query, Date.now(), narrowed), [JSON.stringify(query), narrowed]);
  const { list, waiting, freshen, more } = useHistory(filters, live);
  const [marked, setMarked] = useState(new Set());
  const [all, setAll] = useState(null);
  useEffect(() => setMarked(new Set()), [JSON.stringify(filters)]);
  useEffect(() => { if (may('operator')) resumeReplay(); }, []);
  const rows = (list.data?.items ?? []).filter((r) => marked.has(r.id));
  onKeys({
    l: () => setQuery({ live: live ? '0' : '' }),
    c: () => (rows.length === 2 ? go('/history/compare', { a: rows[1].id, b: rows[0].id }) : announce('Select two events with x, then c compares them')),
    r: () => (rows.length && may('operator') ? replayMany(rows) : false),
    Escape: () => (marked.size ? setMarked(new Set()) : false),
  });
  return html`<${Page} title="History" actions=${html`<${Actions} live=${live} filtered=${isFiltered(query)} onAll=${(what) => (what === 'delete' ? deleteMatching(filters, list.reload) : what === 'replay' ? replayMatching(filters) : setAll(what))} />`}>
    <${Filters} query=${query} />
    <p class="vh" role="status" aria-live="polite">${waiting ? `${count(waiting, 'new event')}` : ''}</p>
    ${waiting > 0 && html`<button type="button" class="button primary fresh" onClick=${() => { scrollTo(0, 0); freshen(); }}><${Icon} name="chevron-up" />${count(waiting, 'new event')}</button>`}
    <div class="panel">${rows.length > 0 && html`<${Bulk} rows=${rows} onClear=${() => setMarked(new Set())} />`}
      <${Loaded} of=${list} rows=${14} empty=${(d) => !d.items.length && html`<${Empty} query=${query} />`}>
        ${(d) => html`<${Table} caption="Events, newest first" columns=${query.endpoint_id ? EVENT_COLUMNS.filter((c) => c.id !== 'endpoint') : EVENT_COLUMNS} rows=${d.items}
          rowKey=${(r) => r.id} rowLabel=${eventLabel} marked=${marked} onMark=${setMarked} onOpen=${(r) => go(`/history/${r.id}`)} />
          <${MoreRows} data=${d} more=${more} />`}<//></div>
    ${all === 'export' && html`<${ExportChoice} filters=${filters} onClose=${() => setAll(null)} />`}<//>`;
}
