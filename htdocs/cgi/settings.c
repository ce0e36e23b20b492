/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: what is in force at hookwised and where it comes from; some may be changed here. */
#include <apr_strings.h>
#include <string.h>

#include "common/result.h"
#include "common/text.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"

apr_status_t
hwc_settings(hwc_t *c, hw_store_t *s, const hw_settings_t **out)
{
    hw_settings_t *over;
    hw_json_t *changed;
    apr_status_t rv;

    if ((rv = hw_store_setting_list(s, &changed, c->res, c->p)) != APR_SUCCESS ||
        (rv = hw_settings_over(c->settings, changed, &over, c->res, c->p)) != APR_SUCCESS)
        return rv;
    *out = over;
    return APR_SUCCESS;
}

static hw_json_t *
words_json(hwc_t *c, const char *text)
{
    const apr_array_header_t *words = hw_text_split(text, '|', c->p);
    hw_json_t *v = json_object_new_array();

    for (int i = 0; i < words->nelts; i++)
        json_object_array_add(v, json_object_new_string(APR_ARRAY_IDX(words, i, const char *)));
    return v;
}

/* --- the list: hookwised's, because it does the work -------------------------------------------- */

#define WORKERS_SHOWN 64 /* of which is looked whether they agree */

/* What this program alone looks at: here its own file is what is in force. */
static const char *const ours[] = {"FORCE_HTTPS", "GUI_TRUSTED_IPS", "REMOTE_USER_ROLES", NULL};

/* What the list is made of. */
typedef struct {
    hw_json_t *own;      /* hw_settings_json of ours with what was changed */
    hw_json_t *workers;  /* of a worker; NULL = none is known */
    const char *worker;  /* its name */
    const char *note;    /* what the reader has to know, or NULL */
} said_t;

static int
is_ours(const char *name)
{
    for (const char *const *s = ours; *s != NULL; s++)
        if (strcmp(name, *s) == 0)
            return 1;
    return 0;
}

/* Which settings two workers read differently, or NULL. */
static const char *
difference(hwc_t *c, const hw_json_t *one, const hw_json_t *two)
{
    const char *names = NULL;

    for (const hw_setting_t *row = hw_settings_table; row->name != NULL; row++)
        if (!json_object_equal(hw_json_get(one, row->name), hw_json_get(two, row->name)))
            names = names == NULL ? row->name : apr_pstrcat(c->p, names, ", ", row->name, NULL);
    return names;
}

static apr_status_t
add_worker(hwc_t *c, hw_queue_t *q, const char *name, said_t *said)
{
    const char *argv[] = {"HGET", apr_pstrcat(c->p, "hw:w:", name, NULL), "settings"};
    const char *differs;
    redisReply *reply;
    hw_json_t *v;
    apr_status_t rv = hw_queue_command(q, 3, argv, NULL, &reply, c->res, c->p);

    if (rv != APR_SUCCESS || reply->type != REDIS_REPLY_STRING)
        return rv; /* one that is gone */
    if ((rv = hw_json_parse(reply->str, reply->len, NULL, &v, NULL, c->res, c->p)) != APR_SUCCESS)
        return rv;
    if (said->workers == NULL) {
        said->workers = v;
        said->worker = name;
    } else if (said->note == NULL && (differs = difference(c, said->workers, v)) != NULL) {
        said->note = apr_psprintf(c->p, "%s reads otherwise: %s", name, differs);
    }
    return APR_SUCCESS;
}

/* Redis may be away or nobody work: then the list is ours, and says so. */
static void
ask_workers(hwc_t *c, said_t *said)
{
    hw_queue_t *q;
    redisReply *reply;
    apr_status_t rv = hwc_queue(c, &q);

    if (rv == APR_SUCCESS)
        rv = hw_queue_commandf(q, &reply, c->res, c->p, "SORT hw:workers LIMIT 0 %d ALPHA",
                               WORKERS_SHOWN); /* the same one with each look */
    for (size_t i = 0; rv == APR_SUCCESS && i < reply->elements; i++)
        rv = add_worker(c, q, reply->element[i]->str, said);
    if (rv != APR_SUCCESS)
        hw_result_reset(c->res);
    if (said->workers == NULL)
        said->note = "no hookwised answers: these are the settings of the admin API, and hookwised "
                     "may have read others";
}

static const hw_json_t *
said_of(const said_t *said, const char *name)
{
    const hw_json_t *own = hw_json_get(said->own, name);
    const hw_json_t *its = hw_json_get(said->workers, name);

    if (its == NULL || is_ours(name) ||
        strcmp(hw_json_get_string(own, "source"), "database") == 0)
        return own;
    return its;
}

static hw_json_t *
setting_json(hwc_t *c, const hw_setting_t *row, const said_t *said)
{
    static const char *const types[] = {"text", "secret", "int", "bool", "list", "url"};
    const hw_json_t *now = said_of(said, row->name);
    const char *source = hw_json_get_string(now, "source");
    hw_json_t *v = json_object_new_object();

    hw_json_set_string(v, "name", row->name);
    hw_json_set_string(v, "type", types[row->type]);
    hw_json_set_string(v, "value", hw_json_get_string(now, "value"));
    hw_json_set_string(v, "default", row->deflt);
    hw_json_set_string(v, "what", row->what);
    hw_json_set_bool(v, "given", strcmp(source, "default") != 0);
    hw_json_set_string(v, "source", source);
    hw_json_set_bool(v, "changeable", hw_settings_may_change(row->name));
    if (row->type == HW_SET_INT) {
        hw_json_set_int(v, "min", row->min);
        hw_json_set_int(v, "max", row->max);
    }
    if (row->type == HW_SET_TEXT && row->one_of != NULL)
        hw_json_set(v, "one_of", words_json(c, row->one_of));
    return v;
}

apr_status_t
hwc_settings_list(hwc_t *c)
{
    hw_json_t *list, *items;
    const hw_settings_t *now;
    said_t said = {0};
    const char *next;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_need_all_tenants(c)) != APR_SUCCESS || (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hwc_settings(c, s, &now)) != APR_SUCCESS)
        return rv;
    said.own = hw_json_own(hw_settings_json(now, c->p), c->p);
    ask_workers(c, &said);
    items = hw_json_own(json_object_new_array(), c->p);
    for (const hw_setting_t *row = hw_settings_table; row->name != NULL; row++)
        json_object_array_add(items, setting_json(c, row, &said));
    if ((rv = hwc_list_part(c, items, &next)) != APR_SUCCESS)
        return rv;
    list = json_object_new_object();
    hw_json_set(list, "items", json_object_get(items));
    hw_json_set_string(list, "next", next);
    hw_json_set_string(list, "worker", said.worker);
    hw_json_set_string(list, "note", said.note);
    return hwc_json(c, 200, list);
}

static apr_status_t
check_one(hwc_t *c, const char *name, const hw_json_t *value)
{
    const hw_setting_t *row = hw_settings_table;

    while (row->name != NULL && strcmp(name, row->name) != 0)
        row++;
    if (row->name == NULL)
        return hw_fail_field(c->res, APR_EINVAL, "unknown-field", name, "is no setting");
    if (!hw_settings_may_change(name))
        return hw_fail_field(c->res, APR_EINVAL, "not-changeable", name,
                             "is changed in hookwised.conf, not here");
    if (json_object_is_type(value, json_type_object) || json_object_is_type(value, json_type_array))
        return hw_fail_field(c->res, APR_EINVAL, "bad-value", name,
                             "takes a text, a number or null");
    return value == NULL ? APR_SUCCESS
                         : hw_settings_check(name, hw_json_text(value, c->p), c->res, c->p);
}

apr_status_t
hwc_settings_put(hwc_t *c)
{
    hw_actor_t by = hwc_actor(c);
    hw_json_t *body;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_need_all_tenants(c)) != APR_SUCCESS ||
        (rv = hwc_body_object(c, &body)) != APR_SUCCESS)
        return rv;
    json_object_object_foreach(body, checked, given)
    {
        if ((rv = check_one(c, checked, given)) != APR_SUCCESS)
            return rv;
    }
    if ((rv = hwc_store(c, &s)) != APR_SUCCESS || (rv = hw_db_begin(s->db, c->res)) != APR_SUCCESS)
        return rv;
    json_object_object_foreach(body, name, value)
    {
        rv = hw_store_setting_set(s, name, value != NULL ? hw_json_text(value, c->p) : NULL, &by,
                                  c->res, c->p);
        if (rv != APR_SUCCESS)
            return rv; /* what was begun is rolled back behind us */
    }
    if ((rv = hw_db_commit(s->db, c->res)) != APR_SUCCESS)
        return rv;
    return hwc_settings_list(c);
}
