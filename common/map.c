/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluates expressions and templates against one payload. */
#include "common/map.h"

#include <apr_strings.h>
#include <string.h>

#include "common/map_parts.h"
#include "common/result.h"
#include "common/text.h"

/* Bytes one path may give. A path such as $..* repeats every subtree once for each level, which
 * would turn a large body into a huge text. */
#define TEXT_MAX (256 * 1024)

/* Numbers keep their digits; an empty list or object says as little as an empty text. */
static const char *
node_text(const hw_json_t *node, apr_pool_t *p)
{
    const char *s = hw_json_number_text(node, p);

    if ((json_object_is_type(node, json_type_array) && json_object_array_length(node) == 0) ||
        (json_object_is_type(node, json_type_object) && json_object_object_length(node) == 0))
        return NULL;
    if (s == NULL)
        s = hw_json_text(node, p);
    return hw_text_blank(s) ? NULL : s;
}

const char *
hw_path_text(const hw_path_t *path, const hw_scope_t *scope, apr_pool_t *p)
{
    apr_array_header_t *nodes;
    const char *first = NULL;
    hw_buf_t b;

    if (hw_path_eval(path, scope, &nodes, NULL, p) != APR_SUCCESS)
        return NULL;
    for (int i = 0; i < nodes->nelts; i++) {
        const char *s = node_text(APR_ARRAY_IDX(nodes, i, const hw_json_t *), p);

        if (s == NULL)
            continue;
        if (first == NULL) {
            first = s;
            hw_buf_init(&b, p);
            hw_buf_adds(&b, s);
            continue;
        }
        if (b.len + strlen(s) + 2 > TEXT_MAX)
            break;
        hw_buf_adds(&b, ", ");
        hw_buf_adds(&b, s);
    }
    return first == NULL ? NULL : b.s;
}

apr_status_t
hw_expr_compile(const char *text, hw_expr_t **out, hw_result_t *res, apr_pool_t *p)
{
    apr_size_t end;

    if (strlen(text) > HW_MAX_EXPR)
        return hw_fail_at(res, APR_EINVAL, "bad-expression", NULL, HW_MAX_EXPR,
                          "longer than %d bytes", HW_MAX_EXPR);
    return hw_expr_parse(text, 0, 0, &end, out, res, p);
}

static const char *
first_text(const apr_array_header_t *paths, const hw_map_env_t *env, apr_pool_t *p)
{
    for (int i = 0; i < paths->nelts; i++) {
        const char *s = hw_path_text(APR_ARRAY_IDX(paths, i, hw_path_t *), &env->scope, p);

        if (s != NULL)
            return s;
    }
    return NULL;
}

static const char *
name_text(const char *name, const hw_map_env_t *env)
{
    const char *s = strcmp(name, "monitor_name") == 0 ? env->monitor_name
                    : strcmp(name, "msg") == 0        ? env->msg
                                                      : env->request_id;
    return s != NULL ? s : "";
}

/* The pieces one after the other; *resolved counts the paths that gave something; where there are
 * no paths, the names that did. */
static const char *
eval_pieces(const apr_array_header_t *pieces, const hw_map_env_t *env, int *resolved,
            apr_pool_t *p)
{
    int paths = 0, named = 0;
    hw_buf_t b;

    hw_buf_init(&b, p);
    *resolved = 0;
    for (int i = 0; i < pieces->nelts; i++) {
        const hw_piece_t *piece = &APR_ARRAY_IDX(pieces, i, hw_piece_t);
        const char *s;

        if (piece->kind == HW_PIECE_TEXT) {
            s = piece->text;
        } else if (piece->kind == HW_PIECE_NAME) {
            s = name_text(piece->text, env);
            named += s[0] != '\0';
        } else {
            s = first_text(piece->paths, env, p);
            *resolved += s != NULL;
            paths++;
        }
        hw_buf_adds(&b, s);
    }
    if (paths == 0)
        *resolved = named;
    return b.s;
}

/* Did the nearest path in that direction resolve? A literal goes with its neighbours. */
static int
neighbour(const apr_array_header_t *pieces, const char *const *values, int from, int step)
{
    for (int i = from + step; i >= 0 && i < pieces->nelts; i += step)
        if (APR_ARRAY_IDX(pieces, i, hw_piece_t).kind == HW_PIECE_PATHS)
            return values[i] != NULL;
    return 0;
}

static const char *
eval_segments(const apr_array_header_t *pieces, const hw_map_env_t *env, apr_pool_t *p)
{
    const char **values = apr_pcalloc(p, sizeof(*values) * (apr_size_t)(pieces->nelts + 1));
    int resolved = 0;
    hw_buf_t b;

    for (int i = 0; i < pieces->nelts; i++) {
        const hw_piece_t *piece = &APR_ARRAY_IDX(pieces, i, hw_piece_t);

        if (piece->kind == HW_PIECE_PATHS)
            values[i] = first_text(piece->paths, env, p);
        resolved += values[i] != NULL;
    }
    if (resolved == 0)
        return NULL;
    hw_buf_init(&b, p);
    for (int i = 0; i < pieces->nelts; i++) {
        const hw_piece_t *piece = &APR_ARRAY_IDX(pieces, i, hw_piece_t);

        if (piece->kind == HW_PIECE_TEXT
                ? !neighbour(pieces, values, i, -1) && !neighbour(pieces, values, i, 1)
                : values[i] == NULL)
            continue;
        if (b.len > 0)
            hw_buf_addc(&b, ' ');
        hw_buf_adds(&b, values[i]);
        hw_buf_adds(&b, piece->text);
    }
    return b.s;
}

const char *
hw_expr_eval(const hw_expr_t *e, const hw_map_env_t *env, apr_pool_t *p)
{
    for (int i = 0; i < e->alternatives->nelts; i++) {
        const hw_alternative_t *alt = &APR_ARRAY_IDX(e->alternatives, i, hw_alternative_t);
        const char *s;
        int resolved = 1;

        s = alt->braced ? eval_pieces(alt->pieces, env, &resolved, p)
                        : eval_segments(alt->pieces, env, p);
        if (s != NULL && resolved > 0)
            return s;
    }
    return NULL;
}

apr_status_t
hw_template_compile(const char *text, hw_template_t **out, hw_result_t *res, apr_pool_t *p)
{
    *out = apr_palloc(p, sizeof(**out));
    return hw_pieces_parse(text, 0, strlen(text), &(*out)->pieces, res, p);
}

const char *
hw_template_eval(const hw_template_t *t, const hw_map_env_t *env, apr_pool_t *p)
{
    int resolved;

    return eval_pieces(t->pieces, env, &resolved, p);
}

/* "host" in a key is "$.host": a text that is always the same tells no two alerts apart. */
static apr_status_t
take_rootless(hw_alternative_t *alt, apr_size_t at, hw_result_t *res, apr_pool_t *p)
{
    hw_piece_t *piece;
    hw_path_t *path;

    if (alt->braced || alt->pieces->nelts == 0)
        return APR_SUCCESS;
    for (int i = 0; i < alt->pieces->nelts; i++)
        if (APR_ARRAY_IDX(alt->pieces, i, hw_piece_t).kind == HW_PIECE_PATHS)
            return APR_SUCCESS;
    piece = &APR_ARRAY_IDX(alt->pieces, 0, hw_piece_t);
    if (alt->pieces->nelts > 1 ||
        hw_path_compile(piece->text, strlen(piece->text), HW_PATH_CONFIG, &path, NULL, p) !=
            APR_SUCCESS)
        return hw_fail_at(res, APR_EINVAL, "bad-expression", NULL, (apr_off_t)at,
                          "a key is made of paths, and there is none");
    piece->kind = HW_PIECE_PATHS;
    piece->text = "";
    piece->paths = apr_array_make(p, 1, sizeof(hw_path_t *));
    APR_ARRAY_PUSH(piece->paths, hw_path_t *) = path;
    return APR_SUCCESS;
}

static apr_status_t
add_exprs(hw_expr_list_t *l, const char *text, hw_result_t *res, apr_pool_t *p)
{
    apr_size_t at = 0, len = strlen(text);
    apr_status_t rv;

    if (len > HW_MAX_EXPR)
        return hw_fail_at(res, APR_EINVAL, "bad-expression", NULL, HW_MAX_EXPR,
                          "longer than %d bytes", HW_MAX_EXPR);
    for (;;) {
        apr_size_t began = at;
        hw_expr_t *e;

        if ((rv = hw_expr_parse(text, at, 1, &at, &e, res, p)) != APR_SUCCESS)
            return rv;
        for (int i = 0; i < e->alternatives->nelts; i++) {
            rv = take_rootless(&APR_ARRAY_IDX(e->alternatives, i, hw_alternative_t), began, res, p);
            if (rv != APR_SUCCESS)
                return rv;
        }
        APR_ARRAY_PUSH(l->exprs, hw_expr_t *) = e;
        if (at >= len)
            return APR_SUCCESS;
        at++;
    }
}

apr_status_t
hw_expr_list_compile(const hw_json_t *v, hw_expr_list_t **out, hw_result_t *res, apr_pool_t *p)
{
    hw_expr_list_t *l = apr_palloc(p, sizeof(*l));
    apr_status_t rv;

    l->exprs = apr_array_make(p, 2, sizeof(hw_expr_t *));
    *out = l;
    if (json_object_is_type(v, json_type_string))
        return add_exprs(l, json_object_get_string((hw_json_t *)v), res, p);
    if (!json_object_is_type(v, json_type_array))
        return hw_fail(res, APR_EINVAL, "bad-type", "neither text nor a list of texts");
    for (apr_size_t i = 0; i < json_object_array_length(v); i++) {
        hw_json_t *item = json_object_array_get_idx(v, i);

        if (!json_object_is_type(item, json_type_string))
            return hw_fail(res, APR_EINVAL, "bad-type", "item %d is not text", (int)i);
        if ((rv = add_exprs(l, json_object_get_string(item), res, p)) != APR_SUCCESS)
            return rv;
    }
    return APR_SUCCESS;
}

const char *
hw_expr_list_eval(const hw_expr_list_t *l, const hw_map_env_t *env, apr_pool_t *p)
{
    int resolved = 0;
    hw_buf_t b;

    hw_buf_init(&b, p);
    for (int i = 0; i < l->exprs->nelts; i++) {
        const char *s = hw_expr_eval(APR_ARRAY_IDX(l->exprs, i, hw_expr_t *), env, p);

        if (i > 0)
            hw_buf_addc(&b, '|');
        hw_buf_adds(&b, s);
        resolved += s != NULL;
    }
    return resolved > 0 ? b.s : NULL;
}
