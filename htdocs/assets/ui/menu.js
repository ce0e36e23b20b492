/* SPDX-License-Identifier: Apache-2.0 */
/* A button that opens a small panel below it; Esc and a click elsewhere close it. */
import { html, useLayoutEffect, useRef, useState, useId } from '../lib.js';

/* button: what the button shows; children: (close) => content. */
export function Menu({ label, button, class: cls = '', align = 'right', children }) {
  const [open, setOpen] = useState(false);
  const ref = useRef();
  const id = useId();
  useLayoutEffect(() => {
    if (!open) return undefined;
    const away = (e) => { if (!ref.current?.contains(e.target)) setOpen(false); };
    const key = (e) => {
      if (e.key !== 'Escape') return;
      e.stopPropagation();
      setOpen(false);
      ref.current?.querySelector('button')?.focus();
    };
    addEventListener('pointerdown', away);
    addEventListener('focusin', away);
    addEventListener('keydown', key, true);
    return () => {
      removeEventListener('pointerdown', away);
      removeEventListener('focusin', away);
      removeEventListener('keydown', key, true);
    };
  }, [open]);
  return html`<div class=${`menu ${cls}`} ref=${ref}>
    <button type="button" class="button quiet" aria-expanded=${open ? 'true' : 'false'} aria-controls=${open ? id : undefined}
      aria-label=${label} title=${label} onClick=${() => setOpen(!open)}>${button}</button>
    ${open && html`<div id=${id} class=${`sheet ${align}`}>${children(() => setOpen(false))}</div>`}
  </div>`;
}
