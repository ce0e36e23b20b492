/* SPDX-License-Identifier: Apache-2.0 */
/* The ConnectWise Manage driver: tickets, notes, statuses. */
#include <apr_strings.h>
#include <string.h>

#include "common/clock.h"
#include "common/text.h"
#include "hookwised/cw.h"

#define TICKET_FIELDS                                                                             \
    "id,summary,externalXRef,closedFlag,closedDate,company/id,company/identifier,board/id,"       \
    "status/id,status/name"

static apr_status_t
check(const hw_settings_t *s, hw_result_t *res)
{
    static const char *const needed[] = { "CW_URL", "CW_COMPANY", "CW_PUBLIC_KEY",
                                          "CW_PRIVATE_KEY", "CW_CLIENT_ID" };

    for (unsigned i = 0; i < sizeof(needed) / sizeof(*needed); i++)
        if (*hw_set_text(s, needed[i]) == '\0')
            return hw_fail_field(res, APR_EINVAL, "bad-setting", needed[i],
                                 "the destination connectwise needs it");
    return APR_SUCCESS;
}

static const char *
setting_or(const hwd_call_t *c, const char *value, const char *name)
{
    return !hw_text_blank(value) ? value : hw_set_text(c->settings, name);
}

/* --- tickets as the API shows them ------------------------------------------------------------ */

/* Also one that a proxy, or a model of another version, writes as text. */
static int
is_true(const hw_json_t *v)
{
    if (json_object_is_type(v, json_type_string))
        return hw_text_ieq(json_object_get_string((hw_json_t *)v), "true");
    return json_object_get_boolean(v);
}

static const char *
open_status(const hwd_call_t *c, const hw_part_t *part)
{
    return setting_or(c, part->fields[HW_F_STATUS], "CW_STATUS_NEW");
}

static const char *
close_status(const hwd_call_t *c, const hw_part_t *part)
{
    return setting_or(c, part->fields[HW_F_CLOSE_STATUS], "CW_STATUS_CLOSED");
}

/* A board may have no flag on the status that is to close its tickets: for us it closes them all
 * the same, or the next problem would go to a ticket that everybody takes for done. Not when it is
 * the one that new tickets have, of course. */
static int
is_closed(const hwd_call_t *c, const hw_json_t *v, const hw_part_t *part)
{
    const char *name = hw_json_get_string(hw_json_get(v, "status"), "name");

    return is_true(hw_json_get(v, "closedFlag")) ||
           (hw_text_ieq(name, close_status(c, part)) && !hw_text_ieq(name, open_status(c, part)));
}

static hwd_ticket_t *
read_ticket(const hwd_call_t *c, const hw_json_t *v, const hw_part_t *part, apr_pool_t *p)
{
    hwd_ticket_t *t = apr_pcalloc(p, sizeof(*t));
    const hw_json_t *company = hw_json_get(v, "company");
    const char *closed = hw_json_get_string(v, "closedDate");

    t->id = hw_json_text(hw_json_get(v, "id"), p);
    t->summary = hw_json_get_string(v, "summary");
    t->xref = hw_json_get_string(v, "externalXRef");
    t->company = hw_json_get_string(company, "identifier");
    t->company_id = hw_json_text(hw_json_get(company, "id"), p);
    t->open = !is_closed(c, v, part);
    if (t->open || closed == NULL || hw_time_parse(closed, &t->closed_at, NULL) != APR_SUCCESS)
        t->closed_at = 0;
    return t;
}

static int
same_company(const hwd_ticket_t *t, const char *company)
{
    return company != NULL &&
           (hw_text_ieq(t->company, company) ||
            (t->company_id != NULL && strcmp(t->company_id, company) == 0));
}

static int
matches(const hwd_ticket_t *t, const hw_part_t *part)
{
    if (t->id == NULL || !t->open)
        return 0;
    if (t->xref != NULL && strcmp(t->xref, part->xref) == 0)
        return 1;
    return t->summary != NULL && strcmp(t->summary, part->summary) == 0 &&
           same_company(t, part->company);
}

static apr_status_t
search(const hwd_call_t *c, const hw_part_t *part, apr_array_header_t **out, hw_result_t *res,
       apr_pool_t *p)
{
    const char *path = apr_pstrcat(p, "/service/tickets?fields=" TICKET_FIELDS
                                   "&orderBy=id%20asc&conditions=",
                                   hw_url_encode(hwd_cw_conditions(part, p), p), NULL);
    hw_json_t *rows;
    apr_status_t rv = hwd_cw_list(c, path, &rows, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    *out = apr_array_make(p, 2, sizeof(hwd_ticket_t *));
    for (apr_size_t i = 0; i < json_object_array_length(rows); i++) {
        hwd_ticket_t *t = read_ticket(c, json_object_array_get_idx(rows, i), part, p);

        if (matches(t, part))
            APR_ARRAY_PUSH(*out, hwd_ticket_t *) = t;
    }
    return APR_SUCCESS;
}

static int
lists(const hw_json_t *rows, const char *id, apr_pool_t *p)
{
    for (apr_size_t i = 0; i < json_object_array_length(rows); i++) {
        const char *have = hw_json_text(hw_json_get(json_object_array_get_idx(rows, i), "id"), p);

        if (have != NULL && strcmp(have, id) == 0)
            return 1;
    }
    return 0;
}

/* The cloud also answers 404 to credentials it cannot place: only a search that works and does not
 * find it proves that a ticket is gone. */
static apr_status_t
proved_gone(const hwd_call_t *c, const char *id, hw_result_t *res, apr_pool_t *p)
{
    hwd_cw_request_t req = {
        .method = "GET",
        .path = apr_pstrcat(p, "/service/tickets?fields=id&conditions=",
                            hw_url_encode(apr_pstrcat(p, "id=", id, NULL), p), NULL),
        .repeatable = 1,
    };
    hw_json_t *rows;
    apr_status_t rv;

    hw_result_reset(res);
    if ((rv = hwd_cw_call(c, &req, &rows, res, p)) != APR_SUCCESS)
        return rv;
    if (json_object_is_type(rows, json_type_array) && !lists(rows, id, p))
        return APR_SUCCESS;
    return hw_fail_temp(res, APR_EGENERAL, "bad-answer",
                        "ConnectWise says ticket %s is not there, yet lists it", id);
}

/* *out NULL: gone. */
static apr_status_t
fetch(const hwd_call_t *c, const char *id, hw_json_t **out, hw_result_t *res, apr_pool_t *p)
{
    hwd_cw_request_t req = {
        .method = "GET",
        .path = apr_pstrcat(p, "/service/tickets/", hw_url_encode(id, p),
                            "?fields=" TICKET_FIELDS, NULL),
        .repeatable = 1,
    };
    apr_status_t rv = hwd_cw_call(c, &req, out, res, p);

    if (rv != APR_SUCCESS && res->http_status == 404)
        return proved_gone(c, id, res, p);
    if (rv == APR_SUCCESS && hw_json_get(*out, "id") == NULL)
        return hw_fail_temp(res, APR_EGENERAL, "bad-answer",
                            "ConnectWise answered for ticket %s without showing it", id);
    return rv;
}

static apr_status_t
get(const hwd_call_t *c, const char *id, const hw_part_t *part, hwd_ticket_t **out,
    hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *v;
    apr_status_t rv = fetch(c, id, &v, res, p);

    *out = rv == APR_SUCCESS && v != NULL ? read_ticket(c, v, part, p) : NULL;
    return rv;
}

/* --- creating ----------------------------------------------------------------------------------- */

static void
set_named(hw_json_t *body, const char *member, const char *name)
{
    hw_json_t *ref;

    if (hw_text_blank(name))
        return;
    ref = json_object_new_object();
    hw_json_set_string(ref, "name", name);
    hw_json_set(body, member, ref);
}

static void
set_text(hw_json_t *body, const char *member, const char *text)
{
    if (!hw_text_blank(text))
        hw_json_set_string(body, member, text);
}

static hw_json_t *
ticket_body(const hwd_call_t *c, const hw_part_t *part, int company_by_id, apr_pool_t *p)
{
    hw_json_t *body = hw_json_own(json_object_new_object(), p);
    hw_json_t *company = json_object_new_object();

    hw_json_set_string(body, "summary", part->summary);
    if (company_by_id)
        hw_json_set_int(company, "id", apr_atoi64(part->company));
    else
        hw_json_set_string(company, "identifier", part->company);
    hw_json_set(body, "company", company);
    set_named(body, "board", setting_or(c, part->fields[HW_F_BOARD], "CW_SERVICE_BOARD"));
    set_named(body, "status", open_status(c, part));
    set_named(body, "priority", part->fields[HW_F_PRIORITY]);
    set_named(body, "type", part->fields[HW_F_TICKET_TYPE]);
    set_named(body, "subType", part->fields[HW_F_SUBTYPE]);
    set_named(body, "item", part->fields[HW_F_ITEM]);
    set_text(body, "severity", part->fields[HW_F_SEVERITY]);
    set_text(body, "impact", part->fields[HW_F_IMPACT]);
    set_text(body, "initialDescription", part->description);
    hw_json_set_string(body, "externalXRef", part->xref);
    return body;
}

static apr_status_t
post_ticket(const hwd_call_t *c, const hw_part_t *part, int company_by_id, const char **id,
            hw_result_t *res, apr_pool_t *p)
{
    hwd_cw_request_t req = { .method = "POST", .path = "/service/tickets",
                             .body = ticket_body(c, part, company_by_id, p) };
    hw_json_t *v;
    apr_status_t rv = hwd_cw_call(c, &req, &v, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    *id = hw_json_text(hw_json_get(v, "id"), p);
    if (!hw_text_blank(*id))
        return APR_SUCCESS;
    hw_fail(res, APR_EGENERAL, "bad-answer", "ConnectWise created a ticket without naming its id");
    res->cls = HW_UNKNOWN;
    return res->rv;
}

/* Customers write "#CW412": the identifier of one company, the number of another installation's. */
static int
company_may_be_id(const hw_part_t *part, const hw_result_t *res)
{
    return (res->http_status == 400 || res->http_status == 404) && res->cls == HW_PERMANENT &&
           part->company[strspn(part->company, "0123456789")] == '\0' &&
           strlen(part->company) < 10 && strstr(res->detail, "ompany") != NULL;
}

static apr_status_t
create(const hwd_call_t *c, const hw_part_t *part, const char **id, hw_result_t *res,
       apr_pool_t *p)
{
    apr_status_t rv;

    if (hw_text_blank(part->company))
        return hw_fail(res, APR_EINVAL, "no-company",
                       "no company: the payload names none, and neither customer_id_default nor "
                       "CW_DEFAULT_COMPANY_ID is set");
    rv = post_ticket(c, part, 0, id, res, p);
    if (rv != APR_SUCCESS && company_may_be_id(part, res)) {
        hw_result_t *second = hw_result_make(res->p);

        if (post_ticket(c, part, 1, id, second, p) == APR_SUCCESS) {
            hw_result_reset(res);
            return APR_SUCCESS;
        }
        if (second->cls != HW_PERMANENT) {
            *res = *second;
            return res->rv;
        }
    }
    return rv;
}

/* --- notes ---------------------------------------------------------------------------------------- */

static apr_status_t
note(const hwd_call_t *c, const char *id, const hwd_note_t *n, int *gone, hw_result_t *res,
     apr_pool_t *p)
{
    hw_json_t *body = hw_json_own(json_object_new_object(), p), *v;
    hwd_cw_request_t req = { .method = "POST", .body = body,
                             .path = apr_pstrcat(p, "/service/tickets/", hw_url_encode(id, p),
                                                 "/notes", NULL) };
    apr_status_t rv;

    hw_json_set_string(body, "text", n->text);
    hw_json_set_bool(body, "detailDescriptionFlag", 0);
    hw_json_set_bool(body, "internalAnalysisFlag", n->kind == HWD_NOTE_INTERNAL);
    hw_json_set_bool(body, "resolutionFlag", n->kind == HWD_NOTE_RESOLUTION);
    *gone = 0;
    rv = hwd_cw_call(c, &req, &v, res, p);
    if (rv == APR_SUCCESS || res->http_status != 404)
        return rv;
    rv = proved_gone(c, id, res, p);
    *gone = rv == APR_SUCCESS;
    return rv;
}

static apr_status_t
notes(const hwd_call_t *c, const char *id, apr_array_header_t **out, hw_result_t *res,
      apr_pool_t *p)
{
    const char *path = apr_pstrcat(p, "/service/tickets/", hw_url_encode(id, p),
                                   "/notes?fields=id,text", NULL);
    hw_json_t *rows;
    apr_status_t rv = hwd_cw_list(c, path, &rows, res, p);

    *out = apr_array_make(p, 8, sizeof(const char *));
    if (rv != APR_SUCCESS)
        return res->http_status == 404 ? proved_gone(c, id, res, p) : rv;
    for (apr_size_t i = 0; i < json_object_array_length(rows); i++) {
        const char *text = hw_json_get_string(json_object_array_get_idx(rows, i), "text");

        if (text != NULL)
            APR_ARRAY_PUSH(*out, const char *) = text;
    }
    return APR_SUCCESS;
}

/* --- status ---------------------------------------------------------------------------------------- */

static apr_int64_t
ref_id(const hw_json_t *v, const char *member)
{
    return json_object_get_int64(hw_json_get(hw_json_get(v, member), "id"));
}

static hw_json_t *
status_patch(apr_int64_t status, apr_pool_t *p)
{
    hw_json_t *list = hw_json_own(json_object_new_array(), p), *op = json_object_new_object();
    hw_json_t *value = json_object_new_object();

    hw_json_set_int(value, "id", status);
    hw_json_set_string(op, "op", "replace");
    hw_json_set_string(op, "path", "status");
    hw_json_set(op, "value", value);
    json_object_array_add(list, op);
    return list;
}

/* 200 alone proves nothing: the API is known to answer so without a change. */
static apr_status_t
patch_status(const hwd_call_t *c, const char *id, apr_int64_t status, const char *name,
             hwd_change_e *how, hw_result_t *res, apr_pool_t *p)
{
    hwd_cw_request_t req = { .method = "PATCH", .body = status_patch(status, p), .repeatable = 1,
                             .path = apr_pstrcat(p, "/service/tickets/", hw_url_encode(id, p),
                                                 NULL) };
    hw_json_t *v;
    apr_status_t rv = hwd_cw_call(c, &req, &v, res, p);

    if (rv != APR_SUCCESS && res->http_status == 404) {
        rv = proved_gone(c, id, res, p);
        *how = HWD_GONE;
        return rv;
    }
    if (rv != APR_SUCCESS)
        return rv;
    *how = HWD_CHANGED;
    if (ref_id(v, "status") == status)
        return APR_SUCCESS;
    return hw_fail_temp(res, APR_EGENERAL, "false-success",
                        "ConnectWise answered 200 but left ticket %s in status \"%s\" instead of "
                        "\"%s\"", id, hw_json_get_string(hw_json_get(v, "status"), "name"), name);
}

static apr_status_t
set_status(const hwd_call_t *c, const char *id, const hw_part_t *part, int closing,
           hwd_change_e *how, hw_result_t *res, apr_pool_t *p)
{
    const char *name = closing ? close_status(c, part) : open_status(c, part);
    apr_int64_t status = 0;
    hw_json_t *v;
    apr_status_t rv = fetch(c, id, &v, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    if (v == NULL) {
        *how = HWD_GONE;
        return APR_SUCCESS;
    }
    *how = HWD_WAS_SO;
    if (is_closed(c, v, part) == closing)
        return APR_SUCCESS;
    rv = hwd_cw_status_id(c, ref_id(v, "board"), name, &status, res, p);
    if (rv != APR_SUCCESS || ref_id(v, "status") == status)
        return rv;
    return patch_status(c, id, status, name, how, res, p);
}

static apr_status_t
close_ticket(const hwd_call_t *c, const char *id, const hw_part_t *part, hwd_change_e *how,
             hw_result_t *res, apr_pool_t *p)
{
    return set_status(c, id, part, 1, how, res, p);
}

static apr_status_t
reopen(const hwd_call_t *c, const char *id, const hw_part_t *part, hwd_change_e *how,
       hw_result_t *res, apr_pool_t *p)
{
    return set_status(c, id, part, 0, how, res, p);
}

static apr_status_t
probe(const hwd_call_t *c, hw_result_t *res, apr_pool_t *p)
{
    hwd_cw_request_t req = { .method = "GET", .path = "/system/info", .repeatable = 1 };
    hw_json_t *v;

    return hwd_cw_call(c, &req, &v, res, p);
}

const hwd_driver_t hwd_driver_connectwise = {
    .name = "connectwise",
    .remote = 1,
    .check = check,
    .search = search,
    .get = get,
    .create = create,
    .note = note,
    .notes = notes,
    .close = close_ticket,
    .reopen = reopen,
    .probe = probe,
    .catalogue = hwd_cw_catalogue,
};
