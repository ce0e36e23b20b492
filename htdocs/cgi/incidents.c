/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents: the tickets HookWise keeps itself. */
#include <string.h>

#include "common/result.h"
#include "common/text.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"

#define NOTE_MAX 65536 /* bytes of a note */

apr_status_t
hwc_incidents_list(hwc_t *c)
{
    hw_incident_filter_t f = {.tenant = hwc_tenant(c), .status = hwc_arg(c, "status"),
                              .endpoint_id = hwc_arg(c, "endpoint_id"),
                              .company = hwc_arg(c, "company"), .q = hwc_arg(c, "q")};
    hw_json_t *list;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_page(c, &f.limit, &f.cursor)) != APR_SUCCESS ||
        (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_incident_page(s, &f, &list, c->res, c->p)) != APR_SUCCESS)
        return rv;
    return hwc_json(c, 200, json_object_get(list));
}

static apr_status_t
find(hwc_t *c, hw_store_t **s, hw_json_t **incident)
{
    apr_status_t rv = hwc_store(c, s);

    if (rv == APR_SUCCESS)
        rv = hw_store_incident_get(*s, c->params[0], incident, c->res, c->p);
    if (rv == APR_SUCCESS && !hwc_visible(c, hw_json_get_string(*incident, "tenant")))
        return hwc_refuse(c, 404, "no-incident", "there is no incident %s", c->params[0]);
    return rv;
}

static apr_status_t
answer(hwc_t *c, hw_store_t *s, hw_json_t *incident)
{
    apr_status_t rv = hw_store_incident_around(s, incident, c->res, c->p);

    return rv == APR_SUCCESS ? hwc_json(c, 200, json_object_get(incident)) : rv;
}

apr_status_t
hwc_incident_get(hwc_t *c)
{
    hw_json_t *incident;
    hw_store_t *s;
    apr_status_t rv = find(c, &s, &incident);

    return rv == APR_SUCCESS ? answer(c, s, incident) : rv;
}

static apr_status_t
check_text(hwc_t *c, const char *field, const char *text)
{
    if (hw_text_blank(text))
        return hw_fail_field(c->res, APR_EINVAL, "bad-note", field, "is missing or empty");
    if (strlen(text) > NOTE_MAX)
        return hw_fail_field(c->res, APR_EINVAL, "bad-note", field, "is longer than %d bytes",
                             NOTE_MAX);
    return APR_SUCCESS;
}

apr_status_t
hwc_incident_patch(hwc_t *c)
{
    static const char *const names[] = {"status", "note", NULL};
    hw_actor_t by = hwc_actor(c);
    const char *status, *note;
    hw_json_t *body, *incident, *added;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "status", &status)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "note", &note)) != APR_SUCCESS ||
        (note != NULL && (rv = check_text(c, "note", note)) != APR_SUCCESS))
        return rv;
    if (status == NULL)
        return hw_fail_field(c->res, APR_EINVAL, "bad-status", "status",
                             "is missing; it takes open, acknowledged or closed");
    if ((rv = find(c, &s, &incident)) != APR_SUCCESS ||
        (rv = hw_store_incident_status(s, c->params[0], status, &by, c->now, c->res, c->p)) !=
            APR_SUCCESS ||
        (note != NULL && (rv = hw_store_incident_comment(s, c->params[0], note, &by, c->now,
                                                         &added, c->res, c->p)) != APR_SUCCESS) ||
        (rv = find(c, &s, &incident)) != APR_SUCCESS)
        return rv;
    return answer(c, s, incident);
}

apr_status_t
hwc_incident_notes(hwc_t *c)
{
    hw_json_t *incident;
    hw_store_t *s;
    apr_status_t rv = find(c, &s, &incident);

    return rv == APR_SUCCESS
               ? hwc_list_whole(c, json_object_get(hw_json_get(incident, "notes")))
               : rv;
}

apr_status_t
hwc_incident_note(hwc_t *c)
{
    static const char *const names[] = {"text", NULL};
    hw_actor_t by = hwc_actor(c);
    hw_json_t *body, *incident, *note;
    const char *text;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "text", &text)) != APR_SUCCESS ||
        (rv = check_text(c, "text", text)) != APR_SUCCESS ||
        (rv = find(c, &s, &incident)) != APR_SUCCESS ||
        (rv = hw_store_incident_comment(s, c->params[0], text, &by, c->now, &note, c->res, c->p)) !=
            APR_SUCCESS)
        return rv;
    return hwc_json(c, 201, json_object_get(note));
}
