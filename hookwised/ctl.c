/* SPDX-License-Identifier: Apache-2.0 */
/* hookwisectl: options common to all commands, the command table, and what they share. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "common/json.h"
#include "common/result.h"
#include "common/settings.h"
#include "hookwised/ctl.h"

#define CTL_DEFAULT_CONFIG "/etc/hookwise/hookwised.conf"

static const hwd_ctl_command_t commands[] = {
    { "migrate", "", "create or upgrade the database's schema", 1, hwd_ctl_migrate },
    { "user",
      "add NAME [--role owner|admin|operator|viewer] [--tenant TENANT] [--password-stdin]\nlist\n"
      "passwd NAME [--password-stdin]\n"
      "update NAME [--role ROLE] [--tenant TENANT] [--enable|--disable] [--no-totp]\ndelete NAME",
      "users of the GUI and the admin API; passwords come from standard input or a prompt", 1,
      hwd_ctl_user },
    { "endpoint",
      "create FILE|- [--base-url URL]\nlist\nshow ID|NAME [--secrets]\n"
      "update ID|NAME FILE|-\ndelete ID|NAME\nrotate ID|NAME [--overlap SECONDS]",
      "endpoints: create and update read one document; changes are in force at once", 1,
      hwd_ctl_endpoint },
    { "history",
      "[--endpoint ID|NAME] [--status S] [--action A] [--from T] [--to T] [--source-ip IP]\n"
      " [--ticket-id ID] [--company C] [--request-id ID] [--destination D] [--tenant T] [--q TEXT]\n"
      " [--limit N] [--cursor C] [--full]\nID",
      "what came in and what became of it, newest first; with an ID all about one entry", 1,
      hwd_ctl_history },
    { "replay", "[--notify] ID...",
      "handle the requests of history entries once more; with --notify chat targets are told", 1,
      hwd_ctl_replay },
    { "incident", "list [--status open|acknowledged|closed] [--tenant T] [--limit N] [--cursor C]\n"
                  "show ID",
      "incidents of the local destination", 1, hwd_ctl_incident },
    { "tenantmap", "list\nset PATTERN COMPANY\ndelete PATTERN",
      "which tenant of a payload is which company; * and ? are wildcards", 1, hwd_ctl_tenantmap },
    { "maintenance", "on\noff\nstatus", "global maintenance mode", 1, hwd_ctl_maintenance },
    { "import", "FILE|-", "read a backup: our own, or one of HookWise in Python", 1,
      hwd_ctl_import },
    { "export", "[FILE]", "write everything that is configured, secrets sealed", 1,
      hwd_ctl_export },
    { "cache", "clear", "publish all endpoints again, look up all open tickets again", 1,
      hwd_ctl_cache },
    { "reseal", "", "seal all secrets once more, with the first key of ENCRYPTION_KEY", 1,
      hwd_ctl_reseal },
    { "health", "", "ask Redis, database, workers (111 when one is down) and destinations", 1,
      hwd_ctl_health },
    { "path", "EXPR [FILE]", "evaluate a JSONPath on a payload; prints the JSON array of results", 0,
      hwd_ctl_path },
    { "explain",
      "--endpoint FILE --payload FILE [--header 'K: V']... [--facts FILE]\n [--tenantmap FILE] "
      "[--now RFC3339] [--mask]",
      "what would happen to a payload, and why; needs no server", 0, hwd_ctl_explain },
    { .name = NULL },
};

static const hwd_ctl_command_t *
command_find(const char *name)
{
    for (const hwd_ctl_command_t *c = commands; c->name; c++)
        if (!strcmp(c->name, name))
            return c;
    return NULL;
}

static void
usage_all(FILE *out)
{
    fputs("usage: hookwisectl [-c FILE] [--json] COMMAND [ARGUMENT]...\n"
          "\n"
          "  -c FILE      settings, default " CTL_DEFAULT_CONFIG " when it exists;\n"
          "               a variable of the same name in the environment wins\n"
          "  --json       machine-readable output\n"
          "  --help       this text; after a command, how to use it\n"
          "  --version    the version\n"
          "\n"
          "commands:\n",
          out);
    for (const hwd_ctl_command_t *c = commands; c->name; c++)
        fprintf(out, "  %-12s %s\n", c->name, c->what);
    fputs("\nexit codes: 0 done, 100 used wrongly or bad input, 111 the environment failed\n", out);
}

static void
usage_one(FILE *out, const hwd_ctl_command_t *c)
{
    const char *line = c->usage, *end;

    do {
        int more = *line == ' '; /* of the line before */

        end = strchr(line, '\n');
        fprintf(out, "%s %s %s%s%.*s\n", line == c->usage ? "usage:" : "      ",
                more ? "           " : "hookwisectl", more ? "" : c->name,
                *line != '\0' && !more ? " " : "", end ? (int)(end - line) : (int)strlen(line), line);
        line = end ? end + 1 : NULL;
    } while (line);
    fprintf(out, "\n  %s\n", c->what);
}

int
hwd_ctl_usage(hwd_ctl_t *ctl, const char *command, const char *why)
{
    const hwd_ctl_command_t *c = command_find(command);

    (void)ctl;
    fprintf(stderr, "hookwisectl: %s: %s\n", command, why);
    if (c)
        usage_one(stderr, c);
    return HW_EXIT_USAGE;
}

int
hwd_ctl_fail(hwd_ctl_t *ctl, const char *doing)
{
    fprintf(stderr, "hookwisectl: %s: %s\n", doing,
            hwd_ctl_plain(hw_result_text(ctl->res, ctl->p), 1, ctl->p));
    return ctl->res->cls == HW_PERMANENT ? HW_EXIT_USAGE : HW_EXIT_TEMP;
}

apr_status_t
hwd_ctl_db(hwd_ctl_t *ctl, hw_db_t **out)
{
    const char *url = hw_set_text(ctl->settings, "DATABASE_URL");
    apr_status_t rv = APR_SUCCESS;

    if (!ctl->db) {
        if (!*url)
            return hw_fail_field(ctl->res, APR_EINVAL, "bad-setting", "DATABASE_URL", "is not set");
        rv = hw_db_make(url, &ctl->db, ctl->res, ctl->p);
        if (rv != APR_SUCCESS)
            return hw_result_in_field(ctl->res, "DATABASE_URL");
    }
    *out = ctl->db;
    return hw_db_connect(ctl->db, ctl->res);
}

apr_status_t
hwd_ctl_store(hwd_ctl_t *ctl, hw_store_t **out)
{
    const char *keys = hw_set_text(ctl->settings, "ENCRYPTION_KEY");
    hw_keyring_t *ring;
    hw_db_t *db;
    apr_status_t rv;

    if (ctl->store) {
        *out = ctl->store;
        return APR_SUCCESS;
    }
    if (!*keys)
        return hw_fail_field(ctl->res, APR_EINVAL, "bad-setting", "ENCRYPTION_KEY", "is not set");
    if ((rv = hw_keyring_make(keys, &ring, ctl->res, ctl->p)) != APR_SUCCESS)
        return hw_result_in_field(ctl->res, "ENCRYPTION_KEY");
    if ((rv = hwd_ctl_db(ctl, &db)) != APR_SUCCESS)
        return rv;
    ctl->store = apr_pcalloc(ctl->p, sizeof(*ctl->store));
    ctl->store->db = db;
    ctl->store->ring = ring;
    *out = ctl->store;
    return APR_SUCCESS;
}

apr_status_t
hwd_ctl_queue(hwd_ctl_t *ctl, hw_queue_t **out)
{
    hw_queue_opts_t opts = hw_queue_settings(ctl->settings, ctl->p);
    apr_status_t rv;

    if (!ctl->queue) {
        rv = hw_queue_make(&opts, &ctl->queue, ctl->res, ctl->p);
        if (rv != APR_SUCCESS)
            return hw_result_in_field(ctl->res, "REDIS_URL");
    }
    *out = ctl->queue;
    return hw_queue_connect(ctl->queue, ctl->res);
}

const hw_actor_t *
hwd_ctl_actor(hwd_ctl_t *ctl)
{
    hw_actor_t *by = apr_pcalloc(ctl->p, sizeof(*by));

    by->user = "hookwisectl";
    by->address = "";
    return by;
}

/* stdin has no size to ask for: both are read in pieces, and one byte over the bound is an error. */
apr_status_t
hwd_ctl_slurp(hwd_ctl_t *ctl, const char *path, const char **text, apr_size_t *len)
{
    int from_stdin = !path || !strcmp(path, "-");
    apr_size_t cap = 65536, used = 0, got;
    char *buf = NULL;
    FILE *f = from_stdin ? stdin : fopen(path, "rb");
    apr_status_t rv = APR_SUCCESS;

    if (!f)
        return hw_fail_field(ctl->res, APR_ENOENT, "no-file", path, "cannot be read: %s",
                             strerror(errno));
    do {
        char *more = realloc(buf, cap *= 2);
        if (!more) {
            rv = hw_fail_temp(ctl->res, APR_ENOMEM, "no-memory", "out of memory");
            goto leave;
        }
        buf = more;
        got = fread(buf + used, 1, cap - used, f);
        used += got;
    } while (got && used <= HW_MAX_BODY_HARD);
    if (ferror(f))
        rv = hw_fail_field(ctl->res, APR_EINVAL, "no-file", from_stdin ? "stdin" : path,
                           "cannot be read: %s", strerror(errno));
    else if (used > HW_MAX_BODY_HARD)
        rv = hw_fail_field(ctl->res, APR_ENOSPC, "too-large", from_stdin ? "stdin" : path,
                           "is larger than %d bytes", HW_MAX_BODY_HARD);
    else
        *text = apr_pstrmemdup(ctl->p, buf, used), *len = used;

leave:
    free(buf);
    if (!from_stdin)
        fclose(f);
    return rv;
}

void
hwd_ctl_print(hwd_ctl_t *ctl, const hw_json_t *v)
{
    fputs(hw_json_write_pretty(v, ctl->p), stdout);
    fputc('\n', stdout);
}

typedef struct {
    const char *config;
    int help, version;
    const char **argv; /* command and its arguments, common options taken out */
    int argc;
} ctl_args_t;

/* Options common to all are taken from anywhere before "--", so that "history --json" works. */
static int
args_split(hwd_ctl_t *ctl, int argc, const char *const *argv, ctl_args_t *out)
{
    int only_words = 0;

    out->argv = apr_pcalloc(ctl->p, sizeof(*out->argv) * (apr_size_t)(argc + 1));
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (only_words)
            out->argv[out->argc++] = a;
        else if (!strcmp(a, "--"))
            only_words = 1, out->argv[out->argc++] = a;
        else if (!strcmp(a, "--json"))
            ctl->json = 1;
        else if (!strcmp(a, "--help") || !strcmp(a, "-h"))
            out->help = 1;
        else if (!strcmp(a, "--version"))
            out->version = 1;
        else if (!strcmp(a, "-c") && i + 1 < argc)
            out->config = argv[++i];
        else if (!strcmp(a, "-c"))
            return hwd_ctl_usage(ctl, "-c", "needs a file");
        else
            out->argv[out->argc++] = a;
    }
    return HW_EXIT_OK;
}

/* A named file must be there; the default one need not. */
static int
settings_open(hwd_ctl_t *ctl, const char *config, int needed)
{
    if (!config && access(CTL_DEFAULT_CONFIG, R_OK) == 0)
        config = CTL_DEFAULT_CONFIG;
    if (!config && !needed)
        return HW_EXIT_OK;
    if (hw_settings_load(config, &ctl->settings, NULL, ctl->res, ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "settings");
    return HW_EXIT_OK;
}

static int
ctl_run(hwd_ctl_t *ctl, int argc, const char *const *argv)
{
    const hwd_ctl_command_t *c;
    ctl_args_t args = { .argc = 0 };
    int code = args_split(ctl, argc, argv, &args);

    if (code != HW_EXIT_OK)
        return code;
    if (args.version) {
        puts("hookwisectl " HW_VERSION);
        return HW_EXIT_OK;
    }
    if (!args.argc) {
        usage_all(args.help ? stdout : stderr);
        return args.help ? HW_EXIT_OK : HW_EXIT_USAGE;
    }
    if (!(c = command_find(args.argv[0]))) {
        fprintf(stderr, "hookwisectl: unknown command \"%s\"; see hookwisectl --help\n",
                args.argv[0]);
        return HW_EXIT_USAGE;
    }
    if (args.help) {
        usage_one(stdout, c);
        return HW_EXIT_OK;
    }
    if ((code = settings_open(ctl, args.config, c->needs_settings)) != HW_EXIT_OK)
        return code;
    return c->run(ctl, args.argc - 1, args.argv + 1);
}

int
main(int argc, const char *const *argv)
{
    hwd_ctl_t ctl = { .p = NULL };
    int code;

    if (apr_initialize() != APR_SUCCESS)
        return HW_EXIT_TEMP;
    if (apr_pool_create(&ctl.p, NULL) != APR_SUCCESS)
        return HW_EXIT_TEMP;
    ctl.res = hw_result_make(ctl.p);
    code = ctl_run(&ctl, argc, argv);
    if (fflush(stdout) != 0 && code == HW_EXIT_OK) {
        fprintf(stderr, "hookwisectl: output: %s\n", strerror(errno));
        code = HW_EXIT_TEMP;
    }
    apr_pool_destroy(ctl.p);
    apr_terminate();
    return code;
}
