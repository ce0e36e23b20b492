/* SPDX-License-Identifier: Apache-2.0 */
/* What a fuzz target is: one function that takes bytes and must survive them.
 *
 * t/fuzz/<target>.c defines fuzz_one(); it is linked with driver.c for libFuzzer ("make fuzz") and
 * with replay.c for "make test", which runs the files of t/fuzz/corpus/<target>/ once each. Beside
 * crashes a target looks for broken promises: fuzz_check() ends the program when one is. */
#ifndef HW_FUZZ_H
#define HW_FUZZ_H

#include "common/json.h"
#include "common/result.h"

/* p is emptied after each input. */
void fuzz_one(const unsigned char *data, apr_size_t len, apr_pool_t *p);

/* An input taken apart. Pieces are copies of exactly their size, so that AddressSanitizer sees a
 * step beyond their end (pools would hide it); they live as long as p. */
typedef struct {
    const unsigned char *data;
    apr_size_t len;
    apr_pool_t *p;
} fuzz_input_t;

const char *fuzz_line(fuzz_input_t *in);                  /* up to the next line break, or all */
const char *fuzz_rest(fuzz_input_t *in, apr_size_t *len); /* what is left, with a NUL behind it */
const void *fuzz_copy(const void *data, apr_size_t len, apr_pool_t *p); /* without a NUL */

/* A document that is known to be good JSON. */
hw_json_t *fuzz_json(const char *text, apr_pool_t *p);

void fuzz_check(int yes, const char *promise);

#endif
