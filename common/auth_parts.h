/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by auth.c and auth_verify.c only. */
#ifndef HW_AUTH_PARTS_H
#define HW_AUTH_PARTS_H

#include "common/auth.h"

/* Name and password of an Authorization header (NULL = none) of scheme Basic; 0 when it has
 * none. */
int hw_auth_basic(const char *authorization, const char **user, const char **password,
                  apr_pool_t *ptemp);

#endif
