/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON value as a tree that folds; a value can be picked where somebody listens. */
import { html, useState } from '../lib.js';
import { member } from '../logic/diff.js';
import { copyText } from './basic.js';

const OPEN_DEPTH = 4;  // levels that are open at first
const SHOWN = 200;     // members before the rest is asked for

const kindOf = (v) => (v === null ? 'null' : Array.isArray(v) ? 'list' : typeof v);
const isTree = (v) => v !== null && typeof v === 'object' && Object.keys(v).length > 0;
const written = (v) => (v !== null && typeof v === 'object' ? (Array.isArray(v) ? '[]' : '{}') : JSON.stringify(v));

function Leaf({ value, path, onPick, picked }) {
  const text = written(value);
  return html`<button type="button" class=${`leaf ${kindOf(value)} ${picked === path ? 'picked' : ''}`} title=${`${path} (click: ${onPick ? 'use' : 'copy the path'})`}
    onClick=${() => (onPick ? onPick(path, value) : copyText(path, 'Path'))}>${text}</button>`;
}

function Members({ value, path, depth, ...rest }) {
  const [all, setAll] = useState(false);
  const names = Object.keys(value);
  const shown = all ? names : names.slice(0, SHOWN);
  const list = Array.isArray(value);
  return html`<ul>${shown.map((name) => html`<${Node} key=${name} name=${name} value=${value[name]} depth=${depth + 1}
      path=${list ? `${path}[${name}]` : path + member(name)} ...${rest} />`)}
    ${shown.length < names.length && html`<li><button type="button" class="button small" onClick=${() => setAll(true)}>${names.length - shown.length} more</button></li>`}</ul>`;
}

function Node({ name, value, path, depth, ...rest }) {
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  const label = name !== undefined && html`<span class="name">${name}</span>`;
  if (!isTree(value)) return html`<li class="plain">${label}<${Leaf} value=${value} path=${path} ...${rest} /></li>`;
  const n = Object.keys(value).length;
  return html`<li><button type="button" class="fold" aria-expanded=${open ? 'true' : 'false'} onClick=${() => setOpen(!open)}>
      ${label}<span class="muted">${Array.isArray(value) ? `[${n}]` : open ? '' : `{${n}}`}</span></button>
    ${open && html`<${Members} value=${value} path=${path} depth=${depth} ...${rest} />`}</li>`;
}

/* onPick: (path, value) when a value is clicked; without it a click copies the path. */
export function JsonTree({ value, path = '$', onPick, picked }) {
  if (typeof value === 'string' || value === undefined) return html`<pre class="raw">${value ?? ''}</pre>`;
  return html`<div class="tree">${isTree(value)
    ? html`<${Members} value=${value} path=${path} depth=${0} onPick=${onPick} picked=${picked} />`
    : html`<${Leaf} value=${value} path=${path} onPick=${onPick} picked=${picked} />`}</div>`;
}
