/* SPDX-License-Identifier: Apache-2.0 */
/* History as a download: any number of rows, of which one page is in memory. */
#include <apr_strings.h>
#include <limits.h>
#include <string.h>

#include "common/result.h"
#include "common/text.h"
#include "htdocs/cgi/resource.h"

#define PAGE HWC_LIST_MAX /* rows in memory at a time */
#define PAGE_FULL 100     /* with payloads, which are long */

/* A text a spreadsheet would take for a formula is told to be a text. */
static void
csv_cell(hw_buf_t *out, const char *text)
{
    if (text == NULL)
        return;
    hw_buf_addc(out, '"');
    if (*text != '\0' && strchr("=+-@\t\r\n", *text) != NULL)
        hw_buf_addc(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            hw_buf_addc(out, '"');
        hw_buf_addc(out, *text);
    }
    hw_buf_addc(out, '"');
}

static void
csv_row(hw_buf_t *out, const hw_json_t *item, int names, apr_pool_t *p)
{
    const char *sep = "";

    json_object_object_foreach((hw_json_t *)item, name, value)
    {
        hw_buf_adds(out, sep);
        sep = ",";
        if (names)
            hw_buf_adds(out, name);
        else if (json_object_is_type(value, json_type_string))
            csv_cell(out, hw_json_string(value, NULL));
        else if (json_object_is_type(value, json_type_object) ||
                 json_object_is_type(value, json_type_array))
            csv_cell(out, hw_json_write(value, p));
        else if (value != NULL)
            hw_buf_adds(out, hw_json_text(value, p));
    }
    hw_buf_adds(out, "\r\n");
}

typedef struct {
    hw_store_t *s;
    hw_history_filter_t f;
    int csv, begun;
    long left;         /* rows that may still come */
    char next[64];     /* cursor of the next page; "" = that was the last */
    hw_buf_t out;      /* in page */
    apr_pool_t *page;  /* cleared from page to page */
} export_t;

static void
add_row(export_t *e, const hw_json_t *item)
{
    if (e->csv && !e->begun)
        csv_row(&e->out, item, 1, e->page);
    e->begun = 1;
    if (e->csv)
        csv_row(&e->out, item, 0, e->page);
    else
        hw_buf_printf(&e->out, "%s\n", hw_json_write(item, e->page));
}

static apr_status_t
export_page(hwc_t *c, export_t *e)
{
    int page = e->f.full ? PAGE_FULL : PAGE;
    hw_json_t *list, *items;
    const char *next;
    apr_status_t rv;

    apr_pool_clear(e->page);
    hw_buf_init(&e->out, e->page);
    e->f.limit = e->left < page ? (int)e->left : page;
    e->f.cursor = e->next[0] != '\0' ? apr_pstrdup(e->page, e->next) : NULL;
    rv = hw_store_history_list(e->s, &e->f, &list, c->res, e->page);
    if (rv != APR_SUCCESS)
        return rv;
    items = hw_json_get(list, "items");
    for (apr_size_t i = 0; i < json_object_array_length(items); i++)
        add_row(e, json_object_array_get_idx(items, i));
    e->left -= (long)json_object_array_length(items);
    next = hw_json_get_string(list, "next");
    apr_cpystrn(e->next, next != NULL ? next : "", sizeof(e->next));
    return APR_SUCCESS;
}

/* What was sent cannot be taken back: a download that broke off says so in its last line, which no
 * reader takes for a row. */
static void
say_broken(hwc_t *c, export_t *e)
{
    hw_json_t *v = hw_result_json(c->res, c->p);

    hwc_log(c, "%s %s broke off: %s", c->method, c->path, hw_result_text(c->res, c->p));
    hw_buf_init(&e->out, e->page);
    if (e->csv)
        csv_row(&e->out, v, 0, e->page);
    else
        hw_buf_printf(&e->out, "%s\n", hw_json_write(v, e->page));
    e->next[0] = '\0';
}

static int
export_more(hwc_t *c, void *baton, const char **text, apr_size_t *len)
{
    export_t *e = baton;

    if (e->next[0] == '\0' || e->left <= 0)
        return 0;
    if (export_page(c, e) != APR_SUCCESS)
        say_broken(c, e);
    *text = e->out.s;
    *len = e->out.len;
    return 1;
}

static apr_status_t
read_export(hwc_t *c, export_t *e)
{
    const char *format = hwc_arg(c, "format"), *cursor = hwc_arg(c, "cursor");
    long full;
    apr_status_t rv;

    if ((rv = hwc_history_filter(c, &e->f)) != APR_SUCCESS ||
        (rv = hwc_arg_int(c, "full", 0, 0, 1, &full)) != APR_SUCCESS)
        return rv;
    e->f.full = (int)full;
    e->csv = format != NULL && strcmp(format, "csv") == 0;
    if (format != NULL && !e->csv && strcmp(format, "jsonl") != 0)
        return hw_fail_field(c->res, APR_EINVAL, "bad-argument", "format", "takes jsonl or csv");
    if (cursor != NULL && strlen(cursor) >= sizeof(e->next))
        return hw_fail_field(c->res, APR_EINVAL, "bad-cursor", "cursor",
                             "is not one that a page gave as next");
    apr_cpystrn(e->next, cursor != NULL ? cursor : "", sizeof(e->next));
    return hwc_arg_int(c, "limit", LONG_MAX, 1, LONG_MAX, &e->left);
}

apr_status_t
hwc_history_export(hwc_t *c)
{
    export_t *e = apr_pcalloc(c->p, sizeof(*e));
    apr_status_t rv;

    apr_pool_create(&e->page, c->p);
    if ((rv = read_export(c, e)) != APR_SUCCESS || (rv = hwc_store(c, &e->s)) != APR_SUCCESS ||
        (rv = export_page(c, e)) != APR_SUCCESS)
        return rv;
    if (e->next[0] != '\0' && e->left <= 0)
        apr_table_setn(c->out, "X-Next-Cursor", e->next);
    apr_table_setn(c->out, "Content-Disposition",
                   e->csv ? "attachment; filename=\"history.csv\""
                          : "attachment; filename=\"history.jsonl\"");
    c->more = e->next[0] != '\0' && e->left > 0 ? export_more : NULL;
    c->more_baton = e;
    return hwc_text(c, 200, e->csv ? "text/csv; charset=utf-8" : "application/x-ndjson", e->out.s,
                    e->out.len);
}
