/* SPDX-License-Identifier: Apache-2.0 */
/* The lifecycle table, cell by cell; facts told as JSON. */
#include <string.h>

#include "common/decide.h"
#include "t/lib/tap.h"

#define NOW apr_time_from_sec(1772443800)

static hw_part_t
part_of(hw_kind_e kind, hw_unknown_e unknown, apr_pool_t *p)
{
    return (hw_part_t){ .kind = kind, .on_unknown = unknown, .dedup_key = "k", .alert_key = "x",
                        .trace = hw_trace_make(p) };
}

static void
lifecycle(apr_pool_t *p)
{
    static const struct {
        int open;
        hw_kind_e kind;
        hw_unknown_e unknown;
        const char *action, *reason;
    } cells[] = {
        { 1, HW_KIND_CLOSE, HW_UNKNOWN_NOTE, "close", "recovered" },
        { 1, HW_KIND_CLOSE, HW_UNKNOWN_IGNORE, "close", "recovered" },
        { 1, HW_KIND_OPEN, HW_UNKNOWN_NOTE, "update", "open-ticket" },
        { 1, HW_KIND_OTHER, HW_UNKNOWN_NOTE, "update", "open-ticket" },
        { 1, HW_KIND_OTHER, HW_UNKNOWN_OPEN, "update", "open-ticket" },
        { 1, HW_KIND_OTHER, HW_UNKNOWN_IGNORE, "skip", "ignored" },
        { 0, HW_KIND_OPEN, HW_UNKNOWN_NOTE, "create", "no-open-ticket" },
        { 0, HW_KIND_OPEN, HW_UNKNOWN_IGNORE, "create", "no-open-ticket" },
        { 0, HW_KIND_CLOSE, HW_UNKNOWN_OPEN, "skip", "nothing-to-close" },
        { 0, HW_KIND_OTHER, HW_UNKNOWN_NOTE, "skip", "nothing-to-note" },
        { 0, HW_KIND_OTHER, HW_UNKNOWN_OPEN, "create", "no-open-ticket" },
        { 0, HW_KIND_OTHER, HW_UNKNOWN_IGNORE, "skip", "ignored" },
    };

    for (apr_size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++) {
        hw_part_t part = part_of(cells[i].kind, cells[i].unknown, p);
        hw_facts_t facts = { .open = cells[i].open, .ticket_id = cells[i].open ? "9" : NULL };
        hw_verdict_t v;

        hw_settle(&part, &facts, NOW, &v, p);
        is(hw_action_name(v.action), cells[i].action, "ticket %d, %s", cells[i].open,
           hw_kind_name(cells[i].kind));
        is(v.reason, cells[i].reason, "reason");
    }
}

static void
reopening(apr_pool_t *p)
{
    static const struct {
        int window;
        const char *ticket;
        long minutes_ago;
        const char *action;
    } cases[] = {
        { 30, "9", 30, "reopen" },  { 30, "9", 31, "create" },  { 30, "9", 0, "reopen" },
        { 30, "9", -5, "reopen" },  { 0, "9", 1, "create" },    { 30, NULL, 1, "create" },
    };

    for (apr_size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        hw_part_t part = part_of(HW_KIND_OPEN, HW_UNKNOWN_NOTE, p);
        hw_facts_t facts = { .ticket_id = cases[i].ticket,
                             .closed_at = NOW - apr_time_from_sec(60 * cases[i].minutes_ago) };
        hw_verdict_t v;

        part.reopen_window_minutes = cases[i].window;
        hw_settle(&part, &facts, NOW, &v, p);
        is(hw_action_name(v.action), cases[i].action, "closed %ld minutes ago, window %d",
           cases[i].minutes_ago, cases[i].window);
    }
}

static void
words(apr_pool_t *p)
{
    hw_part_t part = part_of(HW_KIND_OPEN, HW_UNKNOWN_NOTE, p);
    hw_facts_t facts = { .ticket_id = "77", .closed_at = NOW - apr_time_from_sec(600),
                         .closed_by_human = 1 };
    hw_verdict_t v;

    part.reopen_window_minutes = 15;
    hw_settle(&part, &facts, NOW, &v, p);
    is(v.reason, "recurred", "a recurrence");
    is(v.text, "Ticket 77 was closed at 2026-03-02T09:20:00.000Z, within the last 15 minutes: "
               "reopen it.", "its sentence");
    is(hw_json_write(hw_trace_json(part.trace, p), p),
       "[{\"step\":\"facts\",\"outcome\":\"closed\",\"text\":\"Ticket 77 was closed at "
       "2026-03-02T09:20:00.000Z by a person.\"},{\"step\":\"settle\",\"outcome\":\"reopen\","
       "\"text\":\"Ticket 77 was closed at 2026-03-02T09:20:00.000Z, within the last 15 minutes: "
       "reopen it.\"}]", "the trace");
    part = part_of(HW_KIND_OPEN, HW_UNKNOWN_NOTE, p);
    part.drop = 1;
    part.drop_reason = "dropped";
    part.drop_text = "A rule drops it: x.";
    facts = (hw_facts_t){ .open = 1 };
    hw_settle(&part, &facts, NOW, &v, p);
    is(hw_action_name(v.action), "skip", "a dropped part is skipped, ticket or not");
    is(v.reason, "dropped", "for its own reason");
    part = part_of(HW_KIND_CLOSE, HW_UNKNOWN_NOTE, p);
    facts = (hw_facts_t){ .ambiguous = 1 };
    hw_settle(&part, &facts, NOW, &v, p);
    is(v.reason, "ambiguous-recovery", "an ambiguous recovery closes nothing");
}

static hw_facts_doc_t *
facts_doc(const char *text, hw_result_t *res, apr_pool_t *p)
{
    hw_facts_doc_t *doc = NULL;
    hw_json_t *v = NULL;

    hw_json_parse(text, strlen(text), NULL, &v, NULL, NULL, p);
    return hw_facts_doc_make(v, &doc, res, p) == APR_SUCCESS ? doc : NULL;
}

static void
told_facts(apr_pool_t *p)
{
    hw_part_t part = part_of(HW_KIND_OPEN, HW_UNKNOWN_NOTE, p);
    hw_facts_doc_t *doc;
    hw_facts_t f;

    doc = facts_doc("{\"open\":true,\"ticket_id\":12}", NULL, p);
    hw_facts_from_json(doc, &part, &f, p);
    is_int(f.open, 1, "one fact for every part");
    is(f.ticket_id, "12", "a ticket's number as text");
    is(f.source, "alert", "its source");
    doc = facts_doc("{\"tickets\":[{\"dedup_key\":\"k\",\"ticket_id\":\"1\",\"closed_at\":"
                    "\"2026-03-01T00:00:00Z\"},{\"dedup_key\":\"k\",\"ticket_id\":\"2\","
                    "\"closed_at\":\"2026-03-02T00:00:00Z\"},{\"dedup_key\":\"j\",\"open\":true}]}",
                    NULL, p);
    hw_facts_from_json(doc, &part, &f, p);
    is(f.ticket_id, "2", "the one closed last");
    is_int(f.open, 0, "another key's open ticket does not count");
    doc = facts_doc("{\"tickets\":[{\"company\":\"A\",\"open\":true,\"ticket_id\":\"1\"}]}", NULL,
                    p);
    part.company = "B";
    part.company_named = 1;
    hw_facts_from_json(doc, &part, &f, p);
    is(f.source, "none", "another company's ticket is none");
    part.kind = HW_KIND_CLOSE;
    hw_facts_from_json(doc, &part, &f, p);
    is_int(f.open, 0, "also for a recovery that names its company");
    part.company_named = 0;
    hw_facts_from_json(doc, &part, &f, p);
    is(f.company, "A", "a default company gives way to the only open alert");
}

static void
bad_facts(apr_pool_t *p)
{
    static const struct {
        const char *facts, *text;
    } cases[] = {
        { "[]", "facts are a JSON object" },
        { "{\"opened\":true}", "opened: facts have no such member" },
        { "{\"open\":1}", "open: neither true nor false" },
        { "{\"ticket_id\":[]}", "ticket_id: not a text" },
        { "{\"tickets\":{}}", "tickets: must be a list, and the only member" },
        { "{\"tickets\":[],\"open\":true}", "tickets: must be a list, and the only member" },
        { "{\"tickets\":[{\"x\":1}]}", "tickets[0].x: facts have no such member" },
        { "{\"tickets\":[1]}", "tickets[0]: not an object" },
    };
    hw_result_t *res = hw_result_make(p);

    for (apr_size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        hw_result_reset(res);
        ok(facts_doc(cases[i].facts, res, p) == NULL, "%s is refused", cases[i].facts);
        is(hw_result_text(res, p), cases[i].text, "and told why");
    }
    hw_result_reset(res);
    ok(facts_doc("{\"closed_at\":\"soon\"}", res, p) == NULL, "a time that is none");
    is(res->field, "closed_at", "names the member");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    lifecycle(p);
    reopening(p);
    words(p);
    told_facts(p);
    bad_facts(p);
    return tap_done();
}
