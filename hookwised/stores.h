/* SPDX-License-Identifier: Apache-2.0 */
/* A few database connections for many workers: borrowed for a statement, or held over a call to
 * the PSA while an advisory lock on them must last. */
#ifndef HWD_STORES_H
#define HWD_STORES_H

#include "hookwised/daemon.h"

typedef enum {
    HWD_STORE_SHORT, /* given back before anything slow happens; HWD_DB_SHORT of them */
    HWD_STORE_HELD   /* kept over PSA calls: as many as the PSA may have connections */
} hwd_store_use_e;

apr_status_t hwd_stores_make(hwd_t *d, hw_result_t *res);
/* Blocks until one is free. Connects at first use; never fails by itself. */
hw_store_t *hwd_store_borrow(hwd_stores_t *s, hwd_store_use_e use);
void hwd_store_return(hwd_stores_t *s, hw_store_t *store, hwd_store_use_e use);
/* A connection of a thread's own (recorder, janitor), in its pool. */
apr_status_t hwd_store_own(hwd_t *d, hw_store_t **out, hw_result_t *res, apr_pool_t *p);

/* One creator at a time for (company, summary) inside this process: only it then asks PostgreSQL
 * for the lock between processes, so waiting costs no connection. */
void hwd_ticket_enter(hwd_stores_t *s, const char *company, const char *summary);
void hwd_ticket_leave(hwd_stores_t *s, const char *company, const char *summary);

#endif
