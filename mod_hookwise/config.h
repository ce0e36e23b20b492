/* SPDX-License-Identifier: Apache-2.0 */
/* What httpd's configuration says about HookWise: per server, and per directory. */
#ifndef MHW_CONFIG_H
#define MHW_CONFIG_H

#include <httpd.h>
/* httpd.h first: the others lean on it */
#include <http_config.h>

#include "common/crypto.h"

#define MHW_TIMEOUT_DEFAULT apr_time_from_sec(2) /* HookwiseRedisTimeout */
#define MHW_TIMEOUT_MIN apr_time_from_msec(10)
#define MHW_TIMEOUT_MAX apr_time_from_sec(60)
#define MHW_FAILURES_DEFAULT 30                  /* HookwiseAuthFailures */
#define MHW_STREAMS_DEFAULT 10                   /* HookwiseMaxStreams */

extern module AP_MODULE_DECLARE_DATA hookwise_module;

typedef struct mhw_backend_t mhw_backend_t;

/* Of a server. A value not set is NULL or -1 until servers are merged. */
typedef struct {
    const char *redis_url;
    const char *password;         /* content of HookwiseRedisPasswordFile */
    const hw_keyring_t *ring;     /* content of HookwiseKeyFile */
    apr_interval_time_t timeout;
    long queue_limit;             /* events; 0 = none */
    long auth_failures;           /* of an address in a minute; 0 = any number */
    long max_streams;             /* live feeds of a child */
    const char *spool_dir;        /* NULL = no spool */
    mhw_backend_t *backend;       /* set in each child; NULL when redis_url is */
} mhw_server_t;

/* Of a directory or location. */
typedef struct {
    apr_off_t max_body;     /* bytes, -1 = not set */
    const char *site_users; /* roles of users of another AuthType; NULL = not set */
    const char *login_page; /* where AuthType Hookwise sends browsers, NULL = nowhere */
} mhw_dir_t;

extern const command_rec mhw_directives[];

void *mhw_server_make(apr_pool_t *p, server_rec *s);
void *mhw_server_merge(apr_pool_t *p, void *base, void *add);
void *mhw_dir_make(apr_pool_t *p, char *dir);
void *mhw_dir_merge(apr_pool_t *p, void *base, void *add);

mhw_server_t *mhw_server(const server_rec *s);
mhw_dir_t *mhw_dir(const request_rec *r);

/* Effective values: what was set, or the default. */
apr_interval_time_t mhw_timeout(const mhw_server_t *sc);
long mhw_queue_limit(const mhw_server_t *sc);
long mhw_auth_failures(const mhw_server_t *sc);
int mhw_max_streams(const mhw_server_t *sc);
apr_size_t mhw_max_body(const mhw_dir_t *dc);

#endif
