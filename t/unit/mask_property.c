/* SPDX-License-Identifier: Apache-2.0 */
/* Masking, with keys and documents made at random: no value under a secret's name is left in any
 * form of a document, and no other value is lost. HW_SEED=n repeats a run. */
#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "common/mask.h"
#include "common/text.h"
#include "t/lib/tap.h"

#define ROUNDS 400

typedef struct {
    apr_uint64_t state;
} dice_t;

static int
below(dice_t *d, int n)
{
    apr_uint64_t z = (d->state += APR_UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * APR_UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * APR_UINT64_C(0x94d049bb133111eb);
    return (int)((z ^ (z >> 31)) % (apr_uint64_t)n);
}

/* --- keys ------------------------------------------------------------------------------------------- */

static const char *const plain_words[] = { "monitor", "group", "host", "name", "region", "alert",
                                           "cycle",   "label", "keyword", "site", "author",
                                           "incident", "event", "key" };
/* Words of one secret; two words may be written together or apart. */
static const char *const secrets[][2] = {
    { "password", NULL },  { "passwd", NULL },   { "secret", NULL },   { "token", NULL },
    { "authorization", NULL }, { "pwd", NULL },  { "cookie", NULL },   { "credentials", NULL },
    { "api", "key" },      { "private", "key" }, { "access", "key" },  { "client", "secret" },
    { "session", "id" },   { "apikey", NULL },   { "accesstoken", NULL }, { "shared", "key" },
};

enum { SNAKE, KEBAB, CAMEL, SHOUT, STYLES };

static void
add_word(hw_buf_t *b, const char *word, int style)
{
    int first = b->len == 0;

    if (!first && (style == SNAKE || style == SHOUT))
        hw_buf_addc(b, '_');
    if (!first && style == KEBAB)
        hw_buf_addc(b, '-');
    for (const char *c = word; *c != '\0'; c++)
        hw_buf_addc(b, style == SHOUT || (style == CAMEL && !first && c == word)
                           ? (char)apr_toupper(*c) : *c);
}

/* Some plain words, and a secret's words among them when one is asked for. */
static const char *
make_key(dice_t *d, int secret, apr_pool_t *p)
{
    int style = below(d, STYLES), words = 1 + below(d, 3), at = below(d, words + 1);
    const char *const *s = secrets[below(d, 16)];
    hw_buf_t b;

    hw_buf_init(&b, p);
    for (int i = 0; i <= words; i++) {
        if (secret && i == at) {
            add_word(&b, s[0], style);
            if (s[1] != NULL)
                add_word(&b, s[1], style);
            if (below(d, 4) == 0)
                hw_buf_printf(&b, "%d", below(d, 100));
        }
        if (i < words)
            add_word(&b, plain_words[below(d, 14)], style);
    }
    return b.s;
}

static void
keys(dice_t *d, apr_pool_t *p)
{
    int found = 0, spared = 0;

    for (int i = 0; i < ROUNDS; i++) {
        const char *secret = make_key(d, 1, p), *plain = make_key(d, 0, p);

        found += hw_mask_key(secret) != 0;
        spared += !hw_mask_key(plain);
        if (!hw_mask_key(secret))
            tap_diag("not seen: %s", secret);
        if (hw_mask_key(plain))
            tap_diag("taken for a secret: %s", plain);
    }
    is_int(found, ROUNDS, "every key with a secret's words is seen");
    is_int(spared, ROUNDS, "and no other");
}

/* --- documents ------------------------------------------------------------------------------------------ */

typedef struct {
    const char *key, *value;
    int secret;
} pair_t;

static const char *
value_of(dice_t *d, int secret, int n, apr_pool_t *p)
{
    static const char *const forms[] = { "%s%dq", "%s-%d/x+y", "%s %d words", "%s.%d.\xc3\xa4z" };

    return apr_psprintf(p, forms[below(d, 4)], secret ? "hidden" : "shown", n);
}

static apr_array_header_t *
pairs(dice_t *d, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 8, sizeof(pair_t));
    int n = 2 + below(d, 6);

    for (int i = 0; i < n; i++) {
        pair_t *pair = apr_array_push(list);

        pair->secret = below(d, 2);
        /* A number makes keys of one document differ, and does not hide what they are. */
        pair->key = apr_psprintf(p, "%s%d", make_key(d, pair->secret, p), i);
        pair->value = value_of(d, pair->secret, i, p);
    }
    return list;
}

/* Nested as the dice fall: each pair somewhere below the root. */
static hw_json_t *
document(dice_t *d, const apr_array_header_t *list, apr_pool_t *p)
{
    hw_json_t *root = hw_json_own(json_object_new_object(), p), *at = root;

    for (int i = 0; i < list->nelts; i++) {
        const pair_t *pair = &APR_ARRAY_IDX(list, i, pair_t);
        int how = below(d, 4);

        if (how == 0) {
            hw_json_t *inner = json_object_new_object();

            hw_json_set(at, apr_psprintf(p, "inner%d", i), inner);
            at = inner;
        } else if (how == 1) {
            hw_json_t *items = json_object_new_array(), *inner = json_object_new_object();

            json_object_array_add(items, json_object_new_int(i));
            json_object_array_add(items, inner);
            hw_json_set(at, apr_psprintf(p, "items%d", i), items);
            at = inner;
        }
        hw_json_set_string(at, pair->key, pair->value);
    }
    return root;
}

static const char *
lines(const apr_array_header_t *list, const char *between, const char *end, int encode,
      apr_pool_t *p)
{
    hw_buf_t b;

    hw_buf_init(&b, p);
    for (int i = 0; i < list->nelts; i++) {
        const pair_t *pair = &APR_ARRAY_IDX(list, i, pair_t);

        hw_buf_printf(&b, "%s%s%s%s", pair->key, between,
                      encode ? hw_url_encode(pair->value, p) : pair->value,
                      i + 1 < list->nelts || *end == '\n' ? end : "");
    }
    return b.s;
}

static const char *
xml(const apr_array_header_t *list, apr_pool_t *p)
{
    hw_buf_t b;

    hw_buf_init(&b, p);
    hw_buf_adds(&b, "<doc>");
    for (int i = 0; i < list->nelts; i++) {
        const pair_t *pair = &APR_ARRAY_IDX(list, i, pair_t);

        hw_buf_printf(&b, "<%s>%s</%s>\n", pair->key, pair->value, pair->key);
    }
    hw_buf_adds(&b, "</doc>");
    return b.s;
}

/* Nothing hidden is left; with plain the rest is. */
static int
clean(const char *form, const char *text, const apr_array_header_t *list, apr_pool_t *p)
{
    int good = strstr(text, "hidden") == NULL;

    for (int i = 0; i < list->nelts; i++) {
        const pair_t *pair = &APR_ARRAY_IDX(list, i, pair_t);

        if (!pair->secret && strstr(text, pair->value) == NULL &&
            strstr(text, hw_url_encode(pair->value, p)) == NULL)
            good = 0;
    }
    if (!good)
        tap_diag("%s: %s", form, hw_json_write(hw_json_own(json_object_new_string(text), p), p));
    return good;
}

static const char *
masked(const char *text, apr_pool_t *p)
{
    return hw_mask_text(text, strlen(text), p);
}

static void
documents(dice_t *d, apr_pool_t *parent)
{
    int tree = 0, inside = 0, text = 0, form = 0, query = 0, header = 0, markup = 0, twice = 0;

    for (int i = 0; i < ROUNDS; i++) {
        apr_pool_t *p;
        apr_array_header_t *list;
        hw_json_t *doc, *outer;
        const char *once;

        apr_pool_create(&p, parent);
        list = pairs(d, p);
        doc = document(d, list, p);
        outer = hw_json_own(json_object_new_object(), p);
        hw_json_set_string(outer, "Entity", hw_json_write(doc, p));
        once = hw_json_write(hw_mask_json(doc, p), p);
        tree += clean("a tree", once, list, p);
        twice += strcmp(hw_json_write(hw_mask_json(hw_mask_json(doc, p), p), p), once) == 0;
        inside += clean("JSON in a string", hw_json_write(hw_mask_json(outer, p), p), list, p);
        text += clean("JSON text", masked(hw_json_write_pretty(doc, p), p), list, p);
        form += clean("a form", masked(lines(list, "=", "&", 1, p), p), list, p);
        query += clean("a query", hw_mask_query(lines(list, "=", "&", 1, p), p), list, p);
        header += clean("lines", masked(lines(list, ": ", "\n", 0, p), p), list, p);
        markup += clean("XML", masked(xml(list, p), p), list, p);
        apr_pool_destroy(p);
    }
    is_int(tree, ROUNDS, "trees");
    is_int(twice, ROUNDS, "trees masked twice stay as they are");
    is_int(inside, ROUNDS, "JSON inside a string");
    is_int(text, ROUNDS, "JSON as text");
    is_int(form, ROUNDS, "forms");
    is_int(query, ROUNDS, "query strings");
    is_int(header, ROUNDS, "lines");
    is_int(markup, ROUNDS, "XML");
}

int
main(void)
{
    apr_pool_t *p = tap_start();
    const char *given = getenv("HW_SEED");
    dice_t d = { given != NULL ? strtoull(given, NULL, 0) : 20260302 };

    tap_diag("HW_SEED=%" APR_UINT64_T_FMT, d.state);
    keys(&d, p);
    documents(&d, p);
    return tap_done();
}
