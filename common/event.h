/* SPDX-License-Identifier: Apache-2.0 */
/* The stream contract: what mod_hookwise writes to Redis and hookwised reads.
 *
 * One accepted request is one entry of the stream "hw:s:<shard>", shard = hw_event_shard(endpoint).
 * An event has the fields below, all byte strings. An entry has three or four:
 *
 *   v   "2"
 *   e   all fields that are not empty, but v and b: name, "=", value and a NUL, one behind the other
 *       (no value but b's holds a NUL). One text, because each value of an entry costs Redis
 *       more than its bytes do
 *   b   as below
 *   f   flags to be added to those in e
 *
 * Entries of version 1 have each field for itself. So have events in the spool and in history.
 *
 *   v   "1"
 *   id  request id: UUID, lower case; entries of one id are the same request (a retry of an
 *       enqueue whose answer was lost, or the spool's copy) and are handled once
 *   ep  endpoint id
 *   k   kind: "webhook" (also what a PSA tells of a ticket), "replay" (of a history row),
 *       "heartbeat" (made by the janitor)
 *   t   time received, microseconds since 1970 UTC, decimal
 *   ip  sender's address after mod_remoteip, text
 *   m   request method
 *   q   query string as sent, without the token ("" when none)
 *   h   headers: JSON object, lower-case names; credentials are never among them
 *   b   body, the exact bytes
 *   a   auth scheme that let it in: "bearer", "basic", "query", "hmac", "none", or a scheme's name
 *   av  version of the credentials the request was checked against (hw_auth_credentials)
 *   f   flags, a subset of "u" (unverified: the published version could not be compared when it
 *       was accepted; the worker compares before acting), "s" (came through the spool),
 *       "n" (refused, its body was not kept) and "t" (a replay that chat targets are told of)
 *   rj  why the request was rejected ("" = accepted): it is only recorded
 *   of  history id this is a replay of ("" = none)
 *   by  the user who asked for the replay ("" = none)
 *
 * Upgrade steps. A reader ignores fields it does not know and takes "" for missing ones; it leaves
 * entries with a higher "v" pending for a newer worker. Adding a field needs no new version.
 * Changing a meaning does: ship readers of both versions first, then writers.
 */
#ifndef HW_EVENT_H
#define HW_EVENT_H

#include "common/json.h"

#define HW_EVENT_VERSION 2            /* the highest that is read */
#define HW_SHARDS 16                  /* streams; fixed for the life of an installation */
#define HW_STREAM_PREFIX "hw:s:"
#define HW_STREAM_GROUP "hookwised"   /* the consumer group */
#define HW_EVENT_MAX_FIELDS 32        /* name and value pairs of one event, room to grow */

typedef struct {
    const char *request_id;
    const char *endpoint_id;
    const char *kind;
    apr_time_t received_at;
    const char *source_ip;
    const char *method;
    const char *query;        /* never NULL */
    const char *headers_json; /* never NULL: "{}" when none */
    const char *body;         /* never NULL; body_len bytes and a NUL */
    apr_size_t body_len;
    const char *auth_scheme;
    const char *auth_version;
    int unverified, spooled, refused, tell;
    const char *rejected;     /* never NULL */
    const char *replay_of;    /* never NULL */
    const char *replay_by;    /* never NULL */
    const char *entry_id;     /* stream entry it was read from; NULL before */
    int shard;
    int redelivered;          /* claimed from a dead worker or re-read: it may have acted before */
} hw_event_t;

/* Events that hookwised makes about an endpoint's silence: kind and, so that a replay of one is
 * known as well, auth scheme. Their body: {"state":"silent"|"alive", "since":RFC 3339,
 * "seen":bool (false: it never had a webhook, since is its creation), "hours":whole hours of
 * silence}. */
#define HW_KIND_HEARTBEAT "heartbeat"
int hw_event_is_heartbeat(const hw_event_t *ev);

/* A stored event happens again: of is its history id, by who asked (HW_BY_…, or a user). What its first
 * way here said of it (rejected, unverified, spooled) does not hold for the replay. */
typedef struct {
    const char *of, *by, *request_id;
    apr_time_t at;
    int tell; /* chat targets are told of it */
} hw_replay_of_t;
void hw_event_replay(hw_event_t *ev, const hw_replay_of_t *how);

/* FNV-1a 32 of the endpoint id, modulo HW_SHARDS. */
int hw_event_shard(const char *endpoint_id);

/* The field e of an entry. */
const char *hw_event_text(const hw_event_t *ev, apr_size_t *len, apr_pool_t *p);

/* Version 1: name, value, name, value … Pointers go into ev or p. Returns the count. */
int hw_event_to_fields(const hw_event_t *ev, const char **argv, apr_size_t *lens, apr_pool_t *p);

/* The reverse of either; pairs as read from Redis. Copies nothing: the pointers must outlive *out.
 * Each value must be NUL-terminated (hiredis does that). Errors: APR_EINVAL "bad-event" naming the
 * field, APR_ENOTIMPL "newer-event" for a higher version. */
apr_status_t hw_event_from_fields(const char *const *argv, const apr_size_t *lens, int argc,
                                  hw_event_t **out, hw_result_t *res, apr_pool_t *p);

#endif
