/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: masking. Input: a key, then a text (rest). */
#include "common/mask.h"

#include <string.h>

#include "t/fuzz/fuzz.h"

#define MARK "the-hidden-value"

#define WRITTEN_MAX 200 /* bytes of a key in a text, escapes as they are written */

/* Written as JSON such a key is found again: quotes in it are not, and a form's escapes are read. */
static int
found_again(const char *key)
{
    apr_size_t written = 0;

    for (; *key != '\0'; key++) {
        if (*key > '~' || *key < 1 || strchr("\"%+", *key) != NULL)
            return 0;
        written += *key < ' ' ? 7 : *key == '\\' ? 4 : 1; /* inside another string */
    }
    return written <= WRITTEN_MAX;
}

/* Under a key that names a secret nothing shows, in a tree and in a text. */
static void
under_key(const char *key, apr_pool_t *p)
{
    hw_json_t *doc = hw_json_own(json_object_new_object(), p), *outer;
    const char *text;

    hw_json_set_string(doc, key, MARK);
    if (!hw_mask_key(key) || strstr(key, MARK) != NULL)
        return;
    text = hw_json_write(doc, p);
    fuzz_check(strstr(hw_json_write(hw_mask_json(doc, p), p), MARK) == NULL, "hidden in a tree");
    if (!found_again(key))
        return;
    fuzz_check(strstr(hw_mask_text(text, strlen(text), p), MARK) == NULL, "hidden in a text");
    outer = hw_json_own(json_object_new_object(), p);
    hw_json_set_string(outer, "inner", text);
    fuzz_check(strstr(hw_json_write(hw_mask_json(outer, p), p), MARK) == NULL,
               "hidden in a text inside a tree");
}

void
fuzz_one(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    static const hw_json_opts_t lenient = { .lenient = 1 };
    fuzz_input_t in = { data, len, p };
    const char *key = fuzz_line(&in), *text = fuzz_rest(&in, &len), *once;
    hw_json_t *v = NULL;

    under_key(key, p);
    once = hw_mask_text(fuzz_copy(text, len, p), len, p);
    fuzz_check(once != NULL, "a text for a text");
    (void)hw_mask_text(once, strlen(once), p);
    (void)hw_mask_query(text, p);
    (void)hw_mask_url(text, p);
    if (hw_json_parse(text, len, &lenient, &v, NULL, NULL, p) == APR_SUCCESS)
        (void)hw_json_write(hw_mask_json(v, p), p);
}
