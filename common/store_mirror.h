/* SPDX-License-Identifier: Apache-2.0 */
/* The mirror of the PSAs' tickets in the database, and what it says of alerts. */
#ifndef HW_STORE_MIRROR_H
#define HW_STORE_MIRROR_H

#include "common/mirror.h"
#include "common/store.h"

typedef enum { HW_MIRROR_ADDED, HW_MIRROR_CHANGED, HW_MIRROR_OLDER } hw_mirror_e;

/* What is told replaces what is known, unless something newer is (HW_MIRROR_OLDER: nothing was
 * changed). What is not told stays. Doing it twice is doing it once. */
apr_status_t hw_store_mirror_put(hw_store_t *s, const char *tenant, const char *endpoint_id,
                                 const hw_mirror_t *m, hw_mirror_e *what, hw_result_t *res,
                                 apr_pool_t *ptemp);

/* Ids of the endpoints that feed the mirror and are in force: object of provider → array of
 * ids. */
apr_status_t hw_store_mirror_endpoints(hw_store_t *s, hw_json_t **out, hw_result_t *res,
                                       apr_pool_t *p);

typedef struct {
    const char *tenant, *provider, *status, *q; /* NULL = all; q: text in subject, company or
                                                 * requester, or the ticket's id */
    int deleted;                                /* -1 = all, 0 = not deleted, 1 = deleted */
    int limit;
    const char *cursor;
} hw_mirror_filter_t;
/* {"items":[…],"next"}, the last changed first. */
apr_status_t hw_store_mirror_page(hw_store_t *s, const hw_mirror_filter_t *f, hw_json_t **out,
                                  hw_result_t *res, apr_pool_t *p);

/* Alerts that a ticket is open for: how many; found open (nobody need look for a while); found
 * closed by a person or gone. */
apr_status_t hw_store_ticket_alerts(hw_store_t *s, const char *destination, const char *ticket_id,
                                    int *count, hw_result_t *res, apr_pool_t *ptemp);
apr_status_t hw_store_ticket_seen(hw_store_t *s, const char *destination, const char *ticket_id,
                                  apr_time_t now, hw_result_t *res, apr_pool_t *ptemp);
apr_status_t hw_store_ticket_closed(hw_store_t *s, const char *destination, const char *ticket_id,
                                    apr_time_t closed_at, hw_result_t *res, apr_pool_t *ptemp);

#endif
