/* SPDX-License-Identifier: Apache-2.0 */
/* Getting data for a page: what is known at once, then what the server says. */
import { html, useCallback, useEffect, useRef, useState } from '../lib.js';
import { goUp } from '../router.js';
import { health, useStore } from '../store.js';
import { errorWords } from '../logic/words.js';
import { Button, Icon } from './basic.js';

const SLOW = 200;      // ms before a skeleton appears
const REMEMBERED = 40; // answers kept for going back
const MOST = 1000;     // rows the server gives at once
const memory = new Map();

function remember(key, data) {
  memory.delete(key);
  memory.set(key, data);
  if (memory.size > REMEMBERED) memory.delete(memory.keys().next().value);
}
export const forgetAll = () => memory.clear();

const away = (e) => e && (e.status === 0 || (e.status >= 502 && e.status <= 504));

/* fetcher: (signal) => Promise. key: names the answer, which is shown at once when the page comes
 * back; null = do not load. Gives { data, error, busy, slow, reload, set, during }; during(call) is for a change of what
 * is shown: answers to what was asked before its end know nothing of it and are left out, and behind it is asked anew. */
export function useLoad(key, fetcher) {
  const [state, setState] = useState({ key, data: memory.get(key), error: null, busy: true, slow: false });
  const [turn, setTurn] = useState(0);
  const latest = useRef(fetcher);
  latest.current = fetcher;
  const changes = useRef({ going: 0, done: 0 }).current;
  useEffect(() => {
    if (key === null) return undefined;
    const abort = new AbortController();
    const done = (change) => { if (!abort.signal.aborted) setState((s) => ({ ...s, busy: false, slow: false, ...change })); };
    setState((s) => ({ key, data: s.key === key ? s.data : memory.get(key), error: null, busy: true, slow: false }));
    const before = changes.done;
    const timer = setTimeout(() => { if (!abort.signal.aborted) setState((s) => (s.busy ? { ...s, slow: true } : s)); }, SLOW);
    latest.current(abort.signal).then(
      (data) => {
        if (changes.going || changes.done !== before) return done({});
        remember(key, data);
        return done({ data, error: null });
      },
      (error) => done({ error }),
    ).finally(() => clearTimeout(timer));
    return () => { abort.abort(); clearTimeout(timer); };
  }, [key, turn]);
  const now = state.key === key ? state : { key, data: memory.get(key), error: null, busy: true, slow: false };
  const reload = useCallback(() => setTurn((t) => t + 1), []);
  /* What failed because nobody answered is asked again when somebody does. */
  useEffect(() => (away(state.error) ? health.listen((h) => h.status !== 'unreachable' && reload()) : undefined), [state.error]);
  const set = useCallback((change) => setState((s) => {
    if (s.key !== key) return s; // it came late: another question is answered here now
    const data = typeof change === 'function' ? change(s.data) : change;
    remember(s.key, data);
    return { ...s, data };
  }), [key]);
  const during = useCallback(async (call) => {
    changes.going++;
    try {
      return await call();
    } finally {
      changes.done++;
      if (!--changes.going) reload();
    }
  }, []);
  return { ...now, reload, set, during };
}

/* How many rows to ask for, so that a list keeps what it shows when it is asked again; page: what it begins with. */
export const asMany = (list, page) => Math.min(MOST, Math.max(page, list.data?.items.length ?? 0));

/* The further pages of a list { items, next }. fetcher: (cursor) => Promise of such a one. Rows are put below only
 * where they belong: not when the list was asked anew, or for something else, meanwhile. Gives { busy, error, load }. */
export function useMore(list, fetcher) {
  const [state, setState] = useState({ busy: false, error: null });
  const asked = useRef(0);
  useEffect(() => { asked.current++; setState({ busy: false, error: null }); }, [list.key]);
  const load = async () => {
    const turn = ++asked.current;
    const done = (error) => turn === asked.current && setState({ busy: false, error });
    const cursor = list.data.next;
    setState({ busy: true, error: null });
    try {
      const page = await fetcher(cursor);
      list.set((d) => (d?.next === cursor ? { items: [...d.items, ...page.items], next: page.next } : d));
      done(null);
    } catch (error) {
      done(error);
    }
  };
  return { ...state, load };
}

/* What stands in the place of a list: an empty one, a fault, a missing right. */
export const Notice = ({ icon = 'inbox', tone = '', title, children, action }) => html`
  <div class=${`notice ${tone}`}><${Icon} name=${icon} /><div>
    <p class="strong">${title}</p><div class="muted">${children}</div>
    ${action && html`<div class="row">${action}</div>`}</div></div>`;

export function Fault({ error, retry }) {
  const { title, text, next } = errorWords(error);
  const denied = error?.status === 403;
  const action = next === 'back' ? html`<${Button} icon="arrow-left" onClick=${() => goUp('/')}>Go back<//>`
    : retry && html`<${Button} icon="rotate-cw" onClick=${retry}>Try again<//>`;
  return html`<div role="alert"><${Notice} icon=${denied ? 'lock' : 'triangle-alert'} tone=${denied ? '' : 'failed'}
    title=${title} action=${action}>${text}<//></div>`;
}

/* Above what is shown from before. */
function Stale({ error, retry }) {
  const said = useStore(health).status === 'unreachable' && error.status === 0; // on top of the page
  if (said) return null;
  const { title, text } = errorWords(error);
  return html`<p class="row stale-note small" role="status"><${Icon} name="triangle-alert" class="text-failed" /><span title=${text}>Not up to date: ${title.toLowerCase()}.</span><${Button} class="small" onClick=${retry}>Try again<//></p>`;
}

export const Skeleton = ({ rows = 8 }) => html`<div class="skeleton" role="status"><span class="vh">Loading…</span>
  ${Array.from({ length: rows }, (_, i) => html`<div key=${i} aria-hidden="true"></div>`)}</div>`;

/* The states of a load around its content. empty: (data) => Notice or a false value. A failed
 * reload leaves what is shown and says so above it. */
export function Loaded({ of, rows, empty, children }) {
  if (of.data === undefined || of.data === null) {
    if (of.error) return html`<${Fault} error=${of.error} retry=${of.reload} />`;
    return of.slow ? html`<${Skeleton} rows=${rows} />` : html`<div class="pending"></div>`;
  }
  return html`${of.error && html`<${Stale} error=${of.error} retry=${of.reload} />`}
    ${empty?.(of.data) || children(of.data)}`;
}
