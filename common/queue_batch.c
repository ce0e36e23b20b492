/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that go to Redis together, answers read at the end. */
#include "common/queue_batch.h"

void
hw_batch_add(hw_batch_t *b, int argc, const char **argv)
{
    if (b->rv != APR_SUCCESS)
        return;
    b->rv = hw_queue_append(b->q, argc, argv, NULL, b->res);
    b->sent++;
}

apr_status_t
hw_batch_finish(hw_batch_t *b)
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
