/* SPDX-License-Identifier: Apache-2.0 */
/* Small matters of wording: ids, counts, plurals, bytes. */

/* Long ids shorten in the middle: both ends tell them apart. */
export function shortId(id, head = 6, tail = 4) {
  const text = String(id ?? '');
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}

export function count(n, one, many = `${one}s`) {
  return `${Number(n).toLocaleString('en')} ${Number(n) === 1 ? one : many}`;
}

/* 1234 → "1,234"; from 100,000 on in k and M. */
export function number(n) {
  if (n === null || n === undefined || Number.isNaN(Number(n))) return '–';
  const v = Number(n);
  if (Math.abs(v) >= 1e6) return `${(v / 1e6).toFixed(1)} M`;
  if (Math.abs(v) >= 1e5) return `${Math.round(v / 1e3)} k`;
  return v.toLocaleString('en');
}

/* 0.98392 → "98.3 %": only what is whole is 100. */
export function percent(share) {
  return share === null || share === undefined || Number.isNaN(Number(share)) ? '–' : `${Math.floor(Number(share) * 1000 + 1e-9) / 10} %`;
}

export function bytes(n) {
  if (n < 1024) return `${n} B`;
  return n < 1048576 ? `${(n / 1024).toFixed(1)} KiB` : `${(n / 1048576).toFixed(1)} MiB`;
}

/* A capital and a full stop; what begins with a name or a path keeps its first letter. */
export function sentence(text) {
  const t = String(text ?? '').trim();
  if (!t) return '';
  const up = /^[a-z]+('[a-z]+)?[,:]?(\s|$)/.test(t) ? t[0].toUpperCase() + t.slice(1) : t;
  return /[.!?…]$/.test(up) ? up : `${up}.`;
}

/* One value for CSV: quoted where it must be; a leading =, +, - or @ is no formula. */
export function csvCell(value) {
  let text = value === null || value === undefined ? ''
    : typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (typeof value === 'string' && /^[=+\-@\t\r\n]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csv(columns, rows) {
  const lines = [columns.map(csvCell).join(',')];
  for (const row of rows) lines.push(columns.map((c) => csvCell(row[c])).join(','));
  return `${lines.join('\r\n')}\r\n`;
}
