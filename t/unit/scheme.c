/* SPDX-License-Identifier: Apache-2.0 */
/* Further schemes of authentication: published examples and values of our own, then refusals. */
#include "common/auth_scheme.h"

#include <apr_strings.h>
#include <string.h>

#include "common/mask.h"
#include "t/lib/tap.h"

#define BODY "{\"alarm\":\"pump 7\",\"level\":3,\"note\":\"\xc3\x96l\"}"
#define SECRET "pine-cone-42"
#define NOW 1751364000
#define HEX "b3c2c163d47fd18d440df101c9d6cd75d91ecab0e0fb31c2e5bc42180975fbb0"
#define OTHER "5ab68c25696820df4264de5b0c3e00757834dc2839bbbb9a8478e85033a17cbf"
#define WHSEC "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define WHSIG "v1,vTDozov+vV6YCIS5jI4AD78ul6zXys7kdJDrpMOX7c4="
#define WHPK "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
#define WHPKSIG                                                                                   \
    "v1a,gRKXnOoGjPqbf+0s/TiAT63TSS/wCEnuFh/G1xAWNjuvJ8zlylCFKa8wpQNZhXxtWbd9ue0pyvt4djitCnGNAQ=="

/* A list of entries; NULL and a diagnosis when it is refused. */
static apr_array_header_t *
list_of(const char *text, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    apr_array_header_t *list = NULL;
    hw_json_t *doc = NULL;

    if (hw_json_parse(text, strlen(text), NULL, &doc, NULL, res, p) != APR_SUCCESS ||
        hw_schemes_compile(doc, 0, &list, res, p) != APR_SUCCESS)
        tap_diag("%s: %s", text, hw_result_text(res, p));
    return list;
}

/* "Name: value\nName: value" as a table. */
static apr_table_t *
table_of(const char *lines, apr_pool_t *p)
{
    apr_table_t *t = apr_table_make(p, 4);

    while (*lines != '\0') {
        apr_size_t len = strcspn(lines, "\n"), name = strcspn(lines, ":");

        apr_table_set(t, apr_pstrmemdup(p, lines, name),
                      apr_pstrmemdup(p, lines + name + 2, len - name - 2));
        lines += len + (lines[len] == '\n');
    }
    return t;
}

static const char *
verdict(hw_auth_verdict_e v)
{
    return v == HW_AUTH_OK ? "ok" : v == HW_AUTH_WRONG ? "wrong" : "missing";
}

static const char *
signed_request(const char *entry, const char *lines, const char *body, apr_size_t len, long now,
               apr_pool_t *p)
{
    apr_array_header_t *list = list_of(apr_pstrcat(p, "[{", entry, "}]", NULL), p);
    hw_auth_request_t req = { .headers = table_of(lines, p), .body = body, .body_len = len };

    if (list == NULL)
        return "refused";
    return verdict(hw_scheme_body(APR_ARRAY_IDX(list, 0, hw_scheme_t *), &req,
                                  apr_time_from_sec(now), p));
}

static void
test_signatures(apr_pool_t *p)
{
    static const struct {
        const char *scheme, *lines, *want;
    } cases[] = {
        { "hookwise", "X-HookWise-Signature: " HEX, "ok" },
        { "hookwise", "X-HookWise-Signature: sha256=" HEX, "ok" },
        { "github", "X-Hub-Signature-256: sha256=" HEX, "ok" },
        { "github", "x-hub-signature-256: SHA256="
          "B3C2C163D47FD18D440DF101C9D6CD75D91ECAB0E0FB31C2E5BC42180975FBB0", "ok" },
        { "github", "X-Hub-Signature-256: " HEX, "wrong" },
        { "github", "X-Hub-Signature-256: sha256=" OTHER, "wrong" },
        { "github", "X-Hub-Signature-256: sha256=" HEX "0", "wrong" },
        { "github", "X-Hub-Signature-256: sha256=" HEX ", sha256=" HEX, "wrong" },
        { "github", "X-Hub-Signature: sha1=38288988a5f8301af7c5f91fd369d86edfa7029c", "missing" },
        { "github", "X-Hub-Signature-256:  ", "missing" },
        { "gnetix", "X-Webhook-Signature: sha256=" HEX, "ok" },
        { "grafana", "X-Grafana-Alerting-Signature: " HEX, "ok" },
        { "pagerduty", "X-PagerDuty-Signature: v1=" OTHER ",v1=" HEX, "ok" },
        { "pagerduty", "X-PagerDuty-Signature: v0=" HEX ", v1=" HEX, "ok" },
        { "pagerduty", "X-PagerDuty-Signature: v1=" OTHER, "wrong" },
        { "sentry", "Sentry-Hook-Signature: " HEX, "ok" },
        { "stripe", "Stripe-Signature: t=1751364000,v1="
          "5b1a7bcaf4b21945d9b274a37cd72d6102b24ef18e7874d05b5a6941770c441e", "ok" },
        { "stripe", "Stripe-Signature: t=1751364000,v0=" OTHER ",v1=" OTHER ",v1="
          "5b1a7bcaf4b21945d9b274a37cd72d6102b24ef18e7874d05b5a6941770c441e", "ok" },
        { "stripe", "Stripe-Signature: t=1751364001,v1="
          "5b1a7bcaf4b21945d9b274a37cd72d6102b24ef18e7874d05b5a6941770c441e", "wrong" },
        { "stripe", "Stripe-Signature: v1="
          "5b1a7bcaf4b21945d9b274a37cd72d6102b24ef18e7874d05b5a6941770c441e", "missing" },
        { "slack", "X-Slack-Request-Timestamp: 1751364000\nX-Slack-Signature: v0="
          "b066a988a602fd65071efb5032fcdf9f29c71133d949e52d8ed3d9382a6cadf0", "ok" },
        { "slack", "X-Slack-Signature: v0="
          "b066a988a602fd65071efb5032fcdf9f29c71133d949e52d8ed3d9382a6cadf0", "missing" },
        { "slack", "X-Slack-Request-Timestamp: 1751364000x\nX-Slack-Signature: v0="
          "b066a988a602fd65071efb5032fcdf9f29c71133d949e52d8ed3d9382a6cadf0", "wrong" },
        { "connectwise", "x-content-signature: FzdborzmuXeQ5Ip1Be20kFqH+T+zy/xg/nHacuRrL4A=",
          "ok" },
        { "connectwise", "x-content-signature: FzdborzmuXeQ5Ip1Be20kFqH+T+zy/xg/nHacuRrL4E=",
          "wrong" },
        { "autotask", "X-Hook-Signature: sha1=OCiJiKX4MBr3xfkf02nYbt+nApw=", "ok" },
        { "autotask", "X-Hook-Signature: sha1=38288988a5f8301af7c5f91fd369d86edfa7029c", "wrong" },
        { "zammad", "X-Hub-Signature: sha1=38288988a5f8301af7c5f91fd369d86edfa7029c", "ok" },
        { "webex", "X-Spark-Signature: 38288988a5f8301af7c5f91fd369d86edfa7029c", "ok" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *entry = apr_pstrcat(p, "\"scheme\":\"", cases[i].scheme,
                                        "\",\"secret\":\"" SECRET "\"", NULL);

        is(signed_request(entry, cases[i].lines, BODY, strlen(BODY), NOW, p), cases[i].want,
           "row %zu, %s", i, cases[i].scheme);
    }
}

#define GENERIC(secret, more) "\"scheme\":\"hmac\",\"header\":\"X-S\",\"secret\":\"" secret "\"" more

/* What standards and vendors publish. */
static void
test_published(apr_pool_t *p)
{
    static const char jefe[] = "what do ya want for nothing?", github[] = "Hello, World!",
                      webhook[] = "{\"test\": 2432232314}";

    is(signed_request(GENERIC("Jefe", ""),
                      "X-S: 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", jefe,
                      strlen(jefe), NOW, p), "ok", "RFC 4231, case 2, SHA-256");
    is(signed_request(GENERIC("Jefe", ",\"algorithm\":\"sha512\",\"prefix\":\"v=\""),
                      "X-S: v=164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                      "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
                      jefe, strlen(jefe), NOW, p), "ok", "RFC 4231, case 2, SHA-512");
    is(signed_request(GENERIC("Jefe", ",\"algorithm\":\"sha1\",\"encoding\":\"base64\""),
                      "X-S: 7/zfauXrL6LSdBbV8YTfnCWafHk=", jefe, strlen(jefe), NOW, p), "ok",
       "RFC 2202, case 2, SHA-1");
    is(signed_request(GENERIC("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                              ",\"algorithm\":\"ed25519\",\"secret_form\":\"hex\""),
                      "X-S: 6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                      "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
                      "\xaf\x82", 2, NOW, p), "ok", "RFC 8032, test 3");
    is(signed_request(GENERIC("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                              ",\"algorithm\":\"ed25519\",\"secret_form\":\"hex\""),
                      "X-S: 6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                      "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
                      "\xaf\x83", 2, NOW, p), "wrong", "for another text");
    is(signed_request("\"scheme\":\"github\",\"secret\":\"It's a Secret to Everybody\"",
                      "X-Hub-Signature-256: sha256="
                      "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
                      github, strlen(github), NOW, p), "ok", "GitHub's");
    is(signed_request("\"scheme\":\"standard-webhooks\","
                      "\"secret\":\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"",
                      "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\nwebhook-timestamp: 1614265330\n"
                      "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                      webhook, strlen(webhook), 1614265330, p), "ok", "Standard Webhooks'");
}

#define IDS "webhook-id: msg_7Q\nwebhook-timestamp: 1751364000\nwebhook-signature: "

static void
test_webhooks(apr_pool_t *p)
{
    static const struct {
        const char *secret, *lines, *want, *what;
    } cases[] = {
        { WHSEC, IDS WHSIG, "ok", "one signature" },
        { "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", IDS WHSIG, "ok", "the secret without whsec_" },
        { WHSEC, IDS "v9,AAAA v1,AAAA nothing " WHSIG, "ok", "among others" },
        { WHSEC, IDS "v1a,vTDozov+vV6YCIS5jI4AD78ul6zXys7kdJDrpMOX7c4=", "wrong",
          "of another version" },
        { WHSEC, "webhook-id: msg_7Q.1\nwebhook-timestamp: 1751364000\nwebhook-signature: " WHSIG,
          "wrong", "an id with a dot" },
        { WHSEC, "webhook-timestamp: 1751364000\nwebhook-signature: " WHSIG, "missing", "no id" },
        { WHSEC, "webhook-id: msg_7Q\nwebhook-signature: " WHSIG, "missing", "no time" },
        { WHPK, IDS WHPKSIG, "ok", "a public key" },
        { WHPK, IDS WHSIG " " WHPKSIG, "ok", "beside the other kind" },
        { WHPK, IDS WHSIG, "wrong", "the other kind alone" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        is(signed_request(apr_pstrcat(p, "\"scheme\":\"standard-webhooks\",\"secret\":\"",
                                      cases[i].secret, "\"", NULL),
                          cases[i].lines, BODY, strlen(BODY), NOW, p),
           cases[i].want, "Standard Webhooks: %s", cases[i].what);
    is(signed_request("\"scheme\":\"svix\",\"secret\":\"" WHSEC "\"",
                      "svix-id: msg_7Q\nsvix-timestamp: 1751364000\nsvix-signature: " WHSIG, BODY,
                      strlen(BODY), NOW, p), "ok", "Svix");
}

#define TIMED                                                                                     \
    "X-T: 1751364000\nX-Grafana-Alerting-Signature: "                                             \
    "1ed02134aa762e2c0f611278c7677b44c2745d669d4539562533d06c40f0a3a8"
#define ENTRY "\"scheme\":\"grafana\",\"secret\":\"" SECRET "\",\"timestamp_header\":\"X-T\""

/* The tolerance is looked at with a clock that is given. */
static void
test_time(apr_pool_t *p)
{
    static const struct {
        const char *entry;
        long now;
        const char *want;
    } cases[] = {
        { ENTRY, NOW, "ok" },          { ENTRY, NOW + 300, "ok" },
        { ENTRY, NOW + 301, "wrong" }, { ENTRY, NOW - 300, "ok" },
        { ENTRY, NOW - 301, "wrong" }, { ENTRY ",\"tolerance_seconds\":60", NOW + 61, "wrong" },
        { ENTRY ",\"tolerance_seconds\":60", NOW + 60, "ok" },
        { ENTRY ",\"tolerance_seconds\":\"0\"", NOW + 9999999, "ok" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        is(signed_request(cases[i].entry, TIMED, BODY, strlen(BODY), cases[i].now, p),
           cases[i].want, "a time %ld seconds ago", cases[i].now - NOW);
    is(signed_request(ENTRY, "X-Grafana-Alerting-Signature: " HEX, BODY, strlen(BODY), NOW, p),
       "missing", "a signature of the body alone is not enough then");
    is(signed_request(ENTRY, "X-T: 99999999999999999999\nX-Grafana-Alerting-Signature: " HEX, BODY,
                      strlen(BODY), NOW, p), "wrong", "no number of seconds");
}

/* At most ten signatures of a request are looked at. */
static void
test_many(apr_pool_t *p)
{
    const char *nine = "X-PagerDuty-Signature: ";
    const char *entry = "\"scheme\":\"pagerduty\",\"secret\":\"" SECRET "\"";

    for (int i = 0; i < 9; i++)
        nine = apr_pstrcat(p, nine, "v1=" OTHER ",", NULL);
    is(signed_request(entry, apr_pstrcat(p, nine, "v1=" HEX, NULL), BODY, strlen(BODY), NOW, p),
       "ok", "the tenth");
    is(signed_request(entry, apr_pstrcat(p, nine, "v1=" OTHER ",v1=" HEX, NULL), BODY,
                      strlen(BODY), NOW, p), "wrong", "the eleventh");
    is(signed_request(entry, apr_pstrcat(p, nine, "x=1,x=1,v1=zz,v1=" HEX, NULL), BODY,
                      strlen(BODY), NOW, p), "ok", "what is no signature does not count");
    is(signed_request("\"scheme\":\"github\",\"secret\":\"" SECRET "\"",
                      "X-Hub-Signature-256: sha256="
                      "6e1ba3c43ed3a9c1ad50ba3b4d7b0be3a4a3f53d3e6f7f5e6a7aa0b8d8f8f8f8",
                      NULL, 0, NOW, p), "wrong", "no body at all");
}

static void
test_heads(apr_pool_t *p)
{
    static const struct {
        const char *entry, *lines, *query, *authorization, *want;
    } cases[] = {
        { "\"scheme\":\"gitlab\"", "X-Gitlab-Token: s3cret", NULL, NULL, "ok" },
        { "\"scheme\":\"gitlab\"", "X-Gitlab-Token:  s3cret ", NULL, NULL, "ok" },
        { "\"scheme\":\"gitlab\"", "X-Gitlab-Token: S3cret", NULL, NULL, "wrong" },
        { "\"scheme\":\"gitlab\"", "X-Gitlab-Token: s3cret2", NULL, NULL, "wrong" },
        { "\"scheme\":\"gitlab\"", "", NULL, NULL, "missing" },
        { "\"scheme\":\"header\"", "X-Webhook-Secret: s3cret", NULL, NULL, "ok" },
        { "\"scheme\":\"header\",\"header\":\"X-Mine\"", "x-mine: s3cret", NULL, NULL, "ok" },
        { "\"scheme\":\"query\"", "", "a=1&key=s%33cret", NULL, "ok" },
        { "\"scheme\":\"query\"", "", "akey=s3cret&key=", NULL, "missing" },
        { "\"scheme\":\"query\"", "", "key=s3cre", NULL, "wrong" },
        { "\"scheme\":\"query\"", "", NULL, NULL, "missing" },
        { "\"scheme\":\"query\",\"parameter\":\"api_key\"", "", "api_key=s3cret&x", NULL, "ok" },
        { "\"scheme\":\"basic\",\"user\":\"zab\"", "", NULL, "Basic emFiOnMzY3JldA==", "ok" },
        { "\"scheme\":\"basic\",\"user\":\"zac\"", "", NULL, "Basic emFiOnMzY3JldA==", "wrong" },
        { "\"scheme\":\"basic\",\"user\":\"zab\"", "", NULL, "Basic emFiOnMzY3JldDI=", "wrong" },
        { "\"scheme\":\"basic\",\"user\":\"zab\"", "", NULL, "Bearer s3cret", "missing" },
        { "\"scheme\":\"basic\",\"user\":\"zab\"", "", NULL, NULL, "missing" },
        { "\"scheme\":\"github\"", "X-Hub-Signature-256: s3cret", NULL, NULL, "missing" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        apr_array_header_t *list = list_of(apr_pstrcat(p, "[{", cases[i].entry,
                                                       ",\"secret\":\"s3cret\"}]", NULL), p);
        hw_auth_request_t req = { .headers = table_of(cases[i].lines, p), .query = cases[i].query,
                                  .authorization = cases[i].authorization };

        is(list == NULL ? "refused"
                        : verdict(hw_scheme_head(APR_ARRAY_IDX(list, 0, hw_scheme_t *), &req, p)),
           cases[i].want, "row %zu, %s", i, cases[i].entry);
    }
}

static void
test_refusals(apr_pool_t *p)
{
    static const struct {
        const char *list, *want;
    } cases[] = {
        { "{}", "auth: is not a list" },
        { "[1]", "auth[0]: is not a JSON object" },
        { "[{}]", "auth[0].scheme: is missing" },
        { "[{\"scheme\":\"rot13\"}]", "auth[0].scheme: there is no scheme of that name" },
        { "[{\"scheme\":\"github\"}]", "auth[0].secret: is missing" },
        { "[{\"scheme\":\"github\",\"secret\":\" \"}]", "auth[0].secret: is missing" },
        { "[{\"scheme\":\"github\",\"secret\":7}]", "auth[0].secret: is not a text" },
        { "[{\"scheme\":\"github\",\"secret\":\"a\\u0007\"}]",
          "auth[0].secret: control characters are not allowed here" },
        { "[{\"scheme\":\"github\",\"secret\":\"********\"}]",
          "auth[0].secret: is only shown as stars: give it anew" },
        { "[{\"scheme\":\"github\",\"secret\":\"x\"},{\"scheme\":\"gitlab\",\"secret\":\"\"}]",
          "auth[1].secret: is missing" },
        { "[{\"scheme\":\"github\",\"secret\":\"x\",\"header\":\"X\"}]",
          "auth[0].header: the scheme github has no such member" },
        { "[{\"scheme\":\"hmac\",\"secret\":\"x\"}]", "auth[0].header: is missing" },
        { "[{\"scheme\":\"hmac\",\"secret\":\"x\",\"header\":\"a b\"}]",
          "auth[0].header: is not a header's name" },
        { "[{\"scheme\":\"hmac\",\"secret\":\"x\",\"header\":[]}]", "auth[0].header: is not a text" },
        { "[{\"scheme\":\"hmac\",\"secret\":\"x\",\"header\":\"X\",\"algorithm\":\"md5\"}]",
          "auth[0].algorithm: must be one of \"sha256\", \"sha1\", \"sha512\", \"ed25519\"" },
        { "[{\"scheme\":\"hmac\",\"secret\":\"x\",\"header\":\"X\",\"signed\":\"{timestamp}\"}]",
          "auth[0].signed: must hold {body} once" },
        { "[{\"scheme\":\"hmac\",\"secret\":\"x\",\"header\":\"X\",\"signed\":\"{body}{nonce}\"}]",
          "auth[0].signed: may hold {timestamp} and {id} once each, and no other brace" },
        { "[{\"scheme\":\"hmac\",\"secret\":\"x\",\"header\":\"X\",\"signed\":\"{timestamp}{body}\"}]",
          "auth[0].timestamp_header: is missing; without it a separator is needed, and t=\xe2\x80\xa6 "
          "among the signatures" },
        { "[{\"scheme\":\"hmac\",\"secret\":\"x\",\"header\":\"X\",\"timestamp_header\":\"T\"}]",
          "auth[0].timestamp_header: {timestamp} is no part of what is signed" },
        { "[{\"scheme\":\"hmac\",\"secret\":\"x\",\"header\":\"X\",\"signed\":\"{id}.{body}\"}]",
          "auth[0].id_header: is missing" },
        { "[{\"scheme\":\"hmac\",\"secret\":\"x\",\"header\":\"X\",\"id_header\":\"I\"}]",
          "auth[0].id_header: {id} is no part of what is signed" },
        { "[{\"scheme\":\"hmac\",\"secret\":\"x!\",\"header\":\"X\",\"secret_form\":\"base64\"}]",
          "auth[0].secret: is not base64" },
        { "[{\"scheme\":\"hmac\",\"secret\":\"abcd\",\"header\":\"X\",\"secret_form\":\"hex\","
          "\"algorithm\":\"ed25519\"}]", "auth[0].secret: an Ed25519 key has 32 bytes" },
        { "[{\"scheme\":\"standard-webhooks\",\"secret\":\"whsec_!\"}]",
          "auth[0].secret: is not base64" },
        { "[{\"scheme\":\"stripe\",\"secret\":\"x\",\"tolerance_seconds\":\"5m\"}]",
          "auth[0].tolerance_seconds: is not a whole number" },
        { "[{\"scheme\":\"stripe\",\"secret\":\"x\",\"tolerance_seconds\":90000}]",
          "auth[0].tolerance_seconds: must be between 0 and 86400" },
        { "[{\"scheme\":\"basic\",\"secret\":\"x\"}]", "auth[0].user: is missing" },
        { "[{\"scheme\":\"basic\",\"secret\":\"x\",\"user\":\"a:b\"}]",
          "auth[0].user: a user's name holds no colon" },
        { "[{\"scheme\":\"query\",\"secret\":\"x\",\"parameter\":\"monitor\"}]",
          "auth[0].parameter: one of its words must say that it is a secret, for logs to hide it: "
          "key, token, secret, password, auth, signature" },
        { "[{\"scheme\":\"query\",\"secret\":\"x\",\"parameter\":\"a key\"}]",
          "auth[0].parameter: may hold letters, digits, -, _ and . only" },
        { "[{\"scheme\":\"github\",\"secret\":\"x\",\"id\":\"a b\"}]",
          "auth[0].id: has up to 32 letters, digits, - and _" },
        { "[{\"scheme\":\"github\",\"secret\":\"x\",\"id\":\"a\"},"
          "{\"scheme\":\"gitlab\",\"secret\":\"y\",\"id\":\"a\"}]",
          "auth[1].id: is the id of another entry" },
        { "[1,2,3,4,5,6,7,8,9,10,11]", "auth: more than 10 entries" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        hw_result_t *res = hw_result_make(p);
        apr_array_header_t *list;
        hw_json_t *doc = NULL;

        hw_json_parse(cases[i].list, strlen(cases[i].list), NULL, &doc, NULL, NULL, p);
        is_int(hw_schemes_compile(doc, 0, &list, res, p), APR_EINVAL, "refused: %s", cases[i].list);
        is(hw_result_text(res, p), cases[i].want, "in these words");
    }
}

static void
test_rest(apr_pool_t *p)
{
    apr_array_header_t *list = list_of("[{\"scheme\":\"github\",\"id\":\"new-1\",\"secret\":\"x\"},"
                                       "{\"scheme\":\"gitlab\",\"secret\":\"x\"}]", p);
    hw_auth_request_t req = { .headers = table_of("X-Gitlab-Token: " HW_MASKED, p) };
    hw_json_t *doc = NULL, *rows = hw_schemes_json(p);
    const char *stars = "[{\"scheme\":\"gitlab\",\"secret\":\"" HW_MASKED "\"}]";

    is(APR_ARRAY_IDX(list, 0, hw_scheme_t *)->name, "github:new-1", "an entry is named by its id");
    is(APR_ARRAY_IDX(list, 1, hw_scheme_t *)->name, "gitlab", "or by its scheme");
    hw_json_parse(stars, strlen(stars), NULL, &doc, NULL, NULL, p);
    is_int(hw_schemes_compile(doc, 1, &list, NULL, p), APR_SUCCESS, "stars where they are allowed");
    is(verdict(hw_scheme_head(APR_ARRAY_IDX(list, 0, hw_scheme_t *), &req, p)), "wrong",
       "and they let nobody in");
    ok(hw_scheme_hidden("Key", 3) && hw_scheme_hidden("auth_token", 10) &&
       hw_scheme_hidden("x-api.key", 9) && !hw_scheme_hidden("keyword", 7) &&
       !hw_scheme_hidden("", 0) && !hw_scheme_hidden("monitor", 7), "names that are hidden");
    is_int(hw_schemes_compile(NULL, 0, &list, NULL, p), APR_SUCCESS, "no list");
    is_int(list->nelts, 0, "is an empty one");
    is(hw_json_write(json_object_array_get_idx(rows, 2), p),
       "{\"scheme\":\"gitlab\",\"title\":\"GitLab\",\"kind\":\"header\",\"secret\":\"Secret token\","
       "\"setup\":\"Enter the secret in the webhook's field Secret token.\",\"fields\":[]}", "a row for forms");
    is(hw_json_write(hw_json_get(json_object_array_get_idx(rows, 6), "fields"), p),
       "[{\"name\":\"tolerance_seconds\",\"label\":\"Seconds a timestamp may be off\","
       "\"type\":\"number\",\"default\":\"300\",\"required\":false}]", "and its fields");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    test_signatures(p);
    test_published(p);
    test_webhooks(p);
    test_time(p);
    test_many(p);
    test_heads(p);
    test_refusals(p);
    test_rest(p);
    return tap_done();
}
