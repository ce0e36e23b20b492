/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to the chat targets of endpoints: their kind of work after the ticket, and a test. */
#ifndef HWD_NOTIFIER_H
#define HWD_NOTIFIER_H

#include "hookwised/after.h"

extern const hwd_after_kind_t hwd_messages;

/* {"endpoint_id":…, "target": one id, optional} → a list of {"id","type","name","ok":bool,"message":
 * the service's words}: each target gets a test message. */
apr_status_t hwd_notify_test(hwd_t *d, const hw_settings_t *settings, const hw_json_t *args,
                             hw_json_t **out, hw_result_t *res, apr_pool_t *p);

#endif
