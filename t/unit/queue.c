/* SPDX-License-Identifier: Apache-2.0 */
/* Redis URLs, the enqueue script's arguments and answers: all that needs no server. */
#include "common/queue.h"

#include <apr_strings.h>
#include <string.h>

#include "common/crypto.h"
#include "common/queue_conn.h"
#include "common/queue_script.h"
#include "t/lib/tap.h"

static apr_pool_t *p;

static void
refuses(const char *url, long offset, const char *words)
{
    hw_result_t *res = hw_result_make(p);
    hw_target_t t;

    is_int(hw_target_parse(url, &t, res, p), APR_EINVAL, "%s is refused", url);
    is(res->problem, "bad-url", "%s: problem", url);
    is(res->detail, words, "%s: words", url);
    is_int(res->offset, offset, "%s: offset", url);
}

static hw_target_t
takes(const char *url)
{
    hw_result_t *res = hw_result_make(p);
    hw_target_t t;

    is_int(hw_target_parse(url, &t, res, p), APR_SUCCESS, "%s is taken", url);
    return t;
}

static void
test_urls(void)
{
    hw_target_t t = takes("unix:/run/redis.sock?db=3");
    hw_host_t *h;

    is(t.path, "/run/redis.sock", "socket path");
    is_int(t.db, 3, "socket database");
    t = takes("redis://bob:s%40cret@[::1]:7000/2");
    h = &APR_ARRAY_IDX(t.hosts, 0, hw_host_t);
    is(h->name, "::1", "v6 host without brackets");
    is_int(h->port, 7000, "port");
    is(t.user, "bob", "user");
    is(t.password, "s@cret", "password decoded");
    is_int(t.db, 2, "database");
    is(t.shown, "redis://[::1]:7000/2", "shown without credentials");
    t = takes("redis://:x@cache");
    is(t.user, NULL, "no user");
    is_int(APR_ARRAY_IDX(t.hosts, 0, hw_host_t).port, 6379, "default port");
    t = takes("sentinel://:pw@s1,s2:26380/main/1");
    is_int(t.hosts->nelts, 2, "two sentinels");
    is_int(APR_ARRAY_IDX(t.hosts, 0, hw_host_t).port, 26379, "sentinels' default port");
    is_int(APR_ARRAY_IDX(t.hosts, 1, hw_host_t).port, 26380, "second port");
    is(t.master, "main", "master's name");
    is_int(t.db, 1, "database behind it");
    is(t.shown, "sentinel://s1,s2:26380/main/1", "shown without password");

    refuses("http://x", 0, "a Redis URL begins with unix:, redis:// or sentinel://");
    refuses("unix:run/s", 5, "the path of a socket begins with /");
    refuses("unix:/s?x=1", 7, "only ?db= is known behind a path");
    refuses("redis://", 8, "the host name is missing");
    refuses("redis://h:99999", 10, "the port is above 65535");
    refuses("redis://h/x", 10, "the database is not a number");
    refuses("redis://a,b", 9, "redis:// takes one host; sentinel:// takes several");
    refuses("redis://[::1", 8, "the bracket is not closed");
    refuses("sentinel://s1", 13, "the name of the master is missing");
}

static hw_event_t
sample(void)
{
    hw_event_t ev = { .request_id = "7e57d004-2b97-4e7a-b45f-5387367791cd",
                      .endpoint_id = "printer-room",
                      .kind = "webhook",
                      .received_at = 1700000000000000,
                      .source_ip = "192.0.2.7",
                      .method = "POST",
                      .query = "",
                      .headers_json = "{}",
                      .body = "{\"toner\":0}",
                      .body_len = 11,
                      .auth_scheme = "bearer",
                      .auth_version = "00aa00aa00aa00aa",
                      .rejected = "",
                      .replay_of = "",
                      .replay_by = "" };

    return ev;
}

static void
test_args(void)
{
    const char *argv[HW_ENQUEUE_MAX_ARGS];
    apr_size_t lens[HW_ENQUEUE_MAX_ARGS];
    hw_event_t ev = sample();
    hw_enqueue_t e = { .event = &ev,
                       .version = "00aa00aa00aa00aa",
                       .rate_per_minute = 9,
                       .dedup_window = 60,
                       .body_sha256 = "beef",
                       .sender_id = "msg-1",
                       .queue_limit = 1000,
                       .config_name = "the \"lab\"" };
    int n, flags;
    char shard[16];

    ev.spooled = 1;
    n = hw_enqueue_args(&e, argv, lens, p);
    flags = atoi(argv[18]);

    ok(n <= HW_ENQUEUE_MAX_ARGS, "%d arguments fit", n);
    apr_snprintf(shard, sizeof(shard), "hw:s:%d", hw_event_shard("printer-room"));
    is(argv[3], shard, "first key is the endpoint's shard");
    is(argv[10], ev.request_id, "request id");
    is(argv[13], "beef", "body hash");
    is(argv[14], apr_pstrndup(p, hw_sha256_hex("msg-1", 5, p), 32), "sender id hashed");
    is(argv[16], "config_name=\"the \\\"lab\\\"\"", "labels escaped");
    is(argv[17], "", "not rejected");
    is(argv[8 + flags - 2], "f", "the place of the flags: ARGV[1] is argv[8]");
    is(argv[8 + flags - 1], "s", "and their value");
    is_int(lens[8], 12, "lengths");
    for (int i = 19; i < n; i++)
        ok(lens[i] > 0, "argument %d is not empty", i);
    ev.rejected = "why";
    hw_enqueue_args(&e, argv, lens, p);
    is(argv[17], "1", "unreadable");
    ev.refused = 1;
    hw_enqueue_args(&e, argv, lens, p);
    is(argv[17], "2", "refused");
    ev.rejected = "";
    ev.spooled = ev.refused = 0;
    hw_enqueue_args(&e, argv, lens, p);
    is(argv[18], "0", "no flags are not sent");
    e.dedup_window = 0;
    e.sender_id = "";
    e.version = NULL;
    ev.rejected = "unreadable";
    hw_enqueue_args(&e, argv, lens, p);
    is(argv[9], "", "a trusted caller has no version");
    is(argv[13], "", "no window, no body hash");
    is(argv[14], "", "an empty sender id is none");
    is(argv[17], "1", "rejected");
}

static redisReply
string_reply(int type, char *s)
{
    redisReply r = { .type = type, .str = s, .len = s != NULL ? strlen(s) : 0 };

    return r;
}

static apr_status_t
answer(char *word, redisReply *value, hw_enqueued_t *out, hw_result_t *res)
{
    redisReply first = string_reply(REDIS_REPLY_STRING, word);
    redisReply *elements[] = { &first, value };
    redisReply all = { .type = REDIS_REPLY_ARRAY,
                       .elements = value != NULL ? 2 : 1,
                       .element = elements };

    return hw_enqueue_result(&all, out, res, p);
}

static void
test_answers(void)
{
    hw_result_t *res = hw_result_make(p);
    redisReply text = string_reply(REDIS_REPLY_STRING, "abc");
    redisReply number = { .type = REDIS_REPLY_INTEGER, .integer = 41 };
    redisReply nil = { .type = REDIS_REPLY_NIL };
    redisReply err = string_reply(REDIS_REPLY_ERROR, "NOSCRIPT No matching script.");
    hw_enqueued_t out;

    is_int(answer("stored", NULL, &out, res), APR_SUCCESS, "stored is read");
    is_int(out.what, HW_ENQ_STORED, "stored");
    answer("duplicate", &text, &out, res);
    is_int(out.what, HW_ENQ_DUPLICATE, "duplicate");
    is(out.first, "abc", "with the first one's id");
    answer("stale", &text, &out, res);
    is(out.record, "abc", "stale with the record");
    answer("rate", &number, &out, res);
    is_int(out.retry_after, 41, "rate with the seconds");
    is_int(answer("stale", &nil, &out, res), APR_EGENERAL, "stale without a record");
    is_int(res->cls, HW_TEMPORARY, "is temporary");
    is_int(answer("nonsense", NULL, &out, res), APR_EGENERAL, "an unknown word is an error");
    ok(hw_enqueue_result(&err, &out, res, p) != APR_SUCCESS, "NOSCRIPT is an error");
    is(res->problem, "redis-noscript", "told apart");
}

int
main(void)
{
    const char *script = hw_enqueue_script();
    unsigned char sha[64];
    apr_size_t len;

    p = tap_start();
    test_urls();
    test_args();
    test_answers();
    hw_digest("sha1", script, strlen(script), sha, &len);
    is(HW_ENQUEUE_SHA, hw_hex(sha, len, p), "HW_ENQUEUE_SHA names the script");
    is(hw_series(p, "hookwise_x_total", "a", "1", "b", "q\"\\\n", NULL),
       "hookwise_x_total{a=\"1\",b=\"q\\\"\\\\\\n\"}", "series are escaped");
    is(hw_series(p, "hookwise_up", NULL), "hookwise_up", "a series without labels");
    return tap_done();
}
