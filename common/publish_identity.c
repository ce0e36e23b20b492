/* SPDX-License-Identifier: Apache-2.0 */
/* Publishing: users and API keys from PostgreSQL into Redis, where mod_hookwise finds them. */
#include <string.h>

#include "common/queue_batch.h"
#include "common/store_identity.h"
#include "common/store_private.h"

static void
add_field(hw_batch_t *b, const char *hash, const char *field, const char *text)
{
    const char *argv[] = { "HSET", hash, field, text };

    hw_batch_add(b, 4, argv);
}

static void
add_users(hw_batch_t *b, const apr_array_header_t *users)
{
    const char *del[] = { "DEL", HW_USER_HASH };

    hw_batch_add(b, 2, del);
    for (int i = 0; i < users->nelts; i++) {
        const hw_user_t *u = APR_ARRAY_IDX(users, i, hw_user_t *);
        hw_identity_t who = hw_user_identity(u);

        add_field(b, HW_USER_HASH, u->name, hw_identity_user_text(&who, b->p));
    }
}

static void
add_keys(hw_batch_t *b, const apr_array_header_t *keys)
{
    const char *del[] = { "DEL", HW_KEY_HASH };

    hw_batch_add(b, 2, del);
    for (int i = 0; i < keys->nelts; i++) {
        const hw_apikey_t *k = APR_ARRAY_IDX(keys, i, hw_apikey_t *);
        hw_identity_t who = hw_apikey_identity(k);

        add_field(b, HW_KEY_HASH, k->sha256, hw_identity_key_text(&who, b->p));
    }
}

#define SECONDS_DIGITS 11 /* more is no time */

/* What the module says of keys that were used; a word that comes meanwhile is said again. */
static apr_status_t
take_uses(hw_store_t *s, hw_queue_t *q, hw_result_t *res, apr_pool_t *p)
{
    redisReply *used;
    apr_status_t rv = hw_queue_commandf(q, &used, res, p, "HGETALL " HW_USED_HASH);

    for (size_t i = 0; rv == APR_SUCCESS && i + 1 < used->elements; i += 2) {
        const redisReply *at = used->element[i + 1];

        if (at->len <= SECONDS_DIGITS && hw_id_valid(at->str))
            rv = hw_store_apikey_used(s, used->element[i]->str, at->str, res, p);
    }
    return rv;
}

static apr_status_t
publish_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const char *multi[] = { "MULTI" }, *exec[] = { "EXEC" }, *del[] = { "DEL", HW_USED_HASH };
    hw_batch_t b = { .q = baton, .res = res, .p = p };
    apr_array_header_t *users, *keys;
    apr_status_t rv = hw_store_publish_lock(s, res, p);

    if (rv == APR_SUCCESS)
        rv = hw_store_user_list(s, &users, res, p);
    if (rv == APR_SUCCESS)
        rv = hw_store_apikey_list(s, &keys, res, p);
    if (rv == APR_SUCCESS)
        rv = take_uses(s, b.q, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    hw_batch_add(&b, 1, multi);
    hw_batch_add(&b, 2, del);
    add_users(&b, users);
    add_keys(&b, keys);
    hw_batch_add(&b, 1, exec);
    return hw_batch_finish(&b);
}

apr_status_t
hw_publish_identity(hw_store_t *s, hw_queue_t *q, hw_result_t *res, apr_pool_t *p)
{
    return hw_store_tx(s, publish_work, q, res, p);
}
