/* SPDX-License-Identifier: Apache-2.0 */
/* Results: setting, replacing, naming the field, showing as text and JSON. */
#include "common/result.h"

#include <string.h>

#include "common/json.h"
#include "t/lib/tap.h"

static void
check_setters(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);

    ok(res->rv == APR_SUCCESS && res->offset == -1 && res->problem == NULL && res->p == p,
       "a new result is a success");
    is_int(hw_fail(res, APR_EINVAL, "bad-x", "x is %d", 7), APR_EINVAL,
           "hw_fail gives its status");
    is(hw_result_text(res, p), "x is 7", "its sentence");
    is(res->problem, "bad-x", "its slug");
    is_int(res->cls, HW_PERMANENT, "permanent");
    is_int(hw_fail_temp(res, APR_TIMEUP, "down", "no answer"), APR_TIMEUP, "a temporary failure");
    is_int(res->cls, HW_TEMPORARY, "temporary");
    is_int(hw_fail_field(res, APR_EINVAL, "bad-value", "board", "unknown board"), APR_EINVAL,
           "a field at fault");
    is_int(res->cls, HW_PERMANENT, "permanent again");
    is(hw_result_text(res, p), "board: unknown board", "field and sentence");
    hw_fail_at(res, APR_EINVAL, "bad-path", "summary", 7, "unknown function '%s'", "foo");
    is(hw_result_text(res, p), "summary: unknown function 'foo' at offset 7",
       "field, sentence and offset");
    res->http_status = 404;
    res->retry_at = 5;
    hw_fail(res, APR_EGENERAL, "other", "other");
    ok(res->field == NULL && res->offset == -1 && res->http_status == 0 && res->retry_at == 0,
       "nothing of an earlier failure is left");
    hw_result_reset(res);
    ok(res->rv == APR_SUCCESS && res->detail == NULL && res->p == p, "reset");
}

static void
check_fields(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    char field[] = "json_mapping.summary";

    is_int(hw_result_in_field(res, "x"), APR_SUCCESS, "a success stays one");
    ok(res->field == NULL, "... without a field");
    hw_fail_at(res, APR_EINVAL, "bad-path", NULL, 0, "a path starts with $");
    is_int(hw_result_in_field(res, field), APR_EINVAL, "a failure gets its field");
    field[0] = 'X';
    is(hw_result_text(res, p), "json_mapping.summary: a path starts with $ at offset 0",
       "... copied, and offset 0 is an offset");
}

static void
check_json(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);

    hw_fail_at(res, APR_EINVAL, "bad-regex", "rules[2].regex", 3, "missing \")\"");
    is(hw_json_write(hw_result_json(res, p), p),
       "{\"error\":\"bad-regex\",\"field\":\"rules[2].regex\",\"offset\":3,"
       "\"message\":\"missing \\\")\\\"\"}",
       "all members");
    hw_fail(res, APR_EINVAL, "refused", "no");
    is(hw_json_write(hw_result_json(res, p), p), "{\"error\":\"refused\",\"message\":\"no\"}",
       "absent members are left out");
}

static void
check_without(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);

    is_int(hw_fail(NULL, APR_ENOENT, "x", "y"), APR_ENOENT, "no result: the status is passed on");
    is_int(hw_fail_field(NULL, APR_ENOENT, "x", "f", "y"), APR_ENOENT, "... with a field");
    is_int(hw_fail_at(NULL, APR_ENOENT, "x", "f", 1, "y"), APR_ENOENT, "... with an offset");
    is_int(hw_fail_temp(NULL, APR_ENOENT, "x", "y"), APR_ENOENT, "... temporary");
    hw_result_reset(NULL);
    ok(hw_result_in_field(NULL, "f") != APR_SUCCESS, "a failure without a result stays one");
    is(hw_result_text(NULL, p), "no error", "its text");
    is(hw_result_text(res, p), "no error", "the text of a success");
    hw_fail(res, APR_ENOENT, "missing", "%s", "");
    ok(strstr(hw_result_text(res, p), "No such file") != NULL,
       "without a sentence the system speaks");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    check_setters(p);
    check_fields(p);
    check_json(p);
    check_without(p);
    return tap_done();
}
