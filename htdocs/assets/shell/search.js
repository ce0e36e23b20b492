/* SPDX-License-Identifier: Apache-2.0 */
/* Global search: a combobox of guesses, reached by "/". */
import { html, useEffect, useMemo, useRef, useState } from '../lib.js';
import { api } from '../api.js';
import { NAV } from '../routes.js';
import { go } from '../router.js';
import { suggest } from '../logic/search.js';
import { onKeys } from '../keys.js';
import { Icon } from '../ui/basic.js';

function useEndpoints(wanted) {
  const [items, set] = useState([]);
  useEffect(() => {
    if (wanted) api.get('api/endpoints', { limit: 1000 }).then((page) => set(page.items), () => set([]));
  }, [wanted]);
  return items;
}

const Guess = ({ guess, id, here, pick }) => html`
  <li id=${id} role="option" aria-selected=${here ? 'true' : 'false'} class=${here ? 'here' : ''} onPointerDown=${(e) => { e.preventDefault(); pick(guess); }}>
    <${Icon} name=${guess.icon} /><span class="clip">${guess.label}</span><span class="muted small push">${guess.kind}</span></li>`;

export function Search() {
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const input = useRef();
  const endpoints = useEndpoints(open);
  const guesses = useMemo(() => suggest(text, NAV, endpoints), [text, endpoints]);
  onKeys({ '/': () => { input.current.focus(); input.current.select(); } });
  const close = () => { setOpen(false); input.current.blur(); };
  const pick = (g) => { if (g) { go(g.to, g.query); setText(''); close(); } };
  const key = (e) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step && guesses.length) setAt((at + step + guesses.length) % guesses.length);
    else if (e.key === 'Enter') pick(guesses[at]);
    else if (e.key === 'Escape') close();
    else return;
    e.preventDefault();
  };
  const shown = open && guesses.length > 0;
  return html`<div class="search" role="search"><${Icon} name="search" />
    <input ref=${input} type="text" role="combobox" aria-label="Search endpoints, tickets and history" placeholder="Search" autocomplete="off" spellcheck=${false}
      aria-expanded=${shown ? 'true' : 'false'} aria-controls="guesses" aria-autocomplete="list" aria-activedescendant=${shown ? `guess-${at}` : undefined}
      value=${text} onFocus=${() => setOpen(true)} onBlur=${() => setOpen(false)} onKeyDown=${key} onInput=${(e) => { setText(e.currentTarget.value); setAt(0); }} />
    <kbd aria-hidden="true">/</kbd>
    <ul id="guesses" role="listbox" aria-label="Suggestions" hidden=${!shown}>
      ${guesses.map((g, i) => html`<${Guess} key=${g.label} id=${`guess-${i}`} guess=${g} here=${i === at} pick=${pick} />`)}</ul></div>`;
}
