/* SPDX-License-Identifier: Apache-2.0 */
/* Times and durations in words, in the viewer's zone. */
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

/* "3 min ago", "in 2 h"; older than a week: the date. at: RFC 3339 text; now: ms. */
export function relative(at, now) {
  const t = Date.parse(at);
  if (Number.isNaN(t)) return '–';
  const s = Math.round((now - t) / 1000);
  const n = Math.abs(s);
  if (n < 5) return 'now';
  if (n >= 7 * DAY) return shortDate(t, now);
  const text = n < MINUTE ? `${n} s`
    : n < HOUR ? `${Math.floor(n / MINUTE)} min`
      : n < DAY ? `${Math.floor(n / HOUR)} h`
        : `${Math.floor(n / DAY)} d`;
  return s >= 0 ? `${text} ago` : `in ${text}`;
}

export function shortDate(t, now) {
  const d = new Date(t);
  const year = d.getFullYear() === new Date(now).getFullYear() ? undefined : 'numeric';
  return d.toLocaleDateString(undefined, { day: 'numeric', month: 'short', year });
}

/* "21 Nov 2026, 14:03:22.512 GMT+1" */
export function exact(at) {
  const t = Date.parse(at);
  if (Number.isNaN(t)) return '';
  return new Date(t).toLocaleString(undefined, {
    day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit',
    minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false,
    timeZoneName: 'short',
  });
}

/* "14:03:22" (or without the seconds) today, "20 Nov 14:03" else: for lists in which rows lie close together. */
export function clock(at, now, seconds = true) {
  const t = Date.parse(at);
  if (Number.isNaN(t)) return '–';
  const d = new Date(t);
  const today = d.toDateString() === new Date(now).toDateString();
  const time = d.toLocaleTimeString(undefined, {
    hour: '2-digit', minute: '2-digit', second: today && seconds ? '2-digit' : undefined, hour12: false,
  });
  return today ? time : `${shortDate(t, now)} ${time}`;
}

/* Seconds with the unit that suits: "340 ms", "1.2 s", "4 min 10 s", "2 h 5 min", "3 d 4 h". */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(Number(seconds))) return '–';
  const s = Math.max(0, Number(seconds));
  if (s < 0.0005) return '< 1 ms';
  if (s < 0.9995) return `${Math.round(s * 1000)} ms`;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < MINUTE) return `${Math.round(s)} s`;
  if (s < HOUR) return two(s, MINUTE, 'min', 1, 's');
  if (s < DAY) return two(s, HOUR, 'h', MINUTE, 'min');
  return two(s, DAY, 'd', HOUR, 'h');
}

function two(s, big, bigName, small, smallName) {
  const a = Math.floor(s / big);
  const b = Math.floor((s % big) / small);
  return b ? `${a} ${bigName} ${b} ${smallName}` : `${a} ${bigName}`;
}

/* Milliseconds until relative() may read differently. */
export function staleAfter(at, now) {
  const n = Math.abs(now - Date.parse(at)) / 1000;
  return n < MINUTE ? 5000 : n < HOUR ? 30000 : 300000;
}

/* A choice of time span ("1h", "24h", "7d") as the first moment it holds, RFC 3339; '' = all. */
export function since(span, now) {
  const m = /^(\d{1,4})(m|h|d)$/.exec(span ?? '');
  if (!m) return '';
  const unit = { m: MINUTE, h: HOUR, d: DAY }[m[2]];
  return new Date(now - Number(m[1]) * unit * 1000).toISOString();
}

/* Times as the engine writes them into sentences, in the viewer's zone. */
export const localTimes = (text) => String(text ?? '').replace(/\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z/g, (at) => new Date(at).toLocaleString(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hour12: false }));

/* A moment as a field for date and time holds it, and back: "2026-03-02T13:00" in the viewer's zone. */
export function localField(at) {
  const t = Date.parse(at);
  return Number.isNaN(t) ? '' : new Date(t - new Date(t).getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}
export function fromField(text) {
  const t = Date.parse(text);
  return Number.isNaN(t) ? '' : new Date(t).toISOString();
}
