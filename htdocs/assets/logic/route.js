/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of pages: "#/history/12?status=failed" to its parts and back. */

/* { path: '/history/12', query: { status: 'failed' } }; a repeated name keeps its last value. */
export function parseHash(hash) {
  const text = String(hash ?? '').replace(/^#/, '');
  const at = text.indexOf('?');
  const rawPath = at < 0 ? text : text.slice(0, at);
  const path = '/' + rawPath.split('/').filter(Boolean).map(decode).map(encodeURIComponent).join('/');
  return { path, query: at < 0 ? {} : Object.fromEntries(new URLSearchParams(text.slice(at + 1))) };
}

/* Empty values are left out, so that the same place has one address. */
export function buildQuery(query) {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '' && value !== false) {
      out.append(name, value === true ? '1' : String(value));
    }
  }
  return out.toString();
}

export function buildHash(path, query) {
  const q = buildQuery(query);
  return `#${path.startsWith('/') ? path : `/${path}`}${q ? `?${q}` : ''}`;
}

function decode(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function matchOne(pattern, segments) {
  const want = pattern.split('/').filter(Boolean);
  if (want.length !== segments.length) return null;
  const params = {};
  for (let i = 0; i < want.length; i++) {
    if (want[i].startsWith(':')) params[want[i].slice(1)] = decode(segments[i]);
    else if (want[i] !== segments[i]) return null;
  }
  return params;
}

/* The first row of a table whose pattern fits: { row, params }, else null. Patterns are
 * "/history/:id"; a row of plain words must stand before one with a parameter. */
export function matchRoute(table, path) {
  const segments = path.split('/').filter(Boolean);
  for (const row of table) {
    const params = matchOne(row.path, segments);
    if (params) return { row, params };
  }
  return null;
}
