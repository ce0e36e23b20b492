/* SPDX-License-Identifier: Apache-2.0 */
/* Sending to chat services: Slack (incoming webhook, Web API), Teams (workflow), Webex (messages,
 * incoming webhook). */
#ifndef HWD_CHAT_H
#define HWD_CHAT_H

#include "common/notify.h"
#include "hookwised/daemon.h"
#include "hookwised/message.h"

/* target with its secrets. *message_id: the service's, NULL when it tells none. Failures in the
 * service's words, never with a secret: temporary when it may take the message later; unknown
 * "outcome-unknown" when it was sent and is not known to have come; permanent when it was refused. */
apr_status_t hwd_chat_send(hwd_t *d, const hw_settings_t *settings, const hw_notify_t *target,
                           const hwd_message_t *m, const char *reply_to, int timeout,
                           const char **message_id, hw_result_t *res, apr_pool_t *p);

#endif
