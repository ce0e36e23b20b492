/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done with events: replay one, some, or all that match; export. */
import { html, useEffect, useState } from '../lib.js';
import { api, everyPage } from '../api.js';
import { go } from '../router.js';
import { count, csv } from '../logic/text.js';
import { Button } from '../ui/basic.js';
import { ask, Dialog } from '../ui/dialog.js';
import { Choice } from '../ui/field.js';
import { jobRuns, runJob } from '../ui/job.js';
import { announce } from '../ui/toast.js';

const MAX = 10000;
const CONSEQUENCE = 'Each request is decided again with today\'s configuration. Tickets may be opened, noted or closed.';

const replay = (id) => api.post(`history/replay/${id}`);

export async function replayOne(row) {
  const name = row.summary ?? 'the unreadable request';
  if (!await ask({ title: 'Replay this event?', text: html`<p><strong>${name}</strong></p><p>The request is decided again with today's configuration. A ticket may be opened, noted or closed.</p>`, action: 'Replay' })) return;
  try {
    const said = await replay(row.id);
    const query = said?.request_id ? { request_id: said.request_id } : {};
    announce('Queued to run again', { action: { label: 'Show', run: () => go('/history', query) } });
  } catch (e) {
    announce(`Not replayed: ${e.message}`, { tone: 'failed' });
  }
}

export async function replayMany(rows, more = false) {
  if (jobRuns()) return announce('Another job is still running; wait or stop it', { tone: 'failed' });
  const n = `${more ? 'the newest ' : ''}${count(rows.length, 'event')}`;
  if (!await ask({ title: `Replay ${n}?`, text: CONSEQUENCE, action: `Replay ${n}` })) return undefined;
  return runJob({ title: 'Replaying', verb: 'Queued', noun: 'event', items: rows, each: (r) => replay(r.id) });
}

/* Counts first, page by page; the count can be left. */
function Counting({ title, filters, onDone, onClose }) {
  const [n, setN] = useState(0);
  const [error, setError] = useState(null);
  useEffect(() => {
    const abort = new AbortController();
    everyPage('api/history', filters, { max: MAX, signal: abort.signal, progress: setN })
      .then(onDone, (e) => { if (!abort.signal.aborted) setError(e); });
    return () => abort.abort();
  }, []);
  return html`<${Dialog} title=${title} onClose=${onClose}>${error
    ? html`<p class="error" role="alert">${error.message}</p>` : html`<p role="status">Counting… ${count(n, 'event')} so far</p><progress></progress>`}<//>`;
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

export function exportRows(rows, kind) {
  const stamp = new Date().toISOString().slice(0, 16).replace(/[:T]/g, '-');
  if (kind === 'csv') save(`hookwise-history-${stamp}.csv`, 'text/csv', csv(COLUMNS, rows));
  else save(`hookwise-history-${stamp}.json`, 'application/json', `${JSON.stringify(rows, null, 1)}\n`);
  announce(`Exported ${count(rows.length, 'event')}`);
}

function ExportChoice({ n, more, onSave, onClose }) {
  const [kind, setKind] = useState('csv');
  return html`<${Dialog} title="Export history" onClose=${onClose}
    footer=${html`<${Button} onClick=${onClose}>Cancel<//><${Button} kind="primary" icon="download" onClick=${() => onSave(kind)}>Export ${count(n, 'event')}<//>`}>
    <div class="stack"><p>${more ? `More than ${MAX.toLocaleString('en')} events match; the newest ${MAX.toLocaleString('en')} are exported. Narrow the time to get others.` : `${count(n, 'event')} match the filters.`}</p>
      <${Choice} label="Format" options=${[['csv', 'CSV (one line each)'], ['json', 'JSON']]} value=${kind} onInput=${setKind} /></div><//>`;
}

/* what: 'replay' or 'export' of all that match; rendered while it asks. */
export function AllMatching({ what, filters, onClose }) {
  const [got, setGot] = useState(null);
  const finish = async (result) => {
    if (what === 'export') return setGot(result);
    onClose();
    return result.items.length ? replayMany(result.items, result.more) : announce('No event matches');
  };
  if (!got) return html`<${Counting} title=${what === 'export' ? 'Export history' : 'Replay all that match'} filters=${filters} onDone=${finish} onClose=${onClose} />`;
  return html`<${ExportChoice} n=${got.items.length} more=${got.more} onClose=${onClose} onSave=${(kind) => { exportRows(got.items, kind); onClose(); }} />`;
}
