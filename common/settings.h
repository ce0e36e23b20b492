/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: KEY=value files, the environment over them, one table for all of it. */
#ifndef HW_SETTINGS_H
#define HW_SETTINGS_H

#include "common/json.h"

typedef enum {
    HW_SET_TEXT, HW_SET_SECRET, HW_SET_INT, HW_SET_BOOL, HW_SET_LIST, HW_SET_URL
} hw_set_type_e;

/* One row of the table: what conf/hookwised.conf documents and a test compares with it. */
typedef struct {
    const char *name;
    hw_set_type_e type;
    const char *deflt;     /* as the user writes it; "" = none */
    long min, max;         /* HW_SET_INT: bounds, inclusive */
    const char *what;      /* one sentence, with the unit */
    const char *one_of;    /* TEXT: the words allowed; URL: the schemes; "a|b", NULL = any;
                            * LIST: not NULL = each item is name=value */
} hw_setting_t;

extern const hw_setting_t hw_settings_table[]; /* ends with name NULL */

typedef struct hw_settings_t hw_settings_t;

#define HW_SETTINGS_MAX (1024 * 1024) /* bytes of a settings file */

/* path NULL: defaults and environment only. KEY=value lines, # comments, blanks around both,
 * values in single or double quotes, "export KEY=value". In an unquoted value a # behind a blank
 * begins a comment; inside double quotes a backslash protects ", \, $ and `. A key given twice:
 * the last one wins, as in systemd and a shell. An unknown key is a warning (a HookWise .env holds
 * keys of other programs): it is listed in *unknown (array of const char *, may be NULL).
 * A variable of the same name in the environment wins over the file, an empty one too. An empty
 * value is "none" for texts, secrets, lists and URLs, and the default for numbers and booleans.
 * Errors, APR_EINVAL "bad-setting": field is "FILE:LINE: KEY" ("environment: KEY"); values of
 * secrets and URLs are never repeated. A file that cannot be read: "no-settings", field the file,
 * the status that of opening it (APR_ENOENT). */
apr_status_t hw_settings_load(const char *path, hw_settings_t **out, apr_array_header_t **unknown,
                              hw_result_t *res, apr_pool_t *p);

/* Settings that an administrator may change at run time: kept in the database, over file and
 * environment. Ends with NULL. */
extern const char *const hw_settings_changeable[];
int hw_settings_may_change(const char *name);
/* Would the table take this text? "bad-setting" with the name as field. */
apr_status_t hw_settings_check(const char *name, const char *text, hw_result_t *res,
                               apr_pool_t *p);
/* A copy of base with the members of values (texts) over it that may be changed; others, and
 * values that the table does not take, are left out. base must live as long as *out. */
apr_status_t hw_settings_over(const hw_settings_t *base, const hw_json_t *values,
                              hw_settings_t **out, hw_result_t *res, apr_pool_t *p);

/* The name must be in the table (anything else is a programming error and aborts). */
const char *hw_set_text(const hw_settings_t *s, const char *name); /* never NULL */
long hw_set_int(const hw_settings_t *s, const char *name);
int hw_set_bool(const hw_settings_t *s, const char *name);
int hw_set_given(const hw_settings_t *s, const char *name); /* it is not the default */
/* "default", "file", "environment", or "database" behind hw_settings_over. */
const char *hw_set_source(const hw_settings_t *s, const char *name);
/* {NAME: {"value": text or null for none, "source": as above}, …} for people: secrets are
 * HW_MASKED, URLs hw_mask_url. To be put or owned. */
hw_json_t *hw_settings_json(const hw_settings_t *s, apr_pool_t *p);

/* REDIS_URL, or one made of REDIS_HOST, REDIS_PORT and REDIS_PASSWORD (URL-encoded in it). With
 * a REDIS_URL that names no password, REDIS_PASSWORD is for the caller to pass beside it. */
const char *hw_settings_redis_url(const hw_settings_t *s, apr_pool_t *p);
/* DESTINATION, or "connectwise" when CW_URL is set, else "local". */
const char *hw_settings_destination(const hw_settings_t *s);

#endif
