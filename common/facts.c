/* SPDX-License-Identifier: Apache-2.0 */
/* Facts told in a JSON document instead of read from a database. */
#include <apr_strings.h>
#include <string.h>

#include "common/clock.h"
#include "common/decide.h"
#include "common/result.h"
#include "common/text.h"

typedef struct {
    const char *dedup_key;  /* NULL = any */
    hw_facts_t facts;       /* facts.company NULL = any */
} ticket_t;

struct hw_facts_doc_t {
    apr_array_header_t *tickets; /* of ticket_t */
};

static apr_status_t
bad(hw_result_t *res, const char *problem, const char *field, const char *why)
{
    return hw_fail_field(res, APR_EINVAL, problem, field, "%s", why);
}

static apr_status_t
read_flag(const hw_json_t *v, const char *field, int *out, hw_result_t *res)
{
    if (v != NULL && !json_object_is_type(v, json_type_boolean))
        return bad(res, "bad-type", field, "neither true nor false");
    *out = v != NULL && json_object_get_boolean(v);
    return APR_SUCCESS;
}

/* Ticket numbers are numbers in some systems. */
static apr_status_t
read_text(const hw_json_t *v, const char *field, const char **out, hw_result_t *res, apr_pool_t *p)
{
    if (json_object_is_type(v, json_type_array) || json_object_is_type(v, json_type_object))
        return bad(res, "bad-type", field, "not a text");
    *out = v != NULL ? apr_pstrdup(p, hw_json_text(v, p)) : NULL;
    return APR_SUCCESS;
}

static apr_status_t
read_member(ticket_t *t, const char *name, const char *field, const hw_json_t *v,
            hw_result_t *res, apr_pool_t *p)
{
    hw_facts_t *f = &t->facts;
    const char *s = NULL;
    apr_status_t rv;

    if (strcmp(name, "open") == 0)
        return read_flag(v, field, &f->open, res);
    if (strcmp(name, "closed_by_human") == 0)
        return read_flag(v, field, &f->closed_by_human, res);
    if (strcmp(name, "ambiguous") == 0)
        return read_flag(v, field, &f->ambiguous, res);
    if (strcmp(name, "ticket_id") == 0)
        return read_text(v, field, &f->ticket_id, res, p);
    if (strcmp(name, "company") == 0)
        return read_text(v, field, &f->company, res, p);
    if (strcmp(name, "source") == 0)
        return read_text(v, field, &f->source, res, p);
    if (strcmp(name, "shared_with") == 0)
        return read_text(v, field, &f->shared_with, res, p);
    if (strcmp(name, "dedup_key") == 0)
        return read_text(v, field, &t->dedup_key, res, p);
    if (strcmp(name, "closed_at") != 0)
        return bad(res, "unknown-field", field, "facts have no such member");
    if ((rv = read_text(v, field, &s, res, p)) != APR_SUCCESS || s == NULL)
        return rv;
    rv = hw_time_parse(s, &f->closed_at, res);
    if (rv != APR_SUCCESS)
        hw_result_in_field(res, field);
    return rv;
}

static apr_status_t
read_ticket(hw_facts_doc_t *doc, const hw_json_t *v, const char *where, hw_result_t *res,
            apr_pool_t *p)
{
    ticket_t *t = memset(apr_array_push(doc->tickets), 0, sizeof(*t));
    apr_status_t rv;

    if (!json_object_is_type(v, json_type_object))
        return bad(res, "bad-type", where, "not an object");
    json_object_object_foreach((hw_json_t *)v, key, member)
    {
        const char *field = apr_pstrcat(p, where, where[0] != '\0' ? "." : "", key, NULL);

        if ((rv = read_member(t, key, field, member, res, p)) != APR_SUCCESS)
            return rv;
    }
    if (t->facts.source == NULL)
        t->facts.source = t->facts.ticket_id != NULL || t->facts.open ? "alert" : "none";
    return APR_SUCCESS;
}

apr_status_t
hw_facts_doc_make(const hw_json_t *v, hw_facts_doc_t **out, hw_result_t *res, apr_pool_t *p)
{
    hw_facts_doc_t *doc = apr_palloc(p, sizeof(*doc));
    const hw_json_t *list = hw_json_get(v, "tickets");
    apr_status_t rv;

    doc->tickets = apr_array_make(p, 4, sizeof(ticket_t));
    *out = doc;
    if (!json_object_is_type(v, json_type_object))
        return hw_fail(res, APR_EINVAL, "bad-type", "facts are a JSON object");
    if (list == NULL)
        return read_ticket(doc, v, "", res, p);
    if (!json_object_is_type(list, json_type_array) || json_object_object_length(v) != 1)
        return bad(res, "bad-type", "tickets", "must be a list, and the only member");
    for (int i = 0; i < (int)json_object_array_length(list); i++) {
        rv = read_ticket(doc, json_object_array_get_idx(list, (size_t)i),
                         apr_psprintf(p, "tickets[%d]", i), res, p);
        if (rv != APR_SUCCESS)
            return rv;
    }
    return APR_SUCCESS;
}

static int
same_company(const ticket_t *t, const hw_part_t *part)
{
    return t->facts.company == NULL || hw_text_ieq(t->facts.company, part->company) ||
           (t->facts.open && hw_part_was_of(part, t->facts.company));
}

/* The open ticket of the part's key and company, else the one closed last. */
static const ticket_t *
best_of(const hw_facts_doc_t *doc, const hw_part_t *part)
{
    const ticket_t *best = NULL;

    for (int i = 0; i < doc->tickets->nelts; i++) {
        const ticket_t *t = &APR_ARRAY_IDX(doc->tickets, i, ticket_t);

        if ((t->dedup_key != NULL && strcmp(t->dedup_key, part->dedup_key) != 0) ||
            !same_company(t, part))
            continue;
        if (best == NULL || (t->facts.open && !best->facts.open) ||
            (t->facts.open == best->facts.open && t->facts.closed_at > best->facts.closed_at))
            best = t;
    }
    return best;
}

/* A recovery that names no company: the only open alert of that key, whoever it belongs to. */
static const ticket_t *
only_open(const hw_facts_doc_t *doc, const hw_part_t *part, int *several)
{
    const ticket_t *found = NULL;

    for (int i = 0; i < doc->tickets->nelts; i++) {
        const ticket_t *t = &APR_ARRAY_IDX(doc->tickets, i, ticket_t);

        if (!t->facts.open ||
            (t->dedup_key != NULL && strcmp(t->dedup_key, part->dedup_key) != 0))
            continue;
        *several = found != NULL;
        found = t;
    }
    return *several ? NULL : found;
}

void
hw_facts_from_json(void *baton, const hw_part_t *part, hw_facts_t *facts, apr_pool_t *p)
{
    const hw_facts_doc_t *doc = baton;
    const ticket_t *t = best_of(doc, part);
    int several = 0;

    (void)p;
    memset(facts, 0, sizeof(*facts));
    facts->source = "none";
    if ((t == NULL || !t->facts.open) && part->kind == HW_KIND_CLOSE && !part->company_named) {
        const ticket_t *other = only_open(doc, part, &several);

        if (other != NULL)
            t = other;
    }
    if (t != NULL)
        *facts = t->facts;
    if (several)
        facts->ambiguous = 1;
}
