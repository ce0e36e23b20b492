/* SPDX-License-Identifier: Apache-2.0 */
/* hookwisectl endpoint: create, list, show, update, delete, rotate; each change is published. */
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/result.h"
#include "common/store_work.h"
#include "common/text.h"
#include "hookwised/ctl.h"

#define NAME "endpoint"

int
hwd_ctl_publish(hwd_ctl_t *ctl, hw_store_t *s, const char *id)
{
    hw_queue_t *q;

    if (hwd_ctl_queue(ctl, &q) == APR_SUCCESS &&
        hw_publish(s, q, ctl->settings, id, NULL, ctl->res, ctl->p) == APR_SUCCESS)
        return HW_EXIT_OK;
    fprintf(stderr,
            "hookwisectl: saved, but not in force yet: %s; hookwised publishes it when Redis is "
            "back\n",
            hw_result_text(ctl->res, ctl->p));
    return HW_EXIT_TEMP;
}

/* "https://host/prefix" + "/webhook/<id>": the caller's base, else PUBLIC_URL where it is set, else
 * only the path. */
static const char *
webhook_url(hwd_ctl_t *ctl, const char *base, const char *id)
{
    apr_size_t n;

    if (!base && hw_set_given(ctl->settings, "PUBLIC_URL"))
        base = hw_set_text(ctl->settings, "PUBLIC_URL");
    n = base ? strlen(base) : 0;
    while (n && base[n - 1] == '/')
        n--;
    return apr_pstrcat(ctl->p, n ? apr_pstrmemdup(ctl->p, base, n) : "", "/webhook/", id, NULL);
}

static hw_json_t *
with_url(hwd_ctl_t *ctl, const hw_endpoint_row_t *row, const char *base)
{
    hw_json_t *v = hw_endpoint_row_json(row, ctl->p);

    hw_json_set_string(v, "url", webhook_url(ctl, base, row->id));
    return v;
}

/* NULL all: nothing is known of any. */
static hw_json_t *
with_health(hwd_ctl_t *ctl, const hw_endpoint_row_t *row, const char *base, const hw_json_t *all)
{
    hw_json_t *v = with_url(ctl, row, base);

    hw_json_set(v, "config_health", hw_store_health_of(all, row->id));
    return v;
}

static void
show_row(hwd_ctl_t *ctl, const hw_endpoint_row_t *row, const char *base)
{
    if (ctl->json) {
        hwd_ctl_print(ctl, with_url(ctl, row, base));
        return;
    }
    printf("name   %s\nid     %s\nurl    %s\n", row->name, row->id,
           webhook_url(ctl, base, row->id));
    if (row->token)
        printf("token  %s\n", row->token);
}

static apr_status_t
read_doc(hwd_ctl_t *ctl, const char *file, hw_json_t **doc)
{
    const char *text;
    apr_size_t len;
    apr_status_t rv = hwd_ctl_slurp(ctl, file, &text, &len);

    if (rv != APR_SUCCESS)
        return rv;
    rv = hw_json_parse(text, len, NULL, doc, NULL, ctl->res, ctl->p);
    return rv == APR_SUCCESS
               ? rv
               : hw_result_in_field(ctl->res, !strcmp(file, "-") ? "stdin" : file);
}

static int
create(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    hw_json_t *doc;
    hw_endpoint_row_t *row;
    int code;

    if (read_doc(ctl, c->words[0], &doc) != APR_SUCCESS ||
        hw_store_endpoint_create(c->s, doc, hwd_ctl_actor(ctl), &row, ctl->res, ctl->p) !=
            APR_SUCCESS)
        return hwd_ctl_fail(ctl, "endpoint create");
    code = hwd_ctl_publish(ctl, c->s, row->id);
    show_row(ctl, row, hwd_ctl_opt(c->opts, "--base-url"));
    return code;
}

static int
list(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    static const char *const heads[] = { "NAME", "ID", "PRESET", "TENANT", "STATE", "LAST SEEN",
                                         NULL };
    hw_json_t *items = hw_json_own(json_object_new_array(), ctl->p);
    hwd_table_t *table = hwd_table_make(ctl, heads);
    apr_array_header_t *rows;
    hw_json_t *health;

    if (hw_store_endpoint_list(c->s, 0, &rows, ctl->res, ctl->p) != APR_SUCCESS ||
        hw_store_health_get(c->s, NULL, &health, ctl->res, ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "endpoint list");
    for (int i = 0; i < rows->nelts; i++) {
        const hw_endpoint_row_t *row = APR_ARRAY_IDX(rows, i, hw_endpoint_row_t *);
        hw_json_t *on = hw_json_get(row->doc, "is_enabled"),
                  *draft = hw_json_get(row->doc, "is_draft");
        const char *cells[] = { row->name, row->id, hw_json_get_string(row->doc, "preset"),
                                row->tenant,
                                draft && json_object_get_boolean(draft)  ? "draft"
                                : on && !json_object_get_boolean(on) ? "disabled"
                                                                     : "enabled",
                                row->last_seen_at ? hw_time_rfc3339(row->last_seen_at, ctl->p)
                                                  : "never" };
        hwd_table_row(table, cells);
        json_object_array_add(
            items, json_object_get(with_health(ctl, row, hwd_ctl_opt(c->opts, "--base-url"),
                                               health)));
    }
    hwd_ctl_print_list(ctl, json_object_get(items), NULL, table);
    return HW_EXIT_OK;
}

static int
show(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    int secrets = hwd_ctl_opt(c->opts, "--secrets") != NULL;
    hw_endpoint_row_t *row;
    hw_json_t *health;

    if (hw_store_endpoint_get(c->s, c->words[0], secrets, &row, ctl->res, ctl->p) != APR_SUCCESS ||
        hw_store_health_get(c->s, row->id, &health, ctl->res, ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "endpoint show");
    hwd_ctl_print(ctl, with_health(ctl, row, hwd_ctl_opt(c->opts, "--base-url"), health));
    return HW_EXIT_OK;
}

/* Commands take a name too; changes go by the id it stands for. */
static apr_status_t
find_id(hwd_ctl_t *ctl, const hwd_ctl_call_t *c, const char **id, const char **name)
{
    hw_endpoint_row_t *row;
    apr_status_t rv = hw_store_endpoint_get(c->s, c->words[0], 0, &row, ctl->res, ctl->p);

    if (rv == APR_SUCCESS) {
        *id = row->id;
        *name = row->name;
    }
    return rv;
}

static int
update(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    const char *id, *name;
    hw_endpoint_row_t *row;
    hw_json_t *doc;
    int code;

    if (find_id(ctl, c, &id, &name) != APR_SUCCESS ||
        read_doc(ctl, c->words[1], &doc) != APR_SUCCESS ||
        hw_store_endpoint_update(c->s, id, doc, hwd_ctl_actor(ctl), &row, ctl->res, ctl->p) !=
            APR_SUCCESS)
        return hwd_ctl_fail(ctl, "endpoint update");
    code = hwd_ctl_publish(ctl, c->s, id);
    row->token = NULL;
    row->hmac_secret = NULL;
    row->auth = row->notify = NULL;
    show_row(ctl, row, hwd_ctl_opt(c->opts, "--base-url"));
    return code;
}

static int
delete(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    const char *id, *name;

    if (find_id(ctl, c, &id, &name) != APR_SUCCESS ||
        hw_store_endpoint_delete(c->s, id, hwd_ctl_actor(ctl), ctl->res, ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "endpoint delete");
    if (ctl->json)
        hwd_ctl_print_pairs(ctl, "deleted", id, NULL);
    else
        printf("deleted %s (%s)\n", name, id);
    return hwd_ctl_publish(ctl, c->s, id);
}

static int
rotate(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    const char *id, *name, *overlap = hwd_ctl_opt(c->opts, "--overlap");
    hw_endpoint_row_t *row;
    long seconds = 0;
    int code;

    if (overlap && !hwd_ctl_number(overlap, 0, 30 * 86400, &seconds))
        return hwd_ctl_usage(ctl, NAME, "--overlap takes seconds, at most 2592000");
    if (find_id(ctl, c, &id, &name) != APR_SUCCESS ||
        hw_store_endpoint_rotate(c->s, id, (int)seconds, hwd_ctl_actor(ctl), &row, ctl->res,
                                 ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "endpoint rotate");
    code = hwd_ctl_publish(ctl, c->s, id);
    row->hmac_secret = NULL;
    row->auth = row->notify = NULL;
    show_row(ctl, row, hwd_ctl_opt(c->opts, "--base-url"));
    return code;
}

static const hwd_ctl_sub_t subcommands[] = {
    { "create", 1, 1, "needs a FILE or -", create },
    { "list", 0, 0, "takes no argument", list },
    { "show", 1, 1, "needs the id or name of an endpoint", show },
    { "update", 2, 2, "needs the id or name of an endpoint, and a FILE or -", update },
    { "delete", 1, 1, "needs the id or name of an endpoint", delete },
    { "rotate", 1, 1, "needs the id or name of an endpoint", rotate },
    { .name = NULL },
};

int
hwd_ctl_endpoint(hwd_ctl_t *ctl, int argc, const char *const *argv)
{
    hwd_ctl_opt_t opts[] = { { "--base-url", 1, NULL },
                             { "--secrets", 0, NULL },
                             { "--overlap", 1, NULL },
                             { .name = NULL } };

    return hwd_ctl_subcommand(ctl, NAME, subcommands, opts, argc, argv);
}
