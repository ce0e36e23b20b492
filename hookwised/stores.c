/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of database connections, and the in-process half of the ticket lock. */
#include "hookwised/stores.h"

#include "hookwised/driver.h"

#include <apr_strings.h>
#include <string.h>

#define STRIPES 1024

struct hwd_stores_t {
    hwd_t *d;
    pthread_mutex_t lock;
    pthread_cond_t freed[2];
    int room[2];             /* by use */
    hw_store_t **idle;       /* a stack: the warmest connection is taken first */
    int nidle;
    pthread_mutex_t stripes[STRIPES]; /* keys that share one merely wait for each other */
};

apr_status_t
hwd_store_own(hwd_t *d, hw_store_t **out, hw_result_t *res, apr_pool_t *p)
{
    hw_store_t *s = apr_pcalloc(p, sizeof(*s));

    s->ring = d->ring;
    *out = s;
    return hw_db_make(hw_set_text(d->settings, "DATABASE_URL"), &s->db, res, p);
}

apr_status_t
hwd_stores_make(hwd_t *d, hw_result_t *res)
{
    hwd_stores_t *s = apr_pcalloc(d->p, sizeof(*s));
    int held = (int)hw_set_int(d->settings, "CW_MAX_CONNECTIONS");
    apr_status_t rv;

    s->d = d;
    pthread_mutex_init(&s->lock, NULL);
    for (int i = 0; i < STRIPES; i++)
        pthread_mutex_init(&s->stripes[i], NULL);
    s->room[HWD_STORE_SHORT] = HWD_DB_SHORT;
    s->room[HWD_STORE_HELD] = held;
    pthread_cond_init(&s->freed[HWD_STORE_SHORT], NULL);
    pthread_cond_init(&s->freed[HWD_STORE_HELD], NULL);
    s->idle = apr_pcalloc(d->p, sizeof(*s->idle) * (apr_size_t)(HWD_DB_SHORT + held));
    for (int i = 0; i < HWD_DB_SHORT + held; i++) {
        /* A pool each: connections are used by different threads at the same time. */
        if ((rv = hwd_store_own(d, &s->idle[i], res, hwd_pool_below(d->p))) != APR_SUCCESS)
            return rv;
        s->nidle++;
    }
    d->stores = s;
    return APR_SUCCESS;
}

hw_store_t *
hwd_store_borrow(hwd_stores_t *s, hwd_store_use_e use)
{
    hw_store_t *store;

    pthread_mutex_lock(&s->lock);
    while (s->room[use] == 0)
        pthread_cond_wait(&s->freed[use], &s->lock);
    s->room[use]--;
    store = s->idle[--s->nidle];
    pthread_mutex_unlock(&s->lock);
    return store;
}

void
hwd_store_return(hwd_stores_t *s, hw_store_t *store, hwd_store_use_e use)
{
    pthread_mutex_lock(&s->lock);
    s->idle[s->nidle++] = store;
    s->room[use]++;
    pthread_cond_signal(&s->freed[use]);
    pthread_mutex_unlock(&s->lock);
}

static pthread_mutex_t *
stripe(hwd_stores_t *s, const char *company, const char *summary)
{
    apr_uint32_t h = 2166136261u;

    for (const char *c = company != NULL ? company : ""; *c != '\0'; c++)
        h = (h ^ (unsigned char)*c) * 16777619u;
    h = (h ^ 0xffu) * 16777619u;
    for (const char *c = summary; *c != '\0'; c++)
        h = (h ^ (unsigned char)*c) * 16777619u;
    return &s->stripes[h % STRIPES];
}

void
hwd_ticket_enter(hwd_stores_t *s, const char *company, const char *summary)
{
    pthread_mutex_lock(stripe(s, company, summary));
}

void
hwd_ticket_leave(hwd_stores_t *s, const char *company, const char *summary)
{
    pthread_mutex_unlock(stripe(s, company, summary));
}

hw_store_t *
hwd_call_store(const hwd_call_t *c)
{
    return c->store != NULL ? c->store : hwd_store_borrow(c->d->stores, HWD_STORE_SHORT);
}

apr_status_t
hwd_call_done(const hwd_call_t *c, hw_store_t *s, apr_status_t rv)
{
    if (c->store == NULL)
        hwd_store_return(c->d->stores, s, HWD_STORE_SHORT);
    return rv;
}
