/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of the decision, over random histories of several alerts: what becomes of an alert's
 * tickets depends on its own events in their order, and on nothing else.
 *
 *   HW_SEED=n  the random numbers of a run that failed (it prints them) */
#include <apr_hash.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "common/decide.h"
#include "common/text.h"
#include "t/lib/tap.h"

#define ROUNDS 60
#define ALERTS 5
#define STEPS  7
#define START  apr_time_from_sec(1772443800)

/* --- random numbers: splitmix64, so that a seed is a run -------------------------------------- */

typedef struct {
    apr_uint64_t state;
} dice_t;

static apr_uint64_t
roll(dice_t *d)
{
    apr_uint64_t z = (d->state += APR_UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * APR_UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * APR_UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int
below(dice_t *d, int n)
{
    return (int)(roll(d) % (apr_uint64_t)n);
}

/* --- histories ----------------------------------------------------------------------------------- */

/* What happens to one alert, once: the element a sender posts, at its own time. */
typedef struct {
    int alert;
    const char *id;      /* of the request and element: a second delivery has the same */
    const char *element; /* JSON */
    apr_time_t at;
} step_t;

typedef struct {
    apr_array_header_t *steps[ALERTS]; /* of step_t, in order */
} history_t;

/* Alerts 0 and 1 have one key and two companies; the recoveries of 3 and 4 name no company. */
static const char *
element(int alert, const char *state, int n, apr_pool_t *p)
{
    static const char *const keys[ALERTS] = { "disk", "disk", "cpu", "link", "\xc3\xa4 | b" };
    static const char *const companies[ALERTS] = { "ACME", "Globex", "ACME", "ACME", "Globex" };
    int named = alert < 3 || strcmp(state, "good") != 0;

    return apr_psprintf(p, "{\"id\":\"%s\",\"s\":\"%s\",\"title\":\"Event %d of %s\"%s%s%s}",
                        keys[alert], state, n, keys[alert], named ? ",\"co\":\"" : "",
                        named ? companies[alert] : "", named ? "\"" : "");
}

static history_t *
history(dice_t *d, apr_pool_t *p)
{
    static const char *const states[] = { "bad", "good", "odd", "bad", "good" };
    history_t *h = apr_pcalloc(p, sizeof(*h));

    for (int a = 0; a < ALERTS; a++) {
        int n = 1 + below(d, STEPS);
        apr_time_t at = START;

        h->steps[a] = apr_array_make(p, n, sizeof(step_t));
        for (int i = 0; i < n; i++) {
            step_t *s = apr_array_push(h->steps[a]);

            at += apr_time_from_sec(60 * (1 + below(d, 40)));
            s->alert = a;
            s->id = apr_psprintf(p, "%d.%d", a, i);
            s->element = element(a, states[below(d, 5)], i, p);
            s->at = at;
        }
    }
    return h;
}

/* All steps in a row, each alert's in their order. How alerts mix is the dice's choice; without
 * dice one alert comes after the other. */
static apr_array_header_t *
merged(const history_t *h, dice_t *d, apr_pool_t *p)
{
    apr_array_header_t *all = apr_array_make(p, ALERTS * STEPS, sizeof(step_t));
    int next[ALERTS] = { 0 }, left = 0;

    for (int a = 0; a < ALERTS; a++)
        left += h->steps[a]->nelts;
    while (left > 0) {
        int a = d != NULL ? below(d, ALERTS) : 0;

        while (next[a] >= h->steps[a]->nelts)
            a = (a + 1) % ALERTS;
        APR_ARRAY_PUSH(all, step_t) = APR_ARRAY_IDX(h->steps[a], next[a]++, step_t);
        left--;
    }
    return all;
}

/* Steps again, somewhere behind their first place: deliveries repeated by the transport. */
static apr_array_header_t *
redelivered(const apr_array_header_t *steps, dice_t *d, apr_pool_t *p)
{
    apr_array_header_t *all = apr_array_make(p, 2 * steps->nelts, sizeof(step_t));

    for (int i = 0; i < steps->nelts; i++) {
        APR_ARRAY_PUSH(all, step_t) = APR_ARRAY_IDX(steps, i, step_t);
        while (below(d, 3) == 0)
            APR_ARRAY_PUSH(all, step_t) = APR_ARRAY_IDX(steps, below(d, i + 1), step_t);
    }
    return all;
}

/* Senders that say everything several times, in requests of their own. */
static history_t *
insisting(const history_t *h, dice_t *d, apr_pool_t *p)
{
    history_t *out = apr_pcalloc(p, sizeof(*out));

    for (int a = 0; a < ALERTS; a++) {
        out->steps[a] = apr_array_make(p, 2 * STEPS, sizeof(step_t));
        for (int i = 0; i < h->steps[a]->nelts; i++)
            for (int times = 1 + below(d, 3); times > 0; times--) {
                step_t s = APR_ARRAY_IDX(h->steps[a], i, step_t);

                s.id = apr_psprintf(p, "%s/%d", s.id, times);
                APR_ARRAY_PUSH(out->steps[a], step_t) = s;
            }
    }
    return out;
}

/* --- tickets: what a PSA and the worker's tables would hold -------------------------------------- */

typedef struct {
    const char *id, *alert_key, *lane, *company;
    int open, notes, reopened;
    apr_time_t closed_at;
} ticket_t;

typedef struct {
    apr_array_header_t *tickets; /* of ticket_t, oldest first */
    apr_hash_t *handled;         /* step ids */
    const char *broken;          /* a rule that was broken, NULL = none */
    apr_pool_t *p;
} desk_t;

static desk_t *
desk(apr_pool_t *p)
{
    desk_t *k = apr_pcalloc(p, sizeof(*k));

    k->tickets = apr_array_make(p, 32, sizeof(ticket_t));
    k->handled = apr_hash_make(p);
    k->p = p;
    return k;
}

static ticket_t *
last_of(desk_t *k, const char *alert_key, int *count)
{
    ticket_t *last = NULL;

    *count = 0;
    for (int i = 0; i < k->tickets->nelts; i++) {
        ticket_t *t = &APR_ARRAY_IDX(k->tickets, i, ticket_t);

        if (strcmp(t->alert_key, alert_key) == 0) {
            last = t;
            ++*count;
        }
    }
    return last;
}

/* The open ticket of a key, whatever the company; *several when there is more than one. */
static ticket_t *
only_open(desk_t *k, const char *lane, int *several)
{
    ticket_t *found = NULL;

    *several = 0;
    for (int i = 0; i < k->tickets->nelts; i++) {
        ticket_t *t = &APR_ARRAY_IDX(k->tickets, i, ticket_t);

        if (!t->open || strcmp(t->lane, lane) != 0)
            continue;
        *several = found != NULL;
        found = t;
    }
    return *several ? NULL : found;
}

static ticket_t *
look_up(desk_t *k, const hw_part_t *part, hw_facts_t *facts)
{
    int count = 0;
    ticket_t *t = last_of(k, part->alert_key, &count);

    *facts = (hw_facts_t){ .source = "none" };
    if ((t == NULL || !t->open) && part->kind == HW_KIND_CLOSE && !part->company_named)
        t = only_open(k, part->lane, &facts->ambiguous);
    if (t == NULL)
        return NULL;
    facts->open = t->open;
    facts->ticket_id = t->id;
    facts->company = t->company;
    facts->alert_key = t->alert_key;
    facts->closed_at = t->closed_at;
    facts->source = "alert";
    return t;
}

static void
create(desk_t *k, const hw_part_t *part)
{
    ticket_t *t;
    int count = 0;

    if (last_of(k, part->alert_key, &count) != NULL && last_of(k, part->alert_key, &count)->open)
        k->broken = "a second open ticket for one alert";
    t = apr_array_push(k->tickets);
    *t = (ticket_t){ .id = apr_psprintf(k->p, "%s#%d", part->xref, count + 1), .open = 1,
                     .alert_key = apr_pstrdup(k->p, part->alert_key),
                     .lane = apr_pstrdup(k->p, part->lane),
                     .company = part->company != NULL ? apr_pstrdup(k->p, part->company) : NULL };
}

static void
act(desk_t *k, const hw_part_t *part, ticket_t *t, const hw_verdict_t *v, apr_time_t now)
{
    if (v->action == HW_ACT_CREATE) {
        create(k, part);
        return;
    }
    if (v->action == HW_ACT_SKIP)
        return;
    if (t == NULL || t->open != (v->action != HW_ACT_REOPEN)) {
        k->broken = "an action on a ticket that is not in that state";
        return;
    }
    t->notes++;
    if (v->action == HW_ACT_CLOSE) {
        t->open = 0;
        t->closed_at = now;
    }
    if (v->action == HW_ACT_REOPEN) {
        t->open = 1;
        t->reopened++;
    }
}

static int
by_id(const void *a, const void *b)
{
    return strcmp(((const ticket_t *)a)->id, ((const ticket_t *)b)->id);
}

/* Every ticket and its state; with notes also how many there are. */
static const char *
state_of(desk_t *k, int with_notes)
{
    hw_buf_t b;

    hw_buf_init(&b, k->p);
    qsort(k->tickets->elts, (size_t)k->tickets->nelts, sizeof(ticket_t), by_id);
    for (int i = 0; i < k->tickets->nelts; i++) {
        const ticket_t *t = &APR_ARRAY_IDX(k->tickets, i, ticket_t);

        hw_buf_printf(&b, "%s %s %s reopened=%d", t->id, t->company,
                      t->open ? "open" : "closed", t->reopened);
        if (with_notes)
            hw_buf_printf(&b, " notes=%d", t->notes);
        hw_buf_addc(&b, '\n');
    }
    return b.s;
}

/* --- the pipeline ----------------------------------------------------------------------------------- */

static hw_endpoint_t *
endpoint(const char *members, apr_pool_t *p)
{
    const char *text = apr_pstrcat(p, "{\"name\":\"Property desk\",\"batch_path\":\"$.alerts\","
                                      "\"trigger_field\":\"@.s\",\"open_value\":\"bad\","
                                      "\"close_value\":\"good\",\"dedup_key\":\"@.id\","
                                      "\"json_mapping\":{\"customer_id\":\"@.co\"}", members, "}",
                                   NULL);
    hw_result_t *res = hw_result_make(p);
    hw_endpoint_t *ep = NULL;
    hw_json_t *doc = NULL;

    if (hw_json_parse(text, strlen(text), NULL, &doc, NULL, res, p) != APR_SUCCESS ||
        hw_endpoint_compile(doc, "EP", NULL, NULL, &ep, res, p) != APR_SUCCESS) {
        ok(0, "%s: %s", text, hw_result_text(res, p));
        exit(1);
    }
    return ep;
}

static hw_event_t
event(const char *body, apr_time_t at)
{
    return (hw_event_t){
        .request_id = "5f0c3c1e-1111-4a4a-8b8b-000000000042", .endpoint_id = "EP",
        .kind = "webhook", .source_ip = "192.0.2.5", .method = "POST", .query = "",
        .headers_json = "{}", .body = body, .body_len = strlen(body), .rejected = "",
        .replay_of = "", .replay_by = "", .auth_scheme = "none", .received_at = at,
    };
}

/* One request: the steps of a batch become its elements. Each is settled at its own step's time,
 * and once: that is what recording by request and part is for. */
static void
deliver(desk_t *k, const hw_endpoint_t *ep, const step_t *steps, int n, apr_pool_t *p)
{
    static const hw_plan_context_t ctx = { .settings = NULL };
    hw_event_t ev;
    hw_plan_t *plan;
    hw_buf_t body;

    hw_buf_init(&body, p);
    hw_buf_adds(&body, "{\"alerts\":[");
    for (int i = 0; i < n; i++)
        hw_buf_printf(&body, "%s%s", i ? "," : "", steps[i].element);
    hw_buf_adds(&body, "]}");
    ev = event(body.s, steps[0].at);
    if (hw_plan(&ev, ep, &ctx, steps[0].at, &plan, NULL, p) != APR_SUCCESS ||
        plan->parts->nelts != n) {
        k->broken = "a batch has not one part for each element";
        return;
    }
    for (int i = 0; i < n; i++) {
        const hw_part_t *part = APR_ARRAY_IDX(plan->parts, i, hw_part_t *);
        hw_facts_t facts;
        hw_verdict_t verdict;
        ticket_t *t;

        if (apr_hash_get(k->handled, steps[i].id, APR_HASH_KEY_STRING) != NULL)
            continue;
        apr_hash_set(k->handled, steps[i].id, APR_HASH_KEY_STRING, "");
        t = look_up(k, part, &facts);
        hw_settle(part, &facts, steps[i].at, &verdict, p);
        act(k, part, t, &verdict, steps[i].at);
    }
}

/* Delivers all, in batches as the dice fall (one by one without dice). */
static const char *
outcome(const apr_array_header_t *steps, const hw_endpoint_t *ep, dice_t *d, int with_notes,
        apr_pool_t *p)
{
    desk_t *k = desk(p);
    apr_pool_t *each;

    apr_pool_create(&each, p);
    for (int i = 0; i < steps->nelts;) {
        int n = d != NULL ? 1 + below(d, 4) : 1;

        if (n > steps->nelts - i)
            n = steps->nelts - i;
        deliver(k, ep, &APR_ARRAY_IDX(steps, i, step_t), n, each);
        apr_pool_clear(each);
        i += n;
    }
    return k->broken != NULL ? k->broken : state_of(k, with_notes);
}

/* --- the properties ------------------------------------------------------------------------------------ */

static void
same_tickets(const char *members, const char *what, apr_uint64_t seed, apr_pool_t *parent)
{
    dice_t d = { seed };
    int mixed = 0, again = 0, insisted = 0, tickets = 0;

    for (int round = 0; round < ROUNDS; round++) {
        apr_pool_t *p;
        const char *alone, *plain;
        hw_endpoint_t *ep;
        history_t *h;

        apr_pool_create(&p, parent);
        ep = endpoint(members, p);
        h = history(&d, p);
        alone = outcome(merged(h, NULL, p), ep, NULL, 1, p);
        plain = outcome(merged(h, NULL, p), ep, NULL, 0, p);
        tickets += strchr(alone, '#') != NULL;
        mixed += strcmp(outcome(merged(h, &d, p), ep, &d, 1, p), alone) == 0;
        again += strcmp(outcome(redelivered(merged(h, &d, p), &d, p), ep, &d, 1, p), alone) == 0;
        insisted += strcmp(outcome(merged(insisting(h, &d, p), &d, p), ep, &d, 0, p), plain) == 0;
        apr_pool_destroy(p);
    }
    is_int(mixed, ROUNDS, "%s: how alerts mix, and in which batches, makes no difference", what);
    is_int(again, ROUNDS, "%s: nor do deliveries repeated at any later time", what);
    is_int(insisted, ROUNDS, "%s: what is said several times ends in the same tickets", what);
    ok(tickets > ROUNDS / 2, "%s: there were tickets", what);
}

/* A recovery that names no company closes nothing when two companies have the alert open, and the
 * only one otherwise. */
static void
ambiguous(apr_pool_t *p)
{
    static const step_t steps[] = {
        { 0, "1", "{\"id\":\"k\",\"s\":\"bad\",\"co\":\"A\"}", START },
        { 0, "2", "{\"id\":\"k\",\"s\":\"bad\",\"co\":\"B\"}", START },
        { 0, "3", "{\"id\":\"k\",\"s\":\"good\"}", START },
        { 0, "4", "{\"id\":\"k\",\"s\":\"good\",\"co\":\"A\"}", START },
        { 0, "5", "{\"id\":\"k\",\"s\":\"good\"}", START },
    };
    static const int open[] = { 1, 2, 2, 1, 0 };
    hw_endpoint_t *ep = endpoint("", p);
    desk_t *k = desk(p);

    for (int i = 0; i < 5; i++) {
        int n = 0;

        deliver(k, ep, &steps[i], 1, p);
        for (int t = 0; t < k->tickets->nelts; t++)
            n += APR_ARRAY_IDX(k->tickets, t, ticket_t).open;
        is_int(n, open[i], "open after step %d", i + 1);
    }
    ok(k->broken == NULL, "no rule was broken");
}

/* JSON of all kinds, also keys the engine looks at. */
static void
random_json(dice_t *d, hw_buf_t *b, int depth)
{
    static const char *const keys[] = { "status", "alerts", "monitor", "name", "labels", "msg",
                                        "event", "heartbeat", "state", "id", "data", "token" };
    static const char *const scalars[] = { "0", "1", "-2.50", "null", "true", "\"firing\"",
                                           "\"resolved\"", "\"#CW-ACME down\"", "\"\\u00e4\\n\"",
                                           "12345678901234567890", "\"\"", "\"Down*\"" };
    int kind = depth > 4 ? 2 : below(d, 4), n = below(d, 5);

    if (kind >= 2) {
        hw_buf_adds(b, scalars[below(d, 12)]);
        return;
    }
    hw_buf_addc(b, kind == 0 ? '{' : '[');
    for (int i = 0; i < n; i++) {
        hw_buf_adds(b, i > 0 ? "," : "");
        if (kind == 0)
            hw_buf_printf(b, "\"%s\":", keys[below(d, 12)]);
        random_json(d, b, depth + 1);
    }
    hw_buf_addc(b, kind == 0 ? '}' : ']');
}

/* From the document as stored and the stream's fields, in a pool of its own. */
static const char *
explained(const char *doc_text, const char *body, apr_time_t now, apr_pool_t *p)
{
    static const hw_plan_context_t ctx = { .settings = NULL };
    const char *argv[2 * HW_EVENT_MAX_FIELDS];
    apr_size_t lens[2 * HW_EVENT_MAX_FIELDS];
    hw_event_t ev = event(body, now), *stored = NULL;
    hw_endpoint_t *ep = NULL;
    hw_plan_t *plan = NULL;
    hw_json_t *doc = NULL;
    int n = hw_event_to_fields(&ev, argv, lens, p);

    hw_json_parse(doc_text, strlen(doc_text), NULL, &doc, NULL, NULL, p);
    if (hw_event_from_fields(argv, lens, n, &stored, NULL, p) != APR_SUCCESS ||
        hw_endpoint_compile(doc, "EP", NULL, NULL, &ep, NULL, p) != APR_SUCCESS ||
        hw_plan(stored, ep, &ctx, now, &plan, NULL, p) != APR_SUCCESS)
        return "";
    return hw_json_write_pretty(hw_explain(plan, NULL, NULL, now, p), p);
}

static void
same_trace(apr_uint64_t seed, apr_pool_t *parent)
{
    static const char *const presets[] = { "generic", "alertmanager", "uptime-kuma", "datadog",
                                           "prtg", "sentry", "newrelic" };
    dice_t d = { seed };
    int same = 0, told = 0;

    for (int round = 0; round < 4 * ROUNDS; round++) {
        apr_pool_t *p, *one, *two;
        const char *doc, *first;
        apr_time_t now = START + (apr_time_t)below(&d, 1000000) * 1000;
        hw_buf_t body;

        apr_pool_create(&p, parent);
        apr_pool_create(&one, p);
        apr_pool_create(&two, p);
        hw_buf_init(&body, p);
        random_json(&d, &body, 0);
        doc = apr_psprintf(p, "{\"name\":\"Replay desk\",\"preset\":\"%s\",\"maintenance_windows\":"
                              "[{\"type\":\"daily\",\"start\":\"22:00\",\"end\":\"04:00\"}]}",
                           presets[below(&d, 7)]);
        first = explained(doc, body.s, now, one);
        same += strcmp(first, explained(doc, body.s, now, two)) == 0;
        told += strstr(first, "\"trace\"") != NULL;
        apr_pool_destroy(p);
    }
    is_int(same, 4 * ROUNDS, "a stored event, planned again, tells the same bytes");
    is_int(told, 4 * ROUNDS, "and each has a trace");
}

int
main(void)
{
    static const char *const configs[][2] = {
        { "", "as usual" },
        { ",\"on_unknown\":\"open\"", "others open" },
        { ",\"on_unknown\":\"ignore\"", "others are ignored" },
        { ",\"reopen_window_minutes\":30", "reopened for half an hour" },
        { ",\"reopen_window_minutes\":10000,\"on_unknown\":\"open\"", "reopened for days" },
        { ",\"destination\":\"connectwise\",\"routing_rules\":[{\"path\":\"@.id\",\"regex\":\"cpu\","
          "\"overrides\":{\"customer_id\":\"Globex\"}}]", "a rule names the company" },
        { ",\"routing_rules\":[{\"path\":\"@.s\",\"regex\":\"odd\",\"overrides\":{\"drop\":true}}]",
          "others are dropped" },
    };
    apr_pool_t *p = tap_start();
    const char *given = getenv("HW_SEED");
    apr_uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : 20260302;

    tap_diag("HW_SEED=%" APR_UINT64_T_FMT, seed);
    for (size_t i = 0; i < sizeof(configs) / sizeof(*configs); i++)
        same_tickets(configs[i][0], configs[i][1], seed + i, p);
    ambiguous(p);
    same_trace(seed, p);
    return tap_done();
}
