/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of an endpoint's "auth": further ways for senders to prove themselves. */

export const STARS = '********';
/* Is the secret the server's, which it does not show? */
export const isStored = (entry) => entry.secret === STARS;
export const isKept = (value) => isShown(value);
export const entriesOf = (doc) => (Array.isArray(doc?.auth) ? doc.auth : []);

/* Stars, or a URL cut behind its host. */
const isShown = (secret) => /\*{8}$/.test(secret ?? '');

/* An entry of "auth" or "notify" without what only its owner should know. */
function bare(entry) {
  return Object.fromEntries(Object.entries(entry).filter(([name, v]) => !/^(secret|token|url)$/.test(name) || isShown(v)));
}

/* What is kept on this machine of a document that is not saved: none of its secrets. */
export function withoutSecrets({ hmac_secret, ...doc }) {
  const out = { ...doc };
  for (const list of ['auth', 'notify']) if (Array.isArray(doc[list])) out[list] = doc[list].map(bare);
  return out;
}

/* A new entry: nothing but its scheme; what the scheme leaves open has its default at the server. */
export const freshEntry = (scheme) => ({ scheme: scheme.scheme, secret: '' });

/* The list with a second entry behind one, for a new secret: both are taken until one is removed. */
export function withSecond(list, i) {
  const { id, secret, ...same } = list[i];
  return [...list.slice(0, i + 1), { ...same, secret: '' }, ...list.slice(i + 1)];
}

/* What a sender of plain text must add, of the first entry that is no signature:
 * { header: [name, value] } or { query: [name, value] }; null: none is, or there is no entry. */
export function plainOf(list, schemes) {
  for (const entry of list) {
    const row = schemes.find((s) => s.scheme === entry.scheme);
    const value = (name) => entry[name] ?? row?.fields?.find((f) => f.name === name)?.default;
    const secret = entry.secret && !isStored(entry) ? entry.secret : '<secret>';
    if (row?.kind === 'query') return { query: [value('parameter') ?? 'key', secret] };
    if (row?.kind === 'basic') return { header: ['Authorization', `Basic <${value('user') ?? 'user'}:${secret} in base64>`] };
    if (row?.kind === 'header') return { header: [value('header') ?? (entry.scheme === 'gitlab' ? 'X-Gitlab-Token' : 'X-Webhook-Secret'), secret] };
  }
  return null;
}
