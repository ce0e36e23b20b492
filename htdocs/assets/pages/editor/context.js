/* SPDX-License-Identifier: Apache-2.0 */
/* What every part of the editor sees: the document, how to change it, what is wrong with it. */
import { createContext, html, useContext, useLayoutEffect, useMemo, useRef, useState } from '../../lib.js';
import { belongs, changedFields, cutAtByte, documentOf, getField, inherited, setField } from '../../logic/document.js';
import { edit, redo, startEditing, undo } from '../../logic/editing.js';
import { problemsOf } from '../../logic/endpoints.js';
import { withoutSecrets } from '../../logic/schemes.js';
import { local } from '../../store.js';
import { Icon } from '../../ui/basic.js';
import { SelectField, TextArea, TextField, Check } from '../../ui/field.js';
import { CatalogField } from '../catalog.js';

export const Editor = createContext(null);
export const useEditor = () => useContext(Editor);

/* A random secret of 256 bits, as hex. */
export function freshSecret() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

const PAUSE = 1200;  // ms without typing after which undo has a step of its own

/* The document with its undo; edit({…}) joins what is typed into one field. */
export function useEditing(endpoint) {
  const [state, setState] = useState(() => startEditing(documentOf(endpoint), endpoint.version));
  const typed = useRef(0);
  const actions = useMemo(() => ({
    setDoc: (change, what) => setState((s) => {
      const join = Date.now() - typed.current < PAUSE;
      typed.current = Date.now();
      return edit(s, typeof change === 'function' ? change(s.doc) : change, what, join);
    }),
    /* what: the step it belongs to for undo; null: one of its own */
    set: (field, value, what = field) => actions.setDoc((d) => setField(d, field, value), what),
    undo: () => setState(undo),
    redo: () => setState(redo),
    discard: () => setState((s) => edit(s, s.saved, 'discard', false)),
    replace: (change) => setState(change),
  }), []);
  const changed = useMemo(() => new Set(changedFields(state.saved, state.doc)), [state.saved, state.doc]);
  return { ...state, ...actions, changed, dirty: changed.size > 0 };
}

const KEEP = 400;    // ms without typing after which a draft is written

/* What was not saved is kept on this machine, without secrets, until it is saved or thrown away; at the latest when
 * the page is left. */
export function useDraft(id, editing) {
  const name = `draft.${id}`;
  const [found, setFound] = useState(() => {
    try { return JSON.parse(local.get(name)); } catch { return null; }
  });
  const late = useRef(null); // what is not written yet
  const write = () => {
    if (!late.current) return;
    const { doc, dirty, version } = late.current;
    late.current = null;
    local.set(name, dirty ? JSON.stringify({ doc: withoutSecrets(doc), version, at: new Date().toISOString() }) : null);
  };
  useLayoutEffect(() => {
    if (found) return undefined;
    late.current = editing;
    const timer = setTimeout(write, KEEP);
    return () => clearTimeout(timer);
  }, [editing.doc, editing.dirty, editing.version, found]);
  useLayoutEffect(() => {
    addEventListener('pagehide', write);
    return () => { removeEventListener('pagehide', write); write(); };
  }, []);
  const drop = () => { late.current = null; local.set(name, null); setFound(null); };
  const restore = () => {
    const { hmac_secret } = editing.saved;
    editing.setDoc(hmac_secret ? { ...found.doc, hmac_secret } : found.doc, 'draft');
    setFound(null);
  };
  return { found, drop, restore };
}

/* A fault with its place: the text up to the byte, then the mark. */
export function Wrong({ error, value }) {
  const at = error.offset !== undefined && typeof value === 'string' && value ? cutAtByte(value, error.offset) : null;
  return html`<span>${error.message}${at && html`<code class="fault-at"><span>${at[0].slice(-40)}</span><span class="caret" aria-label=${`at byte ${error.offset}`}></span><span>${at[1].slice(0, 40)}</span></code>`}</span>`;
}

const asText = (v) => (Array.isArray(v) ? v.join(v.some((x) => /[$@]/.test(x)) ? ' | ' : ', ') : v === undefined || v === null ? '' : typeof v === 'object' ? JSON.stringify(v) : String(v));

function useField(field) {
  const ed = useEditor();
  const value = getField(ed.doc, field);
  const under = inherited(ed.preset, field);
  const error = ed.errors.find((e) => belongs(e.field, field));
  const problem = !ed.changed.has(field) && problemsOf(ed.endpoint).find((x) => x.field === field);
  return {
    ed, value, under, problem,
    common: { changed: ed.changed.has(field), error: error && html`<${Wrong} error=${error} value=${asText(value)} />`, disabled: ed.readOnly, 'data-field': field },
  };
}

/* What was found wrong after the last save stands where the hint is. */
const hintOf = (hint, { under, value, problem }) => (problem ? html`<span class="text-attention"><${Icon} name="triangle-alert" class="in-text" /> ${problem.text}</span>` : under.from === 'preset' && (value === undefined || value === null) ? html`${hint} <span class="from">From the preset.</span>` : hint);
const placeholderOf = (under, fallback) => asText(under.value) || fallback;

/* number: sends a number. area: several lines. */
export function Text({ field, label, hint, area, number, placeholder, ...rest }) {
  const { ed, value, under, problem, common } = useField(field);
  const put = (v) => ed.set(field, v === '' ? undefined : number && /^-?\d+$/.test(v) ? Number(v) : v);
  return html`<${area ? TextArea : TextField} label=${label} hint=${hintOf(hint, { under, value, problem })} value=${asText(value)} placeholder=${placeholderOf(under, placeholder)} onInput=${put}
    inputmode=${number ? 'numeric' : undefined} spellcheck=${rest.mono ? false : undefined} ...${rest} ...${common} />`;
}

export function Flag({ field, label, hint }) {
  const { ed, value, under, common } = useField(field);
  return html`<${Check} label=${label} hint=${hint} checked=${value ?? under.value ?? false} onInput=${(v) => ed.set(field, v === FLAG_DEFAULT(under) ? undefined : v)} changed=${common.changed} disabled=${common.disabled} />
    ${common.error && html`<p class="error" role="alert">${common.error}</p>`}`;
}
const FLAG_DEFAULT = (under) => under.value ?? false;

export function Select({ field, label, hint, options }) {
  const { ed, value, under, problem, common } = useField(field);
  return html`<${SelectField} label=${label} hint=${hintOf(hint, { under, value, problem })} options=${options} value=${value ?? under.value ?? ''} onInput=${(v) => ed.set(field, v || undefined)} ...${common} />`;
}

/* A ticket field whose values the PSA knows. */
export function Known({ field, label, hint, what, placeholder = 'from the settings' }) {
  const { ed, value, under, problem, common } = useField(field);
  return html`<${CatalogField} label=${label} hint=${hintOf(hint, { under, value, problem })} known=${!problem} what=${what} board=${ed.doc.board} destination=${ed.doc.destination} value=${asText(value)} placeholder=${placeholderOf(under, placeholder)}
    onInput=${(v) => ed.set(field, v || undefined)} ...${common} />`;
}
