/* SPDX-License-Identifier: Apache-2.0 */
/* Trigger values: compiling the lists, comparing a text with them. */
#include "common/value.h"

#include <apr_strings.h>
#include <string.h>

#include "common/result.h"
#include "common/text.h"

static apr_status_t
add_value(apr_array_header_t *list, const char *text, apr_size_t at, hw_result_t *res,
          apr_pool_t *p)
{
    apr_size_t len = strlen(text);
    hw_value_t *v;
    apr_status_t rv;

    if (len == 0)
        return APR_SUCCESS;
    v = apr_array_push(list);
    v->how = HW_VAL_EXACT;
    v->text = text;
    v->rx = NULL;
    if (text[0] == '~') {
        v->how = HW_VAL_REGEX;
        v->text = text + 1;
        if (len == 1)
            return hw_fail_at(res, APR_EINVAL, "bad-value", NULL, (apr_off_t)at,
                              "a regular expression must follow ~");
        rv = hw_rx_compile(v->text, len - 1, HW_RX_RULE, &v->rx, res, p);
        if (rv != APR_SUCCESS && res != NULL && res->offset >= 0)
            res->offset += (apr_off_t)at + 1;
        return rv;
    }
    if (text[len - 1] == '*') {
        v->how = HW_VAL_PREFIX;
        v->text = apr_pstrmemdup(p, text, len - 1);
    }
    return APR_SUCCESS;
}

/* Splits at commas and keeps each piece's offset for error messages. */
static apr_status_t
add_list(apr_array_header_t *list, const char *text, hw_result_t *res, apr_pool_t *p)
{
    const char *s = text;
    apr_status_t rv;

    for (;;) {
        const char *end = strchr(s, ',');
        const char *piece = apr_pstrmemdup(p, s, end ? (apr_size_t)(end - s) : strlen(s));
        apr_size_t at = (apr_size_t)(s - text) + strspn(piece, " \t\r\n");

        rv = add_value(list, hw_text_trim(piece, p), at, res, p);
        if (rv != APR_SUCCESS || end == NULL)
            return rv;
        s = end + 1;
    }
}

apr_status_t
hw_values_compile(const hw_json_t *v, apr_array_header_t **out, hw_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 4, sizeof(hw_value_t));
    apr_status_t rv;

    *out = list;
    if (v == NULL)
        return APR_SUCCESS;
    if (!json_object_is_type(v, json_type_array))
        return add_list(list, hw_json_text(v, p), res, p);
    for (apr_size_t i = 0; i < json_object_array_length(v); i++) {
        const char *text = hw_json_text(json_object_array_get_idx(v, i), p);

        if (text == NULL)
            continue;
        if ((rv = add_value(list, hw_text_trim(text, p), 0, res, p)) != APR_SUCCESS)
            return rv;
    }
    return APR_SUCCESS;
}

/* Is s (ASCII case aside) a prefix of text? */
static int
prefixes(const char *s, const char *text, apr_pool_t *ptemp)
{
    apr_size_t len = strlen(s);

    return strlen(text) >= len && hw_text_ieq(s, apr_pstrmemdup(ptemp, text, len));
}

static hw_match_e
match_one(const hw_value_t *v, const char *text, apr_pool_t *ptemp)
{
    int yes = 0;

    switch (v->how) {
    case HW_VAL_EXACT:
        if (strcmp(v->text, text) == 0)
            return HW_MATCH_EXACT;
        return hw_text_ieq(v->text, text) ? HW_MATCH_CASELESS : HW_MATCH_NONE;
    case HW_VAL_PREFIX:
        return prefixes(v->text, text, ptemp) ? HW_MATCH_PATTERN : HW_MATCH_NONE;
    case HW_VAL_REGEX:
        if (hw_rx_match(v->rx, text, strlen(text), &yes, NULL, ptemp) != APR_SUCCESS)
            return HW_MATCH_NONE;
        return yes ? HW_MATCH_PATTERN : HW_MATCH_NONE;
    }
    return HW_MATCH_NONE;
}

hw_match_e
hw_values_match(const apr_array_header_t *values, const char *text, apr_pool_t *ptemp)
{
    hw_match_e best = HW_MATCH_NONE;

    for (int i = 0; i < values->nelts && best < HW_MATCH_EXACT; i++) {
        hw_match_e m = match_one(&APR_ARRAY_IDX(values, i, hw_value_t), text, ptemp);

        if (m > best)
            best = m;
    }
    return best;
}
