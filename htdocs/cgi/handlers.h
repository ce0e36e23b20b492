/* SPDX-License-Identifier: Apache-2.0 */
/* The handlers of the route table, by file. */
#ifndef HWC_HANDLERS_H
#define HWC_HANDLERS_H

#include "htdocs/cgi/cgi.h"

/* login.c */
hwc_fn hwc_login, hwc_logout, hwc_session_get;
/* A new session of the user, with its cookie: c->user is it then. */
apr_status_t hwc_session_begin(hwc_t *c, const char *name);

/* users.c */
hwc_fn hwc_users_list, hwc_users_add, hwc_users_get, hwc_users_change, hwc_users_delete;
/* apikeys.c */
hwc_fn hwc_apikeys_list, hwc_apikeys_add, hwc_apikeys_delete;
/* account.c: what users do with their own account */
hwc_fn hwc_password, hwc_totp;
/* audit.c */
hwc_fn hwc_audit_list;

#endif
