/* SPDX-License-Identifier: Apache-2.0 */
/* The module record: handlers, hooks and directives in one place. */
#include "mod_hookwise/auth.h"
#include "mod_hookwise/await.h"
#include "mod_hookwise/backend.h"
#include "mod_hookwise/config.h"
#include "mod_hookwise/feed.h"
#include "mod_hookwise/health.h"
#include "mod_hookwise/ingest.h"
#include "mod_hookwise/metrics.h"
#include "mod_hookwise/query.h"
#include "mod_hookwise/sync.h"

#include <http_protocol.h>
#include <http_request.h>
#include <string.h>

static const struct {
    const char *name;
    int (*handle)(request_rec *r);
} handlers[] = {
    { "hookwise-webhook", mhw_ingest_handler },
    { "hookwise-sync", mhw_sync_handler },
    { "hookwise-health", mhw_health_handler },
    { "hookwise-metrics", mhw_metrics_handler },
    { "hookwise-events", mhw_stream_handler },
};

static int
handle(request_rec *r)
{
    if (r->handler == NULL)
        return DECLINED;
    for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++)
        if (strcmp(r->handler, handlers[i].name) == 0)
            return handlers[i].handle(r);
    return DECLINED;
}

static void
register_hooks(apr_pool_t *p)
{
    ap_hook_check_config(mhw_backend_check, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(mhw_backend_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_translate_name(mhw_query_translate, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_map_to_storage(mhw_query_storage, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(handle, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(mhw_query_log, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_log_transaction(mhw_await_next, NULL, NULL, APR_HOOK_REALLY_LAST);
    mhw_auth_register(p);
}

module AP_MODULE_DECLARE_DATA hookwise_module __attribute__((visibility("default"))) = {
    STANDARD20_MODULE_STUFF,
    mhw_dir_make,
    mhw_dir_merge,
    mhw_server_make,
    mhw_server_merge,
    mhw_directives,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
