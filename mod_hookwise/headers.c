/* SPDX-License-Identifier: Apache-2.0 */
/* Headers to JSON, credentials left out. */
#include "mod_hookwise/headers.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

/* A header is secret when one of the words of its name (split at hyphens and underscores) is here.
 * Nobody can list the headers senders make up for their secrets (X-Team-Key, X-Our-Auth): more names
 * are taken for secrets than in a body, whose keys are common/mask.h's matter. */
static const char *const secret_words[] = { "authorization", "cookie",     "token",  "tokens",
                                            "secret",        "password",   "passwd", "pwd",
                                            "pass",          "passphrase", "apikey", "key",
                                            "signature",     "auth",       "bearer", "jwt",
                                            "session",       "credential", "credentials",
                                            "community",     "otp",        "csrf",   "xsrf" };
/* These hold such a word and are no secret: they name a thing. */
static const char *const harmless[] = { "idempotency-key",   "x-idempotency-key", "x-event-key",
                                        "x-incident-key",    "x-alert-key",       "x-group-key",
                                        "x-dedup-key",       "x-issue-key",       "x-project-key",
                                        "x-partition-key",   "x-ordering-key" };

/* In this order: the first one present counts. Each is the same in all tries of one delivery. */
static const char *const sender_ids[] = { "webhook-id",        "svix-id",
                                          "X-Webhook-Id",      "x-amz-sns-message-id",
                                          "X-GitHub-Delivery", "Idempotency-Key",
                                          "X-Gitlab-Event-UUID", "Request-ID" };

#define COUNT(a) ((int)(sizeof(a) / sizeof(*(a))))

static int
is_secret_word(const char *word, apr_size_t len)
{
    for (int i = 0; i < COUNT(secret_words); i++)
        if (strlen(secret_words[i]) == len && strncasecmp(word, secret_words[i], len) == 0)
            return 1;
    return 0;
}

int
mhw_header_secret(const char *name)
{
    for (int i = 0; i < COUNT(harmless); i++)
        if (strcasecmp(name, harmless[i]) == 0)
            return 0;
    while (*name != '\0') {
        apr_size_t len = strcspn(name, "-_");

        if (is_secret_word(name, len))
            return 1;
        name += len + (name[len] != '\0');
    }
    return 0;
}

const char *
mhw_sender_id(const apr_table_t *headers)
{
    for (int i = 0; i < COUNT(sender_ids); i++) {
        const char *id = apr_table_get(headers, sender_ids[i]);

        if (id != NULL && id[0] != '\0')
            return id;
    }
    return NULL;
}

static void
add_escaped(hw_buf_t *b, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    const char unicode[] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

    if (c == '"' || c == '\\') {
        hw_buf_addc(b, '\\');
        hw_buf_addc(b, (char)c);
    } else {
        hw_buf_add(b, unicode, sizeof(unicode));
    }
}

void
mhw_json_string(hw_buf_t *b, const char *s)
{
    const char *plain;

    s = plain = hw_utf8_mend(s, strlen(s), NULL, b->p);
    hw_buf_addc(b, '"');
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;

        if (c != '"' && c != '\\' && c >= 0x20 && c != 0x7f)
            continue;
        hw_buf_add(b, plain, (apr_size_t)(s - plain));
        add_escaped(b, c);
        plain = s + 1;
    }
    hw_buf_add(b, plain, (apr_size_t)(s - plain));
    hw_buf_addc(b, '"');
}

const char *
mhw_headers_json(const apr_table_t *headers, const hw_auth_t *auth, apr_pool_t *p)
{
    const apr_array_header_t *all = apr_table_elts(headers);
    int kept = 0;
    hw_buf_t b;

    hw_buf_init(&b, p);
    hw_buf_addc(&b, '{');
    for (int i = 0; i < all->nelts && kept < HW_MAX_HEADERS; i++) {
        const apr_table_entry_t *h = &APR_ARRAY_IDX(all, i, apr_table_entry_t);
        char *name;

        if (h->key == NULL || h->val == NULL || mhw_header_secret(h->key) ||
            hw_auth_is_secret_header(auth, h->key))
            continue;
        name = apr_pstrndup(p, h->key, HW_MAX_HEADER_VALUE);
        ap_str_tolower(name);
        if (kept++ > 0)
            hw_buf_addc(&b, ',');
        mhw_json_string(&b, name);
        hw_buf_addc(&b, ':');
        mhw_json_string(&b, strlen(h->val) <= HW_MAX_HEADER_VALUE
                                ? h->val
                                : apr_pstrndup(p, h->val, HW_MAX_HEADER_VALUE));
    }
    hw_buf_addc(&b, '}');
    return b.s;
}
