/* SPDX-License-Identifier: Apache-2.0 */
/* hookwisectl tenantmap, maintenance, cache, import and export. */
#include <fcntl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#include "common/json.h"
#include "common/result.h"
#include "common/store_identity.h"
#include "hookwised/ctl.h"

/* --- tenant map --------------------------------------------------------------------------------- */

static int
map_list(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    static const char *const heads[] = { "PATTERN", "COMPANY", NULL };
    hwd_table_t *table = hwd_table_make(ctl, heads);
    apr_array_header_t *maps;
    hw_json_t *items;

    if (hw_store_tenantmap(c->s, &maps, ctl->res, ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "tenantmap list");
    items = json_object_new_array();
    for (int i = 0; i < maps->nelts; i++) {
        const hw_tenant_map_t *m = &APR_ARRAY_IDX(maps, i, hw_tenant_map_t);
        const char *cells[] = { m->pattern, m->company };
        hw_json_t *item = json_object_new_object();
        hw_json_set_string(item, "pattern", m->pattern);
        hw_json_set_string(item, "company", m->company);
        json_object_array_add(items, item);
        hwd_table_row(table, cells);
    }
    hwd_ctl_print_list(ctl, items, NULL, table);
    return HW_EXIT_OK;
}

static int
map_change(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    const char *company = c->nwords > 1 ? c->words[1] : NULL;

    if (hw_store_tenantmap_set(c->s, c->words[0], company, hwd_ctl_actor(ctl), ctl->res,
                               ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, company ? "tenantmap set" : "tenantmap delete");
    if (ctl->json)
        hwd_ctl_print_pairs(ctl, "pattern", c->words[0], "company", company, NULL);
    else if (company)
        printf("%s is %s\n", c->words[0], company);
    else
        printf("removed %s\n", c->words[0]);
    return HW_EXIT_OK;
}

static const hwd_ctl_sub_t map_subs[] = {
    { "list", 0, 0, "takes no argument", map_list },
    { "set", 2, 2, "needs a pattern and a company", map_change },
    { "delete", 1, 1, "needs a pattern", map_change },
    { .name = NULL },
};

int
hwd_ctl_tenantmap(hwd_ctl_t *ctl, int argc, const char *const *argv)
{
    hwd_ctl_opt_t opts[] = { { .name = NULL } };

    return hwd_ctl_subcommand(ctl, "tenantmap", map_subs, opts, argc, argv);
}

/* --- maintenance --------------------------------------------------------------------------------- */

static int
maintenance_status(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    const char *value;
    hw_json_t *doc;
    int on;

    if (hw_store_setting_get(c->s, HW_SETTING_MAINTENANCE, &value, ctl->res, ctl->p) !=
        APR_SUCCESS)
        return hwd_ctl_fail(ctl, "maintenance");
    on = value && !strcmp(value, "1");
    if (ctl->json) {
        doc = hw_json_own(json_object_new_object(), ctl->p);
        hw_json_set_bool(doc, "enabled", on);
        hwd_ctl_print(ctl, doc);
    } else
        printf("maintenance is %s\n", on ? "on: events are recorded as skipped" : "off");
    return HW_EXIT_OK;
}

static int
maintenance_set(hwd_ctl_t *ctl, const hwd_ctl_call_t *c, const char *value)
{
    if (hw_store_setting_set(c->s, HW_SETTING_MAINTENANCE, value, hwd_ctl_actor(ctl), ctl->res,
                             ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "maintenance");
    return maintenance_status(ctl, c);
}

static int
maintenance_on(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    return maintenance_set(ctl, c, "1");
}

static int
maintenance_off(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    return maintenance_set(ctl, c, "0");
}

static const hwd_ctl_sub_t maintenance_subs[] = {
    { "on", 0, 0, "takes no argument", maintenance_on },
    { "off", 0, 0, "takes no argument", maintenance_off },
    { "status", 0, 0, "takes no argument", maintenance_status },
    { .name = NULL },
};

int
hwd_ctl_maintenance(hwd_ctl_t *ctl, int argc, const char *const *argv)
{
    hwd_ctl_opt_t opts[] = { { .name = NULL } };

    return hwd_ctl_subcommand(ctl, "maintenance", maintenance_subs, opts, argc, argv);
}

/* --- caches ---------------------------------------------------------------------------------------- */

static int
cache_clear(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    apr_int64_t alerts;
    hw_queue_t *q;
    hw_json_t *doc;
    int endpoints;

    if (hw_store_alert_forget(c->s, &alerts, ctl->res, ctl->p) != APR_SUCCESS ||
        hwd_ctl_queue(ctl, &q) != APR_SUCCESS ||
        hw_publish(c->s, q, ctl->settings, NULL, &endpoints, ctl->res, ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "cache clear");
    if (ctl->json) {
        doc = hw_json_own(json_object_new_object(), ctl->p);
        hw_json_set_int(doc, "endpoints", endpoints);
        hw_json_set_int(doc, "alerts", alerts);
        hwd_ctl_print(ctl, doc);
    } else
        printf("published %d endpoints; %" APR_INT64_T_FMT
               " open tickets will be looked up again\n", endpoints, alerts);
    return HW_EXIT_OK;
}

static const hwd_ctl_sub_t cache_subs[] = {
    { "clear", 0, 0, "takes no argument", cache_clear },
    { .name = NULL },
};

int
hwd_ctl_cache(hwd_ctl_t *ctl, int argc, const char *const *argv)
{
    hwd_ctl_opt_t opts[] = { { .name = NULL } };

    return hwd_ctl_subcommand(ctl, "cache", cache_subs, opts, argc, argv);
}

/* --- keys -------------------------------------------------------------------------------------------- */

int
hwd_ctl_reseal(hwd_ctl_t *ctl, int argc, const char *const *argv)
{
    hwd_ctl_opt_t opts[] = { { .name = NULL } };
    apr_array_header_t *words;
    hw_json_t *doc;
    hw_store_t *s;
    int count;

    if (!hwd_ctl_opts(ctl, "reseal", opts, argc, argv, &words))
        return HW_EXIT_USAGE;
    if (words->nelts > 0)
        return hwd_ctl_usage(ctl, "reseal", "takes no argument");
    if (hwd_ctl_store(ctl, &s) != APR_SUCCESS ||
        hw_store_reseal(s, hwd_ctl_actor(ctl), &count, ctl->res, ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "reseal");
    if (ctl->json) {
        doc = hw_json_own(json_object_new_object(), ctl->p);
        hw_json_set_int(doc, "sealed", count);
        hwd_ctl_print(ctl, doc);
    } else
        printf("sealed %d secrets with the first key\n", count);
    return hwd_ctl_publish(ctl, s, NULL);
}

/* --- backup ------------------------------------------------------------------------------------------ */

static void
print_report(hwd_ctl_t *ctl, hw_json_t *report)
{
    static const char *const counts[] = { "created", "updated", "failed", "tenant_map",
                                          "settings", "users" };
    hw_json_t *items = hw_json_get(report, "problems");

    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        printf("%-11s %s\n", counts[i], hw_json_text(hw_json_get(report, counts[i]), ctl->p));
    for (size_t i = 0; i < json_object_array_length(items); i++)
        printf("%s\n", json_object_get_string(json_object_array_get_idx(items, i)));
}

int
hwd_ctl_import(hwd_ctl_t *ctl, int argc, const char *const *argv)
{
    hwd_ctl_opt_t opts[] = { { .name = NULL } };
    apr_array_header_t *words;
    const char *text;
    apr_size_t len;
    hw_json_t *doc, *report;
    hw_store_t *s;
    int code;

    if (!hwd_ctl_opts(ctl, "import", opts, argc, argv, &words))
        return HW_EXIT_USAGE;
    if (words->nelts != 1)
        return hwd_ctl_usage(ctl, "import", "needs a FILE or -");
    if (hwd_ctl_slurp(ctl, APR_ARRAY_IDX(words, 0, const char *), &text, &len) != APR_SUCCESS ||
        hwd_ctl_store(ctl, &s) != APR_SUCCESS ||
        hw_backup_open(s, text, len, &doc, ctl->res, ctl->p) != APR_SUCCESS ||
        hw_store_import(s, doc, hwd_ctl_actor(ctl), &report, ctl->res, ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "import");
    if (ctl->json)
        hwd_ctl_print(ctl, report);
    else
        print_report(ctl, report);
    code = hwd_ctl_publish(ctl, s, NULL);
    if (code == HW_EXIT_OK && json_object_get_int(hw_json_get(report, "failed")))
        code = HW_EXIT_USAGE;
    return code;
}

/* Beside the final name, then renamed: a backup is whole or not there. What lies there under the
 * temporary name is somebody else's, with rights or a link of his: it goes first. */
static apr_status_t
write_private(hwd_ctl_t *ctl, const char *path, const char *text)
{
    const char *temp = apr_pstrcat(ctl->p, path, ".tmp", NULL);
    int fd = (unlink(temp), open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    int bad = !f;

    if (f) {
        bad = fputs(text, f) == EOF || fputc('\n', f) == EOF || fflush(f) == EOF || fsync(fd) != 0;
        bad = fclose(f) == EOF || bad;
    }
    if (bad || rename(temp, path) != 0) {
        apr_status_t rv = APR_FROM_OS_ERROR(errno);
        unlink(temp);
        return hw_fail_field(ctl->res, rv, "no-file", path, "cannot be written: %s",
                             strerror(errno));
    }
    return APR_SUCCESS;
}

int
hwd_ctl_export(hwd_ctl_t *ctl, int argc, const char *const *argv)
{
    hwd_ctl_opt_t opts[] = { { .name = NULL } };
    apr_array_header_t *words;
    const char *file;
    hw_json_t *doc;
    hw_store_t *s;

    if (!hwd_ctl_opts(ctl, "export", opts, argc, argv, &words))
        return HW_EXIT_USAGE;
    if (words->nelts > 1)
        return hwd_ctl_usage(ctl, "export", "takes one FILE");
    file = words->nelts ? APR_ARRAY_IDX(words, 0, const char *) : "-";
    if (hwd_ctl_store(ctl, &s) != APR_SUCCESS ||
        hw_store_export(s, &doc, ctl->res, ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "export");
    if (!strcmp(file, "-"))
        hwd_ctl_print(ctl, doc);
    else if (write_private(ctl, file, hw_json_write_pretty(doc, ctl->p)) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "export");
    else if (ctl->json)
        hwd_ctl_print_pairs(ctl, "file", file, NULL);
    return HW_EXIT_OK;
}
