/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for Slack (blocks), Teams (adaptive card) and Webex (markdown). */
#include "hookwised/message.h"

#include <apr_strings.h>
#include <string.h>

#include "common/json.h"
#include "common/text.h"
#include "hookwised/prompt.h"

/* Code points of each text. */
#define SUMMARY_MAX 300
#define NAME_MAX_CHARS 200
#define ERROR_MAX 500
#define TEXT_MAX 3000
#define LINES_MAX 60 /* of a text in a card */

static const struct {
    const char *what, *head, *color;
} heads[] = {
    { "create", "Opened", "Attention" },   { "close", "Recovered", "Good" },
    { "reopen", "Reopened", "Attention" }, { "failed", "Not delivered", "Warning" },
    { "analysis", "Analysis", "Accent" },  { "test", "Test", "Accent" },
};
#define NHEADS (sizeof(heads) / sizeof(heads[0]))

/* --- texts from outside ---------------------------------------------------------------------- */

static const char *
line(const char *s, apr_size_t chars, apr_pool_t *p)
{
    char *flat = apr_pstrdup(p, hwd_text_plain(s != NULL ? s : "", p));

    for (char *c = flat; *c != '\0'; c++)
        if (*c == '\n' || *c == '\t')
            *c = ' ';
    return hw_text_cut(hw_text_trim(flat, p), chars, p);
}

typedef const char *escape_fn(const char *s, apr_pool_t *p);

static const char *
escape(const char *s, const char *with_backslash, apr_pool_t *p)
{
    hw_buf_t b;

    hw_buf_init(&b, p);
    for (; *s != '\0'; s++) {
        if (strchr(with_backslash, *s) != NULL)
            hw_buf_addc(&b, '\\');
        if (*s == '&' || *s == '<' || *s == '>')
            hw_buf_adds(&b, *s == '&' ? "&amp;" : *s == '<' ? "&lt;" : "&gt;");
        else
            hw_buf_addc(&b, *s);
    }
    return b.s;
}

/* Everything that is more than text, mentions too, begins with one of the three. */
static const char *
slack_text(const char *s, apr_pool_t *p)
{
    return escape(s, "", p);
}

static const char *
webex_text(const char *s, apr_pool_t *p)
{
    return escape(s, "\\`*_[]~|#+-", p);
}

static const char *
as_it_is(const char *s, apr_pool_t *p)
{
    (void)p;
    return s;
}

/* Cut before it is escaped, and so that it fits afterwards. */
static const char *
fitted(escape_fn *fn, const char *s, apr_size_t bytes, apr_pool_t *p)
{
    const char *out = fn(s, p);

    for (apr_size_t n = hw_utf8_count(s, strlen(s)); strlen(out) > bytes && n > 1; n = n * 3 / 4)
        out = fn(hw_text_cut(s, n, p), p);
    return out;
}

/* --- what a message says --------------------------------------------------------------------- */

typedef struct {
    const char *label, *value, *url;
} fact_t;

typedef struct {
    const char *head, *color, *summary, *text;
    fact_t facts[4];
    int n;
} told_t;

static void
add_fact(told_t *t, const char *label, const char *value, apr_size_t chars, const char *url,
         apr_pool_t *p)
{
    if (hw_text_blank(value))
        return;
    t->facts[t->n].label = label;
    t->facts[t->n].url = url;
    t->facts[t->n++].value = line(value, chars, p);
}

static void
tell(const hwd_message_t *m, told_t *t, apr_pool_t *p)
{
    memset(t, 0, sizeof(*t));
    for (unsigned i = 0; i < NHEADS; i++)
        if (strcmp(heads[i].what, m->what) == 0) {
            t->head = heads[i].head;
            t->color = heads[i].color;
        }
    t->summary = line(m->summary, SUMMARY_MAX, p);
    add_fact(t, "Ticket", m->ticket, NAME_MAX_CHARS, m->ticket_url, p);
    add_fact(t, "Company", m->company, NAME_MAX_CHARS, NULL, p);
    add_fact(t, "Endpoint", m->endpoint, NAME_MAX_CHARS, NULL, p);
    add_fact(t, "Reason", m->error, ERROR_MAX, NULL, p);
    if (m->text != NULL)
        t->text = hw_text_cut(hw_text_trim(hwd_text_plain(m->text, p), p), TEXT_MAX, p);
}

/* On one line, for lists and notifications. */
static const char *
headline(const told_t *t, escape_fn *fn, apr_pool_t *p)
{
    const char *s = apr_pstrcat(p, t->head, ": ", t->summary, NULL);

    for (int i = 0; i < t->n && i < 2; i++)
        if (strcmp(t->facts[i].label, "Endpoint") != 0)
            s = apr_pstrcat(p, s, ", ", t->facts[i].label, " ", t->facts[i].value, NULL);
    return fn(s, p);
}

static hw_json_t *
object(const char *type)
{
    hw_json_t *v = json_object_new_object();

    hw_json_set_string(v, "type", type);
    return v;
}

/* --- Slack ----------------------------------------------------------------------------------- */

static hw_json_t *
mrkdwn(const char *text)
{
    hw_json_t *v = object("mrkdwn");

    hw_json_set_string(v, "text", text);
    return v;
}

static const char *
slack_link(const char *url, const char *text, apr_pool_t *p)
{
    return url != NULL ? apr_pstrcat(p, "<", slack_text(url, p), "|", text, ">", NULL) : text;
}

static void
add_section(hw_json_t *blocks, const char *text)
{
    hw_json_t *v = object("section");

    hw_json_set(v, "text", mrkdwn(text));
    json_object_array_add(blocks, v);
}

static void
slack_facts(hw_json_t *blocks, const told_t *t, apr_pool_t *p)
{
    hw_json_t *section = object("section"), *fields = json_object_new_array();

    for (int i = 0; i < t->n; i++) {
        const char *value = fitted(slack_text, t->facts[i].value, 1900, p);

        json_object_array_add(
            fields, mrkdwn(apr_pstrcat(p, "*", t->facts[i].label, "*\n",
                                       slack_link(t->facts[i].url, value, p), NULL)));
    }
    hw_json_set(section, "fields", fields);
    if (t->n > 0)
        json_object_array_add(blocks, section);
    else
        json_object_put(section);
}

const char *
hwd_message_slack(const hwd_message_t *m, const char *channel, const char *reply_to, apr_pool_t *p)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), p), *blocks = json_object_new_array();
    told_t t;

    tell(m, &t, p);
    if (channel != NULL)
        hw_json_set_string(v, "channel", channel);
    if (reply_to != NULL)
        hw_json_set_string(v, "thread_ts", reply_to);
    hw_json_set_string(v, "text", headline(&t, slack_text, p));
    add_section(blocks, apr_pstrcat(p, "*", t.head, ":* ", slack_text(t.summary, p), NULL));
    if (t.text != NULL)
        add_section(blocks, fitted(slack_text, t.text, HWD_SLACK_TEXT_MAX, p));
    slack_facts(blocks, &t, p);
    if (m->history_url != NULL) {
        hw_json_t *context = object("context"), *list = json_object_new_array();

        json_object_array_add(list, mrkdwn(slack_link(m->history_url, "What happened", p)));
        hw_json_set(context, "elements", list);
        json_object_array_add(blocks, context);
    }
    hw_json_set(v, "blocks", blocks);
    hw_json_set_bool(v, "unfurl_links", 0);
    return hw_json_write(v, p);
}

/* --- Teams ----------------------------------------------------------------------------------- */

/* Runs of text, and no TextBlock: those read markdown. */
static hw_json_t *
run(const char *text, int bold, const char *color)
{
    hw_json_t *v = object("TextRun");

    hw_json_set_string(v, "text", text);
    if (bold)
        hw_json_set_string(v, "weight", "Bolder");
    if (color != NULL)
        hw_json_set_string(v, "color", color);
    return v;
}

static void
add_runs(hw_json_t *body, hw_json_t *first, hw_json_t *second)
{
    hw_json_t *v = object("RichTextBlock"), *inlines = json_object_new_array();

    json_object_array_add(inlines, first);
    if (second != NULL)
        json_object_array_add(inlines, second);
    hw_json_set(v, "inlines", inlines);
    json_object_array_add(body, v);
}

static void
add_action(hw_json_t *actions, const char *title, const char *url)
{
    hw_json_t *v;

    if (url == NULL)
        return;
    v = object("Action.OpenUrl");
    hw_json_set_string(v, "title", title);
    hw_json_set_string(v, "url", url);
    json_object_array_add(actions, v);
}

static void
add_lines(hw_json_t *body, const char *text, apr_pool_t *p)
{
    const char *s = text;

    for (int n = 0; *s != '\0' && n < LINES_MAX; n++) {
        apr_size_t len = strcspn(s, "\n");

        if (len > 0)
            add_runs(body, run(apr_pstrmemdup(p, s, len), 0, NULL), NULL);
        s += len + (s[len] == '\n');
    }
}

static hw_json_t *
card(const hwd_message_t *m, const told_t *t, const char *text, apr_pool_t *p)
{
    hw_json_t *v = object("AdaptiveCard"), *body = json_object_new_array();
    hw_json_t *actions = json_object_new_array(), *wide = json_object_new_object();

    hw_json_set_string(v, "$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
    hw_json_set_string(v, "version", "1.2");
    add_runs(body, run(apr_pstrcat(p, t->head, ": ", NULL), 1, t->color),
             run(t->summary, 1, NULL));
    if (text != NULL)
        add_lines(body, text, p);
    for (int i = 0; i < t->n; i++)
        add_runs(body, run(apr_pstrcat(p, t->facts[i].label, ": ", NULL), 1, NULL),
                 run(t->facts[i].value, 0, NULL));
    hw_json_set(v, "body", body);
    add_action(actions, "Ticket", m->ticket_url);
    add_action(actions, "What happened", m->history_url);
    hw_json_set(v, "actions", actions);
    hw_json_set_string(wide, "width", "full");
    hw_json_set(v, "msteams", wide);
    return v;
}

static const char *
teams(const hwd_message_t *m, const told_t *t, const char *text, apr_pool_t *p)
{
    hw_json_t *v = hw_json_own(object("message"), p), *list = json_object_new_array();
    hw_json_t *attachment = json_object_new_object();

    hw_json_set_string(v, "summary", headline(t, as_it_is, p));
    hw_json_set_string(attachment, "contentType", "application/vnd.microsoft.card.adaptive");
    hw_json_set(attachment, "contentUrl", NULL);
    hw_json_set(attachment, "content", card(m, t, text, p));
    json_object_array_add(list, attachment);
    hw_json_set(v, "attachments", list);
    return hw_json_write(v, p);
}

const char *
hwd_message_teams(const hwd_message_t *m, apr_pool_t *p)
{
    const char *out;
    told_t t;

    tell(m, &t, p);
    out = teams(m, &t, t.text, p);
    for (apr_size_t n = TEXT_MAX / 2; t.text != NULL && n > 100; n /= 2)
        if (strlen(out) > HWD_TEAMS_MAX)
            out = teams(m, &t, hw_text_cut(t.text, n, p), p);
    return out;
}

/* --- Webex ----------------------------------------------------------------------------------- */

static const char *
webex_link(const char *url, const char *text, apr_pool_t *p)
{
    return url != NULL ? apr_pstrcat(p, "[", text, "](", url, ")", NULL) : text;
}

static const char *
broken_lines(const char *s, apr_pool_t *p)
{
    hw_buf_t b;

    hw_buf_init(&b, p);
    for (; *s != '\0'; s++)
        hw_buf_adds(&b, *s == '\n' ? "  \n" : apr_pstrmemdup(p, s, 1));
    return b.s;
}

static const char *
webex_lines(const char *s, apr_pool_t *p)
{
    return broken_lines(webex_text(s, p), p);
}

static const char *
webex(const hwd_message_t *m, apr_pool_t *p)
{
    hw_buf_t b;
    told_t t;

    tell(m, &t, p);
    hw_buf_init(&b, p);
    hw_buf_printf(&b, "**%s:** %s", t.head, webex_text(t.summary, p));
    for (int i = 0; i < t.n; i++)
        hw_buf_printf(&b, "  \n**%s:** %s", t.facts[i].label,
                      webex_link(t.facts[i].url,
                                 fitted(webex_text, t.facts[i].value, 1000, p), p));
    if (m->history_url != NULL)
        hw_buf_printf(&b, "  \n%s", webex_link(m->history_url, "What happened", p));
    if (t.text != NULL && b.len + 500 < HWD_WEBEX_TEXT_MAX)
        hw_buf_printf(&b, "\n\n%s",
                      fitted(webex_lines, t.text, HWD_WEBEX_TEXT_MAX - b.len - 2, p));
    return apr_pstrmemdup(p, b.s, b.len);
}

const char *
hwd_message_webex(const hwd_message_t *m, const char *room, const char *email,
                  const char *reply_to, apr_pool_t *p)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), p);

    if (room != NULL)
        hw_json_set_string(v, "roomId", room);
    if (email != NULL)
        hw_json_set_string(v, "toPersonEmail", email);
    if (reply_to != NULL)
        hw_json_set_string(v, "parentId", reply_to);
    hw_json_set_string(v, "markdown", webex(m, p));
    return hw_json_write(v, p);
}

/* --- pages of tickets ------------------------------------------------------------------------ */

/* Of https://api-na.myconnectwise.net/v4_6_release/apis/3.0 the pages are at
 * https://na.myconnectwise.net/v4_6_release/services/… */
static const char *
connectwise_url(const char *ticket, const char *cw_url, const char *company, apr_pool_t *p)
{
    const char *host = strstr(cw_url, "://"), *end = strstr(cw_url, "/apis/");
    apr_size_t scheme;

    if (host == NULL || end == NULL || end < host)
        return NULL;
    host += 3;
    scheme = (apr_size_t)(host - cw_url);
    if (strncmp(host, "api-", 4) == 0)
        host += 4;
    return apr_pstrcat(p, apr_pstrmemdup(p, cw_url, scheme),
                       apr_pstrmemdup(p, host, (apr_size_t)(end - host)),
                       "/services/system_io/Service/fv_sr100_request.rails?service_recid=",
                       hw_url_encode(ticket, p), "&companyName=", hw_url_encode(company, p), NULL);
}

const char *
hwd_ticket_url(const char *destination, const char *ticket, const char *public_url,
               const char *cw_url, const char *cw_company, apr_pool_t *p)
{
    if (destination == NULL || ticket == NULL)
        return NULL;
    if (strcmp(destination, "local") == 0)
        return apr_pstrcat(p, public_url, "/#/incidents/", hw_url_encode(ticket, p), NULL);
    if (strcmp(destination, "connectwise") == 0)
        return connectwise_url(ticket, cw_url, cw_company, p);
    return NULL;
}
