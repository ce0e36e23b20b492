/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader inside: its state, and what values and tokens ask of each other. */
#ifndef HW_JSON_READ_H
#define HW_JSON_READ_H

#include "common/json.h"
#include "common/text.h"

#define HW_JR_REPLACEMENT 0xfffd /* for what cannot be a character */

typedef struct {
    const char *s;
    apr_size_t len, at;
    int lenient, repaired;
    int skim;         /* only look: no value is made */
    int depth, nodes; /* what is left of both */
    hw_buf_t text;    /* the string or number being read; reused */
    hw_result_t *res;
} hw_jr_t;

/* Sets a bad-json failure; at the end of the text it says so instead. */
apr_status_t hw_jr_bad(hw_jr_t *rd, apr_size_t offset, const char *what);
/* The byte at the reading position, or -1 at the end. */
int hw_jr_peek(const hw_jr_t *rd);
/* Reads a string, quotes included, into rd->text. */
apr_status_t hw_jr_string(hw_jr_t *rd);
/* The string in rd->text with invalid UTF-8 mended; only lenient reading lets any through. */
const char *hw_jr_text(hw_jr_t *rd, apr_size_t *len);
apr_status_t hw_jr_number(hw_jr_t *rd, hw_json_t **out);

#endif
