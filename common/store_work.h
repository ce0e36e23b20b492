/* SPDX-License-Identifier: Apache-2.0 */
/* What hookwised does later than an event, kept in PostgreSQL so that any worker can go on with
 * it: catching up after maintenance, silent endpoints, analyses, messages to chat targets, the
 * health of endpoints. Implementation:
 * common/store_{catchup,silence,analysis,notification,job,health}.c. */
#ifndef HW_STORE_WORK_H
#define HW_STORE_WORK_H

#include "common/store.h"

/* One worker at a time does each kind of periodic work (a number from 0): *mine 1 = this
 * connection has the lock now. _leave gives it back; so does the end of the connection. */
apr_status_t hw_store_lead(hw_store_t *s, int what, int *mine, hw_result_t *res,
                           apr_pool_t *ptemp);
void hw_store_leave(hw_store_t *s, int what, apr_pool_t *ptemp);

/* --- catching up after a maintenance window -------------------------------------------------- */

/* replay_by of the replays it makes: no user's name holds a blank. */
#define HW_BY_CATCH_UP "maintenance window"

/* Remembers that the last event of the part's alert was an open, suppressed until
 * part->catch_up_at. */
apr_status_t hw_store_catch_up_keep(hw_store_t *s, const hw_part_t *part, const hw_event_t *ev,
                                    hw_result_t *res, apr_pool_t *p);
/* Forgets it: a recovery came, or the alert was dealt with. A recovery that names no company takes
 * the only row with its key, whatever its company. */
apr_status_t hw_store_catch_up_cancel(hw_store_t *s, const hw_part_t *part, hw_result_t *res,
                                      apr_pool_t *p);
/* Is this part of a replay still wanted? */
apr_status_t hw_store_catch_up_wanted(hw_store_t *s, const char *replay_request, int part,
                                      int *yes, hw_result_t *res, apr_pool_t *p);
/* Endpoints that have any: array of const char *. */
apr_status_t hw_store_catch_up_endpoints(hw_store_t *s, apr_array_header_t **out, hw_result_t *res,
                                         apr_pool_t *p);

/* One request whose parts are to be looked at again. */
typedef struct {
    const char *endpoint_id, *replay_request;
    const char *history_id; /* of the request; NULL = not (or no longer) in history */
    apr_time_t received_at;
} hw_catch_up_t;
/* Of these endpoints (array of const char *), what is not in the queue: at most limit, oldest
 * first: array of hw_catch_up_t *. What was queued an hour ago and is still not recorded comes
 * again: its request id makes that harmless. */
apr_status_t hw_store_catch_up_due(hw_store_t *s, const apr_array_header_t *endpoints, int limit,
                                   apr_time_t now, apr_array_header_t **out, hw_result_t *res,
                                   apr_pool_t *p);
apr_status_t hw_store_catch_up_queued(hw_store_t *s, const char *replay_request, apr_time_t now,
                                      hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_catch_up_drop(hw_store_t *s, const char *replay_request, hw_result_t *res,
                                    apr_pool_t *p);
/* Takes away what is recorded by now. */
apr_status_t hw_store_catch_up_done(hw_store_t *s, apr_time_t now, hw_result_t *res,
                                    apr_pool_t *p);

/* --- silent endpoints ------------------------------------------------------------------------ */

typedef struct {
    const char *endpoint_id;
    apr_time_t seen_at;    /* last webhook; its creation when it never had one */
    apr_time_t told_since; /* 0 = its silence has not been told */
    int told;              /* intervals told */
    int seen;              /* it had a webhook */
} hw_silence_t;
/* These endpoints (array of const char *), and those whose silence has been told: array of
 * hw_silence_t *. */
apr_status_t hw_store_silence_list(hw_store_t *s, const apr_array_header_t *endpoints,
                                   apr_array_header_t **out, hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_silence_told(hw_store_t *s, const char *endpoint_id, apr_time_t since,
                                   int intervals, hw_result_t *res, apr_pool_t *p);
/* It is not silent any more. */
apr_status_t hw_store_silence_over(hw_store_t *s, const char *endpoint_id, hw_result_t *res,
                                   apr_pool_t *p);

/* --- analyses by a language model ------------------------------------------------------------ */

typedef struct {
    const char *id, *request_id, *endpoint_id, *destination, *ticket_id;
    int part;
    apr_time_t received_at, created_at;
    int tries;              /* this one included */
    const char *answer;     /* made by an earlier try, to be put onto the ticket; NULL = none */
    const char *model;
    const char *summary, *payload; /* of its history row; NULL = gone */
} hw_analysis_t;
/* The next one that is due, *out NULL = none. It is not due again before lease has passed: whoever
 * dies over it has it tried again. */
apr_status_t hw_store_analysis_take(hw_store_t *s, apr_interval_time_t lease, hw_analysis_t **out,
                                    hw_result_t *res, apr_pool_t *p);
/* The answer is kept, so that the note's retries do not ask the model again; tries count anew. */
apr_status_t hw_store_analysis_answer(hw_store_t *s, const char *id, const char *answer,
                                      const char *model, hw_result_t *res, apr_pool_t *p);
/* It is over: with an answer the note is written, and the chat targets that were told of the
 * ticket get the answer as well. */
apr_status_t hw_store_analysis_done(hw_store_t *s, const char *id, hw_result_t *res,
                                    apr_pool_t *p);

/* The session that took an analysis holds a lock on it until this. */
void hw_store_analysis_leave(hw_store_t *s, const char *id, apr_pool_t *ptemp);
/* Those under way whose session has ended, with its worker, are due at once. */
apr_status_t hw_store_analysis_resume(hw_store_t *s, hw_result_t *res, apr_pool_t *p);
/* The analysis of a history row: {"status":"waiting|running|failed", "tries", "error"}, a new
 * reference; NULL = there is none, or it is on the ticket. */
apr_status_t hw_store_analysis_of(hw_store_t *s, const char *request_id, int part, hw_json_t **out,
                                  hw_result_t *res, apr_pool_t *p);

/* --- messages to chat targets ---------------------------------------------------------------- */

typedef struct {
    const char *id, *endpoint_id, *target;
    const char *what;       /* create, close, reopen, failed, analysis */
    const char *request_id;
    int part;
    apr_interval_time_t age; /* since it was made, by the database's clock */
    int tries;              /* this one included */
    int doubts;             /* earlier ones that may have reached the service */
    const char *body;       /* what the language model said; NULL = nothing */
    const char *reply_to;   /* the service's id of the message about the ticket; NULL = not known */
    /* Of its history row; NULL = gone, or it has none. */
    const char *history_id, *summary, *company, *destination, *ticket_id, *error, *endpoint_name;
} hw_notification_t;
/* The next one that is due, *out NULL = none; a target's messages come one after another, oldest
 * first. Like hw_store_analysis_take. */
apr_status_t hw_store_notification_take(hw_store_t *s, apr_interval_time_t lease,
                                        hw_notification_t **out, hw_result_t *res, apr_pool_t *p);
/* The service took it; message_id may be NULL. */
apr_status_t hw_store_notification_sent(hw_store_t *s, const char *id, const char *message_id,
                                        hw_result_t *res, apr_pool_t *p);
/* This try may have reached the service; hw_store_job_again or _failed follows. */
apr_status_t hw_store_notification_doubt(hw_store_t *s, const char *id, hw_result_t *res,
                                         apr_pool_t *p);
/* {"items":[{"id","target","what","status":"waiting|sent|failed","error","tries","request_id","part",
 * "history_id","ticket_id","summary","created_at","sent_at","failed_at"}],"next"}: newest first. */
apr_status_t hw_store_notification_list(hw_store_t *s, const char *endpoint_id, int limit,
                                        const char *cursor, hw_json_t **out, hw_result_t *res,
                                        apr_pool_t *p);
/* Alerts that keep failing for longer than since are told again. */
apr_status_t hw_store_failing_forget(hw_store_t *s, apr_time_t since, hw_result_t *res,
                                     apr_pool_t *p);

/* --- both are queues in a table -------------------------------------------------------------- */

typedef enum { HW_JOB_ANALYSIS, HW_JOB_NOTIFICATION } hw_job_e;
apr_status_t hw_store_job_again(hw_store_t *s, hw_job_e job, const char *id,
                                apr_interval_time_t after, int spent, const char *error,
                                hw_result_t *res, apr_pool_t *p); /* spent 0: the try does not count */
apr_status_t hw_store_job_failed(hw_store_t *s, hw_job_e job, const char *id, const char *error,
                                 hw_result_t *res, apr_pool_t *p);
/* Those that ended before the time go. */
apr_status_t hw_store_job_forget(hw_store_t *s, hw_job_e job, apr_time_t keep_from,
                                 hw_result_t *res, apr_pool_t *p);

/* --- companies that a model chose ------------------------------------------------------------ */

#define HW_CHOICES_MAX 2000 /* rows of the tenant map that models may fill */
typedef struct {
    const char *company; /* NULL = no row has exactly that name */
    const char *former;
} hw_choice_t;
apr_status_t hw_store_choice_get(hw_store_t *s, const char *name, hw_choice_t *out,
                                 hw_result_t *res, apr_pool_t *p);
/* Adds the row, audited, unless there is one by now: *out is the one in force. Permanent
 * "too-many-choices" when models have filled HW_CHOICES_MAX. */
apr_status_t hw_store_choice_add(hw_store_t *s, const char *name, const char *company,
                                 const char *model, hw_choice_t *out, hw_result_t *res,
                                 apr_pool_t *p);

/* --- health of endpoints --------------------------------------------------------------------- */

/* Table endpoint_health: {"status":"ok|attention|unknown","problems":[{"field","message"}],
 * "checked_at":RFC 3339 or null}. field is one of the endpoint document, or null. What was found
 * of an earlier version of the endpoint is not shown: it is unknown until it is checked again, a
 * moment after it was saved. */
apr_status_t hw_store_health_put(hw_store_t *s, const char *endpoint_id, const char *version,
                                 const char *status, const hw_json_t *problems, apr_time_t now,
                                 hw_result_t *res, apr_pool_t *p);
/* Endpoints that were saved since they were checked, then those whose check is old: array of
 * const char *. */
apr_status_t hw_store_health_due(hw_store_t *s, apr_time_t now, int limit,
                                 apr_array_header_t **out, hw_result_t *res, apr_pool_t *p);
/* id NULL = all: an object of endpoint id → the document above, for hw_store_health_of: the one of
 * an endpoint, "unknown" when there is none; a new reference, for hw_json_set. */
apr_status_t hw_store_health_get(hw_store_t *s, const char *id, hw_json_t **out, hw_result_t *res,
                                 apr_pool_t *p);
hw_json_t *hw_store_health_of(const hw_json_t *all, const char *id);

/* --- replays of all that a filter leaves ----------------------------------------------------- */

typedef struct {
    const char *id, *by;
    hw_history_filter_t filter; /* with its cursor; nothing that came after the job was made */
    const char *last_request;   /* the one before the cursor; NULL = none */
    apr_int64_t queued, failed;
    apr_time_t created_at;
    int tell;                   /* chat targets are told of it */
} hw_replay_t;
/* tenant NULL = everybody's history. *out:
 * {"id","tenant","created_by","status":"running|done|stopped",
 * "error","filter","total","queued","failed","notify","created_at","finished_at"}. */
apr_status_t hw_store_replay_add(hw_store_t *s, const hw_history_filter_t *f, const char *tenant,
                                 int tell, apr_int64_t total, const hw_actor_t *by, apr_time_t now,
                                 hw_json_t **out, hw_result_t *res, apr_pool_t *p);
/* The last hundred, newest first; tenant NULL = all. */
apr_status_t hw_store_replay_list(hw_store_t *s, const char *tenant, hw_json_t **out,
                                  hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_replay_get(hw_store_t *s, const char *id, const char *tenant,
                                 hw_json_t **out, hw_result_t *res, apr_pool_t *p);
/* What is queued already stays queued. */
apr_status_t hw_store_replay_stop(hw_store_t *s, const char *id, const hw_actor_t *by,
                                  hw_result_t *res, apr_pool_t *p);
/* The oldest that runs; *out NULL = none. */
apr_status_t hw_store_replay_next(hw_store_t *s, hw_replay_t **out, hw_result_t *res,
                                  apr_pool_t *p);
/* Numbers and last_request as they are in job; next NULL = that was all. */
apr_status_t hw_store_replay_progress(hw_store_t *s, const hw_replay_t *job, const char *next,
                                      const char *error, hw_result_t *res, apr_pool_t *p);

#endif
