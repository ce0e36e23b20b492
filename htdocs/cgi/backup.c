/* SPDX-License-Identifier: Apache-2.0 */
/* Backup and restore of all that is configured, and forgetting what is remembered. */
#include <apr_strings.h>

#include "common/clock.h"
#include "common/result.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"

apr_status_t
hwc_backup(hwc_t *c)
{
    hw_actor_t by = hwc_actor(c);
    hw_store_t *s;
    hw_json_t *v;
    apr_status_t rv;

    if ((rv = hwc_need_all_tenants(c)) != APR_SUCCESS || (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_export(s, &v, c->res, c->p)) != APR_SUCCESS ||
        (rv = hw_store_audit(s, &by, "backup", "", NULL, NULL, c->res, c->p)) != APR_SUCCESS)
        return rv;
    apr_table_setn(c->out, "Content-Disposition",
                   apr_psprintf(c->p, "attachment; filename=\"hookwise-%.10s.json\"",
                                hw_time_rfc3339(c->now, c->p)));
    return hwc_json(c, 200, json_object_get(v));
}

apr_status_t
hwc_restore(hwc_t *c)
{
    hw_actor_t by = hwc_actor(c);
    hw_json_t *doc, *report, *v;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_need_all_tenants(c)) != APR_SUCCESS)
        return rv;
    if (c->body_len == 0)
        return hw_fail_field(c->res, APR_EINVAL, "bad-json", "body", "is empty; send a backup");
    if ((rv = hwc_store(c, &s)) != APR_SUCCESS)
        return rv;
    if ((rv = hw_backup_open(s, c->body, c->body_len, &doc, c->res, c->p)) != APR_SUCCESS)
        return hw_result_in_field(c->res, "body");
    if ((rv = hw_store_import(s, doc, &by, &report, c->res, c->p)) != APR_SUCCESS)
        return rv;
    v = json_object_new_object();
    hw_json_set(v, "report", json_object_get(report));
    hwc_publish(c, NULL, v);
    return hwc_json(c, 200, v);
}

apr_status_t
hwc_clear_cache(hwc_t *c)
{
    apr_int64_t alerts;
    hw_store_t *s;
    hw_queue_t *q;
    hw_json_t *v;
    int endpoints;
    apr_status_t rv;

    if ((rv = hwc_need_all_tenants(c)) != APR_SUCCESS || (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_alert_forget(s, &alerts, c->res, c->p)) != APR_SUCCESS ||
        (rv = hwc_queue(c, &q)) != APR_SUCCESS ||
        (rv = hw_publish(s, q, c->settings, NULL, &endpoints, c->res, c->p)) != APR_SUCCESS)
        return rv;
    v = json_object_new_object();
    hw_json_set_int(v, "endpoints", endpoints);
    hw_json_set_int(v, "alerts", alerts);
    return hwc_json(c, 200, v);
}
