/* SPDX-License-Identifier: Apache-2.0 */
/* Masking: texts that are no JSON document, and URLs. */
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "common/mask.h"
#include "common/text.h"

#define MAX_KEY 200      /* bytes of a key; a longer run of letters is none */
#define MAX_HEADERS 2048 /* bytes of a part's headers behind its name */

/* A text being read, and the masked one being written. */
typedef struct {
    const char *s, *end;
    const char *begin;
    int numbers; /* the key just read lets plain numbers be seen */
    hw_buf_t out;
    apr_pool_t *p;
} scan_t;

static void
copy_to(scan_t *sc, const char *to)
{
    while (sc->s < to) {
        const char *nul = memchr(sc->s, '\0', (apr_size_t)(to - sc->s)), *stop = nul ? nul : to;

        hw_buf_add(&sc->out, sc->s, (apr_size_t)(stop - sc->s));
        if (nul != NULL)
            hw_buf_adds(&sc->out, "\xef\xbf\xbd");
        sc->s = nul != NULL ? nul + 1 : to;
    }
}

static void
mask_to(scan_t *sc, const char *to)
{
    if (to > sc->s)
        hw_buf_adds(&sc->out, HW_MASKED);
    sc->s = to;
}

/* A value without quotes. */
static void
mask_bare(scan_t *sc, const char *to)
{
    apr_size_t len = (apr_size_t)(to - sc->s);

    if (sc->numbers && (hw_mask_number(sc->s, len) ||
                        (len == 4 && memcmp(sc->s, "true", 4) == 0) ||
                        (len == 5 && memcmp(sc->s, "false", 5) == 0)))
        copy_to(sc, to);
    else
        mask_to(sc, to);
}

static const char *
skip_blanks(const scan_t *sc, const char *s)
{
    while (s < sc->end && (*s == ' ' || *s == '\t'))
        s++;
    return s;
}

static const char *
skip_space(const scan_t *sc, const char *s)
{
    while (s < sc->end && apr_isspace(*s))
        s++;
    return s;
}

/* The first of the bytes in set, or the end. */
static const char *
until(const scan_t *sc, const char *s, const char *set)
{
    while (s < sc->end && (*s == '\0' || strchr(set, *s) == NULL))
        s++;
    return s;
}

static int
key_byte(char c)
{
    return apr_isalnum(c) || (c & 0x80) || (c != '\0' && strchr("_-.%+[]", c) != NULL);
}

/* A key of a form or query. A NUL (%00) ends no word's looking: it is a separator. */
static char *
decoded_key(const char *s, apr_size_t len, apr_pool_t *p)
{
    apr_size_t n;
    const char *text = hw_url_decode(s, len, 1, &n, p);
    char *key = apr_pstrmemdup(p, text, n);

    for (apr_size_t i = 0; i < n; i++)
        if (key[i] == '\0')
            key[i] = '_';
    return key;
}

/* The code unit of four hexadecimal digits at s, or -1. */
static int
code_unit(const char *s, const char *end)
{
    int unit = 0;

    if (end - s < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hw_hex_digit((unsigned char)s[i]);

        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* "pass\u0077ord" is a password, in JSON inside a JSON string too ("pass\\u0077ord"). What is no
 * ASCII becomes a byte that belongs to a word; an escaped control character ends one. */
static const char *
unescaped(const char *from, const char *to, apr_pool_t *p)
{
    char *key = apr_palloc(p, (apr_size_t)(to - from) + 1), *out = key;

    while (from < to) {
        const char *s = from;
        int unit;

        while (s < to && *s == '\\')
            s++;
        unit = s > from && s < to && *s == 'u' ? code_unit(s + 1, to) : -1;
        if (unit < 0 && s > from && s < to && strchr("bfnrt", *s) != NULL) {
            *out++ = '_';
            from = s + 1;
            continue;
        }
        if (unit < 0) {
            *out++ = *from++;
            continue;
        }
        *out++ = unit == 0 ? '_' : unit < 0x80 ? (char)unit : '\x80';
        from = s + 5;
    }
    *out = '\0';
    return key;
}

static int
secret_key(scan_t *sc, const char *from, const char *to)
{
    hw_mask_e said = HW_MASK_NOT, other = HW_MASK_NOT;

    if (to > from && to - from <= MAX_KEY) {
        said = hw_mask_key(decoded_key(from, (apr_size_t)(to - from), sc->p));
        if (memchr(from, '\\', (apr_size_t)(to - from)) != NULL)
            other = hw_mask_key(unescaped(from, to, sc->p));
    }
    if (other > said)
        said = other;
    sc->numbers = said == HW_MASK_UNLESS_NUMBER;
    return said != HW_MASK_NOT;
}

/* --- quoted keys and values ------------------------------------------------------------------ */

/* Backslashes before s: 0 for a quote of JSON, 1 for one of JSON inside a JSON string, then 3. */
static int
backslashes(const scan_t *sc, const char *s)
{
    int n = 0;

    while (s - n > sc->begin && s[-n - 1] == '\\')
        n++;
    return n;
}

/* The quote that ends what the quote at s begins (depth backslashes before it), limit bytes on at
 * most; NULL when there is none. Quotes inside have more backslashes, but an escaped backslash at
 * the end brings a full set of them. */
static const char *
closing(const scan_t *sc, const char *s, int depth, apr_size_t limit)
{
    char quote = *s;
    const char *stop = (apr_size_t)(sc->end - s) > limit ? s + limit : sc->end;
    int run = 0;

    for (s++; s < stop; s++) {
        if (*s == '\\')
            run++;
        else if (*s == quote && run % (2 * (depth + 1)) == depth)
            return s;
        else
            run = 0;
    }
    return NULL;
}

/* Behind the bracket that closes the one at s, strings left out; the end when it is cut off. */
static const char *
bracket_end(const scan_t *sc, const char *s)
{
    int depth = 0;

    for (; s < sc->end; s++) {
        if (*s == '"') {
            const char *close = closing(sc, s, backslashes(sc, s), (apr_size_t)-1);

            if (close == NULL)
                return sc->end;
            s = close;
        } else if (*s == '{' || *s == '[')
            depth++;
        else if ((*s == '}' || *s == ']') && --depth == 0)
            return s + 1;
    }
    return sc->end;
}

/* The value at sc->s between quotes of its own, as a whole. */
static void
mask_quoted(scan_t *sc)
{
    const char *close = closing(sc, sc->s, backslashes(sc, sc->s), (apr_size_t)-1);
    int depth = backslashes(sc, sc->s);

    copy_to(sc, sc->s + 1);
    mask_to(sc, close != NULL ? close - depth : sc->end);
}

/* What follows the colon behind a secret JSON key. */
static void
mask_json_value(scan_t *sc)
{
    const char *s = skip_space(sc, sc->s), *word, *quote = s;

    while (quote < sc->end && *quote == '\\')
        quote++;
    if (quote < sc->end && (*quote == '"' || *quote == '\'')) {
        copy_to(sc, quote);
        mask_quoted(sc);
        return;
    }
    copy_to(sc, s);
    if (s < sc->end && (*s == '{' || *s == '[')) {
        hw_buf_adds(&sc->out, "\"" HW_MASKED "\"");
        sc->s = bracket_end(sc, s);
        return;
    }
    word = until(sc, s, ",}]&\r\n \t");
    if (word - s == 4 && memcmp(s, "null", 4) == 0)
        return;
    mask_bare(sc, word);
}

/* At a quote: "key": value. 0 when it is no key. */
static int
quoted_key(scan_t *sc)
{
    const char *from = sc->s + 1, *to, *colon;
    int depth = backslashes(sc, sc->s);

    to = closing(sc, sc->s, depth, MAX_KEY + 2);
    if (to == NULL)
        return 0;
    colon = skip_space(sc, to + 1);
    if (colon == sc->end || (*colon != ':' && *colon != '='))
        return 0;
    if (!secret_key(sc, from, to - depth)) {
        copy_to(sc, colon + 1);
        return 1;
    }
    copy_to(sc, colon + 1 + (colon + 1 < sc->end && colon[1] == '>')); /* "key" => "value" */
    mask_json_value(sc);
    return 1;
}

/* --- bare keys ------------------------------------------------------------------------------- */

/* Behind the blank line that ends a part's headers, or NULL. The bound keeps a body of many names
 * and no blank line from being read through for each of them. */
static const char *
part_body(const scan_t *sc)
{
    const char *stop = sc->end - sc->s > MAX_HEADERS ? sc->s + MAX_HEADERS : sc->end;

    for (const char *s = sc->s; s + 1 < stop; s++) {
        if (s[0] == '\n' && s[1] == '\n')
            return s + 2;
        if (s[0] == '\n' && s[1] == '\r' && s + 2 < sc->end)
            return s + 3;
    }
    return NULL;
}

/* The part of a multipart body whose name was just read, up to the boundary. */
static void
mask_part(scan_t *sc)
{
    const char *s = part_body(sc);

    if (s == NULL)
        return;
    copy_to(sc, s);
    for (; s < sc->end; s++)
        if (*s == '\n' && sc->end - s > 2 && s[1] == '-' && s[2] == '-')
            break;
    if (s < sc->end && s > sc->s && s[-1] == '\r')
        s--;
    mask_to(sc, s);
}

/* At the "name" of: Content-Disposition: form-data; name="password". 0 when it is none of
 * those. */
static int
multipart_name(scan_t *sc, const char *value)
{
    static const char before[] = "form-data; ";
    const apr_size_t len = sizeof(before) - 1;
    const char *close;

    if (sc->s - sc->begin < (apr_ssize_t)len || strncasecmp(sc->s - len, before, len) != 0)
        return 0;
    if (value == sc->end || *value != '"')
        return 0;
    close = closing(sc, value, backslashes(sc, value), MAX_KEY + 2);
    if (close == NULL || !secret_key(sc, value + 1, close))
        return 0;
    copy_to(sc, close + 1);
    mask_part(sc);
    return 1;
}

/* At the name or key of <add key="password" value="x"/>: the value is masked. 0 when it is
 * none. */
static int
named_attribute(scan_t *sc, const char *value)
{
    const char *close, *s, *stop;

    if (value == sc->end || (*value != '"' && *value != '\''))
        return 0;
    close = closing(sc, value, backslashes(sc, value), MAX_KEY + 2);
    if (close == NULL || !secret_key(sc, value + 1, close - backslashes(sc, value)))
        return 0;
    stop = sc->end - close > MAX_HEADERS ? close + MAX_HEADERS : sc->end;
    for (s = close + 1; s < stop && *s != '>' && *s != '<'; s++)
        if (apr_isspace(s[-1]) && stop - s > 6 && strncasecmp(s, "value", 5) == 0)
            break;
    if (s == stop || *s == '>' || *s == '<')
        return 0;
    s = skip_blanks(sc, s + 5);
    if (s == sc->end || *s != '=')
        return 0;
    s = skip_blanks(sc, s + 1);
    while (s < sc->end && *s == '\\')
        s++;
    if (s == sc->end || (*s != '"' && *s != '\''))
        return 0;
    copy_to(sc, s);
    mask_quoted(sc);
    return 1;
}

/* key=value of forms, queries, attributes and settings files. */
static void
mask_assigned(scan_t *sc, const char *value)
{
    copy_to(sc, value);
    if (value < sc->end && (*value == '"' || *value == '\''))
        mask_quoted(sc);
    else
        mask_bare(sc, until(sc, value, "&\"'<> \t\r\n"));
}

static int
line_start(const scan_t *sc, const char *s)
{
    while (s > sc->begin && (s[-1] == ' ' || s[-1] == '\t'))
        s--;
    return s == sc->begin || s[-1] == '\n' || s[-1] == '\r' || s[-1] == '{' || s[-1] == ',' ||
           s[-1] == '"' || s[-1] == '\'';
}

static int
has_prefix(const scan_t *sc, const char *s, char c)
{
    return s > sc->begin && s[-1] == c;
}

/* A parameter that is a signature is worth a password to whoever copies the URL. */
static int
is_signature(const char *name)
{
    return hw_text_ieq(name, "sig") || hw_text_ieq(name, "signature");
}

/* "Key: value" at the beginning of a line, of a brace or of a quoted text (-H 'Cookie: x'): to the
 * end of the line, or of the quoted text. */
static void
mask_line(scan_t *sc, const char *value, int single)
{
    copy_to(sc, value);
    if (value < sc->end && (*value == '"' || *value == '\''))
        mask_quoted(sc);
    else
        mask_bare(sc, until(sc, value, single ? "'<\r\n" : "\"<\r\n"));
}

static int
has_text(const scan_t *sc, const char *s, const char *text)
{
    apr_size_t len = strlen(text);

    return (apr_size_t)(sc->end - s) >= len && memcmp(s, text, len) == 0;
}

/* Behind a word at to: &lt;password&gt;x&lt;/password&gt;, an element inside the text of
 * another. */
static int
escaped_element(scan_t *sc, const char *from, const char *to)
{
    return from - sc->begin >= 4 && memcmp(from - 4, "&lt;", 4) == 0 && has_text(sc, to, "&gt;") &&
           secret_key(sc, from, to);
}

/* At &quot; or the like: a key and its value between such entities. 0 when it is none. */
static int
entity_key(scan_t *sc)
{
    static const char *const entities[] = { "&quot;", "&#34;", "&#x22;", "&apos;", "&#39;" };
    const char *entity = NULL, *from, *to, *s;

    for (int i = 0; entity == NULL && i < 5; i++)
        if (has_text(sc, sc->s, entities[i]))
            entity = entities[i];
    if (entity == NULL)
        return 0;
    to = from = sc->s + strlen(entity);
    while (to < sc->end && to - from <= MAX_KEY && *to != '&')
        to++;
    if (!has_text(sc, to, entity) || !secret_key(sc, from, to))
        return 0;
    s = skip_space(sc, to + strlen(entity));
    if (s == sc->end || (*s != ':' && *s != '='))
        return 0;
    s = skip_space(sc, s + 1);
    if (has_text(sc, s, entity))
        s += strlen(entity);
    copy_to(sc, s);
    while (s < sc->end && !has_text(sc, s, entity) && *s != '<')
        s++;
    mask_to(sc, s);
    return 1;
}

static int
names_value(const char *from, const char *to)
{
    return (to - from == 4 && strncasecmp(from, "name", 4) == 0) ||
           (to - from == 3 && strncasecmp(from, "key", 3) == 0);
}

/* At the first byte of a word: it is copied, and what it names is masked when that is a secret. */
static void
bare_key(scan_t *sc)
{
    const char *from = sc->s, *to = from, *sign, *value;
    int query = has_prefix(sc, from, '?') || has_prefix(sc, from, '&');

    while (to < sc->end && key_byte(*to))
        to++;
    if (escaped_element(sc, from, to)) {
        copy_to(sc, to + 4);
        mask_to(sc, until(sc, sc->s, "&<"));
        return;
    }
    sign = skip_blanks(sc, to);
    if (sign == sc->end || (*sign != '=' && *sign != ':' && *sign != '>')) {
        copy_to(sc, to);
        return;
    }
    value = skip_blanks(sc, sign + 1);
    if (*sign == '=' && to - from == 4 && strncasecmp(from, "name", 4) == 0
        && multipart_name(sc, value))
        return;
    if (*sign == '=' && names_value(from, to) && named_attribute(sc, value))
        return;
    if (!secret_key(sc, from, to)
        && !(query && *sign == '=' && to - from <= MAX_KEY
             && is_signature(apr_pstrmemdup(sc->p, from, (apr_size_t)(to - from)))))
        copy_to(sc, to);
    else if (*sign == '=')
        mask_assigned(sc, query ? sign + 1 : value);
    else if (*sign == ':' && line_start(sc, from))
        mask_line(sc, value, has_prefix(sc, from, '\''));
    else if (*sign == '>' && has_prefix(sc, from, '<')) {
        copy_to(sc, sign + 1);
        mask_bare(sc, until(sc, sc->s, "<"));
    } else
        copy_to(sc, to);
}

/* At "://": what stands before an @ in the authority. */
static void
mask_userinfo(scan_t *sc)
{
    const char *from, *stop, *at = NULL;

    copy_to(sc, sc->s + 3);
    from = sc->s;
    stop = until(sc, from, "/?#\\\"'<> \t\r\n");
    for (const char *s = from; s < stop; s++)
        if (*s == '@')
            at = s;
    if (at != NULL)
        mask_to(sc, at);
}

static void
scan(scan_t *sc)
{
    while (sc->s < sc->end) {
        if ((*sc->s == '"' || *sc->s == '\'') && quoted_key(sc))
            continue;
        if (*sc->s == '&' && entity_key(sc))
            continue;
        if (key_byte(*sc->s))
            bare_key(sc);
        else if (sc->end - sc->s > 3 && memcmp(sc->s, "://", 3) == 0)
            mask_userinfo(sc);
        else
            copy_to(sc, sc->s + 1);
    }
}

const char *
hw_mask_text(const char *s, apr_size_t len, apr_pool_t *p)
{
    scan_t sc = { .s = s, .begin = s, .end = s + len, .p = p };

    hw_buf_init(&sc.out, p);
    scan(&sc);
    return sc.out.s;
}

/* --- URLs ------------------------------------------------------------------------------------ */

static int
secret_parameter(const char *name, apr_size_t len, const char *value, apr_size_t value_len,
                 apr_pool_t *p)
{
    const char *key = decoded_key(name, len, p);
    hw_mask_e said = hw_mask_key(key);

    if (said == HW_MASK_UNLESS_NUMBER)
        return !hw_mask_number(value, value_len);
    return said == HW_MASK_ALWAYS || is_signature(key);
}

static void
query_to(hw_buf_t *out, const char *query)
{
    while (*query != '\0') {
        apr_size_t len = strcspn(query, "&"), name = strcspn(query, "=&");

        if (name < len && len > name + 1 &&
            secret_parameter(query, name, query + name + 1, len - name - 1, out->p)) {
            hw_buf_add(out, query, name + 1);
            hw_buf_adds(out, HW_MASKED);
        } else
            hw_buf_add(out, query, len);
        query += len;
        if (*query == '&')
            hw_buf_addc(out, *query++);
    }
}

const char *
hw_mask_query(const char *query, apr_pool_t *p)
{
    hw_buf_t out;

    if (query == NULL)
        return NULL;
    hw_buf_init(&out, p);
    query_to(&out, query);
    return out.s;
}

const char *
hw_mask_url(const char *url, apr_pool_t *p)
{
    const char *host, *rest, *at = NULL;
    apr_size_t n;
    hw_buf_t out;

    if (url == NULL)
        return NULL;
    hw_buf_init(&out, p);
    host = strstr(url, "://");
    host = host != NULL ? host + 3 : url;
    rest = host + strcspn(host, "/?#");
    for (const char *s = host; host != url && s < rest; s++)
        if (*s == '@')
            at = s;
    hw_buf_add(&out, url, (apr_size_t)(host - url));
    if (at != NULL)
        hw_buf_adds(&out, HW_MASKED);
    hw_buf_add(&out, at != NULL ? at : host, (apr_size_t)(rest - (at != NULL ? at : host)));
    n = strcspn(rest, "?#");
    hw_buf_add(&out, rest, n);
    for (rest += n; *rest != '\0'; rest += n) { /* ?query, #fragment */
        hw_buf_addc(&out, *rest++);
        n = strcspn(rest, "#");
        query_to(&out, apr_pstrmemdup(p, rest, n));
    }
    return out.s;
}
