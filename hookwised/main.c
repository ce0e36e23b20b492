/* SPDX-License-Identifier: Apache-2.0 */
/* hookwised: options, configuration, the threads' lives, signals. */
#include <apr_file_info.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <getopt.h>
#include <malloc.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/auth.h"
#include "common/identity.h"
#include "common/result.h"
#include "common/text.h"
#include "hookwised/analysis.h"
#include "hookwised/ask.h"
#include "hookwised/catchup.h"
#include "hookwised/chores.h"
#include "hookwised/company.h"
#include "hookwised/config.h"
#include "hookwised/consume.h"
#include "hookwised/dest.h"
#include "hookwised/http.h"
#include "hookwised/item.h"
#include "hookwised/janitor.h"
#include "hookwised/lane.h"
#include "hookwised/metrics.h"
#include "hookwised/notifier.h"
#include "hookwised/reach.h"
#include "hookwised/record.h"
#include "hookwised/shard.h"
#include "hookwised/status.h"
#include "hookwised/stores.h"
#include "hookwised/worker.h"

#define DEFAULT_CONF "/etc/hookwise/hookwised.conf"
#define ARENAS 4 /* malloc arenas: one for each thread would keep what bursts once needed */

static const char usage[] =
    "usage: hookwised [-c FILE] [-t] [-n]\n"
    "\n"
    "  -c FILE    settings, default " DEFAULT_CONF " when it exists;\n"
    "             a variable of the same name in the environment wins\n"
    "  -t         check the settings and exit\n"
    "  -n         no destination is called: everything succeeds, nothing is done\n"
    "  --help     this text\n"
    "  --version  the version\n"
    "\n"
    "signals: TERM ends in order, HUP reads the settings again\n"
    "exit codes: 0 done, 100 used wrongly or bad settings, 111 the environment failed\n";

typedef struct {
    hwd_workers_t *workers;
    hwd_consumer_t *consumer;
    hwd_janitor_t *janitor;
    hwd_asker_t *asker;
    hwd_chores_t *chores;
    hwd_after_t *analyses, *messages;
} threads_t;

typedef struct {
    const char *conf;
    int test, null_destination;
} options_t;

/* --- options -------------------------------------------------------------------------------------- */

/* -1: go on; else the exit code. */
static int
read_options(int argc, char **argv, options_t *o)
{
    static const struct option longs[] = { { "help", no_argument, NULL, 'h' },
                                           { "version", no_argument, NULL, 'V' },
                                           { NULL, 0, NULL, 0 } };
    int c;

    while ((c = getopt_long(argc, argv, "c:tn", longs, NULL)) != -1) {
        switch (c) {
        case 'c':
            o->conf = optarg;
            break;
        case 't':
            o->test = 1;
            break;
        case 'n':
            o->null_destination = 1;
            break;
        case 'h':
            fputs(usage, stdout);
            return HW_EXIT_OK;
        case 'V':
            puts("hookwised " HW_VERSION);
            return HW_EXIT_OK;
        default:
            fputs(usage, stderr);
            return HW_EXIT_USAGE;
        }
    }
    if (optind == argc)
        return -1;
    fprintf(stderr, "hookwised: unexpected argument \"%s\"\n%s", argv[optind], usage);
    return HW_EXIT_USAGE;
}

/* --- configuration -------------------------------------------------------------------------------- */

static apr_status_t
read_settings(hwd_t *d, hw_result_t *res)
{
    apr_array_header_t *unknown = NULL;
    hw_settings_t *settings = NULL;
    hw_level_e level = HW_LOG_INFO;
    apr_status_t rv;

    if (d->conf_path == NULL && access(DEFAULT_CONF, F_OK) == 0)
        d->conf_path = DEFAULT_CONF;
    if ((rv = hw_settings_load(d->conf_path, &settings, &unknown, res, d->p)) != APR_SUCCESS)
        return rv;
    d->settings = settings;
    hw_log_level(hw_set_text(settings, "LOG_LEVEL"), &level);
    rv = hw_log_open(hw_set_text(settings, "LOG_TARGET"), level, "hookwised", &d->log, d->p);
    if (rv != APR_SUCCESS)
        return hw_fail_field(res, rv, "no-log", "LOG_TARGET", "the log cannot be opened");
    for (int i = 0; unknown != NULL && i < unknown->nelts; i++)
        hw_log(d->log, HW_LOG_WARN, "%s: unknown setting %s", d->conf_path,
               APR_ARRAY_IDX(unknown, i, const char *));
    return APR_SUCCESS;
}

static apr_status_t
read_key(hwd_t *d, hw_result_t *res)
{
    const char *keys = hw_set_text(d->settings, "ENCRYPTION_KEY");
    hw_keyring_t *ring = NULL;
    apr_status_t rv;

    if (*keys == '\0')
        return hw_fail_field(res, APR_EINVAL, "bad-setting", "ENCRYPTION_KEY",
                             "is not set: requests are kept encrypted");
    if ((rv = hw_keyring_make(keys, &ring, res, d->p)) != APR_SUCCESS)
        return hw_result_in_field(res, "ENCRYPTION_KEY");
    d->ring = ring;
    return APR_SUCCESS;
}

static apr_status_t
check_urls(hwd_t *d, hw_result_t *res)
{
    hw_queue_t *q;
    hw_db_t *db;
    apr_status_t rv;

    d->redis = hw_queue_settings(d->settings, d->p);
    if ((rv = hw_queue_make(&d->redis, &q, res, d->p)) != APR_SUCCESS)
        return hw_result_in_field(res, "REDIS_URL");
    if ((rv = hw_db_make(hw_set_text(d->settings, "DATABASE_URL"), &db, res, d->p)) != APR_SUCCESS)
        return hw_result_in_field(res, "DATABASE_URL");
    return APR_SUCCESS;
}

static apr_status_t
check_authorities(hwd_t *d, hw_result_t *res)
{
    const char *file = hw_set_text(d->settings, "TLS_CA_FILE");
    X509_STORE *store;
    int good;

    if (*file == '\0')
        return APR_SUCCESS;
    if (access(file, R_OK) != 0)
        return hw_fail_field(res, APR_EINVAL, "bad-setting", "TLS_CA_FILE", "%s cannot be read",
                             file);
    store = X509_STORE_new();
    good = store != NULL && X509_STORE_load_locations(store, file, NULL) == 1;
    X509_STORE_free(store);
    ERR_clear_error();
    if (good)
        return APR_SUCCESS;
    return hw_fail_field(res, APR_EINVAL, "bad-setting", "TLS_CA_FILE",
                         "%s holds no certificates (PEM)", file);
}

/* "alice=owner" or "*=viewer@acme". */
static int
is_role_rule(const char *rule, apr_pool_t *p)
{
    const char *eq = strchr(rule, '=');

    if (eq == NULL || eq == rule)
        return 0;
    eq++;
    return hw_role_read(apr_pstrmemdup(p, eq, strcspn(eq, "@"))) != HW_ANYONE;
}

/* What only the admin API uses. A mistake there would shut everybody out. */
static apr_status_t
check_access(hwd_t *d, hw_result_t *res)
{
    const apr_array_header_t *rules =
        hw_text_split(hw_set_text(d->settings, "REMOTE_USER_ROLES"), ',', d->p);
    hw_cidr_t *trusted;
    apr_status_t rv = hw_cidr_parse(hw_set_text(d->settings, "GUI_TRUSTED_IPS"), &trusted, res, d->p);

    if (rv != APR_SUCCESS)
        return hw_result_in_field(res, "GUI_TRUSTED_IPS");
    for (int i = 0; i < rules->nelts; i++) {
        const char *rule = APR_ARRAY_IDX(rules, i, const char *);

        if (!is_role_rule(rule, d->p))
            return hw_fail_field(res, APR_EINVAL, "bad-setting", "REMOTE_USER_ROLES",
                                 "\"%s\" is not name=role or name=role@tenant, where a role is "
                                 "owner, admin, operator or viewer",
                                 hw_text_cut(rule, 100, d->p));
    }
    return APR_SUCCESS;
}

/* A PSA half configured is a mistake, whether it is the default destination or not. */
static apr_status_t
check_destinations(hwd_t *d, hw_result_t *res)
{
    const char *name = hw_settings_destination(d->settings);

    if (d->null_destination)
        return APR_SUCCESS;
    if (strcmp(name, "connectwise") == 0 || *hw_set_text(d->settings, "CW_URL") != '\0')
        return hwd_driver_connectwise.check(d->settings, res);
    return APR_SUCCESS;
}

static apr_status_t
configure(hwd_t *d, hw_result_t *res)
{
    apr_status_t rv;

    if ((rv = read_settings(d, res)) != APR_SUCCESS || (rv = read_key(d, res)) != APR_SUCCESS ||
        (rv = check_urls(d, res)) != APR_SUCCESS || (rv = check_authorities(d, res)) != APR_SUCCESS ||
        (rv = hwd_reach_make(d, &d->reach, res)) != APR_SUCCESS ||
        (rv = check_access(d, res)) != APR_SUCCESS)
        return rv;
    return check_destinations(d, res);
}

/* Not for the log at every start: only for who asks. */
static int
tell_good(const hwd_t *d)
{
    apr_finfo_t info;

    if (d->conf_path != NULL &&
        apr_stat(&info, d->conf_path, APR_FINFO_PROT, d->p) == APR_SUCCESS &&
        (info.protection & APR_WREAD) != 0)
        fprintf(stderr, "hookwised: warning: %s holds passwords, and everybody may read it"
                        " (chmod 640)\n", d->conf_path);
    return printf("hookwised: the settings are good\n") > 0 ? HW_EXIT_OK : HW_EXIT_TEMP;
}

/* --- lives ------------------------------------------------------------------------------------------ */

static apr_status_t
make_all(hwd_t *d, hw_result_t *res)
{
    apr_status_t rv;

    d->started = apr_time_now();
    d->started_mono = hw_clock_mono();
    d->worker = hwd_worker_name(&d->host, d->p);
    hwd_configs_make(d);
    hwd_items_make(d);
    hwd_lanes_make(d);
    hwd_shards_make(d);
    hwd_metrics_make(d);
    hwd_dests_make(d);
    hwd_catchup_make(d);
    if ((rv = hwd_stores_make(d, res)) != APR_SUCCESS ||
        (rv = hwd_recorder_make(d, res)) != APR_SUCCESS)
        return rv;
    rv = hwd_http_make(d, (int)hw_set_int(d->settings, "CW_MAX_CONNECTIONS"), &d->http, res);
    if (rv != APR_SUCCESS)
        return rv;
    rv = hwd_http_make(d, (int)hw_set_int(d->settings, "AI_THREADS") + 2, &d->llm_http, res);
    if (rv == APR_SUCCESS)
        rv = hwd_http_make(d, HWD_AFTER_THREADS + 1, &d->chat_http, res);
    return rv;
}

static apr_status_t
start_all(hwd_t *d, threads_t *t, hw_result_t *res)
{
    apr_status_t rv;

    if ((rv = hwd_chooser_start(d, &d->chooser, res)) != APR_SUCCESS)
        return rv;
    if ((rv = hwd_recorder_start(d)) != APR_SUCCESS)
        return hw_fail(res, rv, "no-threads", "the recorder's thread cannot be started");
    if ((rv = hwd_workers_start(d, (int)hw_set_int(d->settings, "WORKER_THREADS"), &t->workers,
                                res)) != APR_SUCCESS ||
        (rv = hwd_janitor_start(d, &t->janitor, res)) != APR_SUCCESS ||
        (rv = hwd_asker_start(d, &t->asker, res)) != APR_SUCCESS ||
        (rv = hwd_chores_start(d, &t->chores, res)) != APR_SUCCESS ||
        (rv = hwd_after_start(d, &hwd_analyses, &t->analyses, res)) != APR_SUCCESS ||
        (rv = hwd_after_start(d, &hwd_messages, &t->messages, res)) != APR_SUCCESS)
        return rv;
    return hwd_consumer_start(d, &t->consumer, res);
}

/* Reading ends at once; what was begun is finished, what waits stays pending in Redis. */
static int
stop_all(hwd_t *d, threads_t *t)
{
    apr_time_t deadline = hw_clock_mono() + apr_time_from_sec(HWD_DRAIN_SECONDS);
    int drained;

    hwd_notify("STOPPING=1");
    hw_log(d->log, HW_LOG_INFO, "stopping");
    atomic_store(&d->stopping, 1);
    hwd_consumer_join(t->consumer);
    hwd_lanes_stop(d->lanes);
    drained = hwd_workers_join(t->workers, deadline);
    hwd_recorder_stop(d->recorder, deadline + apr_time_from_sec(2));
    hwd_consumer_leave(t->consumer);
    hw_log(d->log, HW_LOG_INFO, "%s", drained ? "stopped"
                                              : "stopped; calls still under way are repeated");
    return drained;
}

/* Signals come to this thread alone. */
static int
live(hwd_t *d, threads_t *t, const sigset_t *set)
{
    struct timespec tick = { .tv_nsec = 100 * 1000 * 1000 };
    int ready = 0, drained;

    for (;;) {
        int sig = sigtimedwait(set, NULL, &tick);

        if (sig == SIGTERM || sig == SIGINT)
            break;
        if (sig == SIGHUP)
            atomic_store(&d->reload, 1);
        if (!ready && atomic_load(&d->published) && atomic_load(&d->consuming)) {
            hw_log(d->log, HW_LOG_INFO, "ready: %s", d->worker);
            hwd_notify("READY=1");
            ready = 1;
        }
    }
    drained = stop_all(d, t);
    if (drained) {
        hwd_janitor_join(t->janitor);
        hwd_asker_join(t->asker);
        hwd_chores_join(t->chores);
        hwd_after_join(t->analyses);
        hwd_after_join(t->messages);
        hwd_chooser_join(d->chooser);
    }
    return drained;
}

static int
fail(hwd_t *d, const hw_result_t *res)
{
    fprintf(stderr, "hookwised: %s\n", hw_result_text(res, d->p));
    return res->cls == HW_PERMANENT ? HW_EXIT_USAGE : HW_EXIT_TEMP;
}

static int
serve(hwd_t *d, hw_result_t *res)
{
    threads_t t = { 0 };
    sigset_t set;

    mallopt(M_ARENA_MAX, ARENAS);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (make_all(d, res) != APR_SUCCESS)
        return fail(d, res);
    if (start_all(d, &t, res) != APR_SUCCESS)
        _exit(fail(d, res)); /* some threads run */
    if (!live(d, &t, &set))
        _exit(HW_EXIT_OK); /* threads still in a call use what an orderly end would free */
    return HW_EXIT_OK;
}

int
main(int argc, char **argv)
{
    options_t o = { 0 };
    hw_result_t *res;
    apr_pool_t *p;
    hwd_t *d;
    int code = read_options(argc, argv, &o);

    if (code >= 0)
        return code;
    apr_initialize();
    apr_pool_create(&p, NULL);
    res = hw_result_make(p);
    d = apr_pcalloc(p, sizeof(*d));
    d->p = p;
    d->pools = hwd_pools_make(p);
    d->conf_path = o.conf;
    d->null_destination = o.null_destination;
    if (configure(d, res) != APR_SUCCESS)
        code = fail(d, res);
    else if (o.test)
        code = tell_good(d);
    else
        code = serve(d, res);
    apr_pool_destroy(p);
    apr_terminate();
    return code;
}
