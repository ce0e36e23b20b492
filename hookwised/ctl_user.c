/* SPDX-License-Identifier: Apache-2.0 */
/* hookwisectl user: add, list, passwd, update, delete. A password never stands on the command line. */
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <apr_strings.h>

#include "common/clock.h"
#include "common/crypto.h"
#include "common/json.h"
#include "common/result.h"
#include "common/store_identity.h"
#include "hookwised/ctl.h"

#define NAME "user"
#define PASSWORD_LINE 600 /* bytes read of a line with a password */

/* One line without its end; NULL when there is none. */
static const char *
read_line(hwd_ctl_t *ctl)
{
    char line[PASSWORD_LINE];

    if (!fgets(line, sizeof(line), stdin))
        return NULL;
    line[strcspn(line, "\r\n")] = '\0';
    return apr_pstrdup(ctl->p, line);
}

static const char *
prompt(hwd_ctl_t *ctl, const char *text)
{
    struct termios before, quiet;
    const char *line;
    int shown = tcgetattr(STDIN_FILENO, &before) == 0;

    fputs(text, stderr);
    if (shown) {
        quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    line = read_line(ctl);
    if (shown)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', stderr);
    return line;
}

static const char *
prompt_twice(hwd_ctl_t *ctl)
{
    const char *first = prompt(ctl, "Password: "), *second = first ? prompt(ctl, "Again: ") : NULL;

    if (first && second && !strcmp(first, second))
        return first;
    hw_fail_field(ctl->res, APR_EINVAL, "bad-password", "password", "the two differ");
    return NULL;
}

void
hwd_ctl_warn_password(void)
{
    fprintf(stderr, "hookwisectl: warning: GUI_PASSWORD has fewer than %d characters\n",
            HW_PASSWORD_MIN);
}

/* The configured password is the site's word and is taken, by whatever way it comes. */
static int
long_enough(hwd_ctl_t *ctl, const char *password)
{
    if (!hw_password_short(password))
        return 1;
    if (*password && !strcmp(password, hw_set_text(ctl->settings, "GUI_PASSWORD"))) {
        hwd_ctl_warn_password();
        return 1;
    }
    hw_fail_field(ctl->res, APR_EINVAL, "bad-password", "password", "takes %d characters or more",
                  HW_PASSWORD_MIN);
    return 0;
}

/* From a pipe when asked to, from the terminal when there is one, else GUI_PASSWORD, which is for
 * the user GUI_USERNAME only. */
static const char *
password_of(hwd_ctl_t *ctl, const char *user, const hwd_ctl_opt_t *opts)
{
    const char *line = NULL;

    if (hwd_ctl_opt(opts, "--password-stdin")) {
        if (!(line = read_line(ctl)))
            hw_fail_field(ctl->res, APR_EINVAL, "bad-password", "stdin", "holds no password");
    } else if (isatty(STDIN_FILENO))
        line = prompt_twice(ctl);
    else if (*hw_set_text(ctl->settings, "GUI_PASSWORD") &&
             !strcmp(user, hw_set_text(ctl->settings, "GUI_USERNAME")))
        line = hw_set_text(ctl->settings, "GUI_PASSWORD");
    else
        hw_fail_field(ctl->res, APR_EINVAL, "bad-password", "password",
                      "give it on standard input with --password-stdin");
    return line && long_enough(ctl, line) ? line : NULL;
}

/* hookwised does it too, when one runs: what ends somebody's sessions does not wait for that. */
static int
publish(hwd_ctl_t *ctl, hw_store_t *s)
{
    hw_queue_t *q;

    if (hwd_ctl_queue(ctl, &q) == APR_SUCCESS &&
        hw_publish_identity(s, q, ctl->res, ctl->p) == APR_SUCCESS)
        return HW_EXIT_OK;
    fprintf(stderr, "hookwisectl: saved, but sessions and the live feed do not know yet: %s; "
                    "hookwised tells them when Redis is back\n",
            hw_result_text(ctl->res, ctl->p));
    return HW_EXIT_TEMP;
}

static int
add(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    const char *name = c->words[0], *role = hwd_ctl_opt(c->opts, "--role");
    const char *tenant = hwd_ctl_opt(c->opts, "--tenant");
    const char *password = password_of(ctl, name, c->opts);

    if (!role)
        role = "admin";
    if (!password || hw_store_user_add(c->s, name, password, role, tenant, hwd_ctl_actor(ctl),
                                       ctl->res, ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "user add");
    if (ctl->json)
        hwd_ctl_print_pairs(ctl, "name", name, "role", role, "tenant", tenant ? tenant : "*",
                            NULL);
    else
        printf("added user %s (%s)\n", name, role);
    return HW_EXIT_OK;
}

static int
passwd(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    const char *name = c->words[0], *password = password_of(ctl, name, c->opts);

    if (!password || hw_store_user_passwd(c->s, name, password, hwd_ctl_actor(ctl), ctl->res,
                                          ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "user passwd");
    if (ctl->json)
        hwd_ctl_print_pairs(ctl, "name", name, NULL);
    else
        printf("changed the password of %s\n", name);
    return publish(ctl, c->s);
}

static int
delete(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    const char *name = c->words[0];

    if (hw_store_user_delete(c->s, name, hwd_ctl_actor(ctl), ctl->res, ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "user delete");
    if (ctl->json)
        hwd_ctl_print_pairs(ctl, "name", name, NULL);
    else
        printf("removed %s\n", name);
    return publish(ctl, c->s);
}

static hw_json_t *
user_json(hwd_ctl_t *ctl, const hw_user_t *u)
{
    hw_json_t *v = json_object_new_object();

    hw_json_set_string(v, "name", u->name);
    hw_json_set_string(v, "role", u->role);
    hw_json_set_string(v, "tenant", u->tenant);
    hw_json_set_bool(v, "enabled", u->enabled);
    hw_json_set_string(v, "created_at", hw_time_rfc3339(u->created_at, ctl->p));
    hw_json_set_string(v, "last_login_at",
                       u->last_login_at ? hw_time_rfc3339(u->last_login_at, ctl->p) : NULL);
    return v;
}

/* What the GUI can do as well; here also for the last owner who lost the second factor. */
static int
update(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    hw_user_change_t change = { .role = hwd_ctl_opt(c->opts, "--role"),
                                .tenant = hwd_ctl_opt(c->opts, "--tenant"),
                                .enabled = -1, .totp = -1 };
    hw_user_t *user;

    if (hwd_ctl_opt(c->opts, "--enable"))
        change.enabled = 1;
    if (hwd_ctl_opt(c->opts, "--disable")) {
        if (change.enabled == 1)
            return hwd_ctl_usage(ctl, "user", "update takes --enable or --disable, not both");
        change.enabled = 0;
    }
    if (hwd_ctl_opt(c->opts, "--no-totp"))
        change.totp = 0;
    if (!change.role && !change.tenant && change.enabled < 0 && change.totp < 0)
        return hwd_ctl_usage(ctl, "user", "update needs what to change");
    if (hw_store_user_change(c->s, c->words[0], &change, hwd_ctl_actor(ctl), &user, ctl->res,
                             ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "user update");
    if (ctl->json)
        hwd_ctl_print(ctl, hw_json_own(user_json(ctl, user), ctl->p));
    else
        printf("changed %s (%s, %s)\n", user->name, user->role,
               user->enabled ? "enabled" : "disabled");
    return publish(ctl, c->s);
}

static int
list(hwd_ctl_t *ctl, const hwd_ctl_call_t *c)
{
    static const char *const heads[] = { "NAME", "ROLE", "TENANT", "STATE", "LAST LOGIN", NULL };
    hwd_table_t *table = hwd_table_make(ctl, heads);
    hw_json_t *items = json_object_new_array();
    apr_array_header_t *users;

    if (hw_store_user_list(c->s, &users, ctl->res, ctl->p) != APR_SUCCESS) {
        json_object_put(items);
        return hwd_ctl_fail(ctl, "user list");
    }
    for (int i = 0; i < users->nelts; i++) {
        const hw_user_t *u = APR_ARRAY_IDX(users, i, hw_user_t *);
        const char *cells[] = { u->name, u->role, u->tenant, u->enabled ? "enabled" : "disabled",
                                u->last_login_at ? hw_time_rfc3339(u->last_login_at, ctl->p)
                                                 : "never" };
        hwd_table_row(table, cells);
        json_object_array_add(items, user_json(ctl, u));
    }
    hwd_ctl_print_list(ctl, items, NULL, table);
    return HW_EXIT_OK;
}

static const hwd_ctl_sub_t subcommands[] = {
    { "add", 1, 1, "needs a user name", add },
    { "list", 0, 0, "takes no argument", list },
    { "passwd", 1, 1, "needs a user name", passwd },
    { "update", 1, 1, "needs a user name", update },
    { "delete", 1, 1, "needs a user name", delete },
    { .name = NULL },
};

int
hwd_ctl_user(hwd_ctl_t *ctl, int argc, const char *const *argv)
{
    hwd_ctl_opt_t opts[] = { { "--role", 1, NULL },
                             { "--tenant", 1, NULL },
                             { "--password-stdin", 0, NULL },
                             { "--enable", 0, NULL },
                             { "--disable", 0, NULL },
                             { "--no-totp", 0, NULL },
                             { .name = NULL } };

    return hwd_ctl_subcommand(ctl, NAME, subcommands, opts, argc, argv);
}
