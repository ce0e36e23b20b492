/* SPDX-License-Identifier: Apache-2.0 */
/* A small table of digests; the oldest of a row gives way. */
#include "mod_hookwise/known.h"

#include <apr_thread_mutex.h>
#include <string.h>

#include "common/crypto.h"

#define ROWS 64 /* a power of two */
#define COLUMNS 4
#define DIGEST 32

typedef struct {
    unsigned char digest[DIGEST];
    apr_time_t until;
} entry_t;

struct mhw_known_t {
    apr_thread_mutex_t *lock;
    unsigned char key[DIGEST]; /* random: what is in memory helps nobody guess */
    entry_t entries[ROWS][COLUMNS];
};

apr_status_t
mhw_known_make(mhw_known_t **out, apr_pool_t *pchild)
{
    mhw_known_t *known = apr_pcalloc(pchild, sizeof(*known));
    apr_status_t rv = hw_random(known->key, sizeof(known->key));

    if (rv == APR_SUCCESS)
        rv = apr_thread_mutex_create(&known->lock, APR_THREAD_MUTEX_DEFAULT, pchild);
    *out = rv == APR_SUCCESS ? known : NULL;
    return rv;
}

/* Lengths go in as well: "ab" + "c" is not "a" + "bc". 0 when there is no digest. */
static int
digest_of(const mhw_known_t *known, const char *const *parts, unsigned char *digest)
{
    unsigned char sum[3 * DIGEST], one[64];
    apr_size_t len;

    for (int i = 0; i < 3; i++) {
        if (hw_hmac("sha256", known->key, DIGEST, parts[i], strlen(parts[i]), one, &len) !=
            APR_SUCCESS)
            return 0;
        memcpy(sum + i * DIGEST, one, DIGEST);
    }
    if (hw_hmac("sha256", known->key, DIGEST, sum, sizeof(sum), one, &len) != APR_SUCCESS)
        return 0;
    memcpy(digest, one, DIGEST);
    return 1;
}

int
mhw_known(mhw_known_t *known, const char *name, const char *password, const char *hash,
          apr_time_t now)
{
    const char *parts[] = { name, password, hash };
    unsigned char digest[DIGEST];
    entry_t *row;
    int found = 0;

    if (known == NULL || !digest_of(known, parts, digest))
        return 0;
    row = known->entries[digest[0] & (ROWS - 1)];
    apr_thread_mutex_lock(known->lock);
    for (int i = 0; i < COLUMNS; i++)
        found |= row[i].until > now && memcmp(row[i].digest, digest, DIGEST) == 0;
    apr_thread_mutex_unlock(known->lock);
    return found;
}

void
mhw_known_add(mhw_known_t *known, const char *name, const char *password, const char *hash,
              apr_time_t now)
{
    const char *parts[] = { name, password, hash };
    unsigned char digest[DIGEST];
    entry_t *row, *oldest;

    if (known == NULL || !digest_of(known, parts, digest))
        return;
    row = oldest = known->entries[digest[0] & (ROWS - 1)];
    apr_thread_mutex_lock(known->lock);
    for (int i = 1; i < COLUMNS; i++)
        if (row[i].until < oldest->until)
            oldest = &row[i];
    memcpy(oldest->digest, digest, DIGEST);
    oldest->until = now + apr_time_from_sec(MHW_KNOWN_SECONDS);
    apr_thread_mutex_unlock(known->lock);
}
