/* SPDX-License-Identifier: Apache-2.0 */
/* The sprite of the icons, in the page itself: shapes of states are there also when the server is not. */
const PREFIX = 'i-'; // no name of an icon is the id of something else

async function put() {
  const text = await (await fetch('assets/vendor/icons.svg')).text();
  const svg = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
  if (svg.localName !== 'svg') return;
  for (const symbol of svg.children) symbol.id = PREFIX + symbol.id;
  svg.setAttribute('hidden', '');
  svg.setAttribute('aria-hidden', 'true');
  document.body.append(document.adoptNode(svg));
}
put().catch(() => {}); // words stand beside every icon
