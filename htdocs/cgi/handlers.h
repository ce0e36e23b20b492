/* SPDX-License-Identifier: Apache-2.0 */
/* The handlers of the route table, by file. */
#ifndef HWC_HANDLERS_H
#define HWC_HANDLERS_H

#include "htdocs/cgi/cgi.h"

/* login.c */
hwc_fn hwc_login, hwc_logout, hwc_session_get;
/* A new session of the user, with its cookie: c->user is it then. */
apr_status_t hwc_session_begin(hwc_t *c, const char *name);

#endif
