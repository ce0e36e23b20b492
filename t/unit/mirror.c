/* SPDX-License-Identifier: Apache-2.0 */
/* What PSAs tell of their tickets, each in its own words. */
#include "common/mirror.h"

#include <apr_strings.h>
#include <string.h>

#include "common/json.h"
#include "t/lib/tap.h"

#define RECEIVED apr_time_from_sec(1767225600) /* 2026-01-01 */

static const char *
or_none(const char *s)
{
    return s != NULL ? s : "-";
}

static const char *
told(const char *provider, const char *body, apr_pool_t *p)
{
    hw_json_t *doc = NULL;
    hw_map_env_t env = { .monitor_name = NULL };
    const char *why = NULL;
    hw_mirror_t *m;

    if (hw_json_parse(body, strlen(body), NULL, &doc, NULL, NULL, p) != APR_SUCCESS)
        return "no JSON";
    env.scope.root = env.scope.element = doc;
    m = hw_mirror_read(provider, &env, RECEIVED, &why, p);
    if (m == NULL)
        return why;
    return apr_psprintf(p, "%s %s|%s|%s|%s|%s|%s|%" APR_INT64_T_FMT "%s%s", m->provider,
                        m->ticket_id, or_none(m->subject), or_none(m->status),
                        or_none(m->priority), or_none(m->company), or_none(m->requester),
                        (apr_int64_t)apr_time_sec(m->updated_at), m->dated ? "" : " undated",
                        m->deleted ? " deleted" : "");
}

static void
test_providers(apr_pool_t *p)
{
    static const struct {
        const char *provider, *body, *want;
    } cases[] = {
        { "connectwise",
          "{\"Action\":\"updated\",\"Type\":\"ticket\",\"ID\":81,\"Entity\":{\"id\":81,"
          "\"summary\":\"Fan\",\"status\":{\"name\":\"New\"},\"priority\":{\"name\":\"P2\"},"
          "\"company\":{\"identifier\":\"ACME\"},\"contact\":{\"name\":\"Bo\"},"
          "\"_info\":{\"lastUpdated\":\"2026-02-01T00:00:00Z\"}}}",
          "connectwise 81|Fan|New|P2|ACME|Bo|1769904000" },
        { "connectwise", "{\"Action\":\"deleted\",\"Type\":\"ticket\",\"ID\":\"81\",\"Entity\":null}",
          "connectwise 81|-|-|-|-|-|1767225600 undated deleted" },
        { "connectwise", "{\"Action\":\"updated\",\"Type\":\"company\",\"ID\":81}",
          "It tells of a company, not of a ticket." },
        { "halopsa",
          "{\"event\":\"New Ticket Logged\",\"ticket\":{\"id\":5,\"summary\":\"Disk\","
          "\"status_id\":2,\"priority_name\":\"High\",\"client_name\":\"North\","
          "\"user_name\":\"Cy\",\"lastactiondate\":\"2026-02-01T00:00:00\"}}",
          "halopsa 5|Disk|2|High|North|Cy|1769904000" },
        { "halopsa", "{\"id\":6,\"summary\":\"flat\"}",
          "halopsa 6|flat|-|-|-|-|1767225600 undated" },
        { "autotask",
          "{\"Action\":\"Update\",\"EntityType\":\"Ticket\",\"Id\":7,\"Fields\":{\"Title\":\"Tape\","
          "\"Status\":5},\"EventTime\":\"2026-02-01T00:00:00Z\",\"SequenceNumber\":1}",
          "autotask 7|Tape|5|-|-|-|1769904000" },
        { "autotask", "{\"Action\":\"Delete\",\"EntityType\":\"Ticket\",\"Id\":7,\"Fields\":{}}",
          "autotask 7|-|-|-|-|-|1767225600 undated deleted" },
        { "autotask", "{\"Action\":\"Update\",\"EntityType\":\"Contact\",\"Id\":7}",
          "It tells of a Contact, not of a ticket." },
        { "freshservice",
          "{\"event\":\"ticket.updated\",\"ticket_id\":\"9\",\"subject\":\" Wifi \",\"status_id\":4,"
          "\"priority_id\":1,\"requester_email\":\"d@example.test\","
          "\"updated_at\":\"2026-02-01T01:00:00+01:00\"}",
          "freshservice 9|Wifi|4|1|-|d@example.test|1769904000" },
        { "freshservice", "{\"event\":\"ticket.updated\",\"ticket_id\":9,\"updated_at\":\"today\"}",
          "freshservice 9|-|-|-|-|-|1767225600 undated" },
        { "superops",
          "{\"event\":\"ticket.deleted\",\"ticket_id\":\"T-1\",\"subject\":\"VPN\","
          "\"status\":\"Closed\",\"priority\":\"Low\",\"client\":\"South\",\"requester\":\"Di\"}",
          "superops T-1|VPN|Closed|Low|South|Di|1767225600 undated deleted" },
        { "superops", "{\"subject\":\"VPN\"}", "It names no ticket." },
        { "superops", "[]", "It names no ticket." },
        { "superops", "7", "It names no ticket." },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        is(told(cases[i].provider, cases[i].body, p), cases[i].want, "row %zu, %s", i,
           cases[i].provider);
}

static void
test_bounds(apr_pool_t *p)
{
    char *id = apr_pcalloc(p, 102), *text = apr_pcalloc(p, 40001);
    hw_map_env_t env = { .monitor_name = NULL };
    hw_json_t *doc = hw_json_own(json_object_new_object(), p);
    const char *why;
    hw_mirror_t *m;

    memset(id, '1', 101);
    memset(text, 'x', 40000);
    is(told("superops", apr_psprintf(p, "{\"ticket_id\":\"%s\"}", id), p),
       "What it names is too long to be a ticket's id.", "a long id");
    hw_json_set_string(doc, "ticket_id", "1");
    hw_json_set_string(doc, "password", "hush");
    hw_json_set_string(doc, "subject", text);
    env.scope.root = env.scope.element = doc;
    m = hw_mirror_read("superops", &env, RECEIVED, &why, p);
    is(m->fields, "{}", "a large payload is not kept");
    ok(strlen(m->subject) < 1010, "nor all of a long subject");
    hw_json_set_string(doc, "subject", "x");
    m = hw_mirror_read("superops", &env, RECEIVED, &why, p);
    is(m->fields, "{\"ticket_id\":\"1\",\"password\":\"********\",\"subject\":\"x\"}",
       "what is kept is masked");
    ok(hw_mirror_provider("halopsa") && !hw_mirror_provider("jira") && !hw_mirror_provider(NULL),
       "providers");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    test_providers(p);
    test_bounds(p);
    return tap_done();
}
