/* SPDX-License-Identifier: Apache-2.0 */
/* hookwisectl migrate: brings the database up to this program's schema. */
#include <stdio.h>

#include "common/json.h"
#include "common/result.h"
#include "common/crypto.h"
#include "common/settings.h"
#include "common/store_identity.h"
#include "hookwised/ctl.h"

#define PARTITIONS_AHEAD 3 /* days of history partitions made in advance; hookwised renews them */

static void
show(hwd_ctl_t *ctl, const apr_array_header_t *applied)
{
    hw_json_t *doc, *names;

    if (ctl->json) {
        doc = hw_json_own(json_object_new_object(), ctl->p);
        names = json_object_new_array();
        for (int i = 0; i < applied->nelts; i++)
            json_object_array_add(names, json_object_new_string(
                                             APR_ARRAY_IDX(applied, i, const char *)));
        hw_json_set(doc, "applied", names);
        hwd_ctl_print(ctl, doc);
        return;
    }
    for (int i = 0; i < applied->nelts; i++)
        printf("applied %s\n", APR_ARRAY_IDX(applied, i, const char *));
    if (!applied->nelts)
        puts("the database is up to date");
}

/* GUI_USERNAME and GUI_PASSWORD make the first user, and never another one. */
static apr_status_t
first_user(hwd_ctl_t *ctl, hw_db_t *db)
{
    const char *name = hw_set_text(ctl->settings, "GUI_USERNAME");
    const char *password = hw_set_text(ctl->settings, "GUI_PASSWORD");
    hw_store_t s = { .db = db };
    apr_status_t rv;
    int added;

    if (!*name || !*password)
        return APR_SUCCESS;
    rv = hw_store_user_first(&s, name, password, hwd_ctl_actor(ctl), &added, ctl->res, ctl->p);
    if (added)
        fprintf(stderr, "hookwisectl: added the first user, %s, with GUI_PASSWORD\n", name);
    if (added && hw_password_short(password))
        hwd_ctl_warn_password();
    return rv;
}

int
hwd_ctl_migrate(hwd_ctl_t *ctl, int argc, const char *const *argv)
{
    hwd_ctl_opt_t opts[] = { { .name = NULL } };
    apr_array_header_t *words, *applied;
    hw_db_t *db;

    if (!hwd_ctl_opts(ctl, "migrate", opts, argc, argv, &words))
        return HW_EXIT_USAGE;
    if (words->nelts)
        return hwd_ctl_usage(ctl, "migrate", "takes no argument");
    if (hwd_ctl_db(ctl, &db) != APR_SUCCESS ||
        hw_store_migrate(db, &applied, ctl->res, ctl->p) != APR_SUCCESS ||
        hw_store_partitions(db, apr_time_now(), PARTITIONS_AHEAD, ctl->res, ctl->p) != APR_SUCCESS ||
        first_user(ctl, db) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "migrate");
    show(ctl, applied);
    return HW_EXIT_OK;
}
