/* SPDX-License-Identifier: Apache-2.0 */
/* All SQL of the product behind functions: endpoints, alerts, history, incidents, users, settings.
 * Implementation: common/store_*.c, one file for each noun. Schema: sql/. What is done later than
 * an event, the health of endpoints (config_health) among it: common/store_work.h. */
#ifndef HW_STORE_H
#define HW_STORE_H

#include "common/crypto.h"
#include "common/db.h"
#include "common/decide.h"
#include "common/queue.h"

/* What storing needs: one connection and the keys for secrets at rest. */
typedef struct {
    hw_db_t *db;
    const hw_keyring_t *ring;
} hw_store_t;

/* Who did it, for the audit log of every change. */
typedef struct {
    const char *user;    /* "admin", "hookwisectl", "hookwised" */
    const char *address; /* "" = local */
    const char *tenant;  /* to which he is bound; NULL = to none */
} hw_actor_t;

/* --- schema --------------------------------------------------------------------------------- */
/* The files of sql/, compiled in; in order, ends with number 0. */
typedef struct {
    int number;
    const char *name; /* "001_core" */
    const char *sql;
} hw_migration_t;
extern const hw_migration_t hw_migrations[];

/* Applies the migrations the database does not have yet, each in a transaction, under an advisory
 * lock. applied: array of const char *, their names (may be NULL). Errors: "newer-database" when
 * it holds a migration this program does not know, "changed-migration" when one that was applied
 * reads differently now. */
apr_status_t hw_store_migrate(hw_db_t *db, apr_array_header_t **applied, hw_result_t *res,
                              apr_pool_t *p);
/* Daily partitions of history for today − 1 … today + days; APR_SUCCESS when they exist. Also the
 * planner's statistics of those that have grown. */
apr_status_t hw_store_partitions(hw_db_t *db, apr_time_t now, int days_ahead, hw_result_t *res,
                                 apr_pool_t *p);
/* Drops partitions wholly older than the given days (0 = keep all); *dropped = number of days.
 * Also rows of the ticket mirror that were told to be deleted before that. */
apr_status_t hw_store_retention(hw_db_t *db, apr_time_t now, int days, int *dropped,
                                hw_result_t *res, apr_pool_t *p);

/* --- endpoints ------------------------------------------------------------------------------ */
typedef struct {
    const char *id, *name, *tenant, *version;
    hw_json_t *doc;        /* normal form, secrets not in it; NULL hmac_secret etc. */
    const char *token;     /* clear text; NULL where not asked for */
    const char *hmac_secret;
    hw_json_t *auth, *notify; /* entries with their secrets; NULL where not asked for */
    apr_time_t created_at, updated_at, last_seen_at, token_created_at;
} hw_endpoint_row_t;

/* doc is checked (hw_endpoint_check), completed with a 64-character id and a token when bearer is
 * on, stored and audited. The row comes back with the token. */
apr_status_t hw_store_endpoint_create(hw_store_t *s, const hw_json_t *doc, const hw_actor_t *by,
                                      hw_endpoint_row_t **out, hw_result_t *res, apr_pool_t *p);
/* Members of patch replace those of the document (null removes). APR_NOTFOUND "no-endpoint". */
apr_status_t hw_store_endpoint_update(hw_store_t *s, const char *id, const hw_json_t *patch,
                                      const hw_actor_t *by, hw_endpoint_row_t **out,
                                      hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_endpoint_delete(hw_store_t *s, const char *id, const hw_actor_t *by,
                                      hw_result_t *res, apr_pool_t *p);
/* A new token; the old one stays valid for overlap_seconds (0 = not at all). */
apr_status_t hw_store_endpoint_rotate(hw_store_t *s, const char *id, int overlap_seconds,
                                      const hw_actor_t *by, hw_endpoint_row_t **out,
                                      hw_result_t *res, apr_pool_t *p);
/* id: the id, or a name that only one endpoint has. secrets: also token, hmac_secret and
 * auth and notify with their secrets. */
apr_status_t hw_store_endpoint_get(hw_store_t *s, const char *id, int secrets,
                                   hw_endpoint_row_t **out, hw_result_t *res, apr_pool_t *p);
/* How many endpoints there are, and how many hold a secret that none of the keys opens. */
apr_status_t hw_store_endpoint_sealed(hw_store_t *s, int *all, int *strange, hw_result_t *res,
                                      apr_pool_t *p);
/* All of them, by display_order and name: array of hw_endpoint_row_t *. */
apr_status_t hw_store_endpoint_list(hw_store_t *s, int secrets, apr_array_header_t **out,
                                    hw_result_t *res, apr_pool_t *p);
/* Document for people and exports: doc plus id, and those secrets that the row has. */
hw_json_t *hw_endpoint_row_json(const hw_endpoint_row_t *row, apr_pool_t *p);

/* Publishing: reads under an advisory lock and writes hw:ep/hw:epv (common/publish.c), so that two
 * publishers never put an older state over a newer one. id NULL = all, removing what is gone, and
 * users and API keys too (common/identity.h). Of the settings, MAX_CONTENT_LENGTH_KB counts for
 * endpoints that set no limit. */
apr_status_t hw_publish(hw_store_t *s, hw_queue_t *q, const hw_settings_t *settings,
                        const char *id, int *count, hw_result_t *res, apr_pool_t *p);

/* --- settings kept in the database, tenant map ----------------------------------------------- */
apr_status_t hw_store_setting_get(hw_store_t *s, const char *name, const char **value,
                                  hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_setting_set(hw_store_t *s, const char *name, const char *value,
                                  const hw_actor_t *by, hw_result_t *res, apr_pool_t *p);
/* All of them as one object of texts. value NULL above removes one. */
apr_status_t hw_store_setting_list(hw_store_t *s, hw_json_t **out, hw_result_t *res,
                                   apr_pool_t *p);
#define HW_SETTING_MAINTENANCE "maintenance_mode" /* "1" = on */
apr_status_t hw_store_tenantmap(hw_store_t *s, apr_array_header_t **out, hw_result_t *res,
                                apr_pool_t *p); /* of hw_tenant_map_t */
/* company NULL removes: APR_NOTFOUND "no-mapping" when there is none. */
apr_status_t hw_store_tenantmap_set(hw_store_t *s, const char *pattern, const char *company,
                                    const hw_actor_t *by, hw_result_t *res, apr_pool_t *p);

/* A text that differs after every committed change of endpoints, settings or tenant map: whoever
 * reads it after a change was answered does not see the text from before it. */
apr_status_t hw_store_config_stamp(hw_store_t *s, const char **stamp, hw_result_t *res,
                                   apr_pool_t *p);

/* --- alerts (the state of each problem) ------------------------------------------------------ */
typedef struct {
    const char *alert_key, *endpoint_id, *tenant, *destination, *company, *dedup_key;
    const char *summary_full, *xref;
    int open;
    const char *ticket_id;       /* NULL = none yet */
    apr_time_t opened_at, closed_at, last_event_at;
    apr_time_t verified_at;      /* when the PSA last said it is open */
    int closed_by_human;
    apr_int64_t events;          /* how many parts it has met */
    const char *intent_request;  /* not open: a create is under way, or its outcome is unknown; open:
                                  * the event that made the ticket; NULL = none */
    int intent_part;
    apr_time_t intent_at;
    apr_interval_time_t intent_age; /* by the database's clock, which intent_at is of, too */
} hw_alert_t;

/* By key; *out NULL when there is none. */
apr_status_t hw_store_alert_get(hw_store_t *s, const char *alert_key, hw_alert_t **out,
                                hw_result_t *res, apr_pool_t *p);
/* Open alerts of an endpoint with that dedup key, any company: array of hw_alert_t *. */
apr_status_t hw_store_alert_open_by_dedup(hw_store_t *s, const char *endpoint_id,
                                          const char *dedup_key, apr_array_header_t **out,
                                          hw_result_t *res, apr_pool_t *p);
/* Has it an open ticket where the part's ticket would be? A NULL alert has not. */
int hw_alert_holds(const hw_alert_t *a, const hw_part_t *part);
/* For a part whose own key finds no open alert: a recovery that names no company is about the only
 * open alert with its dedup key on its endpoint; what has a company by now (company_was) may be
 * about one that had another before. *out NULL when there is none, or with *several when there are
 * more. */
apr_status_t hw_store_alert_meant(hw_store_t *s, const hw_part_t *part, hw_alert_t **out,
                                  int *several, hw_result_t *res, apr_pool_t *p);
/* The other open alerts on its ticket, of endpoints that still exist, oldest first, at most five
 * by name: '"www.example.com" of the endpoint "shop", … and others'. *out NULL when there is
 * none. */
apr_status_t hw_store_alert_sharing(hw_store_t *s, const hw_alert_t *alert, const char **out,
                                    hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_alert_by_ticket(hw_store_t *s, const char *destination,
                                      const char *ticket_id, apr_array_header_t **out,
                                      hw_result_t *res, apr_pool_t *p);
/* What other endpoints did at the same destination for the same company and summary: the ticket
 * opened since then (NULL = none), or a create begun a moment ago whose outcome is not known. */
typedef struct {
    apr_time_t opened_since;
    apr_interval_time_t intent_younger;
} hw_twin_ask_t;
typedef struct {
    const char *ticket_id;
    int under_way;
} hw_twin_t;
apr_status_t hw_store_alert_twin(hw_store_t *s, const hw_part_t *part, const hw_twin_ask_t *ask,
                                 hw_twin_t *out, hw_result_t *res, apr_pool_t *p);
/* Commits "about to create a ticket for this alert" before anything is sent. */
apr_status_t hw_store_intent(hw_store_t *s, const hw_part_t *part, const char *request_id,
                             hw_result_t *res, apr_pool_t *p);
/* The create was refused or never sent: there is no ticket to look for. */
apr_status_t hw_store_intent_drop(hw_store_t *s, const char *alert_key, hw_result_t *res,
                                  apr_pool_t *p);
/* The ticket is known: written at once, in its own transaction, before any later step. created: it
 * is the one the intent was for, which stays to tell which event made it. */
apr_status_t hw_store_alert_opened(hw_store_t *s, const hw_part_t *part, const char *ticket_id,
                                   int created, apr_time_t now, hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_alert_closed(hw_store_t *s, const char *alert_key, int by_human,
                                   apr_time_t now, hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_alert_verified(hw_store_t *s, const char *alert_key, apr_time_t now,
                                     hw_result_t *res, apr_pool_t *p);
/* Forgets when the PSA last said that tickets are open, so that the next event of each looks
 * again, and tells hookwised (channel hookwise_config, payload "cache"). *alerts = their
 * number. */
apr_status_t hw_store_alert_forget(hw_store_t *s, apr_int64_t *alerts, hw_result_t *res,
                                   apr_pool_t *p);
/* Who makes a ticket holds its alert, and its company and summary (two endpoints racing to one
 * ticket), until its own tables know the ticket: locks of the session. Implementation:
 * common/store_lock.c. */
typedef struct {
    const char *alert_key, *company, *summary; /* company NULL = none */
} hw_ticket_key_t;
/* The locks of a ticket that there is, in place of company and summary: alerts that share it. */
hw_ticket_key_t hw_ticket_key_of(const char *alert_key, const char *destination,
                                 const char *ticket_id, apr_pool_t *p);
/* Does not wait: *held 0 when another session has one of them. While held the connection is
 * pinned: once it is lost every call fails, so that nothing is done without the locks. A session
 * may take several keys, also with the same alert, and gives each back. */
apr_status_t hw_store_ticket_lock(hw_store_t *s, const hw_ticket_key_t *key, int *held,
                                  hw_result_t *res, apr_pool_t *ptemp);
void hw_store_ticket_unlock(hw_store_t *s, const hw_ticket_key_t *key, apr_pool_t *ptemp);
/* Asks the server: fails when the session that took them has ended. */
apr_status_t hw_store_ticket_held(hw_store_t *s, hw_result_t *res, apr_pool_t *ptemp);
/* Ends the sessions of others that hold them: whoever wakes up finds that out before it sends
 * anything. *ended = their number. */
apr_status_t hw_store_ticket_fence(hw_store_t *s, const hw_ticket_key_t *key, int *ended,
                                   hw_result_t *res, apr_pool_t *ptemp);

/* --- history --------------------------------------------------------------------------------- */
/* One row for each event and element. */
typedef struct {
    const char *request_id;
    int part;
    const char *config_id, *config_name, *tenant;
    apr_time_t received_at;    /* of the request; never changes for it: history's created_at */
    const char *status;        /* processed, skipped, retrying, failed, dlq, rejected */
    const char *action;        /* create, update, close, reopen or NULL */
    const char *ticket_id, *destination, *company, *summary, *dedup_key, *matched_rule;
    const char *error_message;
    double processing_time;    /* seconds from received to recorded */
    int retry_count;
    const char *source_ip;
    const char *payload, *headers, *trace; /* JSON or text, masked */
    apr_time_t taken_at, begun_at, decided_at; /* read from the queue; its turn among the events of
                                * its alert; settled; 0 = not reached */
    const char *alert_key;     /* NULL = none */
    int analyse;               /* processed, its ticket is to get a note by the language model */
    const apr_array_header_t *notify; /* chat targets of the endpoint, of hw_notify_t *; NULL = none */
    int quiet;                 /* they are told nothing of it: somebody replays it */
    int synthetic;             /* 1 = made by us (heartbeat, replay): no sign that the sender
                                * lives, so it does not renew last_seen_at */
} hw_history_t;

/* The exact request beside it, sealed: one for each request, not for each part. */
typedef struct {
    const char *request_id;
    const hw_event_t *event;   /* stored as its stream fields, sealed */
} hw_raw_t;

/* Record a group in one transaction: history rows (a row of the same request, part and
 * received_at is replaced: idempotent; but none that is final by "retrying", and none that is
 * processed, skipped or rejected by a failure), raw requests (the first stays), last_seen of endpoints,
 * events and last_event_at of alerts. All or nothing, two statements, one round trip. Memory is
 * about three times the bytes of the group: bound a group by bytes too. */
typedef struct {
    apr_array_header_t *rows; /* of hw_history_t * */
    apr_array_header_t *raws; /* of hw_raw_t * */
} hw_record_t;
apr_status_t hw_store_record(hw_store_t *s, const hw_record_t *rec, hw_result_t *res,
                             apr_pool_t *ptemp);
/* Was this part recorded as final before (any status but retrying)? For redelivered events. */
apr_status_t hw_store_recorded(hw_store_t *s, const char *request_id, int part,
                               apr_time_t received_at, int *yes, hw_result_t *res,
                               apr_pool_t *ptemp);
/* Request ids (const char *) of the events received last, at most so many rows of them, the oldest
 * first. */
apr_status_t hw_store_recorded_last(hw_store_t *s, int rows, apr_array_header_t **out,
                                    hw_result_t *res, apr_pool_t *p);

typedef struct {
    const char *endpoint_id, *status, *action, *source_ip, *ticket_id, *company, *request_id, *q,
        *tenant, *destination;   /* NULL = any; q: text, in any case, in summary, dedup key and
                                  * error, and in the payloads of the newest 2000 rows that the
                                  * other filters leave; without three letters or digits in a row
                                  * in the newest 20000, and in no payload */
    apr_time_t from, to;         /* 0 = open; [from, to) */
    int limit;                   /* 1 … 1000, 0 = 100 */
    const char *cursor;          /* as returned; NULL = newest first */
    int full;                    /* with payload, headers, trace */
} hw_history_filter_t;
/* {"items":[…],"next":cursor|null}, newest first. "bad-cursor" for a foreign one. */
apr_status_t hw_store_history_list(hw_store_t *s, const hw_history_filter_t *f, hw_json_t **out,
                                   hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_history_get(hw_store_t *s, const char *id, hw_json_t **out,
                                  hw_result_t *res, apr_pool_t *p);
/* The exact event behind a history row, ready to be enqueued again as a replay. */
apr_status_t hw_store_history_event(hw_store_t *s, const char *id, hw_event_t **out,
                                    hw_result_t *res, apr_pool_t *p);
/* Puts it into the queue again. Errors beside those of hw_store_history_event and hw_enqueue:
 * APR_NOTFOUND "no-endpoint", temporary "not-queued". */
apr_status_t hw_store_history_replay(hw_store_t *s, hw_queue_t *q, const hw_replay_of_t *how,
                                     hw_result_t *res, apr_pool_t *p);

/* --- incidents: the "local" destination ------------------------------------------------------ */
apr_status_t hw_store_incident_create(hw_store_t *s, const hw_part_t *part, apr_time_t now,
                                      const char **incident_id, hw_result_t *res, apr_pool_t *p);
/* ref: idempotency reference of the note (request id and part); the same ref twice is one note. */
apr_status_t hw_store_incident_note(hw_store_t *s, const char *incident_id, const char *ref,
                                    const char *author, const char *text, apr_time_t now,
                                    hw_result_t *res, apr_pool_t *p);
/* by NULL = hookwised, by an event: that is in history, and no audit log's affair. */
apr_status_t hw_store_incident_status(hw_store_t *s, const char *incident_id, const char *status,
                                      const hw_actor_t *by, apr_time_t now, hw_result_t *res,
                                      apr_pool_t *p);
/* *open 0 when closed; APR_NOTFOUND "no-incident". */
apr_status_t hw_store_incident_open(hw_store_t *s, const char *incident_id, int *open,
                                    hw_result_t *res, apr_pool_t *p);
/* Open incident with that xref, else with exactly that company and summary; *id NULL = none. */
apr_status_t hw_store_incident_find(hw_store_t *s, const char *xref, const char *tenant,
                                    const char *company, const char *summary, const char **id,
                                    const char **found_xref, hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_incident_list(hw_store_t *s, const char *tenant, const char *status,
                                    int limit, const char *cursor, hw_json_t **out,
                                    hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_incident_get(hw_store_t *s, const char *id, hw_json_t **out,
                                   hw_result_t *res, apr_pool_t *p); /* with notes and events */

/* --- users, audit ---------------------------------------------------------------------------- */
typedef struct {
    const char *name, *role, *tenant; /* role: owner, admin, operator, viewer; tenant "*" = all */
    const char *password_hash;
    int enabled;
    int totp;             /* signs in with a one-time code as well */
    const char *totp_secret; /* of it, as it is kept: a Fernet token; NULL = none */
    apr_int64_t version;  /* another whenever the credentials change */
    apr_time_t created_at, last_login_at;
} hw_user_t;
apr_status_t hw_store_user_add(hw_store_t *s, const char *name, const char *password,
                               const char *role, const char *tenant, const hw_actor_t *by,
                               hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_user_passwd(hw_store_t *s, const char *name, const char *password,
                                  const hw_actor_t *by, hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_user_get(hw_store_t *s, const char *name, hw_user_t **out, hw_result_t *res,
                               apr_pool_t *p);
apr_status_t hw_store_user_list(hw_store_t *s, apr_array_header_t **out, hw_result_t *res,
                                apr_pool_t *p); /* of hw_user_t * */
/* before, after: documents with secrets masked, NULL = none. Part of the caller's transaction. The
 * row is of the actor's tenant, else of that of the documents, the endpoint or the incident, else
 * of none ("*"). */
apr_status_t hw_store_audit(hw_store_t *s, const hw_actor_t *by, const char *what,
                            const char *object, const hw_json_t *before, const hw_json_t *after,
                            hw_result_t *res, apr_pool_t *p);

/* --- backup ---------------------------------------------------------------------------------- */
/* A backup file's text as a document: JSON, or JSON as a whole inside a Fernet token of our ring.
 * Errors: "bad-json" with the offset, "bad-token" when no key of the ring opens it. */
apr_status_t hw_backup_open(hw_store_t *s, const char *text, apr_size_t len, hw_json_t **out,
                            hw_result_t *res, apr_pool_t *p);
/* Everything as one JSON document, secrets sealed with our first key; restore takes it, or a
 * HookWise Python backup (its Fernet tokens opened with our ring). Says what it did. */
apr_status_t hw_store_export(hw_store_t *s, hw_json_t **out, hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_import(hw_store_t *s, const hw_json_t *doc, const hw_actor_t *by,
                             hw_json_t **report, hw_result_t *res, apr_pool_t *p);

#endif
