/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: what somebody shows to get in, and what is read of it in Redis. Input: Authorization,
 * Cookie, a one-time code with its secret, then a record (rest). */
#include <apr_strings.h>
#include <string.h>

#include "common/crypto.h"
#include "common/identity.h"
#include "common/session.h"
#include "common/text.h"
#include "common/totp.h"
#include "t/fuzz/fuzz.h"

static void
credentials(const char *header, apr_pool_t *p)
{
    hw_credentials_t c = hw_credentials_read(header, p);
    const char *again;

    if (c.scheme == HW_CRED_NONE)
        return;
    fuzz_check(c.secret != NULL, "credentials have a secret");
    if (c.scheme == HW_CRED_BEARER) {
        fuzz_check(strstr(header, c.secret) != NULL, "a bearer's secret stands in the header");
        return;
    }
    fuzz_check(strchr(c.name, ':') == NULL, "a name has no colon");
    fuzz_check(hw_utf8_valid(c.name, strlen(c.name), NULL), "a name is UTF-8");
    again = apr_pstrcat(p, c.name, ":", c.secret, NULL);
    again = apr_pstrcat(p, "Basic ", hw_base64(again, strlen(again), 0, p), NULL);
    c = hw_credentials_read(again, p);
    fuzz_check(c.scheme == HW_CRED_BASIC, "what was read can be written");
}

static void
cookie(const char *header, apr_pool_t *p)
{
    const char *token = hw_session_cookie(header, p), *argv[HW_SESSION_ARGS];

    if (token == NULL)
        return;
    fuzz_check(*token != '\0' && strchr(token, ';') == NULL, "a token is one cookie");
    fuzz_check(strstr(header, token) != NULL, "and stands in the header");
    fuzz_check(hw_session_args(token, argv, p) == HW_SESSION_ARGS, "and can be looked up");
    fuzz_check(strlen(argv[3]) == strlen("hw:sess:") + 64, "under a key of a fixed length");
}

static void
code(const char *line, apr_pool_t *p)
{
    const char *blank = strchr(line, ' '), *secret = blank != NULL ? blank + 1 : line, *right;
    apr_time_t now = apr_time_from_sec(1234567890);
    apr_int64_t step = -1, other, current = apr_time_sec(now) / HW_TOTP_STEP;
    hw_result_t *res = hw_result_make(p);

    hw_recovery_digest(line, p);
    if (hw_totp_check(secret, line, now, 0, &step, res, p) != APR_SUCCESS) {
        fuzz_check(strcmp(res->problem, "bad-secret") == 0, "a secret that is none says so");
        return;
    }
    fuzz_check(hw_totp_code(secret, current, HW_TOTP_DIGITS, &right, res, p) == APR_SUCCESS,
               "a secret that is one has codes");
    hw_totp_check(secret, right, now, 0, &other, res, p);
    fuzz_check(other >= current, "which are right");
    hw_totp_check(secret, right, now, current + HW_TOTP_WINDOW, &other, res, p);
    fuzz_check(other == 0, "and not taken again");
}

static void
records(const char *text, apr_size_t len, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_identity_t *user, *key;
    const char *written;

    if (hw_identity_user_read("ada", text, len, &user, res, p) == APR_SUCCESS) {
        written = hw_identity_user_text(user, p);
        fuzz_check(hw_identity_user_read("ada", written, strlen(written), &user, res, p) ==
                       APR_SUCCESS, "a user's record can be written");
        fuzz_check(strcmp(written, hw_identity_user_text(user, p)) == 0, "and stays the same");
    } else {
        fuzz_check(res->problem != NULL, "one that is none says why");
    }
    if (hw_identity_key_read(text, len, &key, res, p) == APR_SUCCESS)
        fuzz_check(key->role > HW_ANYONE && key->name != NULL && key->tenant != NULL,
                   "a key has a name, a role and a tenant");
    hw_identity_is_key(text);
}

/* The reply of the script that finds a session: whatever lies in Redis. */
static void
session(char *text, apr_size_t len, apr_pool_t *p)
{
    redisReply parts[2] = {{.type = REDIS_REPLY_STRING, .str = text, .len = len},
                           {.type = REDIS_REPLY_STRING, .str = text, .len = len}};
    redisReply *both[2] = {&parts[0], &parts[1]};
    redisReply reply = {.type = REDIS_REPLY_ARRAY, .elements = 2, .element = both};
    hw_session_t *s = NULL;

    fuzz_check(hw_session_result(&reply, "token", apr_time_from_sec(1000), &s, NULL, p) ==
                   APR_SUCCESS, "a session that cannot be read is none");
    if (s != NULL)
        fuzz_check(s->who->enabled && s->csrf != NULL && s->who->name != NULL,
                   "one that can has all its parts");
}

void
fuzz_one(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    fuzz_input_t in = { data, len, p };
    const char *rest;

    credentials(fuzz_line(&in), p);
    cookie(fuzz_line(&in), p);
    code(fuzz_line(&in), p);
    rest = fuzz_rest(&in, &len);
    records(rest, len, p);
    session(apr_pstrmemdup(p, rest, len), len, p);
}
