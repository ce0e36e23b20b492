/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: a hash by key, ready lists by urgency, and a heap of waiting lanes by time. */
#include "hookwised/lane.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 16384

typedef enum { IDLE, READY, BUSY, WAITING } state_e;

struct hwd_lane_t {
    hwd_lane_t *link;     /* in its bucket */
    hwd_lane_t *next;     /* in a ready list */
    char *key, *dest;
    apr_uint32_t hash;
    state_e state;
    hwd_jobs_t jobs;
    hwd_prio_e prio;      /* of the most urgent job in it */
    hwd_wait_e wait;
    apr_time_t wake;
    int heap;             /* place in the heap while waiting */
};

struct hwd_lanes_t {
    pthread_mutex_t lock;
    pthread_cond_t work;   /* followers: something is ready */
    pthread_cond_t tick;   /* the leader: the next wake-up changed, or something is ready */
    int idle;              /* followers waiting */
    int called;            /* of them, called and not yet awake: they are spoken for */
    int leader;            /* one idle worker watches the clock */
    int stopping;
    hwd_lane_t *buckets[BUCKETS];
    hwd_lane_t *first[HWD_PRIO_COUNT], *last[HWD_PRIO_COUNT];
    hwd_lane_t **heap;
    int nheap, heap_size;
    int ready, busy;
};

static void
forget(hwd_lanes_t *l, hwd_lane_t *lane)
{
    hwd_lane_t **at = &l->buckets[lane->hash % BUCKETS];

    while (*at != lane)
        at = &(*at)->link;
    *at = lane->link;
    free(lane->key);
    free(lane->dest);
    free(lane);
}

/* Lanes that still wait at the end; their jobs belong to items. */
static apr_status_t
free_all(void *data)
{
    hwd_lanes_t *l = data;

    for (int i = 0; i < BUCKETS; i++)
        while (l->buckets[i] != NULL)
            forget(l, l->buckets[i]);
    free(l->heap);
    return APR_SUCCESS;
}

apr_status_t
hwd_lanes_make(hwd_t *d)
{
    hwd_lanes_t *l = apr_pcalloc(d->p, sizeof(*l));

    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->work, NULL);
    hwd_cond_init(&l->tick);
    d->lanes = l;
    apr_pool_cleanup_register(d->p, l, free_all, apr_pool_cleanup_null);
    return APR_SUCCESS;
}

void
hwd_jobs_add(hwd_jobs_t *list, hwd_job_t *job)
{
    job->next = NULL;
    if (list->last != NULL)
        list->last->next = job;
    else
        list->first = job;
    list->last = job;
    list->count++;
}

/* --- the heap of waiting lanes ---------------------------------------------------------------- */

static void
heap_put(hwd_lanes_t *l, int at, hwd_lane_t *lane)
{
    l->heap[at] = lane;
    lane->heap = at;
}

static void
heap_up(hwd_lanes_t *l, int at, hwd_lane_t *lane)
{
    for (int up = (at - 1) / 2; at > 0 && l->heap[up]->wake > lane->wake; up = (at - 1) / 2) {
        heap_put(l, at, l->heap[up]);
        at = up;
    }
    heap_put(l, at, lane);
}

static void
heap_down(hwd_lanes_t *l, int at, hwd_lane_t *lane)
{
    for (int down = 2 * at + 1; down < l->nheap; down = 2 * at + 1) {
        if (down + 1 < l->nheap && l->heap[down + 1]->wake < l->heap[down]->wake)
            down++;
        if (l->heap[down]->wake >= lane->wake)
            break;
        heap_put(l, at, l->heap[down]);
        at = down;
    }
    heap_put(l, at, lane);
}

static void
heap_add(hwd_lanes_t *l, hwd_lane_t *lane)
{
    if (l->nheap == l->heap_size) {
        l->heap_size = l->heap_size > 0 ? 2 * l->heap_size : 64;
        l->heap = realloc(l->heap, sizeof(*l->heap) * (apr_size_t)l->heap_size);
        if (l->heap == NULL)
            abort();
    }
    heap_up(l, l->nheap++, lane);
    if (lane->heap == 0)
        pthread_cond_signal(&l->tick);
}

static void
heap_remove(hwd_lanes_t *l, hwd_lane_t *lane)
{
    hwd_lane_t *last = l->heap[--l->nheap];
    int at = lane->heap;

    if (last == lane)
        return;
    if (at > 0 && l->heap[(at - 1) / 2]->wake > last->wake)
        heap_up(l, at, last);
    else
        heap_down(l, at, last);
}

/* --- states --------------------------------------------------------------------------------------- */

/* 0: there is none that is not called already. */
static int
call_follower(hwd_lanes_t *l)
{
    if (l->idle <= l->called)
        return 0;
    l->called++;
    pthread_cond_signal(&l->work);
    return 1;
}

static void
make_ready(hwd_lanes_t *l, hwd_lane_t *lane)
{
    lane->state = READY;
    lane->wait = HWD_WAIT_NONE;
    lane->next = NULL;
    if (l->last[lane->prio] != NULL)
        l->last[lane->prio]->next = lane;
    else
        l->first[lane->prio] = lane;
    l->last[lane->prio] = lane;
    l->ready++;
    if (!call_follower(l))
        pthread_cond_signal(&l->tick);
}

static void
end_wait(hwd_lanes_t *l, hwd_lane_t *lane)
{
    heap_remove(l, lane);
    make_ready(l, lane);
}

static hwd_lane_t *
pop_ready(hwd_lanes_t *l)
{
    for (int prio = 0; prio < HWD_PRIO_COUNT; prio++) {
        hwd_lane_t *lane = l->first[prio];

        if (lane == NULL)
            continue;
        l->first[prio] = lane->next;
        if (lane->next == NULL)
            l->last[prio] = NULL;
        l->ready--;
        return lane;
    }
    return NULL;
}

static apr_uint32_t
hash(const char *s)
{
    apr_uint32_t h = 2166136261u;

    for (; *s != '\0'; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return h;
}

static hwd_lane_t *
find(hwd_lanes_t *l, const char *key, const char *dest)
{
    apr_uint32_t h = hash(key);
    hwd_lane_t *lane = l->buckets[h % BUCKETS];

    for (; lane != NULL; lane = lane->link)
        if (lane->hash == h && strcmp(lane->key, key) == 0)
            return lane;
    lane = calloc(1, sizeof(*lane));
    if (lane == NULL || (lane->key = strdup(key)) == NULL || (lane->dest = strdup(dest)) == NULL)
        abort();
    lane->hash = h;
    lane->prio = HWD_PRIO_NOTE;
    lane->link = l->buckets[h % BUCKETS];
    l->buckets[h % BUCKETS] = lane;
    return lane;
}

/* A lane already in a ready list stays where it is; its urgency counts from its next turn on. */
void
hwd_lanes_add(hwd_lanes_t *l, const char *key, const char *dest, hwd_job_t *job)
{
    hwd_lane_t *lane;
    int urgent;

    pthread_mutex_lock(&l->lock);
    lane = find(l, key, dest);
    hwd_jobs_add(&lane->jobs, job);
    urgent = job->prio < lane->prio;
    if (lane->state == IDLE) {
        lane->prio = job->prio;
        make_ready(l, lane);
    } else if (urgent && lane->state != READY) {
        lane->prio = job->prio;
        if (lane->state == WAITING && lane->wait == HWD_WAIT_RATE)
            end_wait(l, lane);
    }
    pthread_mutex_unlock(&l->lock);
}

static void
take_jobs(hwd_lane_t *lane, int max, hwd_jobs_t *out)
{
    memset(out, 0, sizeof(*out));
    while (out->count < max && lane->jobs.first != NULL) {
        hwd_job_t *job = lane->jobs.first;

        lane->jobs.first = job->next;
        if (--lane->jobs.count == 0)
            lane->jobs.last = NULL;
        hwd_jobs_add(out, job);
    }
}

/* One idle worker, the leader, sleeps until the next wake-up; the others until they are called. */
static void
idle(hwd_lanes_t *l)
{
    if (l->leader) {
        l->idle++;
        pthread_cond_wait(&l->work, &l->lock);
        l->idle--;
        if (l->called > 0)
            l->called--;
        return;
    }
    l->leader = 1;
    if (l->nheap > 0)
        hwd_wait_until(&l->tick, &l->lock, l->heap[0]->wake);
    else
        pthread_cond_wait(&l->tick, &l->lock);
    l->leader = 0;
    call_follower(l); /* somebody else watches the clock meanwhile */
}

hwd_lane_t *
hwd_lanes_take(hwd_lanes_t *l, int max, hwd_jobs_t *jobs)
{
    hwd_lane_t *lane;

    pthread_mutex_lock(&l->lock);
    for (;;) {
        apr_time_t now = l->nheap > 0 && !l->stopping ? hw_clock_mono() : 0;

        while (now > 0 && l->nheap > 0 && l->heap[0]->wake <= now)
            end_wait(l, l->heap[0]);
        if ((lane = pop_ready(l)) != NULL || l->stopping)
            break;
        idle(l);
    }
    if (lane != NULL) {
        lane->state = BUSY;
        l->busy++;
        take_jobs(lane, max, jobs);
        lane->prio = HWD_PRIO_NOTE;
    }
    pthread_mutex_unlock(&l->lock);
    return lane;
}

static hwd_prio_e
most_urgent(const hwd_jobs_t *jobs)
{
    hwd_prio_e prio = HWD_PRIO_NOTE;

    for (const hwd_job_t *job = jobs->first; job != NULL; job = job->next)
        if (job->prio < prio)
            prio = job->prio;
    return prio;
}

void
hwd_lanes_give(hwd_lanes_t *l, hwd_lane_t *lane, hwd_jobs_t *left, hwd_wait_e wait,
               apr_time_t until)
{
    hwd_prio_e before;

    pthread_mutex_lock(&l->lock);
    l->busy--;
    before = most_urgent(left);
    if (left->last != NULL) {
        int more = lane->jobs.count;

        left->last->next = lane->jobs.first;
        if (more == 0)
            lane->jobs.last = left->last;
        lane->jobs.first = left->first;
        lane->jobs.count = left->count + more;
    }
    if (lane->jobs.count == 0) {
        forget(l, lane);
    } else {
        int urgent = lane->prio < before; /* came while the lane was held */

        lane->prio = most_urgent(&lane->jobs);
        if (wait == HWD_WAIT_NONE || (wait == HWD_WAIT_RATE && urgent)) {
            make_ready(l, lane);
        } else {
            lane->state = WAITING;
            lane->wait = wait;
            lane->wake = until;
            heap_add(l, lane);
        }
    }
    pthread_mutex_unlock(&l->lock);
}

/* Collected first: taking one out of the heap moves others about. */
void
hwd_lanes_wake(hwd_lanes_t *l, const char *dest)
{
    hwd_lane_t **found;
    int n = 0;

    pthread_mutex_lock(&l->lock);
    found = malloc(sizeof(*found) * (apr_size_t)(l->nheap + 1));
    if (found == NULL)
        abort();
    for (int i = 0; i < l->nheap; i++)
        if (l->heap[i]->wait == HWD_WAIT_DEST && strcmp(l->heap[i]->dest, dest) == 0)
            found[n++] = l->heap[i];
    for (int i = 0; i < n; i++)
        end_wait(l, found[i]);
    pthread_mutex_unlock(&l->lock);
    free(found);
}

void
hwd_lanes_stop(hwd_lanes_t *l)
{
    pthread_mutex_lock(&l->lock);
    l->stopping = 1;
    pthread_cond_broadcast(&l->work);
    pthread_cond_broadcast(&l->tick);
    pthread_mutex_unlock(&l->lock);
}

apr_uint32_t
hwd_lane_hash(const hwd_lane_t *lane)
{
    return lane->hash;
}

void
hwd_lanes_count(hwd_lanes_t *l, int *ready, int *busy, int *waiting)
{
    pthread_mutex_lock(&l->lock);
    *ready = l->ready;
    *busy = l->busy;
    *waiting = l->nheap;
    pthread_mutex_unlock(&l->lock);
}
