/* SPDX-License-Identifier: Apache-2.0 */
/* Maintenance windows in words and in forms. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
export const DAY_WORDS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function dayNumber(text) {
  const t = String(text).trim().toLowerCase();
  if (/^[0-6]$/.test(t)) return Number(t);
  return DAYS.findIndex((d) => t.length >= 3 && t.startsWith(d));
}

/* Days as numbers 0 (Monday) to 6: from names, ranges or numbers, as list or comma text. */
export function daysOf(days) {
  const parts = Array.isArray(days) ? days : String(days ?? '').split(',');
  const out = new Set();
  for (const part of parts.map((x) => String(x).trim()).filter(Boolean)) {
    const [a, b = a] = part.split('-').map(dayNumber);
    if (a < 0 || b < 0) continue;
    for (let d = a; ; d = (d + 1) % 7) { out.add(d); if (d === b) break; }
  }
  return [...out].sort();
}

/* "Mon–Fri", "Sat, Sun", "every day" */
export function daysText(days) {
  const n = daysOf(days);
  if (!n.length || n.length === 7) return 'every day';
  const run = n.length > 2 && n.every((d, i) => !i || d === n[i - 1] + 1);
  return run ? `${DAY_WORDS[n[0]]}–${DAY_WORDS[n.at(-1)]}` : n.map((d) => DAY_WORDS[d]).join(', ');
}

const crosses = (w) => w.start && w.end && w.end <= w.start;

/* One sentence without its full stop. */
export function windowText(w) {
  const zone = w.timezone || 'UTC';
  const tail = [w.recoveries === 'skip' && 'recoveries wait too', w.catch_up && 'open problems are made up for afterwards'].filter(Boolean);
  const more = tail.length ? `; ${tail.join('; ')}` : '';
  if ((w.type ?? 'once') === 'once') return `Once, ${w.start || '?'} to ${w.end || '?'} ${/[zZ]$|[+-]\d\d:\d\d$/.test(w.start ?? '') ? '' : zone}`.trimEnd() + more;
  const when = w.type === 'weekly' ? daysText(w.days) : w.days ? daysText(w.days) : 'every day';
  const span = `${w.start || '?'} to ${w.end || '?'}${crosses(w) ? ' on the next day' : ''}`;
  return `${when[0].toUpperCase()}${when.slice(1)}, ${span}, ${zone}${more}`;
}

/* A window of another type, keeping what fits. */
export function withType(w, type) {
  const { days, start, end, type: before, ...rest } = w;
  const clock = /^\d\d:\d\d$/;
  if (type === 'once') return { ...rest, type, start: clock.test(start ?? '') ? '' : start, end: clock.test(end ?? '') ? '' : end };
  const next = { ...rest, type, start: clock.test(start ?? '') ? start : '22:00', end: clock.test(end ?? '') ? end : '06:00' };
  return type === 'weekly' ? { ...next, days: days ?? ['sat', 'sun'] } : next;
}

export function toggleDay(days, n) {
  const set = new Set(daysOf(days));
  if (set.has(n)) set.delete(n);
  else set.add(n);
  return [...set].sort().map((d) => DAYS[d]);
}

/* Occurrences by local day: [{ day: 'YYYY-MM-DD', items }], in order; an overnight one stands on each day it touches. */
export function calendar(items, from, days) {
  const out = [];
  const first = new Date(from);
  first.setHours(0, 0, 0, 0);
  for (let i = 0; i < days; i++) {
    const a = new Date(first.getFullYear(), first.getMonth(), first.getDate() + i);
    const b = new Date(first.getFullYear(), first.getMonth(), first.getDate() + i + 1);
    out.push({ start: a.getTime(), end: b.getTime(), items: items.filter((o) => Date.parse(o.starts) < b && Date.parse(o.ends) > a) });
  }
  return out;
}
