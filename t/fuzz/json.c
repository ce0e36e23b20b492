/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: the JSON reader, strict and mending. Input: the text. */
#include <string.h>

#include "t/fuzz/fuzz.h"

/* What is written can be read strictly, and is then written the same. */
static void
round_trip(const hw_json_t *v, apr_pool_t *p)
{
    const char *text = hw_json_write(v, p);
    const char *pretty = hw_json_write_pretty(v, p);
    hw_json_t *again = NULL;

    fuzz_check(hw_json_parse(text, strlen(text), NULL, &again, NULL, NULL, p) == APR_SUCCESS,
               "what is written can be read");
    fuzz_check(strcmp(hw_json_write(again, p), text) == 0, "and is then written the same");
    fuzz_check(hw_json_parse(pretty, strlen(pretty), NULL, &again, NULL, NULL, p) == APR_SUCCESS,
               "the pretty form can be read");
    fuzz_check(strcmp(hw_json_write(again, p), text) == 0, "and says the same");
    fuzz_check(strcmp(hw_json_write(hw_json_copy(v, p), p), text) == 0, "a copy is the same");
    (void)hw_json_text(v, p);
}

void
fuzz_one(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    static const hw_json_opts_t lenient = { .lenient = 1 };
    const char *text = fuzz_copy(data, len, p);
    hw_json_t *strict = NULL, *mended = NULL;
    hw_result_t *res = hw_result_make(p);
    int repaired = 0;

    fuzz_check(hw_json_valid(text, len, p) ==
                   (hw_json_parse(text, len, NULL, &strict, NULL, NULL, p) == APR_SUCCESS),
               "looking and reading agree");
    if (hw_json_parse(text, len, NULL, &strict, NULL, res, p) == APR_SUCCESS) {
        fuzz_check(hw_json_parse(text, len, &lenient, &mended, &repaired, NULL, p) == APR_SUCCESS,
                   "what the strict reader takes, the lenient one takes");
        fuzz_check(!repaired, "and mends nothing");
        fuzz_check(strcmp(hw_json_write(mended, p), hw_json_write(strict, p)) == 0,
                   "and reads the same");
        round_trip(strict, p);
        return;
    }
    fuzz_check(res->offset >= -1 && res->offset <= (apr_off_t)len, "the offset lies in the text");
    if (hw_json_parse(text, len, &lenient, &mended, &repaired, NULL, p) == APR_SUCCESS) {
        fuzz_check(repaired, "what only the lenient reader takes was mended");
        round_trip(mended, p);
    }
}
