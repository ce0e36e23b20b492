/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL connections on libpq: parameters, results, reconnecting. No SQL lives here. */
#ifndef HW_DB_H
#define HW_DB_H

#include <libpq-fe.h>

#include "common/hw.h"

typedef struct hw_db_t hw_db_t; /* one connection; belongs to one thread at a time */

/* url: a libpq URL (SQLAlchemy's "postgresql+driver://" too) or conninfo string: "bad-url"
 * otherwise. Connects at first use. */
apr_status_t hw_db_make(const char *url, hw_db_t **out, hw_result_t *res, apr_pool_t *p);
/* Temporary: "database-down". Sets search path, statement time-out and UTC on each connect. */
apr_status_t hw_db_connect(hw_db_t *db, hw_result_t *res);
void hw_db_close(hw_db_t *db);

/* From now on, over reconnects as well, the session sees and writes rows of that tenant alone,
 * whatever a statement says (sql/017_tenant_rows.sql); NULL = of all. "no-schema" where the
 * database is older than that. Not in a transaction. */
apr_status_t hw_db_tenant(hw_db_t *db, const char *tenant, hw_result_t *res);
/* yes: while what the session holds (advisory locks) matters, a lost connection is not opened
 * again: calls fail with "database-down" until it is unpinned. */
void hw_db_pin(hw_db_t *db, int yes);

/* One statement, text parameters (NULL = SQL NULL). The result belongs to ptemp. Errors: class
 * temporary for connection loss, serialisation, deadlock, admin shutdown, out of resources
 * ("database-down", "database-busy"), a right that is missing ("database-denied") and for a schema that is not there or older than
 * the program ("no-schema"); "conflict" for unique violations; else "database-error"
 * with PostgreSQL's words. A lost connection is opened again by the next call, and the statement
 * is tried again once only outside a transaction and only when it was never sent. */
apr_status_t hw_db_exec(hw_db_t *db, const char *sql, int nparams, const char *const *params,
                        PGresult **out, hw_result_t *res, apr_pool_t *ptemp);
/* The same with lengths and formats, for bytea (format 1). Prepared once for each connection and
 * distinct sql pointer: pass string literals. */
apr_status_t hw_db_execb(hw_db_t *db, const char *sql, int nparams, const char *const *params,
                         const int *lens, const int *formats, PGresult **out, hw_result_t *res,
                         apr_pool_t *ptemp);

/* Several statements in one text, no parameters: migrations. */
apr_status_t hw_db_script(hw_db_t *db, const char *sql, hw_result_t *res);

apr_status_t hw_db_begin(hw_db_t *db, hw_result_t *res);
apr_status_t hw_db_commit(hw_db_t *db, hw_result_t *res);
void hw_db_rollback(hw_db_t *db); /* harmless outside a transaction */

/* Pipeline mode: many execs without a round trip each, between _start and _end (one sync). Used by
 * the recorder. Outside hw_db_begin … _commit what lies between is one transaction of its own: all
 * of it or nothing. _end must be called whatever _add said; it gives the first failure. */
apr_status_t hw_db_pipeline_start(hw_db_t *db, hw_result_t *res);
apr_status_t hw_db_pipeline_add(hw_db_t *db, const char *sql, int nparams,
                                const char *const *params, const int *lens, const int *formats,
                                hw_result_t *res);
apr_status_t hw_db_pipeline_end(hw_db_t *db, hw_result_t *res);

/* NOTIFY: waits up to timeout_ms for one on the channels LISTENed to; *channel NULL = none came.
 * After a reconnect, which LISTENs again, the first channel comes with the payload "": anything
 * may have changed meanwhile. */
apr_status_t hw_db_listen(hw_db_t *db, const char *channel, hw_result_t *res);
apr_status_t hw_db_wait(hw_db_t *db, int timeout_ms, const char **channel, const char **payload,
                        hw_result_t *res, apr_pool_t *p);

const char *hw_db_text(const PGresult *r, int row, int col, apr_pool_t *p); /* NULL for SQL NULL */
int hw_db_rows(const PGresult *r);
apr_int64_t hw_db_int(const PGresult *r, int row, int col);
int hw_db_bool(const PGresult *r, int row, int col);

#endif
