/* SPDX-License-Identifier: Apache-2.0 */
/* Form fields: label, hint, control, and the error beside it. */
import { html, useEffect, useId, useRef, useState } from '../lib.js';
import { onKeys } from '../keys.js';

/* children: (attributes) => control, so that label, hint and error are tied to it. changed marks
 * a value that is not saved yet. */
export function Field({ label, hint, error, changed, children, class: cls = '' }) {
  const id = useId();
  const described = [hint && `${id}-h`, error && `${id}-e`].filter(Boolean).join(' ') || undefined;
  return html`<div class=${`field ${error ? 'wrong' : ''} ${changed ? 'changed' : ''} ${cls}`}>
    <label for=${id}>${label}${changed && html`<span class="mark"> changed</span>`}</label>
    ${children({ id, 'aria-describedby': described, 'aria-invalid': error ? 'true' : undefined })}
    ${hint && html`<p id=${`${id}-h`} class="hint">${hint}</p>`}
    ${error && html`<p id=${`${id}-e`} class="error" role="alert">${error}</p>`}
  </div>`;
}

const value = (fn) => (e) => fn(e.currentTarget.value);

/* onInput gets the text. Everything else goes to the <input>. */
export const TextField = ({ label, hint, error, changed, class: cls, onInput, mono, ...rest }) => html`
  <${Field} ...${{ label, hint, error, changed, class: cls }}>
    ${(a) => html`<input type="text" class=${mono ? 'mono' : ''} ...${rest} ...${a} onInput=${value(onInput)} />`}
  <//>`;

export const TextArea = ({ label, hint, error, changed, class: cls, onInput, mono, rows = 4, ...rest }) => html`
  <${Field} ...${{ label, hint, error, changed, class: cls }}>
    ${(a) => html`<textarea rows=${rows} class=${mono ? 'mono' : ''} ...${rest} ...${a} onInput=${value(onInput)}></textarea>`}
  <//>`;

/* options: [[value, label], …] */
export const SelectField = ({ label, hint, error, changed, class: cls, options, onInput, value: v, ...rest }) => html`
  <${Field} ...${{ label, hint, error, changed, class: cls }}>
    ${(a) => html`<select ...${rest} ...${a} value=${v} onChange=${value(onInput)}>
      ${options.map(([ov, ol]) => html`<option key=${ov} value=${ov} selected=${ov === v}>${ol}</option>`)}</select>`}
  <//>`;

/* A box to tick; onInput gets true or false. */
export const Check = ({ label, hint, checked, onInput, changed, ...rest }) => {
  const id = useId();
  return html`<div class=${`check ${changed ? 'changed' : ''}`}>
    <input type="checkbox" id=${id} checked=${checked} ...${rest} aria-describedby=${hint ? `${id}-h` : undefined}
      onChange=${(e) => onInput(e.currentTarget.checked)} />
    <label for=${id}>${label}${changed && html`<span class="mark"> changed</span>`}</label>
    ${hint && html`<p id=${`${id}-h`} class="hint">${hint}</p>`}
  </div>`;
};

/* A few choices of which one holds: [[value, label], …]. */
export const Choice = ({ label, options, value: v, onInput }) => html`
  <div class="choice" role="group" aria-label=${label}>
    ${options.map(([ov, ol]) => html`<button type="button" key=${ov} aria-pressed=${ov === v ? 'true' : 'false'}
      onClick=${() => onInput(ov)}>${ol}</button>`)}
  </div>`;

const PAUSE = 250; // ms of quiet before what is typed becomes the filter

/* A filter that is typed; the key f leads to it, Escape empties and leaves it. */
export function FilterText({ label, placeholder, value = '', onInput }) {
  const [text, setText] = useState(value);
  const input = useRef();
  const told = useRef(value);
  useEffect(() => { if (value !== told.current) { told.current = value; setText(value); } }, [value]);
  useEffect(() => {
    if (text === told.current) return undefined;
    const timer = setTimeout(() => { told.current = text; onInput(text); }, PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  onKeys({ f: () => input.current.focus() });
  return html`<input type="search" ref=${input} aria-label=${label} placeholder=${placeholder} spellcheck=${false} value=${text}
    onInput=${(e) => setText(e.currentTarget.value)} onKeyDown=${(e) => e.key === 'Escape' && (text ? setText('') : input.current.blur())} />`;
}
