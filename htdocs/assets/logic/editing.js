/* SPDX-License-Identifier: Apache-2.0 */
/* Undo and redo over whole documents. Typing in one field is one step. */
const STEPS = 100;

export const startEditing = (saved) => ({ saved, doc: saved, past: [], future: [], last: null });

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

/* After a save: what was sent is saved, what was typed meanwhile stays. */
export const savedAs = (state, saved, sent) => ({ ...state, saved, doc: state.doc === sent ? saved : state.doc, last: null });
