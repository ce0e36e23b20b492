// SPDX-License-Identifier: Apache-2.0
import test from 'node:test';
import assert from 'node:assert/strict';
import { chips, filtersOf, isFiltered, mergeNewest } from '../../../htdocs/assets/logic/history.js';
import { refusalOf, secondsBetween, stageTimes, stepTone, story } from '../../../htdocs/assets/logic/story.js';
import { diff, leaves } from '../../../htdocs/assets/logic/diff.js';

const NOW = Date.parse('2026-03-02T12:00:30Z');

test('the address becomes filters of the API', () => {
  assert.deepEqual(filtersOf({ status: 'failed', span: '1h', live: '0', x: 'y' }, NOW), { status: 'failed', from: '2026-03-02T11:00:00.000Z' });
  assert.deepEqual(filtersOf({ from: '2026-01-01T00:00:00Z', span: '1h' }, NOW, 'nord'), { from: '2026-01-01T00:00:00Z', tenant: 'nord' });
  assert.equal(JSON.stringify(filtersOf({ span: '24h' }, NOW)), JSON.stringify(filtersOf({ span: '24h' }, NOW + 20000)), 'the same minute, the same question');
});

test('filters without a control are chips', () => {
  assert.deepEqual(chips({ ticket_id: '7', company: 'KERN', status: 'failed' }), [['company', 'Company KERN'], ['ticket_id', 'Ticket 7']]);
  assert.deepEqual(chips({ destination: 'connectwise', request_id: 'f432aa91-1111-2222-3333-00000329d2c0' }), [['request_id', 'Request f432aa91…29d2c0'], ['destination', 'Destination ConnectWise']]);
  assert.match(chips({ from: '2026-03-02T09:00:00.000Z' })[0][1], /^Since \D*2\D/, 'a time as people read it');
  assert.equal(isFiltered({ live: '0' }), undefined || false);
  assert.ok(isFiltered({ q: 'x' }));
});

test('new rows come first, rows recorded again are replaced', () => {
  const shown = [{ id: 3, status: 'retrying' }, { id: 2 }, { id: 1 }];
  const { items, added, gap } = mergeNewest(shown, [{ id: 4 }, { id: 3, status: 'processed' }]);
  assert.deepEqual(items, [{ id: 4 }, { id: 3, status: 'processed' }, { id: 2 }, { id: 1 }]);
  assert.equal(added, 1);
  assert.equal(gap, false);
});

test('a page that meets nothing shown replaces the list, so that no row is missing between', () => {
  const merged = mergeNewest([{ id: 1 }], [{ id: 9 }, { id: 8 }]);
  assert.deepEqual(merged, { items: [{ id: 9 }, { id: 8 }], added: 2, gap: true });
  assert.equal(mergeNewest([], [{ id: 1 }]).gap, false);
});

const ROW = {
  status: 'failed', action: 'create', error_message: "Board 'Emergncy' does not exist",
  trace: [{ step: 'received', outcome: 'webhook', text: 'POST.' }, { step: 'decode', outcome: 'repaired', text: 'Mended.' }, { step: 'rule', outcome: 'no-match', text: 'No.' }, { step: 'settle', outcome: 'create', text: 'Create one.' }],
};

test('a trace becomes five stages in order', () => {
  const stages = story(ROW);
  assert.deepEqual(stages.map((s) => s.title), ['Received', 'Decoded', 'Decided', 'Acted', 'Recorded']);
  assert.deepEqual(stages.map((s) => s.tone), ['', 'attention', '', 'failed', '']);
  assert.deepEqual(stages[2].steps.map((s) => s.step), ['rule', 'settle']);
});

test('the destination\'s words appear once, among the attempts', () => {
  assert.deepEqual(story(ROW)[3].steps.map((s) => s.text), ["Board 'Emergncy' does not exist"]);
  const told = { ...ROW, trace: [...ROW.trace, { step: 'act', outcome: 'refused', text: "ConnectWise refused: Board 'Emergncy' does not exist." }] };
  assert.equal(story(told)[3].steps.length, 1);
});

test('a stage in which nothing happened says why', () => {
  assert.equal(story({ status: 'processed', trace: [{ step: 'mirror', outcome: 'ok', text: 'connectwise tells of ticket 7' }] })[2].steps[0].text, 'ConnectWise tells of ticket 7.');
  assert.equal(story({ status: 'skipped', trace: [] })[3].note, 'Nothing was to be done.');
  assert.equal(story({ status: 'processed', action: 'close', ticket_id: '7', trace: null })[3].note, 'Ticket 7 was closed.');
});

test('tones of steps, and times between', () => {
  assert.equal(stepTone({ outcome: 'refused' }), 'failed');
  assert.equal(stepTone({ outcome: 'no-match' }), 'silent');
  assert.equal(stepTone({ outcome: 'open' }), '');
  assert.equal(secondsBetween('2026-03-02T12:00:00Z', '2026-03-02T12:00:01.500Z'), 1.5);
  assert.equal(secondsBetween('x', '2026-03-02T12:00:01Z'), null);
});

test('two values are compared leaf by leaf', () => {
  const rows = diff({ a: 1, b: { c: [1, 2] }, 'x y': null, e: {} }, { a: 2, b: { c: [1] }, 'x y': null, n: 5, e: {} });
  assert.deepEqual(rows.filter((r) => r.kind !== 'same').map((r) => [r.path, r.kind]), [['$.a', 'changed'], ['$.b.c[1]', 'removed'], ['$.n', 'added']]);
  assert.ok(rows.some((r) => r.path === "$['x y']" && r.kind === 'same'));
  assert.deepEqual(leaves('text'), [['$', 'text']]);
});

test('a request that could not be read says so where it was to be decoded', () => {
  const stages = story({ status: 'rejected', error_message: 'the body is neither JSON nor a form', trace: [] });
  assert.deepEqual(stages[1].steps.map((s) => s.text), ['The body is neither JSON nor a form.']);
  assert.equal(stages[1].tone, 'failed');
  assert.deepEqual(stages.slice(2, 4).map((s) => s.note), ['Nothing was decided.', 'Nothing could be done with it.']);
});

test('what was done is told in words', () => {
  const told = (text) => story({ status: 'processed', trace: [{ step: 'act', outcome: 'x', text }] })[3].steps[0].text;
  assert.equal(told('create: ticket 7'), 'Ticket 7 was created.');
  assert.equal(told('update: ticket 7'), 'Ticket 7 got a note.');
  assert.equal(told('ticket 7 was closed by hand'), 'Ticket 7 was closed by hand.');
});

test('each stage says how long it took, and waiting is told apart from working', () => {
  const t = (stage, ms, took_ms) => ({ stage, at: '2026-03-02T12:00:00Z', ms, took_ms });
  const row = { retry_count: 2, timeline: [t('received', 0, null), t('taken', 3, 3), t('begun', 1203, 1200), t('decided', 1205, 2), t('acted', 1625, 420), t('recorded', 1630, 5)] };
  assert.deepEqual(stageTimes(row), { decoded: 'taken up after 3 ms', decided: 'waited 1.2 s for its turn, then 2 ms', acted: '420 ms, 2 retries', recorded: '1.6 s after it was received' });
  assert.deepEqual(stageTimes({ received_at: '2026-03-02T12:00:00Z', recorded_at: '2026-03-02T12:00:02Z', timeline: null }), { decoded: '', decided: '', acted: '', recorded: '2.0 s after it was received' });
});

test('a refused request is told from one that cannot be read', () => {
  const row = { status: 'rejected', error_message: '401: token or signature is wrong; body not kept', trace: [{ step: 'received', outcome: 'ok', text: 'POST with 20 bytes' }] };
  assert.deepEqual(refusalOf(row), { code: '401', why: 'token or signature is wrong' });
  const [received, decoded] = story(row);
  assert.deepEqual([received.tone, received.steps.at(-1).text], ['failed', 'Refused with 401: Token or signature is wrong.']);
  assert.equal(decoded.note, 'Not read: the body of a refused request is not kept.');
  assert.equal(refusalOf({ status: 'rejected', error_message: 'a member name was expected at offset 27' }), null);
});
