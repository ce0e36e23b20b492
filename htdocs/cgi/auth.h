/* SPDX-License-Identifier: Apache-2.0 */
/* Checking credentials: what auth.c shares with signing in. */
#ifndef HWC_AUTH_H
#define HWC_AUTH_H

#include "htdocs/cgi/cgi.h"

/* 429 "throttled" when this address has failed too often; fails without Redis. */
apr_status_t hwc_throttle(hwc_t *c);
/* Counts a failure of this address and is it: 401 with the problem and sentence. */
apr_status_t hwc_denied(hwc_t *c, const char *problem, const char *what);
/* *out NULL: no such user, disabled, or the wrong password, after the same time each. */
apr_status_t hwc_check_password(hwc_t *c, const char *name, const char *password,
                                hw_user_t **out);
void hwc_user_set(hwc_t *c, const hw_identity_t *who, const char *how);

/* May the user give this role at this tenant to somebody, or take it? Nobody gives more than he
 * has: 403 "forbidden". */
apr_status_t hwc_may_grant(hwc_t *c, const char *role, const char *tenant);
/* Users and keys into Redis after a change was saved. When Redis does not answer, hookwised does
 * it later: no session is read meanwhile either. */
void hwc_publish_identity(hwc_t *c);

/* "bad-password" of the field; text NULL = missing. */
apr_status_t hwc_check_new_password(hwc_t *c, const char *field, const char *text);

/* Members of a body. *out NULL when absent; "bad-value" for another type. */
apr_status_t hwc_text_member(hwc_t *c, const hw_json_t *body, const char *name, const char **out);
/* *out -1 when absent. */
apr_status_t hwc_bool_member(hwc_t *c, const hw_json_t *body, const char *name, int *out);
/* Refuses members that are not in the list, which ends with NULL: "unknown-field". */
apr_status_t hwc_only_members(hwc_t *c, const hw_json_t *body, const char *const *names);

#endif
