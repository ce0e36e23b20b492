/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing what is stored once more, so that an old key can go. */
#include <string.h>

#include <apr_strings.h>

#include "common/store_identity.h"
#include "common/store_private.h"

/* Where sealed texts are. History's requests are sealed, too: those go with history. */
static const struct {
    const char *table, *key, *column;
} places[] = {
    { "endpoint", "id", "token" },         { "endpoint", "id", "hmac_secret" },
    { "endpoint", "id", "auth" },          { "endpoint", "id", "notify" },
    { "app_user", "name", "totp_secret" }, { "app_user", "name", "totp_pending" },
};
#define NPLACES (sizeof(places) / sizeof(places[0]))

typedef struct {
    const hw_actor_t *by;
    int count;
} work_t;

static apr_status_t
seal_again(hw_store_t *s, const char *old, const char **fresh, hw_result_t *res, apr_pool_t *p)
{
    unsigned char *clear;
    apr_size_t len;
    apr_status_t rv = hw_fernet_decrypt(s->ring, old, 0, -1, &clear, &len, res, p);

    return rv == APR_SUCCESS ? hw_fernet_encrypt(s->ring, clear, len, apr_time_now(), NULL, fresh,
                                                 res, p)
                             : rv;
}

static apr_status_t
seal_column(hw_store_t *s, unsigned place, work_t *w, hw_result_t *res, apr_pool_t *p)
{
    const char *table = places[place].table, *key = places[place].key;
    const char *column = places[place].column;
    const char *select = apr_psprintf(p, "SELECT %s, %s FROM %s WHERE %s IS NOT NULL ORDER BY 1"
                                         " FOR UPDATE", key, column, table, column);
    const char *update = apr_psprintf(p, "UPDATE %s SET %s = $2 WHERE %s = $1", table, column, key);
    PGresult *rows;
    apr_status_t rv = hw_db_execb(s->db, select, 0, NULL, NULL, NULL, &rows, res, p);

    for (int i = 0; rv == APR_SUCCESS && i < hw_db_rows(rows); i++) {
        const char *params[] = { hw_db_text(rows, i, 0, p), NULL };

        rv = seal_again(s, hw_db_text(rows, i, 1, p), &params[1], res, p);
        if (rv != APR_SUCCESS)
            return hw_fail_field(res, APR_EINVAL, "wrong-key", "ENCRYPTION_KEY",
                                 "opens the %s of %s \"%s\" with none of its keys: nothing was "
                                 "changed", column, place < 4 ? "endpoint" : "user", params[0]);
        rv = hw_db_execb(s->db, update, 2, params, NULL, NULL, NULL, res, p);
        w->count++;
    }
    return rv;
}

static apr_status_t
seal_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *after = hw_json_own(json_object_new_object(), p);
    work_t *w = baton;
    apr_status_t rv = APR_SUCCESS;

    w->count = 0;
    for (unsigned i = 0; rv == APR_SUCCESS && i < NPLACES; i++)
        rv = seal_column(s, i, w, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    hw_json_set_int(after, "sealed", w->count);
    return hw_store_audit(s, w->by, "reseal", "", NULL, after, res, p);
}

apr_status_t
hw_store_reseal(hw_store_t *s, const hw_actor_t *by, int *count, hw_result_t *res, apr_pool_t *p)
{
    work_t w = { .by = by };
    apr_status_t rv;

    if (!s->ring)
        return hw_fail_field(res, APR_EINVAL, "no-key", "ENCRYPTION_KEY", "is not set");
    rv = hw_store_tx(s, seal_work, &w, res, p);
    *count = w.count;
    return rv;
}
