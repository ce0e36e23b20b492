/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of what is said to ConnectWise, what its answers mean, and which tickets may be taken. */
#include "hookwised/cw.h"
#include "hookwised/turn.h"
#include "t/lib/tap.h"

#define NOW apr_time_from_sec(1800000000)
#define XREF "hw:0123abcd:ffffffffffffffffffffffffffffffff"

static void
check_base(apr_pool_t *p)
{
    static const char *const cases[][2] = {
        { "https://api-na.myconnectwise.net", "https://api-na.myconnectwise.net/v4_6_release/apis/3.0" },
        { "https://api-na.myconnectwise.net/", "https://api-na.myconnectwise.net/v4_6_release/apis/3.0" },
        { "api-eu.myconnectwise.net", "https://api-eu.myconnectwise.net/v4_6_release/apis/3.0" },
        { "https://psa.example.test/v4_6_release", "https://psa.example.test/v4_6_release/apis/3.0" },
        { "https://psa.example.test/v2025_1/apis/3.0/", "https://psa.example.test/v2025_1/apis/3.0" },
        { "https://psa.example.test/v4_6_release/apis/3.0/service", "https://psa.example.test/v4_6_release/apis/3.0" },
        { " http://127.0.0.1:9/v4_6_release/apis/3.0 ", "http://127.0.0.1:9/v4_6_release/apis/3.0" },
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        is(hwd_cw_base(cases[i][0], p), cases[i][1], "%s", cases[i][0]);
}

static void
check_conditions(apr_pool_t *p)
{
    hw_part_t part = { .xref = "hw:1:2", .summary = "Alert: web", .company = "ACME" };

    is(hwd_cw_equals("summary", "plain & simple", p), "summary=\"plain & simple\"", "plain text");
    is(hwd_cw_equals("summary", "it's", p), "summary=\"it's\"", "an apostrophe goes into double quotes");
    is(hwd_cw_equals("summary", "a \"b\"", p), "summary='a \"b\"'", "double quotes into single ones");
    is(hwd_cw_equals("summary", "it's \"both\" of them", p), "summary contains \"of them\"",
       "both: the longest piece");
    is(hwd_cw_equals("summary", "[web] 100% of disk", p), "summary contains \"of disk\"",
       "brackets and wildcards are left out");
    is(hwd_cw_equals("summary", "\"'*", p), NULL, "nothing that can be asked");
    is(hwd_cw_conditions(&part, p),
       "closedFlag=false and (externalXRef=\"hw:1:2\" or (summary=\"Alert: web\" and "
       "company/identifier=\"ACME\"))", "the search of a ticket");
    part.company = "412";
    is(hwd_cw_conditions(&part, p),
       "closedFlag=false and (externalXRef=\"hw:1:2\" or (summary=\"Alert: web\" and "
       "(company/identifier=\"412\" or company/id=412)))", "a number is an identifier or an id");
    part.company = NULL;
    is(hwd_cw_conditions(&part, p), "closedFlag=false and externalXRef=\"hw:1:2\"",
       "without a company: only by key");
}

static const char *
words(int status, const char *body, apr_pool_t *p)
{
    return hwd_cw_words(status, body, strlen(body), p);
}

static void
check_words(apr_pool_t *p)
{
    is(words(400, "{\"code\":\"InvalidObject\",\"message\":\"ticket object is invalid\",\"errors\":["
                  "{\"code\":\"MissingRequiredField\",\"message\":\"board is required\",\"field\":\"board\"},"
                  "{\"code\":\"OutOfRange\",\"field\":\"summary\"}]}", p),
       "ConnectWise answered 400 InvalidObject: ticket object is invalid: board: board is required; "
       "summary: OutOfRange", "an error with fields");
    is(words(429, "{\"error\":\"ConnectWiseAPI\",\"message\":\"Too many requests.\"}", p),
       "ConnectWise answered 429 ConnectWiseAPI: Too many requests.", "the other shape");
    is(words(401, "{\"code\":\"Unauthorized\",\r\n\"message\":\"no\",\"errors\":null}", p),
       "ConnectWise answered 401 Unauthorized: no", "line breaks between members");
    is(words(502, "  <html>Bad Gateway</html>\n", p),
       "ConnectWise answered 502 <html>Bad Gateway</html>", "a page");
    is(words(500, "", p), "ConnectWise answered 500", "nothing");
}

static void
check_classes(void)
{
    static const struct {
        int status;
        hw_class_e once, repeatable;
    } cases[] = {
        { 400, HW_PERMANENT, HW_PERMANENT }, { 401, HW_PERMANENT, HW_PERMANENT },
        { 404, HW_PERMANENT, HW_PERMANENT }, { 408, HW_UNKNOWN, HW_TEMPORARY },
        { 409, HW_PERMANENT, HW_PERMANENT }, { 429, HW_TEMPORARY, HW_TEMPORARY },
        { 500, HW_UNKNOWN, HW_TEMPORARY },   { 502, HW_UNKNOWN, HW_TEMPORARY },
        { 503, HW_TEMPORARY, HW_TEMPORARY }, { 504, HW_UNKNOWN, HW_TEMPORARY },
        { 302, HW_PERMANENT, HW_PERMANENT },
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        is_int(hwd_http_class(cases[i].status, 0), cases[i].once, "%d to a create", cases[i].status);
        is_int(hwd_http_class(cases[i].status, 1), cases[i].repeatable, "%d to a read", cases[i].status);
    }
}

static void
check_retry_after(void)
{
    is_int(hwd_http_retry_at("30", NOW) - NOW, apr_time_from_sec(30), "seconds");
    is_int(hwd_http_retry_at("86400", NOW) - NOW, apr_time_from_sec(HWD_RETRY_AFTER_MAX), "bounded");
    is_int(hwd_http_retry_at("Fri, 15 Jan 2027 08:01:00 GMT", NOW) - NOW, apr_time_from_sec(60), "a date");
    is_int(hwd_http_retry_at("Fri, 15 Jan 1999 08:01:00 GMT", NOW) - NOW, 0, "a date that is over");
    is_int(hwd_http_retry_at("soon", NOW), 0, "neither");
    is_int(hwd_http_retry_at(NULL, NOW), 0, "none");
}

static void
check_adoption(void)
{
    ok(hwd_facts_adoptable(NULL, XREF), "a ticket without a key");
    ok(hwd_facts_adoptable("  ", XREF), "or with blanks for one");
    ok(hwd_facts_adoptable("PO-1234", XREF), "with somebody else's");
    ok(hwd_facts_adoptable("hw:99999999:ffffffffffffffffffffffffffffffff", XREF), "of another endpoint");
    ok(!hwd_facts_adoptable("hw:0123abcd:00000000000000000000000000000000", XREF),
       "not one of another alert of the same endpoint");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    check_base(p);
    check_conditions(p);
    check_words(p);
    check_classes();
    check_retry_after();
    check_adoption();
    return tap_done();
}
