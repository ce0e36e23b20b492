/* SPDX-License-Identifier: Apache-2.0 */
/* What the admin API asks of the database beyond common/store.h: pages of endpoints with their
 * numbers, statistics, changes of many at once. */
#ifndef HW_STORE_ADMIN_H
#define HW_STORE_ADMIN_H

#include "common/store.h"

/* --- endpoints ------------------------------------------------------------------------------ */
#define HW_SPARK_HOURS 24
typedef struct {
    hw_endpoint_row_t *row;      /* without secrets */
    int has_hmac;
    apr_time_t previous_until;   /* the token before is taken until then; 0 = there is none */
    apr_int64_t events;          /* since it was created */
    apr_int64_t hours[HW_SPARK_HOURS]; /* events, oldest hour first; the last is the present one */
    apr_int64_t failed_24h, skipped_24h;
    const char *last_error, *last_error_id; /* NULL = none */
    apr_time_t last_error_at;
} hw_endpoint_view_t;

typedef struct {
    const char *id;              /* that one alone; NULL = all */
    const char *tenant, *q, *preset, *state; /* NULL = any; state: enabled, disabled, draft */
    int limit;                   /* 1 … 1000, 0 = 100 */
    const char *cursor;          /* as returned; NULL = from the start */
} hw_endpoint_filter_t;
/* Pinned ones first, then by display_order and name: array of hw_endpoint_view_t *, *next NULL at
 * the end. "bad-cursor", "bad-state", "bad-value" of the preset. */
apr_status_t hw_store_endpoint_page(hw_store_t *s, const hw_endpoint_filter_t *f, apr_time_t now,
                                    apr_array_header_t **out, const char **next, hw_result_t *res,
                                    apr_pool_t *p);
/* What it looks like: document, secrets as stars, "stats". */
hw_json_t *hw_endpoint_view_json(const hw_endpoint_view_t *view, apr_time_t now, apr_pool_t *p);

typedef struct {
    const hw_json_t *doc;
    int replace;                 /* doc is the whole document; 0: its members replace, null removes */
    const char *version;         /* the version it was made from: "changed" (409) when it is another
                                  * one now; NULL = whatever it is */
} hw_endpoint_save_t;
/* A hmac_secret of stars stays as it is, and so does one that a whole document leaves out; the
 * same goes for auth and notify and the secrets of their entries (hw_endpoint_auth_keep). */
apr_status_t hw_store_endpoint_save(hw_store_t *s, const char *id, const hw_endpoint_save_t *save,
                                    const hw_actor_t *by, hw_endpoint_row_t **out,
                                    hw_result_t *res, apr_pool_t *p);
/* display_order 0, 1, … in the order of ids (array of const char *), of the tenant's alone unless
 * it is NULL. "no-endpoint" for one that is not there. */
apr_status_t hw_store_endpoint_order(hw_store_t *s, const apr_array_header_t *ids,
                                     const char *tenant, const hw_actor_t *by, hw_result_t *res,
                                     apr_pool_t *p);

/* --- statistics ------------------------------------------------------------------------------ */
typedef struct {
    const char *tenant, *endpoint_id; /* NULL = all */
    const char *span;                 /* "hour" or "day": what the numbers are summed by */
    apr_time_t from;                  /* the first hour or day, at its start */
    int points;                       /* hours or days from there */
} hw_stats_filter_t;
/* One object of numbers for it all, with "from" and "to". */
apr_status_t hw_store_stats(hw_store_t *s, const hw_stats_filter_t *f, hw_json_t **out,
                            hw_result_t *res, apr_pool_t *p);
/* An array of one such object for each hour or day, with "at", those without events too. */
apr_status_t hw_store_stats_points(hw_store_t *s, const hw_stats_filter_t *f, hw_json_t **out,
                                   hw_result_t *res, apr_pool_t *p);
/* Adds "open_incidents" and "endpoints" as they are now. */
apr_status_t hw_store_stats_now(hw_store_t *s, const char *tenant, apr_time_t now, hw_json_t *v,
                                hw_result_t *res, apr_pool_t *p);
/* How long its events took, in seconds from arrival to record: {"events", "p50", "p95"} of the newest
 * 1,000 of the last 24 hours that came to an end; without any null. *out in p. */
apr_status_t hw_store_stats_times(hw_store_t *s, const char *endpoint_id, apr_time_t now,
                                  hw_json_t **out, hw_result_t *res, apr_pool_t *p);

/* --- history --------------------------------------------------------------------------------- */
/* For counting, replaying and deleting, q looks in summary, dedup key and error alone. limit and
 * cursor are not used. */
apr_status_t hw_store_history_count(hw_store_t *s, const hw_history_filter_t *f, int requests,
                                    apr_int64_t *count, hw_result_t *res, apr_pool_t *p);
/* The first id of each request, newest request first: array of const char *, at most max. */
apr_status_t hw_store_history_requests(hw_store_t *s, const hw_history_filter_t *f, int max,
                                       apr_array_header_t **ids, hw_result_t *res, apr_pool_t *p);
/* Rows, and requests no row is left of. Audited as "history.delete" with the filter as given. */
apr_status_t hw_store_history_delete(hw_store_t *s, const hw_history_filter_t *f,
                                     const hw_json_t *given, const hw_actor_t *by,
                                     apr_int64_t *deleted, hw_result_t *res, apr_pool_t *p);
/* Adds "alert_key", "parts", "replayable" and "timeline" to what hw_store_history_get gave. The
 * last: [{"stage":"received|taken|begun|decided|acted|recorded","at":…,"ms":since
 * received,"took_ms":since the stage before}]; a stage that was not reached is not there. */
apr_status_t hw_store_history_around(hw_store_t *s, hw_json_t *entry, hw_result_t *res,
                                     apr_pool_t *p);

/* --- incidents ------------------------------------------------------------------------------- */
typedef struct {
    const char *tenant, *status, *endpoint_id, *company, *q; /* NULL = any; status also "active" */
    int limit;
    const char *cursor;
} hw_incident_filter_t;
/* As hw_store_incident_list, with "endpoint_name", "events_count" and "last_event_at". */
apr_status_t hw_store_incident_page(hw_store_t *s, const hw_incident_filter_t *f, hw_json_t **out,
                                    hw_result_t *res, apr_pool_t *p);
/* Adds those three to what hw_store_incident_get gave. */
apr_status_t hw_store_incident_around(hw_store_t *s, hw_json_t *incident, hw_result_t *res,
                                      apr_pool_t *p);
/* A person's note, audited; *out is the note. */
apr_status_t hw_store_incident_comment(hw_store_t *s, const char *id, const char *text,
                                       const hw_actor_t *by, apr_time_t now, hw_json_t **out,
                                       hw_result_t *res, apr_pool_t *p);

/* --- tenant map ------------------------------------------------------------------------------ */
/* Array of {"id","pattern","company","chosen_by","updated_at"}, by pattern; chosen_by is the
 * model that chose the company, null = a person. id NULL = all. */
apr_status_t hw_store_tenantmap_list(hw_store_t *s, const char *id, hw_json_t **out,
                                     hw_result_t *res, apr_pool_t *p);
/* id NULL adds; else the row of that id, members NULL stay, both NULL remove it. *out NULL after a
 * removal. "conflict" for a pattern that another row has; APR_NOTFOUND "no-mapping". Audited. */
apr_status_t hw_store_tenantmap_save(hw_store_t *s, const char *id, const char *pattern,
                                     const char *company, const hw_actor_t *by, hw_json_t **out,
                                     hw_result_t *res, apr_pool_t *p);

#endif
