/* SPDX-License-Identifier: Apache-2.0 */
/* A menu at a place of the page: for a row's actions and for what a value can be used for. */
import { html, useEffect, useLayoutEffect, useRef } from '../lib.js';
import { Icon } from './basic.js';

/* Where a menu for an event opens: at the pointer, or below the thing when a key opened it. */
export function placeOf(e, element = e.currentTarget) {
  if (e.clientX || e.clientY) return { x: e.clientX, y: e.clientY };
  const r = element.getBoundingClientRect();
  return { x: r.left, y: r.bottom + 4 };
}

function within(box, at) {
  const { width, height } = box.getBoundingClientRect();
  box.style.left = `${Math.max(8, Math.min(at.x, innerWidth - width - 8))}px`;
  box.style.top = `${Math.max(8, at.y + height > innerHeight - 8 ? at.y - height - 8 : at.y)}px`;
}

function keys(e, box, onClose) {
  const items = [...box.querySelectorAll('[role="menuitem"]:not([disabled])')];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[e.key];
  if (e.key === 'Escape' || e.key === 'Tab') onClose();
  else if (to !== undefined) items[(to + items.length) % items.length]?.focus();
  else return;
  e.preventDefault();
  e.stopPropagation();
}

/* items: [{ id, label, icon, danger, run }], false ones are left out, '-' draws a line. */
export function Popover({ at, label, head, items, onClose }) {
  const box = useRef();
  const before = useRef(null);
  const back = () => before.current?.isConnected && before.current.focus?.({ preventScroll: true });
  /* The focus is back before the item runs: a dialog it opens gives it back to the same place. */
  const choose = (item) => { back(); onClose(); item.run(); };
  useLayoutEffect(() => {
    before.current = document.activeElement;
    within(box.current, at);
    box.current.querySelector('[role="menuitem"]')?.focus();
    return () => { if (box.current?.contains(document.activeElement) || document.activeElement === document.body) back(); };
  }, [at]);
  useEffect(() => {
    const away = (e) => { if (!box.current?.contains(e.target)) onClose(); };
    addEventListener('pointerdown', away, true);
    addEventListener('resize', onClose);
    return () => { removeEventListener('pointerdown', away, true); removeEventListener('resize', onClose); };
  }, [onClose]);
  return html`<div ref=${box} class="popover" onKeyDown=${(e) => keys(e, box.current, onClose)}>
    ${head && html`<div class="head">${head}</div>`}
    <div role="menu" aria-label=${label}>${items.filter(Boolean).map((i, n) => (i === '-' ? html`<hr key=${n} />`
      : html`<button type="button" role="menuitem" key=${i.id ?? i.label} tabindex="-1" class=${i.danger ? 'danger' : ''} onClick=${() => choose(i)}>
        ${i.icon && html`<${Icon} name=${i.icon} />`}<span>${i.label}</span></button>`))}</div></div>`;
}
