/* SPDX-License-Identifier: Apache-2.0 */
/* The exact request at rest: an event's stream fields, each a length of four bytes (network order)
 * and its bytes, sealed as one. */
#include <string.h>

#include <apr_strings.h>

#include "common/store_private.h"

static void
put_field(hw_buf_t *b, const char *s, apr_size_t len)
{
    char n[4] = { (char)(len >> 24 & 255), (char)(len >> 16 & 255), (char)(len >> 8 & 255),
                  (char)(len & 255) };

    hw_buf_add(b, n, 4);
    hw_buf_add(b, s, len);
}

apr_status_t
hw_raw_seal(const hw_keyring_t *ring, const hw_event_t *ev, unsigned char **out, apr_size_t *len,
            hw_result_t *res, apr_pool_t *p)
{
    const char *argv[2 * HW_EVENT_MAX_FIELDS];
    apr_size_t lens[2 * HW_EVENT_MAX_FIELDS];
    int n = hw_event_to_fields(ev, argv, lens, p);
    hw_buf_t b;

    hw_buf_init(&b, p);
    for (int i = 0; i < n; i++)
        put_field(&b, argv[i], lens[i]);
    return hw_seal(ring, b.s, b.len, ev->received_at, out, len, res, p);
}

/* Copies each field so that it ends with the NUL the event reader counts on. */
apr_status_t
hw_raw_open(const hw_keyring_t *ring, const unsigned char *sealed, apr_size_t sealed_len,
            hw_event_t **out, hw_result_t *res, apr_pool_t *p)
{
    const char *argv[2 * HW_EVENT_MAX_FIELDS];
    apr_size_t lens[2 * HW_EVENT_MAX_FIELDS], len, at = 0;
    unsigned char *data;
    int n = 0;
    apr_status_t rv = hw_unseal(ring, sealed, sealed_len, &data, &len, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    while (at < len && n < 2 * HW_EVENT_MAX_FIELDS) {
        apr_size_t size;
        if (len - at < 4)
            break;
        size = (apr_size_t)data[at] << 24 | (apr_size_t)data[at + 1] << 16 |
               (apr_size_t)data[at + 2] << 8 | data[at + 3];
        at += 4;
        if (size > len - at)
            break;
        argv[n] = apr_pstrmemdup(p, (const char *)data + at, size);
        lens[n++] = size;
        at += size;
    }
    if (at != len || n % 2)
        return hw_fail(res, APR_EINVAL, "bad-event", "the stored request is damaged");
    return hw_event_from_fields(argv, lens, n, out, res, p);
}
