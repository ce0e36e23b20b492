/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of the whole page. Nothing happens while somebody types, or with Ctrl, Alt or Meta held. */
import { useLayoutEffect, useRef } from './lib.js';

const layers = [];  // the last one on the page hears first
const WAIT = 2000;  // ms in which the second key of "g h" must come
let prefix = '';
let timer;

const typing = (el) => el && (el.isContentEditable || /^(TEXTAREA|SELECT)$/.test(el.tagName) ||
  (el.tagName === 'INPUT' && !/^(checkbox|radio|button|submit)$/.test(el.type)));

/* Enter and blanks belong to what has the focus. */
const taken = (el, key) => (key === 'Enter' || key === ' ') && el?.closest('a, button, input, summary');

function press(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return;
  if (typing(e.target) || taken(e.target, e.key) || document.querySelector('dialog[open]')) return;
  const name = prefix ? `${prefix} ${e.key}` : e.key;
  clearTimeout(timer);
  prefix = '';
  for (const layer of [...layers].reverse()) {
    const fn = layer.current[name];
    if (fn && fn(e) !== false) {
      e.preventDefault();
      return;
    }
  }
  if (name === 'g') {
    prefix = 'g';
    timer = setTimeout(() => { prefix = ''; }, WAIT);
  }
}
addEventListener('keydown', press);

/* A component's keys: { j: (event) => …, 'g h': … }. One that returns false has not taken the key. */
export function onKeys(map) {
  const ref = useRef(map);
  ref.current = map;
  useLayoutEffect(() => { // who sees the page can use its keys
    layers.push(ref);
    return () => layers.splice(layers.indexOf(ref), 1);
  }, []);
}
