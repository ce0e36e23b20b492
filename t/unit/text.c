/* SPDX-License-Identifier: Apache-2.0 */
/* Text helpers: UTF-8 on good and broken bytes, cutting, trimming, splitting, URLs, the buffer. */
#include "common/text.h"

#include <string.h>

#include "t/lib/tap.h"

#define EURO  "\xe2\x82\xac"
#define SMILE "\xf0\x9f\x98\x80"
#define DOTS  "\xe2\x80\xa6"
#define MEND  "\xef\xbf\xbd"

static void
check_validity(void)
{
    static const struct {
        const char *s;
        int bad; /* offset of the first bad byte, -1 when all is well */
        int count;
    } rows[] = {
        {"", -1, 0},
        {"abc", -1, 3},
        {"\xc3\xa4" EURO SMILE, -1, 3},
        {"\xed\x9f\xbf\xee\x80\x80", -1, 2},
        {"\xf4\x8f\xbf\xbf", -1, 1},
        {"\xef\xbf\xbf\xf0\x90\x80\x80", -1, 2},
        {"a\x80", 1, 2},
        {"\xbf", 0, 1},
        {"\xc0\x80", 0, 2},
        {"\xc1\xbf", 0, 2},
        {"\xe0\x9f\xbf", 0, 3},
        {"\xed\xa0\x80", 0, 3},
        {"\xf0\x8f\xbf\xbf", 0, 4},
        {"\xf4\x90\x80\x80", 0, 4},
        {"\xf5\x80\x80\x80", 0, 4},
        {"\xff", 0, 1},
        {"ab\xc3", 2, 3},
        {"ab\xe2\x82", 2, 4},
        {"ab\xe2\x82z", 2, 5},
        {"\xf0\x9f\x98", 0, 3},
        {EURO "\xe2\x28\xa1", 3, 4},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        apr_size_t at = 99, len = strlen(rows[i].s);
        int valid = hw_utf8_valid(rows[i].s, len, &at);

        is_int(valid ? -1 : (int)at, rows[i].bad, "row %d: first bad byte", (int)i);
        is_int(hw_utf8_count(rows[i].s, len), rows[i].count, "row %d: characters", (int)i);
    }
    ok(!hw_utf8_valid("\xff", 1, NULL), "the offset may go nowhere");
    ok(hw_utf8_valid("a\0b", 3, NULL), "NUL is a character");
}

static void
check_prefix_and_cut(apr_pool_t *p)
{
    const char *s = "a\xc3\xa4" EURO SMILE;

    is_int(hw_utf8_prefix(s, strlen(s), 0), 0, "no characters");
    is_int(hw_utf8_prefix(s, strlen(s), 2), 3, "two characters, three bytes");
    is_int(hw_utf8_prefix(s, strlen(s), 3), 6, "three characters, six bytes");
    is_int(hw_utf8_prefix(s, strlen(s), 99), 10, "no more than there are");
    is_int(hw_utf8_prefix("\xff\xff", 2, 1), 1, "a bad byte is one character");
    is(hw_text_cut("abc", 3, p), "abc", "what fits stays");
    is(hw_text_cut("abcd", 3, p), "ab" DOTS, "what does not ends in an ellipsis");
    is(hw_text_cut(s, 4, p), s, "characters count, not bytes");
    is(hw_text_cut(s, 3, p), "a\xc3\xa4" DOTS, "no character is split");
    is(hw_text_cut("ab", 1, p), DOTS, "room for the ellipsis alone");
    is(hw_text_cut("ab", 0, p), "", "no room at all");
    is(hw_text_cut("", 0, p), "", "nothing to cut");
    is(hw_text_cut(NULL, 5, p), NULL, "no text");
}

static void
check_mend(apr_pool_t *p)
{
    const char *good = "gr\xc3\xbc\xc3\x9f";
    apr_size_t len = 0;

    ok(hw_utf8_mend(good, strlen(good), &len, p) == good && len == strlen(good),
       "good text is given back as it is");
    is(hw_utf8_mend("a\xff" EURO "\xe2\x82", 7, &len, p), "a" MEND EURO MEND MEND,
       "each bad byte is replaced");
    is_int(len, 13, "... and the length told");
    is(hw_utf8_mend("\xed\xa0\x80", 3, NULL, p), MEND MEND MEND, "surrogates are bad bytes");
    is(hw_utf8_mend("", 0, &len, p), "", "nothing to mend");
}

static void
check_trim_and_split(apr_pool_t *p)
{
    apr_array_header_t *a = hw_text_split(" one, two ,,\tthree,", ',', p);

    is(hw_text_trim(" \t\r\n\v\f x y \n", p), "x y", "blanks go from both ends only");
    is(hw_text_trim("   ", p), "", "nothing but blanks");
    is(hw_text_trim("\xc2\xa0x", p), "\xc2\xa0x", "a no-break space is no ASCII blank");
    is(hw_text_trim(NULL, p), NULL, "no text");
    ok(hw_text_blank(NULL) && hw_text_blank("") && hw_text_blank(" \n"), "blank texts");
    ok(!hw_text_blank(" . "), "a text that is not");
    is_int(a->nelts, 3, "three pieces, empty ones dropped");
    is(APR_ARRAY_IDX(a, 0, const char *), "one", "first");
    is(APR_ARRAY_IDX(a, 1, const char *), "two", "second");
    is(APR_ARRAY_IDX(a, 2, const char *), "three", "third");
    is_int(hw_text_split(NULL, ',', p)->nelts, 0, "no text, no pieces");
    is_int(hw_text_split(" , ,", ',', p)->nelts, 0, "blanks and commas, no pieces");
    is_int(hw_text_split("a", ',', p)->nelts, 1, "one piece");
}

static void
check_ieq(void)
{
    ok(hw_text_ieq("Firing", "fIRING"), "case does not count");
    ok(!hw_text_ieq("fir", "firing") && !hw_text_ieq("firing", "fir"), "length does");
    ok(!hw_text_ieq("@", "`"), "only letters have case");
    ok(!hw_text_ieq("\xc3\xa4", "\xc3\x84"), "only ASCII letters");
    ok(hw_text_ieq(NULL, NULL) && !hw_text_ieq(NULL, "") && !hw_text_ieq("", NULL), "no text");
}

static void
check_url(apr_pool_t *p)
{
    apr_size_t len;

    is(hw_url_decode("a%20b+c%C3%A4", 13, 1, &len, p), "a b c\xc3\xa4", "a form field");
    is_int(len, 7, "... and its length");
    is(hw_url_decode("a+b", 3, 0, NULL, p), "a+b", "a plus that is one");
    is(hw_url_decode("100%", 4, 1, NULL, p), "100%", "a percent sign at the end");
    is(hw_url_decode("%4", 2, 1, NULL, p), "%4", "half an escape");
    is(hw_url_decode("%zz%4g%41", 9, 1, NULL, p), "%zz%4gA", "bad escapes stay, good ones do not");
    hw_url_decode("a%00b", 5, 1, &len, p);
    is_int(len, 3, "a NUL counts");
    ok(hw_hex_digit('0') == 0 && hw_hex_digit('f') == 15 && hw_hex_digit('A') == 10,
       "hexadecimal digits");
    ok(hw_hex_digit('g') < 0 && hw_hex_digit('/') < 0 && hw_hex_digit('@') < 0 &&
           hw_hex_digit(-1) < 0 && hw_hex_digit(0) < 0,
       "and what is none");
    is(hw_url_encode("a b/c?&=+%~-._\xc3\xa4", p), "a%20b%2Fc%3F%26%3D%2B%25~-._%C3%A4",
       "all but the unreserved is escaped");
}

static void
check_buffer(apr_pool_t *p)
{
    hw_buf_t b;

    hw_buf_init(&b, p);
    is(b.s, "", "a new buffer is an empty text");
    for (int i = 0; i < 1000; i++)
        hw_buf_addc(&b, 'x');
    hw_buf_adds(&b, "yz");
    hw_buf_adds(&b, NULL);
    hw_buf_add(&b, "", 0);
    hw_buf_printf(&b, "%s-%d", "w", 42);
    hw_buf_printf(&b, "%s", "");
    is_int(b.len, 1006, "its length after growing");
    is(b.s + 998, "xxyzw-42", "its end");
    hw_buf_init(&b, p);
    hw_buf_printf(&b, "%0300d", 7);
    is_int(b.len, 300, "printing more than it held");
    hw_buf_init(&b, p);
    hw_buf_add_utf8(&b, 0x7f);
    hw_buf_add_utf8(&b, 0x80);
    hw_buf_add_utf8(&b, 0x7ff);
    hw_buf_add_utf8(&b, 0x20ac);
    hw_buf_add_utf8(&b, 0x1f600);
    hw_buf_add_utf8(&b, 0x10ffff);
    is(b.s, "\x7f\xc2\x80\xdf\xbf" EURO SMILE "\xf4\x8f\xbf\xbf", "code points of every length");
    hw_buf_init(&b, p);
    hw_buf_add(&b, "a\0b", 3);
    ok(b.len == 3 && b.s[2] == 'b' && b.s[3] == '\0', "NUL bytes are bytes");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    check_validity();
    check_prefix_and_cut(p);
    check_mend(p);
    check_trim_and_split(p);
    check_ieq();
    check_url(p);
    check_buffer(p);
    return tap_done();
}
