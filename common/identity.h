/* SPDX-License-Identifier: Apache-2.0 */
/* Who may use admin API, GUI and feed: roles, and the records of users and API keys in Redis,
 * where the web server's module finds them. */
#ifndef HW_IDENTITY_H
#define HW_IDENTITY_H

#include "common/json.h"

/* Each role may do what the ones before it may. */
typedef enum { HW_ANYONE, HW_VIEWER, HW_OPERATOR, HW_ADMIN, HW_OWNER } hw_role_e;
const char *hw_role_name(hw_role_e role); /* "anyone", "viewer" … */
/* HW_ANYONE for a word that is no role (and for "anyone" and NULL). */
hw_role_e hw_role_read(const char *word);

/* Redis hash hw:user, name → {"hash":crypt(3),"role","tenant","enabled":bool,"version":n,
 * "totp":bool}. version is another one whenever the credentials change: a session begun with an
 * older one is over.
 * Redis hash hw:key, SHA-256 of the key in hex → {"id","name","role","tenant",
 * "until":epoch seconds or 0}.
 * Redis hash hw:keyused, id of an API key → epoch seconds: the module's word that it was used,
 * until hw_publish_identity takes it into the database. */
#define HW_USER_HASH "hw:user"
#define HW_KEY_HASH  "hw:key"
#define HW_USED_HASH "hw:keyused"

typedef struct {
    const char *name;
    const char *tenant;     /* "*" = all */
    hw_role_e role;
    int enabled;
    /* Users. */
    const char *hash;
    int totp;               /* a one-time code is asked for: no Basic */
    apr_int64_t version;
    /* API keys. */
    const char *id;
    apr_time_t until;       /* 0 = for good */
} hw_identity_t;

/* A user of the site's own login in a list such as "alice=owner, bob=viewer@acme, *=viewer": name,
 * role and tenant of the first entry that fits; 0 = none does. */
int hw_site_user(const char *rules, const char *name, hw_identity_t *who, apr_pool_t *p);
/* The first entry of such a list that gives no role, or NULL. */
const char *hw_site_user_bad(const char *rules, apr_pool_t *p);


/* Records as text, and read again. name: the field of hw:user. APR_EINVAL "bad-record". */
const char *hw_identity_user_text(const hw_identity_t *who, apr_pool_t *p);
const char *hw_identity_key_text(const hw_identity_t *who, apr_pool_t *p);
apr_status_t hw_identity_user_read(const char *name, const char *text, apr_size_t len,
                                   hw_identity_t **out, hw_result_t *res, apr_pool_t *p);
apr_status_t hw_identity_key_read(const char *text, apr_size_t len, hw_identity_t **out,
                                  hw_result_t *res, apr_pool_t *p);

/* API keys: "hwk_" and 43 characters. */
#define HW_KEY_PREFIX "hwk_"
const char *hw_identity_key_new(apr_pool_t *p);
int hw_identity_is_key(const char *text);

/* What an Authorization header holds. Basic: name and secret; Bearer: secret alone. */
typedef struct {
    enum { HW_CRED_NONE, HW_CRED_BASIC, HW_CRED_BEARER } scheme;
    const char *name, *secret;
} hw_credentials_t;
/* Anything that is neither, or broken, is HW_CRED_NONE. */
hw_credentials_t hw_credentials_read(const char *authorization, apr_pool_t *p);

/* The password against the hash; for who NULL (no such user) or without a hash against one that
 * nothing fits, in the same time. */
int hw_identity_password(const hw_identity_t *who, const char *password);

#endif
