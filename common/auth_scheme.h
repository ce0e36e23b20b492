/* SPDX-License-Identifier: Apache-2.0 */
/* Further ways for senders to prove themselves: the entries of an endpoint's "auth" list. */
#ifndef HW_AUTH_SCHEME_H
#define HW_AUTH_SCHEME_H

#include "common/auth.h"

/* An entry: {"scheme": a row's name, "secret": text, "id": text, and members the row leaves open}.
 *   header            of the signature, or of the secret itself
 *   parameter         of the query string, with a name that logs hide (hw_scheme_hidden)
 *   user              of Basic credentials; the secret is the password
 *   algorithm         sha1, sha256, sha512: HMAC; ed25519: the secret is the public key
 *   encoding          of a signature: hex, base64
 *   prefix            of a signature ("sha256="); others in the same header are passed over
 *   separator         of several signatures in the header: "", ",", " "
 *   signed            what is signed: text with {body} once, {timestamp} and {id} at most once each
 *   timestamp_header  where {timestamp} comes from: seconds since 1970; without it from "t=…" among
 *                     the signatures
 *   id_header         where {id} comes from
 *   tolerance_seconds how far {timestamp} may be from our clock, 0 = it does not matter
 *   secret_form       what the key is: text (the secret's bytes), base64 (behind whsec_ or whpk_),
 *                     hex, sha256 (of the text) */
typedef enum {
    HW_SM_HEADER, HW_SM_PARAMETER, HW_SM_USER, HW_SM_ALGORITHM, HW_SM_ENCODING, HW_SM_PREFIX,
    HW_SM_SEPARATOR, HW_SM_SIGNED, HW_SM_TIMESTAMP_HEADER, HW_SM_ID_HEADER, HW_SM_TOLERANCE,
    HW_SM_SECRET_FORM, HW_SM_COUNT
} hw_scheme_member_e;

typedef struct {
    const char *name, *label;
    const char *const *choices; /* NULL = any text (HW_SM_TOLERANCE: a whole number) */
} hw_scheme_member_t;
extern const hw_scheme_member_t hw_scheme_members[HW_SM_COUNT];

typedef enum { HW_SCHEME_SIGNATURE, HW_SCHEME_HEADER, HW_SCHEME_QUERY, HW_SCHEME_BASIC }
    hw_scheme_kind_e;

typedef struct {
    const char *name, *title;
    hw_scheme_kind_e kind;
    const char *value[HW_SM_COUNT]; /* what holds when the entry does not say; NULL = nothing */
    unsigned open;                  /* bit for each member an entry may give */
    unsigned needed;                /* bit for each member it must give */
    const char *timed;              /* "signed" in place of value's when there is a timestamp header */
    int loose;                      /* the prefix may be missing */
    const char *secret;             /* what the secret is called there */
    const char *setup;              /* what to do in the sender, plain sentences */
} hw_scheme_row_t;
extern const hw_scheme_row_t hw_scheme_rows[]; /* ends with name NULL */

#define HW_SCHEME_MAX 10        /* entries of an endpoint */
#define HW_SCHEME_SECRET_MAX 512
#define HW_SCHEME_TRIED_MAX 10  /* signatures of a request that are compared with an entry */

/* An entry, ready to check requests. Read-only. */
typedef struct {
    const char *name;            /* "github", or "github:ID": what an event says let it in */
    hw_scheme_kind_e kind;
    const char *header, *parameter, *user, *algorithm, *prefix, *timestamp_header, *id_header;
    const char *text;            /* what is signed, as its template */
    int base64, loose, tolerance;
    char separator;              /* 0 = one signature */
    const unsigned char *key;    /* NULL: the secret is not known here, nothing passes */
    apr_size_t key_len;
} hw_scheme_t;

/* A list of entries → array of (hw_scheme_t *), empty for NULL. Secrets shown as stars are taken
 * for a secret that is kept elsewhere when masked is set, and refused otherwise. Errors name the
 * member, as in "auth[1].secret": APR_EINVAL "bad-type", "bad-value", "required", "unknown-field",
 * "out-of-range". */
apr_status_t hw_schemes_compile(const hw_json_t *list, int masked, apr_array_header_t **out,
                                hw_result_t *res, apr_pool_t *p);

/* Does the request satisfy the entry? HW_AUTH_OK, HW_AUTH_MISSING or HW_AUTH_WRONG. _head is for
 * the kinds that need no body (HW_AUTH_MISSING for others), _body for signatures. */
hw_auth_verdict_e hw_scheme_head(const hw_scheme_t *s, const hw_auth_request_t *req,
                                 apr_pool_t *ptemp);
hw_auth_verdict_e hw_scheme_body(const hw_scheme_t *s, const hw_auth_request_t *req,
                                 apr_time_t now, apr_pool_t *ptemp);
/* Is there a signature to check, once the body is there? */
int hw_scheme_pending(const hw_scheme_t *s, const hw_auth_request_t *req);

/* Is a query parameter of that name hidden from logs? One of its words (split at - and _) says
 * that it is a secret: key, token, secret and the like. */
int hw_scheme_hidden(const char *name, apr_size_t len);

/* The rows as JSON, for a form to be built from:
 *   [{"scheme","title","kind","secret": its label,"setup",
 *     "fields":[{"name","label","type":"text|number|choice","choices","default","required"}]}] */
hw_json_t *hw_schemes_json(apr_pool_t *p);

#endif
