/* SPDX-License-Identifier: Apache-2.0 */
/* One's own password and second factor. */
import { html, useEffect, useRef, useState } from '../../lib.js';
import { api, loadSession } from '../../api.js';
import { qrPath } from '../../logic/qr.js';
import { may, session, useStore } from '../../store.js';
import { Button, copyText, Icon } from '../../ui/basic.js';
import { Dialog } from '../../ui/dialog.js';
import { TextField } from '../../ui/field.js';
import { Fault } from '../../ui/load.js';
import { useSending } from '../../ui/sending.js';
import { announce } from '../../ui/toast.js';
import { Copyable } from '../sender-setup.js';

const renewed = () => loadSession();

function Password() {
  const [doc, setDoc] = useState({ password: '', new_password: '', again: '' });
  const state = useSending();
  const differs = doc.again !== '' && doc.again !== doc.new_password;
  const save = (e) => {
    e.preventDefault();
    return state.send(() => api.post('api/session/password', { password: doc.password, new_password: doc.new_password }, { signingIn: true }), async () => {
      await renewed();
      setDoc({ password: '', new_password: '', again: '' });
      announce('Your password is changed; other sessions of yours are signed out');
    });
  };
  const field = (name, label, more) => html`<${TextField} type="password" label=${label} value=${doc[name]} onInput=${(v) => setDoc({ ...doc, [name]: v })} ...${more} />`;
  const wrong = (f) => state.error?.field === f && state.error.message;
  return html`<section class="panel"><header><h2>Password</h2></header><form class="body stack form" onSubmit=${save}>
    ${field('password', 'Present password', { autocomplete: 'current-password', error: wrong('password') })}${field('new_password', 'New password', { autocomplete: 'new-password', error: wrong('new_password') })}
    ${field('again', 'New password again', { autocomplete: 'new-password', error: differs && 'It differs from the one above' })}
    ${state.error && !state.error.field && html`<${Fault} error=${state.error} />`}
    <div><${Button} type="submit" kind="primary" busy=${state.busy} disabled=${!doc.password || !doc.new_password || doc.again !== doc.new_password}>Change the password<//></div></form></section>`;
}

/* The code is dark on light in both themes: cameras want it so. */
function Code({ uri }) {
  const [code, setCode] = useState(null);
  useEffect(() => { import('../../vendor/qr.js').then(({ encode }) => setCode(encode(uri, { border: 2 })), () => setCode(null)); }, [uri]);
  return code && html`<svg class="qr" viewBox=${`0 0 ${code.size} ${code.size}`} role="img" aria-label="QR code for the authenticator"><rect width=${code.size} height=${code.size} /><path d=${qrPath(code.data)} /></svg>`;
}

function Recovery({ codes, onClose }) {
  const text = codes.join('\n');
  return html`<${Dialog} title="Recovery codes" footer=${html`<${Button} icon="copy" onClick=${() => copyText(text, 'Recovery codes')}>Copy all<//><${Button} kind="primary" onClick=${onClose}>I have kept them<//>`}>
    <div class="stack"><p>The second factor is on. Each of these codes opens your account once when the authenticator is lost. They are shown now and never again.</p><ul class="codes">${codes.map((c) => html`<li key=${c}><code>${c}</code></li>`)}</ul></div><//>`;
}

function SetUp({ start, onDone, onCancel }) {
  const form = useRef();
  const [code, setCode] = useState('');
  const { error, busy, send, forget } = useSending();
  const confirm = (e) => {
    e.preventDefault();
    return send(() => api.post('api/session/totp', { action: 'confirm', code: code.replace(/\s/g, '') }, { signingIn: true }), onDone);
  };
  useEffect(() => { form.current.scrollIntoView({ block: 'nearest' }); form.current.querySelector('[autocomplete="one-time-code"]').focus({ preventScroll: true }); }, []);
  return html`<form class="stack" ref=${form} onSubmit=${confirm}><div class="scan"><${Code} uri=${start.uri} /><div class="stack"><p>1. Scan this with an authenticator app, or type the key into it.</p><${Copyable} label="Key" value=${start.secret} />
      <p>2. Type the six digits it shows.</p><${TextField} label="Code" inputmode="numeric" autocomplete="one-time-code" maxlength="7" value=${code} error=${error?.message} onInput=${(v) => { setCode(v); forget(); }} />
      <div class="row"><${Button} onClick=${onCancel}>Cancel<//><${Button} kind="primary" type="submit" busy=${busy} disabled=${code.replace(/\s/g, '').length < 6}>Switch it on<//></div></div></div></form>`;
}

function useMine(stamp) {
  const who = useStore(session);
  const [mine, setMine] = useState(undefined);
  useEffect(() => {
    if (who?.totp !== undefined) setMine(who.totp);
    else if (may('admin')) api.get(`api/users/${encodeURIComponent(who.user)}`).then((u) => setMine(u.totp), () => setMine(undefined));
  }, [stamp]);
  return [mine, setMine];
}

function SecondFactor() {
  const [mine, setMine] = useMine(0);
  const [start, setStart] = useState(null);
  const [codes, setCodes] = useState(null);
  const [password, setPassword] = useState(null);
  const { error, busy, send: sendOnce, forget } = useSending();
  const call = (body, done) => sendOnce(() => api.post('api/session/totp', body, { signingIn: true }), done);
  const send = (e) => {
    e.preventDefault();
    if (password.action === 'start') call({ action: 'start', password: password.text }, (a) => { setPassword(null); setStart(a); });
    else call({ action: 'disable', password: password.text }, async () => { setPassword(null); setMine(false); await renewed(); announce('The second factor is off'); });
  };
  const confirmed = async (a) => { setStart(null); setMine(true); setCodes(a.recovery_codes); await renewed(); };
  return html`<section class="panel"><header><h2>Second factor</h2>${mine !== undefined && html`<span class=${`badge ${mine ? 'ok' : 'silent'} push`}><${Icon} name=${mine ? 'circle-check' : 'circle-minus'} />${mine ? 'On' : 'Off'}</span>`}</header><div class="body stack">
    ${start ? html`<${SetUp} start=${start} onDone=${confirmed} onCancel=${() => setStart(null)} />` : html`<p class="muted">Besides the password, signing in asks for six digits of an authenticator app: a stolen password alone is not enough.</p>
      ${password ? html`<form class="stack form" onSubmit=${send}><${TextField} type="password" label="Your password" autocomplete="current-password" value=${password.text} error=${error?.message} onInput=${(v) => { setPassword({ ...password, text: v }); forget(); }} />
        <div class="row"><${Button} onClick=${() => { setPassword(null); forget(); }}>Cancel<//><${Button} kind=${password.action === 'start' ? 'primary' : 'danger'} type="submit" busy=${busy} disabled=${!password.text}>${password.action === 'start' ? 'Go on' : 'Switch it off'}<//></div></form>`
      : html`<div class="row">${mine !== true && html`<${Button} icon="shield" onClick=${() => setPassword({ action: 'start', text: '' })}>Set it up<//>`}${mine !== false && html`<${Button} kind="danger" onClick=${() => setPassword({ action: 'disable', text: '' })}>Switch it off…<//>`}</div>`}`}</div></section>
    ${codes && html`<${Recovery} codes=${codes} onClose=${() => setCodes(null)} />`}`;
}

export function Account() {
  const who = useStore(session);
  if (who.how === 'server') return html`<div class="panel"><div class="body"><p>You are signed in as <strong>${who.user}</strong> by the web server's own login; password and second factor are kept there.</p></div></div>`;
  return html`<div class="stack narrow-page"><p>Signed in as <strong>${who.user}</strong>, role ${who.role}${who.tenant && who.tenant !== '*' ? `, tenant ${who.tenant}` : ''}.</p><${Password} /><${SecondFactor} /></div>`;
}
