/* SPDX-License-Identifier: Apache-2.0 */
/* Who may post to an endpoint: the record the module checks requests against, and the check. */
#ifndef HW_AUTH_H
#define HW_AUTH_H

#include "common/crypto.h"
#include "common/json.h"

/* The published record of an endpoint, JSON in the Redis hash "hw:ep" (id → record), its version
 * in "hw:epv" (id → version). Version = first 16 hex digits of SHA-256 of the record's text:
 * publishing the same again changes nothing.
 *   {"id","name","tenant","preset","enabled":bool,"draft":bool,
 *    "bearer":bool,"tokens":[{"sha256":hex,"until":epoch seconds or 0}],
 *    "hmac":Fernet token or null,"auth":Fernet token or null,"trusted_ips":text or null,
 *    "success_code":int,"max_body_kb":int,"rate_limit":int or null (requests per minute),
 *    "dedup_window_seconds":int}
 * "auth" holds a JSON list of entries with their secrets (common/auth_scheme.h).
 */
typedef struct hw_cidr_t hw_cidr_t;

typedef struct {
    const char *id, *name, *tenant, *version;
    const char *credentials;     /* version of what decides who may post, see below */
    int enabled, draft;
    int bearer;
    apr_array_header_t *tokens;  /* of hw_auth_token_t */
    const char *hmac_secret;     /* clear text, or NULL */
    apr_size_t hmac_secret_len;
    apr_array_header_t *schemes; /* of hw_scheme_t *: one of them must be satisfied, if any */
    const hw_cidr_t *trusted;    /* NULL = every address */
    int success_code;
    apr_size_t max_body;         /* bytes */
    int rate_per_minute;         /* 0 = none */
    int dedup_window;            /* seconds, 0 = none */
} hw_auth_t;

typedef struct {
    unsigned char sha256[32];
    apr_time_t until; /* 0 = for good */
} hw_auth_token_t;

/* ring may be NULL when the record holds no Fernet token. The result is read-only. Errors:
 * APR_EINVAL "bad-record", "bad-token" (wrong key). */
apr_status_t hw_auth_parse(const char *record, apr_size_t len, const hw_keyring_t *ring,
                           hw_auth_t **out, hw_result_t *res, apr_pool_t *p);
const char *hw_auth_version(const char *record, apr_size_t len, apr_pool_t *p);
/* 16 hex digits over those members that decide whether a request gets in (enabled, draft, bearer,
 * tokens, hmac, auth, trusted_ips): a new name or limit does not change it. NULL for a text that
 * is no record. An event carries it, for a worker to compare when Redis could not. */
const char *hw_auth_credentials(const char *record, apr_size_t len, apr_pool_t *p);

/* What a request shows. Header values as sent, NULL when absent. */
typedef struct {
    const char *ip;            /* after mod_remoteip */
    const char *authorization; /* Authorization */
    const char *query_token;   /* token= of the query string, URL-decoded */
    const char *signature;     /* X-HookWise-Signature */
    const apr_table_t *headers; /* all of them, by name in any case; NULL = none */
    const char *query;         /* the query string as sent, without token=; NULL = none */
    const char *header_token;  /* a header that may hold the token at this address; NULL = none */
    const char *body;
    apr_size_t body_len;
} hw_auth_request_t;

typedef enum {
    HW_AUTH_OK,
    HW_AUTH_DISABLED,      /* 403: endpoint disabled or a draft */
    HW_AUTH_ADDRESS,       /* 403: address not allowed */
    HW_AUTH_MISSING,       /* 401: no credentials where some are needed */
    HW_AUTH_WRONG          /* 401: wrong token or signature */
} hw_auth_verdict_e;

/* In two steps, so that a request is refused before its body is read: _head checks state, address
 * and token; _body the signature. Token forms: "Authorization: Bearer <token>" (scheme in any
 * case), Basic with the token as password, "?token=" for senders that can set no header, and a
 * header where the address has one for it.
 * Each of the three is asked for what the endpoint has: a token when bearer is on, a signature
 * when there is an HMAC secret, one of the further schemes when there are any: by _head when one
 * that needs no body is satisfied, or none can be, else by _body. The HMAC signature is hex in
 * either case, "sha256=" before it is accepted.
 * *scheme: "bearer", "basic", "query", "header", "none" or a further scheme's name by _head;
 * "hmac" or a further scheme's name by _body when it checked one, else left alone. Of several
 * tokens shown (header and query) one valid one is enough. */
hw_auth_verdict_e hw_auth_head(const hw_auth_t *auth, const hw_auth_request_t *req, apr_time_t now,
                               const char **scheme, apr_pool_t *ptemp);
hw_auth_verdict_e hw_auth_body(const hw_auth_t *auth, const hw_auth_request_t *req, apr_time_t now,
                               const char **scheme, apr_pool_t *ptemp);

/* What is no secret of a request: is a header of that name one that carries a further scheme's
 * secret? And the query string without such parameters (the same text when it has none). */
int hw_auth_is_secret_header(const hw_auth_t *auth, const char *name);
const char *hw_auth_public_query(const hw_auth_t *auth, const char *query, apr_pool_t *p);

/* Comma-separated addresses and CIDRs, v4 and v6; a v4-mapped v6 address equals the v4 one, and
 * otherwise v6 networks hold no v4 addresses (::/0 is every v6 address). Bits behind the prefix
 * are ignored. Errors: APR_EINVAL "bad-cidr" with the offset. NULL or blank text gives NULL. */
apr_status_t hw_cidr_parse(const char *text, hw_cidr_t **out, hw_result_t *res, apr_pool_t *p);
/* An address as history has it: "::1" for "0:0::1", "10.0.0.1" for "::ffff:10.0.0.1". NULL when text
 * is none. */
const char *hw_address_normal(const char *text, apr_pool_t *p);
/* A NULL list holds every address; a text that is no address is in none (not even in that). */
int hw_cidr_contains(const hw_cidr_t *list, const char *ip);

#endif
