/* SPDX-License-Identifier: Apache-2.0 */
/* Chat targets of an endpoint: a test message, and what became of messages. */
#include "common/store_work.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"

#define TEST_WAIT 40 /* seconds for all targets */

apr_status_t
hwc_notify_test(hwc_t *c)
{
    static const char *const names[] = {"target", NULL};
    hw_json_t *question = json_object_new_object(), *body, *items;
    const char *target = NULL;
    hw_endpoint_row_t *row;
    hw_store_t *s;
    apr_status_t rv;

    hw_json_own(question, c->p);
    if ((rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "target", &target)) != APR_SUCCESS ||
        (rv = hwc_endpoint_find(c, c->params[0], 0, &s, &row)) != APR_SUCCESS)
        return rv;
    hw_json_set_string(question, "what", "notify.test");
    hw_json_set_string(question, "endpoint_id", row->id);
    if (target != NULL)
        hw_json_set_string(question, "target", target);
    if ((rv = hwc_ask(c, json_object_get(question), TEST_WAIT, &items)) != APR_SUCCESS)
        return rv;
    return hwc_list(c, json_object_get(items), NULL);
}

apr_status_t
hwc_notifications_list(hwc_t *c)
{
    hw_endpoint_row_t *row;
    const char *cursor;
    hw_store_t *s;
    hw_json_t *v;
    int limit;
    apr_status_t rv;

    if ((rv = hwc_page(c, &limit, &cursor)) != APR_SUCCESS ||
        (rv = hwc_endpoint_find(c, c->params[0], 0, &s, &row)) != APR_SUCCESS ||
        (rv = hw_store_notification_list(s, row->id, limit, cursor, &v, c->res, c->p)) !=
            APR_SUCCESS)
        return rv;
    return hwc_json(c, 200, json_object_get(v));
}
