/* SPDX-License-Identifier: Apache-2.0 */
/* Results: setting failures, and showing them as text and JSON. */
#include "common/result.h"

#include <apr_strings.h>
#include <stdarg.h>
#include <string.h>

#include "common/json.h"

hw_result_t *
hw_result_make(apr_pool_t *p)
{
    hw_result_t *res = apr_pcalloc(p, sizeof(*res));

    res->p = p;
    hw_result_reset(res);
    return res;
}

void
hw_result_reset(hw_result_t *res)
{
    apr_pool_t *p;

    if (res == NULL)
        return;
    p = res->p;
    memset(res, 0, sizeof(*res));
    res->p = p;
    res->rv = APR_SUCCESS;
    res->cls = HW_PERMANENT;
    res->offset = -1;
}

/* A setter starts from a clean result: nothing of an earlier failure shines through. */
static apr_status_t
set(hw_result_t *res, apr_status_t rv, hw_class_e cls, const char *problem, const char *field,
    apr_off_t offset, const char *fmt, va_list ap)
{
    const char *detail, *own_field;

    if (res == NULL)
        return rv;
    detail = apr_pvsprintf(res->p, fmt, ap);
    own_field = apr_pstrdup(res->p, field);
    hw_result_reset(res);
    res->rv = rv;
    res->cls = cls;
    res->problem = problem;
    res->field = own_field;
    res->offset = offset;
    res->detail = detail;
    return rv;
}

apr_status_t
hw_fail(hw_result_t *res, apr_status_t rv, const char *problem, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    set(res, rv, HW_PERMANENT, problem, NULL, -1, fmt, ap);
    va_end(ap);
    return rv;
}

apr_status_t
hw_fail_field(hw_result_t *res, apr_status_t rv, const char *problem, const char *field,
              const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    set(res, rv, HW_PERMANENT, problem, field, -1, fmt, ap);
    va_end(ap);
    return rv;
}

apr_status_t
hw_fail_at(hw_result_t *res, apr_status_t rv, const char *problem, const char *field,
           apr_off_t offset, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    set(res, rv, HW_PERMANENT, problem, field, offset, fmt, ap);
    va_end(ap);
    return rv;
}

apr_status_t
hw_fail_temp(hw_result_t *res, apr_status_t rv, const char *problem, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    set(res, rv, HW_TEMPORARY, problem, NULL, -1, fmt, ap);
    va_end(ap);
    return rv;
}

apr_status_t
hw_result_in_field(hw_result_t *res, const char *field)
{
    if (res == NULL)
        return APR_EINVAL;
    if (res->rv != APR_SUCCESS)
        res->field = apr_pstrdup(res->p, field);
    return res->rv;
}

/* The sentence; a failure set without one speaks the system's words. */
static const char *
detail_of(const hw_result_t *res, apr_pool_t *p)
{
    char buf[256];

    if (res->detail != NULL && res->detail[0] != '\0')
        return res->detail;
    if (res->rv == APR_SUCCESS)
        return "no error";
    return apr_pstrdup(p, apr_strerror(res->rv, buf, sizeof(buf)));
}

const char *
hw_result_text(const hw_result_t *res, apr_pool_t *p)
{
    const char *text;

    if (res == NULL)
        return "no error";
    text = detail_of(res, p);
    if (res->offset >= 0)
        text = apr_psprintf(p, "%s at offset %" APR_OFF_T_FMT, text, res->offset);
    if (res->field != NULL)
        text = apr_pstrcat(p, res->field, ": ", text, NULL);
    return text;
}

hw_json_t *
hw_result_json(const hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *obj = hw_json_own(json_object_new_object(), p);

    if (res == NULL)
        return obj;
    if (res->problem != NULL)
        hw_json_set_string(obj, "error", res->problem);
    if (res->field != NULL)
        hw_json_set_string(obj, "field", res->field);
    if (res->offset >= 0)
        hw_json_set_int(obj, "offset", res->offset);
    hw_json_set_string(obj, "message", detail_of(res, p));
    return obj;
}
