/* SPDX-License-Identifier: Apache-2.0 */
/* Chat targets that are told what became of alerts; each can be tried, and its last messages are seen. */
import { html, useState } from '../../lib.js';
import { api } from '../../api.js';
import { may } from '../../store.js';
import { isKept } from '../../logic/schemes.js';
import { chatOf, freshTarget, otherWay, told, TOLD, TYPES, USUAL, wayOf } from '../../logic/targets.js';
import { count } from '../../logic/text.js';
import { Button, Icon, Link, Time } from '../../ui/basic.js';
import { Check, Choice, TextField } from '../../ui/field.js';
import { useLoad } from '../../ui/load.js';
import { announce } from '../../ui/toast.js';
import { useEditor, Wrong } from './context.js';

const SECRET = ['url', 'token'];

/* What is kept is shown with stars and can be replaced. */
function Member({ name, label, hint, entry, put, error, readOnly }) {
  const value = entry[name] ?? '';
  if (SECRET.includes(name) && isKept(value)) {
    return html`<div class="row kept"><span class="muted">${label}</span><span class="mono">${value.replace(/\*+$/, '••••')}</span>${!readOnly && html`<${Button} class="small" onClick=${() => put({ ...entry, [name]: '' })}>Replace<//>`}</div>`;
  }
  const change = (v) => { const { [name]: gone, ...rest } = entry; put(v === '' && !SECRET.includes(name) ? rest : { ...rest, [name]: v }); };
  return html`<${TextField} label=${label} mono autocomplete="off" spellcheck=${false} placeholder=${hint} value=${value} error=${error} disabled=${readOnly} onInput=${change} />`;
}

function Target({ entry, i, list, trial, onTry }) {
  const { set, errors, readOnly, changed } = useEditor();
  const put = (next) => set('notify', list.map((e, k) => (k === i ? next : e)), `notify ${i}`);
  const errorAt = (name) => {
    const e = errors.find((x) => x.field === `notify[${i}].${name}` || (name === wayOf(entry).id && x.field === `notify[${i}]`));
    return e && html`<${Wrong} error=${e} value=${entry[name]} />`;
  };
  const chat = chatOf(entry);
  const way = wayOf(entry);
  const on = entry.on ?? USUAL;
  return html`<li class="rule"><header><strong>${chat.title}</strong><input type="text" class="rule-title" aria-label=${`Name of target ${i + 1}`} placeholder="Name, for you" value=${entry.name ?? ''} onInput=${(e) => { const { name, ...rest } = entry; put(e.currentTarget.value ? { ...rest, name: e.currentTarget.value } : rest); }} />
      <span class="row push tools">${may('operator') && entry.id && html`<${Button} class="small" icon="send" busy=${trial?.busy} disabled=${changed.has('notify')} title=${changed.has('notify') ? 'Save first' : ''} onClick=${onTry}>Send a test<//>`}
        ${!readOnly && html`<${Button} kind="quiet" class="small" icon="trash-2" label=${`Remove ${entry.name ?? chat.title}`} onClick=${() => set('notify', list.filter((_, k) => k !== i))} />`}</span></header>
    ${trial?.said && html`<p role="status" class=${`row tight ${trial.ok ? 'text-ok' : 'text-failed'}`}><${Icon} name=${trial.ok ? 'check' : 'circle-x'} />${trial.ok ? 'The test message was sent.' : trial.said}</p>`}
    ${chat.ways.length > 1 && !readOnly && html`<${Choice} label="How it is told" options=${chat.ways.map((w) => [w.id, w.label])} value=${way.id} onInput=${(id) => id !== way.id && put(otherWay(entry, id))} />`}
    <div class="pair">${way.fields.map(([name, label, hint]) => html`<${Member} key=${name} ...${{ name, label, hint, entry, put, readOnly }} error=${errorAt(name)} />`)}</div>
    <div class="row flags" role="group" aria-label="What is told"><span class="muted">When a ticket is</span>${TOLD.map(([what, word]) => html`<${Check} key=${what} label=${what === 'failed' ? 'not delivered' : word} checked=${on.includes(what)} onInput=${(v) => put(told(entry, what, v))} />`)}</div></li>`;
}

const MESSAGE = { sent: ['ok', 'check', 'Sent'], waiting: ['attention', 'clock', 'Waiting'], failed: ['failed', 'circle-x', 'Not sent'] };
const WHAT = { create: 'opened', close: 'closed', reopen: 'reopened', failed: 'not delivered', analysis: 'likely cause' };

function Messages({ id }) {
  const load = useLoad(`notifications ${id}`, (signal) => api.get(`api/endpoints/${encodeURIComponent(id)}/notifications`, { limit: 20 }, { signal }));
  if (!load.data?.items.length) return null;
  const bad = load.data.items.filter((m) => m.status === 'failed').length;
  return html`<details class="more"><summary>Its last messages${bad ? html` <span class="text-failed">${count(bad, 'was', 'were')} not sent</span>` : ''}</summary><ul class="plain messages">${load.data.items.map((m) => {
    const [tone, icon, word] = MESSAGE[m.status] ?? ['silent', 'info', m.status];
    return html`<li key=${m.id}><span class=${`badge ${tone}`}><${Icon} name=${icon} />${word}</span> <span class="muted"><${Time} at=${m.sent_at ?? m.failed_at ?? m.created_at} /></span>
      ${m.history_id ? html`<${Link} to=${`/history/${m.history_id}`}>${m.summary ?? 'Event'}<//>` : m.summary ?? ''} <span class="muted">${WHAT[m.what] ?? m.what}</span>${m.status !== 'sent' && m.error && html` <span class="small text-failed">${m.error}</span>`}</li>`;
  })}</ul></details>`;
}

export function Targets() {
  const { doc, set, endpoint, readOnly } = useEditor();
  const [trials, setTrials] = useState({});
  const list = Array.isArray(doc.notify) ? doc.notify : [];
  const trial = (id, value) => setTrials((t) => ({ ...t, [id]: value }));
  const send = async (id) => {
    trial(id, { busy: true });
    try {
      const said = (await api.post(`api/endpoints/${encodeURIComponent(endpoint.id)}/notify-test`, { target: id })).items?.[0];
      trial(id, { ok: said?.ok, said: said?.message ?? 'No answer' });
    } catch (error) { trial(id, null); announce(error.message, { tone: 'failed' }); }
  };
  return html`<div class="stack tight" data-field="notify"><div><h3>Chat messages</h3><p class="muted small">One message for each opened and closed ticket, and for each alert that could not be delivered; repeats are not told.</p></div>
    ${list.length > 0 && html`<ol class="rules">${list.map((e, i) => html`<${Target} key=${e.id ?? i} entry=${e} i=${i} list=${list} trial=${trials[e.id]} onTry=${() => send(e.id)} />`)}</ol>`}
    ${!readOnly && html`<div class="row"><select class="add" aria-label="Add a chat target" value="" onChange=${(e) => { if (e.currentTarget.value) set('notify', [...list, freshTarget(e.currentTarget.value)]); e.currentTarget.value = ''; }}><option value="">Tell a chat…</option>${TYPES.map(([t, title]) => html`<option key=${t} value=${t}>${title}</option>`)}</select></div>`}
    <${Messages} id=${endpoint.id} /></div>`;
}
