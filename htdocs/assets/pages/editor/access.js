/* SPDX-License-Identifier: Apache-2.0 */
/* Who may post: address, token, signature, networks; and how the sender is set up. */
import { html, useState } from '../../lib.js';
import { api } from '../../api.js';
import { may } from '../../store.js';
import { age } from '../../logic/endpoints.js';
import { entriesOf } from '../../logic/schemes.js';
import { Button, copyText, Time } from '../../ui/basic.js';
import { announce } from '../../ui/toast.js';
import { RotateDialog } from '../endpoint-dialogs.js';
import { addressOf, Copyable, SenderSetup } from '../sender-setup.js';
import { Flag, freshSecret, Text, useEditor } from './context.js';
import { Schemes } from './schemes.js';

function Token({ secrets, onShow, onRotated, busy }) {
  const { endpoint, doc, reload } = useEditor();
  const [rotate, setRotate] = useState(false);
  if (doc.bearer_auth_enabled === false) return null;
  const a = endpoint.stats?.token_age_seconds;
  const old = endpoint.previous_token_until;
  return html`<div class="row token"><span class="muted">Token ${secrets?.token ? '' : '••••••••••••'} ${endpoint.token_created_at ? html`made <${Time} at=${endpoint.token_created_at} />` : a !== undefined && a !== null ? `${age(a)} old` : ''}</span>
    ${may('admin') && html`<span class="row push">${!secrets && html`<${Button} icon="eye" busy=${busy} onClick=${onShow}>Show<//>`}<${Button} icon="key-round" onClick=${() => setRotate(true)}>New token…<//></span>`}</div>
    ${secrets?.token && html`<${Copyable} label="Token (this look is in the audit log)" value=${secrets.token} />`}
    ${old && Date.parse(old) > Date.now() && html`<p class="small text-attention">The token before it is taken too, until <${Time} at=${old} />.</p>`}
    ${rotate && html`<${RotateDialog} endpoint=${endpoint} onClose=${(changed) => { setRotate(false); if (changed) { onRotated(); reload(); } }} />`}`;
}

/* What is stored is never shown here; a new one replaces it when the document is saved. */
function Signature({ onChange }) {
  const { doc, saved, set, readOnly, changed } = useEditor();
  const stored = Boolean(saved.hmac_secret);
  const fresh = changed.has('hmac_secret') && doc.hmac_secret;
  const put = (s) => { set('hmac_secret', s); onChange(); };
  const make = () => { const s = freshSecret(); put(s); copyText(s, 'Secret'); };
  return html`<div class="row token"><span><span class="strong">Signature</span> <span class="muted">${fresh ? 'a new secret, from the next save on' : doc.hmac_secret ? 'X-HookWise-Signature is checked' : stored ? 'will be removed' : 'not asked for'}</span></span>
      ${!readOnly && html`<span class="row push"><${Button} icon="key-round" onClick=${make}>${stored ? 'New secret' : 'Ask for a signature'}<//>${doc.hmac_secret && html`<${Button} kind="quiet" onClick=${() => put(undefined)}>Remove<//>`}</span>`}</div>
    ${fresh && html`<${Copyable} label="Secret: copy it now" value=${doc.hmac_secret} />`}`;
}

export function Access() {
  const { endpoint, doc, preset, sample, live, schemes } = useEditor();
  const [secrets, setSecrets] = useState(null);
  const [busy, setBusy] = useState(false);
  const show = async () => {
    setBusy(true);
    try { setSecrets(await api.get(`api/endpoints/${encodeURIComponent(endpoint.id)}/token`)); } catch (e) { announce(e.message, { tone: 'failed' }); }
    setBusy(false);
  };
  const opens = live.answer?.elements?.some((e) => e.kind === 'open'); // as a first try, only a problem tells something
  return html`<${Copyable} label="Address" value=${addressOf(endpoint)} />
    <${Flag} field="bearer_auth_enabled" label="Ask for the token" hint="Authorization: Bearer … in each webhook." /><${Token} secrets=${secrets} onShow=${show} onRotated=${() => setSecrets(null)} busy=${busy} />
    ${doc.bearer_auth_enabled === false && !secrets && may('admin') && (endpoint.hmac_secret || entriesOf(endpoint).length > 0) && html`<div><${Button} icon="eye" busy=${busy} onClick=${show}>Show the secrets<//></div>`}
    ${secrets?.hmac_secret && html`<${Copyable} label="Signature's secret (this look is in the audit log)" value=${secrets.hmac_secret} />`}
    <${Signature} onChange=${() => setSecrets((s) => s && { ...s, hmac_secret: null })} /><${Schemes} secrets=${secrets} />
    <${Text} field="trusted_ips" label="Only from these addresses" mono placeholder="anywhere" hint="Addresses and networks, comma-separated: 192.0.2.10, 2001:db8::/48." />
    <details class="more"><summary>Limits and answers</summary><div class="pair"><${Text} field="success_code" label="Answer on success" number /><${Text} field="max_body_kb" label="Largest body" number hint="KiB" />
      <${Text} field="rate_limit" label="At most" number placeholder="no limit" hint="Webhooks per minute." /><${Text} field="dedup_window_seconds" label="Same body again within" number hint="Seconds in which a repeat is answered and ignored." /></div></details>
    <details class="more"><summary>Set the sender up: ${preset?.setup ? `${preset.title}, ` : ''}curl, PowerShell, Python</summary><${SenderSetup} endpoint=${{ ...endpoint, ...doc }} preset=${preset} secrets=${secrets} sample=${opens ? sample.text : undefined} schemes=${schemes} /></details>`;
}
