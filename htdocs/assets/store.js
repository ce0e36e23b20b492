/* SPDX-License-Identifier: Apache-2.0 */
/* State that more than one page sees. Data goes down from here; pages change it by these functions. */
import { useEffect, useState } from './lib.js';

/* A value with listeners. */
export function makeStore(initial) {
  let value = initial;
  const listeners = new Set();
  return {
    get: () => value,
    set(next) {
      value = typeof next === 'function' ? next(value) : next;
      for (const listen of [...listeners]) listen(value);
    },
    listen(fn) {
      listeners.add(fn);
      return () => listeners.delete(fn);
    },
  };
}

/* The store's value in a component, which renders again when it changes. */
export function useStore(store) {
  const [value, set] = useState(store.get());
  useEffect(() => {
    set(store.get());
    return store.listen((v) => set(v));
  }, [store]);
  return value;
}

/* { user, role, tenant, csrf, maintenance, version }; null = nobody is signed in, undefined = not
 * asked yet. */
export const session = makeStore(undefined);
/* true while a person has to sign in again, with the page still there below the dialog. */
export const lost = makeStore(false);
/* The tenant the lists are narrowed to; '' = all that the user may see. */
export const tenant = makeStore('');
/* { status: 'up'|'degraded'|'down'|'unknown', … } of /health/services. */
export const health = makeStore({ status: 'unknown' });

const RANK = { viewer: 0, operator: 1, admin: 2, owner: 3 };

/* May the signed-in user do what needs this role? The server decides; this hides what it would refuse. */
export function may(role) {
  const s = session.get();
  return Boolean(s) && (RANK[s.role] ?? -1) >= RANK[role];
}

/* Kept on this machine; a browser without storage forgets. */
export const local = {
  get(name) {
    try { return localStorage.getItem(`hookwise.${name}`); } catch { return null; }
  },
  set(name, value) {
    try {
      if (value === null || value === '') localStorage.removeItem(`hookwise.${name}`);
      else localStorage.setItem(`hookwise.${name}`, value);
    } catch { /* forgotten with the page, then */ }
  },
};
