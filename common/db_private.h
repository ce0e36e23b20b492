/* SPDX-License-Identifier: Apache-2.0 */
/* What db.c and db_async.c share about a connection; nobody else includes it. */
#ifndef HW_DB_PRIVATE_H
#define HW_DB_PRIVATE_H

#include "common/db.h"

#define HW_DB_STMTS 96   /* prepared statements of a connection; further ones run unprepared */
#define HW_DB_CHANNELS 4 /* LISTENed channels */

typedef struct {
    const char *sql; /* compared by pointer */
    char name[16];
} hw_db_stmt_t;

struct hw_db_t {
    apr_pool_t *p;
    const char *url;
    PGconn *conn;
    int in_tx;
    int pinned;        /* its session is not to be replaced by another one */
    int pipeline;      /* statements sent since hw_db_pipeline_start, plus one; 0 = not in one */
    int stmts_before;  /* prepared when the pipeline began */
    int nstmts;
    unsigned next_name; /* never used twice: a failed pipeline may or may not have prepared it */
    hw_db_stmt_t stmts[HW_DB_STMTS];
    const char *channels[HW_DB_CHANNELS]; /* as LISTEN statements */
    int nchannels;
    char tenant[101];  /* whose rows the session sees; "" = all */
    int missed;        /* connected anew: notifications may have been missed */
};

/* Connected and idle, or in the transaction it was in. */
apr_status_t hw_db_ready(hw_db_t *db, hw_result_t *res);
/* Failures: of the connection (closes it), of a result. */
apr_status_t hw_db_down(hw_db_t *db, hw_result_t *res);
apr_status_t hw_db_failed(hw_db_t *db, const PGresult *r, hw_result_t *res);
const char *hw_db_words(const char *message, apr_pool_t *p);
/* Slot of a prepared statement, -1 = none; a new slot with a fresh name, -1 = full. */
int hw_db_prepared(const hw_db_t *db, const char *sql);
int hw_db_remember(hw_db_t *db, const char *sql);

#endif
