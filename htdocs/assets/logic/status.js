/* SPDX-License-Identifier: Apache-2.0 */
/* The words, colours and shapes of states: one table for each kind of thing that has one. */

/* tone: ok, attention, failed, silent; icon: a shape, so that colour is never alone. */
export const EVENT_STATUS = {
  processed: { tone: 'ok', icon: 'circle-check', word: 'Processed', what: 'A ticket was opened, updated or closed.' },
  skipped: { tone: 'silent', icon: 'circle-minus', word: 'Skipped', what: 'Nothing was to be done, and the event says why.' },
  retrying: { tone: 'attention', icon: 'rotate-cw', word: 'Retrying', what: 'The destination did not answer; it is tried again.' },
  failed: { tone: 'failed', icon: 'circle-x', word: 'Failed', what: 'The destination refused; trying again alone would not help.' },
  dlq: { tone: 'failed', icon: 'archive-x', word: 'Given up', what: 'Every retry failed. Replay it when the cause is gone.' },
  rejected: { tone: 'attention', icon: 'ban', word: 'Rejected', what: 'The request was refused or could not be read, and says why.' },
};

export const ACTION = {
  create: { tone: 'ok', icon: 'plus', word: 'Opened', what: 'Processed: a ticket was opened.' },
  update: { tone: 'ok', icon: 'message-square', word: 'Noted', what: 'Processed: the open ticket got a note.' },
  close: { tone: 'ok', icon: 'check', word: 'Closed', what: 'Processed: the ticket was closed.' },
  reopen: { tone: 'ok', icon: 'rotate-ccw', word: 'Reopened', what: 'Processed: the ticket was reopened.' },
};

/* What was done to the copy of a PSA's ticket, whatever it was. */
export const COPIED = { tone: 'ok', icon: 'ticket', word: 'Mirrored', what: 'Processed: the ticket’s copy here was brought up to date.' };

export const INCIDENT_STATUS = {
  open: { tone: 'failed', icon: 'circle-alert', word: 'Open' },
  acknowledged: { tone: 'attention', icon: 'eye', word: 'Acknowledged' },
  closed: { tone: 'ok', icon: 'circle-check', word: 'Closed' },
};

export const SERVICE_STATUS = {
  up: { tone: 'ok', icon: 'circle-check', word: 'Up' },
  degraded: { tone: 'attention', icon: 'triangle-alert', word: 'Degraded' },
  down: { tone: 'failed', icon: 'circle-x', word: 'Down' },
  unknown: { tone: 'silent', icon: 'circle-question-mark', word: 'Unknown' },
};

export const look = (table, name) =>
  table[name] ?? { tone: 'silent', icon: 'circle-question-mark', word: String(name ?? 'Unknown') };

/* What health says, in a few words and with the worst thing named. */
export function healthWords(health) {
  const h = health ?? {};
  if (h.status === 'unreachable') return { tone: 'failed', word: 'No answer from the server' };
  if (!h.status || h.status === 'unknown') return { tone: 'silent', word: 'Checking…' };
  const trouble = troubles(h);
  if (!trouble.length) return { tone: 'ok', word: 'All services up' };
  const more = trouble.length > 1 ? `, ${trouble.length - 1} more` : '';
  return { tone: h.status === 'down' ? 'failed' : 'attention', word: `${trouble[0]}${more}` };
}

/* Each thing that is not up, as a short clause; the worst first. */
export function troubles(h) {
  const out = [];
  if (h.redis && h.redis.status !== 'up') out.push(`Redis is ${h.redis.status}`);
  if (h.worker && h.worker.status !== 'up') {
    out.push(h.worker.status === 'down' ? 'No worker runs' : `Worker is ${h.worker.status}`);
  }
  if (h.database && h.database.status !== 'up') out.push(`Database is ${h.database.status}`);
  for (const [name, d] of Object.entries(h.destinations ?? {})) {
    if (d.status !== 'up') out.push(`${destinationName(name)} is ${d.status}`);
  }
  if (h.spool?.events > 0) out.push(`${h.spool.events} events wait in the spool`);
  return out;
}

const DESTINATIONS = { local: 'Local incidents', mirror: 'Mirror of the PSA', connectwise: 'ConnectWise', halopsa: 'HaloPSA', autotask: 'Autotask', freshservice: 'Freshservice', superops: 'SuperOps' };

/* What the breaker before a PSA does; the incidents here have none. */
export function breakerWords(name, status) {
  if (name === 'local' || name === 'mirror') return '';
  return { up: 'breaker closed', down: 'breaker open: its events wait for a probe', degraded: 'calls fail or are limited; breaker closed' }[status] ?? '';
}

/* PSAs whose tickets an endpoint may mirror; names of presets, too. */
export const MIRRORED = ['connectwise', 'halopsa', 'autotask', 'freshservice', 'superops'];

export function destinationName(name) {
  return DESTINATIONS[name] ?? String(name ?? '');
}
