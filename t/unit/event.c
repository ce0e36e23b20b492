/* SPDX-License-Identifier: Apache-2.0 */
/* The stream contract: fields of an event, there and back. */
#include "common/event.h"

#include <string.h>

#include "t/lib/tap.h"

static const hw_event_t sample = {
    .request_id = "0b6ad9a7-5d0e-4c0e-9f43-3d1a52b7c001",
    .endpoint_id = "edge-probe",
    .kind = "webhook",
    .received_at = 1795155248412000,
    .source_ip = "192.0.2.44",
    .method = "PUT",
    .query = "site=a",
    .headers_json = "{\"x-kind\":\"probe\"}",
    .body = "a\0b",
    .body_len = 3,
    .auth_scheme = "bearer",
    .auth_version = "00ff00ff00ff00ff",
    .spooled = 1,
    .refused = 1, .tell = 1,
    .rejected = "",
    .replay_of = "",
    .replay_by = "",
};

static void
round_trip(apr_pool_t *p)
{
    const char *argv[2 * HW_EVENT_MAX_FIELDS];
    apr_size_t lens[2 * HW_EVENT_MAX_FIELDS];
    int n = hw_event_to_fields(&sample, argv, lens, p);
    hw_event_t *ev = NULL;

    is_int(n, 32, "sixteen names and values");
    ok(n / 2 <= HW_EVENT_MAX_FIELDS, "within the bound");
    is(argv[0], "v", "the version comes first");
    is(argv[1], "1", "and is 1");
    is_int(hw_event_from_fields(argv, lens, n, &ev, NULL, p), APR_SUCCESS, "reads back");
    is(ev->request_id, sample.request_id, "id");
    is(ev->endpoint_id, "edge-probe", "endpoint");
    is(ev->method, "PUT", "method");
    is(ev->query, "site=a", "query");
    is(ev->headers_json, sample.headers_json, "headers");
    is_int(ev->body_len, 3, "body length with a NUL inside");
    ok(memcmp(ev->body, "a\0b", 3) == 0, "body bytes");
    ok(ev->received_at == sample.received_at, "time");
    is_int(ev->spooled, 1, "spooled");
    is_int(ev->refused, 1, "refused");
    is_int(ev->tell, 1, "chat targets are told");
    is_int(ev->unverified, 0, "verified");
    is_int(ev->shard, hw_event_shard("edge-probe"), "shard");
}

/* As an entry of version 2, whose e is that text. */
static apr_status_t
from_text(const char *text, apr_size_t len, const char *flags, hw_event_t **ev, hw_result_t *res,
          apr_pool_t *p)
{
    const char *argv[] = { "v", "2", "e", text, "b", "a\0b", "f", flags };
    apr_size_t lens[] = { 1, 1, 1, len, 1, 3, 1, strlen(flags) };

    return hw_event_from_fields(argv, lens, flags[0] != '\0' ? 8 : 6, ev, res, p);
}

static void
entries(apr_pool_t *p)
{
    hw_event_t *ev = NULL, other = sample;
    apr_size_t len;
    const char *text = hw_event_text(&sample, &len, p);

    ok(len > 5 && memcmp(text, "id=0b6", 6) == 0, "the text begins with the id");
    ok(text[len - 1] == '\0', "and ends with a NUL");
    is_int(from_text(text, len, "", &ev, NULL, p), APR_SUCCESS, "an entry of version 2");
    is(ev->request_id, sample.request_id, "id");
    is(ev->endpoint_id, "edge-probe", "endpoint");
    is(ev->query, "site=a", "a value with = in it");
    is(ev->headers_json, sample.headers_json, "headers");
    is(ev->rejected, "", "what was empty is");
    ok(ev->body_len == 3 && memcmp(ev->body, "a\0b", 3) == 0, "body bytes");
    ok(ev->received_at == sample.received_at, "time");
    is_int(ev->spooled + ev->refused + ev->tell, 3, "flags");
    is_int(ev->unverified, 0, "verified");
    is_int(from_text(text, len, "u", &ev, NULL, p), APR_SUCCESS, "flags beside the text");
    is_int(ev->unverified, 1, "unverified");
    is_int(ev->spooled + ev->refused + ev->tell, 3, "and those in the text");
    other.spooled = other.refused = other.tell = 0;
    text = hw_event_text(&other, &len, p);
    is_int(from_text(text, len, "", &ev, NULL, p), APR_SUCCESS, "no flags");
    is_int(ev->spooled + ev->refused + ev->tell + ev->unverified, 0, "none");
}

static void
bad_text(const char *text, apr_size_t len, const char *why, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_event_t *ev;

    is_int(from_text(text, len, "", &ev, res, p), APR_EINVAL, "refused: %s", why);
    is(res->detail, why, "says why");
}

static void
bad_texts(apr_pool_t *p)
{
    char many[5 * HW_EVENT_MAX_FIELDS + 5];

    bad_text("", 0, "the field is missing", p);
    bad_text("id=x\0ep=e\0t=1", 13, "it is cut off", p);
    bad_text("id=x\0ep\0t=1", 12, "a field has no value", p);
    bad_text("\0", 1, "a field has no value", p);
    for (apr_size_t i = 0; i < sizeof(many); i++)
        many[i] = "id=x"[i % 5];
    bad_text(many, sizeof(many), "it holds too many fields", p);
    bad_text(many, sizeof(many) - 5, "the field is missing", p);
}

static void
refuses(apr_pool_t *p, const char *const *argv, int n, apr_status_t want, const char *field,
        const char *text)
{
    apr_size_t lens[16];
    hw_event_t *ev;
    hw_result_t *res = hw_result_make(p);

    for (int i = 0; i < n; i++)
        lens[i] = strlen(argv[i]);
    is_int(hw_event_from_fields(argv, lens, n, &ev, res, p), want, "refused: %s", text);
    is(res->field, field, "names the field");
    is(res->detail, text, "says why");
}

static void
errors(apr_pool_t *p)
{
    static const char *const none[] = { "id", "x" };
    static const char *const newer[] = { "v", "3", "id", "x", "ep", "e", "t", "1" };
    static const char *const no_id[] = { "v", "1", "ep", "e", "t", "1" };
    static const char *const bad_t[] = { "v", "1", "id", "x", "ep", "e", "t", "1.5" };
    static const char *const least[] = { "v", "1", "id", "x", "ep", "e", "t", "15", "new", "?" };
    apr_size_t lens[10];
    hw_event_t *ev;

    refuses(p, none, 2, APR_EINVAL, "v", "a number is missing");
    refuses(p, newer, 8, APR_ENOTIMPL, "v", "version 3 is newer than 2");
    refuses(p, no_id, 6, APR_EINVAL, "id", "the field is missing");
    refuses(p, bad_t, 8, APR_EINVAL, "t", "not a decimal number");
    for (int i = 0; i < 10; i++)
        lens[i] = strlen(least[i]);
    is_int(hw_event_from_fields(least, lens, 10, &ev, NULL, p), APR_SUCCESS,
           "missing fields are empty, unknown ones ignored");
    is(ev->kind, "webhook", "kind");
    is(ev->headers_json, "{}", "headers");
    is(ev->body, "", "body");
    is(ev->replay_by, "", "replayed by nobody");
}

static void
shards(void)
{
    int seen[HW_SHARDS] = { 0 }, all = 1;
    char id[8] = "ep-000";

    is_int(hw_event_shard(""), 2166136261u % HW_SHARDS, "FNV-1a of nothing");
    is_int(hw_event_shard("a"), 0xe40c292cu % HW_SHARDS, "FNV-1a of a published vector");
    is_int(hw_event_shard("foobar"), 0xbf9cf968u % HW_SHARDS, "and of another");
    for (int i = 0; i < 400; i++) {
        id[3] = (char)('0' + i / 100);
        id[4] = (char)('0' + i / 10 % 10);
        id[5] = (char)('0' + i % 10);
        seen[hw_event_shard(id)]++;
    }
    for (int i = 0; i < HW_SHARDS; i++)
        all = all && seen[i] > 5;
    ok(all, "ids spread over all shards");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    round_trip(p);
    entries(p);
    bad_texts(p);
    errors(p);
    shards();
    return tap_done();
}
