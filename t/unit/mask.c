/* SPDX-License-Identifier: Apache-2.0 */
/* Masking: keys, JSON documents, other texts, queries and URLs. */
#include "common/mask.h"

#include <stdlib.h>
#include <string.h>

#include "t/lib/tap.h"

static void
test_keys(void)
{
    static const char *const secret[] = {
        "password", "Password", "PASSWORD", "db_password", "dbPassword", "db-password", "DB.PASSWORD",
        "password2", "user[password]", "dbpassword", "passwords", "passwd", "userPasswd", "pwd",
        "smtp_pwd", "passphrase", "secret", "client_secret", "clientSecret", "clientsecret",
        "hmac_secret", "token", "access_token", "accessToken", "accesstoken", "AccessTokenValue",
        "X-Auth-Token", "token1", "OAuthToken", "id_token", "Authorization", "authorization",
        "Proxy-Authorization", "HTTP_AUTHORIZATION", "X-Api-Key", "apiKey", "APIKey", "api_key",
        "apikey", "API-KEY", "apiKeys", "x-apikey", "private_key", "privateKey", "private key",
        "access_key", "AccessKeyId", "aws_secret_access_key", "secretKey", "Set-Cookie", "Cookie",
        "credentials", "credential", "basic_auth", "smtpAuth", "db_pass", "smtpPass",
        "ENCRYPTION_KEY", "AccountKey", "connectionString", "sessionid", "JSESSIONID", "jwt",
        "bearer", "Bearer", "bearerToken", "X-Bearer", "community", "snmpCommunity", "SNMP_COMMUNITY",
        "community-string", "communityName", "snmp.community2", "private-keys", "client secret",
        "clientToken", "mytoken", "topsecret", "cred", "creds", "psk", "wifi_psk", "X-CSRF-Token",
        "xsrf", "application_key", "DD-APP-KEY", "licenseKey", "consumer_key", "session_key",
        "recoveryCodes", "dbPassphrase", "sudo_passphrase", "Passwort", "secrets", "api_tokens",
        "auth.tokens", "refresh-tokens", "Cookies", "access_keys",
    };
    static const char *const plain[] = {
        "groupKey", "keyword", "keywords", "incident_key", "alert_cycle_key", "dedup_key",
        "routingKey", "key", "monkey", "tokenizer", "authMethod", "authorName", "author",
        "authority", "secretary", "passenger", "passed", "compass", "bypass_reason", "passive",
        "cookiecutter", "description", "primary_key", "publicKey", "key_api", "api", "private",
        "token_type", "tokenCount", "password_expires", "passwordPolicy", "", "_", "123",
        "hotkey", "monitor.name", "heartbeat", "accessed_by", "x-request-id", "network.community_id",
        "communityId", "community_edition", "bearer_id", "bearerType", "communities", "forbearer",
        "credit", "credo", "sacred", "tokenize", "secretion", "passport", "compassion", "bearing",
        "keys", "keyId", "app", "appKeyboard", "license", "session", "sessions", "recovery",
        "token_limit", "maxTokenLimit", "login_password_attempts", "password_age", "otpTtl", "apse",
    };
    static const char *const numbers[] = {
        "tokens", "tokens_used", "secrets_scanned", "maxTokens", "total_tokens", "promptTokens",
        "Passwords-Found", "leaked_credentials", "cookies_blocked", "apiKeys", "api keys",
        "accesstokens",
    };

    for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
        ok(hw_mask_key(secret[i]), "%s is a secret", secret[i]);
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        ok(!hw_mask_key(plain[i]), "%s is none", plain[i]);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        is_int(hw_mask_key(numbers[i]), HW_MASK_UNLESS_NUMBER, "%s may be a number", numbers[i]);
    is_int(hw_mask_key("secrets_token"), HW_MASK_ALWAYS, "one secret is enough");
    is_int(hw_mask_key("token_and_secrets"), HW_MASK_ALWAYS, "wherever it stands");
    ok(!hw_mask_key(NULL), "no key is none");
}

static void
test_long_keys(apr_pool_t *p)
{
    char *key = apr_palloc(p, 5001);

    memset(key, 'a', 5000);
    key[5000] = '\0';
    ok(!hw_mask_key(key), "a key of 5,000 letters");
    for (int i = 0; i < 5000; i += 2)
        key[i] = '_';
    ok(!hw_mask_key(key), "a key of 2,500 words");
    memcpy(key, "api_key_", 8);
    ok(hw_mask_key(key), "is judged by its beginning");
}

static void
test_json(apr_pool_t *p)
{
    static const char *const cases[][2] = {
        { "{\"a\":1,\"password\":\"x\"}", "{\"a\":1,\"password\":\"********\"}" },
        { "{\"token\":12345,\"n\":1.50,\"big\":123456789012345678901234567890}",
          "{\"token\":\"********\",\"n\":1.50,\"big\":123456789012345678901234567890}" },
        { "{\"token\":null,\"secret\":false,\"pwd\":true}",
          "{\"token\":null,\"secret\":false,\"pwd\":true}" },
        { "{\"credentials\":{\"user\":\"u\",\"deep\":[1]},\"secrets\":[\"a\",\"b\"]}",
          "{\"credentials\":\"********\",\"secrets\":\"********\"}" },
        { "[{\"x\":[{\"apiKey\":\"k\"},{\"groupKey\":\"g\"}]},\"plain\",null]",
          "[{\"x\":[{\"apiKey\":\"********\"},{\"groupKey\":\"g\"}]},\"plain\",null]" },
        { "[{\"name\":\"Authorization\",\"value\":\"Bearer x\"},{\"name\":\"Host\",\"value\":\"h\"}]",
          "[{\"name\":\"Authorization\",\"value\":\"********\"},{\"name\":\"Host\",\"value\":\"h\"}]" },
        { "{\"name\":\"Failed password attempts\",\"value\":\"42\"}",
          "{\"name\":\"Failed password attempts\",\"value\":\"42\"}" },
        { "{\"Message\":\"{\\\"a\\\":1,\\\"secret\\\":\\\"s\\\"}\"}",
          "{\"Message\":\"{\\\"a\\\":1,\\\"secret\\\":\\\"********\\\"}\"}" },
        { "{\"url\":\"https://u:p@host/x?token=t&a=1\"}",
          "{\"url\":\"https://********@host/x?token=********&a=1\"}" },
        { "{\"msg\":\"Host: web1 is down\"}", "{\"msg\":\"Host: web1 is down\"}" },
        { "{\"tokens_used\":1532,\"secrets_scanned\":-1.5,\"tokens\":true,\"creds\":null}",
          "{\"tokens_used\":1532,\"secrets_scanned\":-1.5,\"tokens\":true,\"creds\":null}" },
        { "{\"tokens\":\"1532\",\"secrets\":{\"n\":1},\"apiKeys\":[1,2],\"token\":7}",
          "{\"tokens\":\"********\",\"secrets\":\"********\",\"apiKeys\":\"********\","
          "\"token\":\"********\"}" },
        { "[{\"name\":\"tokens_used\",\"value\":5},{\"key\":\"tokens\",\"value\":\"a\"}]",
          "[{\"name\":\"tokens_used\",\"value\":5},{\"key\":\"tokens\",\"value\":\"********\"}]" },
        { "{\"bearer\":\"b\",\"snmp\":{\"community\":\"public\",\"version\":2}}",
          "{\"bearer\":\"********\",\"snmp\":{\"community\":\"********\",\"version\":2}}" },
        { "{\"detail\":\"used tokens=17 of secrets=abc\"}",
          "{\"detail\":\"used tokens=17 of secrets=********\"}" },
        { "\"token=abc\"", "\"token=********\"" },
        { "\"abc\"", "\"abc\"" },
        { "7", "7" },
        { "null", "null" },
        { "{\"password\":\"\"}", "{\"password\":\"********\"}" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hw_json_t *v = NULL;

        is_int(hw_json_parse(cases[i][0], strlen(cases[i][0]), NULL, &v, NULL, NULL, p),
               APR_SUCCESS, "document %zu", i);
        is(hw_json_write(hw_mask_json(v, p), p), cases[i][1], "is masked");
        is(hw_json_write(v, p), cases[i][0], "and stays as it was itself");
    }
}

/* In memory of its exact size, so that the sanitizer sees a read beyond it. */
static const char *
text(const char *s, apr_size_t len, apr_pool_t *p)
{
    char *exact = malloc(len ? len : 1);
    const char *out;

    memcpy(exact, s, len);
    out = hw_mask_text(exact, len, p);
    free(exact);
    return out;
}

static void
test_text(apr_pool_t *p)
{
    static const char *const cases[][2] = {
        { "", "" },
        { "nothing to hide", "nothing to hide" },
        { "a=1&password=s3cret&b=2", "a=1&password=********&b=2" },
        { "password=", "password=" },
        { "user%5Bpassword%5D=x&y=1", "user%5Bpassword%5D=********&y=1" },
        { "api+key=x", "api+key=********" },
        { "groupKey=g&keyword=k", "groupKey=g&keyword=k" },
        { "login failed, password=hunter2 for bob", "login failed, password=******** for bob" },
        { "{\"password\":\"a\\\"b\",\"x\":1,}", "{\"password\":\"********\",\"x\":1,}" },
        { "{\"password\":\"a\\\\\",\"x\":\"y\"}", "{\"password\":\"********\",\"x\":\"y\"}" },
        { "{\"password\" : \"a\", \"token\": 123, \"n\": null}",
          "{\"password\" : \"********\", \"token\": ********, \"n\": null}" },
        { "{\"token\":null,\"a\":1", "{\"token\":null,\"a\":1" },
        { "{\"secret\":{\"a\":\"}\",\"b\":[1]},\"c\":NaN}", "{\"secret\":\"********\",\"c\":NaN}" },
        { "{\"secrets\":[\"a\",\"b\"],\"c\":2", "{\"secrets\":\"********\",\"c\":2" },
        { "{\"secret\":{\"a\":1", "{\"secret\":\"********\"" },
        { "{\"password\":\"cut of", "{\"password\":\"********" },
        { "{\"a\":\"password\",\"b\":\"x\"}", "{\"a\":\"password\",\"b\":\"x\"}" },
        { "{\"m\":\"{\\\"token\\\":\\\"t\\\",\\\"a\\\":1}\"",
          "{\"m\":\"{\\\"token\\\":\\\"********\\\",\\\"a\\\":1}\"" },
        { "{'password': 'x', 'a': 'b'}", "{'password': '********', 'a': 'b'}" },
        { "\"password\" => \"x\", \"a\" => \"b\"", "\"password\" => \"********\", \"a\" => \"b\"" },
        { "{password: x}", "{password: ********" },
        { "Host: web1\r\nAuthorization: Bearer abc\r\nX: y",
          "Host: web1\r\nAuthorization: ********\r\nX: y" },
        { "the password: x", "the password: x" }, /* prose, not at the beginning of a line */
        { "password = x\nuser = u", "password = ********\nuser = u" },
        { "<login><password>x</password><user>u</user></login>",
          "<login><password>********</password><user>u</user></login>" },
        { "<login password=\"x\" user='u'/>", "<login password=\"********\" user='u'/>" },
        { "see https://u:p@host:8080/a and redis://:pw@h/0",
          "see https://********@host:8080/a and redis://********@h/0" },
        { "https://host/a@b", "https://host/a@b" },
        { "https://h/?a=1&sig=abc#x", "https://h/?a=1&sig=********" },
        { "sig=abc", "sig=abc" },
        { "tokens_used=15&tokens=abc&token=15", "tokens_used=15&tokens=********&token=********" },
        { "{\"tokens\": 15, \"secrets\": false, \"creds\": \"15\", \"apiKeys\": 1x}",
          "{\"tokens\": 15, \"secrets\": false, \"creds\": \"********\", \"apiKeys\": ********}" },
        { "<tokens>15</tokens><secrets>a5</secrets>", "<tokens>15</tokens><secrets>********</secrets>" },
        { "Tokens: -1.5\nSecrets: 1.2.3\nCommunity: public",
          "Tokens: -1.5\nSecrets: ********\nCommunity: ********" },
        { "https://h/?tokens=5&sig=7&tokens=x", "https://h/?tokens=5&sig=********&tokens=********" },
        { "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nabc\r\ndef\r\n--b\r\n"
          "Content-Disposition: form-data; name=\"msg\"\r\n\r\nhello\r\n--b--\r\n",
          "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n********\r\n--b\r\n"
          "Content-Disposition: form-data; name=\"msg\"\r\n\r\nhello\r\n--b--\r\n" },
        { "form-data; name=\"token\"", "form-data; name=\"token\"" },
        { "form-data; name=\"token\"\n\nx", "form-data; name=\"token\"\n\n********" },
        { "<input name=\"password\">\n\ntext", "<input name=\"password\">\n\ntext" },
        { "{\"pass\\u0077ord\":\"x\",\"a\":1,", "{\"pass\\u0077ord\":\"********\",\"a\":1," },
        { "{\"\\u0074\\u006F\\u006b\\u0065\\u006E\":\"x\"",
          "{\"\\u0074\\u006F\\u006b\\u0065\\u006E\":\"********\"" },
        { "{\"m\":\"{\\\"api\\\\u005fkey\\\":\\\"x\\\"}\"", "{\"m\":\"{\\\"api\\\\u005fkey\\\":\\\"********\\\"}\"" },
        { "{\"host\\u006eame\":\"x\",", "{\"host\\u006eame\":\"x\"," },
        { "{\"\\u00e9cookie\":\"x\",", "{\"\\u00e9cookie\":\"x\"," }, /* a word of its own */
        { "{\"token\\u00\":\"x\",\"\\u\":1", "{\"token\\u00\":\"********\",\"\\u\":1" },
        { "{\"a\\ntoken\":\"x\",", "{\"a\\ntoken\":\"********\"," },
        { "curl -H 'Authorization: Bearer abc' -H \"Cookie: a=b; c\" https://h",
          "curl -H 'Authorization: ********' -H \"Cookie: ********\" https://h" },
        { "<add key=\"password\" value=\"x\"/><add key=\"host\" value=\"h\"/>",
          "<add key=\"password\" value=\"********\"/><add key=\"host\" value=\"h\"/>" },
        { "<p name='api_key' type='s' value = 'x'>", "<p name='api_key' type='s' value = '********'>" },
        { "<p name=\"password\"/><p value=\"x\"/>", "<p name=\"password\"/><p value=\"x\"/>" },
        { "<b>{&quot;password&quot;: &quot;x&quot;,&quot;a&quot;:1}</b>",
          "<b>{&quot;password&quot;: &quot;********&quot;,&quot;a&quot;:1}</b>" },
        { "&lt;token&gt;x&lt;/token&gt;&lt;a&gt;y", "&lt;token&gt;********&lt;/token&gt;&lt;a&gt;y" },
        { "&quot;password&quot;", "&quot;password&quot;" }, { "&quot;password", "&quot;password" },
        { "&quot;token&quot;:&quot;cut", "&quot;token&quot;:&quot;********" },
        { "a=1&quot=2&token=x", "a=1&quot=2&token=********" },
        { "GET /x?token=abc HTTP/1.1", "GET /x?token=******** HTTP/1.1" },
        { "[link](https://h/?access_token=abc&x=1)", "[link](https://h/?access_token=********&x=1)" },
        { "token", "token" }, { "\"token\"", "\"token\"" }, { "\"token\":", "\"token\":" },
        { "token=\"", "token=\"" }, { "\\\"", "\\\"" }, { "://", "://" },
        { "token:", "token:" }, { "<token>", "<token>" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        is(text(cases[i][0], strlen(cases[i][0]), p), cases[i][1], "text %zu", i);
    is(text("a\0b&token=x\0y&c=d", 17, p), "a\xef\xbf\xbd" "b&token=********&c=d", "NUL bytes");
}

/* Cut anywhere, the text shows nothing of the secrets in it. */
static void
test_cuts(apr_pool_t *p)
{
    static const char whole[] = "{\"password\":\"HIDE\\\"HIDE\",\"m\":\"{\\\"token\\\":\\\"HIDE\\\"}\","
                                "\"s\":1}&secret=HIDE&u=https://x:HIDE@h <pwd>HIDE</pwd>\n"
                                "Cookie: HIDE; HIDE\nform-data; name=\"jwt\"\n\nHIDE\n--";
    int shown = 0;

    for (apr_size_t len = 0; len < sizeof(whole); len++) {
        const char *out = text(whole, len, p);

        /* userinfo cannot be told from a host before its @ has come */
        if (strstr(out, "HIDE") != NULL && strstr(out, "https://x:HIDE") == NULL)
            shown++;
    }
    is_int(shown, 0, "no cut shows a secret");
    ok(strstr(text(whole, sizeof(whole) - 1, p), "HIDE") == NULL, "nor does the whole");
}

static void
test_urls(apr_pool_t *p)
{
    static const char *const queries[][2] = {
        { "", "" },
        { "x%00password=abc&y%00=1", "x%00password=********&y%00=1" },
        { "token=abc&x=1", "token=********&x=1" },
        { "x=1&token=", "x=1&token=" },
        { "token", "token" },
        { "a=b&&api%5Fkey=k", "a=b&&api%5Fkey=********" },
        { "Signature=s&sigma=1", "Signature=********&sigma=1" },
        { "groupKey=1&token=a=b&c", "groupKey=1&token=********&c" },
    };
    static const char *const urls[][2] = {
        { "https://host/path", "https://host/path" },
        { "https://u:p@host/path?x=1", "https://********@host/path?x=1" },
        { "https://u:p@ss@host", "https://********@host" },
        { "https://host/@a?mail=a@b", "https://host/@a?mail=a@b" },
        { "https://h/?x=1&access_token=t#access_token=t&s=1",
          "https://h/?x=1&access_token=********#access_token=********&s=1" },
        { "redis://:pw@h:6379/0", "redis://********@h:6379/0" },
        { "/webhook/abc?token=t", "/webhook/abc?token=********" },
        { "postgresql:///db?password=x&host=/run", "postgresql:///db?password=********&host=/run" },
        { "", "" },
    };

    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
        is(hw_mask_query(queries[i][0], p), queries[i][1], "query %s", queries[i][0]);
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        is(hw_mask_url(urls[i][0], p), urls[i][1], "URL %s", urls[i][0]);
    ok(hw_mask_query(NULL, p) == NULL && hw_mask_url(NULL, p) == NULL, "none stays none");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    test_keys();
    test_long_keys(p);
    test_json(p);
    test_text(p);
    test_cuts(p);
    test_urls(p);
    return tap_done();
}
