/* SPDX-License-Identifier: Apache-2.0 */
/* What is up, what is down, and how full the queue is. */
#include "mod_hookwise/health.h"

#include <apr_strings.h>
#include <string.h>

#include "common/json.h"
#include "mod_hookwise/answer.h"

apr_status_t
mhw_status(const mhw_server_t *sc, hw_queue_status_t *out, hw_result_t *res, apr_pool_t *p)
{
    const char *argv[HW_STATUS_ARGS];
    redisReply *reply;
    apr_status_t rv;

    if (sc->backend == NULL)
        return hw_fail(res, APR_ENOTIMPL, "not-configured", "HookwiseRedis is not set");
    rv = mhw_io_call(sc->backend->io, hw_queue_status_args(argv), argv, NULL, &reply, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    return hw_queue_status_result(reply, out, res, p);
}

long
mhw_spooled(const mhw_server_t *sc)
{
    if (sc->backend == NULL || sc->backend->spool == NULL)
        return 0;
    return mhw_spool_waiting(sc->backend->spool);
}

/* --- /health/services ------------------------------------------------------------------------------ */

static hw_json_t *
state(const char *status)
{
    hw_json_t *v = json_object_new_object();

    hw_json_set_string(v, "status", status);
    return v;
}

/* Two words about the same thing, from two workers: agreement, else "degraded". */
static const char *
combine(const char *a, const char *b)
{
    if (b == NULL)
        return a;
    return a == NULL || strcmp(a, b) == 0 ? b : "degraded";
}

static const char *
known_word(const char *said)
{
    static const char *const words[] = { "up", "down", "degraded" };

    for (int i = 0; said != NULL && i < 3; i++)
        if (strcmp(said, words[i]) == 0)
            return words[i];
    return NULL;
}

static const char *
database_state(const hw_json_t *workers)
{
    const char *word = NULL;

    for (size_t i = 0; i < json_object_array_length(workers); i++) {
        const hw_json_t *db = hw_json_get(json_object_array_get_idx(workers, i), "database");

        word = combine(word, known_word(hw_json_get_string(db, "status")));
    }
    return word != NULL ? word : "unknown";
}

/* name → {"status"} of every destination any worker names. Details stay inside: nobody logs in
 * here. *worst becomes 1 when one is not up. */
static hw_json_t *
destination_states(const hw_json_t *workers, int *trouble)
{
    hw_json_t *out = json_object_new_object();

    for (size_t i = 0; i < json_object_array_length(workers); i++) {
        hw_json_t *all = hw_json_get(json_object_array_get_idx(workers, i), "destinations");

        if (!json_object_is_type(all, json_type_object))
            continue;
        json_object_object_foreach(all, name, said) {
            const char *before = hw_json_get_string(hw_json_get(out, name), "status");
            const char *word = combine(known_word(before),
                                       known_word(hw_json_get_string(said, "status")));

            if (word == NULL)
                word = "unknown";
            if (strcmp(word, "up") != 0)
                *trouble = 1;
            hw_json_set(out, name, state(word));
        }
    }
    return out;
}

static hw_json_t *
worker_state(const hw_queue_status_t *st)
{
    hw_json_t *v = state(st->workers > 0 ? "up" : "down");

    hw_json_set_int(v, "count", st->workers);
    hw_json_set_int(v, "lag", st->lag);
    hw_json_set_int(v, "oldest_seconds", st->oldest_seconds);
    return v;
}

static int
answer_services(request_rec *r)
{
    hw_result_t *res = hw_result_make(r->pool);
    hw_json_t *doc = hw_json_own(json_object_new_object(), r->pool), *destinations, *spool;
    hw_queue_status_t st = { 0 };
    int redis = mhw_status(mhw_server(r->server), &st, res, r->pool) == APR_SUCCESS;
    const char *database = "unknown", *all = "up";
    int trouble = 0;

    if (redis)
        database = database_state(st.worker_status);
    destinations = redis ? destination_states(st.worker_status, &trouble)
                         : json_object_new_object();
    if (!redis || st.workers == 0 || strcmp(database, "down") == 0)
        all = "down";
    else if (trouble || strcmp(database, "up") != 0)
        all = "degraded";
    hw_json_set_string(doc, "status", all);
    hw_json_set(doc, "redis", state(redis ? "up" : "down"));
    hw_json_set(doc, "database", state(database));
    hw_json_set(doc, "worker", redis ? worker_state(&st) : state("unknown"));
    hw_json_set(doc, "destinations", destinations);
    spool = json_object_new_object();
    hw_json_set_int(spool, "events", mhw_spooled(mhw_server(r->server)));
    hw_json_set(doc, "spool", spool);
    return mhw_answer_json(r, strcmp(all, "down") == 0 ? HTTP_SERVICE_UNAVAILABLE : HTTP_OK,
                           apr_pstrcat(r->pool, hw_json_write(doc, r->pool), "\n", NULL));
}

/* --- /readyz, /health -------------------------------------------------------------------------------- */

static int
answer_ready(request_rec *r)
{
    hw_result_t *res = hw_result_make(r->pool);
    hw_queue_status_t st = { 0 };

    if (mhw_status(mhw_server(r->server), &st, res, r->pool) != APR_SUCCESS)
        return mhw_answer_json(r, HTTP_SERVICE_UNAVAILABLE,
                               apr_psprintf(r->pool, "{\"status\":\"down\",\"reason\":\"%s\"}\n",
                                            res->problem));
    if (!st.published)
        return mhw_answer_json(r, HTTP_SERVICE_UNAVAILABLE,
                               "{\"status\":\"down\",\"reason\":\"unpublished\"}\n");
    return mhw_answer_json(r, HTTP_OK, "{\"status\":\"up\"}\n");
}

static int
ends_with(const char *path, const char *end)
{
    apr_size_t n = strlen(path), m = strlen(end);

    while (n > 0 && path[n - 1] == '/')
        n--;
    return n >= m && strncmp(path + n - m, end, m) == 0;
}

int
mhw_health_handler(request_rec *r)
{
    int services = ends_with(r->uri, "/health/services"), ready = ends_with(r->uri, "/readyz");

    if (!services && !ready && !ends_with(r->uri, "/health"))
        return DECLINED;
    if (mhw_refuse_method(r))
        return OK;
    if (services)
        return answer_services(r);
    if (ready)
        return answer_ready(r);
    return mhw_answer_json(r, HTTP_OK, "{\"status\":\"up\"}\n");
}
