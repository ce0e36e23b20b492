// SPDX-License-Identifier: Apache-2.0
import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ACTION, breakerWords, EVENT_STATUS, healthWords, INCIDENT_STATUS, look, SERVICE_STATUS, troubles } from '../../../htdocs/assets/logic/status.js';
import { problemsOf, urgentFirst } from '../../../htdocs/assets/logic/endpoints.js';
import { attentions, bars, ceiling, reasons, silentEndpoints } from '../../../htdocs/assets/logic/stats.js';
import { endOf, labelled, stacked, sumOf, ticks } from '../../../htdocs/assets/logic/bars.js';
import { deed, errorWords } from '../../../htdocs/assets/logic/words.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const UP = { status: 'up', redis: { status: 'up' }, database: { status: 'up' }, worker: { status: 'up' }, destinations: { local: { status: 'up' } }, spool: { events: 0 } };
const NOW = Date.parse('2026-03-02T12:00:00Z');

test('health names the worst thing', () => {
  assert.deepEqual(healthWords(UP), { tone: 'ok', word: 'All services up' });
  assert.deepEqual(healthWords({ ...UP, status: 'down', worker: { status: 'down' }, destinations: { connectwise: { status: 'down' } } }), { tone: 'failed', word: 'No worker runs, 1 more' });
  assert.deepEqual(healthWords({ ...UP, status: 'degraded', destinations: { connectwise: { status: 'down' } } }), { tone: 'attention', word: 'ConnectWise is down' });
  assert.equal(healthWords({ status: 'unreachable' }).tone, 'failed');
  assert.deepEqual(troubles({ ...UP, spool: { events: 3 } }), ['3 events wait in the spool']);
});

test('what wants attention says what to do, and nothing when all is right', () => {
  assert.deepEqual(attentions({ health: UP, stats: { failed: 0 }, endpoints: [], now: NOW }), []);
  const list = attentions({ health: { ...UP, status: 'down', worker: { status: 'down' } }, stats: { dlq: 1, failed: 2 }, endpoints: [], maintenance: true, now: NOW });
  assert.deepEqual(list.map((a) => a.text), ['No worker runs. Webhooks are accepted and wait in the queue.', '1 event was given up in the last 24 hours.', '2 events failed in the last 24 hours.', 'Maintenance mode is on: problems open no tickets.']);
  assert.deepEqual(list[1].query, { status: 'dlq', span: '24h' });
});

test('names the PSA does not have want attention, unless nobody asks for the endpoint', () => {
  const e = { id: 'd', name: 'Datadog', config_health: { status: 'attention', problems: [{ field: 'board', message: 'the PSA has no "Emergncy" among its boards' }] } };
  assert.deepEqual(problemsOf(e), [{ field: 'board', text: 'The PSA has no "Emergncy" among its boards.', section: 'ticket' }]);
  const [a, ...others] = attentions({ health: UP, stats: {}, endpoints: [e, { ...e, is_draft: true }, { ...e, is_enabled: false }, { ...e, config_health: { status: 'unknown', problems: [{ field: 'destination', message: 'not now' }] } }], now: NOW });
  assert.deepEqual(others, []);
  assert.deepEqual([a.text, a.to, a.query], ['Datadog, board: The PSA has no "Emergncy" among its boards.', '/endpoints/d', { section: 'ticket' }]);
  assert.deepEqual(urgentFirst([{ name: 'well', last_seen_at: '2026-03-02T11:59:00Z' }, e, { name: 'broken', stats: { last_error_at: '2026-03-02T11:00:00Z' } }], NOW).map((x) => x.name), ['broken', 'Datadog', 'well']);
});

test('many of one kind are one line, and lead to their list', () => {
  const quiet = (id) => ({ id, name: id, timeout_alerts_enabled: true, timeout_hours: 5, last_seen_at: '2026-03-01T11:00:00Z' });
  const odd = (id) => ({ id, name: id, config_health: { status: 'attention', problems: [{ field: 'board', message: 'no' }] } });
  const said = (endpoints) => attentions({ health: UP, stats: {}, endpoints, now: NOW });
  assert.deepEqual(said(['a', 'b', 'c'].map(quiet)).map((a) => a.text), ['a', 'b', 'c'].map((n) => `${n} has been silent for longer than its 5 hours.`));
  const list = said([...['a', 'b', 'c', 'd'].map(quiet), ...['e', 'f', 'g', 'h', 'i'].map(odd)]);
  assert.deepEqual(list.map((a) => [a.text, a.to, a.query]), [['5 endpoints use names that the PSA does not know.', '/endpoints', { state: 'problem' }],
    ['4 endpoints have been silent for longer than their heartbeats allow.', '/endpoints', { state: 'silent' }]]);
});

test('a breaker is told in words, where there is one', () => {
  assert.deepEqual(['up', 'degraded', 'down', 'unknown'].map((s) => breakerWords('connectwise', s)), ['breaker closed', 'calls fail or are limited; breaker closed', 'breaker open: its events wait for a probe', '']);
  assert.equal(breakerWords('local', 'down'), '');
});

test('reasons of failures are counted, the most frequent first', () => {
  const row = (id, config_id, error_message) => ({ id, config_id, config_name: config_id, error_message });
  assert.deepEqual(reasons([row('9', 'a', 'x'), row('8', 'b', 'x'), row('7', 'b', 'x'), row('6', 'a', 'y'), row('5', 'c', 'z')]),
    [{ text: 'x', n: 2, id: '8', endpoint: 'b' }, { text: 'x', n: 1, id: '9', endpoint: 'a' }, { text: 'y', n: 1, id: '6', endpoint: 'a' }]);
});

test('an endpoint is silent only against its own promise', () => {
  const e = { name: 'x', timeout_alerts_enabled: true, timeout_hours: 24, is_enabled: true, last_seen_at: '2026-03-01T11:00:00Z' };
  assert.equal(silentEndpoints([e], NOW).length, 1);
  for (const change of [{ timeout_hours: 26 }, { timeout_alerts_enabled: false }, { is_enabled: false }, { last_seen_at: null }]) assert.equal(silentEndpoints([{ ...e, ...change }], NOW).length, 0);
});

test('bars add up, and the axis ends on a round number', () => {
  assert.deepEqual(bars([{ at: 't', processed: 3, skipped: 1, failed: 1, dlq: 1 }]), [{ at: 't', ok: 3, silent: 1, attention: 0, failed: 2, total: 6 }]);
  for (const [max, top] of [[0, 4], [7, 8], [13, 20], [21, 30], [41, 50], [100, 100], [3999, 4000]]) assert.equal(ceiling(max), top);
});

test('bars stand on each other, with few labels and whole numbers', () => {
  const list = bars([{ at: '2026-03-02T10:00:00Z', processed: 3, skipped: 1, failed: 2 }, { at: '2026-03-02T11:00:00Z', rejected: 1 }]);
  assert.deepEqual(stacked(list), [[0, 1], [6, null], [null, 1], [4, null], [3, null]]);
  assert.deepEqual(sumOf(list), { ok: 3, silent: 1, attention: 1, failed: 2 });
  assert.deepEqual(labelled(24, 480, 52), [0, 3, 6, 9, 12, 15, 18, 21]);
  assert.deepEqual(labelled(7, 600, 52), [0, 1, 2, 3, 4, 5, 6]);
  for (const [top, want] of [[4, [0, 2, 4]], [5, [0, 1, 2, 3, 4, 5]], [20, [0, 10, 20]]]) assert.deepEqual(ticks(top), want);
  assert.equal(new Date(endOf(list, 0)).toISOString(), '2026-03-02T11:00:00.000Z');
  assert.equal(new Date(endOf(list, 1)).toISOString(), '2026-03-02T12:00:00.000Z');
});

test('every state has a tone, a shape and a word', () => {
  for (const table of [EVENT_STATUS, ACTION, INCIDENT_STATUS, SERVICE_STATUS]) {
    for (const s of Object.values(table)) {
      assert.match(s.tone, /^(ok|attention|failed|silent)$/);
      assert.ok(s.icon && s.word);
    }
  }
  assert.equal(look(EVENT_STATUS, 'new-one').word, 'new-one');
});

test('the audit log speaks in words, and keeps the name of what it has none for', () => {
  assert.equal(deed('endpoint.rotate'), 'Made a new token');
  assert.equal(deed('something.new'), 'something.new');
});

test('errors say what they mean and what comes next', () => {
  assert.deepEqual(errorWords({ status: 403, message: 'this needs the role admin' }), { title: 'Your role does not allow this', text: 'This needs the role admin. An admin can change your role in Settings → Users.', next: 'back' });
  assert.equal(errorWords({ status: 0, message: 'x' }).title, 'No answer');
  assert.equal(errorWords({ status: 503, message: 'x' }).title, 'HookWise is not ready');
  assert.equal(errorWords({ status: 418, message: 'x' }).title, 'That did not work');
  assert.equal(errorWords(new TypeError('x is undefined')).title, 'This page has a fault');
});

function files(folder, end) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === 'vendor' ? [] : files(path, end);
    return name.endsWith(end) ? [path] : [];
  });
}
const sources = files(join(ROOT, 'htdocs/assets'), '.js');
const short = (path) => path.slice(ROOT.length);

test('every icon that is named is in the sprite', () => {
  const known = new Set(readFileSync(join(ROOT, 'conf/gui/icons.list'), 'utf8').split('\n'));
  const named = sources.flatMap((f) => [...readFileSync(f, 'utf8').matchAll(/\bicon(?:=|: )["']([\w-]+)["']|<\$\{Icon\} name="([\w-]+)"/g)].map((m) => [short(f), m[1] ?? m[2]]));
  assert.ok(named.length > 40, 'icons are found');
  assert.deepEqual(named.filter(([, name]) => !known.has(name)), []);
});

test('colours are named in one file, and nothing goes past the content policy', () => {
  const sheets = files(join(ROOT, 'htdocs/assets'), '.css').filter((f) => !f.endsWith('tokens.css'));
  assert.ok(sheets.length > 8);
  for (const f of sheets) assert.doesNotMatch(readFileSync(f, 'utf8'), /#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(|gradient\(/i, short(f));
  for (const f of sources) assert.doesNotMatch(readFileSync(f, 'utf8'), /\bstyle="|innerHTML|\beval\(|new Function|https?:\/\/(?!www\.w3\.org)/, short(f));
});

test('the first page is small, and every page names modules that are there', () => {
  const routes = readFileSync(join(ROOT, 'htdocs/assets/routes.js'), 'utf8');
  const pages = [...routes.matchAll(/import\('\.\/(pages\/[\w-]+\.js)'\)/g)].map((m) => m[1]);
  assert.ok(pages.length >= 10);
  for (const p of pages) assert.ok(statSync(join(ROOT, 'htdocs/assets', p)).size > 0, p);
});

test('a class is described in one sheet of the pages: all that were opened are in force', () => {
  const where = new Map();
  for (const file of files(join(ROOT, 'htdocs/assets'), '.css')) {
    const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '').replace(/\([^()]*\)/g, '()');
    for (const [, selectors] of text.matchAll(/(?:^|[};])([^{}@;]+)\{/g)) {
      for (const [, name] of selectors.split(',').map((x) => /^\s*\.([\w-]+)\s*$/.exec(x)).filter(Boolean)) where.set(name, new Set([...(where.get(name) ?? []), short(file)]));
    }
  }
  assert.ok(where.size > 60, `${where.size} classes found`);
  const twice = [...where].filter(([, list]) => list.size > 1).map(([name, list]) => `${name}: ${[...list].join(', ')}`);
  assert.deepEqual(twice, []);
});
