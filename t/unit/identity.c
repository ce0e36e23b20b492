/* SPDX-License-Identifier: Apache-2.0 */
/* Roles, credentials, and the records of users and API keys. */
#include "common/identity.h"

#include <apr_strings.h>
#include <string.h>

#include "common/crypto.h"
#include "common/result.h"
#include "t/lib/tap.h"

static void
test_roles(void)
{
    is(hw_role_name(HW_OPERATOR), "operator", "a role has a name");
    is_int(hw_role_read("owner"), HW_OWNER, "a name is a role");
    is_int(hw_role_read("anyone"), HW_ANYONE, "anyone is none");
    is_int(hw_role_read("Owner"), HW_ANYONE, "nor is another spelling");
    is_int(hw_role_read(NULL), HW_ANYONE, "nor nothing");
    ok(HW_OWNER > HW_ADMIN && HW_ADMIN > HW_OPERATOR && HW_OPERATOR > HW_VIEWER, "in this order");
}

static void
test_user(apr_pool_t *p)
{
    hw_identity_t in = { .name = "ada", .tenant = "acme", .role = HW_ADMIN, .enabled = 1,
                         .hash = "$y$x", .totp = 1, .version = 7 }, *out = NULL;
    const char *text = hw_identity_user_text(&in, p);
    hw_result_t *res = hw_result_make(p);

    is(text, "{\"hash\":\"$y$x\",\"role\":\"admin\",\"tenant\":\"acme\",\"enabled\":true,"
             "\"version\":7,\"totp\":true}", "a user's record");
    ok(hw_identity_user_read("ada", text, strlen(text), &out, res, p) == APR_SUCCESS, "is read");
    is(out->name, "ada", "name");
    is(out->hash, "$y$x", "hash");
    is(out->tenant, "acme", "tenant");
    is_int(out->role, HW_ADMIN, "role");
    ok(out->enabled && out->totp && out->version == 7, "and the rest");
    ok(hw_identity_user_read("x", "{}", 2, &out, res, p) == APR_EINVAL, "a record without a role");
    is(res->problem, "bad-record", "is none");
    ok(hw_identity_user_read("x", "{\"role\":\"king\",\"tenant\":\"*\"}", 29, &out, res, p) ==
           APR_EINVAL, "nor is one of a king");
    ok(hw_identity_user_read("x", "[", 1, &out, res, p) == APR_EINVAL, "nor broken text");
}

static void
test_key(apr_pool_t *p)
{
    hw_identity_t in = { .name = "export", .id = "12", .tenant = "*", .role = HW_VIEWER,
                         .until = apr_time_from_sec(99) }, *out = NULL;
    const char *text = hw_identity_key_text(&in, p), *key = hw_identity_key_new(p);

    ok(hw_identity_key_read(text, strlen(text), &out, NULL, p) == APR_SUCCESS, "a key's record");
    is(out->name, "export", "its name");
    is(out->id, "12", "its id");
    ok(out->until == in.until && out->enabled, "how long");
    ok(hw_identity_key_read("{\"role\":\"viewer\",\"tenant\":\"*\"}", 31, &out, NULL, p) ==
           APR_EINVAL, "one without an id is none");
    ok(hw_identity_is_key(key), "a new key is one: %.8s…", key);
    ok(strcmp(key, hw_identity_key_new(p)) != 0, "of its own");
    ok(!hw_identity_is_key("hwk_short") && !hw_identity_is_key(key + 1), "others are none");
}

static void
test_credentials(apr_pool_t *p)
{
    hw_credentials_t c = hw_credentials_read("Basic YWRhOm9wZW46c2VzYW1l", p);

    is_int(c.scheme, HW_CRED_BASIC, "Basic");
    is(c.name, "ada", "the name ends at the first colon");
    is(c.secret, "open:sesame", "the password holds the others");
    c = hw_credentials_read("bASIC   YWRhOg==", p);
    ok(c.scheme == HW_CRED_BASIC && *c.secret == '\0', "in any case, with an empty password");
    c = hw_credentials_read("Bearer  hwk_x ", p);
    is_int(c.scheme, HW_CRED_BEARER, "Bearer");
    is(c.secret, "hwk_x", "without blanks");
    is_int(hw_credentials_read(NULL, p).scheme, HW_CRED_NONE, "nothing");
    is_int(hw_credentials_read("Basic", p).scheme, HW_CRED_NONE, "a scheme alone");
    is_int(hw_credentials_read("Basic  ", p).scheme, HW_CRED_NONE, "a scheme and blanks");
    is_int(hw_credentials_read("Basic YWRh", p).scheme, HW_CRED_NONE, "no colon");
    is_int(hw_credentials_read("Basic ***", p).scheme, HW_CRED_NONE, "no base64");
    is_int(hw_credentials_read("Basic YWQAYTp4", p).scheme, HW_CRED_NONE, "a NUL inside");
    is_int(hw_credentials_read("Basic /zp4", p).scheme, HW_CRED_NONE, "no UTF-8");
    is_int(hw_credentials_read("Digest username=x", p).scheme, HW_CRED_NONE, "another scheme");
}

static void
test_password(apr_pool_t *p)
{
    hw_identity_t who = { .name = "ada" };

    ok(hw_password_hash("open sesame", &who.hash, NULL, p) == APR_SUCCESS, "a hash");
    ok(hw_identity_password(&who, "open sesame"), "fits its password");
    ok(!hw_identity_password(&who, "open sesam"), "and no other");
    ok(!hw_identity_password(NULL, "open sesame"), "nobody has none");
    who.hash = NULL;
    ok(!hw_identity_password(&who, ""), "nor has one without a hash");
}

static void
test_site_users(apr_pool_t *p)
{
    static const char rules[] = " alice=owner, bob=viewer@acme ,a=b=admin, eve=king,eve=viewer@x, *=operator@rest";
    static const struct {
        const char *name, *want;
    } cases[] = {
        { "alice", "owner *" },        { "bob", "viewer acme" },  { "a=b", "admin *" },
        { "eve", "viewer x" },         { "Alice", "operator rest" }, { "alic", "operator rest" },
        { "alice=owner", "operator rest" }, { "", "operator rest" }, { "*", "operator rest" },
    };
    static const char *const bad[] = { "alice", "=owner", "alice=", "alice=king", "alice=owner@",
                                       "bob=@acme", "a=owner, b" };
    hw_identity_t who;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ok(hw_site_user(rules, cases[i].name, &who, p), "\"%s\" is on the list", cases[i].name);
        is(apr_pstrcat(p, hw_role_name(who.role), " ", who.tenant, NULL), cases[i].want, "with this");
    }
    ok(!hw_site_user("alice=owner", "bob", &who, p), "who is not on it is not");
    ok(!hw_site_user("alice=king", "alice", &who, p), "nor with a role there is not");
    ok(!hw_site_user(NULL, "alice", &who, p), "nor on none");
    ok(hw_site_user_bad("alice=owner,bob=viewer@acme,*=viewer", p) == NULL, "a good list");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ok(hw_site_user_bad(bad[i], p) != NULL, "%s is none", bad[i]);
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    test_roles();
    test_user(p);
    test_key(p);
    test_credentials(p);
    test_password(p);
    test_site_users(p);
    return tap_done();
}
