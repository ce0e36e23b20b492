/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of the whole product, and the dialog that lists them. */
import { html, useState } from '../lib.js';
import { NAV } from '../routes.js';
import { go } from '../router.js';
import { onKeys } from '../keys.js';
import { Key } from '../ui/basic.js';
import { Dialog } from '../ui/dialog.js';

export const SHORTCUTS = [
  ['Everywhere', [['/', 'Search'], ['?', 'This list'], ['Esc', 'Close what is open, or go up']]],
  ['Go to', NAV.map((n) => [`g ${n.key}`, n.label])],
  ['In lists', [['j', 'Next row'], ['k', 'Row before'], ['Enter', 'Open the row'], ['x', 'Select the row'], ['f', 'To the filter']]],
  ['Endpoints and rules', [['Alt ↑', 'Move the row up'], ['Alt ↓', 'Move the row down']]],
  ['Editor', [['Ctrl S', 'Save'], ['Ctrl Z', 'Undo'], ['Ctrl Y', 'Redo']]],
  ['Chart', [['→', 'Next bar'], ['←', 'Bar before'], ['Enter', 'Its events']]],
  ['History', [['l', 'Live on or off'], ['c', 'Compare the two selected events'], ['r', 'Replay the selected or shown event']]],
];

export const ShortcutList = () => html`<div class="cols keys">${SHORTCUTS.map(([name, keys]) => html`<section key=${name}>
  <h3>${name}</h3><dl class="facts">${keys.map(([k, what]) => html`<dt key=${k}>${k.split(' ').map((x) => html`<${Key} key=${x}>${x}<//> `)}</dt><dd>${what}</dd>`)}</dl></section>`)}</div>`;

export function Shortcuts() {
  const [open, setOpen] = useState(false);
  const keys = { '?': () => setOpen(true) };
  for (const n of NAV) keys[`g ${n.key}`] = () => go(n.to);
  onKeys(keys);
  return open && html`<${Dialog} title="Keys" wide onClose=${() => setOpen(false)}><${ShortcutList} /><//>`;
}
