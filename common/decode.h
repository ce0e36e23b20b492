/* SPDX-License-Identifier: Apache-2.0 */
/* Request bytes → one JSON value, by content and not by Content-Type. */
#ifndef HW_DECODE_H
#define HW_DECODE_H

#include "common/event.h"

typedef struct {
    hw_json_t *root;     /* NULL = JSON null */
    hw_json_t *headers;  /* $headers: object of strings */
    int repaired;        /* the lenient pass changed something */
    const char *form;    /* "json", "json-string", "form", "form-json", "multipart", "query" */
    const char *charset; /* it was converted from; NULL = it is taken for UTF-8 */
    int pubsub;          /* a Google Pub/Sub envelope was opened: root is its message's data */
    int sns;             /* an SNS envelope was opened: root is the Message decoded */
    const char *sns_type;      /* NULL, or "Notification", "SubscriptionConfirmation", … */
    const char *sns_subscribe; /* SubscribeURL of a confirmation, unchecked */
} hw_decoded_t;

/* UTF-16, and what its Content-Type says is Windows-1252, becomes UTF-8. Strips a BOM, blanks and NULs at the end;
 * '{', '[' or '"' → JSON (a root string is parsed once more); else form fields, payload=/data=
 * holding JSON taken as the body; multipart; else the query string; else APR_EINVAL "unreadable"
 * with the first parser's words and offset. Everything is bounded. */
apr_status_t hw_decode(const hw_event_t *ev, hw_decoded_t **out, hw_result_t *res, apr_pool_t *p);

/* The module's question before it answers 400: would hw_decode succeed? Same code, same answer. */
int hw_decode_readable(const hw_event_t *ev, const char **why, apr_pool_t *ptemp);

#endif
