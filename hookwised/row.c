/* SPDX-License-Identifier: Apache-2.0 */
/* History rows out of events, parts and outcomes. */
#include <apr_strings.h>
#include <string.h>

#include "common/store_work.h"
#include "common/text.h"
#include "hookwised/record.h"

/* A batch keeps its payload with each element only while that stays small in sum. */
#define BATCH_PAYLOAD_BYTES (1024 * 1024)

hwd_unit_t *
hwd_unit_make(const hwd_t *d)
{
    apr_pool_t *p = hwd_pool_get(d->pools);
    hwd_unit_t *u = apr_pcalloc(p, sizeof(*u));

    u->d = d;
    u->p = p;
    u->rows = apr_array_make(p, 4, sizeof(hw_history_t *));
    u->raws = apr_array_make(p, 4, sizeof(hw_raw_t *));
    u->done = apr_array_make(p, 4, sizeof(hwd_item_t *));
    return u;
}

void
hwd_unit_free(hwd_unit_t *u)
{
    hwd_pool_put(u->d->pools, u->p);
}

/* What PostgreSQL stores as text: UTF-8 without NUL. */
static const char *
clean(const char *s, apr_pool_t *p)
{
    apr_size_t len;

    return s != NULL ? apr_pstrdup(p, hw_utf8_mend(s, strlen(s), &len, p)) : NULL;
}

static void
part_columns(hw_history_t *h, const hw_part_t *part, hwd_unit_t *u)
{
    apr_pool_t *p = u->p;

    h->part = part->part;
    h->destination = clean(part->destination, p);
    h->company = clean(part->company, p);
    h->summary = clean(part->summary, p);
    h->dedup_key = clean(part->dedup_key, p);
    h->matched_rule = clean(part->matched_rule, p);
    h->alert_key = clean(part->alert_key, p);
    if (part->trace != NULL) {
        apr_pool_t *scratch = hwd_pool_get(u->d->pools);

        h->trace = apr_pstrdup(p, hw_json_write(hw_trace_json(part->trace, scratch), scratch));
        hwd_pool_put(u->d->pools, scratch);
    }
}

static void
event_columns(hw_history_t *h, const hwd_item_t *it, apr_pool_t *p)
{
    const hwd_endpoint_t *e = it->endpoint;

    h->request_id = it->ev.request_id;
    h->config_id = it->ev.endpoint_id;
    h->config_name = e != NULL ? apr_pstrdup(p, e->name) : NULL;
    h->tenant = e != NULL && e->tenant != NULL ? apr_pstrdup(p, e->tenant) : "default";
    h->received_at = it->ev.received_at;
    h->taken_at = it->planned_at;
    h->synthetic = strcmp(it->ev.kind, "webhook") != 0;
    h->notify = e != NULL && e->ep != NULL ? e->ep->notify : NULL;
    h->quiet = strcmp(it->ev.kind, "replay") == 0 && !it->ev.tell &&
               strcmp(it->ev.replay_by, HW_BY_CATCH_UP) != 0;
    h->source_ip = it->ev.source_ip;
}

hw_history_t *
hwd_row_make(hwd_unit_t *u, hwd_item_t *it, const hw_part_t *part)
{
    hw_history_t *h = apr_pcalloc(u->p, sizeof(*h));
    const char *payload, *headers;

    event_columns(h, it, u->p);
    if (part != NULL)
        part_columns(h, part, u);
    hwd_item_texts(u->d->items, it, &payload, &headers);
    if (h->part == 0 || strlen(payload) * (apr_size_t)it->njobs <= BATCH_PAYLOAD_BYTES)
        h->payload = clean(payload, u->p);
    h->headers = clean(headers, u->p);
    return h;
}

/* Texts a row owns; the others belong to its event. */
static const apr_size_t owned_texts[] = {
    offsetof(hw_history_t, config_name),   offsetof(hw_history_t, tenant),
    offsetof(hw_history_t, ticket_id),     offsetof(hw_history_t, destination),
    offsetof(hw_history_t, company),       offsetof(hw_history_t, summary),
    offsetof(hw_history_t, dedup_key),     offsetof(hw_history_t, matched_rule),
    offsetof(hw_history_t, error_message), offsetof(hw_history_t, payload),
    offsetof(hw_history_t, headers),       offsetof(hw_history_t, trace),
    offsetof(hw_history_t, alert_key),
};

hw_history_t *
hwd_row_copy(hwd_unit_t *u, const hw_history_t *row)
{
    hw_history_t *copy = apr_pmemdup(u->p, row, sizeof(*row));

    for (apr_size_t i = 0; i < sizeof(owned_texts) / sizeof(*owned_texts); i++) {
        const char **text = (const char **)((char *)copy + owned_texts[i]);

        *text = apr_pstrdup(u->p, *text);
    }
    return copy;
}

static void
add_raw(hwd_unit_t *u, hwd_item_t *it)
{
    hw_raw_t *raw = apr_pcalloc(u->p, sizeof(*raw));

    raw->request_id = it->ev.request_id;
    raw->event = &it->ev;
    u->bytes += it->ev.body_len;
    APR_ARRAY_PUSH(u->raws, hw_raw_t *) = raw;
}

void
hwd_unit_add(hwd_unit_t *u, hwd_item_t *it, hw_history_t *row, const char *status,
             const char *error)
{
    apr_interval_time_t took;

    row->status = status;
    row->error_message = clean(error, u->p);
    took = apr_time_now() - it->ev.received_at; /* by two clocks, perhaps of two machines */
    row->processing_time = took > 0 ? (double)took / APR_USEC_PER_SEC : 0;
    u->bytes += 1024 + (row->payload != NULL ? strlen(row->payload) : 0);
    APR_ARRAY_PUSH(u->rows, hw_history_t *) = row;
    if (strcmp(status, "retrying") != 0 && !it->ev.refused && !atomic_exchange(&it->raw_done, 1))
        add_raw(u, it);
}

void
hwd_unit_done(hwd_unit_t *u, hwd_item_t *it)
{
    APR_ARRAY_PUSH(u->done, hwd_item_t *) = it;
}
