/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint documents → compiled endpoints: the document over its preset over the settings. */
#include "common/endpoint.h"

#include <apr_strings.h>
#include <string.h>

#include "common/endpoint_parts.h"
#include "common/mirror.h"
#include "common/preset.h"
#include "common/result.h"
#include "common/text.h"
#include "common/value.h"

#define REMOVE_MAX 100 /* strings taken out of a summary */

typedef struct {
    const hw_json_t *own, *preset; /* preset NULL = none */
    const hw_settings_t *settings; /* NULL = none */
    hw_endpoint_t *ep;
    hw_result_t *res;
    apr_pool_t *p;
} build_t;

/* The field's value in force; the document's own wins, also when it is empty text. */
static hw_json_t *
value(const build_t *b, const char *name)
{
    hw_json_t *v = hw_json_get(b->own, name);

    return v != NULL ? v : hw_json_get(b->preset, name);
}

/* The first that is given and not blank: an empty board or status says nothing. */
static const char *
text(const build_t *b, const char *name)
{
    const char *own = hw_json_get_string(b->own, name);
    const char *s = hw_text_blank(own) ? hw_json_get_string(b->preset, name) : own;

    return hw_text_blank(s) ? NULL : hw_text_trim(s, b->p);
}

static const char *
setting(const build_t *b, const char *name)
{
    const char *s = b->settings != NULL ? hw_set_text(b->settings, name) : "";

    return hw_text_blank(s) ? NULL : apr_pstrdup(b->p, s);
}

static int
flag(const build_t *b, const char *name, int missing)
{
    hw_json_t *v = value(b, name);

    return v != NULL ? json_object_get_boolean(v) : missing;
}

static int
whole(const build_t *b, const char *name, int missing)
{
    hw_json_t *v = value(b, name);

    return v != NULL ? json_object_get_int(v) : missing;
}

static apr_status_t
in_field(const build_t *b, apr_status_t rv, const char *name)
{
    if (rv != APR_SUCCESS)
        hw_result_in_field(b->res, name);
    return rv;
}

/* What the product assumes of endpoints that say nothing: Uptime Kuma's shape, as ever. */
static hw_json_t *
value_or(const build_t *b, const char *name, const char *missing)
{
    hw_json_t *v = value(b, name);

    return v != NULL ? v : hw_json_own(json_object_new_string(missing), b->p);
}

static apr_status_t
build_path(const build_t *b, const char *name, const char *missing, hw_paths_t **out)
{
    const char *s = hw_text_trim(json_object_get_string(value_or(b, name, missing)), b->p);

    if (*s == '\0')
        return APR_SUCCESS;
    return in_field(b, hw_paths_compile(s, out, b->res, b->p), name);
}

static apr_status_t
build_trigger(const build_t *b)
{
    hw_endpoint_t *ep = b->ep;
    const char *s;
    apr_status_t rv;

    if ((rv = build_path(b, "trigger_field", "heartbeat.status", &ep->trigger)) != APR_SUCCESS ||
        (rv = build_path(b, "batch_path", "", &ep->batch)) != APR_SUCCESS)
        return rv;
    rv = hw_values_compile(value_or(b, "open_value", "0"), &ep->open_values, b->res, b->p);
    if (rv != APR_SUCCESS)
        return in_field(b, rv, "open_value");
    rv = hw_values_compile(value_or(b, "close_value", "1"), &ep->close_values, b->res, b->p);
    if (rv != APR_SUCCESS)
        return in_field(b, rv, "close_value");
    s = text(b, "on_unknown");
    ep->on_unknown = HW_UNKNOWN_NOTE;
    if (hw_text_ieq(s, "open"))
        ep->on_unknown = HW_UNKNOWN_OPEN;
    else if (hw_text_ieq(s, "ignore"))
        ep->on_unknown = HW_UNKNOWN_IGNORE;
    else if (s != NULL && !hw_text_ieq(s, "note"))
        return hw_fail_field(b->res, APR_EINVAL, "bad-value", "on_unknown",
                             "must be note, open or ignore");
    return APR_SUCCESS;
}

static apr_status_t
build_identity(const build_t *b)
{
    hw_json_t *v = value(b, "dedup_key");

    if (v == NULL || (json_object_is_type(v, json_type_string)
                          ? hw_text_blank(json_object_get_string(v))
                          : json_object_array_length(v) == 0))
        return APR_SUCCESS;
    return in_field(b, hw_expr_list_compile(v, &b->ep->dedup, b->res, b->p), "dedup_key");
}

static int
mapping_field(const char *name)
{
    for (int i = 0; i < HW_F_COUNT; i++)
        if (strcmp(hw_field_names[i], name) == 0)
            return i;
    return -1;
}

/* Adds one layer of json_mapping; a member that is null or blank takes the lower layer's away. */
static apr_status_t
build_mapping(const build_t *b, const hw_json_t *mapping)
{
    apr_status_t rv;

    if (mapping == NULL)
        return APR_SUCCESS;
    if (!json_object_is_type(mapping, json_type_object))
        return hw_fail_field(b->res, APR_EINVAL, "bad-type", "json_mapping", "not an object");
    json_object_object_foreach((hw_json_t *)mapping, key, v)
    {
        const char *field = apr_pstrcat(b->p, "json_mapping.", key, NULL);
        int i = mapping_field(key);

        if (i < 0)
            return hw_fail_field(b->res, APR_EINVAL, "unknown-field", field,
                                 "there is no such ticket field");
        b->ep->mapping[i] = NULL;
        if (v == NULL)
            continue;
        if (!json_object_is_type(v, json_type_string))
            return hw_fail_field(b->res, APR_EINVAL, "bad-type", field, "not a text");
        if (hw_text_blank(json_object_get_string(v)))
            continue;
        rv = hw_expr_compile(json_object_get_string(v), &b->ep->mapping[i], b->res, b->p);
        if (rv != APR_SUCCESS)
            return in_field(b, rv, field);
    }
    return APR_SUCCESS;
}

static apr_status_t
build_mappings(const build_t *b, const hw_preset_t *preset)
{
    const hw_json_t *own = hw_json_get(b->own, "json_mapping");
    const char *template = text(b, "description_template");
    apr_status_t rv;

    if ((rv = build_mapping(b, hw_json_get(b->preset, "json_mapping"))) != APR_SUCCESS)
        return rv;
    /* An explicit template speaks louder than the preset's description. */
    if (!hw_text_blank(hw_json_get_string(b->own, "description_template")))
        b->ep->mapping[HW_F_DESCRIPTION] = NULL;
    if (hw_json_get(own, "severity") == NULL && preset != NULL)
        b->ep->severities = preset->severities;
    if ((rv = build_mapping(b, own)) != APR_SUCCESS)
        return rv;
    if (preset != NULL && preset->customer != NULL &&
        (rv = hw_expr_compile(preset->customer, &b->ep->customer, b->res, b->p)) != APR_SUCCESS)
        return in_field(b, rv, "preset");
    if (template == NULL)
        return APR_SUCCESS;
    rv = hw_template_compile(template, &b->ep->description, b->res, b->p);
    return in_field(b, rv, "description_template");
}

static apr_status_t
build_rules(const build_t *b)
{
    hw_rules_t *first, *second;
    apr_status_t rv;

    rv = hw_rules_compile(hw_json_get(b->preset, "routing_rules"), &first, b->res, b->p);
    if (rv == APR_SUCCESS)
        rv = hw_rules_compile(hw_json_get(b->own, "routing_rules"), &second, b->res, b->p);
    if (rv == APR_SUCCESS)
        b->ep->rules = hw_rules_join(first, second, b->p);
    return rv;
}

/* A text is taken out as it stands; what begins with "~" is a regular expression. */
static apr_status_t
add_removal(const build_t *b, int index, const char *s)
{
    hw_value_t *v = apr_array_push(b->ep->remove_strings);
    apr_status_t rv;

    *v = (hw_value_t){ .how = HW_VAL_EXACT, .text = s };
    if (*s != '~')
        return APR_SUCCESS;
    v->how = HW_VAL_REGEX;
    v->text = s + 1;
    rv = s[1] == '\0' ? hw_fail_at(b->res, APR_EINVAL, "bad-value", NULL, 0,
                                   "a regular expression must follow ~")
                      : hw_rx_compile(v->text, strlen(v->text), HW_RX_RULE, &v->rx, b->res, b->p);
    if (rv != APR_SUCCESS && b->res != NULL && s[1] != '\0' && b->res->offset >= 0)
        b->res->offset++; /* the tilde */
    return in_field(b, rv, apr_psprintf(b->p, "summary_remove_strings[%d]", index));
}

/* Comma-separated, or a list whose items may hold commas and edge blanks. */
static apr_status_t
build_removals(const build_t *b)
{
    hw_json_t *v = value(b, "summary_remove_strings");
    apr_array_header_t *list = apr_array_make(b->p, 4, sizeof(const char *));
    apr_status_t rv;

    if (v == NULL || json_object_is_type(v, json_type_string))
        list = hw_text_split(v != NULL ? json_object_get_string(v) : NULL, ',', b->p);
    else
        for (apr_size_t i = 0; i < json_object_array_length(v); i++)
            APR_ARRAY_PUSH(list, const char *) =
                apr_pstrdup(b->p, json_object_get_string(json_object_array_get_idx(v, i)));
    if (list->nelts > REMOVE_MAX)
        return hw_fail_field(b->res, APR_EINVAL, "out-of-range", "summary_remove_strings",
                             "more than %d strings", REMOVE_MAX);
    b->ep->remove_strings = apr_array_make(b->p, list->nelts, sizeof(hw_value_t));
    for (int i = 0; i < list->nelts; i++) {
        const char *s = APR_ARRAY_IDX(list, i, const char *);

        if (*s != '\0' && (rv = add_removal(b, i, s)) != APR_SUCCESS)
            return rv;
    }
    return APR_SUCCESS;
}

static apr_status_t
build_destination(const build_t *b)
{
    static const char *const known[] = { "local", "connectwise", HW_MIRROR, NULL };
    const char *s = text(b, "destination");
    int i = 0;

    if (s == NULL)
        s = b->settings != NULL ? apr_pstrdup(b->p, hw_settings_destination(b->settings))
                                : "local";
    while (known[i] != NULL && strcmp(known[i], s) != 0)
        i++;
    if (known[i] == NULL)
        return hw_fail_field(b->res, APR_EINVAL, "bad-value", "destination",
                             "must be local, connectwise or mirror");
    if (strcmp(s, HW_MIRROR) == 0 && !hw_mirror_provider(text(b, "preset")))
        return hw_fail_field(b->res, APR_EINVAL, "bad-value", "preset",
                             "a mirror of tickets needs the preset of its PSA: connectwise, "
                             "halopsa, autotask, freshservice or superops");
    if (strcmp(s, HW_MIRROR) == 0 && flag(b, "timeout_alerts_enabled", 0))
        return hw_fail_field(b->res, APR_EINVAL, "bad-value", "timeout_alerts_enabled",
                             "a mirror of tickets has no ticket to open when it is silent");
    b->ep->destination = s;
    return APR_SUCCESS;
}

static void
build_fields(const build_t *b)
{
    static const struct {
        hw_field_e field;
        const char *setting;
    } defaults[] = {
        { HW_F_BOARD, "CW_SERVICE_BOARD" },
        { HW_F_STATUS, "CW_STATUS_NEW" },
        { HW_F_CLOSE_STATUS, "CW_STATUS_CLOSED" },
    };
    hw_endpoint_t *ep = b->ep;

    for (int i = HW_F_TICKET_TYPE; i < HW_F_COUNT; i++)
        ep->fields[i] = text(b, hw_field_names[i]);
    for (int i = 0; strcmp(ep->destination, "connectwise") == 0 && i < 3; i++)
        if (ep->fields[defaults[i].field] == NULL)
            ep->fields[defaults[i].field] = setting(b, defaults[i].setting);
    ep->priorities = setting(b, "PRIORITY_MAP");
    ep->default_company = text(b, "customer_id_default");
    if (ep->default_company == NULL)
        ep->default_company = setting(b, "CW_DEFAULT_COMPANY_ID");
}

static void
build_scalars(const build_t *b)
{
    hw_endpoint_t *ep = b->ep;
    hw_json_t *prefix = value(b, "ticket_prefix");

    ep->name = text(b, "name");
    ep->tenant = text(b, "tenant");
    if (ep->tenant == NULL)
        ep->tenant = "default";
    ep->enabled = flag(b, "is_enabled", 1);
    ep->draft = flag(b, "is_draft", 0);
    ep->prefix = prefix != NULL ? hw_text_trim(json_object_get_string(prefix), b->p)
                                : setting(b, "CW_TICKET_PREFIX");
    if (ep->prefix == NULL)
        ep->prefix = "";
    ep->global_routing = flag(b, "global_routing_enabled", 0);
    ep->reopen_window_minutes = whole(b, "reopen_window_minutes", 0);
    ep->ai_rca = flag(b, "ai_rca_enabled", 0);
    ep->ai_prompt = text(b, "ai_prompt_template");
    ep->timeout_alerts = flag(b, "timeout_alerts_enabled", 0);
    ep->timeout_hours = whole(b, "timeout_hours", 24);
}

static apr_status_t
find_preset(build_t *b, const hw_preset_t **preset)
{
    const char *name = text(b, "preset");
    hw_json_t *doc;
    apr_status_t rv;

    *preset = NULL;
    if (name == NULL)
        return APR_SUCCESS;
    *preset = hw_preset_find(name);
    if (*preset == NULL)
        return hw_fail_field(b->res, APR_EINVAL, "bad-value", "preset",
                             "there is no preset of that name");
    b->ep->preset = (*preset)->name;
    rv = hw_json_parse((*preset)->document, strlen((*preset)->document), NULL, &doc, NULL, b->res,
                       b->p);
    b->preset = doc;
    return in_field(b, rv, "preset");
}

apr_status_t
hw_endpoint_build(const hw_json_t *normal, const hw_settings_t *settings, hw_endpoint_t *ep,
                  hw_result_t *res, apr_pool_t *p)
{
    build_t b = { .own = normal, .settings = settings, .ep = ep, .res = res, .p = p };
    const hw_preset_t *preset;
    apr_status_t rv;

    if ((rv = find_preset(&b, &preset)) != APR_SUCCESS ||
        (rv = build_destination(&b)) != APR_SUCCESS)
        return rv;
    build_scalars(&b);
    build_fields(&b);
    if ((rv = build_trigger(&b)) != APR_SUCCESS ||
        (rv = build_identity(&b)) != APR_SUCCESS ||
        (rv = build_mappings(&b, preset)) != APR_SUCCESS ||
        (rv = build_rules(&b)) != APR_SUCCESS ||
        (rv = build_removals(&b)) != APR_SUCCESS ||
        (rv = hw_notify_compile(value(&b, "notify"), 1, &ep->notify, res, p)) != APR_SUCCESS)
        return rv;
    return hw_windows_compile(value(&b, "maintenance_windows"), &ep->windows, res, p);
}

apr_status_t
hw_endpoint_compile(const hw_json_t *doc, const char *id, const char *version,
                    const hw_settings_t *settings, hw_endpoint_t **out, hw_result_t *res,
                    apr_pool_t *p)
{
    hw_endpoint_t *ep = apr_pcalloc(p, sizeof(*ep));
    hw_settings_t *defaults;
    hw_json_t *normal;
    apr_status_t rv;

    if ((rv = hw_endpoint_check(doc, &normal, res, p)) != APR_SUCCESS)
        return rv;
    if (settings == NULL) {
        if ((rv = hw_settings_load(NULL, &defaults, NULL, res, p)) != APR_SUCCESS)
            return rv;
        settings = defaults;
    }
    ep->id = apr_pstrdup(p, id != NULL ? id : hw_json_get_string(normal, "id"));
    if (ep->id == NULL)
        ep->id = "";
    ep->version = version != NULL ? apr_pstrdup(p, version) : "";
    rv = hw_endpoint_build(normal, settings, ep, res, p);
    if (rv == APR_SUCCESS)
        *out = ep;
    return rv;
}
