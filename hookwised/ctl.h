/* SPDX-License-Identifier: Apache-2.0 */
/* hookwisectl: one row of a table for each command, one file for each group of commands. */
#ifndef HWD_CTL_H
#define HWD_CTL_H

#include "common/store.h"

typedef struct {
    apr_pool_t *p;
    hw_result_t *res;
    hw_settings_t *settings;  /* NULL for commands that need no configuration and were given none */
    int json;                 /* --json: machine-readable on stdout */
    /* Opened at first use by hwd_ctl_db(), hwd_ctl_store() and hwd_ctl_queue(). */
    hw_db_t *db;
    hw_store_t *store;
    hw_queue_t *queue;
} hwd_ctl_t;

/* argv[0] is the first word after the command. Returns an exit code of HW_EXIT_*; prints its own
 * errors through hwd_ctl_fail. */
typedef int hwd_ctl_fn(hwd_ctl_t *ctl, int argc, const char *const *argv);

typedef struct {
    const char *name;      /* "endpoint", "path" */
    const char *usage;     /* what follows the name on the command line; a line for each form */
    const char *what;      /* one line for --help */
    int needs_settings;    /* 1: -c FILE (or the default file) must load */
    hwd_ctl_fn *run;
} hwd_ctl_command_t;

/* "hookwisectl: <doing>: <text of the result>" on stderr; the exit code that fits its class. */
int hwd_ctl_fail(hwd_ctl_t *ctl, const char *doing);
int hwd_ctl_usage(hwd_ctl_t *ctl, const char *command, const char *why); /* HW_EXIT_USAGE */
/* A connected database; the same with ENCRYPTION_KEY's ring; a connected Redis. */
apr_status_t hwd_ctl_db(hwd_ctl_t *ctl, hw_db_t **out);
apr_status_t hwd_ctl_store(hwd_ctl_t *ctl, hw_store_t **out);
apr_status_t hwd_ctl_queue(hwd_ctl_t *ctl, hw_queue_t **out);
/* A whole file, or stdin for "-" or NULL; bounded by HW_MAX_BODY_HARD. */
apr_status_t hwd_ctl_slurp(hwd_ctl_t *ctl, const char *path, const char **text, apr_size_t *len);
/* Who stands in the audit log. */
/* A word to standard error: the configured password is shorter than one may choose. */
void hwd_ctl_warn_password(void);
const hw_actor_t *hwd_ctl_actor(hwd_ctl_t *ctl);
/* Indented JSON and a line end on stdout. */
void hwd_ctl_print(hwd_ctl_t *ctl, const hw_json_t *v);

/* Options of one command: "--name value" or "--name=value" when it takes one, else a switch. */
typedef struct {
    const char *name;   /* "--limit"; a table ends with NULL */
    int takes_value;
    const char *value;  /* NULL = not given; "" for a switch */
} hwd_ctl_opt_t;
/* Fills the table and gives the other words; "--" ends the options. An unknown option or a missing
 * value prints usage and gives 0. */
int hwd_ctl_opts(hwd_ctl_t *ctl, const char *command, hwd_ctl_opt_t *opts, int argc,
                 const char *const *argv, apr_array_header_t **words);
const char *hwd_ctl_opt(const hwd_ctl_opt_t *opts, const char *name); /* NULL = not given */

/* A decimal number within bounds: 1, else 0. */
int hwd_ctl_number(const char *text, long min, long max, long *out);

/* Commands with subcommands. The store is open when one runs. */
typedef struct {
    hw_store_t *s;
    const char *const *words; /* behind the subcommand */
    int nwords;
    const hwd_ctl_opt_t *opts;
} hwd_ctl_call_t;
typedef struct {
    const char *name;         /* a table ends with NULL */
    int min, max;             /* words it takes */
    const char *needs;        /* said when there are fewer or more */
    int (*run)(hwd_ctl_t *ctl, const hwd_ctl_call_t *c);
} hwd_ctl_sub_t;
int hwd_ctl_subcommand(hwd_ctl_t *ctl, const char *command, const hwd_ctl_sub_t *subs,
                       hwd_ctl_opt_t *opts, int argc, const char *const *argv);

/* Publishes one endpoint (NULL = all) after a change was saved; when Redis does not answer it says
 * so and gives HW_EXIT_TEMP. */
int hwd_ctl_publish(hwd_ctl_t *ctl, hw_store_t *s, const char *id);
/* {"<name>": text, …} on stdout, pairs end with NULL. */
void hwd_ctl_print_pairs(hwd_ctl_t *ctl, ...);

/* A table for people: columns as wide as their widest cell, two blanks between. Cells are shown
 * on one line, control characters as blanks. */
typedef struct hwd_table_t hwd_table_t;
hwd_table_t *hwd_table_make(hwd_ctl_t *ctl, const char *const *heads); /* heads end with NULL */
/* ncells cells from the list; NULL shows as "-". */
void hwd_table_row(hwd_table_t *t, const char *const *cells);
/* For people's terminals: what came in a payload commands none of them. Line breaks and tabs stay
 * with lines, and are blanks without; other control characters become U+FFFD. */
const char *hwd_ctl_plain(const char *text, int lines, apr_pool_t *p);
void hwd_table_print(hwd_table_t *t); /* nothing but the heads when there are no rows */

/* {"items":[…],"next":…} with --json, else the table and a word on the next page. Takes items. */
void hwd_ctl_print_list(hwd_ctl_t *ctl, hw_json_t *items, const char *next, hwd_table_t *table);

hwd_ctl_fn hwd_ctl_migrate; /* ctl_schema.c */
hwd_ctl_fn hwd_ctl_user;    /* ctl_user.c */
hwd_ctl_fn hwd_ctl_history, hwd_ctl_replay, hwd_ctl_incident; /* ctl_history.c */
hwd_ctl_fn hwd_ctl_tenantmap, hwd_ctl_maintenance, hwd_ctl_cache, hwd_ctl_reseal,
    hwd_ctl_import,
    hwd_ctl_export;         /* ctl_config.c */
hwd_ctl_fn hwd_ctl_health;  /* ctl_health.c */
hwd_ctl_fn hwd_ctl_endpoint; /* ctl_endpoint.c */
hwd_ctl_fn hwd_ctl_path;    /* ctl_explain.c */
hwd_ctl_fn hwd_ctl_explain; /* ctl_explain.c */

#endif
