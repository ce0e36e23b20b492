/* SPDX-License-Identifier: Apache-2.0 */
/* Notes of incidents: those of HookWise end with the mark of their event, "[request/part]". */
import { localTimes } from './time.js';

const MARK = /\s*\[(analysis )?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/\d+\]\s*$/;

/* { author, text } of the API as it is shown: { author, text, request: id of the event's request or null }. */
export function noteOf({ author, text }) {
  const m = author === 'HookWise' && MARK.exec(text);
  if (!m) return { author, text, request: null };
  return { author: m[1] ? 'Language model' : author, text: localTimes(text.slice(0, m.index)), request: m[2] };
}
