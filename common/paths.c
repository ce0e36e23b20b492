/* SPDX-License-Identifier: Apache-2.0 */
/* Alternatives of a path: reading them, and finding the one that counts. */
#include "common/paths.h"

#include <apr_strings.h>
#include <string.h>

#include "common/map.h"
#include "common/result.h"
#include "common/text.h"

struct hw_paths_t {
    const char *source;
    apr_array_header_t *list; /* of hw_path_t * */
};

/* The end of the alternative that starts at s: at "||" outside quotes and brackets. */
static const char *
alternative_end(const char *s)
{
    int depth = 0;
    char quote = '\0';

    for (; *s != '\0'; s++) {
        if (quote != '\0') {
            if (*s == '\\' && s[1] != '\0')
                s++;
            else if (*s == quote)
                quote = '\0';
        } else if (depth > 0 && (*s == '\'' || *s == '"')) {
            quote = *s;
        } else if (*s == '[' || *s == '(') {
            depth++;
        } else if ((*s == ']' || *s == ')') && depth > 0) {
            depth--;
        } else if (depth == 0 && s[0] == '|' && s[1] == '|') {
            return s;
        }
    }
    return s;
}

static apr_status_t
add_path(hw_paths_t *paths, const char *text, const char *from, const char *to, hw_result_t *res,
         apr_pool_t *p)
{
    const char *piece = apr_pstrmemdup(p, from, (apr_size_t)(to - from));
    apr_off_t at = from - text + (apr_off_t)strspn(piece, " \t\r\n");
    hw_path_t *path;
    apr_status_t rv;

    if (hw_text_blank(piece))
        return hw_fail_at(res, APR_EINVAL, "bad-path", NULL, at, "a path must stand here");
    if (paths->list->nelts >= HW_MAX_PATHS)
        return hw_fail_at(res, APR_EINVAL, "bad-path", NULL, at, "more than %d alternatives",
                          HW_MAX_PATHS);
    piece = hw_text_trim(piece, p);
    rv = hw_path_compile(piece, strlen(piece), HW_PATH_CONFIG, &path, res, p);
    if (rv == APR_SUCCESS)
        APR_ARRAY_PUSH(paths->list, hw_path_t *) = path;
    else if (res != NULL && res->offset >= 0)
        res->offset += at;
    return rv;
}

apr_status_t
hw_paths_compile(const char *text, hw_paths_t **out, hw_result_t *res, apr_pool_t *p)
{
    hw_paths_t *paths = apr_palloc(p, sizeof(*paths));
    const char *at = text;
    apr_status_t rv;

    paths->source = hw_text_trim(text, p);
    paths->list = apr_array_make(p, 1, sizeof(hw_path_t *));
    *out = paths;
    for (;;) {
        const char *end = alternative_end(at);

        if ((rv = add_path(paths, text, at, end, res, p)) != APR_SUCCESS || *end == '\0')
            return rv;
        at = end + 2;
    }
}

static int
is_value(const hw_json_t *node)
{
    return node != NULL && !(json_object_is_type(node, json_type_string) &&
                             hw_text_blank(json_object_get_string((hw_json_t *)node)));
}

static int
holds_value(const apr_array_header_t *nodes)
{
    for (int i = 0; i < nodes->nelts; i++)
        if (is_value(APR_ARRAY_IDX(nodes, i, const hw_json_t *)))
            return 1;
    return 0;
}

apr_status_t
hw_paths_eval(const hw_paths_t *paths, const hw_scope_t *scope, apr_array_header_t **nodes,
              const hw_path_t **used, hw_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;

    if (used != NULL)
        *used = NULL;
    for (int i = 0; i < paths->list->nelts; i++) {
        const hw_path_t *path = APR_ARRAY_IDX(paths->list, i, hw_path_t *);

        if ((rv = hw_path_eval(path, scope, nodes, res, p)) != APR_SUCCESS)
            return rv;
        if (!holds_value(*nodes))
            continue;
        if (used != NULL)
            *used = path;
        break;
    }
    return rv;
}

const char *
hw_paths_text(const hw_paths_t *paths, const hw_scope_t *scope, apr_pool_t *p)
{
    for (int i = 0; i < paths->list->nelts; i++) {
        const char *s = hw_path_text(APR_ARRAY_IDX(paths->list, i, hw_path_t *), scope, p);

        if (s != NULL)
            return s;
    }
    return NULL;
}

const char *
hw_paths_any_text(const hw_paths_t *paths, const hw_scope_t *scope, apr_pool_t *p)
{
    const char *s = hw_paths_text(paths, scope, p);

    for (int i = 0; s == NULL && i < paths->list->nelts; i++) {
        apr_array_header_t *nodes;
        const hw_json_t *node;

        if (hw_path_eval(APR_ARRAY_IDX(paths->list, i, hw_path_t *), scope, &nodes, NULL, p) !=
                APR_SUCCESS || nodes->nelts == 0)
            continue;
        node = APR_ARRAY_IDX(nodes, 0, const hw_json_t *);
        if (node != NULL)
            s = hw_json_text(node, p);
    }
    return s;
}

const char *
hw_paths_source(const hw_paths_t *paths)
{
    return paths->source;
}
