/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL connections: connecting, statements, transactions, results. Pipelines and NOTIFY:
 * db_async.c. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "common/db_private.h"
#include "common/result.h"

/* What libpq is told unless the URL says otherwise: a peer that vanished is noticed. */
static const char *const connect_defaults[][2] = {
    { "connect_timeout", "5" },      { "application_name", "hookwise" },
    { "client_encoding", "UTF8" },   { "keepalives_idle", "10" },
    { "keepalives_interval", "5" },  { "keepalives_count", "3" },
    { "tcp_user_timeout", "20000" },
};
#define NDEFAULTS (sizeof(connect_defaults) / sizeof(connect_defaults[0]))

static const char session_sql[] =
    "SET search_path = public; SET TimeZone = 'UTC'; SET statement_timeout = '60s';"
    "SET client_min_messages = warning; SET extra_float_digits = 1;"
    /* the server notices within half a minute that this machine is gone, and frees its locks */
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";

static apr_status_t
db_cleanup(void *data)
{
    hw_db_close(data);
    return APR_SUCCESS;
}

/* SQLAlchemy's "postgresql+psycopg2://" is what a HookWise .env says; libpq knows no drivers. */
static const char *
plain_url(const char *url, apr_pool_t *p)
{
    const char *plus = strchr(url, '+'), *colon = strstr(url, "://");

    if (!colon || !plus || plus > colon)
        return apr_pstrdup(p, url);
    return apr_pstrcat(p, apr_pstrmemdup(p, url, (apr_size_t)(plus - url)), colon, NULL);
}

apr_status_t
hw_db_make(const char *url, hw_db_t **out, hw_result_t *res, apr_pool_t *p)
{
    char *why = NULL;
    hw_db_t *db = apr_pcalloc(p, sizeof(*db));
    PQconninfoOption *parts;

    db->url = plain_url(url, p);
    db->p = p;
    if (!(parts = PQconninfoParse(db->url, &why))) {
        /* libpq repeats the text at fault, which may hold the password. */
        PQfreemem(why);
        return hw_fail(res, APR_EINVAL, "bad-url",
                       "not a PostgreSQL URL (postgresql://user:password@host/database) or "
                       "list of key=value");
    }
    PQconninfoFree(parts);
    apr_pool_cleanup_register(p, db, db_cleanup, apr_pool_cleanup_null);
    *out = db;
    return APR_SUCCESS;
}

/* libpq's messages end with a line end and may have several lines; the first tells it. */
const char *
hw_db_words(const char *message, apr_pool_t *p)
{
    const char *end = strchr(message, '\n');

    if (!strncmp(message, "ERROR:  ", 8))
        message += 8;
    else if (!strncmp(message, "FATAL:  ", 8))
        message += 8;
    return end ? apr_pstrmemdup(p, message, (apr_size_t)(end - message)) : apr_pstrdup(p, message);
}

apr_status_t
hw_db_down(hw_db_t *db, hw_result_t *res)
{
    const char *why = db->conn ? hw_db_words(PQerrorMessage(db->conn), res ? res->p : db->p) : "";

    hw_fail_temp(res, APR_ECONNRESET, "database-down", "the database cannot be reached: %s",
                 *why ? why : "not connected");
    hw_db_close(db);
    return APR_ECONNRESET;
}

void
hw_db_close(hw_db_t *db)
{
    if (db->conn)
        PQfinish(db->conn);
    db->conn = NULL;
    db->in_tx = db->pipeline = db->nstmts = 0;
}

void
hw_db_pin(hw_db_t *db, int yes)
{
    db->pinned = yes;
}

static void
quiet(void *arg, const PGresult *r)
{
    (void)arg;
    (void)r;
}

/* The cast fails where the views are not: nobody is to see the tables in their place. */
static apr_status_t
see_tenant(hw_db_t *db, hw_result_t *res)
{
    static const char bound[] =
        "SELECT set_config('hookwise.tenant', $1, false), 'hookwise_tenant.webhook_log'::regclass,"
        " set_config('search_path', 'hookwise_tenant, public', false)";
    static const char all[] = "SELECT set_config('hookwise.tenant', $1, false),"
                              " set_config('search_path', 'public', false)";
    const char *values[] = { db->tenant };
    PGresult *r = PQexecParams(db->conn, *db->tenant ? bound : all, 1, NULL, values, NULL, NULL, 0);
    apr_status_t rv = APR_SUCCESS;

    if (PQresultStatus(r) != PGRES_TUPLES_OK) {
        rv = hw_db_failed(db, r, res);
        hw_db_close(db); /* the next use tries again from the start */
    }
    PQclear(r);
    return rv;
}

static apr_status_t
session_setup(hw_db_t *db, hw_result_t *res)
{
    PGresult *r = PQexec(db->conn, session_sql);
    int good = PQresultStatus(r) == PGRES_COMMAND_OK;

    PQclear(r);
    for (int i = 0; good && i < db->nchannels; i++) {
        r = PQexec(db->conn, db->channels[i]);
        good = PQresultStatus(r) == PGRES_COMMAND_OK;
        PQclear(r);
    }
    if (good && db->nchannels)
        db->missed = 1;
    if (!good)
        return hw_db_down(db, res);
    return *db->tenant ? see_tenant(db, res) : APR_SUCCESS;
}

apr_status_t
hw_db_connect(hw_db_t *db, hw_result_t *res)
{
    const char *keys[NDEFAULTS + 2], *values[NDEFAULTS + 2];

    if (db->conn && PQstatus(db->conn) == CONNECTION_OK)
        return APR_SUCCESS;
    hw_db_close(db);
    for (unsigned i = 0; i < NDEFAULTS; i++) {
        keys[i] = connect_defaults[i][0];
        values[i] = connect_defaults[i][1];
    }
    keys[NDEFAULTS] = "dbname";
    values[NDEFAULTS] = db->url;
    keys[NDEFAULTS + 1] = values[NDEFAULTS + 1] = NULL;
    db->conn = PQconnectdbParams(keys, values, 1);
    if (!db->conn || PQstatus(db->conn) != CONNECTION_OK)
        return hw_db_down(db, res);
    PQsetNoticeReceiver(db->conn, quiet, NULL);
    return session_setup(db, res);
}

/* A server that went away while we were idle has said so on the socket: reading it before a
 * statement is sent is what makes reconnecting safe, since nothing can have been executed. */
static void
notice_loss(hw_db_t *db)
{
    struct pollfd fd = { .fd = PQsocket(db->conn), .events = POLLIN };

    for (int i = 0; i < 8 && PQstatus(db->conn) == CONNECTION_OK && poll(&fd, 1, 0) > 0; i++) {
        if (!PQconsumeInput(db->conn))
            break;
        PQisBusy(db->conn); /* parses what was read */
    }
}

apr_status_t
hw_db_ready(hw_db_t *db, hw_result_t *res)
{
    if (db->conn && !db->in_tx)
        notice_loss(db);
    if (db->conn && PQstatus(db->conn) == CONNECTION_OK)
        return APR_SUCCESS;
    if (db->in_tx || db->pinned)
        return hw_db_down(db, res);
    return hw_db_connect(db, res);
}

apr_status_t
hw_db_tenant(hw_db_t *db, const char *tenant, hw_result_t *res)
{
    const PGconn *was = db->conn;
    apr_status_t rv;

    if (tenant && strlen(tenant) >= sizeof(db->tenant))
        return hw_fail(res, APR_EINVAL, "bad-tenant", "the tenant's name is too long");
    if (!strcmp(db->tenant, tenant ? tenant : ""))
        return APR_SUCCESS;
    apr_cpystrn(db->tenant, tenant ? tenant : "", sizeof(db->tenant));
    if (!was)
        return APR_SUCCESS;
    rv = hw_db_ready(db, res); /* which may find it lost, and open another as it is to be */
    return rv == APR_SUCCESS && db->conn == was ? see_tenant(db, res) : rv;
}

/* SQLSTATE → class. First match wins; prefixes of two characters are whole classes. */
static const struct {
    const char *state, *problem;
    int temporary;
    apr_status_t rv;
} sqlstates[] = {
    { "23505", "conflict", 0, APR_EEXIST },
    { "57P", "database-down", 1, APR_ECONNRESET },   /* shutdown, crash, cannot connect now */
    { "08", "database-down", 1, APR_ECONNRESET },
    { "40", "database-busy", 1, APR_EAGAIN },        /* serialisation, deadlock */
    { "53", "database-busy", 1, APR_EAGAIN },        /* out of disk, memory, connections */
    { "55P03", "database-busy", 1, APR_EAGAIN },     /* lock not available */
    { "58", "database-busy", 1, APR_EGENERAL },      /* the disk, or the system, failed it */
    { "XX001", "database-busy", 1, APR_EGENERAL },   /* damaged: somebody has to mend it */
    { "XX002", "database-busy", 1, APR_EGENERAL },
    { "42501", "database-denied", 1, APR_EACCES },   /* a right is missing: likewise */
    { "26000", "database-down", 1, APR_ECONNRESET }, /* a pooler forgot what was prepared */
    { "0A000", "database-down", 1, APR_ECONNRESET }, /* a migration changed a prepared result */
    { "57014", "database-busy", 1, APR_TIMEUP },     /* statement time-out */
    { "25006", "database-down", 1, APR_ECONNRESET }, /* read-only: another server may be the one now */
    { "42P01", "no-schema", 1, APR_EAGAIN },         /* no such table, column or function: */
    { "42703", "no-schema", 1, APR_EAGAIN },         /* migrate was not run yet */
    { "42883", "no-schema", 1, APR_EAGAIN },
    { "3F000", "no-schema", 1, APR_EAGAIN },
    { "", "database-error", 0, APR_EGENERAL },
};

apr_status_t
hw_db_failed(hw_db_t *db, const PGresult *r, hw_result_t *res)
{
    const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL, *words;
    int i = 0;

    if (!r || !state || PQstatus(db->conn) != CONNECTION_OK)
        return hw_db_down(db, res);
    while (strncmp(state, sqlstates[i].state, strlen(sqlstates[i].state)))
        i++;
    words = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    if (!words)
        words = "no message";
    if (!strcmp(sqlstates[i].problem, "no-schema"))
        hw_fail_temp(res, sqlstates[i].rv, "no-schema",
                     "the database says: %s; run hookwisectl migrate", words);
    else if (!strcmp(sqlstates[i].problem, "database-down")) {
        hw_fail_temp(res, sqlstates[i].rv, "database-down", "the database went away: %s", words);
        hw_db_close(db);
    } else if (sqlstates[i].temporary)
        hw_fail_temp(res, sqlstates[i].rv, sqlstates[i].problem, "the database says: %s", words);
    else
        hw_fail(res, sqlstates[i].rv, sqlstates[i].problem, "the database says: %s", words);
    return sqlstates[i].rv;
}

static apr_status_t
result_cleanup(void *data)
{
    PQclear(data);
    return APR_SUCCESS;
}

static apr_status_t
take_result(hw_db_t *db, PGresult *r, PGresult **out, hw_result_t *res, apr_pool_t *ptemp)
{
    ExecStatusType st = PQresultStatus(r);
    apr_status_t rv;

    if (st != PGRES_TUPLES_OK && st != PGRES_COMMAND_OK && st != PGRES_EMPTY_QUERY) {
        rv = hw_db_failed(db, r, res);
        PQclear(r);
        return rv;
    }
    if (!out) {
        PQclear(r);
        return APR_SUCCESS;
    }
    apr_pool_cleanup_register(ptemp, r, result_cleanup, apr_pool_cleanup_null);
    *out = r;
    return APR_SUCCESS;
}

apr_status_t
hw_db_exec(hw_db_t *db, const char *sql, int nparams, const char *const *params, PGresult **out,
           hw_result_t *res, apr_pool_t *ptemp)
{
    apr_status_t rv = hw_db_ready(db, res);

    if (rv != APR_SUCCESS)
        return rv;
    return take_result(db, PQexecParams(db->conn, sql, nparams, NULL, params, NULL, NULL, 0), out,
                       res, ptemp);
}

apr_status_t
hw_db_script(hw_db_t *db, const char *sql, hw_result_t *res)
{
    apr_status_t rv = hw_db_ready(db, res);

    return rv == APR_SUCCESS ? take_result(db, PQexec(db->conn, sql), NULL, res, NULL) : rv;
}

int
hw_db_prepared(const hw_db_t *db, const char *sql)
{
    for (int i = 0; i < db->nstmts; i++)
        if (db->stmts[i].sql == sql)
            return i;
    return -1;
}

int
hw_db_remember(hw_db_t *db, const char *sql)
{
    if (db->nstmts == HW_DB_STMTS)
        return -1;
    db->stmts[db->nstmts].sql = sql;
    apr_snprintf(db->stmts[db->nstmts].name, sizeof(db->stmts[0].name), "hw%u", db->next_name++);
    return db->nstmts++;
}

static apr_status_t
prepare(hw_db_t *db, const char *sql, int nparams, int *slot, hw_result_t *res)
{
    PGresult *r;
    apr_status_t rv = APR_SUCCESS;

    if ((*slot = hw_db_prepared(db, sql)) >= 0)
        return APR_SUCCESS;
    if ((*slot = hw_db_remember(db, sql)) < 0)
        return APR_SUCCESS;
    r = PQprepare(db->conn, db->stmts[*slot].name, sql, nparams, NULL);
    if (PQresultStatus(r) != PGRES_COMMAND_OK) {
        db->nstmts--;
        rv = hw_db_failed(db, r, res);
    }
    PQclear(r);
    return rv;
}

apr_status_t
hw_db_execb(hw_db_t *db, const char *sql, int nparams, const char *const *params, const int *lens,
            const int *formats, PGresult **out, hw_result_t *res, apr_pool_t *ptemp)
{
    int slot = -1;
    PGresult *r;
    apr_status_t rv = hw_db_ready(db, res);

    if (rv == APR_SUCCESS)
        rv = prepare(db, sql, nparams, &slot, res);
    if (rv != APR_SUCCESS)
        return rv;
    r = slot < 0 ? PQexecParams(db->conn, sql, nparams, NULL, params, lens, formats, 0)
                 : PQexecPrepared(db->conn, db->stmts[slot].name, nparams, params, lens, formats, 0);
    return take_result(db, r, out, res, ptemp);
}

apr_status_t
hw_db_begin(hw_db_t *db, hw_result_t *res)
{
    apr_status_t rv = hw_db_script(db, "BEGIN", res);

    db->in_tx = rv == APR_SUCCESS;
    return rv;
}

/* COMMIT of a transaction that failed answers ROLLBACK without an error. */
apr_status_t
hw_db_commit(hw_db_t *db, hw_result_t *res)
{
    PGresult *r;
    apr_status_t rv = hw_db_ready(db, res);

    if (rv != APR_SUCCESS)
        return rv;
    r = PQexec(db->conn, "COMMIT");
    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        rv = hw_db_failed(db, r, res);
    else if (strcmp(PQcmdStatus(r), "COMMIT"))
        rv = hw_fail(res, APR_EGENERAL, "database-error", "the transaction had failed before");
    PQclear(r);
    db->in_tx = 0;
    return rv;
}

void
hw_db_rollback(hw_db_t *db)
{
    if (db->in_tx && db->conn && PQstatus(db->conn) == CONNECTION_OK)
        PQclear(PQexec(db->conn, "ROLLBACK"));
    db->in_tx = 0;
}

const char *
hw_db_text(const PGresult *r, int row, int col, apr_pool_t *p)
{
    if (PQgetisnull(r, row, col))
        return NULL;
    return apr_pstrmemdup(p, PQgetvalue(r, row, col), (apr_size_t)PQgetlength(r, row, col));
}

int
hw_db_rows(const PGresult *r)
{
    return PQntuples(r);
}

apr_int64_t
hw_db_int(const PGresult *r, int row, int col)
{
    return PQgetisnull(r, row, col) ? 0 : apr_atoi64(PQgetvalue(r, row, col));
}

int
hw_db_bool(const PGresult *r, int row, int col)
{
    return !PQgetisnull(r, row, col) && *PQgetvalue(r, row, col) == 't';
}
