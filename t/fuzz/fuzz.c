/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets share: taking inputs apart, holding promises. */
#include "t/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static apr_status_t
release(void *memory)
{
    free(memory);
    return APR_SUCCESS;
}

static void *
own(void *memory, apr_pool_t *p)
{
    if (memory == NULL)
        abort();
    apr_pool_cleanup_register(p, memory, release, apr_pool_cleanup_null);
    return memory;
}

static char *
text_of(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    char *s = own(malloc(len + 1), p);

    memcpy(s, data, len);
    s[len] = '\0';
    return s;
}

const char *
fuzz_line(fuzz_input_t *in)
{
    const unsigned char *end = in->len > 0 ? memchr(in->data, '\n', in->len) : NULL;
    apr_size_t len = end != NULL ? (apr_size_t)(end - in->data) : in->len;
    const char *line = text_of(in->data, len, in->p);

    len += end != NULL;
    in->data += len;
    in->len -= len;
    return line;
}

const char *
fuzz_rest(fuzz_input_t *in, apr_size_t *len)
{
    *len = in->len;
    return text_of(in->data, in->len, in->p);
}

const void *
fuzz_copy(const void *data, apr_size_t len, apr_pool_t *p)
{
    return len == 0 ? own(malloc(1), p) : memcpy(own(malloc(len), p), data, len);
}

hw_json_t *
fuzz_json(const char *text, apr_pool_t *p)
{
    hw_json_t *v = NULL;

    fuzz_check(hw_json_parse(text, strlen(text), NULL, &v, NULL, NULL, p) == APR_SUCCESS,
               "the target's own document is JSON");
    return v;
}

void
fuzz_check(int yes, const char *promise)
{
    if (yes)
        return;
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}
