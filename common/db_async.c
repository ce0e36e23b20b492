/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL connections: pipelines of statements, and waiting for NOTIFY. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include <apr_strings.h>

#include "common/db_private.h"
#include "common/result.h"

apr_status_t
hw_db_pipeline_start(hw_db_t *db, hw_result_t *res)
{
    apr_status_t rv = hw_db_ready(db, res);

    if (rv != APR_SUCCESS)
        return rv;
    if (!PQenterPipelineMode(db->conn))
        return hw_db_down(db, res);
    db->pipeline = 1;
    db->stmts_before = db->nstmts;
    return APR_SUCCESS;
}

apr_status_t
hw_db_pipeline_add(hw_db_t *db, const char *sql, int nparams, const char *const *params,
                   const int *lens, const int *formats, hw_result_t *res)
{
    int slot = hw_db_prepared(db, sql), sent;

    if (!db->conn || !db->pipeline)
        return hw_db_down(db, res);
    if (slot < 0 && (slot = hw_db_remember(db, sql)) >= 0) {
        if (!PQsendPrepare(db->conn, db->stmts[slot].name, sql, nparams, NULL))
            return hw_db_down(db, res);
        db->pipeline++;
    }
    sent = slot < 0
               ? PQsendQueryParams(db->conn, sql, nparams, NULL, params, lens, formats, 0)
               : PQsendQueryPrepared(db->conn, db->stmts[slot].name, nparams, params, lens,
                                     formats, 0);
    if (!sent)
        return hw_db_down(db, res);
    db->pipeline++;
    return APR_SUCCESS;
}

/* Reads the results of the statements sent; the first failure is the one that counts, those
 * behind it were not executed. */
static apr_status_t
drain(hw_db_t *db, hw_result_t *res)
{
    apr_status_t rv = APR_SUCCESS;
    int done = 0;

    while (!done && db->conn) {
        PGresult *r = PQgetResult(db->conn);
        ExecStatusType st = PQresultStatus(r);
        if (!r) { /* between two statements; twice in a row means there is nothing to come */
            if (PQstatus(db->conn) != CONNECTION_OK)
                return rv == APR_SUCCESS ? hw_db_down(db, res) : rv;
            continue;
        }
        if (st == PGRES_PIPELINE_SYNC)
            done = 1;
        else if (st == PGRES_FATAL_ERROR && rv == APR_SUCCESS)
            rv = hw_db_failed(db, r, res);
        PQclear(r);
    }
    return rv;
}

apr_status_t
hw_db_pipeline_end(hw_db_t *db, hw_result_t *res)
{
    apr_status_t rv;

    if (!db->conn || !db->pipeline || !PQpipelineSync(db->conn))
        return hw_db_down(db, res);
    rv = drain(db, res);
    if (rv != APR_SUCCESS)
        db->nstmts = db->conn ? db->stmts_before : 0;
    db->pipeline = 0;
    if (db->conn && !PQexitPipelineMode(db->conn) && rv == APR_SUCCESS)
        rv = hw_db_down(db, res);
    return rv;
}

apr_status_t
hw_db_listen(hw_db_t *db, const char *channel, hw_result_t *res)
{
    char *quoted;
    apr_status_t rv = hw_db_ready(db, res);

    if (rv != APR_SUCCESS)
        return rv;
    if (db->nchannels == HW_DB_CHANNELS)
        return hw_fail(res, APR_ENOSPC, "database-error", "more than %d channels", HW_DB_CHANNELS);
    if (!(quoted = PQescapeIdentifier(db->conn, channel, strlen(channel))))
        return hw_db_down(db, res);
    db->channels[db->nchannels] = apr_pstrcat(db->p, "LISTEN ", quoted, NULL);
    PQfreemem(quoted);
    rv = hw_db_exec(db, db->channels[db->nchannels], 0, NULL, NULL, res, NULL);
    if (rv == APR_SUCCESS)
        db->nchannels++;
    return rv;
}

/* "LISTEN "name"" → name, for the made-up notification after a reconnect. */
static const char *
channel_name(const char *listen, apr_pool_t *p)
{
    return apr_pstrmemdup(p, listen + 8, strlen(listen) - 9);
}

static int
take_notify(hw_db_t *db, const char **channel, const char **payload, apr_pool_t *p)
{
    PGnotify *n;

    if (db->missed && db->nchannels) {
        db->missed = 0;
        *channel = channel_name(db->channels[0], p);
        *payload = "";
        return 1;
    }
    if (!(n = PQnotifies(db->conn)))
        return 0;
    *channel = apr_pstrdup(p, n->relname);
    *payload = apr_pstrdup(p, n->extra);
    PQfreemem(n);
    return 1;
}

apr_status_t
hw_db_wait(hw_db_t *db, int timeout_ms, const char **channel, const char **payload,
           hw_result_t *res, apr_pool_t *p)
{
    struct pollfd fd = { .events = POLLIN };
    apr_status_t rv = hw_db_ready(db, res);
    int n;

    *channel = *payload = NULL;
    if (rv != APR_SUCCESS || take_notify(db, channel, payload, p))
        return rv;
    fd.fd = PQsocket(db->conn);
    n = poll(&fd, 1, timeout_ms);
    if (n == 0 || (n < 0 && errno == EINTR))
        return APR_SUCCESS;
    if (n < 0 || !PQconsumeInput(db->conn))
        return hw_db_down(db, res);
    take_notify(db, channel, payload, p);
    return APR_SUCCESS;
}
