/* SPDX-License-Identifier: Apache-2.0 */
/* Tickets of the built-in destination. */
import { html } from '../lib.js';
import { api } from '../api.js';
import { useFeed } from '../live.js';
import { go, setQuery } from '../router.js';
import { tenant, useStore } from '../store.js';
import { Page } from '../page.js';
import { INCIDENT_STATUS } from '../logic/status.js';
import { count, number } from '../logic/text.js';
import { Badge, Button, Link, LinkButton, Time } from '../ui/basic.js';
import { Choice, FilterText } from '../ui/field.js';
import { LiveMark } from '../ui/live.js';
import { asMany, Loaded, Notice, useLoad, useMore } from '../ui/load.js';
import { Table } from '../ui/table.js';
import { Mirror } from './incident-mirror.js';

export const styles = ['pages/history.css'];

const COLUMNS = [
  { id: 'id', label: 'No.', cell: (i) => html`<span class="muted">#${i.id}</span>` },
  { id: 'status', label: 'Status', cell: (i) => html`<${Badge} table=${INCIDENT_STATUS} name=${i.status} />` },
  { id: 'summary', label: 'Summary', class: 'main', cell: (i) => html`<${Link} to=${`/incidents/${i.id}`}>${i.summary}<//>` },
  { id: 'company', label: 'Company', class: 'wide some spare', cell: (i) => i.company ?? html`<span class="muted">–</span>` },
  { id: 'priority', label: 'Priority', class: 'wide spare', cell: (i) => i.fields?.priority ?? html`<span class="muted">–</span>` },
  { id: 'events', label: 'Events', class: 'wide spare num', cell: (i) => number(i.events_count) },
  { id: 'opened', label: 'Opened', class: 'labelled', cell: (i) => html`<${Time} at=${i.created_at} />` },
  { id: 'updated', label: 'Last event', class: 'wide', cell: (i) => html`<${Time} at=${i.last_event_at ?? i.updated_at} />` },
];
const STATUS = [['', 'Active'], ...Object.entries(INCIDENT_STATUS).map(([v, { word }]) => [v, word]), ['all', 'All']];

const word = (status) => (INCIDENT_STATUS[status]?.word ?? 'active').toLowerCase();
const showAll = html`<${Button} onClick=${() => setQuery({ status: 'all', q: '' })}>Show all<//>`;

function Empty({ status, q }) {
  if (q) return html`<${Notice} icon="search" title="No incident matches" action=${showAll}>Its summary does not hold “${q}”, or it has another status.<//>`;
  if (status === 'closed') return html`<${Notice} title="Nothing was closed yet" action=${showAll}>Incidents close when their recovery arrives, or by hand.<//>`;
  if (status !== 'all') return html`<${Notice} icon="circle-check" tone="ok" title=${`No ${word(status)} incident`} action=${showAll}>Nothing waits here.<//>`;
  return html`<${Notice} title="No incidents yet" action=${html`<${LinkButton} to="/endpoints" icon="webhook">To the endpoints<//>`}>
      An endpoint whose destination is "local" opens one here for each problem, and closes it on recovery. Tickets of a PSA are found in History.<//>`;
}

function Local({ query }) {
  const narrowed = useStore(tenant);
  const filters = { status: query.status === 'all' ? '' : query.status || 'active', q: query.q, tenant: narrowed };
  const list = useLoad(`incidents ${JSON.stringify(filters)}`, (signal) => api.get('api/incidents', { ...filters, limit: asMany(list, 100) }, { signal }));
  useFeed(list.reload);
  const more = useMore(list, (cursor) => api.get('api/incidents', { ...filters, limit: 100, cursor }));
  return html`<div class="filters"><${Choice} label="Status" options=${STATUS} value=${query.status ?? ''} onInput=${(status) => setQuery({ status })} />
      <${FilterText} label="Text in the summary" placeholder="Summary" value=${query.q} onInput=${(q) => setQuery({ q })} /></div>
    <div class="panel"><${Loaded} of=${list} empty=${(d) => !d.items.length && html`<${Empty} status=${query.status} q=${query.q} />`}>${(d) => html`
      <${Table} caption="Incidents, newest first" columns=${COLUMNS} rows=${d.items} rowKey=${(i) => i.id} rowLabel=${(i) => i.summary} onOpen=${(i) => go(`/incidents/${i.id}`)} />
      <div class="table-foot"><span>${count(d.items.length, 'incident')} shown${d.next ? '' : ', that is all'}</span>
        ${d.next && html`<${Button} busy=${more.busy} onClick=${more.load}>Show 100 more<//>`}${more.error && html`<span class="text-failed" role="alert">${more.error.message}</span>`}</div>`}<//></div>`;
}

const TABS = [['', 'Incidents here'], ['tickets', 'Tickets of the PSA']];

export default function Incidents({ query }) {
  const here = query.tab === 'tickets' ? 'tickets' : '';
  return html`<${Page} title=${here ? 'Tickets of the PSA' : 'Incidents'} heading="Incidents" actions=${html`<${LiveMark} />`}>
    <nav class="tabs" aria-label="Whose tickets">${TABS.map(([tab, word]) => html`<${Link} key=${tab} to="/incidents" query=${{ tab }} aria-current=${tab === here ? 'page' : undefined}>${word}<//>`)}</nav>
    ${here ? html`<${Mirror} query=${query} />` : html`<${Local} query=${query} />`}<//>`;
}
