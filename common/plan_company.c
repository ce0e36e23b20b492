/* SPDX-License-Identifier: Apache-2.0 */
/* Whose alert is it? */
#include <apr_fnmatch.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "common/plan_parts.h"
#include "common/text.h"

static int
id_char(char c)
{
    return apr_isalnum(c) || c == '_' || c == '.' || c == '-';
}

/* "Firewall down #CW-AcmeCorp." → "AcmeCorp"; NULL when there is no such mark. */
static const char *
marked(const char *text, apr_pool_t *p)
{
    const char *at = text;

    while (at != NULL && (at = strstr(at, "#CW")) != NULL) {
        const char *end;

        at += 3;
        if (*at == '-')
            at++;
        for (end = at; id_char(*end);)
            end++;
        while (end > at && (end[-1] == '.' || end[-1] == '-'))
            end--;
        if (end > at)
            return apr_pstrmemdup(p, at, (apr_size_t)(end - at));
    }
    return NULL;
}

static const char *
scalar(const hw_json_t *v, apr_pool_t *p)
{
    const char *s = json_object_is_type(v, json_type_object) ||
                            json_object_is_type(v, json_type_array)
                        ? NULL : hw_json_text(v, p);

    return hw_text_blank(s) ? NULL : hw_text_trim(s, p);
}

/* Values that may name a tenant, in the order they are believed: element before body. */
static apr_array_header_t *
tenant_names(const hw_scope_t *scope, apr_pool_t *p)
{
    static const char *const fields[] = { "Tenant", "tenant", "tenantId", "TenantId" };
    const hw_json_t *trees[4];
    apr_array_header_t *names = apr_array_make(p, 4, sizeof(const char *));

    trees[0] = scope->element;
    trees[1] = hw_json_get(scope->element, "TaskInfo");
    trees[2] = scope->root;
    trees[3] = hw_json_get(scope->root, "TaskInfo");
    for (int t = 0; t < 4; t++)
        for (int f = 0; f < 4; f++) {
            const char *s = scalar(hw_json_get(trees[t], fields[f]), p);

            if (s != NULL)
                APR_ARRAY_PUSH(names, const char *) = s;
        }
    return names;
}

static int
wild(const char *pattern)
{
    return strpbrk(pattern, "*?") != NULL;
}

/* apr_fnmatch() reads '[' and '\' as syntax too; here only * and ? are. */
static const char *
glob(const char *pattern, apr_pool_t *p)
{
    hw_buf_t b;

    hw_buf_init(&b, p);
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '[' || *pattern == '\\')
            hw_buf_addc(&b, '\\');
        hw_buf_addc(&b, *pattern);
    }
    return b.s;
}

static int
row_fits(const hw_tenant_map_t *row, const char *name, int wildcards, apr_pool_t *p)
{
    if (!wildcards)
        return hw_text_ieq(row->pattern, name);
    return wild(row->pattern) &&
           apr_fnmatch(glob(row->pattern, p), name, APR_FNM_CASE_BLIND) == APR_SUCCESS;
}

/* Characters of a pattern that stand for themselves: "kern-*" says more than "*". */
static int
literals(const char *pattern)
{
    int n = 0;

    for (; *pattern != '\0'; pattern++)
        n += *pattern != '*' && *pattern != '?';
    return n;
}

/* The row that fits, of several wildcards the one that says most; -1 = none. */
static int
look_up(const apr_array_header_t *map, const char *name, int wildcards, apr_pool_t *p)
{
    int best = -1, most = -1;

    for (int i = 0; i < map->nelts; i++) {
        const hw_tenant_map_t *row = &APR_ARRAY_IDX(map, i, hw_tenant_map_t);
        int n = wildcards ? literals(row->pattern) : 0;

        if (n > most && row_fits(row, name, wildcards, p)) {
            best = i;
            most = n;
        }
    }
    return best;
}

int
hw_tenantmap_find(const apr_array_header_t *map, const char *name, int *wildcard, apr_pool_t *p)
{
    int row = -1;

    for (*wildcard = 0; row < 0 && *wildcard < 2; ++*wildcard)
        row = look_up(map, name, *wildcard, p);
    --*wildcard;
    return row;
}

/* Exact rows first, for every name, then wildcard rows. NULL = none fits. */
static const hw_tenant_map_t *
from_tenant_map(hw_plan_work_t *w, const apr_array_header_t *names)
{
    const apr_array_header_t *map = w->ctx->tenantmap;

    for (int wildcards = 0; map != NULL && wildcards < 2; wildcards++)
        for (int i = 0; i < names->nelts; i++) {
            int row = look_up(map, APR_ARRAY_IDX(names, i, const char *), wildcards, w->p);

            if (row >= 0)
                return &APR_ARRAY_IDX(map, row, hw_tenant_map_t);
        }
    return NULL;
}

static int
take(hw_plan_work_t *w, const char *company, const char *source, const char *how)
{
    if (hw_text_blank(company))
        return 0;
    company = hw_text_trim(company, w->p);
    w->part->company =
        apr_pstrmemdup(w->p, company, hw_utf8_prefix(company, strnlen(company, HW_COMPANY_MAX),
                                                     HW_COMPANY_MAX));
    hw_trace_add(w->part->trace, "company", source, "%s, %s.", w->part->company, how);
    return 1;
}

static void
was_of(hw_part_t *part, const char *company, const char *former, apr_pool_t *p)
{
    apr_array_header_t *was = apr_array_make(p, 2, sizeof(const char *));

    APR_ARRAY_PUSH(was, const char *) = company;
    if (former != NULL)
        APR_ARRAY_PUSH(was, const char *) = former;
    part->company_was = was;
}

void
hw_part_choose_company(hw_part_t *part, const char *company, const char *former, apr_pool_t *p)
{
    was_of(part, part->company, former, p);
    part->company = company;
    part->company_named = 1;
    hw_plan_set_identity(part, part->dedup_key, p);
}

int
hw_part_was_of(const hw_part_t *part, const char *company)
{
    for (int i = 0; part->company_was != NULL && i < part->company_was->nelts; i++) {
        const char *was = APR_ARRAY_IDX(part->company_was, i, const char *);

        if (hw_text_blank(was) ? hw_text_blank(company)
                               : company != NULL && strcmp(was, company) == 0)
            return 1;
    }
    return 0;
}

static int
take_mapped(hw_plan_work_t *w, const apr_array_header_t *names)
{
    const hw_tenant_map_t *row = from_tenant_map(w, names);

    if (row == NULL || !take(w, row->company, "tenant-map",
                             row->guessed ? "from the tenant map, as found out for it"
                                          : "from the tenant map"))
        return 0;
    if (row->guessed)
        was_of(w->part, w->ep->default_company, row->former, w->p);
    return 1;
}

/* A name that would be a pattern in the map, or is no name at all, is asked of nobody. */
static const char *
askable(const apr_array_header_t *names)
{
    for (int i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (strlen(name) <= HW_COMPANY_MAX && !wild(name))
            return name;
    }
    return NULL;
}

/* What the sender calls its customer is good enough for our own incidents; a PSA would refuse the
 * ticket for a name that is not its own. */
static int
take_customer(hw_plan_work_t *w, const char *customer)
{
    if (strcmp(w->part->destination, "local") != 0)
        return 0;
    return take(w, customer, "sender", "the sender's own name for its customer");
}

void
hw_plan_company(hw_plan_work_t *w)
{
    const char *mark = marked(w->env.monitor_name, w->p), *customer = NULL;
    apr_array_header_t *names = apr_array_make(w->p, 1, sizeof(const char *));

    if (w->ep->customer != NULL)
        customer = hw_text_trim(hw_expr_eval(w->ep->customer, &w->env, w->p), w->p);
    if (w->ep->global_routing)
        names = tenant_names(&w->env.scope, w->p);
    if (w->ep->global_routing && customer != NULL)
        APR_ARRAY_PUSH(names, const char *) = customer;
    if (mark == NULL)
        mark = marked(w->title, w->p);
    w->part->company_named = 1;
    if (take(w, w->rules.overrides[HW_F_CUSTOMER_ID], "rule", "set by a rule") ||
        take(w, w->mapped[HW_F_CUSTOMER_ID], "mapping", "found by the mapping of customer_id") ||
        take(w, mark, "mark", "from #CW in the name or summary") ||
        take_mapped(w, names))
        return;
    w->part->company_named = 0;
    w->part->tenant_name = askable(names);
    if (take(w, w->ep->default_company, "default", "the endpoint's or the installation's default"))
        return;
    if (take_customer(w, customer)) {
        w->part->company_named = 1;
        w->part->tenant_name = NULL;
    } else {
        hw_trace_add(w->part->trace, "company", "none", "No company is known.");
    }
}
