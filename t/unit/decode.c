/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies as senders send them: what is read, in which form, and what is refused. */
#include "common/decode.h"

#include <apr_strings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/lib/tap.h"

#define FORM "{\"content-type\":\"application/x-www-form-urlencoded\"}"
#define MULTI "{\"content-type\":\"multipart/form-data; boundary=\\\"q7\\\"\"}"

static hw_event_t
event(const char *body, const char *query, const char *headers)
{
    return (hw_event_t){ .body = body, .body_len = strlen(body), .query = query,
                         .headers_json = headers };
}

/* How much of a body stands in a test's name. */
static int
first_line(const char *body)
{
    return (int)strcspn(body, "\r\n");
}

/* Bodies of n bytes in memory of exactly that size. */
static void
charsets(apr_pool_t *p)
{
    static const struct {
        const char *body, *type, *root, *charset;
        int n;
    } cases[] = {
        { "\xff\xfe{\0\"\0a\0\"\0:\0\xfc\0\x3d\xd8\x34\xdd\"\0}\0", "", NULL, NULL, 22 }, /* no quote */
        { "\xff\xfe{\0\"\0a\0\"\0:\0\"\0\xfc\0\x3d\xd8\x34\xdd\"\0}\0", "",
          "{\"a\":\"\xc3\xbc\xf0\x9f\x94\xb4\"}", "UTF-16", 24 },
        { "\xfe\xff\0{\0\"\0a\0\"\0:\0" "1\0}", "", "{\"a\":1}", "UTF-16", 16 },
        { "{\0\"\0a\0\"\0:\0" "1\0}\0", "", "{\"a\":1}", "UTF-16", 14 },
        { "\0[\0" "1\0]", "", "[1]", "UTF-16", 6 },
        { "\xff\xfe\"\0\x3d\xd8\"\0", "", "\"\xef\xbf\xbd\"", "UTF-16", 8 },
        { "\xff\xfe" "1\0x", "", NULL, NULL, 5 },
        { "\xff\xfe", "", NULL, NULL, 2 },
        { "[\"\x80\xfc\"]", "application/json; charset=windows-1252",
          "[\"\xe2\x82\xac\xc3\xbc\"]", "Windows-1252", 6 },
        { "[\"\xfc\"]", "text/plain;charset=\\\"ISO-8859-1\\\"", "[\"\xc3\xbc\"]", "Windows-1252", 5 },
        { "[\"\xc3\xbc\"]", "application/json; charset=latin1", "[\"\xc3\xbc\"]", NULL, 6 },
        { "[\"\xfc\"]", "application/json; charset=utf-8", "[\"\xef\xbf\xbd\"]", NULL, 5 },
        { "[\"\xfc\"]", "x-charset=latin1", "[\"\xef\xbf\xbd\"]", NULL, 5 },
        { "a=\xfc&b=1", "application/x-www-form-urlencoded; charset=cp1252",
          "{\"a\":\"\xc3\xbc\",\"b\":\"1\"}", "Windows-1252", 7 },
    };

    for (apr_size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *headers = apr_psprintf(p, "{\"content-type\":\"%s\"}", cases[i].type);
        hw_event_t ev = event("", "", headers);
        hw_decoded_t *d = NULL;
        char *exact = malloc((apr_size_t)cases[i].n + 1);

        memcpy(exact, cases[i].body, (apr_size_t)cases[i].n);
        exact[cases[i].n] = '\0';
        ev.body = exact;
        ev.body_len = (apr_size_t)cases[i].n;
        if (hw_decode(&ev, &d, NULL, p) != APR_SUCCESS) {
            ok(cases[i].root == NULL, "body %d is unreadable", (int)i);
        } else {
            is(hw_json_write(d->root, p), cases[i].root, "body %d", (int)i);
            is(d->charset, cases[i].charset, "and its charset");
        }
        free(exact);
    }
}

static void
read_forms(apr_pool_t *p)
{
    static const struct {
        const char *body, *query, *headers, *form, *root;
        int repaired;
    } cases[] = {
        { "{\"a\":1}", "", "{}", "json", "{\"a\":1}", 0 },
        { "\xef\xbb\xbf \n[1]\r\n", "", "{}", "json", "[1]", 0 },
        { "{\"a\":1,}", "", "{}", "json", "{\"a\":1}", 1 },
        { "\"{\\\"a\\\":1}\"", "", "{}", "json-string", "{\"a\":1}", 0 },
        { "\"{\\\"a\\\":1,}\"", "", "{}", "json-string", "{\"a\":1}", 1 },
        { "\"plain\"", "", "{}", "json", "\"plain\"", 0 },
        { "17", "", "{}", "json", "17", 0 },
        { "null", "", "{}", "json", "null", 0 },
        { "a=1&b=%C3%BC+x&c&=z", "", "{}", "form", "{\"a\":\"1\",\"b\":\"ü x\",\"c\":\"\"}", 0 },
        { "a[0].b=1", "", "{}", "form", "{\"a[0].b\":\"1\"}", 0 },
        { "a=x y", "", FORM, "form", "{\"a\":\"x y\"}", 0 },
        { "a=%zz%4", "", "{}", "form", "{\"a\":\"%zz%4\"}", 0 },
        { "payload=%7B%22a%22%3A1%7D&b=2", "", FORM, "form-json", "{\"a\":1}", 0 },
        { "payload=%7B%22a%22%3A1%2C%7D", "", FORM, "form-json", "{\"a\":1}", 1 },
        { "data=text&b=2", "", "{}", "form", "{\"data\":\"text\",\"b\":\"2\"}", 0 },
        { "{\"a\":1}", "", FORM, "json", "{\"a\":1}", 0 },
        { "", "a=1&a=2", "{}", "query", "{\"a\":\"2\"}", 0 },
        { " ", "data=%5B3%5D", "{}", "query", "[3]", 0 },
        { "just prose", "state=down", "{}", "query", "{\"state\":\"down\"}", 0 },
        { "--q7\r\nContent-Disposition: form-data; name=data\r\n\r\n{\"a\":1}\r\n--q7--\r\n", "",
          MULTI, "multipart", "{\"a\":1}", 0 },
        { "--q7\r\ncontent-disposition: form-data; name=\"x\"\r\n\r\none\r\n--q7\r\n"
          "Content-Disposition: form-data; name=\"y\"\r\n\r\n\r\n--q7--", "", "{}", "multipart",
          "{\"x\":\"one\",\"y\":\"\"}", 0 },
        { "{\"m\":\"{\\\"k\\\":[1]}\",\"t\":\"[1]\",\"u\":\"{}\",\"v\":\"[x\"}", "", "{}", "json",
          "{\"m\":{\"k\":[1]},\"t\":\"[1]\",\"u\":\"{}\",\"v\":\"[x\"}", 0 },
        { "{\"l\":\"[{\\\"k\\\":1}]\",\"in\":{\"m\":\"{\\\"k\\\":1}\"}}", "", "{}", "json",
          "{\"l\":[{\"k\":1}],\"in\":{\"m\":\"{\\\"k\\\":1}\"}}", 0 },
    };

    for (apr_size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        hw_event_t ev = event(cases[i].body, cases[i].query, cases[i].headers);
        hw_result_t *res = hw_result_make(p);
        hw_decoded_t *d = NULL;

        if (hw_decode(&ev, &d, res, p) != APR_SUCCESS) {
            ok(0, "%.*s is read: %s", first_line(cases[i].body), cases[i].body,
               hw_result_text(res, p));
            continue;
        }
        is(hw_json_write(d->root, p), cases[i].root, "%.*s", first_line(cases[i].body),
           cases[i].body);
        is(d->form, cases[i].form, "its form");
        is_int(d->repaired, cases[i].repaired, "mended or not");
        ok(hw_decode_readable(&ev, NULL, p), "the module agrees");
    }
}

static void
refused(apr_pool_t *p)
{
    static const struct {
        const char *body, *query, *headers, *why;
    } cases[] = {
        { "", "", "{}", "there is no body and no query string" },
        { " \r\n", "", "{}", "there is no body and no query string" },
        { "", "flag", "{}", "there is no body and no query string" },
        { "hello", "", "{}", "the body is neither JSON nor a form" },
        { "hello", "", FORM, "the body is neither JSON nor a form" },
        { "a b=c", "", FORM, "the body is neither JSON nor a form" },
        { "x=1 y=2", "", "{}", "the body is neither JSON nor a form" },
        { "<a b=\"c\"/>", "", FORM, "the body is neither JSON nor a form" },
        { "--q7\r\nContent-Disposition: form-data\r\n\r\nx\r\n--q7--", "", MULTI,
          "the multipart body holds no field" },
        { "--q7\r\nContent-Disposition: form-data; name=a\r\n\r\ncut off", "", MULTI,
          "the multipart body holds no field" },
    };
    hw_decoded_t *d;

    for (apr_size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        hw_event_t ev = event(cases[i].body, cases[i].query, cases[i].headers);
        hw_result_t *res = hw_result_make(p);
        const char *why = NULL;

        is_int(hw_decode(&ev, &d, res, p), APR_EINVAL, "\"%.*s\" is unreadable",
               first_line(cases[i].body), cases[i].body);
        is(res->problem, "unreadable", "told as that");
        is(res->detail, cases[i].why, "and why");
        is_int(hw_decode_readable(&ev, &why, p), 0, "the module agrees");
        is(why, hw_result_text(res, p), "in the same words");
    }
}

static void
broken_json(apr_pool_t *p)
{
    hw_event_t ev = event("\xef\xbb\xbf  {\"a\" 1}", "x=1", "{}");
    hw_result_t *res = hw_result_make(p);
    hw_decoded_t *d;

    is_int(hw_decode(&ev, &d, res, p), APR_EINVAL, "broken JSON does not fall back to the query");
    is(res->problem, "unreadable", "it is unreadable");
    is_int(res->offset, 10, "at this byte of the body, the mark counted");
    ev = event("\"{\\\"a\\\":1} xxxxxxxxxxxx\"", "", "{}");
    is_int(hw_decode(&ev, &d, res, p), APR_EINVAL, "broken JSON inside a JSON string");
    is_int(res->offset, -1, "has no place in the body");
    is(hw_result_text(res, p), "inside the JSON string: something follows the value at offset 8",
       "but one inside the string");
}

static void
many_fields(apr_pool_t *p)
{
    char *body = apr_palloc(p, 8192), *to = body;
    hw_event_t ev;
    const char *why;

    for (int i = 0; i < 1001; i++)
        to += sprintf(to, "a%d=&", i);
    ev = event(body, "", "{}");
    is_int(hw_decode_readable(&ev, &why, p), 0, "a form of too many fields is refused");
    is(why, "the form has more than 1000 fields", "and told so");
}

static void
sns(apr_pool_t *p)
{
    hw_event_t ev = event("{\"Type\":\"Notification\",\"TopicArn\":\"arn:t\",\"Message\":"
                          "\"{\\\"NewStateValue\\\":\\\"OK\\\"}\"}", "", "{}");
    hw_decoded_t *d = NULL;

    is_int(hw_decode(&ev, &d, NULL, p), APR_SUCCESS, "an SNS notification");
    is_int(d->sns, 1, "is known");
    is(d->sns_type, "Notification", "by its type");
    is(hw_json_write(d->root, p), "{\"NewStateValue\":\"OK\"}", "its message is the body");
    ev = event("{\"Type\":\"SubscriptionConfirmation\",\"TopicArn\":\"arn:t\",\"Message\":\"Hi\","
               "\"SubscribeURL\":\"https://sns.example/?x\"}", "", "{}");
    is_int(hw_decode(&ev, &d, NULL, p), APR_SUCCESS, "an SNS confirmation");
    is(d->sns_subscribe, "https://sns.example/?x", "gives its URL");
    ev = event("{\"Type\":\"Notification\",\"Message\":\"{\\\"a\\\":1}\"}", "", "{}");
    is_int(hw_decode(&ev, &d, NULL, p), APR_SUCCESS, "without a topic");
    is_int(d->sns, 0, "it is no SNS envelope");
}

static void
headers(apr_pool_t *p)
{
    hw_event_t ev = event("{}", "", "{\"x-a\":\"1\"}");
    hw_decoded_t *d = NULL;

    hw_decode(&ev, &d, NULL, p);
    is(hw_json_write(d->headers, p), "{\"x-a\":\"1\"}", "headers are there");
    ev.headers_json = "not json";
    hw_decode(&ev, &d, NULL, p);
    is(hw_json_write(d->headers, p), "{}", "broken ones are none");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    charsets(p);
    read_forms(p);
    refused(p);
    broken_json(p);
    many_fields(p);
    sns(p);
    headers(p);
    return tap_done();
}
