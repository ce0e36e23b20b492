/* SPDX-License-Identifier: Apache-2.0 */
/* Where we are, as the address after '#'; and whether we may leave. */
import { buildHash, parseHash } from './logic/route.js';
import { makeStore, tenant, useStore } from './store.js';
import { useLayoutEffect } from './lib.js';

/* What the address says; "in", the tenant that all pages are narrowed to, is no page's own. */
function read() {
  const { path, query: { in: only = '', ...query } } = parseHash(location.hash);
  if (only !== tenant.get()) tenant.set(only);
  return { path, query };
}

/* The address of a page, for whatever tenant is looked at. */
export const address = (path, query) => buildHash(path, { ...query, in: tenant.get() });

export const place = makeStore(read());
export const usePlace = () => useStore(place);

const scrolls = new Map();  // entry of the browser's history → where the page was
let placed = true;          // the page that belongs to the entry is there; until then the window shrinks and grows
let guard = null;           // asks whether unsaved work may be left
let here = location.hash;   // what the shown page has
let leaving = false;
let rising = false;         // on the way back already
let deep = 0;               // of the page that is shown

/* Each entry of the browser's history has a number, and knows how many of ours lie before it. */
const entry = () => history.state?.entry ?? 0;
const depth = () => history.state?.depth ?? 0;

function arrive() {
  here = location.hash;
  deep = depth();
  const to = read();
  if (to.path !== place.get().path) placed = false;
  place.set(to);
}

/* How far the browser went from the shown page: below 0 is back. A new entry gets its place. */
function wentBy() {
  if (!history.state?.entry) history.replaceState({ entry: Date.now(), depth: deep + 1 }, '', location.hash);
  return depth() - deep || 1;
}

/* The browser has gone already: with unsaved work go back to where it was, ask there, and go again if
 * allowed. No entry is made or lost, so that "back" stays what it was. */
async function changed() {
  if (location.hash === here) return;
  const by = wentBy();
  if (leaving) return history.go(-by);
  if (!guard) return arrive();
  leaving = true;
  history.go(-by);
  const yes = await guard();
  leaving = false;
  if (!yes) return undefined;
  guard = null;
  return history.go(by);
}

export function startRouter() {
  history.scrollRestoration = 'manual';
  if (!history.state?.entry) history.replaceState({ entry: Date.now() }, '', location.href);
  deep = depth();
  addEventListener('popstate', () => { rising = false; });
  addEventListener('hashchange', changed);
  addEventListener('scroll', () => placed && !onTheWay() && scrolls.set(entry(), scrollY), { passive: true });
}

/* The browser is at another address already, and its "hashchange" has yet to come. */
const onTheWay = () => location.hash !== here;

/* Goes to a page. replace: the same page with other filters, no new entry to go back to; a page that is being
 * left has none. */
export function go(path, query, { replace = false } = {}) {
  const hash = address(path, query);
  if (replace) {
    if (onTheWay()) return;
    history.replaceState(history.state, '', hash);
    arrive();
  } else if (hash !== location.hash) {
    location.hash = hash;
  }
}

/* May what is typed on the page that is shown be lost? Asks where there is something. */
export const mayLeave = async () => !guard || onTheWay() || guard();

/* Narrows all pages to a tenant; '' is all of them. */
export function narrow(to) {
  tenant.set(to);
  const { path, query } = parseHash(location.hash);
  if (onTheWay()) history.replaceState(history.state, '', address(path, query));
  else go(path, query, { replace: true });
}

/* Back to where one came from, once for two keys; who came by a link from elsewhere goes to the page above. */
export function goUp(path) {
  if (rising) return;
  rising = depth() > 0;
  if (rising) history.back();
  else go(path);
}

/* Filters of the page that is shown; undefined or '' removes one. */
export function setQuery(changes, options = { replace: true }) {
  if (onTheWay()) return;
  const { path, query } = place.get();
  go(path, { ...query, ...changes }, options);
}

/* The row of a list that was opened from an entry of the browser's history, found again by going back. */
const opened = new Map();
export const openedRow = (list) => opened.get(`${entry()} ${list}`);
export const keepOpened = (list, key) => opened.set(`${entry()} ${list}`, key);

export function scrollBack() {
  placed = true;
  scrollTo(0, scrolls.get(entry()) ?? 0);
}

/* While dirty, leaving asks first. ask: () => Promise<boolean>. */
export function useGuard(dirty, ask) {
  useLayoutEffect(() => {
    if (!dirty) return undefined;
    const warn = (e) => e.preventDefault();
    guard = ask;
    addEventListener('beforeunload', warn);
    return () => {
      if (guard === ask) guard = null;
      removeEventListener('beforeunload', warn);
    };
  }, [dirty, ask]);
}
