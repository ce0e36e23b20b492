/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoint cache: a hash under a mutex, counted references, a pool for each record. */
#include "mod_hookwise/cache.h"

#include <apr_atomic.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <string.h>

#include "mod_hookwise/answer.h"

typedef struct {
    mhw_endpoint_t pub; /* first: the address callers know */
    apr_pool_t *pool;   /* owns this and everything in it */
    volatile apr_uint32_t refs;
} entry_t;

struct mhw_cache_t {
    const hw_keyring_t *ring;
    apr_thread_mutex_t *lock; /* guards the hash; held for a lookup only */
    apr_hash_t *entries;
};

apr_status_t
mhw_cache_make(const hw_keyring_t *ring, mhw_cache_t **out, apr_pool_t *pchild)
{
    mhw_cache_t *cache = apr_pcalloc(pchild, sizeof(*cache));

    cache->ring = ring;
    cache->entries = apr_hash_make(pchild);
    *out = cache;
    return apr_thread_mutex_create(&cache->lock, APR_THREAD_MUTEX_DEFAULT, pchild);
}

static apr_status_t
release(void *data)
{
    entry_t *entry = data;

    if (apr_atomic_dec32(&entry->refs) == 0)
        apr_pool_destroy(entry->pool);
    return APR_SUCCESS;
}

/* One reference more, given back with p. */
static const mhw_endpoint_t *
hold(entry_t *entry, apr_pool_t *p)
{
    apr_atomic_inc32(&entry->refs);
    apr_pool_cleanup_register(p, entry, release, apr_pool_cleanup_null);
    return &entry->pub;
}

const mhw_endpoint_t *
mhw_cache_get(mhw_cache_t *cache, const char *id, apr_pool_t *p)
{
    const mhw_endpoint_t *ep = NULL;
    entry_t *entry;

    apr_thread_mutex_lock(cache->lock);
    entry = apr_hash_get(cache->entries, id, APR_HASH_KEY_STRING);
    if (entry != NULL)
        ep = hold(entry, p);
    apr_thread_mutex_unlock(cache->lock);
    return ep;
}

/* The key lies in the old entry's pool: it goes before the new one comes. */
static void
replace(mhw_cache_t *cache, const char *id, entry_t *entry)
{
    entry_t *old;

    apr_thread_mutex_lock(cache->lock);
    old = apr_hash_get(cache->entries, id, APR_HASH_KEY_STRING);
    apr_hash_set(cache->entries, id, APR_HASH_KEY_STRING, NULL);
    if (entry != NULL)
        apr_hash_set(cache->entries, entry->pub.id, APR_HASH_KEY_STRING, entry);
    apr_thread_mutex_unlock(cache->lock);
    if (old != NULL)
        release(old);
}

/* An allocator of its own: the record is freed by whichever thread lets go of it last. */
static apr_status_t
make_entry(entry_t **out)
{
    apr_allocator_t *allocator;
    apr_pool_t *pool;
    apr_status_t rv;

    if ((rv = apr_allocator_create(&allocator)) != APR_SUCCESS)
        return rv;
    if ((rv = apr_pool_create_unmanaged_ex(&pool, NULL, allocator)) != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        return rv;
    }
    apr_allocator_owner_set(allocator, pool);
    *out = apr_pcalloc(pool, sizeof(**out));
    (*out)->pool = pool;
    return APR_SUCCESS;
}

apr_status_t
mhw_cache_put(mhw_cache_t *cache, const char *id, const char *record, const mhw_endpoint_t **out,
              hw_result_t *res, apr_pool_t *p)
{
    entry_t *entry;
    apr_status_t rv = make_entry(&entry);

    if (rv != APR_SUCCESS)
        return hw_fail_temp(res, rv, "no-memory", "cannot make a pool for endpoint %s", id);
    entry->pub.id = apr_pstrdup(entry->pool, id);
    entry->pub.record = apr_pstrdup(entry->pool, record);
    rv = hw_auth_parse(entry->pub.record, strlen(record), cache->ring, &entry->pub.auth, res,
                       entry->pool);
    if (rv != APR_SUCCESS) {
        apr_pool_destroy(entry->pool);
        return rv;
    }
    entry->pub.stored_series = mhw_outcome_series(MHW_STORED, entry->pub.auth->name, entry->pool);
    entry->refs = 1; /* the cache's */
    *out = hold(entry, p);
    replace(cache, id, entry);
    return APR_SUCCESS;
}

void
mhw_cache_drop(mhw_cache_t *cache, const char *id)
{
    replace(cache, id, NULL);
}
