/* SPDX-License-Identifier: Apache-2.0 */
/* Undo and redo over whole documents. Typing in one field is one step. */
import { isSame } from './document.js';

const STEPS = 100;

/* version: that of what is saved, which the changes are made to. */
export const startEditing = (saved, version) => ({ saved, version, doc: saved, past: [], future: [], last: null });

/* what: the field edited; edits of the same one without a pause (the caller's turn) join. */
export function edit(state, doc, what, join = true) {
  if (doc === state.doc) return state;
  const joins = join && what && what === state.last;
  const past = joins ? state.past : [...state.past, state.doc].slice(-STEPS);
  return { ...state, doc, past, future: [], last: what };
}

export function undo(state) {
  if (!state.past.length) return state;
  return { ...state, doc: state.past.at(-1), past: state.past.slice(0, -1), future: [state.doc, ...state.future], last: null };
}

export function redo(state) {
  if (!state.future.length) return state;
  return { ...state, doc: state.future[0], past: [...state.past, state.doc], future: state.future.slice(1), last: null };
}

/* Lists whose entries the server gives ids, and stars for what it does not show. */
const LISTS = ['auth', 'notify'];

/* A document with what the server made of everything in it that was sent. */
export function taken(doc, sent, saved) {
  const out = {};
  for (const name of new Set([...Object.keys(doc), ...Object.keys(saved)])) {
    const whole = isSame(doc[name], sent[name]);
    const lists = LISTS.includes(name) && [doc, sent, saved].every((d) => Array.isArray(d[name])) && sent[name].length === saved[name].length;
    const at = (entry) => sent[name].findIndex((e) => isSame(e, entry));
    const v = whole ? saved[name] : lists ? doc[name].map((e) => saved[name][at(e)] ?? e) : doc[name];
    if (v !== undefined) out[name] = v;
  }
  return out;
}

/* After a save: what was sent is saved, in the steps before and behind it too; what was typed meanwhile stays. */
export function savedAs(state, saved, sent, version) {
  const steps = (docs) => docs.map((d) => taken(d, sent, saved));
  return { saved, version, doc: state.doc === sent ? saved : taken(state.doc, sent, saved), past: steps(state.past), future: steps(state.future), last: null };
}

/* The server tells of the endpoint. The same document (it has a new token), or one while nothing is changed, is what
 * changes are made to from now on; else the version stays, and saving says that somebody was faster. An answer that
 * was overtaken by a save tells nothing. */
export function heard(state, saved, version) {
  if (Number(version) < Number(state.version)) return state;
  if (isSame(saved, state.saved)) return { ...state, version };
  return isSame(state.doc, state.saved) ? startEditing(saved, version) : state;
}

/* Another's document instead of one's own, which undo brings back. */
export const giveWay = (state, saved, version) => ({ ...edit(state, saved, 'theirs', false), saved, version });
