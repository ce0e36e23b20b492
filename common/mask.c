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
    "password", "passwd", "pwd", "passphrase", "passcode", "passwort", "kennwort", "secret",
    "token", "bearer", "authorization", "credential", "cred", "cookie", "community", "jwt", "otp",
    "totp", "csrf", "xsrf", "psk",
    /* two words that people write together in one case */
    "apikey", "privatekey", "privkey", "secretkey", "accesskey", "authkey", "signingkey",
    "encryptionkey", "masterkey", "sharedkey", "accountkey", "apisecret", "appsecret",
    "sessionid", "sessid", "phpsessid", "jsessionid", "connectionstring",
};

/* The plurals are more often numbers (tokens_used, secrets_scanned) than secrets. */
static const char *const secret_plurals[] = {
    "passwords", "passphrases", "secrets", "tokens", "credentials", "creds", "cookies", "apikeys",
};

/* Word and the next: "private key", "x-api-key", "AccountKey". */
static const char *const secret_pairs[][2] = {
    { "api", "key" },        { "private", "key" },    { "secret", "key" },
    { "access", "key" },     { "auth", "key" },       { "signing", "key" },
    { "encryption", "key" }, { "decryption", "key" }, { "master", "key" },
    { "shared", "key" },     { "account", "key" },    { "storage", "key" },
    { "subscription", "key" }, { "integration", "key" }, { "application", "key" },
    { "app", "key" },        { "license", "key" },    { "licence", "key" },
    { "consumer", "key" },   { "session", "key" },    { "hmac", "key" },
    { "ssh", "key" },        { "client", "key" },     { "pass", "word" },
    { "pass", "phrase" },    { "session", "id" },     { "connection", "string" },
    { "recovery", "code" },  { "recovery", "codes" },
};
static const char *const plural_pairs[][2] = { { "api", "keys" }, { "private", "keys" },
                                               { "access", "keys" } };

/* Share a word with a secret: the id that ECS gives a flow, an edition, a bearer of a radio. */
static const char *const harmless_pairs[][2] = { { "community", "id" }, { "community", "edition" },
                                                 { "bearer", "id" } };

/* "basic_auth", "smtpPass": secrets as the last word, not before another (authMethod). */
static const char *const secret_ends[] = { "auth", "pass" };

/* token_type, password_expires: about a secret, not one. */
static const char *const property_ends[] = { "type", "count", "expires", "expired", "expiry",
                                             "expiration", "ttl", "policy", "length", "limit",
                                             "attempts", "failures", "age" };

/* Longer words in one case: "dbpassword", "userpasswd", "myapikey", "clienttoken". */
static const char *const secret_suffixes[] = { "password", "passwd", "passphrase", "apikey",
                                               "secret", "token" };
static const char *const plural_suffixes[] = { "passwords", "secrets", "tokens" };

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

/* Longer than the suffix itself, which is a word of its own. */
static int
ends_in(const char *word, const char *const *list, size_t n)
{
    size_t len = strlen(word);

    for (size_t i = 0; i < n; i++) {
        size_t end = strlen(list[i]);

        if (len > end && strcmp(word + len - end, list[i]) == 0)
            return 1;
    }
    return 0;
}

#define ENDS_IN(word, list) ends_in((word), (list), sizeof(list) / sizeof((list)[0]))

static int
pair_among(const char *first, const char *second, const char *const (*list)[2], size_t n)
{
    for (size_t i = 0; second != NULL && i < n; i++)
        if (strcmp(first, list[i][0]) == 0 && strcmp(second, list[i][1]) == 0)
            return 1;
    return 0;
}

#define PAIR_AMONG(a, b, list) pair_among((a), (b), (list), sizeof(list) / sizeof((list)[0]))

/* What a word says, with the one behind it (NULL at the end). */
static hw_mask_e
judge(const char *word, const char *next)
{
    if (PAIR_AMONG(word, next, harmless_pairs))
        return HW_MASK_NOT;
    if (AMONG(word, secret_words) || ENDS_IN(word, secret_suffixes) ||
        PAIR_AMONG(word, next, secret_pairs))
        return HW_MASK_ALWAYS;
    if (AMONG(word, secret_plurals) || ENDS_IN(word, plural_suffixes) ||
        PAIR_AMONG(word, next, plural_pairs))
        return HW_MASK_UNLESS_NUMBER;
    return HW_MASK_NOT;
}

hw_mask_e
hw_mask_key(const char *key)
{
    hw_mask_e most = HW_MASK_NOT;
    words_t w = { .n = 0 };

    if (key == NULL)
        return HW_MASK_NOT;
    split(key, &w);
    if (w.n == 0 || AMONG(w.word[w.n - 1], property_ends))
        return HW_MASK_NOT;
    for (int i = 0; i < w.n; i++) {
        hw_mask_e said = judge(w.word[i], i + 1 < w.n ? w.word[i + 1] : NULL);

        if (said > most)
            most = said;
    }
    return AMONG(w.word[w.n - 1], secret_ends) ? HW_MASK_ALWAYS : most;
}

int
hw_mask_number(const char *s, apr_size_t len)
{
    apr_size_t i = len > 0 && s[0] == '-', digits = 0, dots = 0;

    for (; i < len; i++)
        if (apr_isdigit(s[i]))
            digits++;
        else if (s[i] != '.' || dots++ > 0)
            return 0;
    return digits > 0;
}

/* --- JSON ------------------------------------------------------------------------------------ */

static hw_json_t *masked(hw_json_t *v, apr_pool_t *p);

/* Nothing secret is in a null or a boolean, and people want to see that a password is not set. */
static int
is_secret(const hw_json_t *v, hw_mask_e key)
{
    if (v == NULL || json_object_is_type(v, json_type_boolean))
        return 0;
    return key == HW_MASK_ALWAYS ||
           (key == HW_MASK_UNLESS_NUMBER && !json_object_is_type(v, json_type_int) &&
            !json_object_is_type(v, json_type_double));
}

/* {"name": "Authorization", "value": "Bearer …"}; a name of several words is a title ("Failed
 * password attempts") and its value what people need to see. */
static hw_mask_e
named_secret(const hw_json_t *obj, const char *member)
{
    const char *name = hw_json_get_string(obj, member);

    return name != NULL && strchr(name, ' ') == NULL ? hw_mask_key(name) : HW_MASK_NOT;
}

static void
mask_members(hw_json_t *obj, apr_pool_t *p)
{
    hw_mask_e name = named_secret(obj, "name"), named = named_secret(obj, "key");

    if (name > named)
        named = name;
    json_object_object_foreach(obj, key, val)
    {
        hw_json_t *now = val;

        if (is_secret(val, hw_mask_key(key)) ||
            (strcmp(key, "value") == 0 && is_secret(val, named)))
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
