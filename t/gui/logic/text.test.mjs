// SPDX-License-Identifier: Apache-2.0
import test from 'node:test';
import assert from 'node:assert/strict';
import * as text from '../../../htdocs/assets/logic/text.js';
import { noteOf } from '../../../htdocs/assets/logic/notes.js';
import * as time from '../../../htdocs/assets/logic/time.js';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const ago = (s) => new Date(NOW - s * 1000).toISOString();

test('times are relative, and say when they lie ahead', () => {
  for (const [s, words] of [[2, 'now'], [40, '40 s ago'], [61, '1 min ago'], [3599, '59 min ago'], [7200, '2 h ago'], [86400 * 6, '6 d ago'], [-90, 'in 1 min']]) {
    assert.equal(time.relative(ago(s), NOW), words);
  }
  assert.equal(time.relative('nonsense', NOW), '–');
  assert.match(time.relative(ago(86400 * 30), NOW), new RegExp(`\\b${new Date(ago(86400 * 30)).getDate()}\\b`)); // of the zone it is run in
});

test('a moment goes into a field for date and time and comes back', () => {
  const at = '2026-03-02T09:30:00.000Z';
  assert.match(time.localField(at), /^2026-03-0[123]T\d\d:\d\d$/);
  assert.equal(time.fromField(time.localField(at)), at);
  assert.deepEqual([time.localField('nonsense'), time.localField(undefined), time.fromField('')], ['', '', '']);
});

test('a share is whole only when all of it is', () => {
  for (const [share, words] of [[1, '100 %'], [0.9999, '99.9 %'], [0.98392, '98.3 %'], [0.29, '29 %'], [0, '0 %'], [null, '–'], [undefined, '–']]) assert.equal(text.percent(share), words);
});

test('durations have the unit that suits', () => {
  for (const [s, words] of [[0, '< 1 ms'], [0.34, '340 ms'], [0.9996, '1.0 s'], [1.24, '1.2 s'], [42.4, '42 s'], [250, '4 min 10 s'], [3600, '1 h'], [7500, '2 h 5 min'], [90000, '1 d 1 h'], [null, '–'], ['x', '–']]) {
    assert.equal(time.duration(s), words);
  }
});

test('a span of time becomes its first moment', () => {
  assert.equal(time.since('24h', NOW), '2026-03-01T12:00:00.000Z');
  assert.equal(time.since('7d', NOW), '2026-02-23T12:00:00.000Z');
  for (const odd of ['', undefined, 'h', '1y', '99999h']) assert.equal(time.since(odd, NOW), '');
});

test('ids shorten in the middle and keep both ends', () => {
  assert.equal(text.shortId('abcdefghijklmnop'), 'abcdef…mnop');
  assert.equal(text.shortId('abcdefghijk'), 'abcdefghijk');
  assert.equal(text.shortId(null), '');
});

test('counts and numbers', () => {
  assert.equal(text.count(1, 'event'), '1 event');
  assert.equal(text.count(2300, 'event'), '2,300 events');
  assert.equal(text.count(2, 'entry', 'entries'), '2 entries');
  assert.equal(text.number(1234567), '1.2 M');
  assert.equal(text.number(123456), '123 k');
  assert.equal(text.number(undefined), '–');
  assert.equal(text.bytes(1536), '1.5 KiB');
});

test('a message becomes a sentence', () => {
  assert.equal(text.sentence('is missing'), 'Is missing.');
  assert.equal(text.sentence('Done!'), 'Done!');
  assert.equal(text.sentence('heartbeat.status is "1"'), 'heartbeat.status is "1".');
  assert.equal(text.sentence('  '), '');
});

test('CSV quotes what it must, and a formula stays text', () => {
  assert.equal(text.csv(['a', 'b'], [{ a: 'x,"y"', b: null }, { a: '=1+1', b: -3 }]), 'a,b\r\n"x,""y""",\r\n\'=1+1,-3\r\n');
  for (const sign of ['=', '+', '-', '@', '\t']) assert.equal(text.csvCell(`${sign}HYPERLINK()`), `'${sign}HYPERLINK()`);
  for (const sign of ['\r', '\n']) assert.equal(text.csvCell(`${sign}=1`), `"'${sign}=1"`);
  assert.equal(text.csvCell({ a: 1 }), '"{""a"":1}"');
});

test('what HookWise noted leads to its event; what people wrote stays', () => {
  const mark = '[e44bafdf-0c82-47d7-9925-f9dbfa0c9de5/0]';
  assert.deepEqual(noteOf({ author: 'HookWise', text: `Alert repeated.\n\n${mark}` }), { author: 'HookWise', text: 'Alert repeated.', request: 'e44bafdf-0c82-47d7-9925-f9dbfa0c9de5' });
  assert.equal(noteOf({ author: 'HookWise', text: `It is the router.\n\n${mark.replace('[', '[analysis ')}` }).author, 'Language model');
  assert.deepEqual(noteOf({ author: 'mira', text: mark }), { author: 'mira', text: mark, request: null });
  assert.deepEqual(noteOf({ author: 'HookWise', text: 'Closed by hand' }), { author: 'HookWise', text: 'Closed by hand', request: null });
});
