/* SPDX-License-Identifier: Apache-2.0 */
/* Ticket sync: from a PSA's name to an endpoint. */
#include "mod_hookwise/sync.h"

#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mirror.h"
#include "common/text.h"
#include "mod_hookwise/headers.h"
#include "mod_hookwise/ingest.h"

#define PROVIDERS_MAX 8 /* more than there are */
#define SECRET_HEADER "X-Webhook-Secret"

/* Ids of the endpoints of each provider, as published: blanks between them, NULL = none. */
typedef struct {
    const char *ids[PROVIDERS_MAX];
} index_t;

struct mhw_sync_t {
    apr_thread_mutex_t *lock;
    int known;
    char *ids[PROVIDERS_MAX]; /* malloc'd */
};

apr_status_t
mhw_sync_make(mhw_sync_t **out, apr_pool_t *pchild)
{
    *out = apr_pcalloc(pchild, sizeof(**out));
    return apr_thread_mutex_create(&(*out)->lock, APR_THREAD_MUTEX_DEFAULT, pchild);
}

static int
provider_index(const char *name)
{
    for (int i = 0; hw_mirror_providers[i] != NULL; i++)
        if (strcmp(hw_mirror_providers[i], name) == 0)
            return i;
    return -1;
}

/* --- which endpoints there are -------------------------------------------------------------------- */

static void
remember(mhw_sync_t *sync, const index_t *index)
{
    apr_thread_mutex_lock(sync->lock);
    for (int i = 0; i < PROVIDERS_MAX; i++) {
        free(sync->ids[i]);
        sync->ids[i] = index->ids[i] != NULL ? strdup(index->ids[i]) : NULL;
    }
    sync->known = 1;
    apr_thread_mutex_unlock(sync->lock);
}

/* 0: nothing was ever known. */
static int
recall(mhw_sync_t *sync, index_t *index, apr_pool_t *p)
{
    int known;

    apr_thread_mutex_lock(sync->lock);
    for (int i = 0; i < PROVIDERS_MAX; i++)
        index->ids[i] = apr_pstrdup(p, sync->ids[i]);
    known = sync->known;
    apr_thread_mutex_unlock(sync->lock);
    return known;
}

/* An empty answer counts only when something is published: Redis may have been flushed. */
static int
published(mhw_ingest_t *in, const redisReply *reply)
{
    const char *exists[] = { "EXISTS", "hw:cfg" };
    redisReply *cfg;

    return reply->elements > 0 ||
           (mhw_io_call(in->backend->io, 2, exists, NULL, &cfg, in->res, in->r->pool) ==
                APR_SUCCESS &&
            cfg->type == REDIS_REPLY_INTEGER && cfg->integer == 1);
}

/* 0: Redis does not say, and it is not known from before. */
static int
read_index(mhw_ingest_t *in, index_t *index)
{
    const char *all[] = { "HGETALL", "hw:sync" };
    redisReply *reply;

    memset(index, 0, sizeof(*index));
    if (mhw_io_call(in->backend->io, 2, all, NULL, &reply, in->res, in->r->pool) != APR_SUCCESS ||
        reply->type != REDIS_REPLY_ARRAY || !published(in, reply))
        return recall(in->backend->sync, index, in->r->pool);
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        int provider = provider_index(reply->element[i]->str);

        if (provider >= 0)
            index->ids[provider] = apr_pstrdup(in->r->pool, reply->element[i + 1]->str);
    }
    remember(in->backend->sync, index);
    return 1;
}

/* --- choosing one ---------------------------------------------------------------------------------- */

/* What is said when no endpoint takes the request: that trying again may help, then that others
 * would have to be asked, then what the first one said. */
static mhw_outcome_e
worse(mhw_outcome_e a, mhw_outcome_e b)
{
    static const mhw_outcome_e order[] = { MHW_UNAVAILABLE, MHW_TOO_LARGE, MHW_UNAUTHORIZED };

    for (int i = 0; i < 3; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return a == MHW_NOT_FOUND ? b : a;
}

/* MHW_GO_ON: in->id is the first endpoint whose credentials the request shows. */
static mhw_outcome_e
choose(mhw_ingest_t *in, const char *ids)
{
    apr_array_header_t *list = hw_text_split(ids, ' ', in->r->pool);
    mhw_outcome_e said = MHW_NOT_FOUND;

    for (int i = 0; i < list->nelts; i++) {
        mhw_outcome_e outcome;

        in->id = APR_ARRAY_IDX(list, i, const char *);
        in->ep = NULL;
        in->fresh = 0;
        outcome = mhw_ingest_check(in);
        if (outcome == MHW_GO_ON || outcome == MHW_BROKEN_OFF)
            return outcome;
        said = worse(said, outcome);
    }
    return said == MHW_UNAUTHORIZED ? mhw_ingest_unauthorized(in) : said;
}

/* --- the routes ------------------------------------------------------------------------------------ */

static const char *
all_ids(const index_t *index, apr_pool_t *p)
{
    const char *all = "";

    for (int i = 0; i < PROVIDERS_MAX; i++)
        if (index->ids[i] != NULL)
            all = apr_pstrcat(p, all, index->ids[i], " ", NULL);
    return all;
}

static int
answer_health(mhw_ingest_t *in)
{
    apr_pool_t *p = in->r->pool;
    hw_json_t *doc = hw_json_own(json_object_new_object(), p);
    hw_json_t *providers = json_object_new_object();
    int any = 0, known;
    index_t index = { { NULL } };

    if (mhw_refuse_method(in->r))
        return OK;
    known = in->backend != NULL && read_index(in, &index);
    for (int i = 0; hw_mirror_providers[i] != NULL; i++) {
        hw_json_set_bool(providers, hw_mirror_providers[i], index.ids[i] != NULL);
        any |= index.ids[i] != NULL;
    }
    hw_json_set_string(doc, "status", known ? "ok" : "unknown");
    hw_json_set_bool(doc, "webhooks_enabled", any);
    hw_json_set(doc, "providers", providers);
    return mhw_answer_json(in->r, known ? HTTP_OK : HTTP_SERVICE_UNAVAILABLE,
                           apr_pstrcat(p, hw_json_write(doc, p), "\n", NULL));
}

static int
answer_test(mhw_ingest_t *in)
{
    apr_pool_t *p = in->r->pool;
    mhw_outcome_e outcome = MHW_UNAVAILABLE;
    hw_json_t *doc;
    index_t index;

    if (read_index(in, &index))
        outcome = choose(in, all_ids(&index, p));
    if (outcome != MHW_GO_ON) {
        if (outcome == MHW_NOT_FOUND)
            in->answer.detail = "No endpoint mirrors tickets";
        return mhw_ingest_finish(in, outcome);
    }
    doc = hw_json_own(json_object_new_object(), p);
    hw_json_set_string(doc, "status", "ok");
    hw_json_set_string(doc, "message", "Webhook authentication successful");
    hw_json_set_string(doc, "source_ip", in->shown.ip);
    hw_json_set_string(doc, "timestamp", hw_time_rfc3339(in->r->request_time, p));
    return mhw_answer_json(in->r, HTTP_OK, apr_pstrcat(p, hw_json_write(doc, p), "\n", NULL));
}

static int
take_ticket(mhw_ingest_t *in, const char *provider)
{
    int known = provider_index(provider);
    mhw_outcome_e outcome;
    index_t index;

    if (known < 0) {
        in->answer.detail = "There is no such provider: connectwise, halopsa, autotask, "
                            "freshservice or superops is expected";
        return mhw_ingest_finish(in, MHW_NOT_FOUND);
    }
    if (!read_index(in, &index))
        return mhw_ingest_finish(in, MHW_UNAVAILABLE);
    outcome = choose(in, index.ids[known]);
    if (outcome == MHW_NOT_FOUND)
        in->answer.detail = apr_pstrcat(in->r->pool, "No endpoint mirrors tickets of ", provider,
                                        NULL);
    if (outcome != MHW_GO_ON)
        return mhw_ingest_finish(in, outcome);
    return mhw_ingest_finish(in, mhw_ingest_take(in));
}

/* The part of the path that ends at *end, which moves before it. */
static const char *
last_part(const char *path, const char **end, apr_pool_t *p)
{
    const char *stop = *end, *start;

    while (stop > path && stop[-1] == '/')
        stop--;
    for (start = stop; start > path && start[-1] != '/';)
        start--;
    *end = start;
    return apr_pstrmemdup(p, start, (apr_size_t)(stop - start));
}

int
mhw_sync_handler(request_rec *r)
{
    const char *end = r->uri + strlen(r->uri);
    const char *last = last_part(r->uri, &end, r->pool), *middle = last_part(r->uri, &end, r->pool);
    const char *first = last_part(r->uri, &end, r->pool);
    int ticket = strcmp(last, "ticket") == 0 && strcmp(first, "webhooks") == 0;
    int here = strcmp(middle, "webhooks") == 0;
    mhw_ingest_t *in = mhw_ingest_begin(r);

    if (here && strcmp(last, "health") == 0)
        return answer_health(in);
    if (!ticket && !(here && strcmp(last, "test") == 0))
        return mhw_ingest_finish(in, MHW_NOT_FOUND);
    if (strcmp(r->method, "POST") != 0 && strcmp(r->method, "PUT") != 0)
        return mhw_ingest_finish(in, MHW_METHOD);
    if (in->backend == NULL)
        return mhw_ingest_finish(in, MHW_UNAVAILABLE);
    in->shown.header_token = apr_table_get(r->headers_in, SECRET_HEADER);
    return ticket ? take_ticket(in, middle) : answer_test(in);
}
