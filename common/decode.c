/* SPDX-License-Identifier: Apache-2.0 */
/* What a request says, found out from its bytes: senders' Content-Types are not to be trusted. */
#include "common/decode.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "common/crypto.h"
#include "common/decode_charset.h"
#include "common/decode_form.h"
#include "common/result.h"
#include "common/text.h"

typedef struct {
    const hw_event_t *ev;
    hw_decoded_t *d;
    const char *s; /* the body as UTF-8, without BOM and surrounding blanks */
    apr_size_t len;
    hw_result_t *res;
    apr_pool_t *p;
} job_t;

static void
strip(job_t *j)
{
    if (j->len >= 3 && memcmp(j->s, "\xef\xbb\xbf", 3) == 0) {
        j->s += 3;
        j->len -= 3;
    }
    while (j->len > 0 && apr_isspace(*j->s)) {
        j->s++;
        j->len--;
    }
    /* Senders written in C send the NUL that ends their string, too. */
    while (j->len > 0 && (apr_isspace(j->s[j->len - 1]) || j->s[j->len - 1] == '\0'))
        j->len--;
}

static int
looks_structured(const char *s, apr_size_t len)
{
    while (len > 0 && apr_isspace(*s)) {
        s++;
        len--;
    }
    return len > 0 && (*s == '{' || *s == '[');
}

/* Strict first, lenient second; a failure keeps the strict reader's words and offset. */
static apr_status_t
parse_json(job_t *j, const char *s, apr_size_t len, hw_json_t **out, hw_result_t *res)
{
    static const hw_json_opts_t lenient = { .lenient = 1 };
    int repaired = 0;
    apr_status_t rv = hw_json_parse(s, len, NULL, out, NULL, res, j->p);

    if (rv == APR_SUCCESS)
        return rv;
    if (hw_json_parse(s, len, &lenient, out, &repaired, NULL, j->p) != APR_SUCCESS)
        return rv;
    if (res != NULL)
        hw_result_reset(res);
    j->d->repaired = 1;
    return APR_SUCCESS;
}

static apr_status_t
unreadable(job_t *j, const char *why)
{
    return hw_fail(j->res, APR_EINVAL, "unreadable", "%s", why);
}

/* A body that is one JSON string: senders that serialise twice. The text inside may be broken. */
static apr_status_t
decode_string(job_t *j)
{
    const char *s = json_object_get_string(j->d->root);
    apr_size_t len = (apr_size_t)json_object_get_string_len(j->d->root);
    hw_result_t *why = hw_result_make(j->p);
    hw_json_t *inner;

    if (!looks_structured(s, len))
        return APR_SUCCESS; /* a plain text: readable, though no path finds members in it */
    if (parse_json(j, s, len, &inner, why) != APR_SUCCESS) {
        /* An offset of the text inside is none of the body: it goes into the words. */
        return hw_fail(j->res, APR_EINVAL, "unreadable", "inside the JSON string: %s",
                       hw_result_text(why, j->p));
    }
    j->d->root = inner;
    j->d->form = "json-string";
    return APR_SUCCESS;
}

/* An offset of the converted text is none of the body: it goes into the words. */
static apr_status_t
converted_error(job_t *j)
{
    const char *why = hw_result_text(j->res, j->p);

    hw_result_reset(j->res);
    return hw_fail(j->res, APR_EINVAL, "unreadable", "converted from %s: %s", j->d->charset, why);
}

static apr_status_t
decode_json(job_t *j)
{
    j->d->form = "json";
    if (parse_json(j, j->s, j->len, &j->d->root, j->res) != APR_SUCCESS) {
        if (j->res != NULL && j->d->charset != NULL)
            return converted_error(j);
        if (j->res != NULL) {
            j->res->problem = "unreadable";
            if (j->res->offset >= 0)
                j->res->offset += j->s - j->ev->body;
        }
        return APR_EINVAL;
    }
    if (json_object_is_type(j->d->root, json_type_string))
        return decode_string(j);
    return APR_SUCCESS;
}

/* A field that is the real body: payload= (GitHub and others) or data= (Uptime Kuma), or one
 * lone field whose name is the JSON text (a JSON body sent through a form encoder). */
static hw_json_t *
body_in_field(job_t *j, const hw_json_t *fields)
{
    static const char *const names[] = { "payload", "data" };
    hw_json_t *out;

    for (int i = 0; i < 2; i++) {
        hw_json_t *v = hw_json_get(fields, names[i]);
        const char *s = v != NULL ? json_object_get_string(v) : NULL;
        apr_size_t len = v != NULL ? (apr_size_t)json_object_get_string_len(v) : 0;

        if (s != NULL && looks_structured(s, len) &&
            parse_json(j, s, len, &out, NULL) == APR_SUCCESS)
            return out;
    }
    if (json_object_object_length(fields) == 1) {
        json_object_object_foreach((hw_json_t *)fields, key, value)
        {
            if (json_object_get_string_len(value) == 0 && looks_structured(key, strlen(key)) &&
                parse_json(j, key, strlen(key), &out, NULL) == APR_SUCCESS)
                return out;
        }
    }
    return NULL;
}

static void
take_fields(job_t *j, hw_json_t *fields, const char *form, const char *json_form)
{
    hw_json_t *body = body_in_field(j, fields);

    j->d->root = body != NULL ? body : fields;
    j->d->form = body != NULL ? json_form : form;
}

/* Scalars are JSON too: "42", "true", "null". No path finds members in them. */
static int
decode_scalar(job_t *j)
{
    if (hw_json_parse(j->s, j->len, NULL, &j->d->root, NULL, NULL, j->p) != APR_SUCCESS)
        return 0;
    j->d->form = "json";
    return 1;
}

static apr_status_t
decode_other(job_t *j, const char *content_type)
{
    const char *boundary = hw_multipart_boundary(content_type, j->p);
    const char *why = "there is no body and no query string";
    hw_json_t *fields = NULL;
    int loose;

    if (j->len > 0 && hw_multipart_like(j->s, j->len)) {
        fields = hw_multipart_fields(j->s, j->len, boundary, &why, j->p);
        if (fields == NULL)
            return unreadable(j, why);
        take_fields(j, fields, "multipart", "multipart");
        return APR_SUCCESS;
    }
    loose = content_type != NULL &&
            strncasecmp(content_type, "application/x-www-form-urlencoded", 33) == 0;
    if (j->len > 0) {
        fields = hw_form_fields(j->s, j->len, loose, j->d->charset == NULL ? content_type : NULL,
                                &why, j->p);
        if (fields != NULL) {
            take_fields(j, fields, "form", "form-json");
            return APR_SUCCESS;
        }
        if (decode_scalar(j))
            return APR_SUCCESS;
    }
    if (j->ev->query[0] != '\0') {
        const char *ignored;

        fields = hw_form_fields(j->ev->query, strlen(j->ev->query), 1, NULL, &ignored, j->p);
    }
    if (fields == NULL)
        return unreadable(j, why);
    take_fields(j, fields, "query", "query");
    return APR_SUCCESS;
}

/* Amazon SNS wraps the sender's message in its own envelope, as text. */
static void
open_sns(job_t *j)
{
    hw_json_t *root = j->d->root, *inner;
    const char *type = hw_json_get_string(root, "Type");
    const char *message = hw_json_get_string(root, "Message");

    if (type == NULL || message == NULL || hw_json_get_string(root, "TopicArn") == NULL)
        return;
    j->d->sns = 1;
    j->d->sns_type = type;
    j->d->sns_subscribe = hw_json_get_string(root, "SubscribeURL");
    if (strcmp(type, "Notification") == 0 && looks_structured(message, strlen(message)) &&
        parse_json(j, message, strlen(message), &inner, NULL) == APR_SUCCESS)
        j->d->root = inner;
}

/* A push subscription of Google Pub/Sub wraps the sender's message likewise, as base64. */
static void
open_pubsub(job_t *j)
{
    hw_json_t *inner;
    const char *data = hw_json_get_string(hw_json_get(j->d->root, "message"), "data");
    unsigned char *text;
    apr_size_t len;

    if (data == NULL || hw_json_get_string(j->d->root, "subscription") == NULL ||
        hw_unbase64(data, strlen(data), &text, &len, j->p) != APR_SUCCESS)
        return;
    if (looks_structured((const char *)text, len) &&
        parse_json(j, (const char *)text, len, &inner, NULL) == APR_SUCCESS) {
        j->d->root = inner;
        j->d->pubsub = 1;
    }
}

/* Worth opening: an object with members, or a list of objects or lists. "[5]" in a message is
 * prose more often than data. */
static int
worth_opening(const hw_json_t *v)
{
    hw_json_t *first;

    if (json_object_is_type(v, json_type_object))
        return json_object_object_length(v) > 0;
    if (!json_object_is_type(v, json_type_array) || json_object_array_length(v) == 0)
        return 0;
    first = json_object_array_get_idx(v, 0);
    return json_object_is_type(first, json_type_object) ||
           json_object_is_type(first, json_type_array);
}

/* Members of the body that hold JSON as text (Kuma's GET fields, Zabbix tags, a ConnectWise
 * Entity) are opened, so that paths reach into them. Strictly: prose that merely starts with a
 * bracket stays text. */
static void
open_members(job_t *j)
{
    hw_json_t *opened;

    if (!json_object_is_type(j->d->root, json_type_object))
        return;
    json_object_object_foreach(j->d->root, key, value)
    {
        const char *s;
        apr_size_t len;

        if (!json_object_is_type(value, json_type_string))
            continue;
        s = json_object_get_string(value);
        len = (apr_size_t)json_object_get_string_len(value);
        if (looks_structured(s, len) &&
            hw_json_parse(s, len, NULL, &opened, NULL, NULL, j->p) == APR_SUCCESS &&
            worth_opening(opened))
            json_object_object_add(j->d->root, key, json_object_get(opened));
    }
}

static hw_json_t *
read_headers(const hw_event_t *ev, apr_pool_t *p)
{
    hw_json_t *v;

    if (hw_json_parse(ev->headers_json, strlen(ev->headers_json), NULL, &v, NULL, NULL, p) !=
            APR_SUCCESS ||
        !json_object_is_type(v, json_type_object))
        return hw_json_own(json_object_new_object(), p);
    return v;
}

apr_status_t
hw_decode(const hw_event_t *ev, hw_decoded_t **out, hw_result_t *res, apr_pool_t *p)
{
    hw_decoded_t *d = apr_pcalloc(p, sizeof(*d));
    job_t j = { .ev = ev, .d = d, .s = ev->body, .len = ev->body_len, .res = res, .p = p };
    const char *content_type;
    apr_status_t rv;

    d->headers = read_headers(ev, p);
    content_type = hw_json_get_string(d->headers, "content-type");
    d->charset = hw_decode_charset(content_type, &j.s, &j.len, p);
    strip(&j);
    if (j.len > 0 && (*j.s == '"' || looks_structured(j.s, j.len)))
        rv = decode_json(&j);
    else
        rv = decode_other(&j, content_type);
    if (rv != APR_SUCCESS)
        return rv;
    open_sns(&j);
    open_pubsub(&j);
    open_members(&j);
    *out = d;
    return APR_SUCCESS;
}

/* The module asks for every webhook. Nearly all are JSON as it should be, which can be said
 * without making its values. */
int
hw_decode_readable(const hw_event_t *ev, const char **why, apr_pool_t *ptemp)
{
    job_t j = { .ev = ev, .s = ev->body, .len = ev->body_len, .p = ptemp };
    hw_result_t *res;
    hw_decoded_t *d;

    strip(&j);
    if (looks_structured(j.s, j.len) && hw_json_valid(j.s, j.len, ptemp))
        return 1;
    res = hw_result_make(ptemp);
    if (hw_decode(ev, &d, res, ptemp) == APR_SUCCESS)
        return 1;
    if (why != NULL)
        *why = hw_result_text(res, ptemp);
    return 0;
}
