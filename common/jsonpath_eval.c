/* SPDX-License-Identifier: Apache-2.0 */
/* JSONPath evaluation: segments and selectors.
 *
 * Segments map node lists to node lists one after the other; walking each node through all
 * remaining segments before the next one gives the same order, needs no lists in between, and
 * can stop as soon as enough is known (a test needs one node, value() two). */
#include "common/jsonpath_internal.h"
#include "common/result.h"

/* These return 0 when the walk ends: enough nodes, or a failure in run->rv. */
static int walk(hw_jp_run_t *run, const hw_jp_query_t *q, int i, const hw_json_t *node,
                hw_jp_sink_t *sink);

int
hw_jp_spend(hw_jp_run_t *run, apr_size_t n)
{
    if (run->rv != APR_SUCCESS)
        return 0;
    if ((apr_size_t)run->work < n) {
        run->rv = hw_fail(run->res, APR_ENOSPC, "too-large",
                          "the path needs more than %d steps on this document", HW_JP_WORK);
        return 0;
    }
    run->work -= (long)n;
    return 1;
}

static int
deliver(hw_jp_run_t *run, const hw_json_t *node, hw_jp_sink_t *sink)
{
    if (sink->nodes == NULL) {
        if (sink->count++ == 0)
            sink->first = node;
        return sink->count < sink->limit;
    }
    if (sink->count++ >= sink->limit) {
        run->rv = hw_fail(run->res, APR_ENOSPC, "too-large", "the path gives more than %d nodes",
                          (int)sink->limit);
        return 0;
    }
    APR_ARRAY_PUSH(sink->nodes, const hw_json_t *) = node;
    return 1;
}

/* The member or element of a name or an index selector; 0 when there is none. */
static int
find(const hw_jp_selector_t *sel, const hw_json_t *node, const hw_json_t **out)
{
    hw_json_t *child = NULL;
    apr_int64_t n, at;

    if (sel->kind == HW_JP_NAME) {
        if (json_object_get_type(node) != json_type_object ||
            !json_object_object_get_ex(node, sel->name, &child))
            return 0;
        *out = child;
        return 1;
    }
    if (json_object_get_type(node) != json_type_array)
        return 0;
    n = (apr_int64_t)json_object_array_length(node);
    at = sel->start < 0 ? sel->start + n : sel->start;
    if (at < 0 || at >= n)
        return 0;
    *out = json_object_array_get_idx(node, (size_t)at);
    return 1;
}

/* One child on its way through a wildcard or a filter. */
static int
pass(hw_jp_run_t *run, const hw_jp_query_t *q, int i, const hw_jp_expr_t *filter,
     const hw_json_t *child, hw_jp_sink_t *sink)
{
    if (!hw_jp_spend(run, 1))
        return 0;
    if (filter != NULL && !hw_jp_test(run, filter, child))
        return run->rv == APR_SUCCESS;
    return walk(run, q, i + 1, child, sink);
}

static int
children(hw_jp_run_t *run, const hw_jp_query_t *q, int i, const hw_jp_expr_t *filter,
         const hw_json_t *node, hw_jp_sink_t *sink)
{
    if (json_object_get_type(node) == json_type_array) {
        size_t n = json_object_array_length(node);

        for (size_t k = 0; k < n; k++)
            if (!pass(run, q, i, filter, json_object_array_get_idx(node, k), sink))
                return 0;
    } else if (json_object_get_type(node) == json_type_object) {
        json_object_object_foreach(node, key, child)
        {
            (void)key;
            if (!pass(run, q, i, filter, child, sink))
                return 0;
        }
    }
    return 1;
}

static apr_int64_t
clamp(apr_int64_t n, apr_int64_t low, apr_int64_t high)
{
    return n < low ? low : n > high ? high : n;
}

/* RFC 9535, 2.3.4.2: bounds are normalised, then cut to the array. */
static int
slice(hw_jp_run_t *run, const hw_jp_query_t *q, int i, const hw_jp_selector_t *sel,
      const hw_json_t *node, hw_jp_sink_t *sink)
{
    apr_int64_t n, start, end, up = sel->step > 0;

    if (json_object_get_type(node) != json_type_array || sel->step == 0)
        return 1;
    n = (apr_int64_t)json_object_array_length(node);
    start = sel->has_start ? sel->start : up ? 0 : n - 1;
    end = sel->has_end ? sel->end : up ? n : -n - 1;
    start = clamp(start < 0 ? start + n : start, up ? 0 : -1, up ? n : n - 1);
    end = clamp(end < 0 ? end + n : end, up ? 0 : -1, up ? n : n - 1);
    for (; up ? start < end : start > end; start += sel->step)
        if (!pass(run, q, i, NULL, json_object_array_get_idx(node, (size_t)start), sink))
            return 0;
    return 1;
}

static int
select_from(hw_jp_run_t *run, const hw_jp_query_t *q, int i, const hw_json_t *node,
            hw_jp_sink_t *sink)
{
    const hw_jp_segment_t *seg = &q->segments[i];
    const hw_json_t *child;
    int more = 1;

    for (int k = 0; more && k < seg->n; k++) {
        const hw_jp_selector_t *sel = &seg->selectors[k];

        if (!hw_jp_spend(run, 1))
            return 0;
        if (sel->kind == HW_JP_WILDCARD || sel->kind == HW_JP_FILTER)
            more = children(run, q, i, sel->filter, node, sink);
        else if (sel->kind == HW_JP_SLICE)
            more = slice(run, q, i, sel, node, sink);
        else if (find(sel, node, &child))
            more = walk(run, q, i + 1, child, sink);
    }
    return more;
}

/* The node itself, then each child with all below it. */
static int
descend(hw_jp_run_t *run, const hw_jp_query_t *q, int i, const hw_json_t *node, hw_jp_sink_t *sink)
{
    enum json_type type = json_object_get_type(node);
    int more = 1;

    if (type != json_type_array && type != json_type_object)
        return hw_jp_spend(run, 1);
    if (++run->depth > HW_JP_DEPTH) {
        run->rv = hw_fail(run->res, APR_ENOSPC, "too-large", "the document is nested too deeply");
        return 0;
    }
    more = select_from(run, q, i, node, sink);
    if (type == json_type_array) {
        size_t n = json_object_array_length(node);

        for (size_t k = 0; more && k < n; k++)
            more = descend(run, q, i, json_object_array_get_idx(node, k), sink);
    } else if (more) {
        json_object_object_foreach(node, key, child)
        {
            (void)key;
            more = descend(run, q, i, child, sink);
            if (!more)
                break;
        }
    }
    run->depth--;
    return more;
}

static int
walk(hw_jp_run_t *run, const hw_jp_query_t *q, int i, const hw_json_t *node, hw_jp_sink_t *sink)
{
    int more;

    if (i == q->n)
        return deliver(run, node, sink);
    if (++run->depth > HW_JP_DEPTH) {
        run->rv = hw_fail(run->res, APR_ENOSPC, "too-large", "the document is nested too deeply");
        return 0;
    }
    more = q->segments[i].descendant ? descend(run, q, i, node, sink)
                                     : select_from(run, q, i, node, sink);
    run->depth--;
    return more;
}

static void
walk_singular(hw_jp_run_t *run, const hw_jp_query_t *q, const hw_json_t *node, hw_jp_sink_t *sink)
{
    for (int i = 0; i < q->n; i++)
        if (!find(q->segments[i].selectors, node, &node))
            return;
    if (hw_jp_spend(run, (apr_size_t)q->n + 1))
        deliver(run, node, sink);
}

void
hw_jp_query(hw_jp_run_t *run, const hw_jp_query_t *query, const hw_json_t *current,
            hw_jp_sink_t *sink)
{
    const hw_json_t *node = NULL;

    switch (query->start) {
    case HW_JP_ROOT:
        node = run->scope->root;
        break;
    case HW_JP_CURRENT:
        node = current;
        break;
    case HW_JP_ELEMENT:
        node = run->scope->element;
        break;
    case HW_JP_HEADERS:
        node = run->scope->headers;
        break;
    }
    if (query->singular)
        walk_singular(run, query, node, sink);
    else
        walk(run, query, 0, node, sink);
}
