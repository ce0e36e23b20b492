// SPDX-License-Identifier: Apache-2.0
import test from 'node:test';
import assert from 'node:assert/strict';
import { buildHash, buildQuery, matchRoute, parseHash } from '../../../htdocs/assets/logic/route.js';
import { suggest } from '../../../htdocs/assets/logic/search.js';
import { moveIndex, toggle } from '../../../htdocs/assets/logic/list.js';

const TABLE = [{ path: '/' }, { path: '/history' }, { path: '/history/compare' }, { path: '/history/:id' }, { path: '/endpoints/:id/:part' }];

test('an address to its parts and back', () => {
  assert.deepEqual(parseHash('#/history/12?status=failed&q=a%26b'), { path: '/history/12', query: { status: 'failed', q: 'a&b' } });
  assert.deepEqual(parseHash(''), { path: '/', query: {} });
  assert.deepEqual(parseHash('#history/'), { path: '/history', query: {} });
  assert.equal(buildHash('/history', { status: 'failed', q: '', live: true, x: null, no: false }), '#/history?status=failed&live=1');
  assert.equal(parseHash('#/%E0%A4%A').path, '/%25E0%25A4%25A');
  assert.equal(buildQuery({ q: 'ä b' }), 'q=%C3%A4+b');
});

test('a route is found by its pattern; words come before parameters', () => {
  assert.equal(matchRoute(TABLE, '/history/compare').row.path, '/history/compare');
  assert.deepEqual(matchRoute(TABLE, '/history/a%2Fb').params, { id: 'a/b' });
  assert.deepEqual(matchRoute(TABLE, '/endpoints/x/rules').params, { id: 'x', part: 'rules' });
  assert.equal(matchRoute(TABLE, '/nowhere'), null);
  assert.equal(matchRoute(TABLE, '/').row.path, '/');
});

test('a search is guessed: request, ticket, address, endpoint, page, text', () => {
  const pages = [{ to: '/history', label: 'History', icon: 'history' }];
  const endpoints = [{ id: 'abc', name: 'Uptime Kuma' }];
  const first = (q) => suggest(q, pages, endpoints)[0];
  assert.deepEqual(first('1f0c22ab-0000-4000-a000-0123456789ab').query, { request_id: '1f0c22ab-0000-4000-a000-0123456789ab' });
  assert.deepEqual(first('#4711').query, { ticket_id: '4711' });
  assert.deepEqual(first('192.0.2.4').query, { source_ip: '192.0.2.4' });
  assert.deepEqual(first('2001:db8::1').query, { source_ip: '2001:db8::1' });
  assert.equal(first('kuma').to, '/endpoints/abc');
  assert.equal(first('hist').kind, 'Page');
  assert.deepEqual(suggest('disk', pages, endpoints).map((g) => g.query), [{ q: 'disk' }]);
  assert.deepEqual(suggest('  ', pages, endpoints), []);
});

test('keys move in a list and stay inside it', () => {
  assert.equal(moveIndex('j', -1, 3), 0);
  assert.equal(moveIndex('j', 2, 3), 2);
  assert.equal(moveIndex('k', -1, 3), 2);
  assert.equal(moveIndex('k', 0, 3), 0);
  assert.equal(moveIndex('j', 0, 0), -1);
});

test('marking one row, and all between two with shift', () => {
  const keys = ['a', 'b', 'c', 'd'];
  assert.deepEqual([...toggle(new Set(), keys, 'b')], ['b']);
  assert.deepEqual([...toggle(new Set(['b']), keys, 'd', { last: 'b', range: true })], ['b', 'c', 'd']);
  assert.deepEqual([...toggle(new Set(['b', 'c', 'd']), keys, 'b', { last: 'd', range: true })], []);
  assert.deepEqual([...toggle(new Set(), keys, 'c', { last: 'gone', range: true })], ['c']);
});
