/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest components: icon, button, link, badge, time, id. */
import { html, useEffect, useState } from '../lib.js';
import { address } from '../router.js';
import { exact, relative, clock, staleAfter } from '../logic/time.js';
import { shortId } from '../logic/text.js';
import { look } from '../logic/status.js';
import { announce } from './toast.js';
import './icons.js';

/* name: one of conf/gui/icons.list. label: only when no words stand beside it. */
export const Icon = ({ name, label, class: cls = '' }) => html`
  <svg class=${`icon ${cls}`} aria-hidden=${label ? undefined : 'true'} role=${label ? 'img' : undefined}
    aria-label=${label}><use href=${`#i-${name}`} /></svg>`;

/* kind: primary, plain (default), quiet, danger. busy: works, and takes no second click. */
export function Button({ kind = 'plain', icon, busy, children, label, class: cls = '', ...rest }) {
  return html`<button type="button" class=${`button ${kind} ${children ? '' : 'square'} ${cls}`} ...${rest}
    aria-label=${label} title=${rest.title ?? label} aria-busy=${busy ? 'true' : undefined}
    disabled=${rest.disabled || busy}>
    ${icon && html`<${Icon} name=${busy ? 'loader-circle' : icon} class=${busy ? 'spin' : ''} />`}
    ${children && html`<span>${children}</span>`}
  </button>`;
}

/* A link to a page of ours. */
export const Link = ({ to, query, children, class: cls, ...rest }) =>
  html`<a href=${address(to, query)} class=${cls} ...${rest}>${children}</a>`;

/* A link that looks like a button. */
export const LinkButton = ({ to, query, kind = 'plain', icon, children, ...rest }) => html`
  <a href=${address(to, query)} class=${`button ${kind}`} ...${rest}>
    ${icon && html`<${Icon} name=${icon} />`}<span>${children}</span></a>`;

/* table: one of logic/status.js; the word stands beside the colour and the shape. */
export function Badge({ table, name, title }) {
  const { tone, icon, word, what } = look(table, name);
  return html`<span class=${`badge ${tone}`} title=${title ?? what}><${Icon} name=${icon} />${word}</span>`;
}

/* Relative (or the clock), exact on hover, and it stays true. */
export function Time({ at, as = 'relative' }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!at) return undefined;
    const timer = setTimeout(() => setNow(Date.now()), staleAfter(at, Date.now()));
    return () => clearTimeout(timer);
  }, [at, now]);
  if (!at) return html`<span class="muted">–</span>`;
  return html`<time datetime=${at} title=${exact(at)}>${as === 'clock' ? clock(at, now) : relative(at, now)}</time>`;
}

export async function copyText(text, what = 'Text') {
  try {
    await navigator.clipboard.writeText(text);
    announce(`${what} copied`);
  } catch {
    announce('This browser does not let pages copy; select the text instead');
  }
}

/* Shortened in the middle; a click copies all of it. what: "Request id". */
export const Id = ({ value, what = 'Id', head, tail }) => (value
  ? html`<button type="button" class="id mono" title=${`${value} (click copies)`}
      onClick=${(e) => { e.stopPropagation(); copyText(value, what); }}><span class="vh">Copy ${what.toLowerCase()} </span>${shortId(value, head, tail)}</button>`
  : html`<span class="muted">–</span>`);

export const Key = ({ children }) => html`<kbd>${children}</kbd>`;
