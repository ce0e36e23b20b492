/* SPDX-License-Identifier: Apache-2.0 */
/* The bar at the top: search, tenant, health, the person; below it the maintenance banner. */
import { html, useEffect, useLayoutEffect, useRef, useState } from '../lib.js';
import { api, loadHealth, loadSession, signOut } from '../api.js';
import { health, local, may, session, tenant, useStore } from '../store.js';
import { go, mayLeave, narrow } from '../router.js';
import { healthWords } from '../logic/status.js';
import { Button, Icon, Link } from '../ui/basic.js';
import { Choice } from '../ui/field.js';
import { Menu } from '../ui/menu.js';
import { announce } from '../ui/toast.js';
import { ask } from '../ui/dialog.js';
import { forgetAll } from '../ui/load.js';
import { Services } from '../ui/services.js';
import { Search } from './search.js';

const EVERY = 15000; // ms between two looks at the services

let looks = 0;
let told = 0; // the look that was answered last: one before it knows nothing newer

async function look(signal) {
  const turn = ++looks;
  const now = await loadHealth(signal).catch(() => ({ status: 'unreachable' }));
  if (signal?.aborted || turn < told) return;
  told = turn;
  health.set(now);
}

/* Now and then, and when the browser says that the network came or went. */
function useHealth() {
  useEffect(() => {
    let timer;
    const abort = new AbortController();
    const again = async () => {
      clearTimeout(timer);
      await look(abort.signal);
      if (!abort.signal.aborted) timer = setTimeout(again, document.hidden ? EVERY * 4 : EVERY);
    };
    again();
    for (const name of ['online', 'offline']) addEventListener(name, again, { signal: abort.signal });
    return () => { abort.abort(); clearTimeout(timer); };
  }, []);
  return useStore(health);
}

function Health() {
  const h = useHealth();
  const { tone, word } = healthWords(h);
  return html`<${Menu} class="health" label=${`Health: ${word}`}
    button=${html`<span class=${`dot ${tone}`}></span><span class="words">${word}</span>`}>
    ${() => html`<div class="sheet-body"><h2>Services</h2>${h.status === 'unreachable'
      ? html`<p class="muted">The server did not answer the last look, ${EVERY / 1000} s or less ago.</p>` : html`<${Services} of=${h} />`}</div>`}<//>`;
}

/* Only where there is something to switch: a person of all tenants, and more than one. */
function Tenant() {
  const s = useStore(session);
  const now = useStore(tenant);
  const [known, setKnown] = useState([]);
  useEffect(() => {
    if (s.tenant && s.tenant !== '*') return;
    api.get('api/endpoints', { limit: 1000 }).then(
      ({ items }) => setKnown([...new Set(items.map((e) => e.tenant ?? 'default'))].sort()), () => setKnown([]));
  }, [s.tenant]);
  const choose = async ({ currentTarget: field }) => {
    if (!await mayLeave()) { field.value = now; return; }
    forgetAll();
    narrow(field.value);
  };
  if (known.length < 2 && !now) return null;
  return html`<label class="tenant"><span class="vh">Tenant</span><select value=${now} title="Tenant"
    onChange=${choose}>
    <option value="">All tenants</option>${[...new Set([...known, ...(now ? [now] : [])])].map((t) => html`<option key=${t} value=${t} selected=${t === now}>${t}</option>`)}</select></label>`;
}

function setTheme(theme) {
  local.set('theme', theme);
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  dispatchEvent(new Event('themechange'));
}

function Person() {
  const s = useStore(session);
  const [theme, set] = useState(local.get('theme') ?? '');
  const pick = (t) => { set(t); setTheme(t); };
  const leave = async () => {
    try {
      await signOut();
      forgetAll();
      tenant.set('');
      go('/');
    } catch (e) {
      announce(`Not signed out: ${e.message}`, { tone: 'failed' });
    }
  };
  return html`<${Menu} class="person" label=${`Signed in as ${s.user}`} button=${html`<${Icon} name="circle-user" /><span class="words">${s.user}</span>`}>
    ${(close) => html`<div class="sheet-body stack tight">
      <div><div class="strong">${s.user}</div><div class="muted small">${s.role}${s.tenant && s.tenant !== '*' ? `, tenant ${s.tenant}` : ''}</div></div>
      <${Choice} label="Theme" options=${[['', 'System'], ['light', 'Light'], ['dark', 'Dark']]} value=${theme} onInput=${pick} />
      <${Link} to="/settings/account" class="nav" onClick=${close}><${Icon} name="key-round" /><span>Your account</span><//>
      <${Link} to="/help" class="nav" onClick=${close}><${Icon} name="circle-question-mark" /><span>Help</span><//>
      <hr /><${Button} icon="log-out" onClick=${leave}>Sign out<//>
      ${s.version && html`<div class="muted small">HookWise ${s.version}</div>`}</div>`}<//>`;
}

/* Nothing of what is shown is live. */
function Away() {
  const h = useStore(health);
  if (h.status !== 'unreachable') return null;
  return html`<div class="banner failed" role="alert"><${Icon} name="triangle-alert" /><span><strong>HookWise does not answer.</strong> What you see is from before, and what you typed stays. It is asked again every ${EVERY / 1000} s.</span>
    <${Button} class="push" onClick=${() => look()}>Ask now<//></div>`;
}

function Banner() {
  const s = useStore(session);
  if (!s.maintenance) return null;
  const off = async () => {
    if (!await ask({ title: 'End maintenance mode?', text: 'Alerts open tickets again from now on.', action: 'End maintenance mode' })) return;
    try {
      await api.post('admin/maintenance', { enabled: false });
      await loadSession();
      announce('Maintenance mode is off');
    } catch (e) {
      announce(`Maintenance mode is still on: ${e.message}`, { tone: 'failed' });
    }
  };
  return html`<div class="banner" role="status"><${Icon} name="wrench" /><span><strong>Maintenance mode is on.</strong> Problems are recorded, but open no tickets.</span>
    ${may('operator') && html`<${Button} class="push" onClick=${off}>End it<//>`}</div>`;
}

/* What sticks below it must know how high it is: banners come and go, and wrap. */
function useHeight() {
  const ref = useRef();
  useLayoutEffect(() => {
    const { style } = document.documentElement;
    const watch = new ResizeObserver(() => style.setProperty('--top', `${ref.current.offsetHeight}px`));
    watch.observe(ref.current);
    return () => { watch.disconnect(); style.removeProperty('--top'); };
  }, []);
  return ref;
}

export const Top = () => html`<div class="top" ref=${useHeight()}><header><${Search} /><div class="row push"><${Tenant} /><${Health} /><${Person} /></div></header><${Away} /><${Banner} /></div>`;
