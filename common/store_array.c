/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays in PostgreSQL's binary form (array_recv): header, then length and bytes of each value,
 * all integers in network order. */
#include <string.h>

#include "common/store_private.h"

#define PG_EPOCH_USEC (APR_INT64_C(946684800) * 1000000) /* 2000-01-01 in microseconds since 1970 */

static void
put32(char *at, apr_uint32_t n)
{
    unsigned char b[4] = { n >> 24 & 255, n >> 16 & 255, n >> 8 & 255, n & 255 };

    memcpy(at, b, 4);
}

static void
add32(hw_array_t *a, apr_uint32_t n)
{
    char b[4];

    put32(b, n);
    hw_buf_add(&a->buf, b, 4);
}

void
hw_array_init(hw_array_t *a, hw_oid_e type, apr_pool_t *p)
{
    memset(a, 0, sizeof(*a));
    hw_buf_init(&a->buf, p);
    add32(a, 1);                  /* dimensions */
    add32(a, 0);                  /* has nulls: patched */
    add32(a, (apr_uint32_t)type);
    add32(a, 0);                  /* values: patched */
    add32(a, 1);                  /* lower bound */
}

void
hw_array_end(hw_array_t *a)
{
    put32(a->buf.s + 4, a->nulls ? 1 : 0);
    put32(a->buf.s + 12, a->n);
}

void
hw_array_bytes(hw_array_t *a, const void *data, apr_size_t len)
{
    add32(a, (apr_uint32_t)len);
    hw_buf_add(&a->buf, data, len);
    a->n++;
}

static void
add_null(hw_array_t *a)
{
    add32(a, 0xffffffffu);
    a->n++;
    a->nulls++;
}

void
hw_array_text(hw_array_t *a, const char *s, apr_pool_t *ptemp)
{
    apr_size_t len;

    if (!s) {
        add_null(a);
        return;
    }
    s = hw_utf8_mend(s, strlen(s), &len, ptemp);
    hw_array_bytes(a, s, len);
}

void
hw_array_texts(hw_array_t *a, const apr_array_header_t *texts, apr_pool_t *p)
{
    hw_array_init(a, HW_OID_TEXT, p);
    for (int i = 0; i < texts->nelts; i++)
        hw_array_text(a, APR_ARRAY_IDX(texts, i, const char *), p);
    hw_array_end(a);
}

void
hw_array_int(hw_array_t *a, int n)
{
    char b[4];

    put32(b, (apr_uint32_t)n);
    hw_array_bytes(a, b, 4);
}

void
hw_array_bool(hw_array_t *a, int yes)
{
    char b = yes ? 1 : 0;

    hw_array_bytes(a, &b, 1);
}

static void
add64(hw_array_t *a, apr_uint64_t n)
{
    char b[8];

    put32(b, (apr_uint32_t)(n >> 32));
    put32(b + 4, (apr_uint32_t)n);
    hw_array_bytes(a, b, 8);
}

void
hw_array_double(hw_array_t *a, double d)
{
    apr_uint64_t n;

    memcpy(&n, &d, sizeof(n));
    add64(a, n);
}

void
hw_array_time(hw_array_t *a, apr_time_t t)
{
    add64(a, (apr_uint64_t)(t - PG_EPOCH_USEC));
}

apr_status_t
hw_arrays_send(hw_store_t *s, const char *sql, hw_array_t *arrays, int n, hw_result_t *res)
{
    const char *params[HW_ARRAYS_MAX];
    int lens[HW_ARRAYS_MAX], formats[HW_ARRAYS_MAX];

    for (int i = 0; i < n; i++) {
        hw_array_end(&arrays[i]);
        params[i] = arrays[i].buf.s;
        lens[i] = (int)arrays[i].buf.len;
        formats[i] = 1;
    }
    return hw_db_pipeline_add(s->db, sql, n, params, lens, formats, res);
}
