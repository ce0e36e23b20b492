/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: events as read from a stream. Input: names and values with 0x1f between. */
#include <string.h>

#include "common/event.h"
#include "t/fuzz/fuzz.h"

#define SEPARATOR 0x1f
#define MAX       (2 * HW_EVENT_MAX_FIELDS + 8)

/* Each as hiredis gives it: a copy of its own with a NUL behind it. */
static int
split(const unsigned char *data, apr_size_t len, const char **argv, apr_size_t *lens,
      apr_pool_t *p)
{
    int n = 0;

    while (len > 0 && n < MAX) {
        const unsigned char *end = memchr(data, SEPARATOR, len);
        apr_size_t size = end != NULL ? (apr_size_t)(end - data) : len;
        fuzz_input_t piece = { data, size, p };

        argv[n] = fuzz_rest(&piece, &lens[n]);
        n++;
        size += end != NULL;
        data += size;
        len -= size;
    }
    return n;
}

static int
same(const hw_event_t *a, const hw_event_t *b)
{
    return strcmp(a->request_id, b->request_id) == 0 && strcmp(a->endpoint_id, b->endpoint_id) == 0 &&
           strcmp(a->kind, b->kind) == 0 && strcmp(a->query, b->query) == 0 &&
           strcmp(a->headers_json, b->headers_json) == 0 && a->body_len == b->body_len &&
           memcmp(a->body, b->body, a->body_len) == 0 && a->unverified == b->unverified &&
           a->spooled == b->spooled && strcmp(a->rejected, b->rejected) == 0 &&
           a->received_at == b->received_at;
}

static apr_status_t
from_entry(const hw_event_t *ev, hw_event_t **again, apr_pool_t *p)
{
    const char *argv[] = { "v", "2", "e", NULL, "b", ev->body };
    apr_size_t lens[] = { 1, 1, 1, 0, 1, ev->body_len };

    argv[3] = hw_event_text(ev, &lens[3], p);
    return hw_event_from_fields(argv, lens, 6, again, NULL, p);
}

void
fuzz_one(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    const char *argv[MAX], *out[2 * HW_EVENT_MAX_FIELDS];
    apr_size_t lens[MAX], out_lens[2 * HW_EVENT_MAX_FIELDS];
    int n = split(data, len, argv, lens, p);
    hw_event_t *ev = NULL, *again = NULL;

    if (hw_event_from_fields(argv, lens, n, &ev, NULL, p) != APR_SUCCESS)
        return;
    fuzz_check(hw_event_shard(ev->endpoint_id) >= 0 && hw_event_shard(ev->endpoint_id) < HW_SHARDS,
               "a shard there is");
    n = hw_event_to_fields(ev, out, out_lens, p);
    fuzz_check(hw_event_from_fields(out, out_lens, n, &again, NULL, p) == APR_SUCCESS,
               "an event can be written and read");
    fuzz_check(same(ev, again), "and is the same");
    fuzz_check(from_entry(ev, &again, p) == APR_SUCCESS, "also as an entry of a stream");
    fuzz_check(same(ev, again), "which is the same");
}
