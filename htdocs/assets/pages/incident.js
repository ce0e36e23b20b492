/* SPDX-License-Identifier: Apache-2.0 */
/* One incident: what it is about, what was said, and what to do with it. */
import { html, useCallback, useRef, useState } from '../lib.js';
import { api } from '../api.js';
import { useFeed } from '../live.js';
import { go, goUp, useGuard } from '../router.js';
import { may } from '../store.js';
import { Page } from '../page.js';
import { onKeys } from '../keys.js';
import { noteOf } from '../logic/notes.js';
import { INCIDENT_STATUS } from '../logic/status.js';
import { count } from '../logic/text.js';
import { Badge, Button, Link, Time } from '../ui/basic.js';
import { ask } from '../ui/dialog.js';
import { TextArea } from '../ui/field.js';
import { Loaded, Notice, useLoad } from '../ui/load.js';
import { useSending } from '../ui/sending.js';
import { Table } from '../ui/table.js';
import { announce } from '../ui/toast.js';
import { columnsOf, eventLabel } from './history-rows.js';

export const styles = ['pages/history.css', 'pages/incident.css'];

const MOVES = {
  open: [['acknowledged', 'Acknowledge', 'eye'], ['closed', 'Close', 'check']],
  acknowledged: [['closed', 'Close', 'check'], ['open', 'Back to open', 'rotate-ccw']],
  closed: [['open', 'Reopen', 'rotate-ccw']],
};
const SAID = { open: 'open again', acknowledged: 'acknowledged', closed: 'closed' };

/* Shown at once, taken back when the server refuses; with undo. One is sent after the other. */
function useMove(load) {
  const latest = useRef();
  latest.current = load;
  const last = useRef(Promise.resolve());
  const send = async (id, before, status, undo) => {
    try {
      await api.patch(`api/incidents/${id}`, { status });
      announce(`Incident ${id} is ${SAID[status]}`, undo ? { action: { label: 'Undo', run: undo } } : {});
    } catch (e) {
      latest.current.set((i) => ({ ...i, status: before }));
      announce(`Incident ${id} stays ${before}: ${e.message}`, { tone: 'failed' });
    }
  };
  return function move(status, undoable = true) {
    const { id, status: before } = latest.current.data;
    latest.current.set((i) => ({ ...i, status }));
    const mine = last.current.then(() => send(id, before, status, undoable && (() => move(before, false))));
    last.current = mine;
    mine.then(() => last.current === mine && latest.current.reload());
  };
}

function NoteForm({ id, onAdded }) {
  const [text, setText] = useState('');
  const { busy, error, send } = useSending();
  const dirty = Boolean(text.trim());
  const leave = useCallback(() => ask({ title: 'Leave without adding the note?', text: 'What you wrote would be lost.', action: 'Leave', cancel: 'Stay', danger: true }), []);
  useGuard(dirty, leave);
  const add = (e) => {
    e.preventDefault();
    if (!dirty) return;
    send(() => api.post(`api/incidents/${id}/notes`, { text: text.trim() }), () => {
      setText((now) => (now.startsWith(text) ? now.slice(text.length) : now)); // what was typed since is the next one
      onAdded();
    });
  };
  return html`<form class="stack tight" onSubmit=${add}><${TextArea} label="Add a note" rows=${3} value=${text} onInput=${setText} error=${error?.message}
    onKeyDown=${(e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) add(e); }} hint="Ctrl+Enter adds it." />
    <div class="row"><${Button} type="submit" icon="message-square" busy=${busy} disabled=${!dirty}>Add note<//></div></form>`;
}

function Note({ n }) {
  const { author, text, request } = noteOf(n);
  return html`<li><div class="row small muted"><strong>${author}</strong><${Time} at=${n.created_at} />${request && html`<${Link} to="/history" query=${{ request_id: request }}>Its event<//>`}</div><p>${text}</p></li>`;
}

const Notes = ({ notes }) => html`<ol class="notes">${notes.map((n) => html`<${Note} key=${n.id} n=${n} />`)}</ol>`;

const Facts = ({ i }) => html`<dl class="facts"><dt>Company</dt><dd>${i.company ?? '–'}</dd>
  <dt>Opened</dt><dd><${Time} at=${i.created_at} /></dd><dt>Last event</dt><dd><${Time} at=${i.last_event_at ?? i.updated_at} /></dd>${i.closed_at && html`<dt>Closed</dt><dd><${Time} at=${i.closed_at} /></dd>`}
  ${Object.entries(i.fields ?? {}).map(([k, v]) => html`<dt key=${k} class="cap">${k.replaceAll('_', ' ')}</dt><dd>${String(v)}</dd>`)}
  <dt>Endpoint</dt><dd><${Link} to=${`/endpoints/${i.endpoint_id}`}>${i.endpoint_name ?? i.events?.[0]?.config_name ?? 'Open it'}<//></dd><dt>Tenant</dt><dd>${i.tenant}</dd></dl>`;

function Detail({ i, onAdded }) {
  const events = i.events ?? [];
  return html`<div class="incident"><div class="stack">
      <section class="panel"><header><h2>Description</h2></header><div class="body"><p class="text">${i.description || 'None.'}</p></div></section>
      <section class="panel"><header><h2>${count(i.notes?.length ?? 0, 'note')}</h2></header><div class="body stack">${i.notes?.length ? html`<${Notes} notes=${i.notes} />` : html`<p class="muted">Nobody has said anything yet.</p>`}
        ${may('operator') && html`<${NoteForm} id=${i.id} onAdded=${onAdded} />`}</div></section></div>
    <div class="stack"><section class="panel"><div class="body"><${Facts} i=${i} /></div></section>
      <section class="panel"><header><h2>Events</h2><${Link} class="push small" to="/history" query=${{ ticket_id: i.id, destination: 'local' }}>In History<//></header>
      ${events.length ? html`<${Table} caption="Events of this incident" columns=${columnsOf('time', 'status', 'took')} rows=${events} rowKey=${(r) => r.id} rowLabel=${eventLabel} onOpen=${(r) => go(`/history/${r.id}`)} />`
        : html`<${Notice} title="No events left">They are older than history is kept.<//>`}</section></div></div>`;
}

export default function Incident({ params }) {
  const load = useLoad(`incident ${params.id}`, (signal) => api.get(`api/incidents/${encodeURIComponent(params.id)}`, {}, { signal }));
  const move = useMove(load); // the second half of a double click hits another button
  const i = load.data;
  useFeed(load.reload);
  onKeys({ Escape: () => goUp('/incidents') });
  const actions = i && html`<${Badge} table=${INCIDENT_STATUS} name=${i.status} />
    ${may('operator') && MOVES[i.status]?.map(([to, word, icon], n) => html`<${Button} key=${to} kind=${n ? 'plain' : 'primary'} icon=${icon} onClick=${(e) => e.detail < 2 && move(to)}>${word}<//>`)}`;
  return html`<${Page} title=${i ? `#${i.id} ${i.summary}` : 'Incident'} heading=${i ? html`<span class="muted">#${i.id}</span> ${i.summary}` : 'Incident'} actions=${actions} back=${html`<${Link} to="/incidents">Incidents<//>`}>
    <${Loaded} of=${load}>${(d) => html`<${Detail} i=${d} onAdded=${() => { announce('Note added'); load.reload(); }} />`}<//><//>`;
}
