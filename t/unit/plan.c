/* SPDX-License-Identifier: Apache-2.0 */
/* Planning beyond the golden cases: identity, global maintenance, notes, bounds, threads' sharing. */
#include "common/decide.h"

#include <apr_strings.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/crypto.h"
#include "common/plan_parts.h"
#include "common/severity.h"
#include "t/lib/tap.h"

static const char request_id[] = "5f0c3c1e-1111-4a4a-8b8b-000000000042";

static hw_event_t
event(const char *body)
{
    return (hw_event_t){
        .request_id = request_id, .endpoint_id = "EP", .kind = "webhook", .source_ip = "192.0.2.5",
        .method = "POST", .query = "", .headers_json = "{}", .body = body,
        .body_len = strlen(body), .rejected = "", .replay_of = "", .replay_by = "",
        .auth_scheme = "none",
        .received_at = apr_time_from_sec(1772443800),
    };
}

static hw_endpoint_t *
endpoint(const char *id, const char *members, apr_pool_t *p)
{
    const char *text = apr_pstrcat(p, "{\"name\":\"Unit desk\"", members, "}", NULL);
    hw_result_t *res = hw_result_make(p);
    hw_endpoint_t *ep = NULL;
    hw_json_t *doc = NULL;

    hw_json_parse(text, strlen(text), NULL, &doc, NULL, NULL, p);
    if (hw_endpoint_compile(doc, id, NULL, NULL, &ep, res, p) != APR_SUCCESS)
        ok(0, "%s: %s", text, hw_result_text(res, p));
    return ep;
}

static hw_part_t *
part_of(const hw_event_t *ev, const hw_endpoint_t *ep, int maintenance, apr_pool_t *p)
{
    hw_plan_context_t ctx = { .maintenance = maintenance };
    hw_plan_t *plan = NULL;

    is_int(hw_plan(ev, ep, &ctx, ev->received_at, &plan, NULL, p), APR_SUCCESS, "planned");
    return APR_ARRAY_IDX(plan->parts, 0, hw_part_t *);
}

static void
identity(apr_pool_t *p)
{
    hw_endpoint_t *ep = endpoint("EP", ",\"json_mapping\":{\"customer_id\":\"$.co\"},"
                                       "\"dedup_key\":\"$.id\"", p);
    hw_event_t ev = event("{\"id\":\"k1\",\"co\":\"ACME\",\"title\":\"t\"}");
    hw_part_t *part = part_of(&ev, ep, 0, p);
    const char *all = "7:default2:EP4:ACME2:k1";
    const char *key = hw_sha256_hex(all, strlen(all), p);

    is(part->alert_key, key, "alert key: a digest of tenant, endpoint, company and key");
    is(part->xref, apr_psprintf(p, "hw:%.8s:%.32s", hw_sha256_hex("EP", 2, p), key),
       "reference for the PSA");
    is(part->lane, "EP\nk1", "lane: without the company");
    ev = event("{\"id\":\"k1\",\"title\":\"t\"}");
    ok(strcmp(part_of(&ev, ep, 0, p)->alert_key, key) != 0, "another company, another alert");
    is(part_of(&ev, ep, 0, p)->lane, "EP\nk1", "in the same lane");
    ep = endpoint("EP2", ",\"dedup_key\":\"$.id\"", p);
    ev = event("{\"id\":\"k1\",\"co\":\"ACME\",\"title\":\"t\"}");
    ok(strcmp(part_of(&ev, ep, 0, p)->alert_key, key) != 0, "another endpoint, another alert");
}

static void
global_maintenance(apr_pool_t *p)
{
    hw_endpoint_t *ep = endpoint("EP", "", p);
    hw_event_t ev = event("{\"heartbeat\":{\"status\":0},\"name\":\"m\"}");
    hw_part_t *part = part_of(&ev, ep, 1, p);

    is_int(part->drop, 1, "a problem during global maintenance is left alone");
    is(part->drop_reason, "maintenance", "for that reason");
    is(part->drop_text, "Global maintenance mode is on.", "in these words");
    is_int(part->catch_up, 0, "it is not looked at again");
    ev = event("{\"heartbeat\":{\"status\":1},\"name\":\"m\"}");
    is_int(part_of(&ev, ep, 1, p)->drop, 0, "a recovery passes");
}

static void
catch_up(apr_pool_t *p)
{
    hw_endpoint_t *ep = endpoint("EP", ",\"trigger_field\":\"\",\"maintenance_windows\":[{\"type\":"
                                       "\"daily\",\"start\":\"09:00\",\"end\":\"10:00\","
                                       "\"catch_up\":true}]", p);
    hw_event_t ev = event("{\"name\":\"m\"}");
    hw_part_t *part = part_of(&ev, ep, 0, p);

    is_int(part->catch_up, 1, "looked at again");
    is(hw_time_rfc3339(part->catch_up_at, p), "2026-03-02T10:00:00.000Z", "at the window's end");
}

static void
notes(apr_pool_t *p)
{
    hw_endpoint_t *ep = endpoint("EP", "", p);
    hw_event_t ev = event("{\"heartbeat\":{\"status\":0,\"msg\":\"no route\"},\"name\":\"m\"}");

    is(part_of(&ev, ep, 0, p)->event_text,
       "Alert repeated at 2026-03-02T09:30:00.000Z: no route", "a repeat");
    ev = event("{\"heartbeat\":{\"status\":1},\"name\":\"m\"}");
    is(part_of(&ev, ep, 0, p)->event_text,
       "Recovered at 2026-03-02T09:30:00.000Z: Alert: m", "a recovery without words");
    ev = event("{\"text\":\"acknowledged\"}");
    is(part_of(&ev, ep, 0, p)->event_text,
       "Update received at 2026-03-02T09:30:00.000Z: acknowledged", "an update");
}

static void
rejected(apr_pool_t *p)
{
    hw_endpoint_t *ep = endpoint("EP", "", p);
    hw_event_t ev = event("hello");
    hw_part_t *part;

    ev.rejected = "unreadable body";
    part = part_of(&ev, ep, 0, p);
    is_int(part->drop, 1, "a request rejected on arrival is only recorded");
    is(part->drop_reason, "rejected", "as rejected");
    is(part->drop_text, "Rejected on arrival: unreadable body", "with the words of then");
    is(part->dedup_key, "request 5f0c3c1e-1111-4a4a-8b8b-000000000042", "it is no alert's");
}

static void
batch_bound(apr_pool_t *p)
{
    hw_endpoint_t *ep = endpoint("EP", ",\"batch_path\":\"$\",\"trigger_field\":\"\"", p);
    hw_plan_context_t ctx = { .maintenance = 0 };
    char *body = apr_palloc(p, 4 * (HW_MAX_BATCH + 10)), *to = body;
    hw_event_t ev;
    hw_plan_t *plan;
    hw_part_t *last;

    *to++ = '[';
    for (int i = 0; i < HW_MAX_BATCH + 3; i++)
        to += sprintf(to, "%s1", i > 0 ? "," : "");
    strcpy(to, "]");
    ev = event(body);
    hw_plan(&ev, ep, &ctx, 0, &plan, NULL, p);
    is_int(plan->parts->nelts, HW_MAX_BATCH + 1, "a huge batch is cut");
    last = APR_ARRAY_IDX(plan->parts, HW_MAX_BATCH, hw_part_t *);
    is(last->drop_reason, "batch-limit", "and the rest is told of");
    is(last->drop_text, "3 elements beyond the limit of 10000 are left out.", "with its number");
}

/* A company found out afterwards: another identity, and what it may have been before. */
static void
chosen(apr_pool_t *p)
{
    hw_tenant_map_t map[] = { { .pattern = "acme", .company = "A2", .guessed = 1, .former = "A1" } };
    apr_array_header_t *rows = apr_array_make(p, 1, sizeof(hw_tenant_map_t));
    hw_plan_context_t ctx = { .tenantmap = rows };
    hw_endpoint_t *ep = endpoint("EP", ",\"trigger_field\":\"\",\"global_routing_enabled\":true,"
                                 "\"customer_id_default\":\"D\",\"dedup_key\":\"$.k\"", p);
    hw_event_t ev = event("{\"k\":1,\"tenant\":\"ACME\",\"name\":\"n\"}");
    const char *key, *lane;
    hw_part_t *part;
    hw_plan_t *plan;

    hw_plan(&ev, ep, &ctx, 0, &plan, NULL, p);
    part = APR_ARRAY_IDX(plan->parts, 0, hw_part_t *);
    is(part->tenant_name, "ACME", "a tenant nobody knows");
    ok(part->company_was == NULL && !hw_part_was_of(part, "D"), "nothing was before");
    key = part->alert_key;
    lane = part->lane;
    hw_part_choose_company(part, "A2", "A1", p);
    ok(strcmp(key, part->alert_key) != 0, "the company is part of the identity");
    is(part->lane, lane, "the lane is the same");
    ok(hw_part_was_of(part, "D") && hw_part_was_of(part, "A1") && !hw_part_was_of(part, "A2"),
       "it may be open under the default and the former company");
    key = part->alert_key;
    APR_ARRAY_PUSH(rows, hw_tenant_map_t) = map[0];
    hw_plan(&ev, ep, &ctx, 0, &plan, NULL, p);
    part = APR_ARRAY_IDX(plan->parts, 0, hw_part_t *);
    is(part->alert_key, key, "its row gives the same identity");
    ok(part->company_named && part->tenant_name == NULL, "and names it");
    ok(hw_part_was_of(part, "D") && hw_part_was_of(part, "A1") && !hw_part_was_of(part, NULL),
       "with the same past");
    ev = event("{\"k\":1,\"tenant\":\"*\",\"name\":\"n\"}");
    hw_plan(&ev, ep, &ctx, 0, &plan, NULL, p);
    is(APR_ARRAY_IDX(plan->parts, 0, hw_part_t *)->tenant_name, NULL, "a pattern is no name");
}

static void
severities(apr_pool_t *p)
{
    static const struct {
        const char *word, *level;
    } cases[] = {
        { "Critical", "High" }, { "P1", "High" }, { "Disaster", "High" }, { "5", "High" },
        { "err", "High" }, { "Sev1", "High" }, { "major", "High" }, { "12", "High" },
        { "warning", "Medium" }, { "P3", "Medium" }, { "3", "Medium" }, { "Average", "Medium" },
        { "MODERATE", "Medium" }, { "minor", "Low" }, { "info", "Low" }, { "0", "Low" },
        { "Not classified", "Low" }, { "sev4", "Low" }, { "High", "High" }, { "Medium", "Medium" },
        { "Low", "Low" }, { "purple", NULL }, { "", NULL }, { "crit high", NULL },
        { "a word longer than any severity is", NULL },
    };

    for (apr_size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        is(hw_severity_level(cases[i].word), cases[i].level, "severity \"%s\"", cases[i].word);
    is(hw_severity_word("Sev1"), "High", "a word on our scale");
    is(hw_severity_word("5"), "Critical", "a number on it");
    is(hw_severity_word("1"), "Information", "a small one");
    is(hw_severity_word("p1"), "Critical", "another word");
    is(hw_severity_word("odd"), NULL, "not on it");
    is(hw_severity_priority("critical = Priority 1 - On fire,high=P 2", "DISASTER", p),
       "Priority 1 - On fire", "a priority by the scale");
    is(hw_severity_priority("disaster=P 0,critical=P 1", "Disaster", p), "P 0", "by the very word");
    is(hw_severity_priority("info=P 5", "notice", p), NULL, "not listed");
    is(hw_severity_priority("info=P 5", "debug", p), "P 5", "info is Information");
    is(hw_severity_priority(NULL, "high", p), NULL, "no table");
    is(hw_severity_translate("5=Critical,4=High", " 4 ", p), "High", "a value of the table");
    is(hw_severity_translate("a b=X", "A B", p), "X", "in any case");
    is(hw_severity_translate("5=Critical", "7", p), "7", "others stay");
}

static void
same_bytes(apr_pool_t *p)
{
    hw_endpoint_t *ep = endpoint("EP", ",\"preset\":\"generic\"", p);
    hw_event_t ev = event("{\"b\":1,\"a\":{\"z\":0.10},\"title\":\"x\"}");
    hw_plan_context_t ctx = { .maintenance = 0 };
    const char *first = NULL, *again;

    for (int i = 0; i < 2; i++) {
        hw_plan_t *plan;

        hw_plan(&ev, ep, &ctx, ev.received_at, &plan, NULL, p);
        again = hw_json_write(hw_explain(plan, NULL, NULL, ev.received_at, p), p);
        if (first == NULL)
            first = again;
    }
    is(again, first, "the same input, the same bytes");
    ok(strstr(first, "\"z\":0.10") != NULL, "numbers keep their text");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    identity(p);
    global_maintenance(p);
    catch_up(p);
    notes(p);
    rejected(p);
    batch_bound(p);
    chosen(p);
    severities(p);
    same_bytes(p);
    return tap_done();
}
