/* SPDX-License-Identifier: Apache-2.0 */
/* Tickets as PSAs tell of them: where each says what. */
#include "common/mirror.h"

#include <apr_strings.h>
#include <string.h>

#include "common/clock.h"
#include "common/mask.h"
#include "common/text.h"

#define FIELDS_MAX 32768 /* bytes of a kept element */
#define TEXT_MAX 1000    /* code points of a text */
#define ID_MAX 100       /* bytes of a ticket's id */

const char *const hw_mirror_providers[] = { "connectwise", "halopsa", "autotask", "freshservice",
                                            "superops", NULL };

int
hw_mirror_provider(const char *name)
{
    for (int i = 0; name != NULL && hw_mirror_providers[i] != NULL; i++)
        if (strcmp(hw_mirror_providers[i], name) == 0)
            return 1;
    return 0;
}

/* Expressions. record says of what the payload tells, when it does: only "ticket" counts. */
typedef struct {
    const char *provider, *record, *event, *id, *subject, *status, *priority, *company, *requester,
        *updated;
} row_t;

static const row_t rows[] = {
    { .provider = "connectwise",
      .record = "@.Type",
      .event = "@.Action",
      .id = "@.ID || @.Entity.id || @.id",
      .subject = "@.Entity.summary || @.summary",
      .status = "@.Entity.status.name || @.status.name",
      .priority = "@.Entity.priority.name || @.priority.name",
      .company = "@.Entity.company.identifier || @.Entity.company.name || @.company.identifier",
      .requester = "@.Entity.contact.name || @.Entity.contactName || @.contact.name",
      .updated = "@.Entity._info.lastUpdated || @._info.lastUpdated" },
    { .provider = "halopsa",
      .event = "@.event",
      .id = "@.ticket.id || @.id",
      .subject = "@.ticket.summary || @.summary",
      .status = "@.ticket.status_name || @.ticket.status_id || @.status_name || @.status_id",
      .priority = "@.ticket.priority_name || @.ticket.priority_id || @.priority_name || "
                  "@.priority_id",
      .company = "@.ticket.client_name || @.ticket.client_id || @.client_name || @.client_id",
      .requester = "@.ticket.user_name || @.ticket.users_name || @.user_name || @.users_name",
      .updated = "@.ticket.lastactiondate || @.ticket.last_update || @.lastactiondate || "
                 "@.last_update" },
    { .provider = "autotask",
      .record = "@.EntityType",
      .event = "@.Action",
      .id = "@.Id || @.id",
      .subject = "@.Fields.Title || @.title",
      .status = "@.Fields.Status || @.status",
      .priority = "@.Fields.Priority || @.priority",
      .company = "@.Fields.Company || @.Fields.CompanyID || @.company",
      .requester = "@.Fields.Contact || @.Fields.ContactID || @.contact",
      .updated = "@.EventTime || @.last_activity_datetime" },
    { .provider = "freshservice",
      .event = "@.event",
      .id = "@.ticket_id",
      .subject = "@.subject",
      .status = "@.status || @.status_id",
      .priority = "@.priority || @.priority_id",
      .company = "@.department_name || @.department_id",
      .requester = "@.requester_name || @.requester_email",
      .updated = "@.updated_at" },
    { .provider = "superops",
      .event = "@.event",
      .id = "@.ticket_id || @.ticketId",
      .subject = "@.subject",
      .status = "@.status",
      .priority = "@.priority",
      .company = "@.client",
      .requester = "@.requester",
      .updated = "@.updated_at || @.updated_time" },
};

/* NULL when the payload does not say. */
static const char *
text(const char *expr, const hw_map_env_t *env, apr_pool_t *p)
{
    hw_expr_t *e;
    const char *s = NULL;

    if (expr != NULL && hw_expr_compile(expr, &e, NULL, p) == APR_SUCCESS)
        s = hw_expr_eval(e, env, p);
    return hw_text_blank(s) ? NULL : hw_text_cut(hw_text_trim(s, p), TEXT_MAX, p);
}

/* "deleted", "Delete", "ticket.deleted"; spam is as good as gone. */
static int
says_deleted(const char *event)
{
    static const char *const words[] = { "delete", "deleted", "spam", NULL };
    const char *dot = event != NULL ? strrchr(event, '.') : NULL;

    for (int i = 0; words[i] != NULL; i++)
        if (hw_text_ieq(event, words[i]) || (dot != NULL && hw_text_ieq(dot + 1, words[i])))
            return 1;
    return 0;
}

static const char *
masked(const hw_json_t *element, apr_pool_t *p)
{
    const char *s = hw_json_write(hw_mask_json(element, p), p);

    return json_object_is_type(element, json_type_object) && strlen(s) <= FIELDS_MAX ? s : "{}";
}

static void
set_time(hw_mirror_t *m, const char *updated, apr_time_t received)
{
    apr_time_t when = 0;

    m->dated = updated != NULL && hw_time_parse(updated, &when, NULL) == APR_SUCCESS;
    m->updated_at = m->dated ? when : received;
}

hw_mirror_t *
hw_mirror_read(const char *provider, const hw_map_env_t *env, apr_time_t received, const char **why,
               apr_pool_t *p)
{
    hw_mirror_t *m = apr_pcalloc(p, sizeof(*m));
    const row_t *row = rows;
    const char *record, *event;

    while (strcmp(row->provider, provider) != 0)
        row++; /* one of hw_mirror_providers */
    record = text(row->record, env, p);
    event = text(row->event, env, p);
    m->provider = row->provider;
    m->ticket_id = text(row->id, env, p);
    *why = NULL;
    if (record != NULL && !hw_text_ieq(record, "ticket"))
        *why = apr_psprintf(p, "It tells of a %s, not of a ticket.", record);
    else if (m->ticket_id == NULL)
        *why = "It names no ticket.";
    else if (strlen(m->ticket_id) > ID_MAX)
        *why = "What it names is too long to be a ticket's id.";
    if (*why != NULL)
        return NULL;
    m->subject = text(row->subject, env, p);
    m->status = text(row->status, env, p);
    m->priority = text(row->priority, env, p);
    m->company = text(row->company, env, p);
    m->requester = text(row->requester, env, p);
    m->deleted = says_deleted(event);
    m->fields = masked(env->scope.element, p);
    set_time(m, text(row->updated, env, p), received);
    return m;
}
