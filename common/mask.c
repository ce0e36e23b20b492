/* SPDX-License-Identifier: Apache-2.0 */
/* Masking: which keys name secrets, and JSON documents. */
#include "common/mask.h"

#include <apr_lib.h>
#include <string.h>

#define MAX_WORDS 16
#define MAX_KEY 256

/* --- keys ------------------------------------------------------------------------------------ */

/* Words that make any key a secret one. */
static const char *const secret_words[] = {
    "password", "passwords", "passwd", "pwd", "passphrase", "passcode", "secret", "secrets",
    "token", "tokens", "authorization", "credential", "credentials", "cookie", "cookies", "jwt",
    "otp", "totp",
    /* two words that people write together in one case */
    "apikey", "apikeys", "privatekey", "privkey", "secretkey", "accesskey", "authkey", "signingkey",
    "encryptionkey", "masterkey", "sharedkey", "accountkey", "apisecret", "appsecret",
    "clientsecret", "sharedsecret", "accesstoken", "authtoken", "refreshtoken", "bearertoken",
    "idtoken", "csrftoken", "apitoken", "bottoken", "sessionid", "sessid", "phpsessid",
    "jsessionid", "connectionstring",
};

/* Word and the next: "private key", "x-api-key", "AccountKey". */
static const char *const secret_pairs[][2] = {
    { "api", "key" },        { "api", "keys" },       { "private", "key" },
    { "secret", "key" },     { "access", "key" },     { "auth", "key" },
    { "signing", "key" },    { "encryption", "key" }, { "master", "key" },
    { "shared", "key" },     { "account", "key" },    { "storage", "key" },
    { "subscription", "key" }, { "integration", "key" }, { "hmac", "key" },
    { "ssh", "key" },        { "client", "key" },     { "pass", "word" },
    { "pass", "phrase" },    { "session", "id" },     { "connection", "string" },
};

/* "basic_auth", "smtpPass": secrets as the last word, not before another (authMethod). */
static const char *const secret_ends[] = { "auth", "pass" };

/* token_type, password_expires: about a secret, not one. */
static const char *const property_ends[] = { "type", "count", "expires", "expiry", "expiration",
                                             "ttl", "policy", "length" };

/* Longer words in one case: "dbpassword", "userpasswd", "myapikey". */
static const char *const secret_suffixes[] = { "password", "passwd", "apikey" };

typedef struct {
    char text[MAX_KEY]; /* lower case, a NUL behind each word */
    const char *word[MAX_WORDS];
    int n;
} words_t;

/* A word begins at a capital behind a small letter or digit ("apiKey"), and at the last capital of
 * several when a small letter follows ("APIKey"). */
static int
hump(const char *key, const char *s)
{
    if (s == key || !apr_isupper(*s))
        return 0;
    return apr_islower(s[-1]) || apr_isdigit(s[-1])
           || (apr_isupper(s[-1]) && apr_islower(s[1]));
}

/* Digits at a word's end are dropped: "password2". Words beyond the bounds end the looking, so a
 * key longer than any real one is judged by its beginning. */
static void
split(const char *key, words_t *w)
{
    char *to = w->text, *end = w->text + sizeof(w->text) - 2;
    const char *s = key;

    w->n = 0;
    while (w->n < MAX_WORDS && to < end) {
        char *from = to;

        while (*s != '\0' && !apr_isalnum(*s) && !(*s & 0x80))
            s++;
        if (*s == '\0')
            break;
        do
            *to++ = (char)apr_tolower(*s++);
        while (to < end && (apr_isalnum(*s) || *s & 0x80) && !hump(key, s));
        while (to > from && apr_isdigit(to[-1]))
            to--;
        if (to > from) {
            *to++ = '\0';
            w->word[w->n++] = from;
        }
    }
}

static int
among(const char *word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, list[i]) == 0)
            return 1;
    return 0;
}

#define AMONG(word, list) among((word), (list), sizeof(list) / sizeof((list)[0]))

static int
ends_secret(const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i < sizeof(secret_suffixes) / sizeof(secret_suffixes[0]); i++) {
        size_t n = strlen(secret_suffixes[i]);

        if (len > n && strcmp(word + len - n, secret_suffixes[i]) == 0)
            return 1;
    }
    return 0;
}

static int
secret_pair(const char *first, const char *second)
{
    for (size_t i = 0; i < sizeof(secret_pairs) / sizeof(secret_pairs[0]); i++)
        if (strcmp(first, secret_pairs[i][0]) == 0 && strcmp(second, secret_pairs[i][1]) == 0)
            return 1;
    return 0;
}

int
hw_mask_key(const char *key)
{
    words_t w = { .n = 0 };

    if (key == NULL)
        return 0;
    split(key, &w);
    if (w.n == 0 || AMONG(w.word[w.n - 1], property_ends))
        return 0;
    for (int i = 0; i < w.n; i++) {
        if (AMONG(w.word[i], secret_words) || ends_secret(w.word[i]))
            return 1;
        if (i + 1 < w.n && secret_pair(w.word[i], w.word[i + 1]))
            return 1;
    }
    return AMONG(w.word[w.n - 1], secret_ends);
}

/* --- JSON ------------------------------------------------------------------------------------ */

static hw_json_t *masked(hw_json_t *v, apr_pool_t *p);

/* Nothing secret is in a null or a boolean, and people want to see that a password is not set. */
static int
may_be_secret(const hw_json_t *v)
{
    return v != NULL && !json_object_is_type(v, json_type_boolean);
}

/* {"name": "Authorization", "value": "Bearer …"}; a name of several words is a title ("Failed
 * password attempts") and its value what people need to see. */
static int
named_secret(const hw_json_t *obj, const char *member)
{
    const char *name = hw_json_get_string(obj, member);

    return name != NULL && strchr(name, ' ') == NULL && hw_mask_key(name);
}

static void
mask_members(hw_json_t *obj, apr_pool_t *p)
{
    int named = named_secret(obj, "name") || named_secret(obj, "key");

    json_object_object_foreach(obj, key, val)
    {
        hw_json_t *now = val;

        if (may_be_secret(val) && (hw_mask_key(key) || (named && strcmp(key, "value") == 0)))
            now = json_object_new_string(HW_MASKED);
        else
            now = masked(val, p);
        if (now != val) /* the key stays: the walk is not disturbed */
            json_object_object_add(obj, key, now);
    }
}

static hw_json_t *
mask_string(hw_json_t *v, apr_pool_t *p)
{
    const char *s = json_object_get_string(v), *clean;
    apr_size_t len = (apr_size_t)json_object_get_string_len(v);

    if (!memchr(s, '=', len) && !memchr(s, ':', len) && !memchr(s, '<', len))
        return v; /* no pair, URL or element without one of them */
    clean = hw_mask_text(s, len, p);
    return strlen(clean) == len && memcmp(clean, s, len) == 0 ? v : json_object_new_string(clean);
}

/* Works on a tree of our own; gives v, or the new object to stand in its place. */
static hw_json_t *
masked(hw_json_t *v, apr_pool_t *p)
{
    switch (json_object_get_type(v)) {
    case json_type_object:
        mask_members(v, p);
        return v;
    case json_type_array:
        for (size_t i = 0; i < json_object_array_length(v); i++) {
            hw_json_t *was = json_object_array_get_idx(v, i), *now = masked(was, p);

            if (now != was)
                json_object_array_put_idx(v, i, now);
        }
        return v;
    case json_type_string:
        return mask_string(v, p);
    default:
        return v;
    }
}

hw_json_t *
hw_mask_json(const hw_json_t *v, apr_pool_t *p)
{
    hw_json_t *copy = hw_json_copy(v, p), *out = masked(copy, p);

    return out == copy ? copy : hw_json_own(out, p);
}
