/* SPDX-License-Identifier: Apache-2.0 */
/* The local driver: tickets are incidents in our own database. */
#include <apr_strings.h>
#include <string.h>

#include "common/json.h"
#include "hookwised/driver.h"

#define AUTHOR "HookWise"

/* An incident that is not there: not a failure but a fact. */
static int
is_gone(apr_status_t rv, hw_result_t *res)
{
    if (rv != APR_NOTFOUND)
        return 0;
    hw_result_reset(res);
    return 1;
}

static apr_status_t
check(const hw_settings_t *settings, hw_result_t *res)
{
    (void)settings;
    (void)res;
    return APR_SUCCESS;
}

static apr_status_t
search(const hwd_call_t *c, const hw_part_t *part, apr_array_header_t **out, hw_result_t *res,
       apr_pool_t *p)
{
    hw_store_t *s = hwd_call_store(c);
    const char *id = NULL, *xref = NULL;
    apr_status_t rv = hwd_call_done(c, s, hw_store_incident_find(s, part->xref, part->tenant,
                                                         part->company, part->summary, &id, &xref,
                                                         res, p));

    *out = apr_array_make(p, 1, sizeof(hwd_ticket_t *));
    if (rv == APR_SUCCESS && id != NULL) {
        hwd_ticket_t *t = apr_pcalloc(p, sizeof(*t));

        t->id = id;
        t->xref = xref;
        t->summary = part->summary;
        t->company = part->company;
        t->open = 1;
        APR_ARRAY_PUSH(*out, hwd_ticket_t *) = t;
    }
    return rv;
}

static apr_status_t
get(const hwd_call_t *c, const char *id, const hw_part_t *part, hwd_ticket_t **out,
    hw_result_t *res, apr_pool_t *p)
{
    hw_store_t *s = hwd_call_store(c);
    hwd_ticket_t *t = apr_pcalloc(p, sizeof(*t));
    apr_status_t rv = hwd_call_done(c, s, hw_store_incident_open(s, id, &t->open, res, p));

    (void)part;
    *out = NULL;
    if (is_gone(rv, res))
        return APR_SUCCESS;
    t->id = id;
    if (rv == APR_SUCCESS)
        *out = t;
    return rv;
}

static apr_status_t
create(const hwd_call_t *c, const hw_part_t *part, const char **id, hw_result_t *res,
       apr_pool_t *p)
{
    hw_store_t *s = hwd_call_store(c);

    return hwd_call_done(c, s, hw_store_incident_create(s, part, c->now, id, res, p));
}

static apr_status_t
note(const hwd_call_t *c, const char *id, const hwd_note_t *n, int *gone, hw_result_t *res,
     apr_pool_t *p)
{
    hw_store_t *s = hwd_call_store(c);
    apr_status_t rv = hwd_call_done(c, s, hw_store_incident_note(s, id, n->ref, AUTHOR, n->text, c->now,
                                                         res, p));

    *gone = is_gone(rv, res);
    return *gone ? APR_SUCCESS : rv;
}

static apr_status_t
notes(const hwd_call_t *c, const char *id, apr_array_header_t **out, hw_result_t *res,
      apr_pool_t *p)
{
    hw_store_t *s = hwd_call_store(c);
    hw_json_t *v = NULL, *list;
    apr_status_t rv = hwd_call_done(c, s, hw_store_incident_get(s, id, &v, res, p));

    *out = apr_array_make(p, 8, sizeof(const char *));
    if (rv != APR_SUCCESS)
        return is_gone(rv, res) ? APR_SUCCESS : rv;
    list = hw_json_get(v, "notes");
    for (apr_size_t i = 0; i < json_object_array_length(list); i++) {
        const char *text = hw_json_get_string(json_object_array_get_idx(list, i), "text");

        if (text != NULL)
            APR_ARRAY_PUSH(*out, const char *) = text;
    }
    return APR_SUCCESS;
}

static apr_status_t
set_status(const hwd_call_t *c, const char *id, const char *status, int open, hwd_change_e *how,
           hw_result_t *res, apr_pool_t *p)
{
    hw_store_t *s = hwd_call_store(c);
    int is_open = 0;
    apr_status_t rv = hw_store_incident_open(s, id, &is_open, res, p);

    *how = HWD_WAS_SO;
    if (is_gone(rv, res)) {
        *how = HWD_GONE;
        rv = APR_SUCCESS;
    } else if (rv == APR_SUCCESS && is_open != open) {
        *how = HWD_CHANGED;
        rv = hw_store_incident_status(s, id, status, NULL, c->now, res, p);
    }
    return hwd_call_done(c, s, rv);
}

static apr_status_t
close_incident(const hwd_call_t *c, const char *id, const hw_part_t *part, hwd_change_e *how,
               hw_result_t *res, apr_pool_t *p)
{
    (void)part;
    return set_status(c, id, "closed", 0, how, res, p);
}

static apr_status_t
reopen(const hwd_call_t *c, const char *id, const hw_part_t *part, hwd_change_e *how,
       hw_result_t *res, apr_pool_t *p)
{
    (void)part;
    return set_status(c, id, "open", 1, how, res, p);
}

static apr_status_t
probe(const hwd_call_t *c, hw_result_t *res, apr_pool_t *p)
{
    hw_store_t *s = hwd_call_store(c);

    (void)p;
    return hwd_call_done(c, s, hw_db_connect(s->db, res));
}

static apr_status_t
catalogue(const hwd_call_t *c, const char *what, const char *parent, const char *query,
          hw_json_t **out, hw_result_t *res, apr_pool_t *p)
{
    (void)c;
    (void)what;
    (void)parent;
    (void)query;
    (void)res;
    *out = hw_json_own(json_object_new_array(), p); /* any text will do as a board or status */
    return APR_SUCCESS;
}

const hwd_driver_t hwd_driver_local = {
    .name = "local",
    .remote = 0,
    .check = check,
    .search = search,
    .get = get,
    .create = create,
    .note = note,
    .notes = notes,
    .close = close_incident,
    .reopen = reopen,
    .probe = probe,
    .catalogue = catalogue,
};
