/* SPDX-License-Identifier: Apache-2.0 */
/* Loads the module of a page and its style, and shows it with its title. */
import { html, useEffect, useErrorBoundary, useRef, useState } from './lib.js';
import { ROUTES } from './routes.js';
import { matchRoute } from './logic/route.js';
import { scrollBack, usePlace } from './router.js';
import { health, may } from './store.js';
import { Fault, Notice, Skeleton } from './ui/load.js';
import { Button, LinkButton } from './ui/basic.js';

const sheets = new Map();

/* Resolves when the stylesheet is in force, so that no page appears without it. */
function loadStyle(href) {
  if (!sheets.has(href)) {
    sheets.set(href, new Promise((resolve) => {
      const link = document.createElement('link');
      link.rel = 'stylesheet';
      link.href = href;
      link.onload = resolve;
      link.onerror = resolve;
      document.head.append(link);
    }));
  }
  return sheets.get(href);
}

async function loadPage(row) {
  const module = await row.load();
  await Promise.all((module.styles ?? []).map((s) => loadStyle(`assets/${s}`)));
  return module;
}

/* Title, what stands right of it, and the page. Pages begin with this. */
export function Page({ title, heading = title, actions, children, back }) {
  useEffect(() => { document.title = `${title} · HookWise`; }, [title]);
  return html`<header class="page-head">${back && html`<div class="back">${back}</div>`}
    <h1 tabindex="-1">${heading}</h1>${actions && html`<div class="row push">${actions}</div>`}</header>${children}`;
}

const Missing = () => html`<${Page} title="Not found"><div class="panel"><${Notice} icon="map-pin-off" title="There is no page here"
  action=${html`<${LinkButton} to="/" icon="gauge">To the Dashboard<//>`}>The address may be mistyped, or the link old.<//></div><//>`;

export const Forbidden = ({ role }) => html`<${Page} title="Not allowed"><div class="panel"><${Notice} icon="lock" title="Your role does not allow this page"
  action=${html`<${LinkButton} to="/" icon="gauge">To the Dashboard<//>`}>It needs the role ${role}. An admin can change yours in Settings → Users.<//></div><//>`;

/* Loads everything anew when the server is back: nothing is typed here. */
function useReturn() {
  useEffect(() => {
    let gone = health.get().status === 'unreachable';
    return health.listen((h) => {
      if (h.status === 'unreachable') gone = true;
      else if (gone) location.reload();
    });
  }, []);
}

function Unloaded({ error }) {
  useReturn();
  return html`<${Page} title="Not loaded"><div class="panel"><${Notice} icon="triangle-alert" tone="failed" title="This page could not be loaded"
  action=${html`<${Button} icon="rotate-cw" onClick=${() => location.reload()}>Reload<//>`}>The server may be restarting, or HookWise was updated meanwhile. (${error.message})<//></div><//>`;
}

/* A fault in a page leaves the rail and the other pages alone. */
function Guarded({ children }) {
  const [error, reset] = useErrorBoundary();
  if (!error) return children;
  return html`<${Page} title="Fault"><div class="panel"><${Fault} error=${error} retry=${reset} /></div><//>`;
}

function useModule(row) {
  const [got, set] = useState({});
  useEffect(() => {
    let here = true;
    const slow = setTimeout(() => here && set((g) => (g.row === row ? g : { row, slow: true })), 200);
    if (row) {
      loadPage(row).then((module) => here && set({ row, module }), (error) => here && set({ row, error }))
        .finally(() => clearTimeout(slow));
    }
    return () => { here = false; clearTimeout(slow); };
  }, [row]);
  return got.row === row ? got : {};
}

/* On another page the keys, and the ears, begin at its title, unless it puts them elsewhere, or somebody types. */
const TAKEN = 'main:focus-within, dialog[open], :is(input, select, textarea):focus';

export function CurrentPage() {
  const { path, query } = usePlace();
  const found = matchRoute(ROUTES, path);
  const { module, error, slow } = useModule(found?.row);
  const first = useRef(path);
  useEffect(() => {
    if (!module) return;
    requestAnimationFrame(() => {
      scrollBack();
      if (first.current !== path && !document.querySelector(TAKEN)) document.querySelector('main h1')?.focus({ preventScroll: true });
      first.current = null;
    });
  }, [module, path]);
  if (!found) return html`<${Missing} />`;
  if (found.row.role && !may(found.row.role)) return html`<${Forbidden} role=${found.row.role} />`;
  if (error) return html`<${Unloaded} error=${error} />`;
  if (!module) return slow && html`<${Skeleton} />`;
  return html`<${Guarded} key=${path}><${module.default} params=${found.params} query=${query} /><//>`;
}
