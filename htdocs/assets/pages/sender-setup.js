/* SPDX-License-Identifier: Apache-2.0 */
/* What to do on the sender's side, to copy. */
import { html, useState } from '../lib.js';
import { exampleOf } from '../logic/example.js';
import { entriesOf, plainOf } from '../logic/schemes.js';
import { WAYS } from '../logic/sender.js';
import { Button, copyText } from '../ui/basic.js';
import { Choice } from '../ui/field.js';

/* The address as the outside sees it, also behind a prefix. */
export const addressOf = (endpoint) => new URL(endpoint.url ?? `webhook/${endpoint.id}`, document.baseURI.replace(/[#?].*$/, '')).href;

export const Copyable = ({ label, value, multi }) => html`<div class="secret"><span class="muted small">${label}</span>
  <div class="row"><code class=${`value ${multi ? 'multi' : ''}`} tabindex=${multi ? '0' : undefined}>${value}</code><${Button} icon="copy" label=${`Copy: ${label}`} onClick=${() => copyText(value, label)} /></div></div>`;

function parsed(text) {
  try { return JSON.parse(text); } catch { return undefined; }
}

/* secrets: { token, hmac_secret } when they may be shown now. */
export function SenderSetup({ endpoint, preset, secrets, sample, schemes = [] }) {
  const own = Boolean(preset?.setup);
  const [way, setWay] = useState(own ? 'preset' : 'curl');
  const bearer = endpoint.bearer_auth_enabled !== false;
  const hmac = Boolean(endpoint.hmac_secret);
  const entries = entriesOf(endpoint);
  const plain = plainOf(entries, schemes);
  const url = addressOf(endpoint) + (plain?.query ? `?${plain.query.join('=')}` : '');
  const found = WAYS.find(([id]) => id === way);
  const shown = parsed(sample);
  const text = found?.[2]({ url, bearer, hmac, token: secrets?.token, secret: secrets?.hmac_secret, header: plain?.header, payload: shown ?? exampleOf({ ...preset?.document, ...endpoint }) ?? undefined });
  const filled = (t) => (secrets?.token ? t.replaceAll('<token>', secrets.token) : t);
  return html`<div class="stack tight setup"><${Choice} label="How to send" options=${[...(own ? [['preset', preset.title]] : []), ...WAYS.map(([id, label]) => [id, label])]} value=${way} onInput=${setWay} />
    ${way === 'preset' ? html`<p class="steps-text">${filled(preset.setup)}</p><${Copyable} label="Address" value=${url} />
      ${bearer && html`<${Copyable} label="Header" value=${`Authorization: Bearer ${secrets?.token ?? '<token>'}`} />`}
      ${preset.payload && html`<${Copyable} multi label="Body to paste" value=${filled(preset.payload)} />`}`
    : html`<p class="hint">${shown === undefined ? 'Opens a made-up problem, as a first try.' : 'Sends the sample that is shown in the editor.'}</p><${Copyable} multi label=${found[1]} value=${text} />`}
    ${entries.length > 0 && !plain && html`<p class="hint">The sender's signature is checked as well: these commands do not make it.</p>`}
    ${bearer && !secrets?.token && html`<p class="hint">${'<token>'} stands for the endpoint's token, which an admin can look up here.</p>`}</div>`;
}
