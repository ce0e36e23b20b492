/* SPDX-License-Identifier: Apache-2.0 */
/* The store against a real PostgreSQL: started by 20-rows.t, which names it in HW_TEST_DATABASE. */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "common/json.h"
#include "common/store.h"
#include "t/lib/tap.h"

#define DAY apr_time_from_sec(86400)
#define KEY_A "c2l4dGVlbi1ieXRlLWtleXNpeHRlZW4tYnl0ZS1rZXk="

static struct {
    apr_pool_t *p;
    hw_result_t *res;
    hw_store_t s, other; /* two connections */
    apr_time_t now;
    const hw_actor_t *by;
} t;

#define good(call, ...) \
    do { \
        hw_result_reset(t.res); \
        is_int((call), APR_SUCCESS, __VA_ARGS__); \
        if (t.res->rv != APR_SUCCESS) \
            tap_diag("%s", hw_result_text(t.res, t.p)); \
    } while (0)
#define refused(call, slug, ...) \
    do { \
        hw_result_reset(t.res); \
        (void)(call); \
        is(t.res->problem, slug, __VA_ARGS__); \
    } while (0)

static const char *
one(const char *sql)
{
    PGresult *r;

    if (hw_db_exec(t.s.db, sql, 0, NULL, &r, t.res, t.p) != APR_SUCCESS) {
        tap_diag("%s: %s", sql, hw_result_text(t.res, t.p));
        return "failed";
    }
    return hw_db_rows(r) ? hw_db_text(r, 0, 0, t.p) : "no row";
}

static void
open_stores(void)
{
    const char *url = getenv("HW_TEST_DATABASE");
    hw_keyring_t *ring = NULL;

    good(hw_keyring_make(KEY_A, &ring, t.res, t.p), "a key ring");
    good(hw_db_make(url ? url : "", &t.s.db, t.res, t.p), "a database");
    good(hw_db_make(url ? url : "", &t.other.db, t.res, t.p), "a second connection");
    t.s.ring = t.other.ring = ring;
}

static void
test_url(void)
{
    hw_db_t *db;

    refused(hw_db_make("postgresql://user:hush@[::1/x", &db, t.res, t.p), "bad-url",
            "a URL that is none");
    ok(!strstr(hw_result_text(t.res, t.p), "hush"), "the password is not repeated");
    good(hw_db_make("postgresql+psycopg2:///x?host=/nonexistent", &db, t.res, t.p),
         "a driver's name in the URL is taken");
    refused(hw_db_connect(db, t.res), "database-down", "nobody listens there");
    is_int(t.res->cls, HW_TEMPORARY, "which is temporary");
}

static void
test_migrate(void)
{
    apr_array_header_t *applied;

    good(hw_store_migrate(t.s.db, &applied, t.res, t.p), "first migration");
    is(APR_ARRAY_IDX(applied, 0, const char *), "001_core", "from the beginning");
    good(hw_store_migrate(t.s.db, &applied, t.res, t.p), "second migration");
    is_int(applied->nelts, 0, "nothing left to do");
    one("UPDATE schema_migration SET checksum = 'x' || checksum WHERE number = 1");
    refused(hw_store_migrate(t.s.db, NULL, t.res, t.p), "changed-migration", "another content");
    one("UPDATE schema_migration SET checksum = substr(checksum, 2) WHERE number = 1");
    one("INSERT INTO schema_migration VALUES (900, '900_later', 'x')");
    refused(hw_store_migrate(t.s.db, NULL, t.res, t.p), "newer-database", "a newer database");
    one("DELETE FROM schema_migration WHERE number = 900");
    good(hw_store_migrate(t.s.db, NULL, t.res, t.p), "and in order again");
}

/* --- history ------------------------------------------------------------------------------------ */

static hw_history_t
row_of(const char *request, int part, apr_time_t at)
{
    hw_history_t h = { .request_id = request, .part = part, .config_id = "ep-one",
                       .config_name = "Boilers", .tenant = "default", .received_at = at,
                       .status = "processed", .action = "create", .ticket_id = "17",
                       .destination = "local", .company = "ACME", .summary = "Boiler 3 is cold",
                       .dedup_key = "boiler 3", .processing_time = 0.25, .source_ip = "192.0.2.7",
                       .payload = "{\"boiler\":3}", .headers = "{\"host\":\"x\"}",
                       .trace = "[{\"step\":\"kind\"}]", .alert_key = "alert-one" };
    return h;
}

static apr_status_t
record(hw_history_t *rows, int n, const hw_event_t *ev)
{
    hw_record_t rec = { .rows = apr_array_make(t.p, n, sizeof(hw_history_t *)),
                        .raws = apr_array_make(t.p, 1, sizeof(hw_raw_t *)) };
    hw_raw_t raw = { .request_id = ev ? ev->request_id : NULL, .event = ev };

    for (int i = 0; i < n; i++)
        APR_ARRAY_PUSH(rec.rows, hw_history_t *) = &rows[i];
    if (ev)
        APR_ARRAY_PUSH(rec.raws, hw_raw_t *) = &raw;
    hw_result_reset(t.res);
    return hw_store_record(&t.s, &rec, t.res, t.p);
}

static hw_part_t
part_of(const char *key)
{
    hw_part_t part = { .part = 0, .tenant = "default", .endpoint_id = "ep-one",
                       .destination = "local", .company = "ACME", .dedup_key = "boiler 3",
                       .alert_key = key, .xref = apr_pstrcat(t.p, "hw:", key, NULL),
                       .summary = "Boiler 3 is cold", .summary_full = "Boiler 3 is cold",
                       .description = "It is." };
    return part;
}

static void
test_record(void)
{
    static const char body[] = "a\0b\xff";
    hw_event_t ev = { .request_id = "req-1", .endpoint_id = "ep-one", .kind = "webhook",
                      .received_at = t.now, .source_ip = "192.0.2.7", .method = "POST",
                      .query = "x=1", .headers_json = "{}", .body = body, .body_len = 4,
                      .auth_scheme = "bearer", .auth_version = "v1", .rejected = "",
                      .replay_of = "", .replay_by = "" }, *back;
    hw_history_t rows[3] = { row_of("req-1", 0, t.now), row_of("req-1", 1, t.now),
                             row_of("req-1", 1, t.now) };
    hw_part_t part = part_of("alert-one");
    const char *id;
    int yes;

    one("INSERT INTO endpoint (id, name, doc) VALUES ('ep-one', 'Boilers', '{}')");
    good(hw_store_alert_opened(&t.s, &part, "17", 0, t.now, t.res, t.p), "an open alert");
    rows[0].status = "retrying";
    rows[1].summary = "replaced within its own batch";
    rows[2].payload = "caf\xe9";
    good(record(rows, 3, &ev), "a group is recorded");
    is(one("SELECT count(*) FROM webhook_log"), "2", "a row for each part");
    is(one("SELECT summary FROM webhook_log WHERE part = 1"), "Boiler 3 is cold", "the last counts");
    is(one("SELECT payload FROM webhook_log WHERE part = 1"), "caf\xef\xbf\xbd",
       "bytes that are no UTF-8 are mended");
    is(one("SELECT events FROM alert"), "2", "the alert met two parts");
    is(one("SELECT last_event_at = (SELECT max(created_at) FROM webhook_log) FROM alert"), "t",
       "and when");
    is(one("SELECT count(*) FROM endpoint_seen"), "1", "its endpoint was seen");
    good(hw_store_recorded(&t.s, "req-1", 0, t.now, &yes, t.res, t.p), "asked for a retrying part");
    is_int(yes, 0, "which is not final");
    good(hw_store_recorded(&t.s, "req-1", 1, t.now, &yes, t.res, t.p), "asked for a final part");
    is_int(yes, 1, "which is");

    id = one("SELECT id FROM webhook_log WHERE part = 0");
    rows[0].status = "processed";
    good(record(rows, 1, &ev), "the same part again");
    is(one("SELECT id FROM webhook_log WHERE part = 0"), id, "keeps its id");
    is(one("SELECT status FROM webhook_log WHERE part = 0"), "processed", "has the new status");
    is(one("SELECT count(*) FROM webhook_log"), "2", "is no second row");
    is(one("SELECT events FROM alert"), "2", "and is not counted again");
    is(one("SELECT count(*) FROM webhook_raw"), "1", "one sealed request");

    rows[0].error_message = "said by one who woke late";
    for (int i = 0; i < 3; i++) {
        rows[0].status = ((const char *[]){ "retrying", "failed", "dlq" })[i];
        good(record(rows, 1, &ev), "the same part again as %s", rows[0].status);
        is(one("SELECT status || coalesce(error_message, '') FROM webhook_log WHERE part = 0"), "processed",
           "what was done stays done");
    }
    is(one("SELECT string_agg(n::text, ' ') FROM webhook_stat WHERE span = 'day' AND n <> 0"), "2",
       "and is counted as that");
    for (int i = 0; i < 4; i++) {
        rows[2] = row_of("req-late", 0, t.now - 1);
        rows[2].status = ((const char *[]){ "failed", "retrying", "dlq", "processed" })[i];
        good(record(&rows[2], 1, NULL), "another part is %s", rows[2].status);
        is(one("SELECT status FROM webhook_log WHERE request_id = 'req-late'"),
           ((const char *[]){ "failed", "failed", "dlq", "processed" })[i],
           "a failure stays one until somebody has done it");
    }
    one("DELETE FROM webhook_log WHERE request_id = 'req-late' RETURNING 1");

    good(hw_store_history_event(&t.s, id, &back, t.res, t.p), "the request behind it");
    is_int(back->body_len, 4, "its length");
    ok(!memcmp(back->body, body, 4), "its exact bytes");
    is(back->auth_scheme, "bearer", "its fields");
    is_int(back->received_at == t.now, 1, "its time");
    ok(!strstr(one("SELECT encode(event, 'escape') FROM webhook_raw"), "x=1"), "sealed at rest");
    refused(hw_store_history_event(&t.s, "999999", &back, t.res, t.p), "no-history", "no such row");
    refused(hw_store_history_event(&t.s, "1;", &back, t.res, t.p), "no-history", "no id at all");
}

static void
test_life(void)
{
    hw_history_t rows[2] = { row_of("req-2", 0, t.now + 5), row_of("req-3", 0, t.now + 6) };
    const char *seen = one("SELECT last_seen_at FROM endpoint_seen");

    rows[0].status = "rejected";
    rows[1].synthetic = 1;
    good(record(rows, 2, NULL), "a rejected and a made-up event");
    is(one("SELECT last_seen_at FROM endpoint_seen"), seen, "are no sign of life");
    rows[0] = row_of("req-4", 0, t.now - DAY);
    good(record(rows, 1, NULL), "a late one");
    is(one("SELECT last_seen_at FROM endpoint_seen"), seen, "does not turn the clock back");
    rows[0].status = "nonsense";
    rows[1] = row_of("req-5", 0, t.now);
    ok(record(rows, 2, NULL) != APR_SUCCESS, "a group with a bad row is refused");
    is(t.res->problem, "database-error", "for good");
    is(one("SELECT count(*) FROM webhook_log WHERE request_id = 'req-5'"), "0", "as a whole");
    rows[1] = row_of("req-6", 0, t.now);
    good(record(&rows[1], 1, NULL), "the connection goes on");
}

static void
test_partitions(void)
{
    hw_history_t row = row_of("req-far", 0, t.now + 40 * DAY);
    int dropped;

    good(hw_store_partitions(t.s.db, t.now, 2, t.res, t.p), "partitions");
    is(one("SELECT count(*) FROM pg_inherits WHERE inhparent = 'webhook_log'::regclass"), "5",
       "yesterday, today, two days, and the default");
    is(one("SELECT count(*) FROM webhook_log_default"), "0",
       "rows that were there before moved into theirs");
    is(one("SELECT count(*) FROM webhook_raw_default"), "0", "requests too");
    good(hw_store_partitions(t.s.db, t.now, 2, t.res, t.p), "once more");
    good(record(&row, 1, NULL), "a row of a far day");
    is(one("SELECT count(*) FROM webhook_log_default"), "1", "goes to the default partition");
    good(hw_store_partitions(t.s.db, t.now + 40 * DAY, 0, t.res, t.p), "that day comes");
    is(one("SELECT count(*) FROM webhook_log_default"), "0", "the row moved");
    is(one("SELECT count(*) FROM webhook_log WHERE request_id = 'req-far'"), "1", "and is there");
    good(hw_db_script(t.s.db, "INSERT INTO ticket_mirror (tenant, provider, ticket_id, updated_at, deleted,"
                      " endpoint_id, seen_at) SELECT 'default', 'halopsa', id, '2020-01-01', id <> 'kept', 'e',"
                      " now() + days * interval '1 day'"
                      " FROM (VALUES ('kept', 0), ('gone', 0), ('fresh', 20)) AS m (id, days)", t.res),
         "tickets of a mirror");
    good(hw_store_retention(t.s.db, t.now + 4000 * DAY, 0, &dropped, t.res, t.p), "retention of 0 days");
    is_int(dropped, 0, "keeps everything");
    is(one("SELECT count(*) FROM ticket_mirror"), "3", "tickets too");
    good(hw_store_retention(t.s.db, t.now + 40 * DAY, 30, &dropped, t.res, t.p), "of 30 days");
    is_int(dropped, 4, "drops the old days");
    is(one("SELECT string_agg(request_id, ',') FROM webhook_log"), "req-far", "with their rows");
    is(one("SELECT string_agg(ticket_id, ',' ORDER BY id) FROM ticket_mirror"), "kept,fresh",
       "and the tickets that were deleted before that");
}

/* Ids of a page, "3,2,1". */
static const char *
ids(const hw_json_t *page)
{
    hw_json_t *items = hw_json_get(page, "items");
    const char *text = "";

    for (size_t i = 0; i < json_object_array_length(items); i++)
        text = apr_pstrcat(t.p, text, *text ? "," : "",
                           hw_json_get_string(json_object_array_get_idx(items, i), "request_id"),
                           NULL);
    return text;
}

static const char *
find(hw_history_filter_t f)
{
    hw_json_t *page;

    hw_result_reset(t.res);
    if (hw_store_history_list(&t.s, &f, &page, t.res, t.p) != APR_SUCCESS)
        return t.res->problem;
    return ids(page);
}

static void
test_list(void)
{
    hw_history_filter_t f = { .limit = 2 };
    hw_history_t rows[5];
    hw_json_t *page;
    char name[5][8];

    one("DELETE FROM webhook_log");
    for (int i = 0; i < 5; i++) {
        apr_snprintf(name[i], sizeof(name[i]), "r%d", i);
        rows[i] = row_of(name[i], 0, t.now - (i < 3 ? 0 : DAY)); /* equal times too */
    }
    rows[0].status = "failed";
    rows[0].error_message = "board 'Emergncy' does not exist";
    rows[1].action = NULL;
    rows[2].source_ip = "2001:db8::1";
    rows[3].company = NULL;
    rows[4].config_id = "ep-two";
    rows[4].payload = "50% off_x";
    good(record(rows, 5, NULL), "five rows");
    good(hw_store_history_list(&t.s, &f, &page, t.res, t.p), "first page");
    is(ids(page), "r2,r1", "newest first");
    f.cursor = apr_pstrdup(t.p, hw_json_get_string(page, "next"));
    good(hw_store_history_list(&t.s, &f, &page, t.res, t.p), "second page");
    is(ids(page), "r0,r4", "goes on where the first ended");
    f.cursor = apr_pstrdup(t.p, hw_json_get_string(page, "next"));
    good(hw_store_history_list(&t.s, &f, &page, t.res, t.p), "third page");
    is(ids(page), "r3", "holds the rest");
    ok(!hw_json_get_string(page, "next"), "and names no next one");

    is(find((hw_history_filter_t){ .status = "failed" }), "r0", "by status");
    is(find((hw_history_filter_t){ .endpoint_id = "ep-two" }), "r4", "by endpoint");
    is(find((hw_history_filter_t){ .source_ip = "2001:db8::1" }), "r2", "by address");
    is(find((hw_history_filter_t){ .action = "create" }), "r2,r0,r4,r3", "by action");
    is(find((hw_history_filter_t){ .request_id = "r1" }), "r1", "by request");
    is(find((hw_history_filter_t){ .company = "ACME", .to = t.now }), "r4", "by company and time");
    is(find((hw_history_filter_t){ .from = t.now }), "r2,r1,r0", "from is inclusive");
    is(find((hw_history_filter_t){ .ticket_id = "18" }), "", "no such ticket");
    is(find((hw_history_filter_t){ .q = "EMERGNCY" }), "r0", "text, in any case");
    is(find((hw_history_filter_t){ .q = "50% off_" }), "r4", "%% and _ are themselves");
    is(find((hw_history_filter_t){ .q = "5% off" }), "", "and no wildcards");
    is(find((hw_history_filter_t){ .cursor = "12" }), "bad-cursor", "a foreign cursor");
    is(find((hw_history_filter_t){ .cursor = "-5-1" }), "bad-cursor", "a negative one");
    is(find((hw_history_filter_t){ .cursor = "1-1x" }), "bad-cursor", "one with a tail");
}

static void
test_get(void)
{
    const char *id = one("SELECT id FROM webhook_log WHERE request_id = 'r0'");
    hw_json_t *row;

    good(hw_store_history_get(&t.s, id, &row, t.res, t.p), "one row");
    is(hw_json_text(hw_json_get(hw_json_get(row, "payload"), "boiler"), t.p), "3",
       "its payload is a value");
    is(hw_json_get_string(json_object_array_get_idx(hw_json_get(row, "trace"), 0), "step"), "kind",
       "its trace a list");
    is(hw_json_text(hw_json_get(row, "processing_time"), t.p), "0.25", "numbers are numbers");
    refused(hw_store_history_get(&t.s, "0", &row, t.res, t.p), "no-history", "no such row");
}

/* --- alerts ------------------------------------------------------------------------------------- */

/* The open alert of part is meant by whom? */
static void
meant(const hw_part_t *part)
{
    hw_part_t other = *part;
    apr_array_header_t *was = apr_array_make(t.p, 1, sizeof(const char *));
    hw_alert_t *a;
    int several;

    other.alert_key = "alert-three";
    other.kind = HW_KIND_OPEN;
    good(hw_store_alert_meant(&t.s, &other, &a, &several, t.res, t.p), "an alert of another key");
    ok(a == NULL && !several, "stands for itself");
    other.kind = HW_KIND_CLOSE;
    other.company_named = 0;
    good(hw_store_alert_meant(&t.s, &other, &a, &several, t.res, t.p), "a recovery without company");
    is(a ? a->alert_key : NULL, part->alert_key, "means the only one");
    other.company_named = 1;
    good(hw_store_alert_meant(&t.s, &other, &a, &several, t.res, t.p), "one with a company");
    ok(a == NULL, "does not");
    APR_ARRAY_PUSH(was, const char *) = part->company;
    other.company_was = was;
    good(hw_store_alert_meant(&t.s, &other, &a, &several, t.res, t.p), "unless that was another");
    is(a ? a->alert_key : NULL, part->alert_key, "under which it is open");
    other.destination = "elsewhere";
    good(hw_store_alert_meant(&t.s, &other, &a, &several, t.res, t.p), "at another destination");
    ok(a == NULL, "there is none");
}

static void
test_alert(void)
{
    hw_part_t part = part_of("alert-two");
    apr_array_header_t *list;
    apr_int64_t forgotten;
    hw_alert_t *a;

    part.dedup_key = "pump 9";
    good(hw_store_alert_get(&t.s, "alert-two", &a, t.res, t.p), "an alert nobody made");
    ok(!a, "is not there");
    good(hw_store_intent(&t.s, &part, "req-7", t.res, t.p), "an intent");
    good(hw_store_alert_get(&t.s, "alert-two", &a, t.res, t.p), "is committed");
    is(a->intent_request, "req-7", "with its request");
    ok(!a->open && !a->ticket_id && a->intent_at > 0, "and no ticket yet");
    ok(a->intent_age >= 0 && a->intent_age < apr_time_from_sec(3600), "begun a moment ago");
    good(hw_store_alert_opened(&t.s, &part, "42", 1, t.now + 9, t.res, t.p), "the ticket");
    good(hw_store_alert_get(&t.s, "alert-two", &a, t.res, t.p), "is known");
    ok(a->open && a->opened_at == t.now + 9 && a->verified_at == t.now + 9, "open since then");
    is(a->ticket_id, "42", "by its number");
    is(a->intent_request, "req-7", "and which event made it");
    good(hw_store_alert_opened(&t.s, &part, "42", 0, t.now + 20, t.res, t.p), "told again");
    good(hw_store_alert_get(&t.s, "alert-two", &a, t.res, t.p), "the same ticket");
    ok(!a->intent_request, "which was found, not made");
    is_int(a->opened_at - t.now, 9, "is open since the first time");
    good(hw_store_alert_open_by_dedup(&t.s, "ep-one", "pump 9", &list, t.res, t.p), "by key");
    is_int(list->nelts, 1, "found open");
    meant(&part);
    good(hw_store_alert_by_ticket(&t.s, "local", "42", &list, t.res, t.p), "by ticket");
    is_int(list->nelts, 1, "found");
    good(hw_store_alert_forget(&t.s, &forgotten, t.res, t.p), "what was looked up is forgotten");
    ok(forgotten >= 1, "for this one too");
    good(hw_store_alert_verified(&t.s, "alert-two", t.now + 30, t.res, t.p), "looked up again");
    good(hw_store_alert_closed(&t.s, "alert-two", 1, t.now + 40, t.res, t.p), "closed by a human");
    good(hw_store_alert_get(&t.s, "alert-two", &a, t.res, t.p), "read back");
    ok(!a->open && a->closed_by_human && a->closed_at == t.now + 40, "closed then, by them");
    is(a->ticket_id, "42", "the ticket is remembered for a reopening");
    good(hw_store_alert_open_by_dedup(&t.s, "ep-one", "pump 9", &list, t.res, t.p), "by key");
    is_int(list->nelts, 0, "no longer open");
}

static int
locked(hw_store_t *s, const char *alert, const char *company, const char *summary)
{
    hw_ticket_key_t key = { alert, company, summary };
    int held = 0;

    good(hw_store_ticket_lock(s, &key, &held, t.res, t.p), "asking for a lock");
    return held;
}

static void
unlock(hw_store_t *s, const char *alert, const char *company, const char *summary)
{
    hw_ticket_key_t key = { alert, company, summary };

    hw_store_ticket_unlock(s, &key, t.p);
}

static void
test_ticket_lock(void)
{
    ok(locked(&t.s, "one", "ACME", "Boiler"), "a lock");
    ok(locked(&t.other, "two", "ACME", "Pump"), "another one beside it");
    unlock(&t.other, "two", "ACME", "Pump");
    ok(!locked(&t.other, "two", "ACME", "Boiler"), "the same company and summary is taken");
    ok(!locked(&t.other, "one", "ACME", "Pump"), "so is the same alert");
    unlock(&t.s, "one", "ACME", "Boiler");
    ok(locked(&t.other, "one", "ACME", "Boiler"), "until they are given back");
    unlock(&t.other, "one", "ACME", "Boiler");
    ok(locked(&t.s, "two", "ACME", "Pump"), "what was not had was not kept");
    unlock(&t.s, "two", "ACME", "Pump");
}

static void
test_fence(void)
{
    hw_ticket_key_t key = { "one", NULL, "Boiler" };
    int ended = -1, free = 0;

    ok(locked(&t.other, "one", NULL, "Boiler"), "a lock");
    good(hw_store_ticket_held(&t.other, t.res, t.p), "is held");
    good(hw_store_ticket_fence(&t.s, &key, &ended, t.res, t.p), "its session is ended");
    is_int(ended, 1, "it was one");
    refused(hw_store_ticket_held(&t.other, t.res, t.p), "database-down", "the holder hears of it");
    refused(hw_store_alert_verified(&t.other, "one", t.now, t.res, t.p), "database-down",
            "and can do nothing");
    for (int i = 0; i < 3000 && !free; i++) { /* a session ends in its own time */
        hw_store_ticket_lock(&t.s, &key, &free, t.res, t.p);
        apr_sleep(apr_time_from_msec(free ? 0 : 20));
    }
    ok(free, "the locks are free");
    unlock(&t.s, "one", NULL, "Boiler");
    unlock(&t.other, "one", NULL, "Boiler");
    good(hw_store_ticket_held(&t.other, t.res, t.p), "when it has let go it goes on");
    hw_db_close(t.other.db);
}

/* --- incidents ----------------------------------------------------------------------------------- */

static void
test_incident(void)
{
    hw_part_t part = part_of("alert-three");
    const char *id, *again, *xref;
    hw_json_t *v;
    int open;

    part.fields[HW_F_PRIORITY] = "High";
    part.fields[HW_F_SUMMARY] = "not twice";
    good(hw_store_incident_create(&t.s, &part, t.now, &id, t.res, t.p), "an incident");
    good(hw_store_incident_create(&t.s, &part, t.now + 1, &again, t.res, t.p), "asked for again");
    is(again, id, "is the same one");
    good(hw_store_incident_note(&t.s, id, "req-8:0", "HookWise", "colder", t.now, t.res, t.p),
         "a note");
    good(hw_store_incident_note(&t.s, id, "req-8:0", "HookWise", "colder", t.now, t.res, t.p),
         "the same note");
    good(hw_store_incident_note(&t.s, id, NULL, "ada", "on it", t.now + 9, t.res, t.p), "by hand");
    good(hw_store_incident_get(&t.s, id, &v, t.res, t.p), "read back");
    is_int(json_object_array_length(hw_json_get(v, "notes")), 2, "two notes");
    is(hw_json_write(hw_json_get(v, "fields"), t.p), "{\"priority\":\"High\"}", "its fields");
    is(hw_json_get_string(v, "description"), "It is.", "its description");
    good(hw_store_incident_find(&t.s, part.xref, "default", "x", "x", &again, &xref, t.res, t.p),
         "by xref");
    is(again, id, "found");
    good(hw_store_incident_find(&t.s, "hw:other", "default", "ACME", "Boiler 3 is cold", &again,
                                &xref, t.res, t.p), "by company and summary");
    is(again, id, "found too");
    is(xref, part.xref, "and says whose it is");
    good(hw_store_incident_find(&t.s, "hw:other", "default", NULL, "Boiler 3 is cold", &again,
                                &xref, t.res, t.p), "of no company");
    ok(!again, "not found");
    refused(hw_store_incident_status(&t.s, id, "gone", t.by, t.now, t.res, t.p), "bad-status",
            "a status that is none");
    good(hw_store_incident_status(&t.s, id, "Closed", t.by, t.now + 9, t.res, t.p), "closed");
    is(one("SELECT after->>'status' FROM audit WHERE what = 'incident.status'"), "closed",
       "which is audited");
    good(hw_store_incident_open(&t.s, id, &open, t.res, t.p), "asked");
    is_int(open, 0, "it is");
    good(hw_store_incident_create(&t.s, &part, t.now + 20, &again, t.res, t.p), "a new one then");
    ok(strcmp(again, id), "is another one");
    refused(hw_store_incident_open(&t.s, "77777", &open, t.res, t.p), "no-incident", "no such");
    refused(hw_store_incident_note(&t.s, "x", "r", "a", "t", t.now, t.res, t.p), "no-incident",
            "no id");
    good(hw_store_incident_list(&t.s, NULL, "open", 1, NULL, &v, t.res, t.p), "open ones");
    is_int(json_object_array_length(hw_json_get(v, "items")), 1, "one");
}

/* --- the connection -------------------------------------------------------------------------------- */

/* Ends the backend of the first connection from the second, and waits until it is gone. */
static void
cut(void)
{
    PGresult *r;
    const char *pid[] = { one("SELECT pg_backend_pid()") };

    good(hw_db_exec(t.other.db, "SELECT pg_terminate_backend($1::int, 60000)", 1, pid, &r, t.res,
                    t.p), "the connection is cut");
    is_int(hw_db_bool(r, 0, 0), 1, "for good");
}

static void
test_connection(void)
{
    const char *channel, *payload, *params[] = { "x" };
    PGresult *r;

    good(hw_db_listen(t.s.db, "hookwise_config", t.res), "listening");
    good(hw_store_setting_set(&t.other, "colour", "red", t.by, t.res, t.p), "a setting");
    good(hw_db_wait(t.s.db, 60000, &channel, &payload, t.res, t.p), "is told");
    is(channel, "hookwise_config", "on its channel");
    is(payload, "setting", "as what it is");
    good(hw_db_wait(t.s.db, 0, &channel, &payload, t.res, t.p), "nothing else");
    ok(!channel, "came");

    cut();
    is(one("SELECT 5"), "5", "a statement after the loss goes to a new connection");
    good(hw_db_wait(t.s.db, 0, &channel, &payload, t.res, t.p), "and one hears");
    is(payload, "", "that anything may have changed");
    good(hw_store_setting_set(&t.other, "colour", NULL, t.by, t.res, t.p), "a removal");
    good(hw_db_wait(t.s.db, 60000, &channel, &payload, t.res, t.p), "is heard on the new one");
    is(payload, "setting", "as before");

    good(hw_db_begin(t.s.db, t.res), "a transaction");
    cut();
    refused(hw_db_exec(t.s.db, "SELECT 1", 0, NULL, &r, t.res, t.p), "database-down",
            "is not taken over by a new connection");
    hw_db_rollback(t.s.db);
    is(one("SELECT 6"), "6", "which serves what comes after it");
    refused(hw_db_exec(t.s.db, "INSERT INTO tenant (id, name) VALUES ('default', $1)", 1, params,
                       NULL, t.res, t.p), "conflict", "a unique violation");
    refused(hw_db_exec(t.s.db, "SELEC", 0, NULL, NULL, t.res, t.p), "database-error", "bad SQL");
}

int
main(void)
{
    static const hw_actor_t by = { .user = "ada", .address = "192.0.2.1" };

    t.p = tap_start();
    t.res = hw_result_make(t.p);
    t.by = &by;
    t.now = apr_time_now();
    t.now -= t.now % DAY; /* noon: a test at midnight sees the same days */
    t.now += DAY / 2 + 123456;
    open_stores();
    test_url();
    test_migrate();
    test_record();
    test_life();
    test_partitions();
    test_list();
    test_get();
    test_alert();
    test_ticket_lock();
    test_fence();
    test_incident();
    test_connection();
    return tap_done();
}
