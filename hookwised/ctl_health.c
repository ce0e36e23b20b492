/* SPDX-License-Identifier: Apache-2.0 */
/* hookwisectl health: Redis, database, workers and destinations, in the words of
 * /health/services. */
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "common/json.h"
#include "common/result.h"
#include "hookwised/ctl.h"

static hw_json_t *
state(hw_json_t *doc, const char *name, int up, const char *detail)
{
    hw_json_t *v = json_object_new_object();

    hw_json_set_string(v, "status", up ? "up" : "down");
    if (!up && detail)
        hw_json_set_string(v, "detail", detail);
    hw_json_set(doc, name, v);
    return v;
}

/* up < degraded < down; what several workers say of one destination is as bad as the worst. */
static int
badness(const char *status)
{
    return !status || !strcmp(status, "down") ? 2 : strcmp(status, "up") ? 1 : 0;
}

static void
merge_destinations(hw_json_t *all, hw_json_t *said)
{
    if (!json_object_is_type(said, json_type_object))
        return;
    json_object_object_foreach(said, name, value)
    {
        hw_json_t *known = hw_json_get(all, name);
        if (!known || badness(hw_json_get_string(value, "status")) >
                          badness(hw_json_get_string(known, "status")))
            hw_json_set(all, name, json_object_get(value));
    }
}

static int
ask_workers(hwd_ctl_t *ctl, hw_queue_t *q, hw_json_t *doc)
{
    hw_json_t *worker, *destinations = json_object_new_object();
    hw_queue_status_t st;
    int worst;

    hw_json_set(doc, "destinations", destinations);
    if (hw_queue_status(q, &st, ctl->res, ctl->p) != APR_SUCCESS) {
        state(doc, "worker", 0, hw_result_text(ctl->res, ctl->p));
        return 2;
    }
    worker = state(doc, "worker", st.workers > 0, "no hookwised is running");
    hw_json_set_int(worker, "count", st.workers);
    hw_json_set_int(worker, "lag", st.lag);
    hw_json_set_int(worker, "oldest_seconds", st.oldest_seconds);
    worst = st.workers ? 0 : 2;
    for (size_t i = 0; st.worker_status && i < json_object_array_length(st.worker_status); i++)
        merge_destinations(destinations,
                           hw_json_get(json_object_array_get_idx(st.worker_status, i),
                                       "destinations"));
    json_object_object_foreach(destinations, name, value)
    {
        (void)name; /* a PSA that is away is no reason to call ourselves down */
        if (badness(hw_json_get_string(value, "status")) && !worst)
            worst = 1;
    }
    return worst;
}

static void
print_states(hwd_ctl_t *ctl, hw_json_t *doc)
{
    static const char *const heads[] = { "PART", "STATUS", "DETAIL", NULL };
    hwd_table_t *table = hwd_table_make(ctl, heads);
    hw_json_t *destinations = hw_json_get(doc, "destinations");
    const char *cells[3];

    json_object_object_foreach(doc, name, value)
    {
        cells[0] = name;
        cells[1] = hw_json_get_string(value, "status");
        cells[2] = hw_json_get_string(value, "detail");
        if (!strcmp(name, "worker") && hw_json_get(value, "count") && !cells[2])
            cells[2] = apr_psprintf(ctl->p, "%d running, %d events waiting",
                                    json_object_get_int(hw_json_get(value, "count")),
                                    json_object_get_int(hw_json_get(value, "lag")));
        if (cells[1])
            hwd_table_row(table, cells);
    }
    json_object_object_foreach(destinations, dest, said)
    {
        cells[0] = dest;
        cells[1] = hw_json_get_string(said, "status");
        cells[2] = hw_json_get_string(said, "detail");
        hwd_table_row(table, cells);
    }
    hwd_table_print(table);
    printf("\n%s\n", hw_json_get_string(doc, "status"));
}

int
hwd_ctl_health(hwd_ctl_t *ctl, int argc, const char *const *argv)
{
    static const char *const words[] = { "up", "degraded", "down" };
    hwd_ctl_opt_t opts[] = { { .name = NULL } };
    hw_json_t *doc = hw_json_own(json_object_new_object(), ctl->p);
    apr_array_header_t *rest;
    hw_queue_t *q;
    hw_db_t *db;
    int worst = 0, up;

    if (!hwd_ctl_opts(ctl, "health", opts, argc, argv, &rest))
        return HW_EXIT_USAGE;
    if (rest->nelts)
        return hwd_ctl_usage(ctl, "health", "takes no argument");
    hw_json_set_string(doc, "status", "up");
    up = hwd_ctl_queue(ctl, &q) == APR_SUCCESS;
    state(doc, "redis", up, up ? NULL : hw_result_text(ctl->res, ctl->p));
    worst = up ? worst : 2;
    hw_result_reset(ctl->res);
    up = hwd_ctl_db(ctl, &db) == APR_SUCCESS;
    state(doc, "database", up, up ? NULL : hw_result_text(ctl->res, ctl->p));
    worst = up ? worst : 2;
    hw_result_reset(ctl->res);
    up = ask_workers(ctl, q, doc);
    worst = up > worst ? up : worst;
    hw_json_set_string(doc, "status", words[worst]);
    if (ctl->json)
        hwd_ctl_print(ctl, doc);
    else
        print_states(ctl, doc);
    return worst == 2 ? HW_EXIT_TEMP : HW_EXIT_OK;
}
