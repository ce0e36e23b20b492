/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a few entries each under one lock; the entry whose window began first gives way. */
#include "common/throttle.h"

#include <apr_thread_mutex.h>
#include <arpa/inet.h>
#include <string.h>

#include "common/crypto.h"

#define COLUMNS 4
#define ROWS (HW_THROTTLE_ADDRESSES / COLUMNS) /* a power of two */
#define PLACES 1024                            /* of what is due; a power of two */
#define WINDOW apr_time_from_sec(HW_THROTTLE_WINDOW)

typedef struct {
    apr_uint64_t key;
    apr_time_t since; /* 0 = the entry is free */
    long failures;
} entry_t;

typedef struct {
    apr_uint64_t key;
    apr_time_t last;
} due_t;

struct hw_throttle_t {
    apr_thread_mutex_t *lock;
    apr_uint64_t seed; /* random: nobody chooses addresses that share a row */
    entry_t entries[ROWS][COLUMNS];
    due_t due[PLACES];
};

apr_status_t
hw_throttle_make(hw_throttle_t **out, apr_pool_t *p)
{
    hw_throttle_t *t = apr_pcalloc(p, sizeof(*t));
    apr_status_t rv = hw_random(&t->seed, sizeof(t->seed));

    if (rv == APR_SUCCESS)
        rv = apr_thread_mutex_create(&t->lock, APR_THREAD_MUTEX_DEFAULT, p);
    *out = rv == APR_SUCCESS ? t : NULL;
    return rv;
}

/* Spreads the bits, and gives different numbers for different ones. */
static apr_uint64_t
mix(apr_uint64_t n)
{
    n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9ULL;
    n = (n ^ (n >> 27)) * 0x94d049bb133111ebULL;
    return n ^ (n >> 31);
}

static apr_uint64_t
text_key(const hw_throttle_t *t, const void *data, apr_size_t len)
{
    const unsigned char *c = data;
    apr_uint64_t n = t->seed;

    for (apr_size_t i = 0; i < len; i++)
        n = mix(n + c[i] + 1);
    return n;
}

static apr_uint64_t
address_key(const hw_throttle_t *t, const char *address)
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    struct in6_addr six;
    struct in_addr four;

    if (inet_pton(AF_INET, address, &four) == 1)
        return text_key(t, &four, sizeof(four));
    if (inet_pton(AF_INET6, address, &six) != 1)
        return text_key(t, address, strlen(address));
    if (memcmp(&six, mapped, sizeof(mapped)) == 0)
        return text_key(t, six.s6_addr + sizeof(mapped), sizeof(four));
    return text_key(t, &six, 8);
}

/* The entry of that address within its window, NULL = none. */
static entry_t *
find(entry_t *row, apr_uint64_t key, apr_time_t now)
{
    for (int i = 0; i < COLUMNS; i++)
        if (row[i].since != 0 && row[i].key == key && now - row[i].since < WINDOW &&
            now >= row[i].since)
            return &row[i];
    return NULL;
}

/* A place for an address that has none: that of its window before, a free one, or the oldest. */
static entry_t *
replace(entry_t *row, apr_uint64_t key)
{
    entry_t *oldest = row;

    for (int i = 0; i < COLUMNS; i++) {
        if (row[i].since != 0 && row[i].key == key)
            return &row[i];
        if (row[i].since < oldest->since)
            oldest = &row[i];
    }
    return oldest;
}

void
hw_throttle_failed(hw_throttle_t *t, const char *address, apr_time_t now)
{
    apr_uint64_t key;
    entry_t *row, *entry;

    if (t == NULL)
        return;
    key = address_key(t, address);
    row = t->entries[key & (ROWS - 1)];
    apr_thread_mutex_lock(t->lock);
    entry = find(row, key, now);
    if (entry == NULL) {
        entry = replace(row, key);
        *entry = (entry_t){ .key = key, .since = now };
    }
    entry->failures++;
    apr_thread_mutex_unlock(t->lock);
}

int
hw_throttle_wait(hw_throttle_t *t, const char *address, long limit, apr_time_t now)
{
    apr_interval_time_t left = 0;
    const entry_t *entry;
    apr_uint64_t key;

    if (t == NULL || limit <= 0)
        return 0;
    key = address_key(t, address);
    apr_thread_mutex_lock(t->lock);
    entry = find(t->entries[key & (ROWS - 1)], key, now);
    if (entry != NULL && entry->failures >= limit)
        left = entry->since + WINDOW - now;
    apr_thread_mutex_unlock(t->lock);
    return left > 0 ? (int)((left + APR_USEC_PER_SEC - 1) / APR_USEC_PER_SEC) : 0;
}

int
hw_throttle_due(hw_throttle_t *t, const char *what, apr_time_t now)
{
    apr_uint64_t key;
    due_t *due;
    int yes;

    if (t == NULL)
        return 1;
    key = text_key(t, what, strlen(what));
    due = &t->due[key & (PLACES - 1)];
    apr_thread_mutex_lock(t->lock);
    yes = due->key != key || now - due->last >= APR_USEC_PER_SEC || now < due->last;
    if (yes)
        *due = (due_t){ .key = key, .last = now };
    apr_thread_mutex_unlock(t->lock);
    return yes;
}
