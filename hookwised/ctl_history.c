/* SPDX-License-Identifier: Apache-2.0 */
/* hookwisectl history, replay and incident: what came in and what became of it. */
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "common/auth.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/result.h"
#include "common/text.h"
#include "hookwised/ctl.h"

/* A time option into micros; 1, or 0 with the reason in ctl->res. */
static int
time_option(hwd_ctl_t *ctl, const hwd_ctl_opt_t *opts, const char *name, apr_time_t *out)
{
    const char *text = hwd_ctl_opt(opts, name);

    if (!text || hw_time_parse(text, out, ctl->res) == APR_SUCCESS)
        return 1;
    hw_result_in_field(ctl->res, name);
    return 0;
}

static const char *const statuses[] = { "processed", "skipped", "retrying", "failed",
                                        "dlq",       "rejected", NULL };
static const char *const actions[] = { "create", "update", "close", "reopen", NULL };

/* 1, or 0 with the reason in ctl->res: a misspelt word finds nothing, which looks like an answer. */
static int
word_option(hwd_ctl_t *ctl, const hwd_ctl_opt_t *opts, const char *name,
            const char *const *words, const char **out)
{
    const char *all = "";

    *out = hwd_ctl_opt(opts, name);
    for (int i = 0; *out != NULL && words[i] != NULL; i++) {
        if (strcmp(*out, words[i]) == 0)
            return 1;
        all = apr_pstrcat(ctl->p, all, i > 0 ? ", " : "", words[i], NULL);
    }
    if (*out == NULL)
        return 1;
    hw_fail_field(ctl->res, APR_EINVAL, "bad-argument", name, "\"%s\" is none of %s",
                  hw_text_cut(*out, 100, ctl->p), all);
    return 0;
}

static int
address_option(hwd_ctl_t *ctl, const hwd_ctl_opt_t *opts, const char *name, const char **out)
{
    const char *text = hwd_ctl_opt(opts, name);

    *out = text ? hw_address_normal(text, ctl->p) : NULL;
    if (!text || *out)
        return 1;
    hw_fail_field(ctl->res, APR_EINVAL, "bad-argument", name,
                  "\"%s\" is not one IPv4 or IPv6 address", hw_text_cut(text, 100, ctl->p));
    return 0;
}

/* A name is looked up; the history of an endpoint that was deleted goes by its id. What is neither is a
 * slip: it would find nothing, too. */
static int
endpoint_option(hwd_ctl_t *ctl, hw_store_t *s, const hwd_ctl_opt_t *opts, const char **out)
{
    hw_history_filter_t f = { .endpoint_id = hwd_ctl_opt(opts, "--endpoint"), .limit = 1 };
    hw_endpoint_row_t *row;
    hw_json_t *page;
    apr_status_t rv;

    *out = f.endpoint_id;
    if (!*out)
        return 1;
    rv = hw_store_endpoint_get(s, *out, 0, &row, ctl->res, ctl->p);
    if (rv == APR_SUCCESS)
        *out = row->id;
    if (rv != APR_NOTFOUND)
        return rv == APR_SUCCESS;
    hw_result_reset(ctl->res);
    if (hw_store_history_list(s, &f, &page, ctl->res, ctl->p) != APR_SUCCESS)
        return 0;
    if (json_object_array_length(hw_json_get(page, "items")) > 0)
        return 1;
    hw_fail_field(ctl->res, APR_NOTFOUND, "no-endpoint", "--endpoint",
                  "there is no endpoint \"%s\", and no history of one",
                  hw_text_cut(*out, 100, ctl->p));
    return 0;
}

static int
history_filter(hwd_ctl_t *ctl, hw_store_t *s, const hwd_ctl_opt_t *opts, hw_history_filter_t *f)
{
    f->ticket_id = hwd_ctl_opt(opts, "--ticket-id");
    f->company = hwd_ctl_opt(opts, "--company");
    f->request_id = hwd_ctl_opt(opts, "--request-id");
    f->destination = hwd_ctl_opt(opts, "--destination");
    f->tenant = hwd_ctl_opt(opts, "--tenant");
    f->q = hwd_ctl_opt(opts, "--q");
    f->cursor = hwd_ctl_opt(opts, "--cursor");
    f->full = hwd_ctl_opt(opts, "--full") != NULL;
    return endpoint_option(ctl, s, opts, &f->endpoint_id) &&
           word_option(ctl, opts, "--status", statuses, &f->status) &&
           word_option(ctl, opts, "--action", actions, &f->action) &&
           address_option(ctl, opts, "--source-ip", &f->source_ip) &&
           time_option(ctl, opts, "--from", &f->from) && time_option(ctl, opts, "--to", &f->to);
}

static void
print_history(hwd_ctl_t *ctl, hw_json_t *page)
{
    static const char *const heads[] = { "ID", "RECEIVED", "STATUS", "ACTION", "TICKET",
                                         "ENDPOINT", "SUMMARY", "ERROR", NULL };
    static const char *const names[] = { "id", "created_at", "status", "action", "ticket_id",
                                         "config_name", "summary", "error_message" };
    hwd_table_t *table = hwd_table_make(ctl, heads);
    hw_json_t *items = hw_json_get(page, "items");
    const char *cells[8];

    for (size_t i = 0; i < json_object_array_length(items); i++) {
        for (int c = 0; c < 8; c++)
            cells[c] = hw_json_text(
                hw_json_get(json_object_array_get_idx(items, i), names[c]), ctl->p);
        hwd_table_row(table, cells);
    }
    hwd_ctl_print_list(ctl, json_object_get(items), hw_json_get_string(page, "next"), table);
}

/* "name  value" for each member, and the trace as the story it is. */
static void
print_entry(hwd_ctl_t *ctl, const hw_json_t *entry)
{
    hw_json_t *trace = hw_json_get(entry, "trace");

    json_object_object_foreach((hw_json_t *)entry, name, value)
    {
        const char *text = strcmp(name, "trace") ? hw_json_text(value, ctl->p) : NULL;
        if (text && *text)
            printf("%-16s %s\n", name, hwd_ctl_plain(text, 1, ctl->p));
    }
    for (size_t i = 0; json_object_is_type(trace, json_type_array) &&
                       i < json_object_array_length(trace); i++) {
        hw_json_t *step = json_object_array_get_idx(trace, i);
        printf("%-16s %-12s %-14s %s\n", i ? "" : "trace",
               hw_json_text(hw_json_get(step, "step"), ctl->p),
               hw_json_text(hw_json_get(step, "outcome"), ctl->p),
               hwd_ctl_plain(hw_json_text(hw_json_get(step, "text"), ctl->p), 0, ctl->p));
    }
}

static int
history_one(hwd_ctl_t *ctl, hw_store_t *s, const char *id)
{
    hw_json_t *entry;

    if (hw_store_history_get(s, id, &entry, ctl->res, ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "history");
    if (ctl->json)
        hwd_ctl_print(ctl, entry);
    else
        print_entry(ctl, entry);
    return HW_EXIT_OK;
}

int
hwd_ctl_history(hwd_ctl_t *ctl, int argc, const char *const *argv)
{
    hwd_ctl_opt_t opts[] = {
        { "--endpoint", 1, NULL },   { "--status", 1, NULL },      { "--action", 1, NULL },
        { "--from", 1, NULL },       { "--to", 1, NULL },          { "--source-ip", 1, NULL },
        { "--ticket-id", 1, NULL },  { "--company", 1, NULL },     { "--request-id", 1, NULL },
        { "--tenant", 1, NULL },     { "--destination", 1, NULL }, { "--q", 1, NULL },
        { "--limit", 1, NULL },      { "--cursor", 1, NULL },      { "--full", 0, NULL },
        { .name = NULL },
    };
    hw_history_filter_t f = { .limit = 0 };
    apr_array_header_t *words;
    hw_store_t *s;
    hw_json_t *page;
    long limit = 0;

    if (!hwd_ctl_opts(ctl, "history", opts, argc, argv, &words))
        return HW_EXIT_USAGE;
    if (words->nelts > 1)
        return hwd_ctl_usage(ctl, "history", "takes one id");
    if (hwd_ctl_opt(opts, "--limit") &&
        !hwd_ctl_number(hwd_ctl_opt(opts, "--limit"), 1, 1000, &limit))
        return hwd_ctl_usage(ctl, "history", "--limit takes 1 to 1000");
    if (hwd_ctl_store(ctl, &s) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "history");
    if (words->nelts)
        return history_one(ctl, s, APR_ARRAY_IDX(words, 0, const char *));
    f.limit = (int)limit;
    if (!history_filter(ctl, s, opts, &f) ||
        hw_store_history_list(s, &f, &page, ctl->res, ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "history");
    print_history(ctl, page);
    return HW_EXIT_OK;
}

/* --- replay ----------------------------------------------------------------------------------- */

static apr_status_t
replay_one(hwd_ctl_t *ctl, hw_store_t *s, hw_queue_t *q, const char *id, int tell,
           const char **request_id)
{
    hw_replay_of_t how = { .of = id, .by = hwd_ctl_actor(ctl)->user, .at = apr_time_now(),
                           .request_id = hw_uuid(ctl->p), .tell = tell };

    *request_id = how.request_id;
    return hw_store_history_replay(s, q, &how, ctl->res, ctl->p);
}

int
hwd_ctl_replay(hwd_ctl_t *ctl, int argc, const char *const *argv)
{
    hwd_ctl_opt_t opts[] = { { "--notify", 0, NULL }, { .name = NULL } };
    hw_json_t *items = hw_json_own(json_object_new_array(), ctl->p);
    apr_array_header_t *words;
    hw_store_t *s;
    hw_queue_t *q;
    int code = HW_EXIT_OK, tell;

    if (!hwd_ctl_opts(ctl, "replay", opts, argc, argv, &words))
        return HW_EXIT_USAGE;
    tell = hwd_ctl_opt(opts, "--notify") != NULL;
    if (!words->nelts)
        return hwd_ctl_usage(ctl, "replay", "needs the id of a history entry");
    if (hwd_ctl_store(ctl, &s) != APR_SUCCESS || hwd_ctl_queue(ctl, &q) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "replay");
    for (int i = 0; i < words->nelts; i++) {
        const char *id = APR_ARRAY_IDX(words, i, const char *), *request_id;
        hw_json_t *item;
        hw_result_reset(ctl->res);
        if (replay_one(ctl, s, q, id, tell, &request_id) != APR_SUCCESS) {
            int failed = hwd_ctl_fail(ctl, apr_pstrcat(ctl->p, "replay ", id, NULL));
            code = code == HW_EXIT_TEMP ? code : failed;
            continue;
        }
        item = json_object_new_object();
        hw_json_set_string(item, "id", id);
        hw_json_set_string(item, "request_id", request_id);
        json_object_array_add(items, item);
        if (!ctl->json)
            printf("queued %s as request %s\n", id, request_id);
    }
    if (ctl->json)
        hwd_ctl_print_list(ctl, json_object_get(items), NULL, NULL);
    return code;
}

/* --- incidents --------------------------------------------------------------------------------- */

static int
incident_list(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    static const char *const heads[] = { "ID", "CREATED", "STATUS", "COMPANY", "SUMMARY", NULL };
    static const char *const names[] = { "id", "created_at", "status", "company", "summary" };
    hwd_table_t *table = hwd_table_make(ctl, heads);
    const char *cells[5], *limit_text = hwd_ctl_opt(c->opts, "--limit");
    hw_json_t *page, *items;
    long limit = 0;

    if (limit_text && !hwd_ctl_number(limit_text, 1, 1000, &limit))
        return hwd_ctl_usage(ctl, "incident", "--limit takes 1 to 1000");
    if (hw_store_incident_list(c->s, hwd_ctl_opt(c->opts, "--tenant"),
                               hwd_ctl_opt(c->opts, "--status"), (int)limit,
                               hwd_ctl_opt(c->opts, "--cursor"), &page, ctl->res,
                               ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "incident list");
    items = hw_json_get(page, "items");
    for (size_t i = 0; i < json_object_array_length(items); i++) {
        for (int k = 0; k < 5; k++)
            cells[k] = hw_json_text(
                hw_json_get(json_object_array_get_idx(items, i), names[k]), ctl->p);
        hwd_table_row(table, cells);
    }
    hwd_ctl_print_list(ctl, json_object_get(items), hw_json_get_string(page, "next"), table);
    return HW_EXIT_OK;
}

static int
incident_show(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    hw_json_t *incident, *notes;

    if (hw_store_incident_get(c->s, c->words[0], &incident, ctl->res, ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "incident show");
    if (ctl->json) {
        hwd_ctl_print(ctl, incident);
        return HW_EXIT_OK;
    }
    json_object_object_foreach(incident, name, value)
    {
        const char *text = json_object_is_type(value, json_type_array)
                               ? NULL
                               : hw_json_text(value, ctl->p);
        if (text && *text)
            printf("%-12s %s\n", name, hwd_ctl_plain(text, 1, ctl->p));
    }
    notes = hw_json_get(incident, "notes");
    for (size_t i = 0; i < json_object_array_length(notes); i++) {
        hw_json_t *n = json_object_array_get_idx(notes, i);
        printf("\n%s, %s:\n%s\n", hw_json_get_string(n, "created_at"),
               hw_json_get_string(n, "author"),
               hwd_ctl_plain(hw_json_get_string(n, "text"), 1, ctl->p));
    }
    return HW_EXIT_OK;
}

static const hwd_ctl_sub_t incident_subs[] = {
    { "list", 0, 0, "takes no argument", incident_list },
    { "show", 1, 1, "needs the id of an incident", incident_show },
    { .name = NULL },
};

int
hwd_ctl_incident(hwd_ctl_t *ctl, int argc, const char *const *argv)
{
    hwd_ctl_opt_t opts[] = { { "--status", 1, NULL }, { "--tenant", 1, NULL },
                             { "--limit", 1, NULL },  { "--cursor", 1, NULL },
                             { .name = NULL } };

    return hwd_ctl_subcommand(ctl, "incident", incident_subs, opts, argc, argv);
}
