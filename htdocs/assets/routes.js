/* SPDX-License-Identifier: Apache-2.0 */
/* Every page: its address, its module, and where it stands in the rail. A page is loaded when it is
 * first opened. See htdocs/README.md for what a page's module gives. */

/* role: the least that may open it (default viewer). key: the letter after g. */
export const NAV = [
  { to: '/', label: 'Dashboard', icon: 'gauge', key: 'd' },
  { to: '/endpoints', label: 'Endpoints', icon: 'webhook', key: 'e' },
  { to: '/history', label: 'History', icon: 'history', key: 'h' },
  { to: '/incidents', label: 'Incidents', icon: 'siren', key: 'i' },
  { to: '/tenantmap', label: 'TenantMap', icon: 'map', key: 't' },
  { to: '/maintenance', label: 'Maintenance', icon: 'wrench', key: 'm' },
  { to: '/audit', label: 'Audit', icon: 'scroll-text', key: 'a' },
  { to: '/settings', label: 'Settings', icon: 'settings', key: 's' },
  { to: '/help', label: 'Help', icon: 'circle-question-mark', key: '?' },
];

export const ROUTES = [
  { path: '/', load: () => import('./pages/dashboard.js') },
  { path: '/endpoints', load: () => import('./pages/endpoints.js') },
  { path: '/endpoints/:id', load: () => import('./pages/endpoint.js') },
  { path: '/history', load: () => import('./pages/history.js') },
  { path: '/history/compare', load: () => import('./pages/compare.js') },
  { path: '/history/:id', load: () => import('./pages/event.js') },
  { path: '/incidents', load: () => import('./pages/incidents.js') },
  { path: '/incidents/:id', load: () => import('./pages/incident.js') },
  { path: '/tenantmap', load: () => import('./pages/tenantmap.js') },
  { path: '/maintenance', load: () => import('./pages/maintenance.js') },
  { path: '/audit', load: () => import('./pages/audit.js'), role: 'admin' },
  { path: '/settings', load: () => import('./pages/settings.js') },
  { path: '/settings/:section', load: () => import('./pages/settings.js') },
  { path: '/help', load: () => import('./pages/help.js') },
];
