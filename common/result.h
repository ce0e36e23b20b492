/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong, carried from the failure to log, history, API answer and page. */
#ifndef HW_RESULT_H
#define HW_RESULT_H

#include "common/hw.h"

typedef enum {
    HW_PERMANENT, /* trying again changes nothing: bad input, a refusal (the default of hw_fail) */
    HW_TEMPORARY, /* time-outs, connection errors, 408, 429, 5xx: try again */
    HW_UNKNOWN    /* the outcome is not known: the request may have taken effect */
} hw_class_e;

struct hw_result_t {
    apr_pool_t *p;       /* owns the strings below */
    apr_status_t rv;     /* APR_SUCCESS until a failure is set */
    hw_class_e cls;
    const char *problem; /* stable slug for programs: "bad-regex", "psa-refused" */
    const char *field;   /* the setting, endpoint field or file at fault, or NULL */
    apr_off_t offset;    /* byte offset inside that field's value, -1 = none */
    const char *detail;  /* one sentence for people; never holds a secret */
    apr_time_t retry_at; /* temporary only: not before this time, by the clock its maker
                          * says (drivers of hookwised: hw_clock_mono); 0 = not told */
    int http_status;     /* the far end's HTTP status when it answered, else 0 */
};

hw_result_t *hw_result_make(apr_pool_t *p);
void hw_result_reset(hw_result_t *res);

/* The setters return rv, so that a failure is one line: return hw_fail(res, APR_EINVAL, ...).
 * res may be NULL: then only rv is passed on. The first three are permanent failures. */
apr_status_t hw_fail(hw_result_t *res, apr_status_t rv, const char *problem, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
apr_status_t hw_fail_field(hw_result_t *res, apr_status_t rv, const char *problem,
                           const char *field, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
apr_status_t hw_fail_at(hw_result_t *res, apr_status_t rv, const char *problem, const char *field,
                        apr_off_t offset, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
apr_status_t hw_fail_temp(hw_result_t *res, apr_status_t rv, const char *problem,
                          const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Gives a failure already set a field name (a sub-parser knows the offset, its caller the
 * field). */
apr_status_t hw_result_in_field(hw_result_t *res, const char *field);

/* "json_mapping.summary: unknown function 'foo' at offset 7" */
const char *hw_result_text(const hw_result_t *res, apr_pool_t *p);
/* {"error":slug,"field":…,"offset":n,"message":text}; absent members are left out. */
hw_json_t *hw_result_json(const hw_result_t *res, apr_pool_t *p);

#endif
