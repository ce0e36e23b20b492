/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done to endpoints: each asks by name, says what happened, and can be undone where that is true. */
import { html } from '../lib.js';
import { api } from '../api.js';
import { go } from '../router.js';
import { exampleOf } from '../logic/example.js';
import { destinationName } from '../logic/status.js';
import { count } from '../logic/text.js';
import { ask } from '../ui/dialog.js';
import { announce } from '../ui/toast.js';

const path = (e, tail = '') => `api/endpoints/${encodeURIComponent(e.id)}${tail}`;
const failed = (error) => announce(error.message, { tone: 'failed' });
const warned = (answer) => { if (answer?.warning) announce(answer.warning, { tone: 'failed' }); };

let last = Promise.resolve(); // what was asked of the server before

/* One behind the other: what was done last is what holds. */
function inOrder(call) {
  const mine = last.then(call);
  last = mine.catch(() => {});
  return mine;
}

/* Tells the list what is so, and takes it back when the server refuses. */
export async function optimistic(list, change, call) {
  let before;
  let after;
  list.set((data) => { before = data; after = change(data); return after; });
  try {
    const answer = await list.during(() => inOrder(call));
    warned(answer);
    return answer;
  } catch (error) {
    list.set((data) => (data === after ? before : data));
    failed(error);
    return null;
  }
}

const patched = (ids, fields) => (data) => ({ ...data, items: data.items.map((e) => (ids.includes(e.id) ? { ...e, ...fields } : e)) });

async function bulkCall(action, rows) {
  const answer = await api.post('api/endpoints/bulk', { action, ids: rows.map((e) => e.id) });
  if (answer.failed?.length) announce(`${count(answer.failed.length, 'endpoint')} refused: ${answer.failed[0].message}`, { tone: 'failed' });
  return answer;
}

/* Pauses or resumes; undo does the other on those it changed. */
export async function setEnabled(list, rows, on) {
  const changed = rows.filter((e) => (e.is_enabled !== false) !== on);
  if (!changed.length) return announce(`Nothing to do: ${rows.length === 1 ? 'it is' : 'all are'} ${on ? 'running' : 'paused'} already`);
  const answer = await optimistic(list, patched(changed.map((e) => e.id), { is_enabled: on }), () => bulkCall(on ? 'resume' : 'pause', changed));
  if (!answer) return undefined;
  const what = changed.length === 1 ? `“${changed[0].name}”` : count(changed.length, 'endpoint');
  return announce(`${on ? 'Resumed' : 'Paused'} ${what}`, { action: { label: 'Undo', run: () => setEnabled(list, changed.map((e) => ({ ...e, is_enabled: on })), !on) } });
}

const Names = ({ rows }) => html`<ul class="names">${rows.slice(0, 8).map((e) => html`<li key=${e.id}>${e.name}</li>`)}
  ${rows.length > 8 && html`<li class="muted">and ${rows.length - 8} more</li>`}</ul>`;

export async function pauseMany(list, rows) {
  const yes = await ask({
    title: `Pause ${count(rows.length, 'endpoint')}?`, action: `Pause ${count(rows.length, 'endpoint')}`,
    text: html`<p>Their webhooks are answered 403 until they are resumed, and nothing is kept of them.</p><${Names} rows=${rows} />`,
  });
  if (yes) await setEnabled(list, rows, false);
}

export async function removeOne(e, done) {
  const yes = await ask({
    title: `Delete “${e.name}”?`, action: 'Delete the endpoint', danger: true, typed: e.name,
    text: html`<p>Its address and token stop working at once, and senders get 404. History and incidents stay. This cannot be undone.</p>`,
  });
  if (!yes) return;
  try {
    await api.del(path(e));
    announce(`Deleted “${e.name}”`);
    done();
  } catch (error) { failed(error); }
}

export async function removeMany(list, rows, done) {
  const what = count(rows.length, 'endpoint');
  const yes = await ask({
    title: `Delete ${what}?`, action: `Delete ${what}`, danger: true, typed: `delete ${rows.length}`,
    text: html`<p>Their addresses and tokens stop working at once. History and incidents stay. This cannot be undone.</p><${Names} rows=${rows} />`,
  });
  if (!yes) return;
  try {
    const answer = await bulkCall('delete', rows);
    announce(`Deleted ${count(answer.done.length, 'endpoint')}`);
    done();
  } catch (error) { failed(error); }
  list.reload();
}

/* A file to keep: the name says what and when. */
export function saveFile(name, value) {
  const url = URL.createObjectURL(new Blob([typeof value === 'string' ? value : `${JSON.stringify(value, null, 2)}\n`], { type: 'application/json' }));
  const a = document.createElement('a');
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

export async function exportMany(rows) {
  try {
    const answer = await bulkCall('export', rows);
    saveFile(`hookwise-endpoints-${new Date().toISOString().slice(0, 10)}.json`, answer.items);
    announce(`Exported ${count(answer.items.length, 'endpoint')}, without secrets`);
  } catch (error) { failed(error); }
}

export async function cloneOne(e) {
  try {
    const copy = await api.post(path(e, '/clone'), {});
    announce(`Made “${copy.name}”, a draft with a token of its own`);
    go(`/endpoints/${copy.id}`);
  } catch (error) { failed(error); }
}

export async function setPinned(list, e) {
  const is_pinned = !e.is_pinned;
  await optimistic(list, patched([e.id], { is_pinned }), () => api.patch(path(e), { is_pinned }));
}

/* Saves an order; undo restores the one before. */
export async function saveOrder(list, items, before) {
  const send = (rows) => {
    const place = new Map(rows.map((e, i) => [e.id, i]));
    const at = (e) => place.get(e.id) ?? rows.length;
    return optimistic(list, (data) => ({ ...data, items: [...data.items].sort((a, b) => at(a) - at(b)) }), () => api.put('api/endpoints/order', { ids: rows.map((e) => e.id) }));
  };
  if (await send(items)) announce('Order saved', { action: { label: 'Undo', run: () => send(before) } });
}

/* A problem as this endpoint sees one; undefined: the server's own sample. */
async function exampleFor(e) {
  const presets = e.preset ? (await api.get('api/presets')).items : [];
  return exampleOf({ ...presets.find((p) => p.name === e.preset)?.document, ...e }) ?? undefined;
}

const wouldBe = (name) => (name === 'local' ? 'open an incident here' : name === 'mirror' ? 'change a ticket of the mirror' : `open a ticket in ${name ? destinationName(name) : 'the configured destination'}`);

/* Through the queue like a webhook, then to what became of it. */
export async function testOne(e, payload) {
  const yes = await ask({
    title: `Send a test to “${e.name}”?`, action: 'Send the test',
    text: html`<p>${payload === undefined ? 'A made-up problem' : 'The sample'} is worked off like a webhook: it may ${wouldBe(e.destination)}.</p>`,
  });
  if (!yes) return;
  const drop = announce('Sent; waiting for what becomes of it…');
  try {
    const answer = await api.post(path(e, '/test'), { payload: payload ?? await exampleFor(e), wait_seconds: 8 });
    drop();
    const row = answer.items?.[0];
    const show = { label: 'Show it', run: () => (row?.id ? go(`/history/${row.id}`) : go('/history', { request_id: answer.request_id })) };
    if (!row) announce('The test waits in the queue', { action: show });
    else if (['failed', 'dlq', 'rejected'].includes(row.status)) announce(`The test failed: ${row.error_message ?? row.status}`, { tone: 'failed', action: show });
    else announce(`${{ create: 'The test created a ticket', update: 'The test became a note', close: 'The test closed a ticket', reopen: 'The test reopened a ticket' }[row.action] ?? 'The test was skipped'}${row.ticket_id ? ` (${row.ticket_id})` : ''}`, { action: show });
  } catch (error) { drop(); failed(error); }
}
