/* SPDX-License-Identifier: Apache-2.0 */
/* The one door to the server. Paths are relative to the page, so any mount prefix works. */
import { buildQuery } from './logic/route.js';
import { session, lost } from './store.js';

/* status 0: no answer came. slug: the server's word for the error; field and offset say where. */
export class ApiError extends Error {
  constructor({ status, slug, message, field, offset, retryAfter }) {
    super(message);
    Object.assign(this, { status, slug, field, offset, retryAfter });
  }
}

const NO_ANSWER = 'HookWise does not answer. Check the network and whether Apache runs; what you ' +
  'typed is still here.';

function url(path, query) {
  const at = new URL(path.replace(/^\/+/, ''), document.baseURI.replace(/[#?].*$/, ''));
  at.search = buildQuery(query);
  return at;
}

/* An answer that is no JSON is a fault, unless it is one already: a proxy's page, say. */
async function bodyOf(res) {
  const text = await res.text();
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    if (!res.ok) return null;
    throw new ApiError({ status: res.status, slug: 'bad-answer', message: 'The answer of the server cannot be read.' });
  }
}

function failure(res, body) {
  return new ApiError({
    status: res.status,
    slug: body?.error ?? `http-${res.status}`,
    message: body?.message || `The server answered ${res.status} ${res.statusText}`.trim() + '.',
    field: body?.field,
    offset: body?.offset,
    retryAfter: Number(res.headers.get('Retry-After')) || undefined,
  });
}

async function once(method, path, { query, body, signal, csrf }) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf;
  try {
    return await fetch(url(path, query), {
      method,
      headers,
      signal,
      credentials: 'same-origin',
      cache: 'no-store',
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (e) {
    if (e.name === 'AbortError') throw e;
    throw new ApiError({ status: 0, slug: 'unreachable', message: NO_ANSWER });
  }
}

/* Resolves when somebody has signed in again. */
function signedInAgain(signal) {
  lost.set(true);
  return new Promise((resolve, reject) => {
    const stop = lost.listen((away) => { if (!away) { stop(); resolve(); } });
    signal?.addEventListener('abort', () => { stop(); reject(signal.reason); }, { once: true });
  });
}

/* A call whose session is gone waits for a new one, unless there is one by now, and is sent again: forms stay as
 * they are. A refused CSRF token (signed in elsewhere in this browser) is renewed once. */
export async function request(method, path, options = {}) {
  for (let attempt = 0; ; attempt++) {
    const who = session.get();
    const res = await once(method, path, { ...options, csrf: who?.csrf });
    if (res.ok) return bodyOf(res);
    const body = await bodyOf(res);
    if (res.status === 401 && session.get() && !options.signingIn && attempt < 3) {
      if (session.get() === who) await signedInAgain(options.signal);
    } else if (res.status === 403 && /csrf/.test(body?.error ?? '') && attempt === 0) {
      await loadSession();
    } else {
      throw failure(res, body);
    }
  }
}

export const api = {
  get: (path, query, options) => request('GET', path, { ...options, query }),
  post: (path, body = {}, options) => request('POST', path, { ...options, body }),
  put: (path, body, options) => request('PUT', path, { ...options, body }),
  patch: (path, body, options) => request('PATCH', path, { ...options, body }),
  del: (path, options) => request('DELETE', path, options),
};

/* Who is signed in; null when nobody is. */
export async function loadSession() {
  const res = await once('GET', 'api/session', {});
  const body = await bodyOf(res);
  if (!res.ok && res.status !== 401) throw failure(res, body);
  session.set(res.ok ? body : null);
  return session.get();
}

export async function signIn(username, password, totp) {
  const body = { username, password };
  if (totp) body.totp = totp;
  await request('POST', 'login', { body, signingIn: true });
  await loadSession();
  lost.set(false);
}

export async function signOut() {
  await request('POST', 'logout', { body: {}, signingIn: true });
  session.set(null);
}

/* Health is public, and its 503 is an answer like the others. */
export async function loadHealth(signal) {
  const res = await once('GET', 'health/services', { signal });
  const body = await bodyOf(res);
  if (!body?.status) throw failure(res, body);
  return body;
}

/* One page after another of a list, up to a number of rows; progress is told the count so far. */
export async function everyPage(path, query, { max = 10000, signal, progress } = {}) {
  const items = [];
  let cursor;
  do {
    const page = await api.get(path, { ...query, limit: Math.min(1000, max - items.length), cursor },
      { signal });
    items.push(...page.items);
    cursor = page.next;
    progress?.(items.length);
  } while (cursor && items.length < max);
  return { items, more: Boolean(cursor) };
}
