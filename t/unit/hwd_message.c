/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for chat services: their forms, what is escaped, what is cut. And where tickets are shown. */
#include "hookwised/message.h"

#include <apr_strings.h>
#include <string.h>

#include "common/json.h"
#include "common/text.h"
#include "t/lib/tap.h"

static const hwd_message_t opened = {
    .what = "create", .endpoint = "web shop", .summary = "Alert: disk", .company = "ACME",
    .ticket = "17", .ticket_url = "https://psa.example/t?id=17&c=A", .history_url = "https://hw.example/#/history/9",
};

static hw_json_t *
json(const char *text, apr_pool_t *p)
{
    hw_json_t *v = NULL;

    hw_json_parse(text, strlen(text), NULL, &v, NULL, NULL, p);
    return v;
}

static void
slack(apr_pool_t *p)
{
    hwd_message_t m = opened;

    is(hwd_message_slack(&m, NULL, NULL, p),
       "{\"text\":\"Opened: Alert: disk, Ticket 17, Company ACME\",\"blocks\":["
       "{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"*Opened:* Alert: disk\"}},"
       "{\"type\":\"section\",\"fields\":["
       "{\"type\":\"mrkdwn\",\"text\":\"*Ticket*\\n<https://psa.example/t?id=17&amp;c=A|17>\"},"
       "{\"type\":\"mrkdwn\",\"text\":\"*Company*\\nACME\"},"
       "{\"type\":\"mrkdwn\",\"text\":\"*Endpoint*\\nweb shop\"}]},"
       "{\"type\":\"context\",\"elements\":[{\"type\":\"mrkdwn\",\"text\":"
       "\"<https://hw.example/#/history/9|What happened>\"}]}],\"unfurl_links\":false}",
       "Slack: blocks and a text for notifications");
    m.summary = "a <!channel> & <http://evil|x>\x1b\n\xe2\x80\xae" "b";
    ok(strstr(hwd_message_slack(&m, "C1", "17.1", p),
              "*Opened:* a &lt;!channel&gt; &amp; &lt;http://evil|x&gt; b\""),
       "calls to everybody, links, lines and what turns writing around come as text");
    is(hw_json_get_string(json(hwd_message_slack(&m, "C1", "17.1", p), p), "channel"), "C1", "to a channel");
    is(hw_json_get_string(json(hwd_message_slack(&m, "C1", "17.1", p), p), "thread_ts"), "17.1",
       "as a reply");
    m = (hwd_message_t){ .what = "test", .summary = "x" };
    is(hwd_message_slack(&m, NULL, NULL, p),
       "{\"text\":\"Test: x\",\"blocks\":[{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\","
       "\"text\":\"*Test:* x\"}}],\"unfurl_links\":false}",
       "with what there is");
}

static void
teams(apr_pool_t *p)
{
    hwd_message_t m = opened;
    const char *s = hwd_message_teams(&m, p);
    hw_json_t *v = json(s, p);
    const hw_json_t *card = hw_json_get(json_object_array_get_idx(hw_json_get(v, "attachments"), 0),
                                        "content");

    is(hw_json_get_string(v, "type"), "message", "Teams: a message");
    is(hw_json_get_string(v, "summary"), "Opened: Alert: disk, Ticket 17, Company ACME", "its summary");
    is(hw_json_get_string(card, "type"), "AdaptiveCard", "with a card");
    is(hw_json_write(json_object_array_get_idx(hw_json_get(card, "body"), 0), p),
       "{\"type\":\"RichTextBlock\",\"inlines\":[{\"type\":\"TextRun\",\"text\":\"Opened: \","
       "\"weight\":\"Bolder\",\"color\":\"Attention\"},{\"type\":\"TextRun\",\"text\":\"Alert: disk\","
       "\"weight\":\"Bolder\"}]}",
       "its head");
    is(hw_json_write(hw_json_get(card, "actions"), p),
       "[{\"type\":\"Action.OpenUrl\",\"title\":\"Ticket\",\"url\":\"https://psa.example/t?id=17&c=A\"},"
       "{\"type\":\"Action.OpenUrl\",\"title\":\"What happened\",\"url\":\"https://hw.example/#/history/9\"}]",
       "its links");
    m.summary = "[click](http://evil) **x**";
    s = hwd_message_teams(&m, p);
    ok(strstr(s, "\"text\":\"[click](http://evil) **x**\"") && !strstr(s, "TextBlock\",\"text\""),
       "nothing from outside stands where markdown is read");
    m.what = "failed";
    m.error = "Board \"x\" not found";
    ok(strstr(hwd_message_teams(&m, p), "\"text\":\"Board \\\"x\\\" not found\""), "the PSA's words");
}

static void
webex(apr_pool_t *p)
{
    hwd_message_t m = opened;

    is(hwd_message_webex(&m, "R", NULL, "P", p),
       "{\"roomId\":\"R\",\"parentId\":\"P\",\"markdown\":\"**Opened:** Alert: disk  \\n"
       "**Ticket:** [17](https://psa.example/t?id=17&c=A)  \\n**Company:** ACME  \\n"
       "**Endpoint:** web shop  \\n[What happened](https://hw.example/#/history/9)\"}",
       "Webex: markdown");
    m = (hwd_message_t){ .what = "close", .summary = "<@all> [x](http://evil) *a* _b_ `c`\\" };
    is(hwd_message_webex(&m, NULL, "a@b", NULL, p),
       "{\"toPersonEmail\":\"a@b\",\"markdown\":\"**Recovered:** &lt;@all&gt; "
       "\\\\[x\\\\](http://evil) \\\\*a\\\\* \\\\_b\\\\_ \\\\`c\\\\`\\\\\\\\\"}",
       "markup comes as text");
}

/* Texts of any length and kind give messages that the services take. */
static void
bounds(apr_pool_t *p)
{
    static const char *const pieces[] = { "x", "&", "\xf0\x9f\x94\xa5", "*", "\"", "a\n" };

    for (unsigned i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        const hw_json_t *v;
        hwd_message_t m;
        hw_buf_t b;
        int fits = 1;

        hw_buf_init(&b, p);
        for (int n = 0; n < 20000; n++)
            hw_buf_adds(&b, pieces[i]);
        m = (hwd_message_t){ .what = "analysis", .endpoint = b.s, .summary = b.s, .company = b.s,
                             .ticket = b.s, .error = b.s, .text = b.s };
        v = hw_json_get(json(hwd_message_slack(&m, NULL, NULL, p), p), "blocks");
        for (size_t k = 0; k < json_object_array_length(v); k++) {
            const char *s = hw_json_get_string(
                hw_json_get(json_object_array_get_idx(v, k), "text"), "text");

            fits &= s == NULL || strlen(s) <= 3000;
        }
        ok(fits && json_object_array_length(v) == 3, "Slack: sections of \"%.1s\" fit", pieces[i]);
        ok(strlen(hwd_message_teams(&m, p)) <= 28 * 1024, "Teams: 28 KB hold \"%.1s\"", pieces[i]);
        v = json(hwd_message_webex(&m, "R", NULL, NULL, p), p);
        ok(strlen(hw_json_get_string(v, "markdown")) <= 7439, "Webex: 7439 bytes hold \"%.1s\"",
           pieces[i]);
    }
}

static void
tickets(apr_pool_t *p)
{
    static const char cw[] = "https://api-na.myconnectwise.net/v4_6_release/apis/3.0";

    is(hwd_ticket_url("connectwise", "512", "https://hw.example", cw, "my co", p),
       "https://na.myconnectwise.net/v4_6_release/services/system_io/Service/fv_sr100_request.rails"
       "?service_recid=512&companyName=my%20co", "a ticket of ConnectWise");
    is(hwd_ticket_url("connectwise", "512", "https://hw.example", "https://psa.example/api", "c", p), NULL,
       "an address that is not known");
    is(hwd_ticket_url("local", "7", "https://hw.example/x", cw, "c", p),
       "https://hw.example/x/#/incidents/7", "an incident");
    is(hwd_ticket_url("local", NULL, "https://hw.example", cw, "c", p), NULL, "no ticket");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    slack(p);
    teams(p);
    webex(p);
    bounds(p);
    tickets(p);
    return tap_done();
}
