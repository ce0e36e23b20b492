/* SPDX-License-Identifier: Apache-2.0 */
/* Dialogs: one that is drawn by its owner, and ask(), which confirms by naming the thing. */
import { html, useLayoutEffect, useRef, useState } from '../lib.js';
import { makeStore, useStore } from '../store.js';
import { Button } from './basic.js';

// Where the keys go first: into the first field, not onto the cross.
const FIRST = '.body :is(input:not([type="hidden"]), select, textarea):not([disabled])';

/* Shown as long as it is rendered, from the first moment: the next key is for it. onClose: Esc, the cross.
 * wide: for tables and payloads. */
export function Dialog({ title, onClose, children, footer, wide, modal = true }) {
  const ref = useRef();
  useLayoutEffect(() => {
    const before = document.activeElement;
    const dialog = ref.current;
    dialog.showModal();
    (dialog.querySelector('[autofocus]') ?? dialog.querySelector(FIRST))?.focus();
    return () => {
      dialog.close(); // the page behind an open one takes no focus
      if (before?.isConnected) before.focus?.();
    };
  }, []);
  return html`<dialog ref=${ref} class=${wide ? 'wide' : ''} aria-labelledby="dialog-title"
    onCancel=${(e) => { e.preventDefault(); if (modal) onClose?.(); }}>
    <header><h2 id="dialog-title">${title}</h2>
      ${onClose && html`<${Button} kind="quiet" icon="x" label="Close" class="push" onClick=${onClose} />`}</header>
    <div class="body">${children}</div>
    ${footer && html`<footer>${footer}</footer>`}
  </dialog>`;
}

const question = makeStore(null);

/* Resolves to true when the action was chosen. { title, text, action, danger, typed }: typed is a
 * name that must be typed first, for what cannot be undone; Enter at once does nothing that is dangerous.
 * One question at a time: a new one, of a second click or the way back, is a "no" to the one before. */
export function ask(options) {
  question.get()?.answer(false);
  return new Promise((resolve) => {
    question.set({ ...options, answer: (yes) => { question.set(null); resolve(yes); } });
  });
}

function Question({ title, text, action, cancel = 'Cancel', danger, typed, answer }) {
  const [name, setName] = useState('');
  const locked = typed && name !== typed;
  const send = (e) => { e.preventDefault(); if (!locked) answer(true); };
  return html`<${Dialog} title=${title} onClose=${() => answer(false)}>
    <form class="stack" onSubmit=${send}>
      <div>${text}</div>
      ${typed && html`<label class="field"><span>Type <strong>${typed}</strong> to confirm</span>
        <input type="text" value=${name} onInput=${(e) => setName(e.currentTarget.value)} /></label>`}
      <div class="row end">
        <${Button} autofocus=${danger && !typed} onClick=${() => answer(false)}>${cancel}<//>
        <${Button} kind=${danger ? 'danger' : 'primary'} type="submit" disabled=${locked} autofocus=${!danger && !typed}>${action}<//>
      </div>
    </form>
  <//>`;
}

export function Questions() {
  const q = useStore(question);
  return q && html`<${Question} key=${q.title} ...${q} />`;
}
