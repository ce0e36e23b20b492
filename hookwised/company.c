/* SPDX-License-Identifier: Apache-2.0 */
/* Companies chosen by a language model: workers put names on a board and wait a bounded time, one
 * thread finds out about them. Whatever is slow there, no ticket is. */
#include "hookwised/company.h"

#include <apr_strings.h>
#include <string.h>

#include "common/store_work.h"
#include "common/text.h"
#include "hookwised/company_prompt.h"
#include "hookwised/config.h"
#include "hookwised/llm.h"
#include "hookwised/metrics.h"
#include "hookwised/stores.h"

#define NAMES 64              /* on the board at once */
#define NAME_MAX_BYTES 255
#define TOKENS 64             /* of an answer: an identifier is short */
#define FOUND_SECONDS 10      /* until what was planned before the row was there is done */
#define NONE_SECONDS 300      /* before a name is asked about again that means nobody */
#define FAILED_SECONDS 60     /* before any name is asked about again after a failure */
#define POLL_MS 500

typedef enum { FREE, WAITING, ASKED, KNOWN } state_e;

typedef struct {
    state_e state;
    unsigned round;             /* another name took the place: another number */
    apr_time_t until;           /* KNOWN: believed until then */
    char tenant[NAME_MAX_BYTES + 1], dest[32];
    char company[NAME_MAX_BYTES + 1], former[NAME_MAX_BYTES + 1]; /* "" = none */
    char why[200];              /* no company: the reason */
} name_t;

struct hwd_chooser_t {
    hwd_t *d;
    hw_store_t *store;
    pthread_t thread;
    pthread_mutex_t lock;       /* over what follows */
    pthread_cond_t asked, answered;
    name_t names[NAMES];
    apr_time_t quiet_until;     /* nobody is asked before: the last one failed */
};

/* What was found out about one name, outside the lock. */
typedef struct {
    hwd_chooser_t *c;
    const hw_settings_t *settings;
    const char *tenant, *dest;
    hw_choice_t choice;
    const char *why;
    int failed;                 /* somebody did not answer: others would not be answered either */
    hw_result_t *res;
    apr_pool_t *p;
} task_t;

/* --- finding out ---------------------------------------------------------------------------------- */

static apr_status_t
companies(task_t *k, hw_json_t **rows)
{
    hwd_call_t call = { .d = k->c->d, .settings = k->settings, .prio = HWD_PRIO_NOTE,
                        .now = apr_time_now() };
    apr_time_t at;
    apr_status_t rv;

    call.dest = hwd_dest_find(k->c->d->dests, k->dest);
    if (call.dest == NULL || hwd_dest_down(call.dest, &at))
        return hw_fail_temp(k->res, APR_EAGAIN, "destination-down", "the destination is down");
    rv = call.dest->driver->check(k->settings, k->res);
    return rv == APR_SUCCESS
               ? call.dest->driver->catalogue(&call, "companies", NULL, NULL, rows, k->res, k->p)
               : rv;
}

static apr_status_t
ask(task_t *k, const hw_json_t *rows)
{
    const char *model = hw_set_text(k->settings, "AI_MODEL"), *answer = NULL, *company;
    const char *fence = hw_random_token(9, k->p);
    apr_status_t rv = hwd_llm_ask(k->c->d, k->settings, hwd_company_system(fence, k->p),
                                  hwd_company_user(rows, k->tenant, fence, k->p), TOKENS,
                                  (int)hw_set_int(k->settings, "AI_COMPANY_TIMEOUT"), &answer,
                                  k->res, k->p);
    int none;

    if (rv != APR_SUCCESS)
        return rv;
    company = hwd_company_answer(rows, answer, &none, k->p);
    if (company == NULL) {
        k->why = none ? "the model says that it is none of the PSA's companies"
                      : apr_psprintf(k->p, "the model answered \"%s\", which is no company of the PSA",
                                     hw_text_cut(answer, 50, k->p));
        return APR_SUCCESS;
    }
    return hw_store_choice_add(k->c->store, k->tenant, company, model, &k->choice, k->res, k->p);
}

static void
count(task_t *k)
{
    const char *result = k->failed ? "failed" : k->choice.company != NULL ? "ok" : "none";

    hwd_metrics_add(k->c->d->metrics,
                    hw_series(k->p, "hookwise_ai_companies_total", "result", result, NULL), 1);
}

/* Another hookwised may have been faster: its choice is a row by now. */
static void
find_out(task_t *k)
{
    hw_json_t *rows = NULL;
    apr_status_t rv = hw_store_choice_get(k->c->store, k->tenant, &k->choice, k->res, k->p);

    if (rv == APR_SUCCESS && k->choice.company != NULL)
        return;
    if (rv == APR_SUCCESS && (rv = companies(k, &rows)) == APR_SUCCESS)
        rv = ask(k, rows);
    if (rv != APR_SUCCESS) {
        k->failed = 1;
        k->why = hw_result_text(k->res, k->p);
        hw_log(k->c->d->log, HW_LOG_WARN, "no company is chosen for \"%s\": %s",
               hw_text_cut(k->tenant, 80, k->p), k->why);
    } else if (k->choice.company != NULL) {
        hw_log(k->c->d->log, HW_LOG_INFO, "company %s is chosen for \"%s\"", k->choice.company,
               hw_text_cut(k->tenant, 80, k->p));
    }
    count(k);
}

/* --- the board ------------------------------------------------------------------------------------- */

static name_t *
waiting(hwd_chooser_t *c)
{
    for (int i = 0; i < NAMES; i++)
        if (c->names[i].state == WAITING)
            return &c->names[i];
    return NULL;
}

static void
put(char *to, apr_size_t size, const char *from)
{
    apr_cpystrn(to, from != NULL ? from : "", size);
}

static void
write_down(hwd_chooser_t *c, name_t *n, const task_t *k)
{
    apr_time_t now = hw_clock_mono();
    int seconds = k->failed ? FAILED_SECONDS : k->choice.company != NULL ? FOUND_SECONDS : NONE_SECONDS;

    put(n->company, sizeof(n->company), k->choice.company);
    put(n->former, sizeof(n->former), k->choice.former);
    put(n->why, sizeof(n->why), k->why);
    n->until = now + apr_time_from_sec(seconds);
    n->state = KNOWN;
    if (k->failed)
        c->quiet_until = n->until;
}

/* Called with the lock held, which is given up meanwhile. */
static void
work_on(hwd_chooser_t *c, name_t *n)
{
    apr_pool_t *p = hwd_pool();
    hwd_config_t *cfg = hwd_config_hold(c->d->configs);
    task_t k = { .c = c, .tenant = apr_pstrdup(p, n->tenant), .dest = apr_pstrdup(p, n->dest),
                 .res = hw_result_make(p), .p = p };

    n->state = ASKED;
    pthread_mutex_unlock(&c->lock);
    if (cfg != NULL) {
        k.settings = cfg->settings;
        find_out(&k);
    } else {
        k.failed = 1;
    }
    pthread_mutex_lock(&c->lock);
    write_down(c, n, &k);
    pthread_cond_broadcast(&c->answered);
    hwd_config_release(cfg);
    apr_pool_destroy(p);
}

static void *
run(void *data)
{
    hwd_chooser_t *c = data;
    name_t *n;

    pthread_mutex_lock(&c->lock);
    while (!atomic_load(&c->d->stopping)) {
        if ((n = waiting(c)) != NULL)
            work_on(c, n);
        else
            hwd_wait_until(&c->asked, &c->lock, hw_clock_mono() + apr_time_from_msec(POLL_MS));
    }
    pthread_cond_broadcast(&c->answered);
    pthread_mutex_unlock(&c->lock);
    hw_db_close(c->store->db);
    return NULL;
}

/* The place of that name, or a free one for it; NULL = the board is full. */
static name_t *
place_of(hwd_chooser_t *c, const char *tenant, const char *dest)
{
    apr_time_t now = hw_clock_mono();
    name_t *free_one = NULL;

    for (int i = 0; i < NAMES; i++) {
        name_t *n = &c->names[i];

        if (n->state == KNOWN && n->until < now)
            n->state = FREE;
        if (n->state == FREE)
            free_one = n;
        else if (hw_text_ieq(n->tenant, tenant) && strcmp(n->dest, dest) == 0)
            return n;
    }
    return free_one;
}

/* With the lock held: the name with its answer, or NULL and *why. May wait until the deadline. */
static const name_t *
answer_for(hwd_chooser_t *c, const char *tenant, const char *dest, int may_ask, apr_time_t deadline,
           const char **why)
{
    name_t *n = place_of(c, tenant, dest);
    unsigned round;

    *why = "too many names are asked about at once";
    if (n == NULL)
        return NULL;
    *why = "the model did not answer lately";
    if (n->state == FREE && (!may_ask || hw_clock_mono() < c->quiet_until))
        return NULL;
    if (n->state == FREE) {
        n->state = WAITING;
        n->round++;
        put(n->tenant, sizeof(n->tenant), tenant);
        put(n->dest, sizeof(n->dest), dest);
        pthread_cond_signal(&c->asked);
    }
    *why = "the model does not answer in time";
    for (round = n->round; n->round == round && n->state != KNOWN;) {
        if (hw_clock_mono() >= deadline || atomic_load(&c->d->stopping))
            return NULL;
        hwd_wait_until(&c->answered, &c->lock, deadline);
    }
    return n->round == round ? n : NULL;
}

/* --- a worker's side --------------------------------------------------------------------------------- */

static int
wanted(const hwd_step_t *s)
{
    return s->part.tenant_name != NULL && strlen(s->part.tenant_name) <= NAME_MAX_BYTES &&
           s->call.dest->driver->remote && hw_set_bool(s->call.settings, "AI_COMPANY");
}

/* A recovery finds its alert without. */
static int
opens(const hw_part_t *part)
{
    return part->kind == HW_KIND_OPEN ||
           (part->kind == HW_KIND_OTHER && part->on_unknown == HW_UNKNOWN_OPEN);
}

void
hwd_company_choose(hwd_turn_t *t, hwd_step_t *s)
{
    hwd_chooser_t *c = t->d->chooser;
    const char *company = NULL, *former = NULL, *why = NULL, *tenant = s->part.tenant_name;
    const name_t *n;
    apr_time_t deadline;

    if (!wanted(s))
        return;
    deadline = hw_clock_mono() + apr_time_from_sec(hw_set_int(s->call.settings, "AI_COMPANY_TIMEOUT"));
    pthread_mutex_lock(&c->lock);
    n = answer_for(c, tenant, s->part.destination, opens(&s->part), deadline, &why);
    if (n != NULL && n->company[0] != '\0') {
        company = apr_pstrdup(s->p, n->company);
        former = n->former[0] != '\0' ? apr_pstrdup(s->p, n->former) : NULL;
    } else if (n != NULL) {
        why = apr_pstrdup(s->p, n->why);
    }
    pthread_mutex_unlock(&c->lock);
    s->call.now = apr_time_now(); /* the wait may have been long */
    if (company != NULL) {
        hw_part_choose_company(&s->part, company, former, s->p);
        hw_trace_add(s->part.trace, "company", "model", "%s, chosen by a language model for \"%s\".",
                     company, hw_text_cut(tenant, 100, s->p));
    } else if (opens(&s->part)) {
        hw_trace_add(s->part.trace, "company", "no-choice",
                     "No company is chosen for \"%s\": %s. The default stays.",
                     hw_text_cut(tenant, 100, s->p), why);
    }
}

/* --- life --------------------------------------------------------------------------------------------- */

apr_status_t
hwd_chooser_start(hwd_t *d, hwd_chooser_t **out, hw_result_t *res)
{
    hwd_chooser_t *c = apr_pcalloc(d->p, sizeof(*c));
    apr_status_t rv;

    *out = c;
    c->d = d;
    pthread_mutex_init(&c->lock, NULL);
    hwd_cond_init(&c->asked);
    hwd_cond_init(&c->answered);
    if ((rv = hwd_store_own(d, &c->store, res, hwd_pool_below(d->p))) != APR_SUCCESS)
        return rv;
    if (pthread_create(&c->thread, NULL, run, c) != 0)
        return hw_fail(res, APR_ENOMEM, "no-threads", "a thread for companies cannot be started");
    return APR_SUCCESS;
}

void
hwd_chooser_join(hwd_chooser_t *c)
{
    pthread_join(c->thread, NULL);
}
