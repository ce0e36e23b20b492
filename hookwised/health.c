/* SPDX-License-Identifier: Apache-2.0 */
/* Checking endpoints against the lists of their PSA. */
#include "hookwised/health.h"

#include <apr_strings.h>
#include <string.h>

#include "common/mirror.h"
#include "common/store_work.h"
#include "common/text.h"
#include "hookwised/config.h"
#include "hookwised/dest.h"

#define AT_ONCE 20    /* endpoints in one round */
#define NAMES_SHOWN 20

typedef struct {
    hwd_call_t call;
    const hw_endpoint_t *ep;
    hw_json_t *problems;
    hw_result_t *res;
    apr_pool_t *p;
} check_t;

static void
problem(check_t *k, const char *field, const char *message)
{
    hw_json_t *v = json_object_new_object();

    hw_json_set_string(v, "field", field);
    hw_json_set_string(v, "message", message);
    json_object_array_add(k->problems, v);
}

static const hw_json_t *
find(const hw_json_t *rows, const char *name)
{
    for (apr_size_t i = 0; i < json_object_array_length(rows); i++) {
        const hw_json_t *row = json_object_array_get_idx(rows, i);

        if (hw_text_ieq(hw_json_get_string(row, "name"), name))
            return row;
    }
    return NULL;
}

static const char *
names(const hw_json_t *rows, apr_pool_t *p)
{
    apr_size_t n = json_object_array_length(rows);
    hw_buf_t b;

    hw_buf_init(&b, p);
    for (apr_size_t i = 0; i < n && i < NAMES_SHOWN; i++) {
        const char *name = hw_json_get_string(json_object_array_get_idx(rows, i), "name");

        hw_buf_printf(&b, "%s%s", i > 0 ? ", " : "", name != NULL ? name : "?");
    }
    if (n > NAMES_SHOWN)
        hw_buf_adds(&b, ", …");
    return n > 0 ? b.s : "none";
}

static int
flag(const hw_json_t *row, const char *name)
{
    return json_object_get_boolean(hw_json_get(row, name));
}

/* Does the list have the field's value? *row NULL = no, or nothing to look for. */
static apr_status_t
look_up(check_t *k, hw_field_e field, const char *list, const char *board, const char *where,
        const hw_json_t **row)
{
    const char *value = k->ep->fields[field];
    hw_json_t *rows = NULL;
    apr_status_t rv;

    *row = NULL;
    if (hw_text_blank(value))
        return APR_SUCCESS;
    rv = k->call.dest->driver->catalogue(&k->call, list, board, NULL, &rows, k->res, k->p);
    if (rv != APR_SUCCESS)
        return rv;
    *row = find(rows, value);
    if (*row == NULL)
        problem(k, hw_field_names[field],
                apr_psprintf(k->p, "%s has no \"%s\" among its %s; it has: %s", where, value, list,
                             names(rows, k->p)));
    else if (flag(*row, "inactiveFlag") || flag(*row, "inactive"))
        problem(k, hw_field_names[field],
                apr_psprintf(k->p, "\"%s\" is inactive in %s", value, where));
    return APR_SUCCESS;
}

static void
check_closing(check_t *k, hw_field_e field, const hw_json_t *row)
{
    int closes = flag(row, "closedStatus");

    if (field == HW_F_CLOSE_STATUS && !closes)
        problem(k, hw_field_names[field], "this status does not close tickets");
    else if (field == HW_F_STATUS && closes)
        problem(k, hw_field_names[field], "this status closes tickets: new ones would be closed at once");
}

static apr_status_t
check_board(check_t *k, const hw_json_t *board)
{
    static const struct {
        hw_field_e field;
        const char *list;
    } lists[] = {
        { HW_F_STATUS, "statuses" },     { HW_F_CLOSE_STATUS, "statuses" },
        { HW_F_TICKET_TYPE, "types" },   { HW_F_SUBTYPE, "subtypes" },
        { HW_F_ITEM, "items" },
    };
    const char *id = hw_json_text(hw_json_get(board, "id"), k->p);
    const char *where = apr_psprintf(k->p, "board \"%s\"", hw_json_get_string(board, "name"));

    for (unsigned i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
        const hw_json_t *row;
        apr_status_t rv = look_up(k, lists[i].field, lists[i].list, id, where, &row);

        if (rv != APR_SUCCESS)
            return rv;
        if (row != NULL)
            check_closing(k, lists[i].field, row);
    }
    return APR_SUCCESS;
}

/* The priorities that severities would give, where the endpoint has severities at all. */
static apr_status_t
check_priority_map(check_t *k)
{
    apr_array_header_t *map = hw_text_split(k->ep->priorities, ',', k->p);
    hw_json_t *rows = NULL;
    apr_status_t rv;

    if (map->nelts == 0 || k->ep->mapping[HW_F_SEVERITY] == NULL)
        return APR_SUCCESS;
    rv = k->call.dest->driver->catalogue(&k->call, "priorities", NULL, NULL, &rows, k->res, k->p);
    for (int i = 0; rv == APR_SUCCESS && i < map->nelts; i++) {
        const char *name = strchr(APR_ARRAY_IDX(map, i, const char *), '=');

        name = name != NULL ? hw_text_trim(name + 1, k->p) : "";
        if (find(rows, name) == NULL)
            problem(k, "PRIORITY_MAP",
                    apr_psprintf(k->p, "the PSA has no \"%s\" among its priorities; it has: %s",
                                 name, names(rows, k->p)));
    }
    return rv;
}

static apr_status_t
check_names(check_t *k)
{
    const hw_json_t *board, *unused;
    apr_status_t rv = look_up(k, HW_F_BOARD, "boards", NULL, "the PSA", &board);

    if (rv == APR_SUCCESS && board != NULL)
        rv = check_board(k, board);
    if (rv == APR_SUCCESS)
        rv = look_up(k, HW_F_PRIORITY, "priorities", NULL, "the PSA", &unused);
    return rv == APR_SUCCESS ? check_priority_map(k) : rv;
}

/* "ok", "attention", or "unknown" when the PSA does not tell. */
static const char *
check(check_t *k, const hwd_endpoint_t *e)
{
    apr_time_t at;

    if (e->ep == NULL) {
        problem(k, NULL, e->error);
        return "attention";
    }
    if (strcmp(e->ep->destination, HW_MIRROR) == 0)
        return "ok"; /* it makes no tickets: there is nothing to name */
    k->ep = e->ep;
    k->call.dest = hwd_dest_find(k->call.d->dests, e->ep->destination);
    if (k->call.dest == NULL) {
        problem(k, "destination", apr_psprintf(k->p, "there is no destination \"%s\"",
                                               e->ep->destination));
        return "attention";
    }
    if (k->call.dest->driver->check(k->call.settings, k->res) != APR_SUCCESS) {
        problem(k, "destination", hw_result_text(k->res, k->p));
        return "attention";
    }
    if (!k->call.dest->driver->remote)
        return "ok";
    if (hwd_dest_down(k->call.dest, &at) || check_names(k) != APR_SUCCESS) {
        problem(k, "destination", apr_psprintf(k->p, "the names cannot be checked now%s%s",
                                               k->res->rv != APR_SUCCESS ? ": " : "",
                                               k->res->rv != APR_SUCCESS ? hw_result_text(k->res, k->p)
                                                                         : ""));
        return "unknown";
    }
    return json_object_array_length(k->problems) > 0 ? "attention" : "ok";
}

static apr_status_t
look(hwd_t *d, hwd_config_t *cfg, hw_store_t *store, const char *id, hw_result_t *res)
{
    const hwd_endpoint_t *e = hwd_config_endpoint(cfg, id);
    apr_pool_t *p = hwd_pool();
    check_t k = { .call = { .d = d, .settings = cfg->settings, .prio = HWD_PRIO_NOTE,
                            .now = apr_time_now() },
                  .res = hw_result_make(p), .p = p };
    const char *status;
    apr_status_t rv = APR_SUCCESS;

    if (e != NULL) { /* else it is so new that the next round knows it */
        k.problems = hw_json_own(json_object_new_array(), p);
        status = check(&k, e);
        rv = hw_store_health_put(store, id, e->version, status, k.problems, apr_time_now(), res, p);
    }
    apr_pool_destroy(p);
    return rv;
}

apr_status_t
hwd_health_look(hwd_t *d, hw_store_t *store, hw_queue_t *q, hw_result_t *res)
{
    hwd_config_t *cfg = hwd_config_hold(d->configs);
    apr_pool_t *p = hwd_pool();
    apr_array_header_t *ids = NULL;
    apr_status_t rv = hw_store_health_due(store, apr_time_now(), AT_ONCE, &ids, res, p);

    (void)q;
    for (int i = 0; rv == APR_SUCCESS && i < ids->nelts && !atomic_load(&d->stopping); i++)
        rv = look(d, cfg, store, APR_ARRAY_IDX(ids, i, const char *), res);
    hwd_config_release(cfg);
    apr_pool_destroy(p);
    return rv;
}
