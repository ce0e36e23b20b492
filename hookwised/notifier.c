/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to chat targets: taken from their queue, made, sent, and what became of them recorded. */
#include "hookwised/notifier.h"

#include <apr_strings.h>
#include <string.h>

#include "common/notify.h"
#include "hookwised/chat.h"
#include "hookwised/message.h"
#include "hookwised/stores.h"

#define SEND_SECONDS 10   /* for one message; stopping waits for it: to break off leaves doubt */
#define LEASE_SECONDS 60  /* for sending it and saying so */
#define OLD_SECONDS 3600  /* what did not get through by then is no news any more */
#define DOUBTS_MAX 2      /* tries that may have arrived */
#define DOUBT_SECONDS 60  /* between them */
#define SAY_TRIES 60      /* at saying that it is sent, half a second apart; a sixth when we stop */
#define TEST_SECONDS 8    /* for one target of a test */
#define TESTS_SECONDS 25  /* for all of them */

/* The target with its secrets, which are in the database alone; NULL: there is none (any more). */
static apr_status_t
find_target(hw_store_t *store, const char *endpoint_id, const char *id, const hw_notify_t **out,
            hw_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *targets;
    hw_endpoint_row_t *row;
    apr_status_t rv = hw_store_endpoint_get(store, endpoint_id, 1, &row, res, p);

    *out = NULL;
    if (rv == APR_NOTFOUND)
        return APR_SUCCESS;
    if (rv == APR_SUCCESS)
        rv = hw_notify_compile(row->notify, 0, &targets, res, p);
    if (rv == APR_SUCCESS)
        *out = hw_notify_find(targets, id);
    return rv;
}

static const char *
base_url(const hw_settings_t *settings, apr_pool_t *p)
{
    const char *base = hw_set_text(settings, "PUBLIC_URL");
    apr_size_t len = strlen(base);

    while (len > 0 && base[len - 1] == '/')
        len--;
    return apr_pstrmemdup(p, base, len);
}

static hwd_message_t
message_of(const hwd_task_t *t, const hw_notification_t *n)
{
    const hw_settings_t *set = t->cfg->settings;
    const hwd_endpoint_t *e = hwd_config_endpoint(t->cfg, n->endpoint_id);
    const char *base = base_url(set, t->p);
    int failed = strcmp(n->what, "failed") == 0;
    hwd_message_t m = { .what = n->what, .summary = n->summary, .company = n->company,
                        .ticket = n->ticket_id, .text = n->body, .error = failed ? n->error : NULL,
                        .endpoint = n->endpoint_name };

    if (m.endpoint == NULL && e != NULL)
        m.endpoint = e->name;
    if (m.summary == NULL)
        m.summary = failed ? "an event that could not be worked on" : "(no longer in history)";
    m.ticket_url = hwd_ticket_url(n->destination, n->ticket_id, base, hw_set_text(set, "CW_URL"),
                                  hw_set_text(set, "CW_COMPANY"), t->p);
    if (n->history_id != NULL)
        m.history_url = apr_pstrcat(t->p, base, "/#/history/", n->history_id, NULL);
    return m;
}

/* The message is out: not to say so would send it again. */
static void
say_sent(hwd_task_t *t, const char *message_id)
{
    for (int i = atomic_load(&t->d->stopping) ? SAY_TRIES * 5 / 6 : 0; i < SAY_TRIES; i++) {
        if (hw_store_notification_sent(t->store, t->id, message_id, t->res, t->p) == APR_SUCCESS)
            return;
        apr_sleep(apr_time_from_msec(500));
    }
    hw_log_result(t->d->log, HW_LOG_WARN, t->res,
                  apr_psprintf(t->p, "%s comes twice", t->subject));
}

/* A try that may have arrived is repeated once: better twice than not at all, but not ever again. */
static void
failed(hwd_task_t *t, hw_notification_t *n)
{
    if (t->res->cls != HW_UNKNOWN) {
        hwd_task_failed(t);
        return;
    }
    hw_store_notification_doubt(t->store, n->id, NULL, t->p);
    if (++n->doubts < DOUBTS_MAX) {
        hwd_task_count(t, "retried");
        hwd_task_again(t, apr_time_from_sec(DOUBT_SECONDS), 1);
        return;
    }
    t->res->detail = apr_pstrcat(t->p, t->res->detail, "; it may have arrived", NULL);
    hwd_task_give_up(t);
}

static void
send_it(hwd_task_t *t, hw_notification_t *n, const hw_notify_t *target)
{
    hwd_message_t m = message_of(t, n);
    const char *message_id = NULL;

    if (!t->d->null_destination &&
        hwd_chat_send(t->d, t->cfg->settings, target, &m, n->reply_to, SEND_SECONDS, &message_id,
                      t->res, t->p) != APR_SUCCESS) {
        failed(t, n);
        return;
    }
    say_sent(t, message_id);
    hwd_task_count(t, "ok");
}

static void
work(hwd_task_t *t, hw_notification_t *n)
{
    const hw_notify_t *target = NULL;

    if (n->doubts >= DOUBTS_MAX) {
        hw_fail(t->res, APR_EGENERAL, "outcome-unknown",
                "its worker ended twice while it was sent; it may have arrived");
        hwd_task_give_up(t);
    } else if (n->age > apr_time_from_sec(OLD_SECONDS)) {
        hw_fail(t->res, APR_TIMEUP, "too-old", "it is older than an hour");
        hwd_task_give_up(t);
    } else if (find_target(t->store, n->endpoint_id, n->target, &target, t->res, t->p) !=
               APR_SUCCESS) {
        hwd_task_failed(t);
    } else if (target == NULL) {
        hw_fail(t->res, APR_NOTFOUND, "no-target", "its target is no longer there");
        hwd_task_give_up(t);
    } else {
        send_it(t, n, target);
    }
}

static apr_status_t
take(hwd_task_t *t, int *found)
{
    hw_notification_t *n = NULL;
    apr_status_t rv = hw_store_notification_take(t->store, apr_time_from_sec(LEASE_SECONDS), &n,
                                                 t->res, t->p);

    *found = n != NULL;
    if (n == NULL)
        return rv;
    t->id = n->id;
    t->tries = n->tries;
    t->subject = apr_psprintf(t->p, "message %s (%s) of endpoint %s to target %s", n->id, n->what,
                              n->endpoint_id, n->target);
    work(t, n);
    return APR_SUCCESS;
}

const hwd_after_kind_t hwd_messages = {
    .job = HW_JOB_NOTIFICATION,
    .what = "messages to chat targets",
    .series = "hookwise_notifications_total",
    .work = take,
};

/* --- a test ---------------------------------------------------------------------------------- */

typedef struct {
    hwd_t *d;
    const hw_settings_t *settings;
    const hw_endpoint_row_t *row;
    apr_time_t until;
    apr_pool_t *p;
} test_t;

static hw_json_t *
test_one(const test_t *t, const hw_notify_t *target)
{
    hwd_message_t m = { .what = "test", .endpoint = t->row->name,
                        .summary = "HookWise can write here. No alert is behind this message." };
    hw_result_t *res = hw_result_make(t->p);
    hw_json_t *v = json_object_new_object();
    const char *id = NULL;
    apr_status_t rv;

    if (hw_clock_mono() >= t->until || atomic_load(&t->d->stopping))
        rv = hw_fail_temp(res, APR_TIMEUP, "not-asked", "not asked: the others took too long");
    else
        rv = hwd_chat_send(t->d, t->settings, target, &m, NULL, TEST_SECONDS, &id, res, t->p);
    hw_json_set_string(v, "id", target->id);
    hw_json_set_string(v, "type", target->type);
    hw_json_set_string(v, "name", target->value[HW_NT_NAME]);
    hw_json_set_bool(v, "ok", rv == APR_SUCCESS);
    hw_json_set_string(v, "message", rv == APR_SUCCESS ? "sent" : res->detail);
    return v;
}

apr_status_t
hwd_notify_test(hwd_t *d, const hw_settings_t *settings, const hw_json_t *args, hw_json_t **out,
                hw_result_t *res, apr_pool_t *p)
{
    const char *id = hw_json_get_string(args, "endpoint_id");
    const char *only = hw_json_get_string(args, "target");
    test_t t = { .d = d, .settings = settings, .p = p,
                 .until = hw_clock_mono() + apr_time_from_sec(TESTS_SECONDS) };
    hw_store_t *store = hwd_store_borrow(d->stores, HWD_STORE_SHORT);
    apr_array_header_t *targets = NULL;
    hw_endpoint_row_t *row = NULL;
    apr_status_t rv = hw_store_endpoint_get(store, id != NULL ? id : "", 1, &row, res, p);

    hwd_store_return(d->stores, store, HWD_STORE_SHORT);
    if (rv == APR_SUCCESS)
        rv = hw_notify_compile(row->notify, 0, &targets, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    t.row = row;
    *out = hw_json_own(json_object_new_array(), p);
    for (int i = 0; i < targets->nelts; i++) {
        const hw_notify_t *target = APR_ARRAY_IDX(targets, i, const hw_notify_t *);

        if (only == NULL || strcmp(target->id, only) == 0)
            json_object_array_add(*out, test_one(&t, target));
    }
    if (json_object_array_length(*out) == 0)
        return hw_fail_field(res, APR_EINVAL, "bad-request", only != NULL ? "target" : "notify",
                             only != NULL ? "is none of the endpoint's targets"
                                          : "names no target");
    return APR_SUCCESS;
}
