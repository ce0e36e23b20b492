/* SPDX-License-Identifier: Apache-2.0 */
/* The audit log: who changed what. */
#include "common/result.h"
#include "common/store_identity.h"
#include "htdocs/cgi/handlers.h"

apr_status_t
hwc_audit_list(hwc_t *c)
{
    hw_audit_filter_t f = {.who = hwc_arg(c, "who"), .what = hwc_arg(c, "what"),
                           .object = hwc_arg(c, "object"), .tenant = hwc_tenant(c),
                           .cursor = hwc_arg(c, "cursor")};
    hw_json_t *list;
    hw_store_t *s;
    long limit;
    apr_status_t rv;

    if ((rv = hwc_arg_int(c, "limit", HWC_LIST_LIMIT, 1, HWC_LIST_MAX, &limit)) != APR_SUCCESS ||
        (rv = hwc_arg_time(c, "from", &f.from)) != APR_SUCCESS ||
        (rv = hwc_arg_time(c, "to", &f.to)) != APR_SUCCESS)
        return rv;
    f.limit = (int)limit;
    if ((rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_audit_list(s, &f, &list, c->res, c->p)) != APR_SUCCESS)
        return rv;
    return hwc_json(c, 200, json_object_get(list));
}
