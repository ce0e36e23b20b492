/* SPDX-License-Identifier: Apache-2.0 */
/* The directives: one table, checked when httpd reads its configuration. */
#include "mod_hookwise/config.h"

#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>
#include <string.h>

#include "common/identity.h"
#include "common/queue.h"
#include "common/result.h"
#include "common/text.h"

#define SECRET_FILE_MAX 65536 /* bytes of a password or key file */
#define KEY_NAME "ENCRYPTION_KEY"

/* --- per server, per directory ----------------------------------------------------------------- */

void *
mhw_server_make(apr_pool_t *p, server_rec *s)
{
    mhw_server_t *sc = apr_pcalloc(p, sizeof(*sc));

    (void)s;
    sc->timeout = -1;
    sc->queue_limit = -1;
    sc->max_streams = -1;
    sc->auth_failures = -1;
    return sc;
}

void *
mhw_server_merge(apr_pool_t *p, void *base, void *add)
{
    const mhw_server_t *b = base, *a = add;
    mhw_server_t *sc = apr_pmemdup(p, a, sizeof(*a));

    /* A password belongs to its Redis: it is not carried over to another one. */
    if (a->redis_url == NULL) {
        sc->redis_url = b->redis_url;
        if (a->password == NULL)
            sc->password = b->password;
    }
    if (a->ring == NULL)
        sc->ring = b->ring;
    if (a->timeout < 0)
        sc->timeout = b->timeout;
    if (a->queue_limit < 0)
        sc->queue_limit = b->queue_limit;
    if (a->max_streams < 0)
        sc->max_streams = b->max_streams;
    if (a->auth_failures < 0)
        sc->auth_failures = b->auth_failures;
    if (a->spool_dir == NULL)
        sc->spool_dir = b->spool_dir;
    return sc;
}

void *
mhw_dir_make(apr_pool_t *p, char *dir)
{
    mhw_dir_t *dc = apr_pcalloc(p, sizeof(*dc));

    (void)dir;
    dc->max_body = -1;
    return dc;
}

void *
mhw_dir_merge(apr_pool_t *p, void *base, void *add)
{
    const mhw_dir_t *b = base, *a = add;
    mhw_dir_t *dc = apr_pcalloc(p, sizeof(*dc));

    dc->max_body = a->max_body >= 0 ? a->max_body : b->max_body;
    dc->site_users = a->site_users != NULL ? a->site_users : b->site_users;
    dc->login_page = a->login_page != NULL ? a->login_page : b->login_page;
    return dc;
}

mhw_server_t *
mhw_server(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &hookwise_module);
}

mhw_dir_t *
mhw_dir(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &hookwise_module);
}

apr_interval_time_t
mhw_timeout(const mhw_server_t *sc)
{
    return sc->timeout > 0 ? sc->timeout : MHW_TIMEOUT_DEFAULT;
}

long
mhw_queue_limit(const mhw_server_t *sc)
{
    return sc->queue_limit > 0 ? sc->queue_limit : 0;
}

long
mhw_auth_failures(const mhw_server_t *sc)
{
    return sc->auth_failures >= 0 ? sc->auth_failures : MHW_FAILURES_DEFAULT;
}

int
mhw_max_streams(const mhw_server_t *sc)
{
    return sc->max_streams >= 0 ? (int)sc->max_streams : MHW_STREAMS_DEFAULT;
}

apr_size_t
mhw_max_body(const mhw_dir_t *dc)
{
    return dc->max_body > 0 ? (apr_size_t)dc->max_body : HW_MAX_BODY_HARD;
}

/* --- reading values ------------------------------------------------------------------------------ */

/* What is wrong, behind the directive's name. */
static const char *
wrong(const cmd_parms *cmd, const char *what, const char *detail)
{
    return apr_psprintf(cmd->pool, "%s: %s%s", cmd->cmd->name, what, detail);
}

/* The whole text of a small file. NULL and *error set when it cannot be read. */
static char *
read_secret_file(const cmd_parms *cmd, const char *name, const char **error)
{
    const char *path = ap_server_root_relative(cmd->pool, name);
    char *text = apr_palloc(cmd->pool, SECRET_FILE_MAX + 1);
    apr_size_t len = SECRET_FILE_MAX;
    apr_file_t *f = NULL;
    char why[128];
    apr_status_t rv;

    *error = NULL;
    if (path == NULL) {
        *error = wrong(cmd, "not a file name: ", name);
        return NULL;
    }
    rv = apr_file_open(&f, path, APR_READ | APR_BINARY, APR_OS_DEFAULT, cmd->temp_pool);
    if (rv == APR_SUCCESS) {
        rv = apr_file_read_full(f, text, SECRET_FILE_MAX, &len);
        apr_file_close(f);
        if (APR_STATUS_IS_EOF(rv))
            rv = APR_SUCCESS;
        else if (rv == APR_SUCCESS)
            rv = APR_FROM_OS_ERROR(EFBIG);
    }
    if (rv != APR_SUCCESS) {
        *error = wrong(cmd, apr_pstrcat(cmd->pool, "cannot read ", path, ": ", NULL),
                       apr_strerror(rv, why, sizeof(why)));
        return NULL;
    }
    text[len] = '\0';
    return text;
}

static int
long_value(const char *s, long min, long max, long *out)
{
    char *end;
    apr_int64_t n = apr_strtoi64(s, &end, 10);

    if (!apr_isdigit(s[0]) || *end != '\0' || n < min || n > max)
        return 0;
    *out = (long)n;
    return 1;
}

/* --- the directives ------------------------------------------------------------------------------- */

static const char *
set_redis(cmd_parms *cmd, void *dir, const char *arg)
{
    mhw_server_t *sc = mhw_server(cmd->server);
    hw_queue_opts_t opts = { .url = arg };
    hw_result_t *res = hw_result_make(cmd->temp_pool);
    hw_queue_t *q;

    (void)dir;
    if (hw_queue_make(&opts, &q, res, cmd->temp_pool) != APR_SUCCESS)
        return wrong(cmd, "", hw_result_text(res, cmd->pool));
    sc->redis_url = arg;
    return NULL;
}

static const char *
set_password_file(cmd_parms *cmd, void *dir, const char *arg)
{
    mhw_server_t *sc = mhw_server(cmd->server);
    const char *error;
    char *text = read_secret_file(cmd, arg, &error);

    (void)dir;
    if (text == NULL)
        return error;
    text[strcspn(text, "\r\n")] = '\0';
    if (text[0] == '\0')
        return wrong(cmd, "the first line is empty in ", arg);
    sc->password = text;
    return NULL;
}

static const char *
set_timeout(cmd_parms *cmd, void *dir, const char *arg)
{
    mhw_server_t *sc = mhw_server(cmd->server);

    (void)dir;
    if (!apr_isdigit(arg[0]) ||
        ap_timeout_parameter_parse(arg, &sc->timeout, "ms") != APR_SUCCESS ||
        sc->timeout < MHW_TIMEOUT_MIN || sc->timeout > MHW_TIMEOUT_MAX)
        return wrong(cmd, "a time from 10ms to 60s is expected (500, 500ms, 2s), not ", arg);
    return NULL;
}

/* Behind "KEY_NAME =", or NULL when the line is about something else. */
static char *
key_value(char *line)
{
    line += strspn(line, " \t");
    if (strncmp(line, "export", 6) == 0 && (line[6] == ' ' || line[6] == '\t'))
        line += 6 + strspn(line + 6, " \t");
    if (strncmp(line, KEY_NAME, strlen(KEY_NAME)) != 0)
        return NULL;
    line += strlen(KEY_NAME);
    line += strspn(line, " \t");
    if (*line != '=')
        return NULL;
    line++;
    line += strspn(line, " \t");
    if (*line == '"' || *line == '\'') {
        char quote[] = { *line, '\0' };

        line++;
        line[strcspn(line, quote)] = '\0';
    } else {
        line[strcspn(line, "#")] = '\0';
    }
    return line;
}

/* Of hookwised.conf the value of its last line KEY_NAME=, which hookwised takes too; else all of the
 * text. NULL: it is such a file, and has none. */
static const char *
key_text(char *text, apr_pool_t *ptemp)
{
    char *lines = apr_pstrdup(ptemp, text), *state = NULL, *found = NULL;

    for (char *line = apr_strtok(lines, "\r\n", &state); line != NULL;
         line = apr_strtok(NULL, "\r\n", &state)) {
        char *value = key_value(line);

        if (value != NULL)
            found = value;
    }
    if (found == NULL && strstr(text, KEY_NAME) != NULL)
        return NULL;
    return found != NULL ? found : text;
}

static const char *
set_key_file(cmd_parms *cmd, void *dir, const char *arg)
{
    mhw_server_t *sc = mhw_server(cmd->server);
    hw_result_t *res = hw_result_make(cmd->temp_pool);
    const char *error, *keys;
    hw_keyring_t *ring;
    char *text = read_secret_file(cmd, arg, &error);

    (void)dir;
    if (text == NULL)
        return error;
    if ((keys = key_text(text, cmd->temp_pool)) == NULL)
        return wrong(cmd, KEY_NAME " is not set in ", arg);
    keys = hw_text_trim(keys, cmd->pool);
    if (keys[0] == '\0')
        return wrong(cmd, "there is no key in ", arg);
    if (hw_keyring_make(keys, &ring, res, cmd->pool) != APR_SUCCESS)
        return wrong(cmd, apr_pstrcat(cmd->pool, arg, ": ", NULL),
                     hw_result_text(res, cmd->pool));
    sc->ring = ring;
    return NULL;
}

static const char *
set_queue_limit(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)dir;
    if (!long_value(arg, 0, 1000000000L, &mhw_server(cmd->server)->queue_limit))
        return wrong(cmd, "a number of events from 0 (no limit) to 1000000000 is expected, not ",
                     arg);
    return NULL;
}

static const char *
set_auth_failures(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)dir;
    if (!long_value(arg, 0, 1000000L, &mhw_server(cmd->server)->auth_failures))
        return wrong(cmd, "a number of failures from 0 (any number) to 1000000 is expected, not ",
                     arg);
    return NULL;
}

static const char *
set_max_streams(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)dir;
    if (!long_value(arg, 0, 100000L, &mhw_server(cmd->server)->max_streams))
        return wrong(cmd, "a number of live feeds from 0 to 100000 is expected, not ", arg);
    return NULL;
}

/* Whether httpd's children may write there shows when they start: here we are root. */
static const char *
set_spool_dir(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *path = ap_server_root_relative(cmd->pool, arg);
    apr_finfo_t info;

    (void)dir;
    if (path == NULL)
        return wrong(cmd, "not a folder's name: ", arg);
    if (apr_stat(&info, path, APR_FINFO_TYPE, cmd->temp_pool) != APR_SUCCESS ||
        info.filetype != APR_DIR)
        return wrong(cmd, "there is no folder ", path);
    mhw_server(cmd->server)->spool_dir = path;
    return NULL;
}

static const char *
set_login_page(cmd_parms *cmd, void *dir, const char *arg)
{
    if (arg[0] != '/' && strncmp(arg, "https://", 8) != 0 && strncmp(arg, "http://", 7) != 0)
        return wrong(cmd, "a path that begins with / or an address is expected, not ", arg);
    ((mhw_dir_t *)dir)->login_page = arg;
    return NULL;
}

static const char *
set_max_body(cmd_parms *cmd, void *dir, const char *arg)
{
    mhw_dir_t *dc = dir;
    long n;

    if (!long_value(arg, 1, HW_MAX_BODY_HARD, &n))
        return wrong(cmd, apr_psprintf(cmd->pool, "a number of bytes from 1 to %d is expected, not ",
                                       HW_MAX_BODY_HARD), arg);
    dc->max_body = n;
    return NULL;
}

static const char *
add_site_users(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *bad = hw_site_user_bad(arg, cmd->pool);
    mhw_dir_t *dc = dir;

    if (bad != NULL)
        return wrong(cmd, "name=role, name=role@tenant or *=role with viewer, operator, admin or "
                          "owner is expected, not ", bad);
    dc->site_users = dc->site_users != NULL ? apr_pstrcat(cmd->pool, dc->site_users, ",", arg, NULL)
                                            : arg;
    return NULL;
}

const command_rec mhw_directives[] = {
    AP_INIT_TAKE1("HookwiseRedis", set_redis, NULL, RSRC_CONF,
                  "the Redis that holds queue and endpoints: unix:/path, redis://host:port/db or "
                  "sentinel://host,host/name"),
    AP_INIT_TAKE1("HookwiseRedisPasswordFile", set_password_file, NULL, RSRC_CONF,
                  "a file whose first line is the password of that Redis"),
    AP_INIT_TAKE1("HookwiseRedisTimeout", set_timeout, NULL, RSRC_CONF,
                  "how long a request waits for Redis; milliseconds unless a unit is given"),
    AP_INIT_TAKE1("HookwiseKeyFile", set_key_file, NULL, RSRC_CONF,
                  "a file with the ENCRYPTION_KEY of hookwised"),
    AP_INIT_TAKE1("HookwiseSpoolDir", set_spool_dir, NULL, RSRC_CONF,
                  "a folder where webhooks wait on disk while Redis does not answer"),
    AP_INIT_TAKE1("HookwiseQueueLimit", set_queue_limit, NULL, RSRC_CONF,
                  "events that may wait in Redis before webhooks are answered 503; 0 = no limit"),
    AP_INIT_TAKE1("HookwiseAuthFailures", set_auth_failures, NULL, RSRC_CONF,
                  "wrong credentials of one address within a minute before it is answered 429; "
                  "0 = any number"),
    AP_INIT_TAKE1("HookwiseMaxStreams", set_max_streams, NULL, RSRC_CONF,
                  "live feeds that one child serves at a time; each holds one of its threads"),
    AP_INIT_ITERATE("HookwiseRemoteUserRoles", add_site_users, NULL, RSRC_CONF | ACCESS_CONF,
                    "users of another AuthType and their roles, as in REMOTE_USER_ROLES"),
    AP_INIT_TAKE1("HookwiseLoginPage", set_login_page, NULL, OR_AUTHCFG,
                  "where AuthType Hookwise sends a browser that opens a page and is not signed in"),
    AP_INIT_TAKE1("HookwiseMaxBody", set_max_body, NULL, RSRC_CONF | ACCESS_CONF,
                  "bytes of a request body that no endpoint's own limit goes above"),
    { NULL, { NULL }, NULL, 0, RAW_ARGS, NULL }
};
