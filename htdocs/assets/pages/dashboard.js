/* SPDX-License-Identifier: Apache-2.0 */
/* Is everything all right? The answer first, then the numbers, then what just happened. */
import { html } from '../lib.js';
import { api } from '../api.js';
import { useFeed } from '../live.js';
import { go, setQuery } from '../router.js';
import { health, may, session, tenant, useStore } from '../store.js';
import { Page } from '../page.js';
import { ENDPOINT_STATE, stateOf, urgentFirst } from '../logic/endpoints.js';
import { attentions, reasons } from '../logic/stats.js';
import { count, number, percent } from '../logic/text.js';
import { clock, duration } from '../logic/time.js';
import { Badge, Icon, Link, LinkButton, Time } from '../ui/basic.js';
import { Choice } from '../ui/field.js';
import { plotStyles } from '../ui/plot.js';
import { LiveMark } from '../ui/live.js';
import { Loaded, Notice, useLoad } from '../ui/load.js';
import { Services } from '../ui/services.js';
import { Table } from '../ui/table.js';
import { columnsOf, eventLabel } from './history-rows.js';
import { Switch } from './maintenance-switch.js';
import { CALM, Traffic } from './traffic.js';

export const styles = [...plotStyles, 'pages/history.css', 'pages/dashboard.css'];

/* Of a load: whether it has ended, and whether it ended with nothing to show. */
const asked = (load) => Boolean(load.data || load.error);
const missing = (load) => Boolean(!load.data && load.error);

/* Why they failed, so that nobody has to open one after the other. */
function Reasons({ status }) {
  const narrowed = useStore(tenant);
  const load = useLoad(`reasons ${status} ${narrowed}`, (signal) => api.get('api/history', { status, from: new Date(Date.now() - 86400000).toISOString(), limit: 200, tenant: narrowed }, { signal }));
  useFeed(load.reload, true, CALM);
  return html`<ul class="reasons small">${reasons(load.data?.items).map((r) => html`<li key=${r.id}><span class="muted">${number(r.n)} × <bdi>${r.endpoint}</bdi></span> <${Link} to=${`/history/${r.id}`} title=${r.text}>${r.text}<//></li>`)}</ul>`;
}

const Attention = ({ a }) => html`<li class=${a.tone}><${Icon} name=${a.tone === 'failed' ? 'circle-x' : 'triangle-alert'} class=${`text-${a.tone}`} /><span>${a.text}</span>
  ${a.to && html`<${Link} to=${a.to} query=${a.query} class="nowrap">${a.action}<//>`}${a.why && html`<${Reasons} status=${a.why} />`}</li>`;

function Verdict({ list, known }) {
  if (!known) return html`<div class="panel overall pending-line"></div>`;
  if (!list.length) return html`<div class="panel overall ok"><${Icon} name="circle-check" /><div><p class="strong">Everything is running</p><p class="muted">Services are up, and nothing failed in the last 24 hours.</p></div></div>`;
  const worst = list.some((a) => a.tone === 'failed') ? 'failed' : 'attention';
  return html`<div class=${`panel overall ${worst}`}><${Icon} name=${worst === 'failed' ? 'circle-x' : 'triangle-alert'} /><div class="grow"><p class="strong">${count(list.length, 'thing needs', 'things need')} attention</p>
    <ul class="attentions">${list.map((a) => html`<${Attention} key=${a.text} a=${a} />`)}</ul></div></div>`;
}

const SPANS = [['24h', '24 hours'], ['today', 'Today']];

/* What a tile leads to: its events of the same time. */
const TILES = [['total', 'Events', {}], ['created', 'Tickets opened', { action: 'create' }], ['updated', 'Notes added', { action: 'update' }], ['closed', 'Tickets closed', { action: 'close' }], ['skipped', 'Skipped', { status: 'skipped' }]];

const Tile = ({ label, value, children, ...link }) => html`<${Link} class="tile panel" ...${link}><span class="muted small">${label}</span><span class="value">${value}</span>${children}<//>`;
const Plain = ({ label, value, title }) => html`<div class="tile panel" title=${title}><span class="muted small">${label}</span><span class="value">${value}</span></div>`;

function Tiles({ s, span }) {
  const time = span === 'today' ? { from: s.from } : { span: '24h' };
  const [events, ...others] = TILES.map(([name, label, query]) => html`<${Tile} key=${name} label=${label} value=${number(s[name] ?? 0)} to="/history" query=${{ ...query, ...time }} />`);
  return html`<div class="tiles">${events}<${Plain} label="Success" value=${s.total ? percent(s.success_rate) : '–'} title="Processed or skipped, of all events that are settled" />${others}
    <${Tile} label="Open incidents" value=${number(s.open_incidents ?? 0)} to="/incidents" />
    <${Plain} label="Mean latency" value=${s.total ? duration(s.avg_processing_time) : '–'} title="From the arrival of a webhook until it is recorded" /></div>`;
}

/* The server's day begins at midnight UTC; when that is on the reader's clock. */
const HereToo = ({ at }) => at && new Date(at).getTimezoneOffset() !== 0 && html` <span class="muted">(${clock(at, Date.now(), false)} here)</span>`;

/* The numbers of the last 24 hours, which the verdict needs as well, or of the day so far. */
function Counts({ last, narrowed, of }) {
  const span = of === 'today' ? 'today' : '24h';
  const day = useLoad(span === 'today' ? `stats today ${narrowed}` : null, (signal) => api.get('api/stats', { period: 'today', tenant: narrowed }, { signal }));
  useFeed(day.reload, span === 'today', CALM);
  return html`<section aria-labelledby="counts"><header class="row over"><h2 id="counts">${span === 'today' ? html`Today, since midnight UTC<${HereToo} at=${day.data?.from} />` : 'The last 24 hours'}</h2>
      <span class="push"><${Choice} label="Numbers of" options=${SPANS} value=${span} onInput=${(v) => setQuery({ of: v === 'today' ? v : '' })} /></span></header>
    <${Loaded} of=${span === 'today' ? day : last} rows=${2}>${(s) => html`<${Tiles} s=${s} span=${span} />`}<//></section>`;
}

const Ground = ({ h, on }) => html`<section class="panel ground" aria-label="Services"><${Services} of=${h} class="strip" />
  <div class="row push"><span class="muted small">Maintenance</span>${on ? html`<span class="badge attention"><${Icon} name="wrench" />On</span>` : html`<span class="badge silent"><${Icon} name="circle-minus" />Off</span>`}<${Switch} on=${on} class="small" /></div></section>`;

function Latest({ narrowed }) {
  const load = useLoad(`latest ${narrowed}`, (signal) => api.get('api/history', { limit: 10, tenant: narrowed }, { signal }));
  useFeed(load.reload);
  return html`<section class="panel"><header><h2>Latest events</h2><span class="push"><${LiveMark} /></span><${Link} to="/history" class="small">All<//></header>
    <${Loaded} of=${load} rows=${6} empty=${(d) => !d.items.length && html`<${Notice} title="Nothing arrived yet">The first webhook appears here by itself.<//>`}>
      ${(d) => html`<${Table} caption="Latest events" columns=${columnsOf('time', 'status', 'summary', 'endpoint')} rows=${d.items} rowKey=${(r) => r.id} rowLabel=${eventLabel} onOpen=${(r) => go(`/history/${r.id}`)} />`}<//></section>`;
}

const ENDPOINT_COLUMNS = [
  { id: 'state', label: 'State', cell: (e) => html`<${Badge} table=${ENDPOINT_STATE} name=${stateOf(e, Date.now())} />` },
  { id: 'name', label: 'Endpoint', class: 'main', cell: (e) => html`<${Link} to=${`/endpoints/${e.id}`} title=${e.name}>${e.name}<//>` },
  { id: 'seen', label: 'Last webhook', class: 'num', cell: (e) => (e.last_seen_at ? html`<${Time} at=${e.last_seen_at} />` : html`<span class="muted">never</span>`) },
];

const Senders = ({ of, items }) => html`<section class="panel whole"><header><h2>Endpoints</h2><${Link} to="/endpoints" class="push small">All<//></header>
  <${Loaded} of=${of}>${() => html`<${Table} caption="Endpoints: those that want a look first" columns=${ENDPOINT_COLUMNS} rows=${urgentFirst(items, Date.now()).slice(0, 10)}
    rowKey=${(e) => e.id} rowLabel=${(e) => e.name} onOpen=${(e) => go(`/endpoints/${e.id}`)} />`}<//></section>`;

const OPEN_COLUMNS = [
  { id: 'summary', label: 'Incident', class: 'main', cell: (i) => html`<${Link} to=${`/incidents/${i.id}`} title=${i.summary}>${i.summary}<//>` },
  { id: 'since', label: 'Since', class: 'num', cell: (i) => html`<${Time} at=${i.created_at} />` },
];

function OpenIncidents({ narrowed }) {
  const load = useLoad(`open incidents ${narrowed}`, (signal) => api.get('api/incidents', { status: 'active', limit: 6, tenant: narrowed }, { signal }));
  useFeed(load.reload, true, CALM);
  if (!load.data?.items.length && !missing(load)) return null;
  return html`<section class="panel whole"><header><h2>Open incidents</h2><${Link} to="/incidents" class="push small">All<//></header>
    <${Loaded} of=${load}>${(d) => html`<${Table} caption="Open incidents" columns=${OPEN_COLUMNS} rows=${d.items} rowKey=${(i) => i.id} rowLabel=${(i) => i.summary} onOpen=${(i) => go(`/incidents/${i.id}`)} />`}<//></section>`;
}

/* Shown until the first webhook came. */
const FirstRun = ({ endpoints }) => html`<section class="panel first"><div class="body stack"><div><h2>Three steps to the first ticket</h2></div><ol>
  <li class=${endpoints ? 'done' : ''}><div><strong>Make an endpoint</strong><p class="muted">Choose the sender's preset; it knows the fields. Without a PSA, problems become incidents here.</p></div>
    ${endpoints ? html`<span class="text-ok row"><${Icon} name="check" />Done</span>` : may('admin') && html`<${LinkButton} kind="primary" to="/endpoints/new" icon="plus">New endpoint<//>`}</li>
  <li><div><strong>Point the sender at it</strong><p class="muted">Copy address and token from the endpoint into the sender's webhook settings.</p></div>${endpoints > 0 && html`<${LinkButton} to="/endpoints" icon="webhook">Endpoints<//>`}</li>
  <li><div><strong>Send a test</strong><p class="muted">It appears below within a second, with the story of what was decided and why.</p></div></li></ol></div></section>`;

export default function Dashboard({ query }) {
  const h = useStore(health);
  const who = useStore(session);
  const narrowed = useStore(tenant);
  const stats = useLoad(`stats of ${narrowed}`, (signal) => api.get('api/stats', { period: '24h', tenant: narrowed }, { signal }));
  const endpoints = useLoad('endpoints', (signal) => api.get('api/endpoints', { limit: 1000 }, { signal }));
  useFeed(() => { stats.reload(); endpoints.reload(); }, true, CALM);
  const items = (endpoints.data?.items ?? []).filter((e) => !narrowed || (e.tenant ?? 'default') === narrowed);
  const unread = [missing(stats) && 'the numbers of the last 24 hours', missing(endpoints) && 'the endpoints'].filter(Boolean);
  const list = attentions({ health: h, stats: stats.data, endpoints: items, maintenance: who.maintenance, unread, now: Date.now() });
  const fresh = endpoints.data && !items.some((e) => e.last_seen_at);
  return html`<${Page} title="Dashboard"><div class="stack">
    <${Verdict} list=${list} known=${h.status !== 'unknown' && asked(stats) && asked(endpoints)} />
    ${fresh && html`<${FirstRun} endpoints=${items.length} />`}
    ${h.status !== 'unknown' && h.status !== 'unreachable' && html`<${Ground} h=${h} on=${who.maintenance} />`}
    ${!fresh && html`<${Counts} last=${stats} narrowed=${narrowed} of=${query.of} />`}
    <div class="dash"><div class="stack">${!fresh && html`<${Traffic} of=${{ tenant: narrowed }} period=${query.period} />`}<${Latest} narrowed=${narrowed} /></div>
    <div class="stack"><${OpenIncidents} narrowed=${narrowed} />${(items.length > 0 || missing(endpoints)) && html`<${Senders} of=${endpoints} items=${items} />`}</div></div></div><//>`;
}
