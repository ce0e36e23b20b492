/* SPDX-License-Identifier: Apache-2.0 */
/* The mirror of the PSAs' tickets. */
#include <string.h>

#include "common/result.h"
#include "common/store_mirror.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"

static apr_status_t
deleted_arg(hwc_t *c, int *out)
{
    const char *s = hwc_arg(c, "deleted");

    *out = -1;
    if (s != NULL && strcmp(s, "true") != 0 && strcmp(s, "false") != 0)
        return hw_fail_field(c->res, APR_EINVAL, "bad-value", "deleted", "takes true or false");
    if (s != NULL)
        *out = strcmp(s, "true") == 0;
    return APR_SUCCESS;
}

apr_status_t
hwc_tickets_list(hwc_t *c)
{
    hw_mirror_filter_t f = {.tenant = hwc_tenant(c), .provider = hwc_arg(c, "provider"),
                            .status = hwc_arg(c, "status"), .q = hwc_arg(c, "q")};
    hw_json_t *list;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = deleted_arg(c, &f.deleted)) != APR_SUCCESS ||
        (rv = hwc_page(c, &f.limit, &f.cursor)) != APR_SUCCESS ||
        (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_mirror_page(s, &f, &list, c->res, c->p)) != APR_SUCCESS)
        return rv;
    return hwc_json(c, 200, json_object_get(list));
}
