/* SPDX-License-Identifier: Apache-2.0 */
/* Confirming subscriptions of Amazon SNS. */
#include "hookwised/sns.h"

#include <apr_strings.h>
#include <string.h>

#include "hookwised/http.h"

#define PRESET "cloudwatch"
#define CONFIRM_SECONDS 10
#define URL_MAX 2048

static const char region_chars[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

/* Behind the host must come the path: so there is no port, and no user before it either. */
int
hwd_sns_url_allowed(const char *url)
{
    static const char start[] = "https://sns.", *const ends[] = { ".amazonaws.com/", ".amazonaws.com.cn/" };
    const char *host = url + strlen(start), *query;
    apr_size_t region;
    int named = 0;

    if (strlen(url) > URL_MAX || strncmp(url, start, strlen(start)) != 0)
        return 0;
    for (const unsigned char *c = (const unsigned char *)url; *c != '\0'; c++)
        if (*c <= ' ' || *c >= 0x7f || *c == '#' || *c == '\\')
            return 0;
    region = strspn(host, region_chars);
    for (unsigned i = 0; i < sizeof(ends) / sizeof(*ends); i++)
        named |= strncmp(host + region, ends[i], strlen(ends[i])) == 0;
    query = strchr(url, '?');
    return region > 0 && named && query != NULL && strstr(query, "Action=ConfirmSubscription") != NULL;
}

static apr_status_t
open_url(hwd_turn_t *t, hwd_step_t *s, const char *url)
{
    hwd_request_t req = { .method = "GET", .url = url, .timeout = CONFIRM_SECONDS,
                          .prio = HWD_PRIO_NOTE, .repeatable = 1, .abort = &t->d->stopping };
    hwd_answer_t a;
    apr_status_t rv = hwd_http_send(t->d->http, &req, &a, s->res, s->p);

    if (rv != APR_SUCCESS || (a.status >= 200 && a.status <= 299))
        return rv;
    hw_fail(s->res, APR_EGENERAL, "not-confirmed", "Amazon SNS answered %d when the subscription was "
            "confirmed", a.status);
    s->res->cls = hwd_http_class(a.status, 1);
    s->res->http_status = a.status;
    return s->res->rv;
}

int
hwd_sns_confirm(hwd_turn_t *t, hwd_step_t *s, const hw_plan_t *plan)
{
    const hw_decoded_t *d = plan->decoded;
    const char *preset = plan->endpoint->preset;

    if (!s->part.drop || d == NULL || d->sns_type == NULL ||
        strcmp(d->sns_type, "SubscriptionConfirmation") != 0 || d->sns_subscribe == NULL ||
        preset == NULL || strcmp(preset, PRESET) != 0)
        return 0;
    if (!hwd_sns_url_allowed(d->sns_subscribe)) {
        hw_trace_add(s->part.trace, "act", "refused",
                     "The SubscribeURL is no address of Amazon SNS: it is not opened.");
        hwd_turn_finish(t, s, "skipped", "the SubscribeURL is no address of Amazon SNS: it was not opened");
    } else if (open_url(t, s, d->sns_subscribe) != APR_SUCCESS) {
        hwd_turn_failed(t, s);
    } else {
        hw_trace_add(s->part.trace, "act", "confirmed", "The subscription is confirmed.");
        hwd_turn_finish(t, s, "processed", NULL);
    }
    return 1;
}
