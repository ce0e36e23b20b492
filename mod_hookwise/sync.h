/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses PSAs post to: they lead to the endpoints that mirror a provider's tickets. */
#ifndef MHW_SYNC_H
#define MHW_SYNC_H

#include <httpd.h>

/* What a child knows of those endpoints, for when Redis does not answer. */
typedef struct mhw_sync_t mhw_sync_t;

apr_status_t mhw_sync_make(mhw_sync_t **out, apr_pool_t *pchild);

/* The handler "hookwise-sync":
 *   POST …/webhooks/{provider}/ticket  as a webhook to the provider's endpoint whose credentials it
 *                                      shows; X-Webhook-Secret may hold the token
 *   POST …/webhooks/test               are the credentials those of any such endpoint?
 *   GET  …/webhooks/health             which providers have one */
int mhw_sync_handler(request_rec *r);

#endif
