/* SPDX-License-Identifier: Apache-2.0 */
/* Says whether what is shown is live; a switch where it can be paused. */
import { html } from '../lib.js';
import { feed } from '../live.js';
import { useStore } from '../store.js';
import { Icon } from './basic.js';

const WORDS = {
  live: ['ok', 'Live'], connecting: ['silent', 'Connecting…'], polling: ['attention', 'Not live: looks every 5 s'], off: ['silent', 'Paused'],
};

export function LiveMark({ on = true, onToggle }) {
  const [tone, word] = WORDS[on ? useStore(feed) : (useStore(feed), 'off')];
  const inner = html`<span class=${`dot ${tone}`}></span><span>${word}</span>`;
  if (!onToggle) return html`<span class="row small muted" role="status">${inner}</span>`;
  return html`<button type="button" class="button" aria-pressed=${on ? 'true' : 'false'} title=${on ? 'Pause (l)' : 'Show new events as they come (l)'} onClick=${onToggle}>
    ${inner}<${Icon} name=${on ? 'pause' : 'play'} /></button>`;
}
