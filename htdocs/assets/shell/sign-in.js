/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in: as a page, and as a dialog above a page whose session ended. */
import { html, useEffect, useRef, useState } from '../lib.js';
import { signIn } from '../api.js';
import { session } from '../store.js';
import { sentence } from '../logic/text.js';
import { duration } from '../logic/time.js';
import { Button, Icon } from '../ui/basic.js';
import { TextField } from '../ui/field.js';
import { Dialog } from '../ui/dialog.js';

/* The server's words, and the code field when it asks for a code. */
function judge(e) {
  if (/totp/.test(e.slug) || e.field === 'totp') {
    return { wantsCode: true, text: /required|missing|needed/.test(e.slug) ? '' : sentence(e.message) };
  }
  const wait = e.status === 429 && e.retryAfter ? ` Try again in ${duration(e.retryAfter)}.` : '';
  return { text: sentence(e.message) + wait };
}

function useSignIn(known) {
  const [form, setForm] = useState({ name: known ?? '', password: '', code: '' });
  const [state, setState] = useState({ busy: false, text: '', wantsCode: false });
  const put = (field) => (value) => setForm((f) => ({ ...f, [field]: value }));
  const send = async (e) => {
    e.preventDefault();
    setState((s) => ({ ...s, busy: true, text: '' }));
    try {
      await signIn(form.name.trim(), form.password, form.code.replaceAll(' ', ''));
    } catch (error) {
      const said = judge(error);
      setState((s) => ({ busy: false, text: said.text, wantsCode: said.wantsCode || s.wantsCode }));
    }
  };
  return { form, put, send, ...state };
}

export function SignInForm({ known }) {
  const { form, put, send, busy, text, wantsCode } = useSignIn(known);
  const box = useRef();
  useEffect(() => {
    box.current.querySelector(wantsCode ? '[name=totp]' : known ? '[name=password]' : '[name=username]').focus();
  }, [wantsCode]);
  return html`<form class="stack" onSubmit=${send} ref=${box}>
    <${TextField} label="User name" name="username" autocomplete="username" autocapitalize="none" spellcheck=${false} required value=${form.name} onInput=${put('name')} />
    <${TextField} label="Password" name="password" type="password" autocomplete="current-password" required autofocus=${Boolean(known)} value=${form.password} onInput=${put('password')} />
    ${wantsCode && html`<${TextField} label="Code of your authenticator" name="totp" autocomplete="one-time-code" spellcheck=${false} mono
      hint="Six digits, or one of your recovery codes." value=${form.code} onInput=${put('code')} />`}
    <div role="alert">${text && html`<p class="error"><${Icon} name="circle-x" /> ${text}</p>`}</div>
    <${Button} kind="primary" type="submit" busy=${busy}>Sign in<//>
  </form>`;
}

export function SignInPage() {
  useEffect(() => { document.title = 'Sign in · HookWise'; }, []);
  return html`<main class="sign-in"><div class="panel"><div class="body stack">
    <div class="brand"><svg class="icon" aria-hidden="true" viewBox="0 0 32 32"><path d="M8 5v14a7 7 0 0 0 14 0v-3" /><path d="m17 20 5-5 5 5" /></svg><h1>HookWise</h1></div>
    <${SignInForm} /></div></div>
    <p class="muted small">Forgotten the password? Whoever runs this server can set a new one: <code>hookwisectl user passwd NAME</code></p></main>`;
}

export const SignInAgain = () => html`<${Dialog} title="Your session has ended"><div class="stack">
  <p>Sign in to go on. This page and what you typed stay as they are.</p>
  <${SignInForm} known=${session.get()?.user} /></div><//>`;
