/* SPDX-License-Identifier: Apache-2.0 */
/* Database and Redis for handlers. */
#include "htdocs/cgi/services.h"

#include "common/result.h"

struct hwc_services_t {
    hw_store_t store;
    hw_queue_t *queue;
    int stale; /* Redis' connection is of an earlier request: it may be gone by now */
};

apr_status_t
hwc_services_make(const hw_settings_t *settings, const hw_keyring_t *ring, hwc_services_t **out,
                  hw_result_t *res, apr_pool_t *p)
{
    hwc_services_t *sv = apr_pcalloc(p, sizeof(*sv));
    hw_queue_opts_t opts = hw_queue_settings(settings, p);
    apr_status_t rv;

    if ((rv = hw_queue_make(&opts, &sv->queue, res, p)) != APR_SUCCESS)
        return rv;
    if ((rv = hw_db_make(hw_set_text(settings, "DATABASE_URL"), &sv->store.db, res, p)) !=
        APR_SUCCESS)
        return rv;
    sv->store.ring = ring;
    *out = sv;
    return APR_SUCCESS;
}

void
hwc_services_rest(hwc_services_t *sv)
{
    hw_db_rollback(sv->store.db);
    sv->stale = 1;
}

apr_status_t
hwc_store(hwc_t *c, hw_store_t **out)
{
    hwc_services_t *sv = c->services;
    apr_status_t rv = hw_db_tenant(sv->store.db, c->user != NULL ? hwc_bound(c) : NULL, c->res);

    *out = &sv->store;
    return rv == APR_SUCCESS ? hw_db_connect(sv->store.db, c->res) : rv;
}

apr_status_t
hwc_store_of_all(hwc_t *c, hw_store_t **out)
{
    hwc_services_t *sv = c->services;
    apr_status_t rv = hw_db_tenant(sv->store.db, NULL, c->res);

    *out = &sv->store;
    return rv == APR_SUCCESS ? hw_db_connect(sv->store.db, c->res) : rv;
}

apr_status_t
hwc_queue(hwc_t *c, hw_queue_t **out)
{
    hwc_services_t *sv = c->services;

    *out = sv->queue;
    if (sv->stale) { /* a restart of Redis is nothing that a page should hear of */
        const char *ping[] = {"PING"};
        redisReply *pong;

        sv->stale = 0;
        hw_queue_command(sv->queue, 1, ping, NULL, &pong, NULL, c->p);
    }
    return hw_queue_connect(sv->queue, c->res);
}
