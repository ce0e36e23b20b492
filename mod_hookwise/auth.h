/* SPDX-License-Identifier: Apache-2.0 */
/* AuthType Hookwise and Require hookwise-role: HookWise's users for any location. */
#ifndef MHW_AUTH_H
#define MHW_AUTH_H

#include <apr_pools.h>
#include <httpd.h>

void mhw_auth_register(apr_pool_t *p);

/* The tenant that the request's user is bound to, "*" = all; NULL when nobody says: another AuthType
 * let the user in, and HookwiseRemoteUserRoles has no role for the name. */
const char *mhw_auth_tenant(request_rec *r);

/* For answers that take long: is who AuthType Hookwise let in still signed in, with the same role
 * and tenant? 1 also when another AuthType did, and when Redis cannot say. Renews no session. */
int mhw_auth_still(request_rec *r, apr_pool_t *ptemp);

#endif
