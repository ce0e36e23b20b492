/* SPDX-License-Identifier: Apache-2.0 */
/* Prometheus text from the counters in Redis, and gauges of the queue. */
#ifndef MHW_METRICS_H
#define MHW_METRICS_H

#include <hiredis/hiredis.h>
#include <httpd.h>

#include "common/text.h"

/* The handler "hookwise-metrics". */
int mhw_metrics_handler(request_rec *r);

/* Writes the series of an HGETALL reply in the text format: families in order of name, each with
 * HELP and TYPE, a histogram's buckets in order of their bound before its sum and count. Fields
 * that are no series, or have no number, are left out. */
void mhw_metrics_write(hw_buf_t *b, const redisReply *fields, apr_pool_t *p);

#endif
