/* SPDX-License-Identifier: Apache-2.0 */
/* The pages: a rail at the left; below 900 px a bar at the bottom, with what does not fit in a sheet. */
import { html } from '../lib.js';
import { NAV, ROUTES } from '../routes.js';
import { may } from '../store.js';
import { usePlace } from '../router.js';
import { Icon, Link } from '../ui/basic.js';
import { Menu } from '../ui/menu.js';

const IN_BAR = 4;

const isHere = (to, path) => (to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`));
const shown = () => NAV.filter((n) => may(ROUTES.find((r) => r.path === n.to)?.role ?? 'viewer'));

const Entry = ({ item, path, onClick }) => html`
  <${Link} to=${item.to} class="nav" onClick=${onClick} aria-current=${isHere(item.to, path) ? 'page' : undefined}
    title=${`${item.label} (g ${item.key})`}><${Icon} name=${item.icon} /><span>${item.label}</span><//>`;

export function Rail() {
  const { path } = usePlace();
  const items = shown();
  return html`<nav class="rail" aria-label="Pages">
    <${Link} to="/" class="brand"><svg class="icon" aria-hidden="true" viewBox="0 0 32 32"><path d="M8 5v14a7 7 0 0 0 14 0v-3" /><path d="m17 20 5-5 5 5" /></svg>HookWise<//>
    ${items.map((n, i) => html`<div key=${n.to} class=${i < IN_BAR ? '' : 'more'}><${Entry} item=${n} path=${path} /></div>`)}
    <${Menu} class="overflow" label="More pages" align="up" button=${html`<${Icon} name="ellipsis" /><span>More</span>`}>
      ${(close) => items.slice(IN_BAR).map((n) => html`<${Entry} key=${n.to} item=${n} path=${path} onClick=${close} />`)}<//>
  </nav>`;
}
