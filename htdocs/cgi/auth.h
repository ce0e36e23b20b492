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

#endif
