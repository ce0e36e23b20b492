/* SPDX-License-Identifier: Apache-2.0 */
/* What an error means for the person in front of it, and what to do next. */
import { sentence } from './text.js';

/* { title, text, next: 'retry'|'sign-in'|'back'|null } of an ApiError-like { status, slug, message }. */
export function errorWords(e) {
  const message = sentence(e?.field ? `${e.field} ${e.message}` : e?.message);
  if (!e || e.status === undefined) {
    return { title: 'This page has a fault', text: message || 'Reload the page; if it stays, report it.', next: 'retry' };
  }
  const row = ROWS.find(([from, to]) => e.status >= from && e.status <= to) ?? ROWS.at(-1);
  const [, , title, advice, next] = row;
  return { title, text: [message, advice].filter(Boolean).join(' '), next };
}

const ROWS = [
  [0, 0, 'No answer', 'The page asks again by itself.', 'retry'],
  [401, 401, 'You are signed out', 'Sign in to go on.', 'sign-in'],
  [403, 403, 'Your role does not allow this', 'An admin can change your role in Settings → Users.', 'back'],
  [404, 404, 'Not here', 'It may have been deleted, or belong to another tenant.', 'back'],
  [409, 409, 'Somebody was faster', 'Reload to see what changed, then do it again.', 'retry'],
  [413, 413, 'Too large', '', 'back'],
  [429, 429, 'Too many attempts', 'Wait a little, then try again.', 'retry'],
  [502, 504, 'HookWise is not ready', 'Its services may be starting; the page asks again by itself.', 'retry'],
  [500, 599, 'The server failed', 'Apache\'s error log says more.', 'retry'],
  [100, 599, 'That did not work', '', 'retry'], // also an answer that cannot be read
];

const DEEDS = {
  'endpoint.create': 'Made an endpoint', 'endpoint.update': 'Changed an endpoint', 'endpoint.delete': 'Deleted an endpoint', 'endpoint.order': 'Ordered endpoints', 'endpoint.rotate': 'Made a new token', 'endpoint.token': 'Looked at the secrets',
  'user.add': 'Added a user', 'user.update': 'Changed a user', 'user.delete': 'Removed a user', 'user.passwd': 'Changed a password', 'user.totp': 'Changed the second factor', 'user.recovery': 'Used a recovery code', 'user.restore': 'Restored a user',
  'apikey.add': 'Made an API key', 'apikey.delete': 'Revoked an API key', 'tenantmap.set': 'Mapped a tenant', 'tenantmap.delete': 'Removed a mapping', 'tenantmap.choose': 'Chose a company', 'setting.set': 'Changed a setting',
  'incident.status': 'Changed an incident’s status', 'incident.note': 'Added a note', 'history.replay': 'Replayed', 'history.delete': 'Deleted history', 'history.replay-stop': 'Stopped a replay', backup: 'Took a backup', reseal: 'Sealed the secrets anew',
};

/* What the audit log says was done, in words; what has none keeps its name. */
export const deed = (what) => DEEDS[what] ?? what;
