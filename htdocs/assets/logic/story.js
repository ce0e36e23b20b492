/* SPDX-License-Identifier: Apache-2.0 */
/* A history row as a story: received, decoded, decided, acted, recorded. */
import { destinationName } from './status.js';
import { sentence } from './text.js';
import { duration, localTimes } from './time.js';

const STAGE_OF = {
  received: 'received', decode: 'decoded', batch: 'decoded', act: 'acted', record: 'recorded', retry: 'acted', note: 'acted',
};
const TITLES = { received: 'Received', decoded: 'Decoded', decided: 'Decided', acted: 'Acted', recorded: 'Recorded' };
const BAD = /^(unreadable|refused|failed|error|bad|rejected|dlq|gave-up)/;
const WARN = /^(repaired|temporary|retry|unknown|ambiguous|suppressed|left-out|unavailable|busy|breaker)/;
const QUIET = /^(no-match|none|ok|passes)$/;

/* How a step is drawn: failed, attention, silent or plain. */
export function stepTone(step) {
  const o = step.outcome ?? '';
  if (BAD.test(o)) return 'failed';
  if (WARN.test(o)) return 'attention';
  return QUIET.test(o) ? 'silent' : '';
}

const STEP_NAMES = {
  received: 'Request', decode: 'Body', batch: 'Batch', kind: 'Kind', rule: 'Rule', fields: 'Ticket fields', company: 'Company', summary: 'Summary', identity: 'Identity',
  maintenance: 'Maintenance', facts: 'Open ticket?', settle: 'Verdict', mirror: 'Mirror', act: 'Attempt', record: 'Record',
};
export const stepName = (step) => STEP_NAMES[step.step] ?? step.step;

const DONE = { create: 'created', close: 'closed', reopen: 'reopened' };

/* "create: ticket 7" is short for logs; here is room for words. */
function inWords(step) {
  const m = step.step === 'act' && /^(create|update|close|reopen): ticket (\S+)$/.exec(step.text);
  const text = !m ? step.text : m[1] === 'update' ? `Ticket ${m[2]} got a note.` : `Ticket ${m[2]} was ${DONE[m[1]]}.`;
  const named = step.step === 'mirror' ? text.replace(/^\w+/, destinationName) : text;
  return { ...step, text: localTimes(sentence(named)) };
}

/* Why a request was turned away before it was read: { code, why }; null: it was not. */
export function refusalOf(row) {
  const m = row.status === 'rejected' && /^(40[13]): (.*?)(?:; body not kept)?$/.exec(row.error_message ?? '');
  return m ? { code: m[1], why: m[2] } : null;
}

/* The time each stage took, in words; '' where it is not known. */
export function stageTimes(row) {
  const at = Object.fromEntries((row.timeline ?? []).map((t) => [t.stage, t]));
  const took = (t) => (t && t.took_ms !== null && t.took_ms !== undefined ? duration(t.took_ms / 1000) : '');
  const waited = at.begun?.took_ms >= 5 ? `waited ${took(at.begun)} for its turn, then ` : '';
  const total = at.recorded ? at.recorded.ms / 1000 : secondsBetween(row.received_at, row.recorded_at) ?? row.processing_time;
  return {
    decoded: at.taken ? `taken up after ${took(at.taken)}` : '',
    decided: at.decided ? `${waited}${took(at.decided)}` : '',
    acted: [row.status !== 'rejected' && took(at.acted), row.retry_count > 0 && `${row.retry_count} ${row.retry_count === 1 ? 'retry' : 'retries'}`].filter(Boolean).join(', '),
    recorded: `${duration(total)} after it was received`,
  };
}

/* [{ stage, title, steps, tone, note }], always all five; a stage nothing happened in says why. */
export function story(row) {
  const steps = Array.isArray(row.trace) ? row.trace : [];
  const stages = Object.keys(TITLES).map((stage) => ({
    stage, title: TITLES[stage], steps: steps.filter((s) => (STAGE_OF[s.step] ?? 'decided') === stage).map(inWords),
  }));
  const refused = refusalOf(row);
  for (const s of stages) {
    if (refused && s.stage === 'received') s.steps.push({ step: 'received', outcome: 'refused', text: `Refused with ${refused.code}: ${sentence(refused.why)}` });
    if (!refused && row.status === 'rejected' && s.stage === 'decoded' && !s.steps.some((x) => BAD.test(x.outcome))) s.steps.push({ step: 'decode', outcome: 'unreadable', text: sentence(row.error_message) });
    s.tone = ['failed', 'attention'].find((t) => s.steps.some((x) => stepTone(x) === t)) ?? '';
    s.note = s.steps.length ? '' : refused && s.stage === 'decoded' ? 'Not read: the body of a refused request is not kept.' : emptyNote(s.stage, row);
  }
  const acted = stages.find((s) => s.stage === 'acted');
  if (row.error_message && /^(failed|dlq|retrying)$/.test(row.status) && !acted.steps.some((x) => x.text.includes(row.error_message))) {
    acted.steps.push({ step: 'act', outcome: row.status === 'retrying' ? 'temporary' : 'failed', text: row.error_message });
    acted.tone = row.status === 'retrying' ? 'attention' : 'failed';
    acted.note = '';
  }
  return stages;
}

function emptyNote(stage, row) {
  if (stage === 'acted' && row.status === 'skipped') return 'Nothing was to be done.';
  if (stage === 'decided' && row.status === 'rejected') return 'Nothing was decided.';
  if (stage === 'acted' && row.status === 'rejected') return 'Nothing could be done with it.';
  if (stage === 'acted' && row.action) return actedNote(row);
  return '';
}

const actedNote = (row) => ({
  create: `Ticket ${row.ticket_id ?? ''} was created.`, update: `Ticket ${row.ticket_id ?? ''} got a note.`,
  close: `Ticket ${row.ticket_id ?? ''} was closed.`, reopen: `Ticket ${row.ticket_id ?? ''} was reopened.`,
}[row.action]).replace('  ', ' ');

/* Seconds between two times of the row; null when one is not known. */
export function secondsBetween(from, to) {
  const s = (Date.parse(to) - Date.parse(from)) / 1000;
  return Number.isNaN(s) ? null : s;
}
