/* SPDX-License-Identifier: Apache-2.0 */
/* The live feed: it tells that something happened; what happened is asked of the API, with the
 * filters of whoever asks. Without the feed, the same is asked every few seconds. */
import { useEffect, useRef } from './lib.js';
import { makeStore } from './store.js';

const GATHER = 700;    // ms in which several events are one
const POLL = 5000;     // ms between two looks without a feed
const REOPEN = 10000;  // ms before a feed that ended is opened again

/* 'off', 'connecting', 'live' or 'polling' */
export const feed = makeStore('off');

const listeners = new Set();
let source = null;
let gather = null;
let poll = null;
let reopen = null;

function tell() {
  gather ??= setTimeout(() => {
    gather = null;
    for (const fn of listeners) fn();
  }, GATHER);
}

function heard() {
  clearInterval(poll);
  poll = null;
  feed.set('live');
  tell();
}

function unheard() {
  feed.set('polling');
  poll ??= setInterval(tell, POLL);
}

function open() {
  clearTimeout(reopen);
  source = new EventSource('events');
  source.onopen = heard;
  source.addEventListener('history', tell);
  source.addEventListener('gap', tell); // some were missed: the API knows them
  source.addEventListener('status', (e) => (/"live": ?false/.test(e.data) ? unheard() : heard()));
  source.onerror = () => {
    unheard();
    if (source?.readyState === EventSource.CLOSED) reopen = setTimeout(open, REOPEN);
  };
}

function start() {
  feed.set('connecting');
  open();
}

function stop() {
  source?.close();
  source = null;
  for (const t of [gather, poll, reopen]) clearTimeout(t);
  gather = poll = reopen = null;
  feed.set('off');
}

/* Calls fn after something happened, while on is true and the page is seen; at most once in so many
 * ms, the last time never left out. */
export function useFeed(fn, on = true, every = 0) {
  const latest = useRef(fn);
  latest.current = fn;
  useEffect(() => {
    if (!on) return undefined;
    let before = 0;
    let later = null;
    const hear = () => {
      if (document.hidden || later) return;
      later = setTimeout(() => { later = null; before = Date.now(); latest.current(); }, Math.max(0, before + every - Date.now()));
    };
    listeners.add(hear);
    if (listeners.size === 1) start();
    document.addEventListener('visibilitychange', hear);
    return () => {
      clearTimeout(later);
      document.removeEventListener('visibilitychange', hear);
      listeners.delete(hear);
      if (!listeners.size) stop();
    };
  }, [on, every]);
}
