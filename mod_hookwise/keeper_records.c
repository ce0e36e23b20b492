/* SPDX-License-Identifier: Apache-2.0 */
/* Records from Redis into the cache and onto the disk, and back. */
#include "mod_hookwise/keeper_records.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/json.h"

#define COPY_MAX (64 * 1024 * 1024) /* bytes of the copy */

struct mhw_records_t {
    const char *path;
    mhw_cache_t *cache;
    apr_pool_t *pool;     /* of versions; a new one when they change */
    apr_hash_t *versions; /* id → version, as of the last refresh */
    apr_thread_mutex_t *lock; /* guards what follows; held while the copy is read */
    struct timespec seen;     /* when the copy that was read last had been written */
};

apr_status_t
mhw_records_make(const char *path, mhw_cache_t *cache, mhw_records_t **out, apr_pool_t *pchild)
{
    mhw_records_t *rs = apr_pcalloc(pchild, sizeof(*rs));

    rs->path = apr_pstrdup(pchild, path);
    rs->cache = cache;
    apr_pool_create(&rs->pool, pchild);
    rs->versions = apr_hash_make(rs->pool);
    *out = rs;
    return apr_thread_mutex_create(&rs->lock, APR_THREAD_MUTEX_DEFAULT, pchild);
}

static int
put(mhw_records_t *rs, const char *id, const char *record, apr_pool_t *ptemp)
{
    const mhw_endpoint_t *ep;

    return mhw_cache_put(rs->cache, id, record, &ep, NULL, ptemp) == APR_SUCCESS;
}

/* --- the copy ------------------------------------------------------------------------------------- */

/* NULL when the copy is the one that was read last, or cannot be read. */
static char *
slurp(mhw_records_t *rs, apr_size_t *len, apr_pool_t *p)
{
    int fd = open(rs->path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    char *text = NULL;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && st.st_size < COPY_MAX &&
        memcmp(&st.st_mtim, &rs->seen, sizeof(rs->seen)) != 0) {
        rs->seen = st.st_mtim;
        text = apr_palloc(p, (apr_size_t)st.st_size + 1);
        *len = (apr_size_t)st.st_size;
        if (read(fd, text, *len) != (ssize_t)*len)
            text = NULL;
    }
    close(fd);
    return text;
}

static int
load(mhw_records_t *rs, apr_pool_t *ptemp)
{
    hw_json_opts_t opts = { .max_bytes = COPY_MAX, .max_nodes = 100 * HW_MAX_JSON_NODES };
    apr_size_t len = 0;
    char *text = slurp(rs, &len, ptemp);
    hw_json_t *doc;
    int n = 0;

    if (text == NULL || hw_json_parse(text, len, &opts, &doc, NULL, NULL, ptemp) != APR_SUCCESS ||
        !json_object_is_type(doc, json_type_object))
        return 0;
    json_object_object_foreach(doc, id, record) {
        if (json_object_is_type(record, json_type_string))
            n += put(rs, id, json_object_get_string(record), ptemp);
    }
    return n;
}

int
mhw_records_load(mhw_records_t *rs, apr_pool_t *ptemp)
{
    int n;

    apr_thread_mutex_lock(rs->lock);
    n = load(rs, ptemp);
    apr_thread_mutex_unlock(rs->lock);
    return n > 0;
}

/* Whole or not at all: children write it at the same time. */
static void
save(const mhw_records_t *rs, const redisReply *all, apr_pool_t *ptemp)
{
    const char *temp = apr_psprintf(ptemp, "%s.%ld", rs->path, (long)getpid());
    hw_json_t *doc = hw_json_own(json_object_new_object(), ptemp);
    const char *text;
    int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), whole;
    ssize_t len;

    if (fd < 0)
        return;
    for (size_t i = 0; i + 1 < all->elements; i += 2)
        hw_json_set_string(doc, all->element[i]->str, all->element[i + 1]->str);
    text = hw_json_write(doc, ptemp);
    len = (ssize_t)strlen(text);
    whole = write(fd, text, (size_t)len) == len && fdatasync(fd) == 0;
    close(fd);
    if (!whole || rename(temp, rs->path) != 0)
        unlink(temp);
}

/* --- Redis ---------------------------------------------------------------------------------------- */

static int
unchanged(const mhw_records_t *rs, const redisReply *versions)
{
    if (versions->elements / 2 != apr_hash_count(rs->versions))
        return 0;
    for (size_t i = 0; i + 1 < versions->elements; i += 2) {
        const char *known = apr_hash_get(rs->versions, versions->element[i]->str,
                                         APR_HASH_KEY_STRING);

        if (known == NULL || strcmp(known, versions->element[i + 1]->str) != 0)
            return 0;
    }
    return 1;
}

static void
remember(mhw_records_t *rs, const redisReply *versions)
{
    apr_pool_clear(rs->pool);
    rs->versions = apr_hash_make(rs->pool);
    for (size_t i = 0; i + 1 < versions->elements; i += 2)
        apr_hash_set(rs->versions, apr_pstrdup(rs->pool, versions->element[i]->str),
                     APR_HASH_KEY_STRING, apr_pstrdup(rs->pool, versions->element[i + 1]->str));
}

/* Endpoints that are gone leave the cache too: without Redis nobody could say so. */
static void
drop_gone(mhw_records_t *rs, const redisReply *versions, apr_pool_t *ptemp)
{
    apr_hash_t *there = apr_hash_make(ptemp);

    for (size_t i = 0; i + 1 < versions->elements; i += 2)
        apr_hash_set(there, versions->element[i]->str, APR_HASH_KEY_STRING, "");
    for (apr_hash_index_t *hi = apr_hash_first(ptemp, rs->versions); hi; hi = apr_hash_next(hi))
        if (apr_hash_get(there, apr_hash_this_key(hi), APR_HASH_KEY_STRING) == NULL)
            mhw_cache_drop(rs->cache, apr_hash_this_key(hi));
}

apr_status_t
mhw_records_refresh(mhw_records_t *rs, hw_queue_t *q, hw_result_t *res, apr_pool_t *ptemp)
{
    redisReply *published, *versions, *all;
    apr_status_t rv = hw_queue_commandf(q, &published, res, ptemp, "EXISTS hw:cfg");

    /* A flushed Redis says nothing of endpoints: what is known stays. */
    if (rv != APR_SUCCESS || published->integer != 1)
        return rv;
    rv = hw_queue_commandf(q, &versions, res, ptemp, "HGETALL hw:epv");
    if (rv != APR_SUCCESS || unchanged(rs, versions))
        return rv;
    rv = hw_queue_commandf(q, &all, res, ptemp, "HGETALL hw:ep");
    if (rv != APR_SUCCESS)
        return rv;
    for (size_t i = 0; i + 1 < all->elements; i += 2)
        put(rs, all->element[i]->str, all->element[i + 1]->str, ptemp);
    drop_gone(rs, versions, ptemp);
    remember(rs, versions);
    save(rs, all, ptemp);
    return APR_SUCCESS;
}
