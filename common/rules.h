/* SPDX-License-Identifier: Apache-2.0 */
/* Routing rules: pure matching, overrides in order. */
#ifndef HW_RULES_H
#define HW_RULES_H

#include "common/jsonpath.h"
#include "common/rx.h"
#include "common/trace.h"

typedef struct hw_rules_t hw_rules_t;

/* v: array of {path, regex, overrides{field: text, …, drop: true}, stop, name}. Errors name the
 * place: "routing_rules[2].regex" with the offset. */
apr_status_t hw_rules_compile(const hw_json_t *v, hw_rules_t **out, hw_result_t *res,
                              apr_pool_t *p);
/* Rules of a, then of b; either may be NULL. */
hw_rules_t *hw_rules_join(const hw_rules_t *a, const hw_rules_t *b, apr_pool_t *p);

typedef struct {
    const char *overrides[16]; /* by hw_field_e; NULL = not set */
    int drop;
    const char *dropped_by;    /* text naming the rule */
    const char *matched;       /* "rule 2, rule 3", names where given; NULL = none */
} hw_rules_outcome_t;

/* Every rule whose regex matches the text at its path applies; later ones win; stop ends. Each
 * match and each regex that hit its limit becomes a trace step. */
void hw_rules_apply(const hw_rules_t *rules, const hw_scope_t *scope, hw_rules_outcome_t *out,
                    hw_trace_t *trace, apr_pool_t *p);

#endif
