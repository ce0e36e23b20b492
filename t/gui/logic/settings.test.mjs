// SPDX-License-Identifier: Apache-2.0
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { bounds, byTopic, TOPICS, valueOf } from '../../../htdocs/assets/logic/settings.js';

const table = readFileSync(new URL('../../../common/settings_table.c', import.meta.url), 'utf8');
const kinds = new Map([...table.matchAll(/\{ "([A-Z_]+)", HW_SET_(\w+),/g)].map(([, name, kind]) => [name, kind]));
const named = TOPICS.flatMap(([, rows]) => rows);
const days = { name: 'LOG_RETENTION_DAYS', type: 'int', value: '30', min: 1, max: 3650, what: 'Days the history of webhooks is kept.' };
const key = { name: 'CW_PRIVATE_KEY', type: 'secret', value: '********', what: 'Private key of the API member.' };
const url = { name: 'CW_URL', type: 'url', value: 'https://psa.example', what: 'Base URL.' };

test('what has words is a setting, once, and units are those of numbers', () => {
  assert.ok(kinds.size > 40);
  const names = named.map(([name]) => name);
  assert.deepEqual(names.filter((n) => !kinds.has(n)), []);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(named.filter(([n, , unit]) => unit && kinds.get(n) !== 'INT').map(([n]) => n), []);
});

test('values and bounds have their unit', () => {
  assert.equal(valueOf(days), '30 days');
  assert.equal(valueOf(url), 'https://psa.example');
  assert.equal(valueOf({ name: 'DESTINATION', type: 'text', value: null }), '');
  assert.equal(bounds(days), '1 to 3,650 days.');
  assert.equal(bounds(url), '');
});

test('they stand by topic in the order of the table; the unknown at the end', () => {
  const odd = { name: 'NEW_ONE', type: 'int', value: '3', what: 'Something.' };
  assert.deepEqual(byTopic([odd, key, url, days]).map(([t, l]) => [t, l.map((s) => s.name)]),
    [['History and log', ['LOG_RETENTION_DAYS']], ['Connection to ConnectWise', ['CW_URL', 'CW_PRIVATE_KEY']], ['Others', ['NEW_ONE']]]);
  assert.equal(valueOf(odd), '3');
});

test('the search finds names, words, units and values, but no stars of secrets', () => {
  const names = (q) => byTopic([days, key, url], q).flatMap(([, l]) => l.map((s) => s.name));
  assert.deepEqual(names('keep DAYS'), ['LOG_RETENTION_DAYS']);
  assert.deepEqual(names('psa.example'), ['CW_URL']);
  assert.deepEqual(names('cw_'), ['CW_URL', 'CW_PRIVATE_KEY']);
  assert.deepEqual(names('****'), []);
});
