/* SPDX-License-Identifier: Apache-2.0 */
/* Chat targets of an endpoint: what each kind needs. */
const HOOK = { id: 'url', label: 'Incoming webhook', fields: [['url', 'Address of the webhook', 'https…']] };
const CHATS = {
  slack: { title: 'Slack', ways: [HOOK, { id: 'token', label: 'Bot', fields: [['token', 'Token of the bot', 'xoxb-…'], ['channel', 'Channel', '#alerts']] }] },
  teams: { title: 'Microsoft Teams', ways: [{ id: 'url', label: 'Workflow', fields: [['url', 'Address of the workflow', 'https…']] }] },
  webex: { title: 'Webex', ways: [HOOK, { id: 'token', label: 'Bot', fields: [['token', 'Token of the bot', ''], ['room_id', 'Space (room id)', ''], ['email', 'or a person’s e-mail address', '']] }] },
};
export const TYPES = Object.entries(CHATS).map(([type, c]) => [type, c.title]);
export const chatOf = (entry) => CHATS[entry.type] ?? { title: entry.type, ways: [HOOK] };
export const wayOf = (entry) => { const { ways } = chatOf(entry); return ways.find((w) => w.id in entry) ?? ways[0]; };
export const freshTarget = (type) => ({ type, [CHATS[type].ways[0].id]: '' });

/* The same target told another way: what the other way needs goes. */
export function otherWay(entry, way) {
  const { url, token, channel, room_id, email, ...same } = entry;
  return { ...same, [way]: '' };
}

export const TOLD = [['create', 'opened'], ['close', 'closed'], ['reopen', 'reopened'], ['failed', 'failed']];
export const USUAL = ['create', 'close', 'failed'];

/* The list with one kind of message switched; the usual ones are the server's default. */
export function told(entry, what, on) {
  const now = entry.on ?? USUAL;
  const next = TOLD.map(([w]) => w).filter((w) => (w === what ? on : now.includes(w)));
  const { on: gone, ...rest } = entry;
  return next.join() === USUAL.join() ? rest : { ...rest, on: next };
}
