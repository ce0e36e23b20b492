/* SPDX-License-Identifier: Apache-2.0 */
/* Backends of a child: made when it starts. */
#include "mod_hookwise/backend.h"

#include <http_log.h>
#include <string.h>

#include "mod_hookwise/keeper.h"

APLOG_USE_MODULE(hookwise);

static int
same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static int
same_folder(const char *a, const char *b, apr_pool_t *ptemp)
{
    apr_finfo_t one, other;

    return apr_stat(&one, a, APR_FINFO_IDENT, ptemp) == APR_SUCCESS &&
           apr_stat(&other, b, APR_FINFO_IDENT, ptemp) == APR_SUCCESS &&
           one.device == other.device && one.inode == other.inode;
}

/* What waits in a folder goes to one Redis, whichever of its writers moves it there. */
int
mhw_backend_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main_server)
{
    (void)pconf;
    (void)plog;
    for (server_rec *s = main_server; s != NULL; s = s->next) {
        const mhw_server_t *sc = mhw_server(s);

        if (sc->redis_url == NULL || sc->spool_dir == NULL)
            continue;
        for (server_rec *before = main_server; before != s; before = before->next) {
            const mhw_server_t *other = mhw_server(before);

            if (other->redis_url == NULL || other->spool_dir == NULL ||
                same(other->redis_url, sc->redis_url) ||
                !same_folder(other->spool_dir, sc->spool_dir, ptemp))
                continue;
            ap_log_error(APLOG_MARK, APLOG_CRIT | APLOG_STARTUP, 0, s,
                         "HookwiseSpoolDir %s is of two servers whose HookwiseRedis differ: give "
                         "each a folder of its own, or webhooks reach the other's Redis",
                         sc->spool_dir);
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    return OK;
}

/* A backend some server before this one has, with all that makes it the same. */
static mhw_backend_t *
find(server_rec *first, const server_rec *until, const mhw_server_t *sc)
{
    for (server_rec *s = first; s != until; s = s->next) {
        const mhw_server_t *other = mhw_server(s);

        if (same(other->redis_url, sc->redis_url) && same(other->password, sc->password) &&
            same(other->spool_dir, sc->spool_dir) && other->ring == sc->ring &&
            mhw_timeout(other) == mhw_timeout(sc))
            return other->backend;
    }
    return NULL;
}

/* A folder that cannot be used is told, and the child does without: 503 while Redis is away. */
static void
start_spool(mhw_backend_t *backend, apr_pool_t *pchild, server_rec *s, const mhw_server_t *sc)
{
    mhw_keeper_opts_t opts = { .url = sc->redis_url, .password = sc->password,
                               .timeout = mhw_timeout(sc), .server = s, .cache = backend->cache };
    hw_result_t *res = hw_result_make(pchild);

    if (mhw_spool_make(sc->spool_dir, &opts.spool, res, pchild) == APR_SUCCESS &&
        mhw_keeper_start(&opts, &backend->records, res, pchild) == APR_SUCCESS)
        backend->spool = opts.spool;
    else
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, "HookwiseSpoolDir: %s; this process works without "
                     "it until httpd is reloaded", hw_result_text(res, pchild));
}

static mhw_backend_t *
make(apr_pool_t *pchild, server_rec *s, const mhw_server_t *sc)
{
    mhw_backend_t *backend = apr_pcalloc(pchild, sizeof(*backend));
    mhw_io_opts_t opts = { .url = sc->redis_url, .password = sc->password,
                           .timeout = mhw_timeout(sc), .server = s,
                           .meanwhile = sc->spool_dir != NULL ? "webhooks go to the spool"
                                                              : "webhooks are answered 503" };
    hw_result_t *res = hw_result_make(pchild);

    if (mhw_cache_make(sc->ring, &backend->cache, pchild) != APR_SUCCESS ||
        mhw_ids_make(&backend->ids, pchild) != APR_SUCCESS ||
        mhw_known_make(&backend->known, pchild) != APR_SUCCESS ||
        hw_throttle_make(&backend->throttle, pchild) != APR_SUCCESS ||
        mhw_sync_make(&backend->sync, pchild) != APR_SUCCESS ||
        mhw_io_start(&opts, &backend->io, res, pchild) != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s, "webhooks cannot be taken: %s",
                     hw_result_text(res, pchild));
        return NULL;
    }
    if (mhw_feed_make(&(mhw_feed_opts_t){ .url = sc->redis_url, .password = sc->password,
                                          .server = s },
                      &backend->feed, res, pchild) != APR_SUCCESS)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, "there is no live feed: %s",
                     hw_result_text(res, pchild));
    if (sc->spool_dir != NULL)
        start_spool(backend, pchild, s, sc);
    return backend;
}

void
mhw_backend_child_init(apr_pool_t *pchild, server_rec *main_server)
{
    for (server_rec *s = main_server; s != NULL; s = s->next) {
        mhw_server_t *sc = mhw_server(s);

        if (sc->redis_url == NULL)
            continue;
        sc->backend = find(main_server, s, sc);
        if (sc->backend == NULL)
            sc->backend = make(pchild, s, sc);
    }
}
