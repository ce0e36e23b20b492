/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as chat services want them. Pure: what came from outside loses control characters and what
 * the service would take for markup, links or a call to everybody, and every text is bounded. */
#ifndef HWD_MESSAGE_H
#define HWD_MESSAGE_H

#include "common/hw.h"

/* Bounds of the services, in bytes. */
#define HWD_SLACK_TEXT_MAX 2900          /* of a section; 3,000 characters */
#define HWD_TEAMS_MAX (26 * 1024)        /* of a message; 28 KB */
#define HWD_WEBEX_TEXT_MAX 7400          /* of the markdown; 7,439 */

typedef struct {
    const char *what;        /* create, close, reopen, failed, analysis, test */
    const char *endpoint;    /* its name; from here on NULL = none */
    const char *summary, *company;
    const char *ticket, *ticket_url;
    const char *error;       /* the PSA's words */
    const char *text;        /* of the language model */
    const char *history_url;
} hwd_message_t;

/* JSON documents. channel NULL: the webhook knows where. reply_to NULL: a message of its own. */
const char *hwd_message_slack(const hwd_message_t *m, const char *channel, const char *reply_to,
                              apr_pool_t *p);
const char *hwd_message_teams(const hwd_message_t *m, apr_pool_t *p);
const char *hwd_message_webex(const hwd_message_t *m, const char *room, const char *email,
                              const char *reply_to, apr_pool_t *p);

/* The page of a ticket in its destination; NULL = there is none. cw_url: of ConnectWise's API. */
const char *hwd_ticket_url(const char *destination, const char *ticket, const char *public_url,
                           const char *cw_url, const char *cw_company, apr_pool_t *p);

#endif
