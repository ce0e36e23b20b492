/* SPDX-License-Identifier: Apache-2.0 */
/* Names shared by every part: version, limits, and the types all layers pass around. */
#ifndef HW_H
#define HW_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#define HW_VERSION "0.1.0"

/* Exit codes of every program of ours. */
#define HW_EXIT_OK 0     /* done */
#define HW_EXIT_USAGE 100 /* used wrongly, or bad input */
#define HW_EXIT_TEMP 111  /* the environment failed; try again */

/* Bounds on untrusted bytes. Each is a count of bytes unless its name says otherwise. */
#define HW_MAX_BODY_DEFAULT (1024 * 1024) /* an endpoint's max_body_kb default */
#define HW_MAX_BODY_HARD (32 * 1024 * 1024) /* no setting raises a body above this */
#define HW_MAX_JSON_DEPTH 128             /* nested arrays and objects */
#define HW_MAX_JSON_NODES 1000000         /* values in one document */
#define HW_MAX_BATCH 10000                /* elements of one request that become parts */
#define HW_MAX_HEADERS 64                 /* request headers kept with an event */
#define HW_MAX_HEADER_VALUE 4096          /* bytes kept of one header's value */
#define HW_MAX_EXPR 4096                  /* bytes of one expression, path or template */
#define HW_MAX_KEY_TEXT 1024              /* bytes of a dedup key before it is hashed */

typedef struct hw_result_t hw_result_t;
typedef struct hw_log_t hw_log_t;
typedef struct json_object hw_json_t; /* json-c's; see common/json.h for ownership */

#endif
