/* SPDX-License-Identifier: Apache-2.0 */
/* JSON in and out. The DOM is json-c's; the reader is ours because json-c's own rounds integers
 * beyond 64 bits, takes NaN in strict mode, and cannot mend what senders break.
 *
 * Ownership: what hw_json_parse returns lives as long as the pool. json-c counts references
 * without atomics and caches text inside objects, so a tree belongs to one thread at a time. */
#ifndef HW_JSON_H
#define HW_JSON_H

#include <json-c/json.h>

#include "common/hw.h"

/* json-c gives every object, also an empty one, a table of 16 entries: "{}" costs that memory. */
#define HW_JSON_OBJECT_NODES 8

typedef struct {
    apr_size_t max_bytes; /* 0 = HW_MAX_BODY_HARD */
    int max_depth;        /* 0 = HW_MAX_JSON_DEPTH */
    int max_nodes;        /* 0 = HW_MAX_JSON_NODES; an object counts as HW_JSON_OBJECT_NODES */
    int lenient;          /* mend: raw control characters in strings, trailing commas, an empty
                           * value after a colon, NaN/Infinity, lone backslashes */
} hw_json_opts_t;

/* Reads one JSON text (RFC 8259; a BOM and surrounding blanks are taken off). Invalid UTF-8 is
 * an error in strict mode and becomes U+FFFD in lenient mode. A repeated key: the last one wins.
 * Numbers: an integer that fits becomes json-c's int; any other number is a json-c double that
 * keeps its source text, so that writing gives back what was read.
 * *repaired (may be NULL) is set to 1 when lenient reading changed anything.
 * Errors: APR_EINVAL "bad-json" with the byte offset; APR_ENOSPC "too-large" for the bounds.
 * A JSON null is a NULL pointer in json-c: *out is then NULL with APR_SUCCESS. */
apr_status_t hw_json_parse(const char *text, apr_size_t len, const hw_json_opts_t *opts,
                           hw_json_t **out, int *repaired, hw_result_t *res, apr_pool_t *p);

/* Would hw_json_parse read it, in strict mode with the default bounds? Makes no values: a tenth of
 * the work. */
int hw_json_valid(const char *text, apr_size_t len, apr_pool_t *ptemp);

/* Compact text; slashes are not escaped; NULL gives "null". The copy lives in p. */
const char *hw_json_write(const hw_json_t *v, apr_pool_t *p);
const char *hw_json_write_pretty(const hw_json_t *v, apr_pool_t *p);

/* A value as text the way people configure it: strings as they are (NUL as U+FFFD), integers (also
 * 1.0, 1e2) without fraction, other numbers as their source text, true/false, arrays and objects
 * as compact JSON, null as NULL. */
const char *hw_json_text(const hw_json_t *v, apr_pool_t *p);

/* The bytes of a string value, NUL-terminated, living as long as the value; NULL for anything
 * else. len (may be NULL) counts bytes, U+0000 among them. */
const char *hw_json_string(const hw_json_t *v, apr_size_t *len);

/* The number's own source text where the reader kept it, else json-c's form. */
const char *hw_json_number_text(const hw_json_t *v, apr_pool_t *p);

/* Registers json_object_put with the pool and returns v. */
hw_json_t *hw_json_own(hw_json_t *v, apr_pool_t *p);
/* Deep copy, numbers' source text included, owned by p: a tree another thread may use alone. */
hw_json_t *hw_json_copy(const hw_json_t *v, apr_pool_t *p);

/* Member access that does not care whether v is an object; NULL when absent. */
hw_json_t *hw_json_get(const hw_json_t *v, const char *key);
const char *hw_json_get_string(const hw_json_t *v, const char *key); /* NULL unless a string */
/* Adding members: NULL strings become JSON null. obj takes ownership of values. */
void hw_json_set_string(hw_json_t *obj, const char *key, const char *s);
void hw_json_set_int(hw_json_t *obj, const char *key, apr_int64_t n);
void hw_json_set_bool(hw_json_t *obj, const char *key, int yes);
void hw_json_set(hw_json_t *obj, const char *key, hw_json_t *v);

#endif
