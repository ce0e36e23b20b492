/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions and failed sign-ins in Redis. */
#include "common/session.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <string.h>

#include "common/crypto.h"
#include "common/result.h"
#include "common/text.h"

#define TOKEN_BYTES 32
#define TOKEN_MAX   100 /* characters of a cookie that may be a token at all */

#define TEXT(x)   #x
#define NUMBER(x) TEXT(x)

/* Session and user in one step. The time left is renewed by the minute, not by the request: a
 * renewal is a write, and Redis may be told to sync each. */
#define RENEW                                                                        \
    "if redis.call('TTL', KEYS[1]) < " NUMBER(HW_SESSION_IDLE) " - 60 then\n"         \
    "  redis.call('EXPIRE', KEYS[1], " NUMBER(HW_SESSION_IDLE) ")\n"                  \
    "end\n"
#define FIND(renew)                                                                  \
    "local s = redis.call('GET', KEYS[1])\n"                                         \
    "if not s then return false end\n"                                               \
    renew                                                                            \
    "local ok, doc = pcall(cjson.decode, s)\n"                                       \
    "if not ok or type(doc) ~= 'table' or type(doc.user) ~= 'string' then return false end\n" \
    "return {s, redis.call('HGET', '" HW_USER_HASH "', doc.user)}\n"

static const char find_script[] = FIND(RENEW);
static const char look_script[] = FIND("");

static const char count_script[] =
    "if tonumber(redis.call('GET', KEYS[1]) or 0) < " NUMBER(HW_LOGIN_TRIES) " then\n"
    "  return 0\n"
    "end\n"
    "return math.max(redis.call('TTL', KEYS[1]), 1)\n";

static const char failed_script[] =
    "redis.call('INCR', KEYS[1])\n"
    "return redis.call('EXPIRE', KEYS[1], " NUMBER(HW_LOGIN_WAIT) ")\n";

static const char *
session_key(const char *token, apr_pool_t *p)
{
    return apr_pstrcat(p, "hw:sess:", hw_sha256_hex(token, strlen(token), p), NULL);
}

static int
script_args(const char *script, const char *key, const char **argv)
{
    argv[0] = "EVAL";
    argv[1] = script;
    argv[2] = "1";
    argv[3] = key;
    return 4;
}

/* --- sessions -------------------------------------------------------------------------------- */

apr_status_t
hw_session_start(hw_queue_t *q, const hw_identity_t *who, apr_time_t now, const char **token,
                 hw_session_t **out, hw_result_t *res, apr_pool_t *p)
{
    hw_session_t *s = apr_pcalloc(p, sizeof(*s));
    hw_json_t *v = hw_json_own(json_object_new_object(), p);
    redisReply *reply;

    *token = hw_random_token(TOKEN_BYTES, p);
    s->who = who;
    s->csrf = hw_random_token(TOKEN_BYTES, p);
    s->key = session_key(*token, p);
    s->created = now;
    hw_json_set_string(v, "user", who->name);
    hw_json_set_int(v, "version", who->version);
    hw_json_set_string(v, "csrf", s->csrf);
    hw_json_set_int(v, "created", apr_time_sec(now));
    *out = s;
    return hw_queue_commandf(q, &reply, res, p, "SET %s %s EX " NUMBER(HW_SESSION_IDLE), s->key,
                             hw_json_write(v, p));
}

int
hw_session_args(const char *token, const char **argv, apr_pool_t *p)
{
    return script_args(find_script, session_key(token, p), argv);
}

int
hw_session_look_args(const char *token, const char **argv, apr_pool_t *p)
{
    return script_args(look_script, session_key(token, p), argv);
}

/* The session's own part; NULL when it does not fit the user as published. */
static hw_session_t *
read_session(const redisReply *text, const redisReply *user, apr_time_t now, apr_pool_t *p)
{
    hw_session_t *s = apr_pcalloc(p, sizeof(*s));
    hw_identity_t *who;
    const char *name;
    hw_json_t *v;

    if (text->type != REDIS_REPLY_STRING || user->type != REDIS_REPLY_STRING ||
        hw_json_parse(text->str, text->len, NULL, &v, NULL, NULL, p) != APR_SUCCESS ||
        (name = hw_json_get_string(v, "user")) == NULL ||
        hw_identity_user_read(name, user->str, user->len, &who, NULL, p) != APR_SUCCESS)
        return NULL;
    s->who = who;
    s->csrf = hw_json_get_string(v, "csrf");
    s->created = apr_time_from_sec(json_object_get_int64(hw_json_get(v, "created")));
    if (!who->enabled || s->csrf == NULL ||
        json_object_get_int64(hw_json_get(v, "version")) != who->version ||
        now - s->created > apr_time_from_sec(HW_SESSION_MAX))
        return NULL;
    return s;
}

apr_status_t
hw_session_result(const redisReply *reply, const char *token, apr_time_t now, hw_session_t **out,
                  hw_result_t *res, apr_pool_t *p)
{
    *out = NULL;
    if (reply->type == REDIS_REPLY_ERROR)
        return hw_fail_temp(res, APR_EGENERAL, "redis-error", "%s", reply->str);
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 2)
        return APR_SUCCESS;
    *out = read_session(reply->element[0], reply->element[1], now, p);
    if (*out != NULL)
        (*out)->key = session_key(token, p);
    return APR_SUCCESS;
}

apr_status_t
hw_session_find(hw_queue_t *q, const char *token, apr_time_t now, hw_session_t **out,
                hw_result_t *res, apr_pool_t *p)
{
    const char *argv[HW_SESSION_ARGS];
    redisReply *reply;
    apr_status_t rv = hw_queue_command(q, hw_session_args(token, argv, p), argv, NULL, &reply,
                                       res, p);

    *out = NULL;
    return rv == APR_SUCCESS ? hw_session_result(reply, token, now, out, res, p) : rv;
}

apr_status_t
hw_session_end(hw_queue_t *q, const char *key, hw_result_t *res, apr_pool_t *ptemp)
{
    redisReply *reply;

    return hw_queue_commandf(q, &reply, res, ptemp, "DEL %s", key);
}

const char *
hw_session_cookie(const char *cookies, apr_pool_t *p)
{
    const apr_array_header_t *list = hw_text_split(cookies, ';', p);
    apr_size_t len = strlen(HW_SESSION_COOKIE);

    for (int i = 0; i < list->nelts; i++) {
        const char *one = APR_ARRAY_IDX(list, i, const char *);

        if (strncmp(one, HW_SESSION_COOKIE, len) == 0 && one[len] == '=' &&
            one[len + 1] != '\0' && strlen(one) < TOKEN_MAX)
            return one + len + 1;
    }
    return NULL;
}

/* --- failed sign-ins ------------------------------------------------------------------------- */

/* Who has one IPv6 address has 2^64 of them. */
static const char *
address_key(const char *address, apr_pool_t *p)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    struct in6_addr six;

    if (inet_pton(AF_INET6, address, &six) == 1 && memcmp(&six, mapped, sizeof(mapped)) != 0)
        address = hw_hex(six.s6_addr, 8, p);
    return apr_pstrcat(p, "hw:fail:", address, NULL);
}

int
hw_login_count_args(const char *address, const char **argv, apr_pool_t *p)
{
    return script_args(count_script, address_key(address, p), argv);
}

int
hw_login_failed_args(const char *address, const char **argv, apr_pool_t *p)
{
    return script_args(failed_script, address_key(address, p), argv);
}

/* A write for each request of a busy script would be one too many. */
int
hw_key_used_args(const char *id, apr_time_t now, const char **argv, apr_pool_t *p)
{
    argv[0] = "EVAL";
    argv[1] = "local t = redis.call('HGET', KEYS[1], ARGV[1])\n"
              "if not t or tonumber(t) + 60 <= tonumber(ARGV[2]) then\n"
              "  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])\n"
              "end\n"
              "return 0\n";
    argv[2] = "1";
    argv[3] = HW_USED_HASH;
    argv[4] = id;
    argv[5] = apr_psprintf(p, "%" APR_INT64_T_FMT, (apr_int64_t)apr_time_sec(now));
    return HW_USED_ARGS;
}

apr_status_t
hw_login_verdict(apr_int64_t seconds, apr_time_t now, hw_result_t *res)
{
    if (seconds <= 0)
        return APR_SUCCESS;
    hw_fail(res, APR_EACCES, "throttled",
            "too many failed sign-ins from this address; try again in %d minutes",
            (int)((seconds + 59) / 60));
    if (res != NULL)
        res->retry_at = now + apr_time_from_sec(seconds);
    return APR_EACCES;
}

apr_status_t
hw_login_allowed(hw_queue_t *q, const char *address, apr_time_t now, hw_result_t *res,
                 apr_pool_t *ptemp)
{
    const char *argv[HW_LOGIN_ARGS];
    redisReply *reply;
    apr_status_t rv = hw_queue_command(q, hw_login_count_args(address, argv, ptemp), argv, NULL,
                                       &reply, res, ptemp);

    return rv == APR_SUCCESS ? hw_login_verdict(reply->integer, now, res) : rv;
}

apr_status_t
hw_login_failed(hw_queue_t *q, const char *address, hw_result_t *res, apr_pool_t *ptemp)
{
    const char *argv[HW_LOGIN_ARGS];
    redisReply *reply;

    return hw_queue_command(q, hw_login_failed_args(address, argv, ptemp), argv, NULL, &reply,
                            res, ptemp);
}
