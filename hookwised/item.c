/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of events in flight, and their plans. */
#include "hookwised/item.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "common/mask.h"

#define BUCKETS 16384
#define RECENT 65536 /* request ids remembered after they were recorded */

struct hwd_items_t {
    hwd_pools_t *pools;
    pthread_mutex_t lock;
    pthread_cond_t freed;
    hwd_item_t *buckets[BUCKETS];
    apr_uint64_t recent[RECENT]; /* hashes, each in one of two places: a later one displaces it */
    hwd_load_t load;
    apr_size_t planned; /* estimated bytes of plans kept */
};

/* What still waits at the end. */
static apr_status_t
free_all(void *data)
{
    hwd_items_t *items = data;

    for (int i = 0; i < BUCKETS; i++)
        while (items->buckets[i] != NULL)
            hwd_item_free(items, items->buckets[i]);
    return APR_SUCCESS;
}

apr_status_t
hwd_items_make(hwd_t *d)
{
    hwd_items_t *items = apr_pcalloc(d->p, sizeof(*items));

    items->pools = d->pools;
    pthread_mutex_init(&items->lock, NULL);
    hwd_cond_init(&items->freed);
    d->items = items;
    apr_pool_cleanup_register(d->p, items, free_all, apr_pool_cleanup_null);
    return APR_SUCCESS;
}

static apr_uint64_t
hash(const char *s)
{
    apr_uint64_t h = 14695981039346656037ULL;

    for (; *s != '\0'; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211ULL;
    return h;
}

/* --- copies of events --------------------------------------------------------------------------- */

static const apr_size_t text_fields[] = {
    offsetof(hw_event_t, request_id),   offsetof(hw_event_t, endpoint_id),
    offsetof(hw_event_t, kind),         offsetof(hw_event_t, source_ip),
    offsetof(hw_event_t, method),       offsetof(hw_event_t, query),
    offsetof(hw_event_t, headers_json), offsetof(hw_event_t, auth_scheme),
    offsetof(hw_event_t, auth_version), offsetof(hw_event_t, rejected),
    offsetof(hw_event_t, replay_of),    offsetof(hw_event_t, replay_by),
    offsetof(hw_event_t, entry_id),
};
#define NTEXTS (sizeof(text_fields) / sizeof(*text_fields))

static const char **
text_at(hw_event_t *ev, apr_size_t i)
{
    return (const char **)((char *)ev + text_fields[i]);
}

/* One block of memory for an event: nothing else of it is kept while it waits. */
static hwd_item_t *
copy_event(const hw_event_t *ev)
{
    hw_event_t from = *ev;
    apr_size_t lens[NTEXTS], need = sizeof(hwd_item_t) + ev->body_len + 1;
    hwd_item_t *it;
    char *to;

    for (apr_size_t i = 0; i < NTEXTS; i++) {
        const char *s = *text_at(&from, i);

        lens[i] = s != NULL ? strlen(s) + 1 : 0;
        need += lens[i];
    }
    if ((it = malloc(need)) == NULL)
        abort();
    memset(it, 0, sizeof(*it));
    it->ev = from;
    it->bytes = need;
    to = (char *)(it + 1);
    for (apr_size_t i = 0; i < NTEXTS; i++) {
        if (lens[i] == 0)
            continue;
        memcpy(to, *text_at(&from, i), lens[i]);
        *text_at(&it->ev, i) = to;
        to += lens[i];
    }
    memcpy(to, ev->body, ev->body_len);
    to[ev->body_len] = '\0';
    it->ev.body = to;
    return it;
}

/* --- registry -------------------------------------------------------------------------------------- */

static int
same_entry(const hwd_item_t *it, const hw_event_t *ev)
{
    if (it->ev.shard != ev->shard)
        return 0;
    if (strcmp(it->ev.entry_id, ev->entry_id) == 0)
        return 1;
    for (int i = 0; i < it->nalso; i++)
        if (strcmp(it->also[i], ev->entry_id) == 0)
            return 1;
    return 0;
}

/* A second entry of a request that is being worked on. */
static void
join(hwd_item_t *it, const hw_event_t *ev)
{
    if (same_entry(it, ev))
        return;
    it->also = realloc(it->also, sizeof(*it->also) * (apr_size_t)(it->nalso + 1));
    if (it->also == NULL || (it->also[it->nalso] = strdup(ev->entry_id)) == NULL)
        abort();
    it->nalso++;
}

/* Of its two places the one it is in, else one that is free, else the first. */
static apr_uint64_t *
place_of(hwd_items_t *items, apr_uint64_t h)
{
    apr_uint64_t *one = &items->recent[h % RECENT], *two = &items->recent[(h >> 32) % RECENT];

    if (*one == h || *two == h)
        return *one == h ? one : two;
    return *one != 0 && *two == 0 ? two : one;
}

void
hwd_items_remember(hwd_items_t *items, const char *request_id)
{
    apr_uint64_t h = hash(request_id);

    pthread_mutex_lock(&items->lock);
    *place_of(items, h) = h;
    pthread_mutex_unlock(&items->lock);
}

hwd_item_t *
hwd_item_make(hwd_items_t *items, const hw_event_t *ev, hwd_config_t *cfg, unsigned epoch)
{
    apr_uint64_t h = hash(ev->request_id);
    hwd_item_t **bucket = &items->buckets[h % BUCKETS], *it;

    pthread_mutex_lock(&items->lock);
    for (it = *bucket; it != NULL; it = it->link)
        if (strcmp(it->ev.request_id, ev->request_id) == 0 && it->ev.shard == ev->shard &&
            it->epoch == epoch)
            break;
    if (it != NULL) {
        join(it, ev);
        pthread_mutex_unlock(&items->lock);
        return NULL;
    }
    it = copy_event(ev);
    it->check = ev->redelivered || ev->spooled || *place_of(items, h) == h ||
                strcmp(ev->kind, "webhook") != 0; /* ours may be put into the queue twice */
    it->cfg = hwd_config_again(cfg);
    it->epoch = epoch;
    it->planned_at = apr_time_now();
    pthread_mutex_init(&it->lock, NULL);
    it->link = *bucket;
    *bucket = it;
    pthread_mutex_unlock(&items->lock);
    return it;
}

void
hwd_item_begin(hwd_items_t *items, hwd_item_t *it, int njobs)
{
    it->jobs = calloc((apr_size_t)njobs, sizeof(*it->jobs));
    if (it->jobs == NULL)
        abort();
    it->njobs = njobs;
    it->bytes += sizeof(*it->jobs) * (apr_size_t)njobs;
    for (int i = 0; i < njobs; i++) {
        it->jobs[i].item = it;
        it->jobs[i].part = i;
    }
    atomic_init(&it->left, njobs);
    pthread_mutex_lock(&items->lock);
    items->load.jobs += njobs;
    items->load.items++;
    items->load.bytes += it->bytes;
    pthread_mutex_unlock(&items->lock);
}

int
hwd_item_part_done(hwd_item_t *it)
{
    return atomic_fetch_sub(&it->left, 1) == 1;
}

void
hwd_item_entries(hwd_items_t *items, hwd_item_t *it, apr_array_header_t *ids)
{
    pthread_mutex_lock(&items->lock);
    APR_ARRAY_PUSH(ids, const char *) = it->ev.entry_id;
    for (int i = 0; i < it->nalso; i++)
        APR_ARRAY_PUSH(ids, const char *) = it->also[i];
    pthread_mutex_unlock(&items->lock);
}

/* The estimate: the decoded tree and the parts are some multiple of the body. */
static apr_size_t
plan_cost(const hwd_item_t *it)
{
    return 16384 + 20 * it->ev.body_len;
}

static void
drop_plan(hwd_items_t *items, hwd_item_t *it)
{
    if (it->pool == NULL)
        return;
    hwd_pool_put(items->pools, it->pool);
    it->pool = NULL;
    it->plan = NULL;
    it->payload = it->headers = NULL;
    pthread_mutex_lock(&items->lock);
    items->planned -= plan_cost(it);
    pthread_mutex_unlock(&items->lock);
}

static void
unlink_item(hwd_items_t *items, hwd_item_t *it)
{
    apr_uint64_t h = hash(it->ev.request_id);
    hwd_item_t **at = &items->buckets[h % BUCKETS];

    while (*at != it)
        at = &(*at)->link;
    *at = it->link;
    *place_of(items, h) = h;
    items->load.jobs -= it->njobs;
    items->load.items -= it->njobs > 0;
    items->load.bytes -= it->njobs > 0 ? it->bytes : 0;
    pthread_cond_signal(&items->freed);
}

void
hwd_item_free(hwd_items_t *items, hwd_item_t *it)
{
    pthread_mutex_lock(&items->lock);
    unlink_item(items, it);
    pthread_mutex_unlock(&items->lock);
    drop_plan(items, it);
    hwd_config_release(it->cfg);
    for (int i = 0; i < it->nalso; i++)
        free(it->also[i]);
    for (int i = 0; i < it->njobs; i++) {
        free(it->jobs[i].before.ref);
        free(it->jobs[i].before.entry);
    }
    free(it->also);
    free(it->jobs);
    pthread_mutex_destroy(&it->lock);
    free(it);
}

void
hwd_items_load(hwd_items_t *items, hwd_load_t *out)
{
    pthread_mutex_lock(&items->lock);
    *out = items->load;
    pthread_mutex_unlock(&items->lock);
}

int
hwd_items_room(hwd_items_t *items, int timeout_ms)
{
    apr_time_t until = hw_clock_mono() + apr_time_from_msec(timeout_ms);
    int room;

    pthread_mutex_lock(&items->lock);
    while (!(room = items->load.jobs < HWD_MAX_JOBS && items->load.bytes < HWD_MAX_BYTES) &&
           hw_clock_mono() < until)
        hwd_wait_until(&items->freed, &items->lock, until);
    pthread_mutex_unlock(&items->lock);
    return room;
}

/* --- plans ------------------------------------------------------------------------------------------ */

static void
keep_pool(hwd_items_t *items, hwd_item_t *it, apr_pool_t *p)
{
    it->pool = p;
    pthread_mutex_lock(&items->lock);
    items->planned += plan_cost(it);
    pthread_mutex_unlock(&items->lock);
}

static apr_status_t
make_plan(hwd_items_t *items, hwd_item_t *it, hw_result_t *res)
{
    apr_pool_t *p = hwd_pool_get(items->pools);
    apr_status_t rv =
        hw_plan(&it->ev, it->endpoint->ep, &it->cfg->plan, it->planned_at, &it->plan, res, p);

    if (rv != APR_SUCCESS) {
        hwd_pool_put(items->pools, p);
        return rv;
    }
    keep_pool(items, it, p);
    return APR_SUCCESS;
}

apr_status_t
hwd_item_hold(hwd_items_t *items, hwd_item_t *it, hw_plan_t **plan, hw_result_t *res)
{
    apr_status_t rv = APR_SUCCESS;

    pthread_mutex_lock(&it->lock);
    if (it->pool == NULL && it->only.status == NULL)
        rv = make_plan(items, it, res);
    else if (it->pool == NULL)
        keep_pool(items, it, hwd_pool_get(items->pools)); /* for the masked texts */
    if (rv == APR_SUCCESS)
        it->users++;
    *plan = it->plan;
    pthread_mutex_unlock(&it->lock);
    return rv;
}

void
hwd_item_release(hwd_items_t *items, hwd_item_t *it, int keep)
{
    int plenty;

    pthread_mutex_lock(&items->lock);
    plenty = items->planned < HWD_MAX_PLANNED;
    pthread_mutex_unlock(&items->lock);
    pthread_mutex_lock(&it->lock);
    if (--it->users == 0 && !(keep && plenty))
        drop_plan(items, it);
    pthread_mutex_unlock(&it->lock);
}

static const char *
masked_payload(hwd_item_t *it, apr_pool_t *ptemp)
{
    hw_decoded_t *decoded = it->plan != NULL ? it->plan->decoded : NULL;

    if (decoded == NULL && it->plan == NULL &&
        hw_decode(&it->ev, &decoded, NULL, ptemp) != APR_SUCCESS)
        decoded = NULL;
    if (decoded == NULL)
        return hw_mask_text(it->ev.body, it->ev.body_len, ptemp);
    return hw_json_write(hw_mask_json(decoded->root, ptemp), ptemp);
}

static const char *
masked_headers(hwd_item_t *it, apr_pool_t *ptemp)
{
    hw_json_t *v = NULL;

    if (hw_json_parse(it->ev.headers_json, strlen(it->ev.headers_json), NULL, &v, NULL, NULL,
                      ptemp) != APR_SUCCESS)
        return "{}";
    return hw_json_write(hw_mask_json(v, ptemp), ptemp);
}

void
hwd_item_texts(hwd_items_t *items, hwd_item_t *it, const char **payload, const char **headers)
{
    pthread_mutex_lock(&it->lock);
    if (it->payload == NULL) {
        apr_pool_t *ptemp = hwd_pool_get(items->pools); /* the masked tree is larger than its text */

        it->payload = apr_pstrdup(it->pool, masked_payload(it, ptemp));
        it->headers = apr_pstrdup(it->pool, masked_headers(it, ptemp));
        hwd_pool_put(items->pools, ptemp);
    }
    *payload = it->payload;
    *headers = it->headers;
    pthread_mutex_unlock(&it->lock);
}
