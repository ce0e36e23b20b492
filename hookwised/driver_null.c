/* SPDX-License-Identifier: Apache-2.0 */
/* The null driver: everything succeeds at once and nothing is done. For measuring everything that
 * is not the PSA, and for trying a configuration without touching one. */
#include "hookwised/driver.h"

#include <apr_strings.h>

#include "common/json.h"

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
    (void)c;
    (void)part;
    (void)res;
    *out = apr_array_make(p, 1, sizeof(hwd_ticket_t *));
    return APR_SUCCESS;
}

static apr_status_t
get(const hwd_call_t *c, const char *id, const hw_part_t *part, hwd_ticket_t **out,
    hw_result_t *res, apr_pool_t *p)
{
    hwd_ticket_t *t = apr_pcalloc(p, sizeof(*t));

    (void)c;
    (void)part;
    (void)res;
    t->id = id;
    t->open = 1;
    *out = t;
    return APR_SUCCESS;
}

/* The number a ticket would have had: the alert's key, shortened. */
static apr_status_t
create(const hwd_call_t *c, const hw_part_t *part, const char **id, hw_result_t *res,
       apr_pool_t *p)
{
    (void)c;
    (void)res;
    *id = apr_pstrcat(p, "null-", apr_pstrmemdup(p, part->alert_key, 12), NULL);
    return APR_SUCCESS;
}

static apr_status_t
note(const hwd_call_t *c, const char *id, const hwd_note_t *n, int *gone, hw_result_t *res,
     apr_pool_t *p)
{
    (void)c;
    (void)id;
    (void)n;
    (void)res;
    (void)p;
    *gone = 0;
    return APR_SUCCESS;
}

static apr_status_t
notes(const hwd_call_t *c, const char *id, apr_array_header_t **out, hw_result_t *res,
      apr_pool_t *p)
{
    (void)c;
    (void)id;
    (void)res;
    *out = apr_array_make(p, 1, sizeof(const char *));
    return APR_SUCCESS;
}

static apr_status_t
change(const hwd_call_t *c, const char *id, const hw_part_t *part, hwd_change_e *how,
       hw_result_t *res, apr_pool_t *p)
{
    (void)c;
    (void)id;
    (void)part;
    (void)res;
    (void)p;
    *how = HWD_CHANGED;
    return APR_SUCCESS;
}

static apr_status_t
probe(const hwd_call_t *c, hw_result_t *res, apr_pool_t *p)
{
    (void)c;
    (void)res;
    (void)p;
    return APR_SUCCESS;
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
    *out = hw_json_own(json_object_new_array(), p);
    return APR_SUCCESS;
}

const hwd_driver_t hwd_driver_null = {
    .name = "null",
    .remote = 0,
    .check = check,
    .search = search,
    .get = get,
    .create = create,
    .note = note,
    .notes = notes,
    .close = change,
    .reopen = change,
    .probe = probe,
    .catalogue = catalogue,
};
