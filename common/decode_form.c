/* SPDX-License-Identifier: Apache-2.0 */
/* Forms, query strings and multipart bodies → an object of strings. */
#include "common/decode_form.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "common/decode_charset.h"
#include "common/text.h"

#define BOUNDARY_MAX 70 /* RFC 2046 */

/* JSON strings are UTF-8: other bytes become U+FFFD. A repeated name: the last one wins, as in
 * JSON itself. */
static void
set_field(hw_json_t *fields, const char *name, const char *value, apr_size_t len, apr_pool_t *p)
{
    value = hw_utf8_mend(value, len, &len, p);
    name = hw_utf8_mend(name, strlen(name), NULL, p);
    json_object_object_add(fields, name, json_object_new_string_len(value, (int)len));
}

/* The characters of field names senders use: prose, markup and log lines start otherwise. */
static int
plausible_name(const char *s, apr_size_t len)
{
    if (len == 0 || len > HW_FORM_MAX_NAME)
        return 0;
    for (apr_size_t i = 0; i < len; i++)
        if (!apr_isalnum(s[i]) && strchr("_.-+%[]$:", s[i]) == NULL)
            return 0;
    return 1;
}

static int
has_raw_blanks(const char *s, apr_size_t len)
{
    for (apr_size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] <= ' ')
            return 1;
    return 0;
}

/* One "name=value" or "name" piece. */
static void
add_pair(hw_json_t *fields, const char *s, apr_size_t len, const char *content_type,
         apr_pool_t *p)
{
    const char *eq = memchr(s, '=', len);
    apr_size_t name_len = eq != NULL ? (apr_size_t)(eq - s) : len, value_len = 0;
    const char *name, *value = "";

    if (name_len == 0 || name_len > HW_FORM_MAX_NAME)
        return;
    name = hw_url_decode(s, name_len, 1, NULL, p);
    if (eq != NULL)
        value = hw_url_decode(eq + 1, len - name_len - 1, 1, &value_len, p);
    hw_decode_declared(content_type, &value, &value_len, p);
    set_field(fields, name, value, value_len, p);
}

hw_json_t *
hw_form_fields(const char *s, apr_size_t len, int loose, const char *content_type,
               const char **why, apr_pool_t *p)
{
    const char *first_end, *eq;
    hw_json_t *fields;
    int count = 0;

    while (len > 0 && apr_isspace(s[len - 1]))
        len--;
    eq = memchr(s, '=', len);
    if (eq == NULL || !plausible_name(s, (apr_size_t)(eq - s)) ||
        (!loose && has_raw_blanks(s, len))) {
        *why = "the body is neither JSON nor a form";
        return NULL;
    }
    fields = hw_json_own(json_object_new_object(), p);
    for (const char *end = s + len; s < end; s = first_end + 1) {
        first_end = memchr(s, '&', (apr_size_t)(end - s));
        if (first_end == NULL)
            first_end = end;
        if (++count > HW_FORM_MAX_FIELDS) {
            *why = "the form has more than 1000 fields";
            return NULL;
        }
        add_pair(fields, s, (apr_size_t)(first_end - s), content_type, p);
    }
    return fields;
}

/* The value of name= in a header such as 'form-data; name="data"; filename="x"'. */
static const char *
parameter(const char *header, const char *name, apr_pool_t *p)
{
    apr_size_t n = strlen(name);

    for (const char *s = strchr(header, ';'); s != NULL; s = strchr(s, ';')) {
        const char *end;

        for (s++; *s == ' ' || *s == '\t';)
            s++;
        if (strncasecmp(s, name, n) != 0 || s[n] != '=')
            continue;
        s += n + 1;
        if (*s == '"') {
            end = strchr(++s, '"');
            return end != NULL ? apr_pstrmemdup(p, s, (apr_size_t)(end - s)) : NULL;
        }
        return apr_pstrmemdup(p, s, strcspn(s, "; \t\r\n"));
    }
    return NULL;
}

const char *
hw_multipart_boundary(const char *content_type, apr_pool_t *p)
{
    const char *boundary;

    if (content_type == NULL || strncasecmp(content_type, "multipart/form-data", 19) != 0)
        return NULL;
    boundary = parameter(content_type, "boundary", p);
    if (boundary == NULL || boundary[0] == '\0' || strlen(boundary) > BOUNDARY_MAX)
        return NULL;
    return boundary;
}

int
hw_multipart_like(const char *s, apr_size_t len)
{
    static const char mark[] = "Content-Disposition:";
    apr_size_t window = len < 1024 ? len : 1024;

    if (len < 2 || s[0] != '-' || s[1] != '-')
        return 0;
    for (apr_size_t i = 2; i + sizeof(mark) <= window; i++)
        if (strncasecmp(s + i, mark, sizeof(mark) - 1) == 0)
            return 1;
    return 0;
}

/* memmem() for s[0..len), from offset `from`; len when there is none. */
static apr_size_t
find_from(const char *s, apr_size_t len, apr_size_t from, const char *what)
{
    const char *at = from < len ? memmem(s + from, len - from, what, strlen(what)) : NULL;

    return at != NULL ? (apr_size_t)(at - s) : len;
}

/* One part: headers, an empty line, the value. */
static void
add_part(hw_json_t *fields, const char *s, apr_size_t len, apr_pool_t *p)
{
    apr_size_t head = find_from(s, len, 0, "\r\n\r\n"), gap = 4;
    const char *text, *disposition, *name;

    if (find_from(s, len, 0, "\n\n") < head) {
        head = find_from(s, len, 0, "\n\n");
        gap = 2;
    }
    if (head == len)
        return;
    text = apr_pstrmemdup(p, s, head);
    disposition = strcasestr(text, "content-disposition:");
    if (disposition == NULL)
        return;
    disposition = apr_pstrmemdup(p, disposition, strcspn(disposition, "\r\n"));
    name = parameter(disposition, "name", p);
    if (name != NULL && name[0] != '\0' && strlen(name) <= HW_FORM_MAX_NAME)
        set_field(fields, name, s + head + gap, len - head - gap, p);
}

hw_json_t *
hw_multipart_fields(const char *s, apr_size_t len, const char *boundary, const char **why,
                    apr_pool_t *p)
{
    hw_json_t *fields = hw_json_own(json_object_new_object(), p);
    const char *mark;
    apr_size_t at;

    if (boundary == NULL) {
        apr_size_t line = find_from(s, len, 0, "\n");

        while (line > 0 && apr_isspace(s[line - 1]))
            line--;
        boundary = line > 2 && line - 2 <= BOUNDARY_MAX ? apr_pstrmemdup(p, s + 2, line - 2) : "";
    }
    mark = apr_pstrcat(p, "--", boundary, NULL);
    at = find_from(s, len, 0, mark);
    for (int count = 0; at < len && boundary[0] != '\0'; count++) {
        apr_size_t start = at + strlen(mark), end = find_from(s, len, start, mark), stop = end;

        if (count > HW_FORM_MAX_FIELDS) {
            *why = "the multipart body has more than 1000 parts";
            return NULL;
        }
        if (end == len)
            break; /* what follows the last boundary is no part */
        if (stop > start && s[stop - 1] == '\n')
            stop--;
        if (stop > start && s[stop - 1] == '\r')
            stop--;
        add_part(fields, s + start, stop - start, p);
        at = end;
    }
    if (json_object_object_length(fields) > 0)
        return fields;
    *why = "the multipart body holds no field";
    return NULL;
}
