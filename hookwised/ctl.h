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
const hw_actor_t *hwd_ctl_actor(hwd_ctl_t *ctl);
/* Indented JSON and a line end on stdout. */
void hwd_ctl_print(hwd_ctl_t *ctl, const hw_json_t *v);

hwd_ctl_fn hwd_ctl_path;    /* ctl_explain.c */
hwd_ctl_fn hwd_ctl_explain; /* ctl_explain.c */

#endif
