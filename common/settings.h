/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: KEY=value files, the environment over them, one table for all of it. */
#ifndef HW_SETTINGS_H
#define HW_SETTINGS_H

#include "common/hw.h"

typedef enum { HW_SET_TEXT, HW_SET_SECRET, HW_SET_INT, HW_SET_BOOL, HW_SET_LIST, HW_SET_URL } hw_set_type_e;

/* One row of the table: what conf/hookwised.conf documents and a test compares with it. */
typedef struct {
    const char *name;
    hw_set_type_e type;
    const char *deflt;     /* as the user writes it; "" = none */
    long min, max;         /* HW_SET_INT: bounds, inclusive */
    const char *what;      /* one sentence, with the unit */
} hw_setting_t;

extern const hw_setting_t hw_settings_table[]; /* ends with name NULL */

typedef struct hw_settings_t hw_settings_t;

/* path NULL: defaults and environment only. KEY=value lines, # comments, blanks around both,
 * values in single or double quotes, "export KEY=value". An unknown key is a warning (a HookWise
 * .env holds keys of other programs): it is listed in *unknown (array of const char *, may be
 * NULL). Errors name file, line and key: APR_EINVAL "bad-setting"; APR_ENOENT. A variable of the
 * same name in the environment wins over the file, an empty one too. */
apr_status_t hw_settings_load(const char *path, hw_settings_t **out, apr_array_header_t **unknown,
                              hw_result_t *res, apr_pool_t *p);

/* The name must be in the table (anything else is a programming error and aborts). */
const char *hw_set_text(const hw_settings_t *s, const char *name); /* never NULL */
long hw_set_int(const hw_settings_t *s, const char *name);
int hw_set_bool(const hw_settings_t *s, const char *name);
int hw_set_given(const hw_settings_t *s, const char *name); /* file or environment said it */

/* REDIS_URL, or one made of REDIS_HOST, REDIS_PORT and REDIS_PASSWORD. */
const char *hw_settings_redis_url(const hw_settings_t *s, apr_pool_t *p);
/* DESTINATION, or "connectwise" when CW_URL is set, else "local". */
const char *hw_settings_destination(const hw_settings_t *s);

#endif
