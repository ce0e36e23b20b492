/* SPDX-License-Identifier: Apache-2.0 */
/* Chat targets: the entries of an endpoint's "notify" list. */
#ifndef HW_NOTIFY_H
#define HW_NOTIFY_H

#include "common/json.h"

/* An entry:
 *   type      slack, teams or webex
 *   url       of an incoming webhook (Slack, Webex) or workflow (Teams): https; a secret
 *   token     of a bot, in place of a url, with one of the next three; a secret
 *   channel   slack: its id, or #name
 *   room_id   webex: a space; or
 *   email     webex: a person
 *   on        what is told: create, close, reopen, failed; default create, close, failed
 *   name      what people call it
 *   id        letters, digits, - and _; made when it is saved without one */
typedef enum { HW_CHAT_SLACK, HW_CHAT_TEAMS, HW_CHAT_WEBEX } hw_chat_e;

typedef enum {
    HW_TELL_CREATE = 1, HW_TELL_CLOSE = 2, HW_TELL_REOPEN = 4, HW_TELL_FAILED = 8
} hw_tell_e;
#define HW_TELL_DEFAULT (HW_TELL_CREATE | HW_TELL_CLOSE | HW_TELL_FAILED)

/* Members beside type, id and on, in the order they are kept in. */
typedef enum {
    HW_NT_NAME, HW_NT_URL, HW_NT_TOKEN, HW_NT_CHANNEL, HW_NT_ROOM, HW_NT_EMAIL, HW_NT_COUNT
} hw_notify_member_e;
extern const char *const hw_notify_members[HW_NT_COUNT];

#define HW_NOTIFY_MAX 10 /* entries of an endpoint */

/* Read-only. */
typedef struct {
    hw_chat_e chat;
    const char *type;               /* "slack", … */
    const char *id;                 /* "" = none yet */
    const char *value[HW_NT_COUNT]; /* NULL = not given; secrets shown as stars stay stars */
    unsigned on;                    /* of hw_tell_e */
} hw_notify_t;

/* A list of entries → array of (hw_notify_t *), empty for NULL. Secrets shown as stars are taken
 * for one that is kept elsewhere when masked is set, and refused otherwise. Errors name the
 * member, as in "notify[1].url": APR_EINVAL "bad-type", "bad-value", "required", "too-long",
 * "unknown-field", "out-of-range". */
apr_status_t hw_notify_compile(const hw_json_t *list, int masked, apr_array_header_t **out,
                               hw_result_t *res, apr_pool_t *p);
/* The entry of that id; NULL = none. */
const hw_notify_t *hw_notify_find(const apr_array_header_t *targets, const char *id);

/* A secret as it is shown: stars; of a URL the host stays before them. */
const char *hw_notify_shown(const char *member, const char *value, apr_pool_t *p);
/* Is the text one that hw_notify_shown makes? */
int hw_notify_is_shown(const char *value);

#endif
