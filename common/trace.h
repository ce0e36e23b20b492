/* SPDX-License-Identifier: Apache-2.0 */
/* The story of a decision: an ordered list of steps, kept with every history row. */
#ifndef HW_TRACE_H
#define HW_TRACE_H

#include "common/json.h"

typedef struct hw_trace_t hw_trace_t;

hw_trace_t *hw_trace_make(apr_pool_t *p);
/* A copy that continues on its own: the shared first steps of a batch's parts. */
hw_trace_t *hw_trace_fork(const hw_trace_t *t, apr_pool_t *p);

/* step: "received", "decode", "batch", "kind", "rule", "company", "summary", "identity",
 * "maintenance", "facts", "settle", "act", "record"; outcome: a slug ("repaired", "open",
 * "matched", …); the sentence is for people. */
void hw_trace_add(hw_trace_t *t, const char *step, const char *outcome, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* [{"step":…,"outcome":…,"text":…}, …]; the caller gives the pool that owns it. */
hw_json_t *hw_trace_json(const hw_trace_t *t, apr_pool_t *p);

#endif
