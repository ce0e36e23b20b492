// SPDX-License-Identifier: Apache-2.0
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { belongs, changedFields, cutAtByte, documentOf, getField, inherited, isSame, patchOf, setField } from '../../../htdocs/assets/logic/document.js';
import { edit, giveWay, heard, redo, savedAs, startEditing, undo } from '../../../htdocs/assets/logic/editing.js';
import { addValue, literal, relativePath, usesOf } from '../../../htdocs/assets/logic/pick.js';
import { leaves } from '../../../htdocs/assets/logic/diff.js';
import { exampleOf } from '../../../htdocs/assets/logic/example.js';
import { finished, lacks, placed } from '../../../htdocs/assets/logic/rules.js';
import { plainOf, withoutSecrets, withSecond } from '../../../htdocs/assets/logic/schemes.js';
import { moved, moveTo, pinnedFirst, stepMove } from '../../../htdocs/assets/logic/order.js';

test('a document is what can be saved: no numbers of the list, texts of JSON as values', () => {
  const doc = documentOf({ id: 'x', url: 'webhook/x', stats: {}, name: 'A', board: null, json_mapping: '{"summary":"$.a"}', routing_rules: '[{', is_enabled: false });
  assert.deepEqual(doc, { name: 'A', json_mapping: { summary: '$.a' }, routing_rules: '[{', is_enabled: false });
});

test('setting and taking away fields, also inside the mapping, leaves the old document alone', () => {
  const doc = { name: 'A' };
  const mapped = setField(doc, 'json_mapping.summary', '$.title');
  assert.deepEqual(mapped, { name: 'A', json_mapping: { summary: '$.title' } });
  assert.deepEqual(doc, { name: 'A' });
  assert.equal(getField(mapped, 'json_mapping.summary'), '$.title');
  assert.equal(getField(doc, 'json_mapping.summary'), undefined);
  assert.deepEqual(setField(mapped, 'json_mapping.summary', ''), { name: 'A' }, 'an empty mapping goes');
  assert.deepEqual(setField({ routing_rules: [1] }, 'routing_rules', []), {});
  assert.deepEqual(setField(doc, 'trigger_field', ''), { name: 'A', trigger_field: '' }, 'an empty trigger means something');
});

test('the difference: named by field, sent as a patch with null for what is gone', () => {
  const saved = { name: 'A', board: 'Service', json_mapping: { summary: '$.a', company: '$.b' }, routing_rules: [{ path: '$.a', regex: 'x' }] };
  const doc = { name: 'A', json_mapping: { company: '$.b', summary: '$.c' }, routing_rules: [{ regex: 'x', path: '$.a' }], priority: 'High' };
  assert.deepEqual(changedFields(saved, doc).sort(), ['board', 'json_mapping.summary', 'priority']);
  assert.deepEqual(patchOf(saved, doc), { board: null, priority: 'High', json_mapping: doc.json_mapping });
  assert.deepEqual(patchOf(saved, { ...saved }), {});
  assert.ok(isSame({ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1 }));
  assert.ok(!isSame([1, 2], [2, 1]));
});

test('what holds without a value of its own comes from the preset, then the default', () => {
  const preset = { document: { trigger_field: '@.status', json_mapping: { summary: '@.t' } } };
  assert.deepEqual(inherited(preset, 'trigger_field'), { value: '@.status', from: 'preset' });
  assert.deepEqual(inherited(preset, 'json_mapping.summary'), { value: '@.t', from: 'preset' });
  assert.deepEqual(inherited(undefined, 'success_code'), { value: 202, from: 'default' });
});

test('an error belongs to its field, and is cut at bytes, not characters', () => {
  assert.ok(belongs('routing_rules[1].regex', 'routing_rules'));
  assert.ok(belongs('json_mapping.summary', 'json_mapping.summary'));
  assert.ok(!belongs('board_id', 'board'));
  assert.ok(!belongs(undefined, 'board'));
  assert.deepEqual(cutAtByte('Süd(', 4), ['Süd', '(']);
  assert.deepEqual(cutAtByte('ab', 99), ['ab', '']);
});

test('undo: typing in one field is one step, other fields are others; redo until the next change', () => {
  let s = startEditing({ name: 'A' });
  s = edit(s, { name: 'AB' }, 'name');
  s = edit(s, { name: 'ABC' }, 'name');
  s = edit(s, { name: 'ABC', board: 'X' }, 'board');
  s = edit(s, { name: 'ABC', board: 'XY' }, 'board', false);
  assert.equal(s.past.length, 3);
  s = undo(s);
  assert.deepEqual(s.doc, { name: 'ABC', board: 'X' });
  s = undo(undo(s));
  assert.deepEqual(s.doc, { name: 'A' });
  assert.equal(undo(s), s, 'nothing before');
  s = redo(s);
  assert.deepEqual(s.doc, { name: 'ABC' });
  s = edit(s, { name: 'Q' }, 'name');
  assert.equal(redo(s), s, 'another way was taken');
});

test('a save keeps what was typed while it ran', () => {
  const sent = { name: 'B' };
  const s = edit(startEditing({ name: 'A' }), sent, 'name');
  assert.deepEqual(savedAs(s, { name: 'B', board: 'x' }, sent).doc, { name: 'B', board: 'x' });
  const later = edit(s, { name: 'C' }, 'name');
  assert.deepEqual(savedAs(later, { name: 'B' }, sent).doc, { name: 'C' });
});

test('after a save no step holds a secret that was sent, whatever was typed meanwhile', () => {
  const auth = [{ scheme: 'header', secret: 'open sesame' }];
  let s = edit(startEditing({ name: 'A', board: 'x' }, '3'), { name: 'A', board: 'x', auth }, 'auth');
  s = edit(s, { name: 'A', auth }, 'board');
  s = edit(s, { name: 'B', auth }, 'name');
  const sent = s.doc;
  s = edit(s, { ...sent, name: 'Bc', auth: [...auth, { scheme: 'github', secret: '' }] }, 'auth again');
  const kept = { id: 'a', scheme: 'header', secret: '********' };
  s = savedAs(s, { name: 'B', auth: [kept] }, sent, '4');
  assert.equal(s.version, '4');
  assert.deepEqual(s.doc, { name: 'Bc', auth: [kept, { scheme: 'github', secret: '' }] });
  assert.deepEqual(s.past, [{ name: 'A', board: 'x' }, { name: 'A', board: 'x', auth: [kept] }, { name: 'A', auth: [kept] }, { name: 'B', auth: [kept] }]);
  s = undo(s);
  assert.deepEqual(patchOf(s.saved, s.doc), {}, 'what was sent is saved');
});

test('what the server tells of the endpoint: a new version of the same, another\'s, and one that was overtaken', () => {
  const s = startEditing({ name: 'A' }, '3');
  const typed = edit(s, { name: 'B' }, 'name');
  assert.deepEqual([heard(typed, { name: 'A' }, '4').version, heard(typed, { name: 'A' }, '4').doc], ['4', { name: 'B' }]);
  assert.equal(heard(typed, { name: 'C' }, '4'), typed, 'saving says that somebody was faster');
  assert.deepEqual([heard(s, { name: 'C' }, '10').doc, heard(s, { name: 'C' }, '10').version], [{ name: 'C' }, '10']);
  assert.equal(heard(s, { name: 'C' }, '2'), s);
  const theirs = giveWay(typed, { name: 'C' }, '4');
  assert.deepEqual([theirs.doc, theirs.saved, theirs.version, undo(theirs).doc], [{ name: 'C' }, { name: 'C' }, '4', { name: 'B' }]);
});

test('paths of a clicked value: quoting, and the element of a batch', () => {
  const paths = leaves({ monitor: { 'pretty name': 1, "it's": 2 }, 'a.b': [{ c: 3 }] }).map(([p]) => p);
  assert.deepEqual(paths, ["$.monitor['pretty name']", "$.monitor['it\\'s']", "$['a.b'][0].c"]);
  assert.equal(relativePath('$.alerts[3].labels.host', '$.alerts'), '@.labels.host');
  assert.equal(relativePath('$.alerts[3].labels.host', '$.alerts[*]'), '@.labels.host');
  assert.equal(relativePath("$.alerts[0]['a b']", 'alerts'), "@['a b']");
  assert.equal(relativePath('$.alertsummary[0]', '$.alerts'), '$.alertsummary[0]');
  assert.equal(relativePath('$.status', '$.alerts'), '$.status', 'the rest stays below the root');
  assert.equal(relativePath('$.status', undefined), '$.status');
});

test('uses of a value: the trigger learns values, a rule matches the text and nothing more', () => {
  const use = (id, path, value, doc, preset) => usesOf(path, value, doc, preset).find((u) => u.id === id).apply(doc);
  let doc = use('open', '$.state', 'DOWN', { name: 'A' });
  assert.deepEqual(doc, { name: 'A', trigger_field: '$.state', open_value: 'DOWN' });
  doc = use('open', '$.state', 'CRIT', doc);
  assert.equal(doc.open_value, 'DOWN, CRIT', 'the same path collects');
  doc = use('close', '$.state', 'DOWN', doc);
  assert.equal(doc.close_value, 'DOWN');
  assert.equal(doc.open_value, 'CRIT', 'one value is not both');
  assert.equal(use('open', '$.other', 1, doc).open_value, '1', 'another path starts anew');
  assert.deepEqual(use('rule', '$.host', 'a.b(c)', {}).routing_rules, [{ path: '$.host', regex: '^a\\.b\\(c\\)$', overrides: {} }]);
  assert.equal(use('dedup-add', '$.b', 1, { dedup_key: ['$.a'] }).dedup_key, '$.a | $.b');
  assert.equal(usesOf('$.a', 1, { dedup_key: '$.a' }).find((u) => u.id === 'dedup-add'), undefined, 'it is in already');
  assert.deepEqual(use('company', '@.c', 'x', {}).json_mapping, { customer_id: '@.c' });
  assert.equal(addValue('a, b', 'b'), 'a, b');
  assert.ok(new RegExp(literal('1+1=2?')).test('1+1=2?'));
});

test('moving: ends hold, hidden rows keep their places, pinned ones stay among themselves', () => {
  assert.deepEqual(moved(['a', 'b', 'c'], 0, 2), ['b', 'c', 'a']);
  assert.deepEqual(moved(['a', 'b', 'c'], 2, -5), ['c', 'a', 'b']);
  const same = ['a', 'b'];
  assert.equal(moved(same, 1, 9), same);
  const list = pinnedFirst([{ id: 'a' }, { id: 'p', is_pinned: true }, { id: 'b' }, { id: 'c' }]);
  assert.deepEqual(list.map((e) => e.id), ['p', 'a', 'b', 'c']);
  assert.deepEqual(stepMove(list, ['a', 'c'], 'a', 1).map((e) => e.id), ['p', 'b', 'c', 'a'], 'past the one that is seen');
  assert.equal(stepMove(list, ['p', 'a'], 'a', -1), list, 'not among the pinned');
  assert.equal(stepMove(list, ['a'], 'a', 1), list);
  assert.deepEqual(moveTo(list, 'c', 'a').map((e) => e.id), ['p', 'c', 'a', 'b']);
});

test('rules that are not finished are left out; the others keep the number that is seen', () => {
  assert.deepEqual([{ path: '$', regex: 'x' }, { path: '$' }, { regex: 'x' }, {}].map(lacks), ['', 'what to find', 'where to look', 'where to look and what to find']);
  const list = [{ path: '$.a', regex: 'x' }, { path: '$' }, { path: '$.b', regex: 'y' }, { path: '$.c', regex: 'z', name: 'night' }];
  const { rules, places } = finished(list);
  assert.deepEqual(rules, [list[0], { ...list[2], name: 'rule 3' }, list[3]]);
  assert.equal(placed('routing_rules[1].regex', places), 'routing_rules[2].regex');
  assert.equal(placed('routing_rules', places), 'routing_rules');
  assert.equal(placed(undefined, places), '');
});

test('secrets of schemes: none is kept here, a second one stands behind the first', () => {
  const doc = { name: 'A', hmac_secret: 'x', auth: [{ scheme: 'github', id: 'i', secret: '********' }, { scheme: 'header', header: 'X', secret: 'new' }] };
  assert.deepEqual(withoutSecrets(doc), { name: 'A', auth: [{ scheme: 'github', id: 'i', secret: '********' }, { scheme: 'header', header: 'X' }] });
  assert.deepEqual(withoutSecrets({ name: 'A' }), { name: 'A' });
  assert.deepEqual(withSecond(doc.auth, 0)[1], { scheme: 'github', secret: '' });
  const schemes = [{ scheme: 'github', kind: 'signature', fields: [] }, { scheme: 'header', kind: 'header', fields: [{ name: 'header', default: 'X-Webhook-Secret' }] }, { scheme: 'query', kind: 'query', fields: [{ name: 'parameter', default: 'key' }] }];
  assert.deepEqual(plainOf(doc.auth, schemes), { header: ['X', 'new'] });
  assert.deepEqual(plainOf([{ scheme: 'query', secret: '********' }], schemes), { query: ['key', '<secret>'] });
  assert.equal(plainOf([doc.auth[0]], schemes), null);
});

test('a made-up problem has what the document looks at', () => {
  assert.deepEqual(exampleOf({ trigger_field: '$.heartbeat.status', open_value: '0', dedup_key: '$.monitor.id || $.id', json_mapping: { summary: 'On {$.where} || $.monitor.name' } }), { heartbeat: { status: 0 }, monitor: { name: 'Disk nearly full on srv-01', id: 'test-1' } });
  assert.deepEqual(exampleOf({ batch_path: '$.alerts', trigger_field: '@.status', open_value: '~^fir, firing', dedup_key: ['@.a', '$.b'] }), { b: 'test-1', alerts: [{ status: 'firing', a: 'test-1' }] });
  assert.deepEqual(exampleOf({ trigger_field: "$['kind','type']", open_value: ['~^(Down|Up)'] }), { kind: 'Down' });
  assert.deepEqual(exampleOf({ trigger_field: '$[?@ == $.event.value && $.x]', open_value: 'true' }), { event: { value: true } });
  assert.deepEqual(exampleOf({ trigger_field: '$.s', open_value: '*', dedup_key: ['$.h || $.g'], json_mapping: { summary: '{$.h || $.g || $.f} {$.c}' } }), { s: 'active', h: 'Disk nearly full on srv-01' });
  assert.deepEqual(exampleOf({ dedup_key: "{$[?($.t == '3' || $.t == 3) && @ == $.id]}:ssl || $.id", json_mapping: { summary: '$.n' } }), { n: 'Disk nearly full on srv-01', id: 'test-1' });
  assert.equal(exampleOf({ name: 'x' }), null);
});
