/* SPDX-License-Identifier: Apache-2.0 */
/* An enqueue as the bytes of one spool record, and back. */
#include <apr_strings.h>
#include <stdlib.h>

#include "common/result.h"
#include "common/spool_file.h"

/* data = u32 pairs, then for each name and value: u32 length, bytes, NUL. The enqueue's own
 * parameters come first, under names no event field has. */
#define PARAM_WINDOW "+dw"
#define PARAM_BODY   "+bh"
#define PARAM_SENDER "+id"
#define PARAM_NAME   "+cn"
#define PARAMS       4
#define MAX_PAIRS    (PARAMS + HW_EVENT_MAX_FIELDS)

static apr_size_t
put_text(unsigned char *at, const char *s, apr_size_t len)
{
    put_u32(at, (apr_uint32_t)len);
    memcpy(at + 4, s, len);
    at[4 + len] = '\0';
    return 4 + len + 1;
}

void
hw_spool_encode(const hw_enqueue_t *e, const unsigned char **data, apr_size_t *len, apr_pool_t *p)
{
    const char *argv[2 * MAX_PAIRS];
    apr_size_t lens[2 * MAX_PAIRS], total = 4, at = 4;
    int n = 0;
    unsigned char *out;
    const char *params[PARAMS][2] = {
        {PARAM_WINDOW, apr_itoa(p, e->dedup_window)},
        {PARAM_BODY, e->body_sha256 != NULL ? e->body_sha256 : ""},
        {PARAM_SENDER, e->sender_id != NULL ? e->sender_id : ""},
        {PARAM_NAME, e->config_name != NULL ? e->config_name : ""},
    };

    for (int i = 0; i < PARAMS; i++)
        for (int half = 0; half < 2; half++, n++) {
            argv[n] = params[i][half];
            lens[n] = strlen(argv[n]);
        }
    n += hw_event_to_fields(e->event, argv + n, lens + n, p);
    for (int i = 0; i < n; i++)
        total += 4 + lens[i] + 1;
    out = apr_palloc(p, total);
    put_u32(out, (apr_uint32_t)n / 2);
    for (int i = 0; i < n; i++)
        at += put_text(out + at, argv[i], lens[i]);
    *data = out;
    *len = total;
}

/* Splits data into at most max texts; -1 when the lengths do not fit. */
static int
split(const hw_spool_record_t *rec, const char **argv, apr_size_t *lens, int max)
{
    apr_size_t at = 4;
    apr_uint32_t n;

    if (rec->len < 4 || (n = get_u32(rec->data)) > (apr_uint32_t)max / 2)
        return -1;
    for (apr_uint32_t i = 0; i < 2 * n; i++) {
        if (rec->len - at < 5)
            return -1;
        lens[i] = get_u32(rec->data + at);
        if (lens[i] > rec->len - at - 5 || rec->data[at + 4 + lens[i]] != '\0')
            return -1;
        argv[i] = (const char *)rec->data + at + 4;
        at += 4 + lens[i] + 1;
    }
    return at == rec->len ? (int)(2 * n) : -1;
}

static void
take_param(hw_enqueue_t *e, const char *name, const char *value)
{
    const char *text = *value != '\0' ? value : NULL;

    if (strcmp(name, PARAM_WINDOW) == 0)
        e->dedup_window = atoi(value);
    else if (strcmp(name, PARAM_BODY) == 0)
        e->body_sha256 = text;
    else if (strcmp(name, PARAM_SENDER) == 0)
        e->sender_id = text;
    else if (strcmp(name, PARAM_NAME) == 0)
        e->config_name = text;
}

apr_status_t
hw_spool_decode(const hw_spool_record_t *rec, hw_enqueue_t **out, hw_result_t *res, apr_pool_t *p)
{
    const char *argv[2 * MAX_PAIRS];
    apr_size_t lens[2 * MAX_PAIRS];
    int n = split(rec, argv, lens, 2 * MAX_PAIRS), from = 0;
    hw_enqueue_t *e = apr_pcalloc(p, sizeof(*e));
    hw_event_t *ev;
    apr_status_t rv;

    if (n < 0)
        return hw_fail(res, APR_EINVAL, "bad-record", "a spool record's lengths do not fit");
    for (; from < n && argv[from][0] == '+'; from += 2)
        take_param(e, argv[from], argv[from + 1]);
    rv = hw_event_from_fields(argv + from, lens + from, n - from, &ev, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    ev->spooled = 1;
    ev->unverified = 1;
    e->event = ev;
    e->version = HW_VERSION_ANY;
    *out = e;
    return APR_SUCCESS;
}
