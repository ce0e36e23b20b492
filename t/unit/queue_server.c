/* SPDX-License-Identifier: Apache-2.0 */
/* The queue against a real redis-server of its own: enqueue, consume, leases, status, drops. */
#include "common/queue.h"

#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "common/queue_conn.h"
#include "t/lib/tap.h"

#define EP "boiler-house"

static struct {
    apr_pool_t *p;
    hw_result_t *res;
    hw_queue_t *q;
    const char *dir, *url;
    apr_proc_t redis;
    int seq;
} t;

/* --- the server ----------------------------------------------------------------------------- */

static void
start_redis(void)
{
    const char *argv[] = { "redis-server", "--port", "0", "--unixsocket",
                           apr_pstrcat(t.p, t.dir, "/s", NULL), "--dir", t.dir, "--save", "",
                           "--appendonly", "yes", "--logfile",
                           apr_pstrcat(t.p, t.dir, "/log", NULL), NULL };
    apr_procattr_t *attr;

    apr_procattr_create(&attr, t.p);
    apr_procattr_cmdtype_set(attr, APR_PROGRAM_PATH);
    if (apr_proc_create(&t.redis, argv[0], argv, NULL, attr, t.p) != APR_SUCCESS)
        tap_diag("cannot start redis-server");
    for (int i = 0; i < 500; i++) {
        if (hw_queue_connect(t.q, t.res) == APR_SUCCESS)
            return;
        usleep(10000);
    }
    tap_diag("redis-server does not answer: %s", hw_result_text(t.res, t.p));
}

static void
stop_redis(void)
{
    int code;
    apr_exit_why_e why;

    apr_proc_kill(&t.redis, SIGTERM);
    apr_proc_wait(&t.redis, &code, &why, APR_WAIT);
}

static redisReply *
say(const char *command)
{
    redisReply *reply;

    hw_queue_commandf(t.q, &reply, t.res, t.p, command);
    return reply;
}

static long
number(const char *command)
{
    redisReply *reply = say(command);

    if (reply == NULL)
        return -999;
    return reply->type == REDIS_REPLY_STRING ? atol(reply->str) : (long)reply->integer;
}

/* --- events --------------------------------------------------------------------------------- */

static hw_event_t *
event(void)
{
    hw_event_t *ev = apr_pcalloc(t.p, sizeof(*ev));

    ev->request_id = apr_psprintf(t.p, "00000000-0000-4000-8000-%012d", ++t.seq);
    ev->endpoint_id = EP;
    ev->kind = "webhook";
    ev->received_at = apr_time_now();
    ev->source_ip = "198.51.100.4";
    ev->method = "POST";
    ev->query = "";
    ev->headers_json = "{}";
    ev->body = "{\"pressure\":\"low\"}";
    ev->body_len = strlen(ev->body);
    ev->auth_scheme = "none";
    ev->auth_version = "v1";
    ev->rejected = ev->replay_of = ev->replay_by = "";
    return ev;
}

static hw_enqueued_t
enqueue(const hw_enqueue_t *e)
{
    hw_enqueued_t out;
    apr_status_t rv = hw_enqueue(t.q, e, &out, t.res, t.p);

    if (rv != APR_SUCCESS) {
        tap_diag("enqueue: %s", hw_result_text(t.res, t.p));
        out.what = -1;
    }
    return out;
}

static void
publish(const char *version)
{
    hw_queue_commandf(t.q, &(redisReply *){ NULL }, t.res, t.p, "HSET hw:epv %s %s", EP, version);
    hw_queue_commandf(t.q, &(redisReply *){ NULL }, t.res, t.p, "HSET hw:ep %s %s", EP,
                      apr_pstrcat(t.p, "record-", version, NULL));
    say("SET hw:cfg 1");
}

static void
fresh(void)
{
    say("FLUSHALL");
    publish("v1");
}

static long
length(void)
{
    return number(apr_psprintf(t.p, "XLEN hw:s:%d", hw_event_shard(EP)));
}

/* --- tests ---------------------------------------------------------------------------------- */

static void
test_versions(void)
{
    hw_enqueue_t e = { .event = event(), .version = "v1", .config_name = "Boiler" };
    hw_enqueued_t out;
    const char *record;
    int published;

    fresh();
    is_int(enqueue(&e).what, HW_ENQ_STORED, "the right version stores");
    is_int(length(), 1, "one entry");
    is_int(number("HGET hw:m hookwise_webhooks_received_total{status=\"queued\","
                  "config_name=\"Boiler\"}"),
           1, "counted as queued");
    publish("v2");
    out = enqueue(&e);
    is_int(out.what, HW_ENQ_STALE, "an older version is refused");
    is(out.record, "record-v2", "with the record in force");
    hw_queue_record(t.q, EP, &record, &published, t.res, t.p);
    is(record, "record-v2", "the record alone");
    say("HDEL hw:epv " EP);
    is_int(enqueue(&e).what, HW_ENQ_GONE, "a deleted endpoint is gone");
    is_int(length(), 1, "neither was stored");
    hw_queue_record(t.q, "nobody", &record, &published, t.res, t.p);
    is(record, NULL, "no record");
    is_int(published, 1, "though records are published");
    e.version = NULL;
    is_int(enqueue(&e).what, HW_ENQ_STORED, "a trusted caller needs no version");
}

static void
test_flushed(void)
{
    hw_enqueue_t e = { .event = event(), .version = "v1" };
    apr_array_header_t *events, *bad;
    int shard = hw_event_shard(EP), published;
    const char *record;

    say("FLUSHALL");
    is_int(enqueue(&e).what, HW_ENQ_UNPUBLISHED, "nothing is published");
    hw_queue_record(t.q, EP, &record, &published, t.res, t.p);
    is_int(published, 0, "and the question for a record says so");
    hw_queue_ensure_group(t.q, shard, t.res, t.p);
    hw_queue_read(t.q, &shard, 1, "c1", 10, -1, &events, &bad, t.res, t.p);
    is_int(events->nelts, 1, "stored all the same");
    is_int(APR_ARRAY_IDX(events, 0, hw_event_t *)->unverified, 1, "marked unverified");
}

static void
test_duplicates(void)
{
    hw_event_t *first = event();
    hw_enqueue_t e = { .event = first, .version = "v1", .dedup_window = 30,
                       .body_sha256 = "aa11" };
    hw_enqueued_t out;

    fresh();
    is_int(enqueue(&e).what, HW_ENQ_STORED, "first body");
    is_int(enqueue(&e).what, HW_ENQ_STORED, "a retry of the very same request is stored already");
    is_int(length(), 1, "once");
    e.event = event();
    out = enqueue(&e);
    is_int(out.what, HW_ENQ_DUPLICATE, "the same body again");
    is(out.first, first->request_id, "names the first request");
    e.body_sha256 = "bb22";
    e.sender_id = "delivery-9";
    is_int(enqueue(&e).what, HW_ENQ_STORED, "another body with a sender's id");
    first = (hw_event_t *)e.event;
    e.event = event();
    e.body_sha256 = "cc33";
    out = enqueue(&e);
    is_int(out.what, HW_ENQ_DUPLICATE, "the sender's id again");
    is(out.first, first->request_id, "names its first request");
    ok(number("TTL hw:dd:" EP ":aa11") > 0, "the window expires");
    e.version = NULL;
    is_int(enqueue(&e).what, HW_ENQ_STORED, "a replay is never a duplicate");
}

static void
test_limits(void)
{
    hw_enqueue_t e = { .event = event(), .version = "v1", .rate_per_minute = 2 };
    hw_enqueued_t out;
    int stored = 0;

    fresh();
    for (int i = 0; i < 5; i++) { /* a minute may end between two of them, once */
        e.event = event();
        out = enqueue(&e);
        stored += out.what == HW_ENQ_STORED;
    }
    ok(stored == 2 || stored == 4, "rate 2 stored %d of 5", stored);
    is_int(out.what, HW_ENQ_RATE, "the rest is over the rate");
    ok(out.retry_after > 0 && out.retry_after <= 60, "try again in %d s", out.retry_after);
    fresh();
    e.rate_per_minute = 0;
    e.queue_limit = 3;
    for (stored = 0; (out = enqueue(&e)).what == HW_ENQ_STORED && stored < 10;)
        stored++;
    is_int(stored, 3, "the queue limit holds");
    is_int(out.what, HW_ENQ_FULL, "and says full");
    fresh();
    e.queue_limit = 0;
    ((hw_event_t *)e.event)->rejected = "unreadable";
    for (stored = 0; (out = enqueue(&e)).what == HW_ENQ_STORED && stored < 200;)
        stored++;
    ok(stored == HW_REJECTED_PER_MINUTE || stored == 2 * HW_REJECTED_PER_MINUTE,
       "%d rejected ones are kept", stored);
    is_int(out.what, HW_ENQ_CAPPED, "the next is capped");
    ((hw_event_t *)e.event)->refused = 1;
    for (stored = 0; (out = enqueue(&e)).what == HW_ENQ_STORED && stored < 200;)
        stored++;
    ok(stored == HW_REFUSED_PER_MINUTE || stored == 2 * HW_REFUSED_PER_MINUTE,
       "%d refused ones beside them", stored);
    is_int(out.what, HW_ENQ_CAPPED, "the next is capped");
}

/* --- several events in one call ---------------------------------------------------------------- */

#define MANY 8

/* What the script answers to each; "" and its problem where it is an error. */
static void
enqueue_many(const hw_enqueue_t *e, int n, hw_enqueued_t *out, const char **problem)
{
    hw_enqueue_text_t texts[MANY];
    const hw_enqueue_text_t *events[MANY] = { NULL };
    redisReply *reply;

    for (int i = 0; i < n; i++) {
        hw_enqueue_text(&e[i], &texts[i], t.p);
        events[i] = &texts[i];
    }
    hw_queue_append_events(t.q, events, n, t.res);
    hw_queue_reply(t.q, &reply, t.res, t.p);
    for (int i = 0; i < n; i++)
        problem[i] = hw_enqueue_result(hw_enqueue_answer(reply, i, n), &out[i], t.res, t.p) ==
                             APR_SUCCESS ? "" : apr_pstrdup(t.p, t.res->detail);
}

static hw_event_t *
event_for(const char *endpoint)
{
    hw_event_t *ev = event();

    ev->endpoint_id = endpoint;
    return ev;
}

static void
test_many(void)
{
    hw_event_t *twice = event();
    hw_enqueue_t e[MANY] = {
        { .event = event(), .version = "v1", .config_name = "Boiler" },
        { .event = event(), .version = "v0" },
        { .event = event_for("nobody"), .version = "v1" },
        { .event = twice, .version = "v1", .dedup_window = 30, .body_sha256 = "aa" },
        { .event = event(), .version = "v1", .dedup_window = 30, .body_sha256 = "aa" },
        { .event = event_for("broken"), .version = NULL },
        { .event = event(), .version = "v1" },
        { .event = event(), .version = "v1", .config_name = "Boiler" },
    };
    hw_enqueued_t out[MANY];
    const char *problem[MANY];

    fresh();
    is_int(hw_event_shard("broken") == hw_event_shard(EP), 0, "another shard");
    say(apr_psprintf(t.p, "SET hw:s:%d x", hw_event_shard("broken")));
    enqueue_many(e, MANY, out, problem);
    is_int(out[0].what, HW_ENQ_STORED, "the first is stored");
    is_int(out[1].what, HW_ENQ_STALE, "one is stale");
    is(out[1].record, "record-v1", "with the record in force");
    is_int(out[2].what, HW_ENQ_GONE, "one has no endpoint");
    is_int(out[3].what, HW_ENQ_STORED, "one is the first of its body");
    is_int(out[4].what, HW_ENQ_DUPLICATE, "one is the second");
    is(out[4].first, twice->request_id, "of that one");
    ok(strstr(problem[5], "WRONGTYPE") != NULL, "one fails: %s", problem[5]);
    is_int(out[7].what, HW_ENQ_STORED, "the last is stored");
    is_int(length(), 4, "four are");
    is_int(number("HGET hw:m hookwise_webhooks_received_total{status=\"queued\","
                  "config_name=\"Boiler\"}"),
           2, "counted together");
    enqueue_many(e + 3, 1, out, problem);
    is_int(out[0].what, HW_ENQ_STORED, "one comes again: it is stored");
    is_int(length(), 4, "already");
}

static void
test_many_limits(void)
{
    hw_enqueue_t e[MANY];
    hw_enqueued_t out[MANY];
    const char *problem[MANY];
    int shard = hw_event_shard(EP) == 0 ? 1 : 0;

    fresh();
    for (int i = 0; i < MANY; i++)
        e[i] = (hw_enqueue_t){ .event = event(), .version = "v1", .queue_limit = 5 };
    e[0].queue_limit = 0;
    say(apr_psprintf(t.p, "XADD hw:s:%d * v 1", shard));
    enqueue_many(e, MANY, out, problem);
    is_int(out[3].what, HW_ENQ_STORED, "the limit leaves room for four beside one of another shard");
    is_int(out[4].what, HW_ENQ_FULL, "the next finds it full");
    is_int(length(), 4, "none too many");
    say("SCRIPT FLUSH");
    enqueue_many(e, 2, out, problem);
    ok(strncmp(problem[0], "NOSCRIPT", 8) == 0 && strncmp(problem[1], "NOSCRIPT", 8) == 0,
       "without the script each is told so");
    hw_queue_load_scripts(t.q, t.res, t.p);
    say("REPLICAOF 127.0.0.1 1");
    enqueue_many(e, 2, out, problem);
    ok(strncmp(problem[1], "READONLY", 8) == 0, "a replica refuses all: %s", problem[1]);
    ok(t.q->c == NULL, "and the next call asks who is the master");
    say("REPLICAOF NO ONE");
    say("FLUSHALL");
    enqueue_many(e, 2, out, problem);
    is_int(out[0].what, HW_ENQ_UNPUBLISHED, "after a flush: unverified");
    is_int(out[1].what, HW_ENQ_UNPUBLISHED, "all of them");
}

static void
test_consume(void)
{
    hw_enqueue_t e = { .event = event(), .version = "v1" };
    int shard = hw_event_shard(EP);
    apr_array_header_t *events, *bad;
    const char *cursor = "0-0", *id;
    hw_event_t *ev;

    fresh();
    is_int(hw_queue_read(t.q, &shard, 1, "c1", 10, -1, &events, &bad, t.res, t.p), APR_NOTFOUND,
           "no group yet");
    is(t.res->problem, "redis-nogroup", "told apart");
    is_int(t.res->cls, HW_TEMPORARY, "temporary");
    is_int(hw_queue_ensure_group(t.q, shard, t.res, t.p), APR_SUCCESS, "the group is made");
    is_int(hw_queue_ensure_group(t.q, shard, t.res, t.p), APR_SUCCESS, "and kept");
    ((hw_event_t *)e.event)->body = "a\0b";
    ((hw_event_t *)e.event)->body_len = 3;
    enqueue(&e);
    hw_queue_commandf(t.q, &(redisReply *){ NULL }, t.res, t.p, "XADD hw:s:%d * v 1 x y", shard);
    hw_queue_commandf(t.q, &(redisReply *){ NULL }, t.res, t.p, "XADD hw:s:%d * v 99", shard);
    hw_queue_read(t.q, &shard, 1, "c1", 10, 50, &events, &bad, t.res, t.p);
    is_int(events->nelts, 1, "one event");
    is_int(bad->nelts, 2, "two entries that are none");
    is(APR_ARRAY_IDX(bad, 0, hw_bad_entry_t).why, "id: the field is missing", "why");
    is_int(APR_ARRAY_IDX(bad, 0, hw_bad_entry_t).newer, 0, "broken");
    is_int(APR_ARRAY_IDX(bad, 1, hw_bad_entry_t).newer, 1, "of a newer version");
    ev = APR_ARRAY_IDX(events, 0, hw_event_t *);
    is(ev->request_id, e.event->request_id, "its request id");
    ok(ev->body_len == 3 && memcmp(ev->body, "a\0b", 4) == 0, "the body with its NUL");
    is_int(ev->shard, shard, "its shard");
    is_int(ev->redelivered, 0, "new");
    id = ev->entry_id;

    hw_queue_claim(t.q, shard, "c2", 10, &cursor, &events, &bad, t.res, t.p);
    is_int(events->nelts, 1, "claimed by another");
    is(APR_ARRAY_IDX(events, 0, hw_event_t *)->entry_id, id, "the same entry");
    is_int(APR_ARRAY_IDX(events, 0, hw_event_t *)->redelivered, 1, "redelivered");
    is(cursor, "0-0", "through");
    hw_queue_read(t.q, &shard, 1, "c1", 10, 20, &events, &bad, t.res, t.p);
    is_int(events->nelts, 0, "nothing new within the block time");
    hw_queue_read(t.q, NULL, 0, "c1", 10, -1, &events, &bad, t.res, t.p);
    is_int(events->nelts, 0, "no shards, no events");
}

static void
test_leases(void)
{
    hw_enqueue_t e = { .event = event(), .version = "v1" };
    int shard = hw_event_shard(EP), held;
    apr_array_header_t *events, *bad;
    const char *id;

    fresh();
    hw_lease_take(t.q, shard, "host:1:aa", &held, t.res, t.p);
    is_int(held, 1, "a free shard is taken");
    hw_lease_take(t.q, shard, "host:2:bb", &held, t.res, t.p);
    is_int(held, 0, "not by a second owner");
    hw_lease_take(t.q, shard, "host:1:aa", &held, t.res, t.p);
    is_int(held, 1, "renewed by the first");
    ok(number(apr_psprintf(t.p, "PTTL hw:lease:%d", shard)) > HW_LEASE_MS / 2, "it expires");
    hw_queue_ensure_group(t.q, shard, t.res, t.p);
    enqueue(&e);
    hw_queue_read(t.q, &shard, 1, "c1", 10, -1, &events, &bad, t.res, t.p);
    id = APR_ARRAY_IDX(events, 0, hw_event_t *)->entry_id;
    is_int(hw_queue_ack(t.q, shard, "host:2:bb", &id, 1, t.res, t.p), APR_EACCES,
           "a stranger acknowledges nothing");
    is(t.res->problem, "lease-lost", "lease-lost");
    is_int(length(), 1, "the entry is still there");
    is_int(hw_queue_ack(t.q, shard, "host:1:aa", &id, 1, t.res, t.p), APR_SUCCESS,
           "the owner does");
    is_int(length(), 0, "the entry is gone");
    hw_lease_drop(t.q, shard, "host:2:bb", t.res, t.p);
    hw_lease_take(t.q, shard, "host:2:bb", &held, t.res, t.p);
    is_int(held, 0, "a stranger drops nothing");
    hw_lease_drop(t.q, shard, "host:1:aa", t.res, t.p);
    hw_lease_take(t.q, shard, "host:2:bb", &held, t.res, t.p);
    is_int(held, 1, "dropped by its owner, free for the next");
}

static void
test_status(void)
{
    hw_enqueue_t e = { .event = event(), .version = "v1" };
    hw_queue_status_t st;
    int held;

    say("FLUSHALL");
    hw_queue_status(t.q, &st, t.res, t.p);
    is_int(st.published, 0, "not published");
    is_int(st.lag, 0, "empty");
    is_int(st.oldest_seconds, 0, "no oldest");
    fresh();
    enqueue(&e);
    say("XADD hw:s:0 1600000000000-0 v 1");
    hw_lease_take(t.q, 3, "host:1:aa", &held, t.res, t.p);
    hw_lease_take(t.q, 3, "host:2:bb", &held, t.res, t.p);
    hw_lease_take(t.q, 3, "host:3:cc", &held, t.res, t.p);
    say("HSET hw:w:host:1:aa json {\"pid\":1}");
    say("HSET hw:w:host:2:bb json {\"pid\":2}");
    is_int(hw_queue_status(t.q, &st, t.res, t.p), APR_SUCCESS, "status");
    is_int(st.published, 1, "published");
    is_int(st.lag, 2, "two wait");
    ok(st.oldest_seconds > 100000000, "the oldest is old");
    is_int(st.workers, 2, "two live; the third has no status and is gone");
    is(hw_json_write(st.worker_status, t.p), "[{\"pid\":1},{\"pid\":2}]", "what they say");
    hw_queue_count(t.q, "hookwise_z_total", 2, t.res, t.p);
    hw_queue_count(t.q, "hookwise_z_total", 0.5, t.res, t.p);
    is(say("HGET hw:m hookwise_z_total")->str, "2.5", "counters add up");
}

static void
test_connection(void)
{
    hw_enqueue_t e = { .event = event(), .version = "v1" };
    hw_queue_opts_t none = { .url = apr_pstrcat(t.p, "unix:", t.dir, "/none", NULL) };
    hw_enqueued_t out;
    redisReply *reply;
    hw_queue_t *q;

    fresh();
    stop_redis();
    ok(hw_enqueue(t.q, &e, &out, t.res, t.p) != APR_SUCCESS, "a stopped server");
    is(t.res->problem, "redis-down", "redis-down");
    is_int(t.res->cls, HW_TEMPORARY, "temporary");
    start_redis();
    is_int(enqueue(&e).what, HW_ENQ_STORED, "back: reconnected, script loaded again");
    say("SCRIPT FLUSH");
    is_int(enqueue(&e).what, HW_ENQ_STORED, "scripts flushed: loaded again");
    ok(hw_queue_commandf(t.q, &reply, t.res, t.p, "HGET onlykey") != APR_SUCCESS, "a refusal");
    is(t.res->problem, "redis-error", "redis-error");
    is(t.res->detail, "ERR wrong number of arguments for 'hget' command", "its words");
    is_int(t.res->cls, HW_PERMANENT, "permanent");
    hw_queue_make(&none, &q, t.res, t.p);
    ok(hw_queue_connect(q, t.res) != APR_SUCCESS, "no socket there");
    is(t.res->detail,
       apr_pstrcat(t.p, "Redis at ", none.url, ": No such file or directory", NULL), "words");
    say("CONFIG SET requirepass hidden-pw");
    hw_queue_close(t.q);
    ok(hw_queue_connect(t.q, t.res) != APR_SUCCESS, "a password is asked for");
    is(t.res->problem, "redis-auth", "redis-auth");
    none.url = t.url;
    none.password = "hidden-pw";
    hw_queue_make(&none, &q, t.res, t.p);
    is_int(hw_queue_connect(q, t.res), APR_SUCCESS, "the right one is taken");
    none.password = "guess";
    hw_queue_make(&none, &q, t.res, t.p);
    hw_queue_connect(q, t.res);
    ok(strstr(t.res->detail, "guess") == NULL, "no password in: %s", t.res->detail);
}

int
main(void)
{
    char dir[] = "/tmp/hw-queue-XXXXXX";
    hw_queue_opts_t opts = { 0 };

    t.p = tap_start();
    signal(SIGPIPE, SIG_IGN);
    t.res = hw_result_make(t.p);
    t.dir = mkdtemp(dir);
    t.url = opts.url = apr_pstrcat(t.p, "unix:", t.dir, "/s", NULL);
    is_int(hw_queue_make(&opts, &t.q, t.res, t.p), APR_SUCCESS, "made");
    start_redis();
    test_versions();
    test_flushed();
    test_duplicates();
    test_limits();
    test_many();
    test_many_limits();
    test_consume();
    test_leases();
    test_status();
    test_connection();
    stop_redis();
    if (system(apr_pstrcat(t.p, "rm -rf ", t.dir, NULL)) != 0)
        tap_diag("%s is left over", t.dir);
    return tap_done();
}
