/* SPDX-License-Identifier: Apache-2.0 */
/* Chat targets of endpoints: what is taken, what is refused and where, and how secrets are shown. */
#include "common/notify.h"

#include <apr_strings.h>
#include <string.h>

#include "common/mask.h"
#include "common/result.h"
#include "t/lib/tap.h"

#define HOOK "https://hooks.slack.com/services/T0/B0/secretpart"

static apr_array_header_t *
list_of(const char *text, int masked, hw_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *list = NULL;
    hw_json_t *doc = NULL;

    if (hw_json_parse(text, strlen(text), NULL, &doc, NULL, res, p) != APR_SUCCESS ||
        hw_notify_compile(doc, masked, &list, res, p) != APR_SUCCESS)
        return NULL;
    return list;
}

static void
taken(apr_pool_t *p)
{
    static const struct {
        const char *doc, *want; /* type id on value… */
    } cases[] = {
        { "[{\"type\":\"slack\",\"url\":\"" HOOK "\"}]", "slack  11 " HOOK },
        { "[{\"type\":\"slack\",\"token\":\"xoxb-1\",\"channel\":\"#ops\",\"id\":\"a-1_B\"}]",
          "slack a-1_B 11 xoxb-1 #ops" },
        { "[{\"type\":\"teams\",\"name\":\" Ops \",\"url\":\"https://x.logic.azure.com:443/w?sig=1\","
          "\"channel\":\"\",\"token\":null}]",
          "teams  11 Ops https://x.logic.azure.com:443/w?sig=1" },
        { "[{\"type\":\"webex\",\"token\":\"t\",\"room_id\":\"R\",\"on\":[\"reopen\",\"failed\"]}]",
          "webex  12 t R" },
        { "[{\"type\":\"webex\",\"token\":\"t\",\"email\":\"a@b.example\",\"on\":[\"create\"]}]",
          "webex  1 t a@b.example" },
        { "[{\"type\":\"webex\",\"url\":\"https://webexapis.com/v1/webhooks/incoming/abc\"}]",
          "webex  11 https://webexapis.com/v1/webhooks/incoming/abc" },
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hw_result_t *res = hw_result_make(p);
        apr_array_header_t *list = list_of(cases[i].doc, 0, res, p);
        const hw_notify_t *t = list != NULL ? APR_ARRAY_IDX(list, 0, const hw_notify_t *) : NULL;
        const char *got = t == NULL ? hw_result_text(res, p)
                                    : apr_psprintf(p, "%s %s %u", t->type, t->id, t->on);

        for (int m = 0; t != NULL && m < HW_NT_COUNT; m++)
            if (t->value[m] != NULL)
                got = apr_pstrcat(p, got, " ", t->value[m], NULL);
        is(got, cases[i].want, "%s", cases[i].doc);
    }
    is_int(list_of("[]", 0, NULL, p)->nelts, 0, "an empty list");
}

#define SLACK(more) "[{\"type\":\"slack\"" more "}]"
#define URL(url) SLACK(",\"url\":\"" url "\"")
#define WEBEX(more) "[{\"type\":\"webex\",\"token\":\"t\"" more "}]"

static void
refused(apr_pool_t *p)
{
    static const struct {
        const char *doc, *want;
    } cases[] = {
        { "{}", "notify: is not a list" },
        { "[1]", "notify[0]: is not a JSON object" },
        { "[{}]", "notify[0].type: is missing" },
        { "[{\"type\":\"pager\"}]", "notify[0].type: must be slack, teams or webex" },
        { SLACK(""), "notify[0].url: is missing" },
        { SLACK(",\"channel\":\"C1\""), "notify[0].token: is missing" },
        { SLACK(",\"token\":\"x\""), "notify[0].channel: is missing" },
        { SLACK(",\"url\":\"" HOOK "\",\"token\":\"x\""),
          "notify[0].token: a url says it all: no token, and no place beside it" },
        { SLACK(",\"url\":\"" HOOK "\",\"channel\":\"C1\""),
          "notify[0].channel: a url says it all: no token, and no place beside it" },
        { SLACK(",\"url\":7"), "notify[0].url: is not a text" },
        { SLACK(",\"pass\":\"x\""), "notify[0].pass: targets of type slack have no such member" },
        { "[{\"type\":\"teams\",\"token\":\"x\"}]",
          "notify[0].token: targets of type teams have no such member" },
        { SLACK(",\"token\":\"a b\",\"channel\":\"C1\""),
          "notify[0].token: may hold visible ASCII characters only" },
        { SLACK(",\"token\":\"x\",\"channel\":\"C\\n1\""),
          "notify[0].channel: control characters are not allowed here" },
        { WEBEX(""), "notify[0].room_id: is missing" },
        { WEBEX(",\"room_id\":\"r\",\"email\":\"a@b\""),
          "notify[0].email: a message goes to a room_id or to an email" },
        { WEBEX(",\"email\":\"nobody\""), "notify[0].email: is no e-mail address" },
        { WEBEX(",\"room_id\":\"r\",\"on\":[]"),
          "notify[0].on: is a list out of create, close, reopen and failed" },
        { WEBEX(",\"room_id\":\"r\",\"on\":[\"update\"]"),
          "notify[0].on: is a list out of create, close, reopen and failed" },
        { WEBEX(",\"room_id\":\"r\",\"id\":\"a b\""),
          "notify[0].id: has letters, digits, - and _ only" },
        { URL("http://hooks.slack.com/x"), "notify[0].url: must begin with https://" },
        { URL("https://u:p@hooks.slack.com/x"), "notify[0].url: must not name a user" },
        { URL("https://hooks.slack.com"), "notify[0].url: has nothing behind its host" },
        { URL("https://hooks.slack.com/"), "notify[0].url: has nothing behind its host" },
        { URL("https://hooks.slack.com:/x"), "notify[0].url: has no port behind the colon" },
        { URL("https://hooks.slack.com:8a/x"), "notify[0].url: has no port behind the colon" },
        { URL("https://hooks.slack.com/a b"),
          "notify[0].url: holds a character that no URL has at offset 25" },
        { URL("https://127.0.0.1/x"), "notify[0].url: must name a host, and not by its address" },
        { URL("https://169.254.169.254/latest"),
          "notify[0].url: must name a host, and not by its address" },
        { URL("https://0x7f000001/x"), "notify[0].url: must name a host, and not by its address" },
        { URL("https://2130706433/x"), "notify[0].url: must name a host, and not by its address" },
        { URL("https://[::1]/x"), "notify[0].url: must name a host, and not by its address" },
        { URL("https:///x"), "notify[0].url: must name a host, and not by its address" },
        { URL("https://hooks.slack.com/********"),
          "notify[0].url: is shown without its secret: give it in full" },
        { SLACK(",\"token\":\"********\",\"channel\":\"C1\""),
          "notify[0].token: is shown without its secret: give it in full" },
        { "[{\"type\":\"slack\",\"url\":\"" HOOK "\",\"id\":\"a\"},"
          "{\"type\":\"slack\",\"url\":\"" HOOK "\",\"id\":\"a\"}]",
          "notify[1].id: is that of another target" },
        { "[1,1,1,1,1,1,1,1,1,1,1]", "notify: holds more than 10 targets" },
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hw_result_t *res = hw_result_make(p);

        list_of(cases[i].doc, 0, res, p);
        is(hw_result_text(res, p), cases[i].want, "%s", cases[i].doc);
    }
}

static void
shown(apr_pool_t *p)
{
    const char *hook = hw_notify_shown("url", HOOK, p);

    is(hook, "https://hooks.slack.com/" HW_MASKED, "of a URL its host is shown");
    is(hw_notify_shown("url", "https://a.b:8443?sig=1", p), "https://a.b:8443/" HW_MASKED,
       "a secret in the query");
    is(hw_notify_shown("token", "xoxb", p), HW_MASKED, "a token");
    is(hw_notify_shown("channel", "C1", p), "C1", "what is no secret");
    ok(hw_notify_is_shown(hook) && hw_notify_is_shown(HW_MASKED) && !hw_notify_is_shown(HOOK) &&
           !hw_notify_is_shown("x" HW_MASKED) && !hw_notify_is_shown(""),
       "what is shown is known");
    ok(list_of("[{\"type\":\"slack\",\"url\":\"https://hooks.slack.com/" HW_MASKED "\"},"
               "{\"type\":\"webex\",\"token\":\"" HW_MASKED "\",\"room_id\":\"r\"}]",
               1, NULL, p) != NULL,
       "and stands for a secret kept elsewhere");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    taken(p);
    refused(p);
    shown(p);
    return tap_done();
}
