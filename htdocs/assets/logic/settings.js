/* SPDX-License-Identifier: Apache-2.0 */
/* The settings by topic, in plain words and with units. A setting that is not named here stands under Others. */

/* [title, [[name, words, unit], …]]. The unit is that of the number; '' or absent: none. */
export const TOPICS = [
  ['History and log', [
    ['LOG_RETENTION_DAYS', 'Keep history for', 'days'], ['LOG_LEVEL', 'Log this and what is worse'], ['LOG_TARGET', 'Log goes to'],
  ]],
  ['Tickets', [
    ['DESTINATION', 'Tickets go to'], ['CW_TICKET_PREFIX', 'Summary begins with'], ['CW_SERVICE_BOARD', 'Board'], ['CW_STATUS_NEW', 'Status when new'], ['CW_STATUS_CLOSED', 'Status when closed'],
    ['CW_DEFAULT_COMPANY_ID', 'Company when none is found'], ['PRIORITY_MAP', 'Priority of each severity'],
  ]],
  ['Retries and pace', [
    ['MAX_RETRIES', 'Tries after a failure', 'tries'], ['RETRY_BASE_MS', 'Wait before the first retry', 'milliseconds'], ['WORKER_THREADS', 'Events worked on at the same time', 'threads'],
    ['VIABILITY_TTL', 'Believe that a ticket is open for', 'seconds'], ['CW_SEARCH_GRACE', 'A new ticket is found after', 'seconds'],
  ]],
  ['Connection to ConnectWise', [
    ['CW_URL', 'Address'], ['CW_COMPANY', 'Company to sign in with'], ['CW_PUBLIC_KEY', 'Public key'], ['CW_PRIVATE_KEY', 'Private key'], ['CW_CLIENT_ID', 'Client id'],
    ['CW_TIMEOUT', 'Wait for an answer', 'seconds'], ['CW_RATE_PER_MINUTE', 'Calls, at most', 'a minute'], ['CW_MAX_CONNECTIONS', 'Connections, at most', 'connections'],
  ]],
  ['Language model', [
    ['AI_MODEL', 'Model'], ['LLM_MAX_TOKENS', 'Length of a note, at most', 'tokens'], ['LLM_TIMEOUT', 'Wait for a note', 'seconds'], ['AI_COMPANY', 'Ask it for companies that the TenantMap lacks'],
    ['AI_COMPANY_TIMEOUT', 'A ticket waits for that answer', 'seconds'], ['AI_THREADS', 'Notes written at the same time', 'notes'], ['OLLAMA_HOST', 'Address of Ollama'], ['AI_URL', 'Address of another service'], ['AI_API_KEY', 'Key of that service'],
  ]],
  ['Chat messages', [['NOTIFY_NETWORKS', 'Private networks allowed'], ['SLACK_API_URL', 'Address of Slack'], ['WEBEX_API_URL', 'Address of Webex']]],
  ['Web and sign-in', [
    ['PUBLIC_URL', 'Address of HookWise'], ['FORCE_HTTPS', 'Send readers to https'], ['MAX_CONTENT_LENGTH_KB', 'Size of a webhook, at most', 'kilobytes'], ['GUI_TRUSTED_IPS', 'Networks that may use these pages'],
    ['REMOTE_USER_ROLES', 'Roles of the site’s own users'], ['GUI_USERNAME', 'Name of the first user'], ['GUI_PASSWORD', 'Password of the first user'],
  ]],
  ['Storage and keys', [
    ['DATABASE_URL', 'PostgreSQL'], ['REDIS_URL', 'Redis'], ['REDIS_HOST', 'Host of Redis'], ['REDIS_PORT', 'Port of Redis'], ['REDIS_PASSWORD', 'Password of Redis'], ['REDIS_TIMEOUT', 'Wait for Redis', 'seconds'], ['ENCRYPTION_KEY', 'Keys of secrets at rest'],
    ['TLS_CA_FILE', 'Authorities trusted for calls'],
  ]],
];

export const SOURCE = {
  default: ['default', 'Nobody has set it'], file: ['file', 'Read from the settings file'], environment: ['environment', 'A variable of the environment; it wins over the file'], database: ['changed here', 'Changed at run time; it wins over file and environment'],
};

const ROWS = new Map(TOPICS.flatMap(([topic, rows]) => rows.map(([name, words, unit = '']) => [name, { topic, words, unit }])));
export const describe = (name) => ROWS.get(name) ?? { topic: 'Others', words: '', unit: '' };

/* "30 days"; a setting that counts nothing is as it is. */
export const valueOf = (s) => (s.value && s.type === 'int' && describe(s.name).unit ? `${s.value} ${describe(s.name).unit}` : s.value ?? '');

/* The bounds of a number, in words. */
export const bounds = (s) => (s.type === 'int' && s.min !== undefined ? `${s.min} to ${Number(s.max).toLocaleString('en')}${describe(s.name).unit ? ` ${describe(s.name).unit}` : ''}.` : '');

/* [[topic, settings]] of those that hold every word of the search; empty topics are left out. */
export function byTopic(items, search = '') {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (s) => `${s.name} ${describe(s.name).words} ${describe(s.name).topic} ${s.what} ${s.type === 'secret' ? '' : valueOf(s)}`.toLowerCase();
  const found = items.filter((s) => wanted.every((w) => text(s).includes(w)));
  const order = [...ROWS.keys()];
  const at = (s) => (order.indexOf(s.name) + 1 || order.length + 1);
  return [...TOPICS.map(([t]) => t), 'Others'].map((t) => [t, found.filter((s) => describe(s.name).topic === t).sort((a, b) => at(a) - at(b))]).filter(([, list]) => list.length);
}
