/* SPDX-License-Identifier: Apache-2.0 */
/* Short words about what just happened, heard by screen readers too; with "Undo" where there is one. */
import { html } from '../lib.js';
import { makeStore, useStore } from '../store.js';

const toasts = makeStore([]);
let serial = 0;

/* tone: ok (default), failed. action: { label, run }. Failures stay until they are closed. */
export function announce(text, { tone = 'ok', action } = {}) {
  const id = ++serial;
  const drop = () => toasts.set((all) => all.filter((t) => t.id !== id));
  toasts.set((all) => [...all.slice(-2), { id, text, tone, action, drop }]);
  if (tone !== 'failed') setTimeout(drop, action ? 9000 : 4000);
  return drop;
}

const Toast = ({ text, tone, action, drop }) => html`
  <div class=${`toast ${tone}`}>
    <span>${text}</span>
    ${action && html`<button type="button" class="button quiet" onClick=${() => { drop(); action.run(); }}>${action.label}</button>`}
    <button type="button" class="button quiet square" aria-label="Close this message" onClick=${drop}>
      <svg class="icon" aria-hidden="true"><use href="#i-x" /></svg></button>
  </div>`;

export function Toasts() {
  const all = useStore(toasts);
  return html`<div class="toasts" role="status" aria-live="polite">
    ${all.map((t) => html`<${Toast} key=${t.id} ...${t} />`)}</div>`;
}
