/* SPDX-License-Identifier: Apache-2.0 */
/* Who may make a ticket: locks of a session, for an alert and for a company's summary. */
#include <string.h>

#include <apr_strings.h>

#include "common/store_private.h"

/* Two name spaces of advisory locks: alerts, and companies with summaries. */
#define ALERT_HASH "hashtextextended($1, 7304)"
#define TICKET_HASH "hashtextextended($2, 7305)"

/* The bar between company and summary cannot be mistaken: a length goes first. */
static void
lock_params(const hw_ticket_key_t *key, const char **params, apr_pool_t *p)
{
    const char *c = key->company ? key->company : "";

    params[0] = hw_text_param(key->alert_key, p);
    params[1] = hw_text_param(apr_psprintf(p, "%d:%s|%s", (int)strlen(c), c, key->summary), p);
}

hw_ticket_key_t
hw_ticket_key_of(const char *alert_key, const char *destination, const char *ticket_id,
                 apr_pool_t *p)
{
    hw_ticket_key_t key = { alert_key, apr_pstrcat(p, "a ticket of ", destination, NULL),
                            ticket_id };

    return key;
}

static void
unlock(hw_store_t *s, const char *sql, const char *key, apr_pool_t *ptemp)
{
    const char *params[] = { key };

    hw_db_execb(s->db, sql, 1, params, NULL, NULL, NULL, NULL, ptemp);
}

static void
unlock_alert(hw_store_t *s, const char *key, apr_pool_t *ptemp)
{
    unlock(s, "SELECT pg_advisory_unlock(hashtextextended($1, 7304))", key, ptemp);
}

static void
unlock_ticket(hw_store_t *s, const char *key, apr_pool_t *ptemp)
{
    unlock(s, "SELECT pg_advisory_unlock(hashtextextended($1, 7305))", key, ptemp);
}

apr_status_t
hw_store_ticket_lock(hw_store_t *s, const hw_ticket_key_t *key, int *held, hw_result_t *res,
                     apr_pool_t *ptemp)
{
    const char *params[2];
    int alert, ticket;
    PGresult *r;
    apr_status_t rv;

    *held = 0;
    lock_params(key, params, ptemp);
    rv = hw_db_execb(s->db,
                     "SELECT pg_try_advisory_lock(" ALERT_HASH "),"
                     " pg_try_advisory_lock(" TICKET_HASH ")",
                     2, params, NULL, NULL, &r, res, ptemp);
    if (rv != APR_SUCCESS)
        return rv;
    alert = hw_db_bool(r, 0, 0);
    ticket = hw_db_bool(r, 0, 1);
    if (alert && !ticket)
        unlock_alert(s, params[0], ptemp);
    if (ticket && !alert)
        unlock_ticket(s, params[1], ptemp);
    *held = alert && ticket;
    if (*held)
        hw_db_pin(s->db, 1);
    return APR_SUCCESS;
}

/* A session that ended has given its locks back already. */
void
hw_store_ticket_unlock(hw_store_t *s, const hw_ticket_key_t *key, apr_pool_t *ptemp)
{
    const char *params[2];

    lock_params(key, params, ptemp);
    unlock_ticket(s, params[1], ptemp);
    unlock_alert(s, params[0], ptemp);
    hw_db_pin(s->db, 0);
}

apr_status_t
hw_store_ticket_held(hw_store_t *s, hw_result_t *res, apr_pool_t *ptemp)
{
    return hw_db_execb(s->db, "SELECT 1", 0, NULL, NULL, NULL, NULL, res, ptemp);
}

/* pg_locks shows the two halves of a lock's number. */
apr_status_t
hw_store_ticket_fence(hw_store_t *s, const hw_ticket_key_t *key, int *ended, hw_result_t *res,
                      apr_pool_t *ptemp)
{
    const char *params[2];
    PGresult *r;
    apr_status_t rv;

    *ended = 0;
    lock_params(key, params, ptemp);
    rv = hw_db_execb(s->db,
                     "SELECT count(pg_terminate_backend(pid)) FROM ("
                     " SELECT DISTINCT l.pid FROM pg_locks l"
                     " WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted"
                     " AND l.database = (SELECT oid FROM pg_database"
                     "                   WHERE datname = current_database())"
                     " AND ((l.classid::bigint << 32) | l.objid::bigint)"
                     "     IN (" ALERT_HASH ", " TICKET_HASH ")"
                     " AND l.pid <> pg_backend_pid()) holders",
                     2, params, NULL, NULL, &r, res, ptemp);
    if (rv == APR_SUCCESS)
        *ended = (int)hw_db_int(r, 0, 0);
    return rv;
}
