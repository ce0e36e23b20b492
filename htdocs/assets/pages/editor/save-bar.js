/* SPDX-License-Identifier: Apache-2.0 */
/* The one place to save: what changed, undo and redo, and what the server said. */
import { html } from '../../lib.js';
import { count } from '../../logic/text.js';
import { Button } from '../../ui/basic.js';
import { useEditor } from './context.js';

export const fieldWords = (f) => f.replace(/^json_mapping\./, 'mapping of ').replace(/^auth(\[(\d+)\]\.?)?/, (all, i, n) => `sender's own way${n === undefined ? '' : ` ${Number(n) + 1} `}`).replace(/^notify\[(\d+)\]\.?/, (all, n) => `chat ${Number(n) + 1} `).replace(/^routing_rules\[(\d+)\]\.?/, (all, n) => `rule ${Number(n) + 1} `).replace(/^is_/, '').replaceAll('_', ' ');

export function SaveBar({ state, onSave, onDiscard, onReload }) {
  const ed = useEditor();
  const n = ed.changed.size;
  const names = [...ed.changed].map(fieldWords);
  const { error } = state;
  if (ed.readOnly) return null;
  const words = n ? html`<strong>${count(n, 'change')}</strong> <span class="muted clip">${names.slice(0, 5).join(', ')}${n > 5 ? ` and ${n - 5} more` : ''}</span>` : html`<span class="muted">Everything is saved</span>`;
  return html`<div class=${`save-bar ${n ? 'dirty' : ''}`} role="group" aria-label="Save"><div class="row words" role="status">${words}</div>
    ${error && html`<p class="error" role="alert">${error.status === 409 ? html`Somebody else saved meanwhile. Yours is still here. <${Button} class="small" onClick=${onReload}>Show theirs, keep mine to undo<//>` : error.field ? html`<strong>${fieldWords(error.field).trim()}</strong> ${error.message}` : error.message}</p>`}
    <div class="row push"><${Button} kind="quiet" icon="undo-2" label="Undo (Ctrl Z)" disabled=${!ed.past.length} onClick=${ed.undo} /><${Button} kind="quiet" icon="redo-2" label="Redo (Ctrl Shift Z)" disabled=${!ed.future.length} onClick=${ed.redo} />
      ${n > 0 && html`<${Button} onClick=${onDiscard}>Discard…<//>`}<${Button} kind="primary" icon="save" busy=${state.busy} disabled=${!n} title="Ctrl S" onClick=${onSave}>Save<//></div></div>`;
}
