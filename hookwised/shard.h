/* SPDX-License-Identifier: Apache-2.0 */
/* Which shards this process owns. Each lease held has an epoch: what was read under an older one
 * is no longer ours to act on. */
#ifndef HWD_SHARD_H
#define HWD_SHARD_H

#include "hookwised/daemon.h"

apr_status_t hwd_shards_make(hwd_t *d);

/* Consumer's side. Takes free shards up to a fair share (all of those nobody else takes), renews,
 * and gives away what is beyond the share. */
void hwd_shards_renew(hwd_t *d, hw_queue_t *q, hw_result_t *res);
void hwd_shards_drop_all(hwd_t *d, hw_queue_t *q);

typedef struct {
    int held;
    int claim;           /* its pending entries must be gone through before new ones are read */
    int parked;          /* events of a destination that is down were left pending */
    char parked_dest[32];
    int leaving;         /* to be given away: nothing is read from it any more */
    unsigned epoch;
    const char *cursor;  /* of claiming; "0-0" or a text in buffer */
    char buffer[64];
} hwd_shard_t;
hwd_shard_t *hwd_shard_at(hwd_shards_t *s, int shard); /* for the consumer's thread only */
/* Goes through what is pending in a shard that is held before anything new is read; the same
 * thread. */
void hwd_shard_claim(hwd_shards_t *s, int shard);

/* Any thread. */
int hwd_shard_owned(hwd_shards_t *s, int shard, unsigned epoch);
/* Owned, and surely nobody else's by now, even if this process was frozen a moment ago. */
int hwd_shard_fresh(hwd_shards_t *s, int shard, unsigned epoch);
/* An acknowledgement was refused: the lease ran out and may be ours again; the shard is gone
 * through from its start. */
void hwd_shard_rescan(hwd_shards_t *s, int shard);
void hwd_shard_count(hwd_shards_t *s, int shard, int by); /* events in flight of it */
int hwd_shards_list(hwd_shards_t *s, int *out);           /* shards held; room for HW_SHARDS */

#endif
