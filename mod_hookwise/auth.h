/* SPDX-License-Identifier: Apache-2.0 */
/* AuthType Hookwise and Require hookwise-role: HookWise's users for any location. */
#ifndef MHW_AUTH_H
#define MHW_AUTH_H

#include <apr_pools.h>

void mhw_auth_register(apr_pool_t *p);

#endif
