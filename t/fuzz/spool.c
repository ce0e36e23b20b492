/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: the spool. Input: a segment ("HWSPOOL1…"), or one record's data. */
#include <apr_file_io.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/spool.h"
#include "t/fuzz/fuzz.h"
#include "t/lib/folder.h"

#define SEGMENT "/00000001772443800000-1-1" HW_SPOOL_SUFFIX

static void
decode(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    hw_spool_record_t rec = { .data = fuzz_copy(data, len, p), .len = len };
    hw_enqueue_t *e = NULL, *again = NULL;
    const unsigned char *bytes;

    if (hw_spool_decode(&rec, &e, NULL, p) != APR_SUCCESS)
        return;
    fuzz_check(e->event->spooled && e->event->unverified, "a spooled event is marked");
    hw_spool_encode(e, &bytes, &rec.len, p);
    rec.data = fuzz_copy(bytes, rec.len, p);
    fuzz_check(hw_spool_decode(&rec, &again, NULL, p) == APR_SUCCESS, "a record there and back");
    fuzz_check(strcmp(again->event->request_id, e->event->request_id) == 0 &&
                   again->event->body_len == e->event->body_len &&
                   again->dedup_window == e->dedup_window, "is the same");
}

/* A dead writer's segment: read to its end, however it looks; the folder drains. */
static void
drain(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    const char *dir = folder_make(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", p);
    apr_array_header_t *records = NULL, *skipped;
    hw_drain_t *dr = NULL;
    apr_int64_t waiting = 0;
    apr_file_t *file;
    int rounds = 0;

    fuzz_check(apr_file_open(&file, apr_pstrcat(p, dir, SEGMENT, NULL),
                             APR_CREATE | APR_WRITE | APR_BINARY, 0600, p) == APR_SUCCESS &&
                   apr_file_write_full(file, data, len, NULL) == APR_SUCCESS, "and a segment");
    apr_file_close(file);
    (void)hw_spool_count(dir, &waiting, NULL, p);
    fuzz_check(hw_drain_open(dir, &dr, NULL, p) == APR_SUCCESS && dr != NULL, "it can be drained");
    do {
        fuzz_check(rounds++ < 10000, "draining ends");
        if (hw_drain_next(dr, 16, &records, &skipped, NULL, p) != APR_SUCCESS)
            break;
        for (int i = 0; i < records->nelts; i++) {
            const hw_spool_record_t *r = &APR_ARRAY_IDX(records, i, hw_spool_record_t);

            decode(r->data, r->len, p);
        }
    } while (records->nelts > 0 && hw_drain_done(dr, NULL) == APR_SUCCESS);
    hw_drain_close(dr);
}

void
fuzz_one(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    if (len >= 8 && memcmp(data, "HWSPOOL", 7) == 0)
        drain(data, len, p);
    else
        decode(data, len, p);
}
