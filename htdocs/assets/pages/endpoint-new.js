/* SPDX-License-Identifier: Apache-2.0 */
/* A new endpoint in three steps: choose the sender, set it up, see the first event arrive. */
import { html, useEffect, useState } from '../lib.js';
import { api } from '../api.js';
import { useFeed } from '../live.js';
import { Page } from '../page.js';
import { ACTION, EVENT_STATUS } from '../logic/status.js';
import { Badge, Button, Icon, Link, LinkButton } from '../ui/basic.js';
import { TextField } from '../ui/field.js';
import { Fault, Loaded, useLoad } from '../ui/load.js';
import { useSending } from '../ui/sending.js';
import { Copyable, SenderSetup } from './sender-setup.js';
import { testOne } from './endpoint-actions.js';

const LOOK = 2000;  // ms between two looks for the first event

function Senders({ presets, chosen, onChoose }) {
  const [q, setQ] = useState('');
  const shown = presets.filter((p) => `${p.title} ${p.name}`.toLowerCase().includes(q.trim().toLowerCase()));
  return html`<input type="search" class="find" aria-label="Find a sender" placeholder="Find a sender" value=${q} onInput=${(e) => setQ(e.currentTarget.value)} />
    <div class="senders" role="group" aria-label="Senders">${shown.map((p) => html`<button type="button" key=${p.name} aria-pressed=${chosen === p.name ? 'true' : 'false'} onClick=${() => onChoose(p)}>${p.title}</button>`)}
      ${shown.length === 0 && html`<p class="muted">Not known by that name. Anything that posts JSON or a form works: choose <button type="button" class="button small" onClick=${() => onChoose(presets.find((p) => p.name === 'generic') ?? { name: '', title: 'My sender' })}>Generic</button> and map its fields.</p>`}</div>`;
}

function Choose({ presets, onMade }) {
  const [preset, setPreset] = useState(null);
  const [name, setName] = useState('');
  const { busy, error, send } = useSending();
  const choose = (p) => { if (!name || name === preset?.title) setName(p.title); setPreset(p); };
  const make = (e) => {
    e.preventDefault();
    send(() => api.post('api/endpoints', { name: name.trim(), ...(preset?.name ? { preset: preset.name } : {}) }), (made) => onMade(made, preset));
  };
  return html`<form class="stack" onSubmit=${make}><div class="panel"><header><h2>1. Who sends?</h2></header><div class="body stack"><${Senders} presets=${presets} chosen=${preset?.name} onChoose=${choose} /></div></div>
    <div class="panel"><header><h2>2. What is it called?</h2></header><div class="body stack"><${TextField} label="Name" hint="As you will look for it later: the sender and whose it is." value=${name} error=${error?.field === 'name' && error.message} onInput=${setName} />
      ${error && error.field !== 'name' && html`<${Fault} error=${error} />`}
      <div><${Button} type="submit" kind="primary" icon="plus" busy=${busy} disabled=${!name.trim() || !preset}>Make the endpoint<//>${!preset && html` <span class="muted small">Choose a sender first.</span>`}</div></div></div></form>`;
}

/* Asks until there is one, also when the feed says nothing. */
function useFirstEvent(id) {
  const [row, setRow] = useState(null);
  const look = async () => {
    const page = await api.get('api/history', { endpoint_id: id, limit: 1 }).catch(() => null);
    if (page?.items.length) setRow(page.items[0]);
  };
  useFeed(look, !row);
  useEffect(() => {
    if (row) return undefined;
    const timer = setInterval(look, LOOK);
    return () => clearInterval(timer);
  }, [row]);
  return row;
}

function Arrival({ endpoint, row }) {
  if (!row) {
    return html`<div class="arrival waiting" role="status"><${Icon} name="loader-circle" class="spin" /><div><p class="strong">Waiting for the first webhook…</p>
      <p class="muted">It appears here by itself. Nothing comes? The sender may not reach this address, or <${Link} to="/help">lack the token<//>.</p></div>
      <span class="push"><${Button} icon="send" onClick=${() => testOne(endpoint)}>Send a sample instead…<//></span></div>`;
  }
  return html`<div class=${`arrival ${row.status === 'processed' ? 'ok' : ''}`} role="status"><${Badge} table=${EVENT_STATUS} name=${row.status} /><div><p class="strong">The first webhook has arrived: ${row.summary ?? 'unreadable'}</p>
      <p class="muted">${row.error_message ?? (row.ticket_id && ACTION[row.action] ? `${ACTION[row.action].word}: ticket ${row.ticket_id}.` : EVENT_STATUS[row.status]?.what)}</p></div>
    <span class="row push"><${LinkButton} to=${`/history/${row.id}`} icon="history">What happened<//><${LinkButton} kind="primary" to=${`/endpoints/${endpoint.id}`} query=${{ history: row.id }} icon="settings">Fine-tune it<//></span></div>`;
}

function Made({ endpoint, preset, onDone }) {
  const row = useFirstEvent(endpoint.id);
  useEffect(() => { scrollTo(0, 0); document.querySelector('main h1')?.focus(); }, []);
  const secrets = { token: endpoint.token };
  return html`<div class="panel"><header><h2>3. Set the sender up</h2></header><div class="body stack">
      ${endpoint.warning && html`<p class="text-attention">${endpoint.warning}</p>`}
      ${endpoint.token && html`<${Copyable} label="Token: shown now; later an admin can look it up" value=${endpoint.token} />`}
      <${SenderSetup} endpoint=${endpoint} preset=${preset} secrets=${secrets} /></div></div>
    <div class="panel watch"><${Arrival} endpoint=${endpoint} row=${row} /></div>
    <div class="row"><${LinkButton} to=${`/endpoints/${endpoint.id}`} icon="pencil">Open its settings<//>${onDone ? html`<${Button} kind="quiet" onClick=${onDone}>To the endpoints<//>` : html`<${LinkButton} kind="quiet" to="/endpoints">To the endpoints<//>`}</div>`;
}

/* first: the installation has none yet. */
export function NewEndpoint({ first, onDone }) {
  const presets = useLoad('presets', (signal) => api.get('api/presets', {}, { signal }));
  const [made, setMade] = useState(null);
  const title = made ? made.endpoint.name : first ? 'Your first endpoint' : 'New endpoint';
  return html`<${Page} title=${title} back=${!first && html`<${Link} to="/endpoints">Endpoints<//>`}><div class="stack narrow-page">
    ${first && !made && html`<p>An endpoint is the address a monitoring system sends its webhooks to. HookWise turns each problem into one ticket, notes repeats on it, and closes it when the problem is over.</p>`}
    ${made ? html`<${Made} endpoint=${made.endpoint} preset=${made.preset} onDone=${onDone} />`
    : html`<${Loaded} of=${presets}>${(d) => html`<${Choose} presets=${d.items} onMade=${(endpoint, preset) => setMade({ endpoint, preset })} />`}<//>`}</div><//>`;
}
