/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: endpoint documents, and decisions with them. Input: the document in one line, then
 * a request's body (rest). */
#include <string.h>

#include "common/decide.h"
#include "t/fuzz/fuzz.h"

static const char usual[] = "{\"heartbeat\":{\"status\":0,\"msg\":\"down\"},\"monitor\":{\"name\":"
                            "\"Probe\",\"id\":7},\"alerts\":[{\"status\":\"firing\"},{}]}";

static const char *
decision(const hw_endpoint_t *ep, const hw_event_t *ev, apr_pool_t *p)
{
    apr_time_t now = apr_time_from_sec(1772443800);
    hw_plan_context_t ctx = { .settings = NULL };
    hw_plan_t *plan = NULL;

    fuzz_check(hw_plan(ev, ep, &ctx, now, &plan, NULL, p) == APR_SUCCESS, "planning never fails");
    fuzz_check(plan->parts->nelts > 0, "there is a part");
    for (int i = 0; i < plan->parts->nelts; i++) {
        const hw_part_t *part = APR_ARRAY_IDX(plan->parts, i, const hw_part_t *);

        fuzz_check(part->dedup_key != NULL && strlen(part->alert_key) == 64 &&
                       part->summary != NULL && part->description != NULL &&
                       part->event_text != NULL, "a part is whole");
    }
    return hw_json_write(hw_explain(plan, NULL, NULL, now, p), p);
}

void
fuzz_one(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    fuzz_input_t in = { data, len, p };
    hw_event_t ev = {
        .request_id = "fuzz", .endpoint_id = "EP", .kind = "webhook", .source_ip = "",
        .method = "POST", .query = "", .headers_json = "{\"x\":\"y\"}", .auth_scheme = "none",
        .rejected = "", .replay_of = "", .replay_by = "", .received_at = apr_time_from_sec(1772443800),
    };
    const char *text = fuzz_line(&in);
    hw_endpoint_t *ep = NULL;
    hw_json_t *doc = NULL, *normal = NULL, *again = NULL;

    ev.body = fuzz_rest(&in, &ev.body_len);
    if (ev.body_len == 0) {
        ev.body = usual;
        ev.body_len = strlen(usual);
    }
    if (hw_json_parse(text, strlen(text), NULL, &doc, NULL, NULL, p) != APR_SUCCESS ||
        hw_endpoint_check(doc, &normal, NULL, p) != APR_SUCCESS)
        return;
    fuzz_check(hw_endpoint_check(normal, &again, NULL, p) == APR_SUCCESS,
               "a normal form is a document");
    fuzz_check(strcmp(hw_json_write(again, p), hw_json_write(normal, p)) == 0,
               "and its own normal form");
    fuzz_check(hw_endpoint_compile(normal, "EP", NULL, NULL, &ep, NULL, p) == APR_SUCCESS,
               "what is saved can be used");
    fuzz_check(strcmp(decision(ep, &ev, p), decision(ep, &ev, p)) == 0, "one decision");
}
