/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of a decision, as text and JSON. */
#include "common/trace.h"

#include <apr_strings.h>
#include <stdarg.h>

#include "common/text.h"

#define STEP_TEXT_MAX 512 /* bytes of one sentence: values in it come from the payload */

typedef struct {
    const char *step, *outcome, *text;
} step_t;

struct hw_trace_t {
    apr_pool_t *p;
    apr_array_header_t *steps; /* of step_t */
};

hw_trace_t *
hw_trace_make(apr_pool_t *p)
{
    hw_trace_t *t = apr_palloc(p, sizeof(*t));

    t->p = p;
    t->steps = apr_array_make(p, 8, sizeof(step_t));
    return t;
}

hw_trace_t *
hw_trace_fork(const hw_trace_t *t, apr_pool_t *p)
{
    hw_trace_t *copy = apr_palloc(p, sizeof(*copy));

    copy->p = p;
    copy->steps = apr_array_copy(p, t->steps);
    return copy;
}

void
hw_trace_add(hw_trace_t *t, const char *step, const char *outcome, const char *fmt, ...)
{
    step_t *s = apr_array_push(t->steps);
    apr_size_t len;
    va_list ap;

    va_start(ap, fmt);
    s->text = apr_pvsprintf(t->p, fmt, ap);
    va_end(ap);
    s->text = hw_utf8_mend(s->text, strlen(s->text), &len, t->p);
    if (len > STEP_TEXT_MAX)
        s->text = hw_text_cut(s->text, STEP_TEXT_MAX, t->p);
    s->step = apr_pstrdup(t->p, step);
    s->outcome = apr_pstrdup(t->p, outcome);
}

hw_json_t *
hw_trace_json(const hw_trace_t *t, apr_pool_t *p)
{
    hw_json_t *list = json_object_new_array();

    for (int i = 0; i < t->steps->nelts; i++) {
        const step_t *s = &APR_ARRAY_IDX(t->steps, i, step_t);
        hw_json_t *o = json_object_new_object();

        hw_json_set_string(o, "step", s->step);
        hw_json_set_string(o, "outcome", s->outcome);
        hw_json_set_string(o, "text", s->text);
        json_object_array_add(list, o);
    }
    return hw_json_own(list, p);
}
