/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions on PCRE2: compiling, matching and removing with limits. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "common/rx.h"

#include <pcre2.h>
#include <string.h>

#include "common/result.h"
#include "common/rx_iregexp.h"
#include "common/text.h"

struct hw_rx_t {
    pcre2_code *code;
    pcre2_match_context *limits; /* set once, read by every match */
};

static apr_status_t
free_rx(void *data)
{
    hw_rx_t *rx = data;

    pcre2_match_context_free(rx->limits);
    pcre2_code_free(rx->code);
    return APR_SUCCESS;
}

static uint32_t
options_of(hw_rx_mode_e mode)
{
    uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY;

    if (mode == HW_RX_RULE)
        return options | PCRE2_UCP | PCRE2_CASELESS;
    if (mode == HW_RX_CASED)
        return options | PCRE2_UCP;
    return options;
}

static apr_status_t
compile(const char *pattern, apr_size_t len, uint32_t options, hw_rx_t *rx, hw_result_t *res)
{
    PCRE2_UCHAR words[160];
    PCRE2_SIZE offset;
    int error;

    rx->code = pcre2_compile((PCRE2_SPTR)pattern, len, options, &error, &offset, NULL);
    if (rx->code != NULL)
        return APR_SUCCESS;
    pcre2_get_error_message(error, words, sizeof(words));
    return hw_fail_at(res, APR_EINVAL, "bad-regex", NULL, (apr_off_t)offset, "%s",
                      (const char *)words);
}

/* An I-Regexp that its own grammar allows can still be refused by PCRE2 ("[b-a]", "a{70000}");
 * the offset is then one in the translation and would mislead. */
static apr_status_t
compile_iregexp(const char *pattern, apr_size_t len, hw_rx_mode_e mode, hw_rx_t *rx,
                hw_result_t *res, apr_pool_t *p)
{
    const char *translated;
    apr_size_t translated_len;
    apr_status_t rv;

    rv = hw_iregexp_translate(pattern, len, mode == HW_RX_IREGEXP_MATCH, &translated,
                              &translated_len, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    rv = compile(translated, translated_len, options_of(mode), rx, res);
    if (rv != APR_SUCCESS && res != NULL)
        res->offset = -1;
    return rv;
}

apr_status_t
hw_rx_compile(const char *pattern, apr_size_t len, hw_rx_mode_e mode, hw_rx_t **out,
              hw_result_t *res, apr_pool_t *p)
{
    hw_rx_t *rx = apr_pcalloc(p, sizeof(*rx));
    apr_status_t rv;
    apr_size_t bad;

    *out = NULL;
    if (len > HW_MAX_EXPR)
        return hw_fail_at(res, APR_EINVAL, "bad-regex", NULL, HW_MAX_EXPR,
                          "the pattern is longer than %d bytes", HW_MAX_EXPR);
    if (!hw_utf8_valid(pattern, len, &bad))
        return hw_fail_at(res, APR_EINVAL, "bad-regex", NULL, (apr_off_t)bad, "invalid UTF-8");
    if (mode == HW_RX_IREGEXP_MATCH || mode == HW_RX_IREGEXP_SEARCH)
        rv = compile_iregexp(pattern, len, mode, rx, res, p);
    else
        rv = compile(pattern, len, options_of(mode), rx, res);
    if (rv != APR_SUCCESS)
        return rv;
    rx->limits = pcre2_match_context_create(NULL);
    apr_pool_cleanup_register(p, rx, free_rx, apr_pool_cleanup_null);
    if (rx->limits == NULL)
        return hw_fail(res, APR_ENOMEM, "no-memory", "no memory for a regular expression");
    pcre2_set_match_limit(rx->limits, HW_RX_MATCH_LIMIT);
    pcre2_set_depth_limit(rx->limits, HW_RX_DEPTH_LIMIT);
    pcre2_set_heap_limit(rx->limits, HW_RX_HEAP_LIMIT);
    *out = rx;
    return APR_SUCCESS;
}

/* What PCRE2 answers when it did not match, as a status. */
static apr_status_t
status_of(int rc, hw_result_t *res)
{
    switch (rc) {
    case PCRE2_ERROR_MATCHLIMIT:
    case PCRE2_ERROR_DEPTHLIMIT:
    case PCRE2_ERROR_HEAPLIMIT:
        return hw_fail(res, APR_ENOSPC, "regex-limit",
                       "the regular expression needs too many steps on this text");
    default:
        if (rc >= 0 || rc == PCRE2_ERROR_NOMATCH)
            return APR_SUCCESS;
        return hw_fail(res, APR_EGENERAL, "regex-error", "PCRE2 error %d", rc);
    }
}

static apr_status_t
too_long(apr_size_t len, hw_result_t *res)
{
    return hw_fail(res, APR_ENOSPC, "regex-limit",
                   "a text of %" APR_SIZE_T_FMT " bytes is too long for a regular expression",
                   len);
}

apr_status_t
hw_rx_match(const hw_rx_t *rx, const char *text, apr_size_t len, int *matched, hw_result_t *res,
            apr_pool_t *ptemp)
{
    pcre2_match_data *data;
    int rc;

    *matched = 0;
    if (len > HW_RX_MAX_TEXT)
        return too_long(len, res);
    text = hw_utf8_mend(text, len, &len, ptemp);
    data = pcre2_match_data_create(1, NULL);
    if (data == NULL)
        return hw_fail(res, APR_ENOMEM, "no-memory", "no memory to match a regular expression");
    rc = pcre2_match(rx->code, (PCRE2_SPTR)text, len, 0, PCRE2_NO_UTF_CHECK, data, rx->limits);
    pcre2_match_data_free(data);
    *matched = rc >= 0;
    return status_of(rc, res);
}

apr_status_t
hw_rx_remove(const hw_rx_t *rx, const char *text, const char **out, hw_result_t *res,
             apr_pool_t *p)
{
    apr_size_t len = strlen(text);
    PCRE2_SIZE room;
    const char *whole;
    char *rest;
    int rc;

    *out = text;
    if (len > HW_RX_MAX_TEXT)
        return too_long(len, res);
    whole = hw_utf8_mend(text, len, &len, p);
    rest = apr_palloc(p, len + 1);
    room = len + 1;
    rc = pcre2_substitute(rx->code, (PCRE2_SPTR)whole, len, 0,
                          PCRE2_SUBSTITUTE_GLOBAL | PCRE2_NO_UTF_CHECK, NULL, rx->limits,
                          (PCRE2_SPTR)"", 0, (PCRE2_UCHAR *)rest, &room);
    if (rc > 0)
        *out = rest;
    return status_of(rc, res);
}
