// SPDX-License-Identifier: Apache-2.0
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { calendar, daysOf, daysText, toggleDay, windowText, withType } from '../../../htdocs/assets/logic/windows.js';
import { age, filterEndpoints, hintsOf, stateOf, valuesOf } from '../../../htdocs/assets/logic/endpoints.js';
import { curl, powershell, python } from '../../../htdocs/assets/logic/sender.js';
import { qrPath } from '../../../htdocs/assets/logic/qr.js';

test('days from names, ranges and numbers', () => {
  assert.deepEqual(daysOf('mon-fri'), [0, 1, 2, 3, 4]);
  assert.deepEqual(daysOf(['Saturday', 6]), [5, 6]);
  assert.deepEqual(daysOf('sun-tue'), [0, 1, 6]);
  assert.deepEqual(daysOf('noday'), []);
  assert.equal(daysText(['mon', 'tue', 'wed']), 'Mon–Wed');
  assert.equal(daysText('sat, sun'), 'Sat, Sun');
  assert.equal(daysText(undefined), 'every day');
  assert.deepEqual(toggleDay(['mon', 'wed'], 0), ['wed']);
  assert.deepEqual(toggleDay('mon', 6), ['mon', 'sun']);
});

test('a window in words', () => {
  assert.equal(windowText({ type: 'daily', start: '22:00', end: '04:00', timezone: 'Europe/Berlin' }), 'Every day, 22:00 to 04:00 on the next day, Europe/Berlin');
  assert.equal(windowText({ type: 'weekly', days: 'mon-fri', start: '12:00', end: '13:00', recoveries: 'skip' }), 'Mon–Fri, 12:00 to 13:00, UTC; recoveries wait too');
  assert.equal(windowText({ start: '2026-03-01 10:00', end: '2026-03-01 12:00' }), 'Once, 2026-03-01 10:00 to 2026-03-01 12:00 UTC');
  assert.equal(windowText({ type: 'once', start: '2026-03-01T10:00:00Z', end: '' }), 'Once, 2026-03-01T10:00:00Z to ?');
});

test('another type keeps what fits', () => {
  assert.deepEqual(withType({ type: 'weekly', days: ['mon'], start: '01:00', end: '02:00', timezone: 'UTC' }, 'daily'), { type: 'daily', start: '01:00', end: '02:00', timezone: 'UTC' });
  assert.equal(withType({ type: 'daily', start: '01:00', end: '02:00' }, 'once').start, '');
  assert.deepEqual(withType({ catch_up: true, start: '2026-01-01 00:00' }, 'weekly'), { catch_up: true, type: 'weekly', start: '22:00', end: '06:00', days: ['sat', 'sun'] });
});

test('a window over midnight stands on both days', () => {
  const from = new Date(2026, 4, 4, 15).getTime();
  const items = [{ starts: new Date(2026, 4, 5, 22).toISOString(), ends: new Date(2026, 4, 6, 4).toISOString() }, { starts: new Date(2026, 4, 7, 0).toISOString(), ends: new Date(2026, 4, 8, 0).toISOString() }];
  assert.deepEqual(calendar(items, from, 5).map((d) => d.items.length), [0, 1, 1, 1, 0]);
});

const NOW = Date.parse('2026-05-04T12:00:00Z');
const ago = (min) => new Date(NOW - min * 60000).toISOString();

test('the state of an endpoint: what it is set to goes before what happened', () => {
  assert.equal(stateOf({ is_draft: true, is_enabled: false }, NOW), 'draft');
  assert.equal(stateOf({ is_enabled: false, last_seen_at: ago(1) }, NOW), 'paused');
  assert.equal(stateOf({}, NOW), 'waiting');
  assert.equal(stateOf({ last_seen_at: ago(1) }, NOW), 'ok');
  assert.equal(stateOf({ last_seen_at: ago(9), stats: { last_error_at: ago(8) } }, NOW), 'failing');
  assert.equal(stateOf({ last_seen_at: ago(9), stats: { last_error_at: ago(30) } }, NOW), 'ok', 'something came after it');
  assert.equal(stateOf({ last_seen_at: ago(9), stats: { stale_at: ago(1) } }, NOW), 'silent');
});

test('hints name what wants a look, the door that stands open first', () => {
  const texts = (e) => hintsOf(e).map((h) => h.section);
  assert.deepEqual(texts({ preset: 'zabbix', timeout_alerts_enabled: true }), []);
  assert.deepEqual(texts({ bearer_auth_enabled: false, preset: 'x', timeout_alerts_enabled: true }), ['sender']);
  assert.deepEqual(texts({ bearer_auth_enabled: false, hmac_secret: '********', preset: 'x', timeout_alerts_enabled: true }), []);
  assert.match(hintsOf({ bearer_auth_enabled: false, trusted_ips: '192.0.2.1' })[0].text, /Only the address list/);
  assert.deepEqual(texts({ routing_rules: [{ path: '$.a', regex: 'b', overrides: {} }] }), ['mapping', 'rules', 'heartbeat']);
});

test('filters of the list', () => {
  const items = [{ id: '1', name: 'Zabbix Nord', tenant: 'nord', board: 'Service', last_seen_at: ago(1) }, { id: '2', name: 'Kuma', preset: 'uptime-kuma', tenant: 'default', is_enabled: false }];
  const ids = (query) => filterEndpoints(items, query, NOW).map((e) => e.id).join();
  assert.equal(ids({}), '1,2');
  assert.equal(ids({ q: 'nord zab' }), '1');
  assert.equal(ids({ q: 'UPTIME' }), '2');
  assert.equal(ids({ state: 'paused' }), '2');
  assert.equal(ids({ board: '-' }), '2');
  assert.equal(ids({ tenant: 'nord', board: 'Service' }), '1');
  assert.deepEqual(valuesOf(items, 'board'), ['Service']);
  assert.deepEqual([60, 7200, 86400 * 3, 86400 * 100, 86400 * 800, null].map(age), ['new', '2 h', '3 d', '3 mo', '2 y', '–']);
});

test('commands for the sender survive quotes, and the shell agrees', () => {
  const how = { url: 'https://x.example/webhook/a', token: "t'1", bearer: true, payload: { title: "it's down", n: 1 } };
  const text = curl(how).replace(/^curl/, "printf '%s\\n'");
  const args = execFileSync('sh', ['-c', text], { encoding: 'utf8' }).trimEnd().split('\n');
  assert.deepEqual(args, ['-X', 'POST', how.url, '-H', 'Content-Type: application/json', '-H', "Authorization: Bearer t'1", '-d', JSON.stringify(how.payload)]);
  assert.match(powershell(how), /'Bearer t''1'/);
  assert.match(python(how), /"Bearer t'1"/);
  assert.match(curl({ url: 'u', bearer: true }), /Bearer <token>/);
  assert.doesNotMatch(curl({ url: 'u', bearer: false }), /Authorization/);
});

test('a signed command signs exactly what it sends', () => {
  const text = curl({ url: 'u', hmac: true, secret: 'geheim', payload: { a: "b'c" } }).replace(/curl -X/, "printf '%s\\n' -X");
  const args = execFileSync('sh', ['-c', text], { encoding: 'utf8' }).trimEnd().split('\n');
  const body = args.at(-1);
  const want = execFileSync('openssl', ['dgst', '-sha256', '-hmac', 'geheim'], { input: body, encoding: 'utf8' }).trim().split(' ').at(-1);
  assert.ok(args.includes(`X-HookWise-Signature: ${want}`), args.join('|'));
  assert.equal(body, JSON.stringify({ a: "b'c" }));
});

test('a QR code as a path: runs of dark squares', () => {
  assert.equal(qrPath([[true, true, false, true], [false, false, false, false], [false, true, true, false]]), 'M0 0h2v1h-2zM3 0h1v1h-1zM1 2h2v1h-2z');
});
