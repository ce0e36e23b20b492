/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts: the state of each problem, and what is about to be done for it. */
#include <string.h>

#include <apr_strings.h>

#include "common/store_private.h"

#define SHARING_SHOWN 5 /* other problems of a ticket that are named */

#define ALERT_COLUMNS                                                                             \
    "alert_key, endpoint_id, tenant, destination, company, dedup_key, summary_full, xref, open,"  \
    " ticket_id, " HW_TS_COL("opened_at") ", " HW_TS_COL("closed_at") ", "                        \
    HW_TS_COL("last_event_at") ", " HW_TS_COL("verified_at") ", closed_by_human, events,"         \
    " intent_request, intent_part, " HW_TS_COL("intent_at") ","                                   \
    HW_TS_COL("clock_timestamp() - intent_at")

static hw_alert_t *
alert_row(const PGresult *r, int row, apr_pool_t *p)
{
    hw_alert_t *a = apr_pcalloc(p, sizeof(*a));

    a->alert_key = hw_db_text(r, row, 0, p);
    a->endpoint_id = hw_db_text(r, row, 1, p);
    a->tenant = hw_db_text(r, row, 2, p);
    a->destination = hw_db_text(r, row, 3, p);
    a->company = hw_db_text(r, row, 4, p);
    a->dedup_key = hw_db_text(r, row, 5, p);
    a->summary_full = hw_db_text(r, row, 6, p);
    a->xref = hw_db_text(r, row, 7, p);
    a->open = hw_db_bool(r, row, 8);
    a->ticket_id = hw_db_text(r, row, 9, p);
    a->opened_at = hw_db_int(r, row, 10);
    a->closed_at = hw_db_int(r, row, 11);
    a->last_event_at = hw_db_int(r, row, 12);
    a->verified_at = hw_db_int(r, row, 13);
    a->closed_by_human = hw_db_bool(r, row, 14);
    a->events = hw_db_int(r, row, 15);
    a->intent_request = hw_db_text(r, row, 16, p);
    a->intent_part = (int)hw_db_int(r, row, 17);
    a->intent_at = hw_db_int(r, row, 18);
    a->intent_age = hw_db_int(r, row, 19);
    if (a->intent_age < 0) /* the server's clock was set back */
        a->intent_age = 0;
    return a;
}

static apr_array_header_t *
alert_rows(const PGresult *r, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, hw_db_rows(r) + 1, sizeof(hw_alert_t *));

    for (int i = 0; i < hw_db_rows(r); i++)
        APR_ARRAY_PUSH(list, hw_alert_t *) = alert_row(r, i, p);
    return list;
}

apr_status_t
hw_store_alert_get(hw_store_t *s, const char *alert_key, hw_alert_t **out, hw_result_t *res,
                   apr_pool_t *p)
{
    const char *params[] = { alert_key };
    PGresult *r;
    apr_status_t rv = hw_db_execb(
        s->db, "SELECT " ALERT_COLUMNS " FROM alert WHERE alert_key = $1", 1, params, NULL, NULL,
        &r, res, p);

    *out = NULL;
    if (rv == APR_SUCCESS && hw_db_rows(r))
        *out = alert_row(r, 0, p);
    return rv;
}

apr_status_t
hw_store_alert_open_by_dedup(hw_store_t *s, const char *endpoint_id, const char *dedup_key,
                             apr_array_header_t **out, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { endpoint_id, hw_text_param(dedup_key, p) };
    PGresult *r;
    apr_status_t rv = hw_db_execb(
        s->db,
        "SELECT " ALERT_COLUMNS " FROM alert WHERE open AND endpoint_id = $1"
        " AND md5(dedup_key) = md5($2::text) AND dedup_key = $2 ORDER BY opened_at, alert_key",
        2, params, NULL, NULL, &r, res, p);

    if (rv == APR_SUCCESS)
        *out = alert_rows(r, p);
    return rv;
}

int
hw_alert_holds(const hw_alert_t *a, const hw_part_t *part)
{
    return a != NULL && a->open && a->ticket_id != NULL &&
           strcmp(a->destination, part->destination) == 0;
}

apr_status_t
hw_store_alert_meant(hw_store_t *s, const hw_part_t *part, hw_alert_t **out, int *several,
                     hw_result_t *res, apr_pool_t *p)
{
    int nameless = part->kind == HW_KIND_CLOSE && !part->company_named, n = 0;
    apr_array_header_t *list;
    apr_status_t rv;

    *out = NULL;
    *several = 0;
    if (!nameless && part->company_was == NULL)
        return APR_SUCCESS;
    rv = hw_store_alert_open_by_dedup(s, part->endpoint_id, part->dedup_key, &list, res, p);
    for (int i = 0; rv == APR_SUCCESS && i < list->nelts; i++) {
        hw_alert_t *a = APR_ARRAY_IDX(list, i, hw_alert_t *);

        if (hw_alert_holds(a, part) && (nameless || hw_part_was_of(part, a->company))) {
            *out = a;
            n++;
        }
    }
    if (n > 1)
        *out = NULL;
    *several = n > 1;
    return rv;
}

apr_status_t
hw_store_alert_by_ticket(hw_store_t *s, const char *destination, const char *ticket_id,
                         apr_array_header_t **out, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { destination, ticket_id };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db,
                                  "SELECT " ALERT_COLUMNS " FROM alert WHERE destination = $1"
                                  " AND ticket_id = $2 ORDER BY open DESC, alert_key",
                                  2, params, NULL, NULL, &r, res, p);

    if (rv == APR_SUCCESS)
        *out = alert_rows(r, p);
    return rv;
}

/* "a, b and c" */
static const char *
list_text(const apr_array_header_t *names, apr_pool_t *p)
{
    const char *text = NULL;

    for (int i = 0; i < names->nelts; i++)
        text = apr_pstrcat(p, i == 0 ? "" : text,
                           i == 0 ? "" : i + 1 < names->nelts ? ", " : " and ",
                           APR_ARRAY_IDX(names, i, const char *), NULL);
    return text;
}

apr_status_t
hw_store_alert_sharing(hw_store_t *s, const hw_alert_t *alert, const char **out, hw_result_t *res,
                       apr_pool_t *p)
{
    const char *params[] = { alert->destination, alert->ticket_id, alert->alert_key,
                             hw_int_param(SHARING_SHOWN + 1, p), alert->tenant };
    apr_array_header_t *names = apr_array_make(p, SHARING_SHOWN + 1, sizeof(const char *));
    PGresult *r;
    apr_status_t rv = hw_db_execb(
        s->db,
        "SELECT CASE WHEN a.tenant = $5 THEN"
        " format('\"%s\" of the endpoint \"%s\"', left(a.dedup_key, 100), e.name)"
        " ELSE 'an endpoint of another tenant' END"
        " FROM alert a JOIN endpoint e ON e.id = a.endpoint_id WHERE a.open"
        " AND a.destination = $1 AND a.ticket_id = $2 AND a.alert_key <> $3"
        " ORDER BY a.opened_at, a.alert_key LIMIT $4::int",
        5, params, NULL, NULL, &r, res, p);

    for (int i = 0; rv == APR_SUCCESS && i < hw_db_rows(r); i++)
        APR_ARRAY_PUSH(names, const char *) =
            i < SHARING_SHOWN ? hw_db_text(r, i, 0, p) : "others";
    *out = list_text(names, p);
    return rv;
}

/* In two steps, each of which has an index: open alerts, and creates that are under way. */
apr_status_t
hw_store_alert_twin(hw_store_t *s, const hw_part_t *part, const hw_twin_ask_t *ask,
                    hw_twin_t *out, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { hw_text_param(part->summary_full, p), part->endpoint_id,
                             part->destination, hw_text_param(part->company, p), part->tenant,
                             hw_ts_param(ask->opened_since, p),
                             hw_int_param(ask->intent_younger, p) };
    PGresult *r;
    apr_status_t rv = hw_db_execb(
        s->db,
        "(SELECT ticket_id, 0 FROM alert WHERE open AND md5(summary_full) = md5($1::text)"
        " AND summary_full = $1 AND endpoint_id <> $2 AND destination = $3"
        " AND company IS NOT DISTINCT FROM $4 AND tenant = $5 AND ticket_id IS NOT NULL"
        " AND opened_at >= $6::timestamptz ORDER BY opened_at DESC, alert_key LIMIT 1)"
        " UNION ALL"
        " (SELECT NULL, 1 FROM alert WHERE NOT open AND intent_request IS NOT NULL"
        " AND intent_at > clock_timestamp() - $7::bigint * interval '1 microsecond'"
        " AND summary_full = $1 AND endpoint_id <> $2 AND destination = $3"
        " AND company IS NOT DISTINCT FROM $4 AND tenant = $5 LIMIT 1) ORDER BY 2 LIMIT 1",
        7, params, NULL, NULL, &r, res, p);

    memset(out, 0, sizeof(*out));
    if (rv == APR_SUCCESS && hw_db_rows(r) > 0) {
        out->ticket_id = hw_db_text(r, 0, 0, p);
        out->under_way = hw_db_int(r, 0, 1) == 1;
    }
    return rv;
}

/* The identity of a part, as the first eight parameters of both statements below. */
#define IDENTITY_COUNT 8
static void
identity_params(const hw_part_t *part, const char **params, apr_pool_t *p)
{
    params[0] = part->alert_key;
    params[1] = part->endpoint_id;
    params[2] = part->tenant;
    params[3] = part->destination;
    params[4] = hw_text_param(part->company, p);
    params[5] = hw_text_param(part->dedup_key, p);
    params[6] = hw_text_param(part->summary_full, p);
    params[7] = hw_text_param(part->xref, p);
}
#define IDENTITY_INSERT                                                                           \
    "INSERT INTO alert AS a (alert_key, endpoint_id, tenant, destination, company, dedup_key,"    \
    " summary_full, xref, "
/* A key never changes its identity, but the destination of an endpoint may be changed. */
#define IDENTITY_UPDATE                                                                           \
    " ON CONFLICT (alert_key) DO UPDATE SET destination = excluded.destination,"                  \
    " summary_full = excluded.summary_full, "

apr_status_t
hw_store_intent(hw_store_t *s, const hw_part_t *part, const char *request_id, hw_result_t *res,
                apr_pool_t *p)
{
    const char *params[IDENTITY_COUNT + 2];

    identity_params(part, params, p);
    params[8] = request_id;
    params[9] = hw_int_param(part->part, p);
    return hw_db_execb(
        s->db,
        IDENTITY_INSERT "intent_request, intent_part, intent_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::int, clock_timestamp())"
        IDENTITY_UPDATE "intent_request = excluded.intent_request,"
        " intent_part = excluded.intent_part, intent_at = excluded.intent_at",
        10, params, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_intent_drop(hw_store_t *s, const char *alert_key, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { alert_key };

    return hw_db_execb(s->db,
                       "UPDATE alert SET intent_request = NULL, intent_part = NULL,"
                       " intent_at = NULL WHERE alert_key = $1",
                       1, params, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_alert_opened(hw_store_t *s, const hw_part_t *part, const char *ticket_id, int created,
                      apr_time_t now, hw_result_t *res, apr_pool_t *p)
{
    const char *params[IDENTITY_COUNT + 3];

    identity_params(part, params, p);
    params[8] = ticket_id;
    params[9] = hw_ts_param(now, p);
    params[10] = created ? "t" : "f";
    return hw_db_execb(
        s->db,
        IDENTITY_INSERT "ticket_id, open, opened_at, verified_at, last_event_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, true, $10::timestamptz, $10::timestamptz,"
        " $10::timestamptz)"
        IDENTITY_UPDATE "ticket_id = excluded.ticket_id, open = true,"
        " opened_at = CASE WHEN a.open AND a.ticket_id = excluded.ticket_id THEN a.opened_at"
        "                  ELSE excluded.opened_at END,"
        " verified_at = excluded.verified_at, closed_at = NULL, closed_by_human = false,"
        " intent_request = CASE WHEN $11::boolean THEN a.intent_request END,"
        " intent_part = CASE WHEN $11::boolean THEN a.intent_part END,"
        " intent_at = CASE WHEN $11::boolean THEN a.intent_at END",
        11, params, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_alert_closed(hw_store_t *s, const char *alert_key, int by_human, apr_time_t now,
                      hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { alert_key, by_human ? "t" : "f", hw_ts_param(now, p) };

    return hw_db_execb(s->db,
                       "UPDATE alert SET open = false, closed_at = $3::timestamptz,"
                       " closed_by_human = $2::boolean, intent_request = NULL, intent_part = NULL,"
                       " intent_at = NULL WHERE alert_key = $1",
                       3, params, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_alert_verified(hw_store_t *s, const char *alert_key, apr_time_t now, hw_result_t *res,
                        apr_pool_t *p)
{
    const char *params[] = { alert_key, hw_ts_param(now, p) };

    return hw_db_execb(s->db,
                       "UPDATE alert SET verified_at = $2::timestamptz WHERE alert_key = $1", 2,
                       params, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_alert_forget(hw_store_t *s, apr_int64_t *alerts, hw_result_t *res, apr_pool_t *p)
{
    PGresult *r;
    apr_status_t rv = hw_db_exec(s->db,
                                 "WITH u AS (UPDATE alert SET verified_at = NULL"
                                 " WHERE open AND verified_at IS NOT NULL RETURNING 1)"
                                 " SELECT (SELECT count(*) FROM u),"
                                 " pg_notify('hookwise_config', 'cache')",
                                 0, NULL, &r, res, p);

    *alerts = rv == APR_SUCCESS ? hw_db_int(r, 0, 0) : 0;
    return rv;
}
