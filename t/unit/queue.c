/* SPDX-License-Identifier: Apache-2.0 */
/* Redis URLs, the enqueue script's arguments and answers: all that needs no server. */
#include "common/queue.h"

#include <apr_strings.h>
#include <stdlib.h>
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

/* The values of a text as hw_enqueue_text writes it, apart; -1 when it is not well formed. */
static int
values_of(const hw_enqueue_text_t *text, const char **argv, apr_size_t *lens, int max)
{
    const char *s = text->text, *end = text->text + text->len;
    int n = 0;

    while (s < end && n < max) {
        char *data;
        long len;

        if (*s++ != '$')
            return -1;
        len = strtol(s, &data, 10);
        if (strncmp(data, "\r\n", 2) != 0 || data + 2 + len + 2 > end ||
            strncmp(data + 2 + len, "\r\n", 2) != 0)
            return -1;
        lens[n] = (apr_size_t)len;
        argv[n++] = apr_pstrmemdup(p, data + 2, (apr_size_t)len);
        s = data + 2 + len + 2;
    }
    return s == end ? n : -1;
}

/* The event of an entry with those values as e and b. */
static hw_event_t *
event_of(const char *const *values, const apr_size_t *value_lens)
{
    const char *argv[] = { "v", "2", "e", values[0], "b", values[1] };
    apr_size_t lens[] = { 1, 1, 1, value_lens[0], 1, value_lens[1] };
    hw_event_t *ev = NULL;

    is_int(hw_event_from_fields(argv, lens, 6, &ev, NULL, p), APR_SUCCESS, "it reads back");
    return ev;
}

static void
test_text(void)
{
    const char *argv[80];
    apr_size_t lens[80];
    hw_event_t ev = sample(), *back;
    hw_enqueue_t e = { .event = &ev,
                       .version = "00aa00aa00aa00aa",
                       .rate_per_minute = 9,
                       .dedup_window = 60,
                       .body_sha256 = "beef",
                       .sender_id = "msg-1",
                       .queue_limit = 1000,
                       .config_name = "the \"lab\"" };
    hw_enqueue_text_t text;
    char shard[16];
    int n;

    ev.spooled = 1;
    hw_enqueue_text(&e, &text, p);
    n = values_of(&text, argv, lens, 80);
    is_int(n, 14, "values of an endpoint with rules");
    is_int(n, text.args, "as many as it says");
    apr_snprintf(shard, sizeof(shard), "hw:s:%d", hw_event_shard("printer-room"));
    is(argv[0], shard, "the endpoint's shard");
    is(argv[1], "00aa00aa00aa00aa", "version");
    is(argv[2], "printer-room", "the endpoint");
    back = event_of(argv + 3, lens + 3);
    is(back->request_id, ev.request_id, "the request id");
    is(back->endpoint_id, "printer-room", "the endpoint");
    is_int(back->spooled, 1, "flags");
    is(argv[4], ev.body, "body");
    is(argv[5], "1", "rules follow");
    is(argv[6], "9", "rate");
    is(argv[7], "60", "window");
    is(argv[8], "beef", "body hash");
    is(argv[9], apr_pstrndup(p, hw_sha256_hex("msg-1", 5, p), 32), "sender id hashed");
    is(argv[10], "1000", "queue limit");
    is(argv[11], "config_name=\"the \\\"lab\\\"\"", "labels escaped");
    is(argv[12], "", "not rejected");
    is(argv[13], ev.request_id, "the request id for the rules");
}

static void
test_short_text(void)
{
    const char *argv[80];
    apr_size_t lens[80];
    hw_event_t ev = sample();
    hw_enqueue_t e = { .event = &ev, .version = "00aa", .dedup_window = 0, .body_sha256 = "beef",
                       .sender_id = "" };
    hw_enqueue_text_t text;

    ev.body = "a\0b";
    ev.body_len = 3;
    hw_enqueue_text(&e, &text, p);
    is_int(values_of(&text, argv, lens, 80), 6, "values of an endpoint without rules");
    is_int(text.args, 6, "as many as it says");
    is(argv[5], "", "no rules: no window, no body hash; an empty sender id is none");
    ok(memcmp(argv[4], "a\0b", 4) == 0, "a body with a NUL");
    ev.body_len = 0;
    hw_enqueue_text(&e, &text, p);
    values_of(&text, argv, lens, 80);
    is(argv[4], "", "an empty body");
    e.version = NULL;
    ev.rejected = "unreadable";
    hw_enqueue_text(&e, &text, p);
    is_int(values_of(&text, argv, lens, 80), 14, "a rejected event is a rule");
    is(argv[1], "", "a trusted caller has no version");
    is(argv[12], "1", "rejected");
    is(event_of(argv + 3, lens + 3)->rejected, "unreadable", "and why");
    ev.refused = 1;
    hw_enqueue_text(&e, &text, p);
    values_of(&text, argv, lens, 80);
    is(argv[12], "2", "refused");
    ev.rejected = "";
    hw_enqueue_text(&e, &text, p);
    values_of(&text, argv, lens, 80);
    is(argv[5], "", "neither");
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
    is_int(hw_enqueue_result(&text, &out, res, p), APR_EGENERAL, "a lone word no answer has");
    text.str = "gone";
    is_int(hw_enqueue_result(&text, &out, res, p), APR_SUCCESS, "a lone word");
    is_int(out.what, HW_ENQ_GONE, "gone");
    text.str = "duplicate";
    is_int(hw_enqueue_result(&text, &out, res, p), APR_EGENERAL, "duplicate of nothing");
    is_int(hw_enqueue_result(NULL, &out, res, p), APR_EGENERAL, "no answer");
}

static void
test_parts(void)
{
    redisReply text = string_reply(REDIS_REPLY_STRING, "stored");
    redisReply err = string_reply(REDIS_REPLY_ERROR, "OOM");
    redisReply *elements[] = { &text, &err };
    redisReply all = { .type = REDIS_REPLY_ARRAY, .elements = 2, .element = elements };

    ok(hw_enqueue_answer(&all, 1, 2) == &err, "each event has its answer");
    ok(hw_enqueue_answer(&all, 1, 3) == NULL, "an answer too few is none");
    ok(hw_enqueue_answer(&text, 0, 1) == NULL, "nor is a word");
    ok(hw_enqueue_answer(&err, 4, 9) == &err, "an error is an answer to all");
}

int
main(void)
{
    const char *script = hw_enqueue_script();
    unsigned char sha[64];
    apr_size_t len;

    p = tap_start();
    test_urls();
    test_text();
    test_short_text();
    test_answers();
    test_parts();
    hw_digest("sha1", script, strlen(script), sha, &len);
    is(HW_ENQUEUE_SHA, hw_hex(sha, len, p), "HW_ENQUEUE_SHA names the script");
    is(hw_series(p, "hookwise_x_total", "a", "1", "b", "q\"\\\n", NULL),
       "hookwise_x_total{a=\"1\",b=\"q\\\"\\\\\\n\"}", "series are escaped");
    is(hw_series(p, "hookwise_up", NULL), "hookwise_up", "a series without labels");
    return tap_done();
}
