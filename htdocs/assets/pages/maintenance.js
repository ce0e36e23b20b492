/* SPDX-License-Identifier: Apache-2.0 */
/* When problems open no tickets: the switch for everything, and every endpoint's windows. */
import { html } from '../lib.js';
import { api } from '../api.js';
import { setQuery } from '../router.js';
import { tenant, useStore } from '../store.js';
import { Page } from '../page.js';
import { count } from '../logic/text.js';
import { calendar } from '../logic/windows.js';
import { Icon, Link, Time } from '../ui/basic.js';
import { Choice } from '../ui/field.js';
import { Loaded, Notice, useLoad } from '../ui/load.js';
import { Table } from '../ui/table.js';
import { Switch } from './maintenance-switch.js';

export const styles = ['pages/settings.css'];

const DAYS = 14;
const time = (at) => new Date(at).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });
const dayName = (ms) => new Date(ms).toLocaleDateString(undefined, { weekday: 'short', day: 'numeric', month: 'short' });

const Global = ({ on, done }) => html`<section class=${`panel switch ${on ? 'on' : ''}`}><${Icon} name="wrench" /><div><h2>Maintenance for everything is ${on ? 'on' : 'off'}</h2>
    <p class="muted">${on ? 'Problems are recorded and open no ticket, at every endpoint.' : 'Problems open tickets, except within the windows below.'}</p></div>
    <span class="push"><${Switch} on=${on} done=${done} /></span></section>`;

const Piece = ({ o, day }) => html`<${Link} to=${`/endpoints/${o.endpoint_id}`} query=${{ section: 'maintenance' }} class=${`piece ${o.active ? 'active' : ''}`} title=${`${o.endpoint_name}: ${o.text}`}>
  <span class="strong clip">${o.endpoint_name}</span><span class="small">${Date.parse(o.starts) < day.start ? '…' : time(o.starts)}–${Date.parse(o.ends) > day.end ? '…' : time(o.ends)}</span><//>`;

const Calendar = ({ items }) => html`<ol class="calendar">${calendar(items, Date.now(), DAYS).map((day, i) => html`<li key=${day.start} class=${i === 0 ? 'today' : ''}><h3>${i === 0 ? 'Today' : dayName(day.start)}</h3>
  ${day.items.map((o, n) => html`<${Piece} key=${n} o=${o} day=${day} />`)}${!day.items.length && html`<span class="muted small">none</span>`}</li>`)}</ol>`;

const COLUMNS = [
  { id: 'state', label: 'State', cell: (o) => (o.active ? html`<span class="badge attention"><${Icon} name="wrench" />Active</span>` : html`<span class="badge silent"><${Icon} name="clock" />Planned</span>`) },
  { id: 'endpoint', label: 'Endpoint', class: 'main', cell: (o) => html`<${Link} to=${`/endpoints/${o.endpoint_id}`} query=${{ section: 'maintenance' }}>${o.endpoint_name}<//>` },
  { id: 'starts', label: 'Begins', cell: (o) => html`<span title=${o.starts}>${dayName(Date.parse(o.starts))}, ${time(o.starts)}</span>` },
  { id: 'ends', label: 'Ends', cell: (o) => html`<span title=${o.ends}>${dayName(Date.parse(o.ends))}, ${time(o.ends)}</span> <span class="muted">${o.active && html`(<${Time} at=${o.ends} />)`}</span>` },
  { id: 'text', label: 'Window', class: 'wide spare', cell: (o) => html`<span class="muted" title=${o.text}>${o.text}</span>` },
  { id: 'more', label: 'Also', class: 'wide spare', cell: (o) => html`<span class="muted">${[o.recoveries === 'skip' && 'recoveries wait', o.catch_up && 'catches up'].filter(Boolean).join(', ') || '–'}</span>` },
];

export default function Maintenance({ query }) {
  const narrowed = useStore(tenant);
  const view = query.view === 'list' ? 'list' : 'calendar';
  const list = useLoad(`windows ${narrowed}`, (signal) => api.get('api/maintenance/windows', { days: DAYS, tenant: narrowed }, { signal }));
  const none = html`<${Notice} icon="wrench" title="No windows in the next two weeks">Windows belong to an endpoint: open it under <${Link} to="/endpoints">Endpoints<//>, section Maintenance.<//>`;
  const active = list.data?.items.filter((o) => o.active).length;
  return html`<${Page} title="Maintenance"><div class="stack"><${Loaded} of=${list} rows=${6}>${(d) => html`<${Global} on=${d.global} done=${list.reload} />
    <section class="panel"><header><h2>Windows of the next two weeks</h2>${active > 0 && html`<span class="text-attention small">${count(active, 'window')} active now</span>`}
      <span class="push"><${Choice} label="Show windows as" options=${[['calendar', 'Calendar'], ['list', 'List']]} value=${view} onInput=${(v) => setQuery({ view: v === 'list' ? v : '' })} /></span></header>
      ${!d.items.length ? none : view === 'list' ? html`<${Table} caption="Windows by their start" columns=${COLUMNS} rows=${d.items} rowKey=${(o) => `${o.endpoint_id} ${o.index} ${o.starts}`} rowLabel=${(o) => o.endpoint_name} />` : html`<${Calendar} items=${d.items} />`}</section>`}<//></div><//>`;
}
