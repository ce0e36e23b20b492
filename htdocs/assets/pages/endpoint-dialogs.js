/* SPDX-License-Identifier: Apache-2.0 */
/* Dialogs of an endpoint: new token, quick edit. */
import { html, useState } from '../lib.js';
import { api } from '../api.js';
import { exact } from '../logic/time.js';
import { Button, copyText, Time } from '../ui/basic.js';
import { Dialog } from '../ui/dialog.js';
import { Choice } from '../ui/field.js';
import { Fault } from '../ui/load.js';
import { useSending } from '../ui/sending.js';
import { announce } from '../ui/toast.js';
import { CatalogField } from './catalog.js';

const path = (e, tail = '') => `api/endpoints/${encodeURIComponent(e.id)}${tail}`;
const OVERLAPS = [['0', 'None'], ['3600', '1 hour'], ['86400', '1 day'], ['604800', '7 days']];

/* A secret that is shown this once. */
export const Secret = ({ label, value }) => html`<div class="secret"><span class="muted small">${label}</span>
  <div class="row"><code class="value">${value}</code><${Button} icon="copy" onClick=${() => copyText(value, label)}>Copy<//></div></div>`;

function Rotated({ answer }) {
  const both = answer.previous_until;
  return html`<div class="stack">
    <${Secret} label="New token" value=${answer.token} />
    <ol class="ends"><li class="ok"><strong>New token</strong><span>works since ${html`<${Time} at=${answer.token_created_at} />`}</span></li>
      <li class=${both ? 'attention' : 'failed'}><strong>Old token</strong><span>${both ? html`works until ${exact(both)} (<${Time} at=${both} />)` : 'stopped working now'}</span></li></ol>
    <p class="muted">${both ? 'Put the new one into the sender before the old one ends.' : 'Put the new one into the sender now: its webhooks are refused until then.'} An admin can see it again under Sender & security; each look is in the audit log.</p></div>`;
}

export function RotateDialog({ endpoint, onClose }) {
  const [overlap, setOverlap] = useState('86400');
  const [answer, setAnswer] = useState(null);
  const state = useSending();
  const run = () => state.send(() => api.post(path(endpoint, '/rotate'), { overlap_seconds: Number(overlap) }), setAnswer);
  const footer = answer ? html`<${Button} kind="primary" onClick=${() => onClose(true)}>I have copied it<//>`
    : html`<${Button} onClick=${() => onClose(false)}>Cancel<//><${Button} kind="primary" icon="key-round" busy=${state.busy} onClick=${run}>Make a new token<//>`;
  return html`<${Dialog} title=${`New token for “${endpoint.name}”`} onClose=${() => onClose(Boolean(answer))} footer=${footer}>
    ${answer ? html`<${Rotated} answer=${answer} />` : html`<div class="stack">
      <p>The new token works at once. How long is the old one taken beside it?</p>
      <${Choice} label="Overlap" options=${OVERLAPS} value=${overlap} onInput=${setOverlap} />
      <p class="muted">${overlap === '0' ? 'The old token stops at once: choose this when it has leaked.' : 'Both work meanwhile, so that no webhook is refused while the sender is changed.'}</p>
      ${state.error && html`<${Fault} error=${state.error} retry=${run} />`}</div>`}<//>`;
}

const QUICK = [['board', 'Board', 'boards'], ['priority', 'Priority', 'priorities'], ['status', 'Status of new tickets', 'statuses']];

export function QuickEdit({ endpoint, onClose, onSaved }) {
  const [doc, setDoc] = useState(() => Object.fromEntries(QUICK.map(([f]) => [f, endpoint[f] ?? ''])));
  const { error, busy, send } = useSending();
  const save = (e) => {
    e?.preventDefault();
    const patch = Object.fromEntries(Object.entries(doc).filter(([f, v]) => v !== (endpoint[f] ?? '')).map(([f, v]) => [f, v || null]));
    if (!Object.keys(patch).length) return onClose();
    return send(() => api.patch(path(endpoint), { ...patch, version: endpoint.version }), (saved) => {
      announce(saved?.in_force === false ? saved.warning : `Saved “${endpoint.name}”`, { tone: saved?.in_force === false ? 'failed' : 'ok' });
      onSaved(saved);
      onClose();
    });
  };
  return html`<${Dialog} title=${`Quick edit: ${endpoint.name}`} onClose=${onClose}
    footer=${html`<${Button} onClick=${onClose}>Cancel<//><${Button} kind="primary" icon="save" busy=${busy} onClick=${save}>Save<//>`}>
    <form class="stack" onSubmit=${save}>
      ${QUICK.map(([field, label, what]) => html`<${CatalogField} key=${field} label=${label} what=${what} board=${doc.board} destination=${endpoint.destination} value=${doc[field]}
        changed=${doc[field] !== (endpoint[field] ?? '')} placeholder="from the settings" error=${error?.field === field && error.message} onInput=${(v) => setDoc((d) => ({ ...d, [field]: v }))} />`)}
      ${error && !QUICK.some(([f]) => f === error.field) && html`<${Fault} error=${error} />`}
      <button type="submit" hidden></button></form><//>`;
}
