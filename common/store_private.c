/* SPDX-License-Identifier: Apache-2.0 */
/* What the store files share: parameters, columns, transactions. */
#include "common/store_private.h"

#include <string.h>

#include <apr_strings.h>

#include "common/db_private.h"

const char *
hw_ts_param(apr_time_t t, apr_pool_t *p)
{
    apr_time_exp_t e;

    if (!t)
        return NULL;
    apr_time_exp_gmt(&e, t);
    return apr_psprintf(p, "%04d-%02d-%02d %02d:%02d:%02d.%06d+00", e.tm_year + 1900, e.tm_mon + 1,
                        e.tm_mday, e.tm_hour, e.tm_min, e.tm_sec, e.tm_usec);
}

const char *
hw_int_param(apr_int64_t n, apr_pool_t *p)
{
    return apr_psprintf(p, "%" APR_INT64_T_FMT, n);
}

const char *
hw_text_param(const char *s, apr_pool_t *p)
{
    apr_size_t len;

    return s ? hw_utf8_mend(s, strlen(s), &len, p) : NULL;
}

const char *
hw_like_param(const char *text, apr_pool_t *p)
{
    hw_buf_t b;

    if (!text)
        return NULL;
    hw_buf_init(&b, p);
    hw_buf_addc(&b, '%');
    for (; *text; text++) {
        if (strchr("%_\\", *text))
            hw_buf_addc(&b, '\\');
        hw_buf_addc(&b, *text);
    }
    hw_buf_addc(&b, '%');
    return hw_text_param(b.s, p);
}

int
hw_id_valid(const char *id)
{
    apr_size_t n = id ? strlen(id) : 0;

    return n > 0 && n <= 18 && strspn(id, "0123456789") == n;
}

int
hw_list_limit(int limit)
{
    if (limit <= 0)
        return HW_LIST_DEFAULT;
    return limit > HW_LIST_MAX ? HW_LIST_MAX : limit;
}

int
hw_db_in_tx(const hw_db_t *db)
{
    return db->in_tx;
}

apr_status_t
hw_store_tx(hw_store_t *s, hw_store_work_fn *fn, void *baton, hw_result_t *res, apr_pool_t *p)
{
    int outer = hw_db_in_tx(s->db);
    apr_status_t rv = outer ? APR_SUCCESS : hw_db_begin(s->db, res);

    if (rv == APR_SUCCESS)
        rv = fn(s, baton, res, p);
    if (outer)
        return rv;
    if (rv == APR_SUCCESS)
        rv = hw_db_commit(s->db, res);
    if (rv != APR_SUCCESS)
        hw_db_rollback(s->db);
    return rv;
}

apr_status_t
hw_store_tenant_ensure(hw_store_t *s, const char *tenant, hw_result_t *res, apr_pool_t *ptemp)
{
    const char *params[] = { tenant };

    return hw_db_exec(s->db,
                      "INSERT INTO tenant (id, name) VALUES ($1, $1) ON CONFLICT (id) DO NOTHING",
                      1, params, NULL, res, ptemp);
}
