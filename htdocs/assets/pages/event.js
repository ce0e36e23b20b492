/* SPDX-License-Identifier: Apache-2.0 */
/* One event as a story: received, decoded, decided, acted, recorded. */
import { html, useState } from '../lib.js';
import { api } from '../api.js';
import { go, goUp } from '../router.js';
import { may } from '../store.js';
import { Page } from '../page.js';
import { useFeed } from '../live.js';
import { onKeys } from '../keys.js';
import { refusalOf, stageTimes, stepName, stepTone, story } from '../logic/story.js';
import { ACTION, COPIED, destinationName, EVENT_STATUS } from '../logic/status.js';
import { exact } from '../logic/time.js';
import { Badge, Button, copyText, Icon, Id, Link, LinkButton, Time } from '../ui/basic.js';
import { Choice } from '../ui/field.js';
import { JsonTree } from '../ui/json.js';
import { Loaded, useLoad } from '../ui/load.js';
import { columnsOf, eventLabel, Outcome, TicketLink, words } from './history-rows.js';
import { Table } from '../ui/table.js';
import { replayOne } from './history-actions.js';

export const styles = ['ui/json.css', 'pages/history.css', 'pages/event.css'];

const ICONS = { received: 'inbox', decoded: 'book-open', decided: 'git-branch', acted: 'send', recorded: 'save' };

const Step = ({ step }) => html`<li class=${`${stepTone(step)} ${step.step}`}><span class="what">${stepName(step)}</span>
  <span title=${step.outcome}>${step.text}</span></li>`;

const Stage = ({ s, time, actions, children }) => html`<li class=${`stage ${s.tone}`}>
  <span class="bullet"><${Icon} name=${s.tone === 'failed' ? 'x' : ICONS[s.stage]} /></span>
  <div class="head"><h2>${s.title}</h2>${time && html`<span class="muted small">${time}</span>`}<span class="row push">${actions}</span></div>
  ${s.steps.length > 0 && html`<ol class="steps">${s.steps.map((x, i) => html`<${Step} key=${i} step=${x} />`)}</ol>`}
  ${s.note && html`<p class="muted">${s.note}</p>`}${children}</li>`;

const small = 'small';

/* The buttons stand beside the step they concern: what failed is sent again where it failed. */
const ACTIONS = {
  received: (row) => html`<${Button} class=${small} icon="copy" label="Copy the request id" onClick=${() => copyText(row.request_id, 'Request id')} />
    ${refusalOf(row) ? html`<${LinkButton} class=${`button plain ${small}`} icon="shield" to=${`/endpoints/${row.config_id}`} query=${{ section: 'sender' }}>Who may post<//>` : may('operator') && !/^(failed|dlq)$/.test(row.status) && html`<${Button} class=${small} icon="rotate-ccw" disabled=${row.replayable === false} title=${row.replayable === false ? 'The request itself is no longer kept' : ''} onClick=${() => replayOne(row)}>Replay<//>`}`,
  decoded: (row) => row.dedup_key && html`<${Link} to="/history" query=${{ q: row.dedup_key, endpoint_id: row.config_id }} class="small">Others with this key<//>`,
  decided: (row) => !refusalOf(row) && html`<${LinkButton} class=${`button plain ${small}`} icon="flask-conical" to=${`/endpoints/${row.config_id}`} query=${{ history: row.id }}>Try in the editor<//>`,
  acted: (row) => (/^(failed|dlq)$/.test(row.status) ? html`${may('operator') && row.replayable !== false && html`<${Button} class=${small} icon="rotate-ccw" onClick=${() => replayOne(row)}>Replay<//>`}
    <${LinkButton} class=${`button plain ${small}`} icon="settings" to=${`/endpoints/${row.config_id}`} query=${{ section: 'ticket', history: row.id }}>Its ticket settings<//>` : !row.ticket_id ? null : row.destination === 'local'
    ? html`<${LinkButton} class=${`button plain ${small}`} icon="siren" to=${`/incidents/${row.ticket_id}`}>Incident ${row.ticket_id}<//>`
    : html`<${LinkButton} class=${`button plain ${small}`} icon="ticket" to="/history" query=${{ ticket_id: row.ticket_id }}>Ticket ${row.ticket_id}<//>`),
  recorded: () => null,
};

function timeOf(stage, row, times) {
  if (stage === 'received') return html`${exact(row.received_at)}${row.source_ip ? html`, from <${Link} to="/history" query=${{ source_ip: row.source_ip }}>${row.source_ip}<//>` : ''}`;
  return times[stage];
}

const doneOf = (row) => (row.destination === 'mirror' ? COPIED : ACTION[row.action])?.what.replace(/^Processed: ([at])/, (all, first) => first.toUpperCase());
const whatOf = (row) => (row.status === 'processed' && doneOf(row)) || EVENT_STATUS[row.status]?.what;

const AI = {
  waiting: ['silent', 'clock', 'The model’s note waits for its turn.'], running: ['attention', 'loader-circle', 'The model is writing its note.'], failed: ['failed', 'circle-x', 'The model wrote no note'],
};

/* What the language model does with it, as long as there is no note on the ticket. */
function Note({ ai }) {
  const [tone, icon, words] = AI[ai.status] ?? ['silent', 'info', ai.status];
  return html`<p class="row tight ai-note"><${Icon} name=${icon} class=${`text-${tone}`} /><span>${words}${ai.error ? `${ai.status === 'failed' ? '' : ' Last try'}: ${ai.error}` : ''}${ai.tries > 1 ? ` (${ai.tries} tries)` : ''}</span></p>`;
}

const Story = ({ row, times = stageTimes(row) }) => html`<ol class="story">${story(row).map((s) => html`<${Stage} key=${s.stage} s=${s} time=${timeOf(s.stage, row, times)} actions=${ACTIONS[s.stage](row)}>
  ${s.stage === 'acted' && row.ai && html`<${Note} ai=${row.ai} />`}${s.stage === 'recorded' && html`<p class="row"><${Badge} table=${EVENT_STATUS} name=${row.status} /><span class="muted">${whatOf(row)}</span></p>`}<//>`)}</ol>`;

const Facts = ({ row }) => html`<dl class="facts">
  <dt>Endpoint</dt><dd><${Link} to=${`/endpoints/${row.config_id}`}>${row.config_name ?? row.config_id}<//></dd>
  <dt>Company</dt><dd>${row.company ? html`<${Link} to="/history" query=${{ company: row.company }}>${row.company}<//>` : '–'}</dd>
  <dt>Destination</dt><dd>${destinationName(row.destination) || '–'}</dd>
  <dt>Ticket</dt><dd><${TicketLink} row=${row} /></dd>
  <dt>Alert key</dt><dd class="mono">${row.dedup_key ?? '–'}</dd>
  ${row.matched_rule && html`<dt>Rule</dt><dd>${row.matched_rule}</dd>`}
  <dt>Request</dt><dd><${Id} value=${row.request_id} what="Request id" head=${8} tail=${6} />${row.part > 0 ? `, part ${row.part + 1}` : ''}</dd></dl>`;

function Content({ row }) {
  const [tab, setTab] = useState('payload');
  const value = row[tab];
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return html`<section class="panel"><header><${Choice} label="What is shown" options=${[['payload', 'Payload'], ['headers', 'Headers']]} value=${tab} onInput=${setTab} />
    <${Button} kind="quiet" class="push" icon="copy" label=${`Copy the ${tab}`} onClick=${() => copyText(text, tab === 'payload' ? 'Payload' : 'Headers')} /></header>
    <div class="body payload" tabindex="0" role="region" aria-label=${tab}>${value === null || value === undefined || value === '' ? html`<p class="muted">Nothing was kept.</p>` : html`<${JsonTree} key=${tab} value=${value} />`}</div></section>`;
}

/* The same alert's other events: what came before and after. */
function Related({ row }) {
  const filters = row.ticket_id ? { ticket_id: row.ticket_id, destination: row.destination } : { request_id: row.request_id };
  const list = useLoad(`related ${JSON.stringify(filters)}`, (signal) => api.get('api/history', { ...filters, limit: 12 }, { signal }));
  const others = (list.data?.items ?? []).filter((r) => r.id !== row.id);
  if (!others.length) return null;
  const columns = [...columnsOf('time', 'status', 'took'), {
    id: 'compare', label: 'Compare', hide: true, class: 'num', cell: (r) => html`<${Link} to="/history/compare" query=${{ a: row.id < r.id ? row.id : r.id, b: row.id < r.id ? r.id : row.id }}>Compare<//>`,
  }];
  return html`<section class="panel"><header><h2>${row.ticket_id ? `Others of ticket ${row.ticket_id}` : 'Others of this request'}</h2>
    <${Link} class="push small" to="/history" query=${filters}>All<//></header>
    <${Table} caption="Related events" columns=${columns} rows=${others.slice(0, 8)} rowKey=${(r) => r.id} rowLabel=${eventLabel} onOpen=${(r) => go(`/history/${r.id}`)} /></section>`;
}

function Detail({ row }) {
  onKeys({ r: () => (may('operator') && row.replayable !== false ? replayOne(row) : false) });
  return html`<div class="event"><section class="panel"><div class="body"><${Story} row=${row} /></div></section>
    <div class="stack"><section class="panel"><div class="body"><${Facts} row=${row} /></div></section><${Content} row=${row} /><${Related} row=${row} /></div></div>`;
}

export default function Event({ params }) {
  const load = useLoad(`event ${params.id}`, (signal) => api.get(`api/history/${encodeURIComponent(params.id)}`, {}, { signal }));
  const row = load.data;
  useFeed(load.reload, row?.status === 'retrying' || /^(waiting|running)$/.test(row?.ai?.status ?? ''));
  onKeys({ Escape: () => goUp('/history') });
  return html`<${Page} title=${row ? words(row) : 'Event'} back=${html`<${Link} to="/history">History<//>`}
        actions=${row && html`<span class="muted"><${Time} at=${row.received_at} /></span><${Outcome} row=${row} />`}>
    <${Loaded} of=${load}>${(d) => html`<${Detail} row=${d} />`}<//><//>`;
}
