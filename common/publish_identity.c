/* SPDX-License-Identifier: Apache-2.0 */
/* Publishing: users and API keys from PostgreSQL into Redis, where mod_hookwise finds them. */
#include <string.h>

#include "common/store_identity.h"
#include "common/store_private.h"

typedef struct {
    hw_queue_t *q;
    hw_result_t *res;
    apr_pool_t *p;
    int sent;
    apr_status_t rv;
} batch_t;

static void
add(batch_t *b, int argc, const char **argv)
{
    if (b->rv != APR_SUCCESS)
        return;
    b->rv = hw_queue_append(b->q, argc, argv, NULL, b->res);
    b->sent++;
}

static void
add_field(batch_t *b, const char *hash, const char *field, const char *text)
{
    const char *argv[] = { "HSET", hash, field, text };

    add(b, 4, argv);
}

static void
add_users(batch_t *b, const apr_array_header_t *users)
{
    const char *del[] = { "DEL", HW_USER_HASH };

    add(b, 2, del);
    for (int i = 0; i < users->nelts; i++) {
        const hw_user_t *u = APR_ARRAY_IDX(users, i, hw_user_t *);
        hw_identity_t who = hw_user_identity(u);

        add_field(b, HW_USER_HASH, u->name, hw_identity_user_text(&who, b->p));
    }
}

static void
add_keys(batch_t *b, const apr_array_header_t *keys)
{
    const char *del[] = { "DEL", HW_KEY_HASH };

    add(b, 2, del);
    for (int i = 0; i < keys->nelts; i++) {
        const hw_apikey_t *k = APR_ARRAY_IDX(keys, i, hw_apikey_t *);
        hw_identity_t who = hw_apikey_identity(k);

        add_field(b, HW_KEY_HASH, k->sha256, hw_identity_key_text(&who, b->p));
    }
}

/* All answers are read, so that the connection stays usable; the first refusal counts. */
static apr_status_t
finish(batch_t *b)
{
    apr_status_t rv = b->rv;

    for (int i = 0; b->rv == APR_SUCCESS && i < b->sent; i++) {
        redisReply *reply = NULL;
        apr_status_t got = hw_queue_reply(b->q, &reply, rv == APR_SUCCESS ? b->res : NULL, b->p);

        if (rv == APR_SUCCESS)
            rv = got;
        if (!reply)
            break;
    }
    if (b->rv != APR_SUCCESS)
        hw_queue_close(b->q);
    return rv;
}

static apr_status_t
publish_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const char *multi[] = { "MULTI" }, *exec[] = { "EXEC" };
    batch_t b = { .q = baton, .res = res, .p = p };
    apr_array_header_t *users, *keys;
    apr_status_t rv = hw_store_publish_lock(s, res, p);

    if (rv == APR_SUCCESS)
        rv = hw_store_user_list(s, &users, res, p);
    if (rv == APR_SUCCESS)
        rv = hw_store_apikey_list(s, &keys, res, p);
    if (rv == APR_SUCCESS)
        rv = hw_queue_connect(b.q, res);
    if (rv != APR_SUCCESS)
        return rv;
    add(&b, 1, multi);
    add_users(&b, users);
    add_keys(&b, keys);
    add(&b, 1, exec);
    return finish(&b);
}

apr_status_t
hw_publish_identity(hw_store_t *s, hw_queue_t *q, hw_result_t *res, apr_pool_t *p)
{
    return hw_store_tx(s, publish_work, q, res, p);
}
