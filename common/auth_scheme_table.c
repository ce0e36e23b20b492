/* SPDX-License-Identifier: Apache-2.0 */
/* The schemes by which senders sign or prove themselves: one row each. */
#include <string.h>

#include "common/auth_scheme.h"

static const char *const algorithms[] = { "sha256", "sha1", "sha512", "ed25519", NULL };
static const char *const encodings[] = { "hex", "base64", NULL };
static const char *const separators[] = { "", ",", " ", NULL };
static const char *const forms[] = { "text", "base64", "hex", "sha256", NULL };

const hw_scheme_member_t hw_scheme_members[HW_SM_COUNT] = {
    [HW_SM_HEADER] = { "header", "Header", NULL },
    [HW_SM_PARAMETER] = { "parameter", "Query parameter", NULL },
    [HW_SM_USER] = { "user", "User name", NULL },
    [HW_SM_ALGORITHM] = { "algorithm", "Algorithm", algorithms },
    [HW_SM_ENCODING] = { "encoding", "Encoding of the signature", encodings },
    [HW_SM_PREFIX] = { "prefix", "Text before the signature", NULL },
    [HW_SM_SEPARATOR] = { "separator", "Between several signatures", separators },
    [HW_SM_SIGNED] = { "signed", "What is signed", NULL },
    [HW_SM_TIMESTAMP_HEADER] = { "timestamp_header", "Header of the timestamp", NULL },
    [HW_SM_ID_HEADER] = { "id_header", "Header of the id", NULL },
    [HW_SM_TOLERANCE] = { "tolerance_seconds", "Seconds a timestamp may be off", NULL },
    [HW_SM_SECRET_FORM] = { "secret_form", "The key is the secret's", forms },
};

#define BIT(member) (1u << HW_SM_##member)
#define HMAC(head, algo, enc, pre, sep, text)                                                     \
    [HW_SM_HEADER] = head, [HW_SM_ALGORITHM] = algo, [HW_SM_ENCODING] = enc,                      \
    [HW_SM_PREFIX] = pre, [HW_SM_SEPARATOR] = sep, [HW_SM_SIGNED] = text,                         \
    [HW_SM_SECRET_FORM] = "text"
#define TIMED(head) [HW_SM_TIMESTAMP_HEADER] = head, [HW_SM_TOLERANCE] = "300"
#define WEBHOOKS(who)                                                                             \
    {                                                                                             \
        [HW_SM_HEADER] = who "-signature", [HW_SM_ALGORITHM] = "sha256",                          \
        [HW_SM_ENCODING] = "base64", [HW_SM_PREFIX] = "v1,", [HW_SM_SEPARATOR] = " ",             \
        [HW_SM_SIGNED] = "{id}.{timestamp}.{body}", [HW_SM_SECRET_FORM] = "base64",               \
        [HW_SM_ID_HEADER] = who "-id", TIMED(who "-timestamp")                                    \
    }

const hw_scheme_row_t hw_scheme_rows[] = {
    { .name = "hookwise", .title = "HookWise",
      .value = { HMAC("X-HookWise-Signature", "sha256", "hex", "sha256=", "", "{body}") },
      .loose = 1, .secret = "Secret",
      .setup = "Sign the body with HMAC-SHA256 and send the signature, in hex, in "
               "X-HookWise-Signature." },
    { .name = "github", .title = "GitHub",
      .value = { HMAC("X-Hub-Signature-256", "sha256", "hex", "sha256=", "", "{body}") },
      .secret = "Secret of the webhook",
      .setup = "Enter the secret in the webhook's field Secret." },
    { .name = "gitlab", .title = "GitLab", .kind = HW_SCHEME_HEADER,
      .value = { [HW_SM_HEADER] = "X-Gitlab-Token" }, .secret = "Secret token",
      .setup = "Enter the secret in the webhook's field Secret token." },
    { .name = "grafana", .title = "Grafana Alerting",
      .value = { HMAC("X-Grafana-Alerting-Signature", "sha256", "hex", "", "", "{body}"),
                 [HW_SM_TOLERANCE] = "300" },
      .timed = "{timestamp}:{body}",
      .open = BIT(HEADER) | BIT(TIMESTAMP_HEADER) | BIT(TOLERANCE), .secret = "Secret",
      .setup = "Enter the secret in the contact point under HMAC Signature; the header stays as "
               "it is. If a timestamp header is set there, name it here as timestamp_header." },
    { .name = "pagerduty", .title = "PagerDuty",
      .value = { HMAC("X-PagerDuty-Signature", "sha256", "hex", "v1=", ",", "{body}") },
      .secret = "Secret of the subscription",
      .setup = "PagerDuty shows the secret once, when the webhook subscription is made." },
    { .name = "sentry", .title = "Sentry",
      .value = { HMAC("Sentry-Hook-Signature", "sha256", "hex", "", "", "{body}") },
      .secret = "Client secret of the integration",
      .setup = "The client secret is on the page of the internal integration." },
    { .name = "stripe", .title = "Stripe",
      .value = { HMAC("Stripe-Signature", "sha256", "hex", "v1=", ",", "{timestamp}.{body}"),
                 [HW_SM_TOLERANCE] = "300" },
      .open = BIT(TOLERANCE), .secret = "Signing secret (whsec_…)",
      .setup = "The signing secret is on the page of the webhook's destination." },
    { .name = "slack", .title = "Slack",
      .value = { HMAC("X-Slack-Signature", "sha256", "hex", "v0=", "", "v0:{timestamp}:{body}"),
                 TIMED("X-Slack-Request-Timestamp") },
      .open = BIT(TOLERANCE), .secret = "Signing secret",
      .setup = "The signing secret is under Basic Information, App Credentials." },
    { .name = "standard-webhooks", .title = "Standard Webhooks", .value = WEBHOOKS("webhook"),
      .open = BIT(TOLERANCE), .secret = "Secret (whsec_…), or public key (whpk_…)",
      .setup = "The sender shows the secret, which begins with whsec_ (or whpk_, a public key)." },
    { .name = "svix", .title = "Svix", .value = WEBHOOKS("svix"), .open = BIT(TOLERANCE),
      .secret = "Secret (whsec_…), or public key (whpk_…)",
      .setup = "The sender shows the secret, which begins with whsec_ (or whpk_, a public key)." },
    { .name = "connectwise", .title = "ConnectWise callbacks",
      .value = { [HW_SM_HEADER] = "x-content-signature", [HW_SM_ALGORITHM] = "sha256",
                 [HW_SM_ENCODING] = "base64", [HW_SM_SIGNED] = "{body}",
                 [HW_SM_SECRET_FORM] = "sha256" },
      .secret = "Signing key",
      .setup = "The signing key is at the address that a callback's body names in "
               "Metadata.key_url." },
    { .name = "autotask", .title = "Autotask",
      .value = { HMAC("X-Hook-Signature", "sha1", "base64", "sha1=", "", "{body}") },
      .secret = "Secret key of the webhook",
      .setup = "Enter the secret in the webhook's field Secret key." },
    { .name = "zammad", .title = "Zammad",
      .value = { HMAC("X-Hub-Signature", "sha1", "hex", "sha1=", "", "{body}") },
      .secret = "HMAC SHA1 signature token",
      .setup = "Enter the secret in the webhook's field HMAC SHA1 Signature Token." },
    { .name = "webex", .title = "Webex",
      .value = { HMAC("X-Spark-Signature", "sha1", "hex", "", "", "{body}") },
      .secret = "Secret",
      .setup = "Give the secret when the webhook is registered." },
    { .name = "gnetix", .title = "GNETiX",
      .value = { HMAC("X-Webhook-Signature", "sha256", "hex", "sha256=", "", "{body}") },
      .secret = "Secret",
      .setup = "Sign the body with HMAC-SHA256 and send sha256= and the signature, in hex, in "
               "X-Webhook-Signature." },
    { .name = "hmac", .title = "Another signature",
      .value = { HMAC(NULL, "sha256", "hex", "", "", "{body}"), [HW_SM_TOLERANCE] = "300" },
      .open = BIT(HEADER) | BIT(ALGORITHM) | BIT(ENCODING) | BIT(PREFIX) | BIT(SEPARATOR) |
              BIT(SIGNED) | BIT(TIMESTAMP_HEADER) | BIT(ID_HEADER) | BIT(TOLERANCE) |
              BIT(SECRET_FORM),
      .needed = BIT(HEADER), .secret = "Secret, or public key",
      .setup = "Sign the body with the secret and send the signature in the header named here." },
    { .name = "header", .title = "Secret in a header", .kind = HW_SCHEME_HEADER,
      .value = { [HW_SM_HEADER] = "X-Webhook-Secret" }, .open = BIT(HEADER), .secret = "Secret",
      .setup = "Send the secret in the header named here." },
    { .name = "query", .title = "Secret in the address", .kind = HW_SCHEME_QUERY,
      .value = { [HW_SM_PARAMETER] = "key" }, .open = BIT(PARAMETER), .secret = "Secret",
      .setup = "Put the parameter with the secret at the end of the endpoint's address." },
    { .name = "basic", .title = "User name and password", .kind = HW_SCHEME_BASIC,
      .open = BIT(USER), .needed = BIT(USER), .secret = "Password",
      .setup = "Send the user's name and the password by Basic authentication." },
    { .name = NULL },
};

/* --- as JSON --------------------------------------------------------------------------------- */

static hw_json_t *
field_json(const hw_scheme_row_t *row, int m)
{
    const hw_scheme_member_t *member = &hw_scheme_members[m];
    hw_json_t *v = json_object_new_object(), *choices;

    hw_json_set_string(v, "name", member->name);
    hw_json_set_string(v, "label", member->label);
    hw_json_set_string(v, "type", m == HW_SM_TOLERANCE        ? "number"
                                  : member->choices != NULL ? "choice"
                                                            : "text");
    if (member->choices != NULL) {
        choices = json_object_new_array();
        for (int i = 0; member->choices[i] != NULL; i++)
            json_object_array_add(choices, json_object_new_string(member->choices[i]));
        hw_json_set(v, "choices", choices);
    }
    hw_json_set_string(v, "default", row->value[m]);
    hw_json_set_bool(v, "required", (row->needed >> m & 1) != 0);
    return v;
}

hw_json_t *
hw_schemes_json(apr_pool_t *p)
{
    static const char *const kinds[] = { "signature", "header", "query", "basic" };
    hw_json_t *list = hw_json_own(json_object_new_array(), p);

    for (const hw_scheme_row_t *row = hw_scheme_rows; row->name != NULL; row++) {
        hw_json_t *v = json_object_new_object(), *fields = json_object_new_array();

        hw_json_set_string(v, "scheme", row->name);
        hw_json_set_string(v, "title", row->title);
        hw_json_set_string(v, "kind", kinds[row->kind]);
        hw_json_set_string(v, "secret", row->secret);
        hw_json_set_string(v, "setup", row->setup);
        for (int m = 0; m < HW_SM_COUNT; m++)
            if (row->open >> m & 1)
                json_object_array_add(fields, field_json(row, m));
        hw_json_set(v, "fields", fields);
        json_object_array_add(list, v);
    }
    return list;
}
