/* SPDX-License-Identifier: Apache-2.0 */
/* A history row as a story: received, decoded, decided, acted, recorded. */
import { sentence } from './text.js';

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
  maintenance: 'Maintenance', facts: 'Open ticket?', settle: 'Verdict', act: 'Attempt', record: 'Record',
};
export const stepName = (step) => STEP_NAMES[step.step] ?? step.step;

const DONE = { create: 'created', close: 'closed', reopen: 'reopened' };

/* "create: ticket 7" is short for logs; here is room for words. */
function inWords(step) {
  const m = step.step === 'act' && /^(create|update|close|reopen): ticket (\S+)$/.exec(step.text);
  const text = !m ? step.text : m[1] === 'update' ? `Ticket ${m[2]} got a note.` : `Ticket ${m[2]} was ${DONE[m[1]]}.`;
  return { ...step, text: sentence(text) };
}

/* [{ stage, title, steps, tone, note }], always all five; a stage nothing happened in says why. */
export function story(row) {
  const steps = Array.isArray(row.trace) ? row.trace : [];
  const stages = Object.keys(TITLES).map((stage) => ({
    stage, title: TITLES[stage], steps: steps.filter((s) => (STAGE_OF[s.step] ?? 'decided') === stage).map(inWords),
  }));
  for (const s of stages) {
    if (row.status === 'rejected' && s.stage === 'decoded' && !s.steps.some((x) => BAD.test(x.outcome))) s.steps.push({ step: 'decode', outcome: 'unreadable', text: sentence(row.error_message) });
    s.tone = ['failed', 'attention'].find((t) => s.steps.some((x) => stepTone(x) === t)) ?? '';
    s.note = s.steps.length ? '' : emptyNote(s.stage, row);
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
