/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that go to Redis together, answers read at the end. */
#ifndef HW_QUEUE_BATCH_H
#define HW_QUEUE_BATCH_H

#include "common/queue.h"

/* Starts with q (connected by the caller, or by its first command), res and p; the rest is 0. */
typedef struct {
    hw_queue_t *q;
    hw_result_t *res;
    apr_pool_t *p;
    int sent;
    apr_status_t rv; /* of the first command that could not be sent; none is sent behind it */
} hw_batch_t;

void hw_batch_add(hw_batch_t *b, int argc, const char **argv);
/* Reads all answers, so that the connection stays usable; the first refusal counts. A batch that
 * was not sent whole closes the connection. */
apr_status_t hw_batch_finish(hw_batch_t *b);

#endif
