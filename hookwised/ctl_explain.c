/* SPDX-License-Identifier: Apache-2.0 */
/* hookwisectl path and explain: the pure parts, tried out without any server. */
#include <stdio.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "common/clock.h"
#include "common/decide.h"
#include "common/result.h"
#include "common/text.h"
#include "hookwised/ctl.h"

/* The request every explanation is about; fixed, so that equal input prints equal output. */
#define EXPLAIN_REQUEST "00000000-0000-4000-8000-000000000000"

/* Reads a file of JSON; errors name the file. */
static apr_status_t
slurp_json(hwd_ctl_t *ctl, const char *path, hw_json_t **out)
{
    const char *text;
    apr_size_t len;
    apr_status_t rv = hwd_ctl_slurp(ctl, path, &text, &len);

    if (rv != APR_SUCCESS)
        return rv;
    rv = hw_json_parse(text, len, NULL, out, NULL, ctl->res, ctl->p);
    if (rv != APR_SUCCESS)
        hw_result_in_field(ctl->res, path == NULL || strcmp(path, "-") == 0 ? "stdin" : path);
    return rv;
}

int
hwd_ctl_path(hwd_ctl_t *ctl, int argc, const char *const *argv)
{
    hw_json_t *root, *list;
    apr_array_header_t *nodes;
    hw_path_t *path;
    hw_scope_t scope;

    if (argc > 0 && strcmp(argv[0], "--") == 0) {
        argc--;
        argv++;
    }
    if (argc < 1 || argc > 2)
        return hwd_ctl_usage(ctl, "path", argc < 1 ? "which path?" : "too many arguments");
    if (hw_path_compile(argv[0], strlen(argv[0]), HW_PATH_RFC, &path, ctl->res, ctl->p) !=
        APR_SUCCESS)
        return hwd_ctl_fail(ctl, "path");
    if (slurp_json(ctl, argc > 1 ? argv[1] : NULL, &root) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "path");
    scope = (hw_scope_t){ .root = root, .element = root };
    if (hw_path_eval(path, &scope, &nodes, ctl->res, ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "path");
    list = hw_json_own(json_object_new_array(), ctl->p);
    for (int i = 0; i < nodes->nelts; i++)
        json_object_array_add(list, json_object_get(APR_ARRAY_IDX(nodes, i, hw_json_t *)));
    puts(hw_json_write(list, ctl->p));
    return HW_EXIT_OK;
}

typedef struct {
    hwd_ctl_t *ctl;
    const char *endpoint, *payload, *facts, *tenantmap, *now, *query;
    hw_json_t *headers;
    int mask; /* secrets are not printed */
} args_t;

/* "K: V" → member k; a name given twice joins as HTTP does. */
static int
add_header(args_t *a, const char *text)
{
    const char *colon = strchr(text, ':'), *value, *before;
    char *name;

    if (colon == NULL || colon == text)
        return 0;
    name = apr_pstrmemdup(a->ctl->p, text, (apr_size_t)(colon - text));
    for (char *c = name; *c != '\0'; c++)
        *c = (char)apr_tolower(*c);
    value = hw_text_trim(colon + 1, a->ctl->p);
    before = hw_json_get_string(a->headers, name);
    if (before != NULL)
        value = apr_pstrcat(a->ctl->p, before, ", ", value, NULL);
    hw_json_set_string(a->headers, name, value);
    return 1;
}

/* The option at argv[*i], taken apart; NULL value = it has none. */
static const char *
option_value(int argc, const char *const *argv, int *i, const char **name, apr_pool_t *p)
{
    const char *eq = strchr(argv[*i], '=');

    if (strncmp(argv[*i], "--", 2) == 0 && eq != NULL) {
        *name = apr_pstrmemdup(p, argv[*i], (apr_size_t)(eq - argv[*i]));
        return eq + 1;
    }
    *name = argv[*i];
    return *i + 1 < argc ? argv[++*i] : NULL;
}

/* NULL when all is well, else what is wrong. */
static const char *
read_args(args_t *a, int argc, const char *const *argv)
{
    const struct {
        const char *name, **to;
    } files[] = {
        { "--endpoint", &a->endpoint }, { "--payload", &a->payload }, { "--facts", &a->facts },
        { "--tenantmap", &a->tenantmap }, { "--now", &a->now }, { "--query", &a->query },
    };
    apr_pool_t *p = a->ctl->p;

    for (int i = 0; i < argc; i++) {
        const char *name, *value;
        int known;

        if (strcmp(argv[i], "--mask") == 0) {
            a->mask = 1;
            continue;
        }
        value = option_value(argc, argv, &i, &name, p);
        known = strcmp(name, "--header") == 0;
        for (apr_size_t f = 0; f < sizeof(files) / sizeof(*files); f++)
            if (strcmp(name, files[f].name) == 0) {
                *files[f].to = value;
                known = 1;
            }
        if (!known)
            return apr_psprintf(p, "unknown option \"%s\"", name);
        if (value == NULL)
            return apr_psprintf(p, "%s needs a value", name);
        if (strcmp(name, "--header") == 0 && !add_header(a, value))
            return apr_psprintf(p, "--header takes 'Name: value', not \"%s\"", value);
    }
    if (a->endpoint == NULL)
        return "--endpoint is missing";
    return a->payload == NULL ? "--payload is missing" : NULL;
}

static apr_status_t
add_tenant(hwd_ctl_t *ctl, const char *file, apr_array_header_t *map, const char *pattern,
           const hw_json_t *company)
{
    hw_tenant_map_t *row;

    if (pattern == NULL || !json_object_is_type(company, json_type_string))
        return hw_fail_field(ctl->res, APR_EINVAL, "bad-type", file,
                             "each row maps a pattern to a company, both texts");
    row = apr_array_push(map);
    row->pattern = apr_pstrdup(ctl->p, pattern);
    row->company = json_object_get_string((hw_json_t *)company);
    return APR_SUCCESS;
}

/* {"example.com":"EXAMPLE"} or [{"pattern":"example.com","company":"EXAMPLE"}], also as the list that
 * "tenantmap list --json" prints. */
static apr_status_t
read_tenantmap(args_t *a, apr_array_header_t **out)
{
    apr_array_header_t *map = apr_array_make(a->ctl->p, 8, sizeof(hw_tenant_map_t));
    hw_json_t *v;
    apr_status_t rv;

    *out = map;
    if (a->tenantmap == NULL)
        return APR_SUCCESS;
    if ((rv = slurp_json(a->ctl, a->tenantmap, &v)) != APR_SUCCESS)
        return rv;
    if (json_object_is_type(hw_json_get(v, "items"), json_type_array))
        v = hw_json_get(v, "items");
    if (json_object_is_type(v, json_type_object)) {
        json_object_object_foreach(v, key, company)
        {
            if ((rv = add_tenant(a->ctl, a->tenantmap, map, key, company)) != APR_SUCCESS)
                return rv;
        }
        return APR_SUCCESS;
    }
    if (!json_object_is_type(v, json_type_array))
        return hw_fail_field(a->ctl->res, APR_EINVAL, "bad-type", a->tenantmap,
                             "neither an object nor a list");
    for (apr_size_t i = 0; i < json_object_array_length(v); i++) {
        hw_json_t *row = json_object_array_get_idx(v, i);

        rv = add_tenant(a->ctl, a->tenantmap, map, hw_json_get_string(row, "pattern"),
                        hw_json_get(row, "company"));
        if (rv != APR_SUCCESS)
            return rv;
    }
    return APR_SUCCESS;
}

static apr_status_t
read_facts(args_t *a, hw_facts_doc_t **out)
{
    hw_json_t *v;
    apr_status_t rv;

    *out = NULL;
    if (a->facts == NULL)
        return APR_SUCCESS;
    if ((rv = slurp_json(a->ctl, a->facts, &v)) != APR_SUCCESS)
        return rv;
    return hw_facts_doc_make(v, out, a->ctl->res, a->ctl->p);
}

static apr_status_t
read_event(args_t *a, apr_time_t now, hw_event_t *ev)
{
    *ev = (hw_event_t){
        .request_id = EXPLAIN_REQUEST, .endpoint_id = "", .kind = "webhook", .received_at = now,
        .source_ip = "", .method = "POST", .query = a->query != NULL ? a->query : "",
        .headers_json = hw_json_write(a->headers, a->ctl->p), .auth_scheme = "none",
        .auth_version = "", .rejected = "", .replay_of = "", .replay_by = "",
    };
    return hwd_ctl_slurp(a->ctl, a->payload, &ev->body, &ev->body_len);
}

/* What "endpoint show --json" prints, or the API, is taken as it is: what it adds to the document
 * goes. */
static apr_status_t
read_endpoint(args_t *a, hw_endpoint_t **out)
{
    hw_json_t *doc;
    apr_status_t rv = slurp_json(a->ctl, a->endpoint, &doc);

    if (rv != APR_SUCCESS)
        return rv;
    hw_endpoint_strip(doc);
    return hw_endpoint_compile(doc, NULL, NULL, a->ctl->settings, out, a->ctl->res, a->ctl->p);
}

static apr_status_t
explain(args_t *a, hw_json_t **out)
{
    hwd_ctl_t *ctl = a->ctl;
    hw_plan_context_t ctx = { .settings = ctl->settings };
    apr_array_header_t *map;
    hw_facts_doc_t *facts;
    hw_endpoint_t *ep;
    hw_plan_t *plan;
    hw_event_t ev;
    apr_time_t now = apr_time_now();
    apr_status_t rv;

    if (a->now != NULL && (rv = hw_time_parse(a->now, &now, ctl->res)) != APR_SUCCESS)
        return hw_result_in_field(ctl->res, "--now");
    if ((rv = read_endpoint(a, &ep)) != APR_SUCCESS ||
        (rv = read_event(a, now, &ev)) != APR_SUCCESS ||
        (rv = read_facts(a, &facts)) != APR_SUCCESS ||
        (rv = read_tenantmap(a, &map)) != APR_SUCCESS)
        return rv;
    ev.endpoint_id = ep->id;
    ctx.tenantmap = map;
    if ((rv = hw_plan(&ev, ep, &ctx, now, &plan, ctl->res, ctl->p)) != APR_SUCCESS)
        return rv;
    *out = (a->mask ? hw_explain_masked : hw_explain)(plan, facts != NULL ? hw_facts_from_json : NULL,
                                                      facts, now, ctl->p);
    return APR_SUCCESS;
}

int
hwd_ctl_explain(hwd_ctl_t *ctl, int argc, const char *const *argv)
{
    args_t a = { .ctl = ctl };
    const char *wrong;
    hw_json_t *out = NULL;

    a.headers = hw_json_own(json_object_new_object(), ctl->p);
    if ((wrong = read_args(&a, argc, argv)) != NULL)
        return hwd_ctl_usage(ctl, "explain", wrong);
    if (ctl->settings == NULL &&
        hw_settings_load(NULL, &ctl->settings, NULL, ctl->res, ctl->p) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "settings");
    if (explain(&a, &out) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, "explain");
    hwd_ctl_print(ctl, out);
    return HW_EXIT_OK;
}
