/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done with events: replay one, some, or all that match; export; delete. */
import { html, useState } from '../lib.js';
import { api } from '../api.js';
import { go } from '../router.js';
import { buildQuery } from '../logic/route.js';
import { count, csv } from '../logic/text.js';
import { Button, Icon } from '../ui/basic.js';
import { ask, Dialog } from '../ui/dialog.js';
import { Check, Choice } from '../ui/field.js';
import { useLoad } from '../ui/load.js';
import { followJob, jobRuns, runJob } from '../ui/job.js';
import { announce } from '../ui/toast.js';

const CONSEQUENCE = 'Each request is decided again with today\'s configuration. Tickets may be opened, noted or closed.';

const replay = (id, tell) => api.post(`history/replay/${id}`, tell ? { notify: true } : undefined);

const hasTargets = (id, signal) => api.get(`api/endpoints/${encodeURIComponent(id)}`, {}, { signal }).then((e) => (e.notify ?? []).length > 0, () => false);

const anyTargets = (signal) => api.get('api/endpoints', { limit: 1000 }, { signal }).then((page) => page.items.some((e) => (e.notify ?? []).length > 0), () => false);

/* Offered when an endpoint of these tells a chat; of any when no ids are given. choice.tell is what was ticked. */
function Tell({ ids, choice }) {
  const load = useLoad(`chat targets of ${ids?.join() ?? 'any'}`, (signal) => (ids ? Promise.all(ids.map((id) => hasTargets(id, signal))).then((all) => all.some(Boolean)) : anyTargets(signal)));
  const [tell, setTell] = useState(false);
  const put = (v) => { choice.tell = v; setTell(v); };
  return load.data ? html`<${Check} label="Tell the chat targets as well" hint="They hear of tickets opened and closed by it, as of new alerts. Otherwise a replay is not told." checked=${tell} onInput=${put} />` : null;
}

const endpointsOf = (rows) => [...new Set(rows.map((r) => r.config_id))].filter(Boolean).sort();

export async function replayOne(row) {
  const name = row.summary ?? 'the unreadable request';
  const choice = { tell: false };
  const text = html`<p><strong>${name}</strong></p><p>The request is decided again with today's configuration. A ticket may be opened, noted or closed.</p><${Tell} ids=${endpointsOf([row])} choice=${choice} />`;
  if (!await ask({ title: 'Replay this event?', text, action: 'Replay' })) return;
  try {
    const said = await replay(row.id, choice.tell);
    const query = said?.request_id ? { request_id: said.request_id } : {};
    announce('Queued to run again', { action: { label: 'Show', run: () => go('/history', query) } });
  } catch (e) {
    announce(`Not replayed: ${e.message}`, { tone: 'failed' });
  }
}

const CHUNK = 50;
const telling = (choice) => (choice.tell ? { notify: true } : {});

/* One of the rows of each request: a batch's parts were one request. */
function requestsOf(rows) {
  const seen = new Map();
  for (const r of rows) if (!seen.has(r.request_id)) seen.set(r.request_id, String(r.id));
  return [...seen.values()];
}

export async function replayMany(rows) {
  if (jobRuns()) return announce('Another job is still running; wait or stop it', { tone: 'failed' });
  const ids = requestsOf(rows);
  const n = count(ids.length, 'request');
  const parts = ids.length < rows.length ? ` ${count(rows.length, 'event')} are parts of them.` : '';
  const choice = { tell: false };
  const text = html`<p>${CONSEQUENCE + parts}</p><${Tell} ids=${endpointsOf(rows)} choice=${choice} />`;
  if (!await ask({ title: `Replay ${n}?`, text, action: `Replay ${n}` })) return undefined;
  const job = { title: 'Replaying', verb: 'Queued', noun: 'request' };
  const chunks = [];
  for (let i = 0; i < ids.length; i += CHUNK) chunks.push(ids.slice(i, i + CHUNK));
  return runJob({ ...job, items: chunks, size: (c) => c.length, each: (c) => api.post('api/history/replay', { ids: c, ...telling(choice) }) });
}

const COLUMNS = ['id', 'request_id', 'part', 'received_at', 'status', 'action', 'ticket_id', 'destination', 'company', 'summary', 'dedup_key', 'config_name', 'config_id',
  'tenant', 'matched_rule', 'error_message', 'processing_time', 'retry_count', 'source_ip'];

function save(name, type, text) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/* The rows that are selected, as they are shown. */
export function exportRows(rows) {
  const stamp = new Date().toISOString().slice(0, 16).replace(/[:T]/g, '-');
  save(`hookwise-history-${stamp}.csv`, 'text/csv', csv(COLUMNS, rows));
  announce(`Exported ${count(rows.length, 'event')}`);
}

/* The server writes the file; the browser saves it as it comes. */
export function ExportChoice({ filters, onClose }) {
  const [kind, setKind] = useState('csv');
  const [full, setFull] = useState(false);
  const href = `api/history/export?${buildQuery({ ...filters, format: kind, full })}`;
  return html`<${Dialog} title="Export history" onClose=${onClose}
    footer=${html`<${Button} onClick=${onClose}>Cancel<//><a class="button primary" href=${href} download onClick=${() => setTimeout(onClose)}><${Icon} name="download" /><span>Export</span></a>`}>
    <div class="stack"><p>Every event that matches the filters, the newest first.</p>
      <${Choice} label="Format" options=${[['csv', 'CSV'], ['jsonl', 'JSON lines']]} value=${kind} onInput=${setKind} />
      <${Check} label="With payload, headers and story" checked=${full} onInput=${setFull} /></div><//>`;
}

/* Deletes what the filters find, after its number was said and typed. */
export async function deleteMatching(filters, reload) {
  try {
    const { count: n } = await api.del('api/history', { query: { ...filters, count_only: true } });
    if (!n) return announce('No event matches');
    if (!await ask({ title: `Delete ${count(n, 'event')} from history?`, text: 'Their requests go with them and cannot be replayed. Tickets stay as they are. This cannot be undone.', action: `Delete ${count(n, 'event')}`, danger: true, typed: String(n) })) return undefined;
    const { deleted } = await api.del('api/history', { query: filters });
    announce(`Deleted ${count(deleted, 'event')}`);
    return reload();
  } catch (e) {
    return announce(`Nothing was deleted: ${e.message}`, { tone: 'failed' });
  }
}

/* Follows a replay that the server works off; it goes on without this page. */
async function follow(job) {
  await followJob({
    title: 'Replaying', total: job.total, done: (j) => j.queued + j.failed, first: job,
    look: () => api.get(`api/history/replays/${job.id}`), stop: () => api.del(`api/history/replays/${job.id}`),
    said: (j) => [`${j.status === 'stopped' ? 'Stopped: queued' : 'Queued'} ${count(j.queued, 'request')}${j.failed ? `; ${j.failed} could not be replayed: ${j.error}` : ''}`, j.failed > 0],
  });
}

/* Replays all that match: the number is said first; many are worked off by the server. */
export async function replayMatching(filters) {
  if (jobRuns()) return announce('Another job is still running; wait or stop it', { tone: 'failed' });
  try {
    const { count: n } = await api.post('api/history/replay', { filter: filters, count_only: true });
    if (!n) return announce('No event matches');
    const what = count(n, 'request');
    const choice = { tell: false };
    const text = html`<p>${CONSEQUENCE}</p><${Tell} ids=${filters.endpoint_id ? [filters.endpoint_id] : null} choice=${choice} />`;
    if (!await ask({ title: `Replay ${what}?`, text, action: `Replay ${what}` })) return undefined;
    const answer = await api.post('api/history/replay', { filter: filters, ...telling(choice) });
    if (answer.job) return follow(answer.job);
    const failed = answer.failed ?? [];
    return announce(`Queued ${count(answer.queued, 'request')}${failed.length ? `; ${failed.length} refused: ${failed[0].message}` : ''}`, { tone: failed.length ? 'failed' : 'ok', action: { label: 'Show', run: () => go('/history') } });
  } catch (e) {
    return announce(`Not replayed: ${e.message}`, { tone: 'failed' });
  }
}

/* One that runs since an earlier visit is shown again. */
export async function resumeReplay() {
  if (jobRuns()) return;
  const { items } = await api.get('api/history/replays').catch(() => ({ items: [] }));
  const running = items.find((j) => j.status === 'running');
  if (running && !jobRuns()) follow(running);
}
