/* SPDX-License-Identifier: Apache-2.0 */
/* Does the outside answer; what is remembered; backup and restore. */
import { html, useState } from '../../lib.js';
import { api } from '../../api.js';
import { may } from '../../store.js';
import { count } from '../../logic/text.js';
import { duration } from '../../logic/time.js';
import { Button, Icon } from '../../ui/basic.js';
import { ask } from '../../ui/dialog.js';
import { Fault } from '../../ui/load.js';
import { announce } from '../../ui/toast.js';
import { saveFile } from '../endpoint-actions.js';

/* call: () => Promise of { ok, words }. */
function Probe({ title, what, button, call }) {
  const [state, setState] = useState({});
  const run = async () => {
    setState({ busy: true });
    try { setState({ answer: await call() }); } catch (error) { setState({ error }); }
  };
  const a = state.answer;
  return html`<section class="panel"><header><h2>${title}</h2><span class="push"><${Button} icon="play" busy=${state.busy} onClick=${run}>${button}<//></span></header><div class="body stack tight"><p class="muted">${what}</p>
    <div role="status" aria-live="polite">${a && html`<p class="row verdict-line"><${Icon} name=${a.ok ? 'circle-check' : 'circle-x'} class=${a.ok ? 'text-ok' : 'text-failed'} /><span>${a.words}</span></p>`}</div>
    ${state.error && html`<${Fault} error=${state.error} retry=${run} />`}</div></section>`;
}

async function psa() {
  const a = await api.post('api/cw/test');
  const took = a.seconds !== undefined ? ` (${duration(a.seconds)})` : '';
  return { ok: a.ok, words: a.ok ? `ConnectWise lets us in${a.boards ? ` and shows ${count(a.boards, 'board')}` : ''}${took}.`
    : a.field ? html`Not tried: <code>${a.field}</code> is not right in the configuration (${a.message}).` : html`It did not work: <q>${a.message}</q>${took}` };
}

async function llm() {
  const a = await api.get('health/llm');
  const more = a.models?.length ? ` It has ${a.models.join(', ')}.` : '';
  return { ok: a.status === 'up', words: a.status === 'up' ? `${a.model} answers (${duration(a.seconds)}).${more}` : a.message ?? (a.status === 'unknown' ? 'No model is configured: set OLLAMA_HOST.' : `The model is ${a.status}.`) };
}

function Cache() {
  const [busy, setBusy] = useState(false);
  const clear = async () => {
    setBusy(true);
    try { const a = await api.post('admin/clear-cache'); announce(`Looking anew at ${count(a.endpoints, 'endpoint')} and the tickets of ${count(a.alerts, 'alert')}`); } catch (e) { announce(e.message, { tone: 'failed' }); }
    setBusy(false);
  };
  return html`<section class="panel"><header><h2>What is remembered</h2><span class="push"><${Button} icon="rotate-cw" busy=${busy} onClick=${clear}>Forget it<//></span></header>
    <div class="body"><p class="muted">Endpoints are published again, and the tickets of open alerts are looked up again with the next event. Use it after changes in the PSA or the database by other means.</p></div></section>`;
}

/* Numbers and words of a report, whatever it holds. */
function Report({ value }) {
  if (Array.isArray(value)) return value.length ? html`<ul>${value.map((v, i) => html`<li key=${i}>${typeof v === 'object' ? JSON.stringify(v) : String(v)}</li>`)}</ul>` : html`<span class="muted">none</span>`;
  if (value === null || typeof value !== 'object') return html`<span>${String(value)}</span>`;
  return html`<dl class="facts">${Object.entries(value).map(([k, v]) => html`<dt key=${k}>${k.replaceAll('_', ' ')}</dt><dd key=${`${k}-v`}><${Report} value=${v} /></dd>`)}</dl>`;
}

function useRestore() {
  const [state, setState] = useState({});
  const choose = async (file) => {
    if (!file) return;
    const text = await file.text();
    let body;
    try { body = JSON.parse(text); } catch { body = text.trim(); }
    const n = Array.isArray(body?.endpoints) ? count(body.endpoints.length, 'endpoint') : 'its endpoints';
    const yes = await ask({ title: `Restore “${file.name}”?`, action: 'Restore it', danger: true, typed: 'restore', text: `It brings ${n}. Endpoints of the same id are replaced, others stay. Download a backup first: this cannot be undone.` });
    if (!yes) return;
    setState({ busy: true });
    try { setState({ report: (await api.post('admin/restore', body)).report, name: file.name }); } catch (error) { setState({ error }); }
  };
  return [state, choose];
}

function Backup() {
  const [busy, setBusy] = useState(false);
  const [restore, choose] = useRestore();
  const download = async () => {
    setBusy(true);
    try { saveFile(`hookwise-backup-${new Date().toISOString().slice(0, 10)}.json`, await api.get('admin/backup')); announce('Backup downloaded'); } catch (e) { announce(e.message, { tone: 'failed' }); }
    setBusy(false);
  };
  return html`<section class="panel"><header><h2>Backup</h2></header><div class="body stack"><p class="muted">Endpoints, TenantMap, settings and users in one file; secrets in it are sealed with ENCRYPTION_KEY. Backups of HookWise for Python can be restored too. History is not in it.</p>
    <div class="row"><${Button} icon="download" busy=${busy} onClick=${download}>Download a backup<//>
      ${may('owner') && html`<label class=${`button file ${restore.busy ? 'busy' : ''}`}><${Icon} name=${restore.busy ? 'loader-circle' : 'upload'} class=${restore.busy ? 'spin' : ''} /><span>${restore.busy ? 'Restoring…' : 'Restore from a file…'}</span><input type="file" class="vh" accept=".json,.txt,application/json" disabled=${restore.busy} onChange=${(e) => { choose(e.currentTarget.files[0]); e.currentTarget.value = ''; }} /></label>`}</div>
    ${restore.error && html`<div role="alert"><${Fault} error=${restore.error} /></div>`}
    ${restore.report && html`<div class="report" role="status"><p class="strong">Restored “${restore.name}”</p><${Report} value=${restore.report} /></div>`}</div></section>`;
}

export const System = () => html`<div class="stack narrow-page">
  ${may('admin') && html`<${Probe} title="ConnectWise" what="Signs in with the keys of the configuration and reads the boards. Nothing is changed." button="Test the connection" call=${psa} />`}
  <${Probe} title="Language model" what="Asks the model's server whether it is there." button="Test the model" call=${llm} /><${Cache} />${may('admin') && html`<${Backup} />`}</div>`;
