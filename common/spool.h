/* SPDX-License-Identifier: Apache-2.0 */
/* The local spool: where accepted events wait while Redis does not answer.
 *
 * A folder holds segments "<20 digits: first record's time>-<pid>-<n>.spool". One process appends
 * to a segment and holds a lock on it (flock) as long as it lives; so any other process can tell a
 * dead writer's segment from a live one's. All numbers are little-endian.
 *
 *   segment  magic "HWSPOOL1", u64 offset up to which it is drained, then records
 *   record   u32 length of data, u32 CRC-32 of time and data, u64 time (microseconds), data
 *
 * A record counts once its group is synced. After a crash the last record may be torn: readers cut
 * a dead segment there; in a live one they stop there and look again later.
 *
 * Upgrade steps: a new layout gets a new magic; readers keep knowing the old ones until no release
 * that wrote them is supported. Draining is repeatable: a record enqueued twice has the same
 * request id, and is handled once.
 */
#ifndef HW_SPOOL_H
#define HW_SPOOL_H

#include "common/queue.h"

#define HW_SPOOL_SUFFIX ".spool"
#define HW_SPOOL_SEGMENT (16 * 1024 * 1024) /* bytes after which a new segment begins */
#define HW_SPOOL_RECORD_MAX (HW_MAX_BODY_HARD + 1024 * 1024)

/* --- writing: one for each process, one thread at a time ------------------------------------- */
typedef struct hw_spool_t hw_spool_t;

/* Checks that dir is a folder we may write to; creates no file before the first append. The
 * segment is closed with p. Errors: "spool-folder". */
apr_status_t hw_spool_make(const char *dir, hw_spool_t **out, hw_result_t *res, apr_pool_t *p);

/* Appends one record; durable only after hw_spool_sync. now orders records across processes.
 * Errors are temporary ("spool-full", "spool-write"); the segment is then as it was before. */
apr_status_t hw_spool_append(hw_spool_t *sp, const void *data, apr_size_t len, apr_time_t now,
                             hw_result_t *res);
/* One fdatasync for everything appended since the last. On failure all of that is taken back. */
apr_status_t hw_spool_sync(hw_spool_t *sp, hw_result_t *res);
/* Takes back what was appended since the last sync. */
void hw_spool_undo(hw_spool_t *sp);
/* Ends the current segment (the next append begins a new one), so that it can be removed. */
void hw_spool_release(hw_spool_t *sp);

/* --- draining: one process of a host at a time ----------------------------------------------- */
typedef struct hw_drain_t hw_drain_t;

/* Takes the folder's drain lock. *out NULL with APR_SUCCESS: another process has it. The lock goes
 * with p, or with hw_drain_close. */
apr_status_t hw_drain_open(const char *dir, hw_drain_t **out, hw_result_t *res, apr_pool_t *p);
void hw_drain_close(hw_drain_t *dr);

typedef struct {
    const unsigned char *data;
    apr_size_t len;
    apr_time_t time;
} hw_spool_record_t;

/* The next up to max records over all segments, oldest first. None left (or only unfinished
 * ones): an empty array. Segments that are no spool of ours are skipped and named in *skipped
 * (array of const char *; may be NULL); a damaged record ends its dead segment, which is renamed
 * to ".damaged" and named there too: nothing is deleted that was not read. */
apr_status_t hw_drain_next(hw_drain_t *dr, int max, apr_array_header_t **records,
                           apr_array_header_t **skipped, hw_result_t *res, apr_pool_t *p);
/* The records of the last hw_drain_next are safe elsewhere: remembers it in the segments and
 * removes segments that are drained and whose writer is gone or has moved on. On failure
 * ("spool-write") dr alone remembers it: whoever goes on with it repeats nothing. */
apr_status_t hw_drain_done(hw_drain_t *dr, hw_result_t *res);
/* They are not: the next hw_drain_next hands them out again. */
void hw_drain_undo(hw_drain_t *dr);

/* Records waiting in the folder: counts by reading record heads. For start-up and status. */
apr_status_t hw_spool_count(const char *dir, apr_int64_t *count, hw_result_t *res, apr_pool_t *p);

/* --- what a record holds --------------------------------------------------------------------- */
/* An enqueue as bytes and back. Reading marks the event spooled and unverified; the
 * version it was checked against stays in the event alone, for the worker to compare. Errors:
 * "bad-record". */
void hw_spool_encode(const hw_enqueue_t *e, const unsigned char **data, apr_size_t *len,
                     apr_pool_t *p);
apr_status_t hw_spool_decode(const hw_spool_record_t *rec, hw_enqueue_t **out, hw_result_t *res,
                             apr_pool_t *p);

#endif
