/* SPDX-License-Identifier: Apache-2.0 */
/* Text helpers: UTF-8, trimming, URL forms, and a growing buffer on a pool. */
#ifndef HW_TEXT_H
#define HW_TEXT_H

#include "common/hw.h"

/* Bytes of s (len) that form at most max_chars code points; never splits one. */
apr_size_t hw_utf8_prefix(const char *s, apr_size_t len, apr_size_t max_chars);
apr_size_t hw_utf8_count(const char *s, apr_size_t len); /* code points; a bad byte counts as one */
int hw_utf8_valid(const char *s, apr_size_t len, apr_size_t *bad_offset);
/* Every invalid byte becomes U+FFFD; the same pointer when nothing had to change. */
const char *hw_utf8_mend(const char *s, apr_size_t len, apr_size_t *out_len, apr_pool_t *p);
/* s cut to max_chars code points, the last being an ellipsis (U+2026) when anything was cut. */
const char *hw_text_cut(const char *s, apr_size_t max_chars, apr_pool_t *p);

const char *hw_text_trim(const char *s, apr_pool_t *p); /* ASCII blanks off both ends */
int hw_text_blank(const char *s);                       /* NULL, empty or blanks only */
int hw_text_ieq(const char *a, const char *b);          /* ASCII case-insensitive, NULL-safe */
/* Splits at sep, trims each, drops empty ones: array of (const char *). NULL s: empty array. */
apr_array_header_t *hw_text_split(const char *s, char sep, apr_pool_t *p);

int hw_hex_digit(int c); /* the value of a hexadecimal digit, -1 for anything else */
/* application/x-www-form-urlencoded piece → bytes. A bad %-escape stays as it is. */
const char *hw_url_decode(const char *s, apr_size_t len, int plus_is_blank, apr_size_t *out_len,
                          apr_pool_t *p);
const char *hw_url_encode(const char *s, apr_pool_t *p); /* all but RFC 3986 unreserved */

typedef struct {
    char *s;          /* always NUL-terminated */
    apr_size_t len, cap;
    apr_pool_t *p;
} hw_buf_t;
void hw_buf_init(hw_buf_t *b, apr_pool_t *p);
void hw_buf_add(hw_buf_t *b, const char *s, apr_size_t len);
void hw_buf_adds(hw_buf_t *b, const char *s);
void hw_buf_addc(hw_buf_t *b, char c);
void hw_buf_add_utf8(hw_buf_t *b, long c); /* a code point up to U+10FFFF, no surrogate */
void hw_buf_printf(hw_buf_t *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
