/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes in store, sixteen for each request id. */
#include "mod_hookwise/ids.h"

#include <apr_thread_mutex.h>
#include <string.h>

#include "common/crypto.h"

#define STORE 4096 /* bytes; 256 ids */

struct mhw_ids_t {
    apr_thread_mutex_t *lock;
    unsigned char bytes[STORE];
    apr_size_t left; /* of them, at the end */
};

/* In child_init: two children with the same bytes would give the same ids. */
apr_status_t
mhw_ids_make(mhw_ids_t **out, apr_pool_t *pchild)
{
    *out = apr_pcalloc(pchild, sizeof(**out));
    return apr_thread_mutex_create(&(*out)->lock, APR_THREAD_MUTEX_DEFAULT, pchild);
}

const char *
mhw_ids_next(mhw_ids_t *ids, apr_pool_t *p)
{
    unsigned char random[HW_UUID_BYTES];
    int got = 0;

    if (ids == NULL)
        return hw_uuid(p);
    apr_thread_mutex_lock(ids->lock);
    if (ids->left == 0 && hw_random(ids->bytes, STORE) == APR_SUCCESS)
        ids->left = STORE;
    if (ids->left > 0) {
        memcpy(random, ids->bytes + STORE - ids->left, sizeof(random));
        ids->left -= sizeof(random);
        got = 1;
    }
    apr_thread_mutex_unlock(ids->lock);
    return got ? hw_uuid_from(random, p) : hw_uuid(p);
}
