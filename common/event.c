/* SPDX-License-Identifier: Apache-2.0 */
/* Events to stream fields and back. */
#include "common/event.h"

#include <apr_strings.h>
#include <string.h>

#include "common/result.h"

int
hw_event_shard(const char *endpoint_id)
{
    apr_uint32_t h = 2166136261u;

    for (; *endpoint_id != '\0'; endpoint_id++) {
        h ^= (unsigned char)*endpoint_id;
        h *= 16777619u;
    }
    return (int)(h % HW_SHARDS);
}

typedef struct {
    const char **argv;
    apr_size_t *lens;
    int n;
} fields_t;

static void
put(fields_t *f, const char *name, const char *value, apr_size_t len)
{
    f->argv[f->n] = name;
    f->lens[f->n++] = strlen(name);
    f->argv[f->n] = value;
    f->lens[f->n++] = len;
}

static void
put_text(fields_t *f, const char *name, const char *value)
{
    if (value == NULL)
        value = "";
    put(f, name, value, strlen(value));
}

int
hw_event_to_fields(const hw_event_t *ev, const char **argv, apr_size_t *lens, apr_pool_t *p)
{
    fields_t f = { .argv = argv, .lens = lens };

    put_text(&f, "v", "1");
    put_text(&f, "id", ev->request_id);
    put_text(&f, "ep", ev->endpoint_id);
    put_text(&f, "k", ev->kind);
    put_text(&f, "t", apr_psprintf(p, "%" APR_TIME_T_FMT, ev->received_at));
    put_text(&f, "ip", ev->source_ip);
    put_text(&f, "m", ev->method);
    put_text(&f, "q", ev->query);
    put_text(&f, "h", ev->headers_json);
    put(&f, "b", ev->body != NULL ? ev->body : "", ev->body != NULL ? ev->body_len : 0);
    put_text(&f, "a", ev->auth_scheme);
    put_text(&f, "av", ev->auth_version);
    put_text(&f, "f", apr_pstrcat(p, ev->unverified ? "u" : "", ev->spooled ? "s" : "",
                                  ev->refused ? "n" : "", ev->tell ? "t" : "", NULL));
    put_text(&f, "rj", ev->rejected);
    put_text(&f, "of", ev->replay_of);
    put_text(&f, "by", ev->replay_by);
    return f.n;
}

static int
goes_into_text(const char *name, apr_size_t len)
{
    return len > 0 && strcmp(name, "v") != 0 && strcmp(name, "b") != 0;
}

const char *
hw_event_text(const hw_event_t *ev, apr_size_t *len, apr_pool_t *p)
{
    const char *argv[2 * HW_EVENT_MAX_FIELDS];
    apr_size_t lens[2 * HW_EVENT_MAX_FIELDS], size = 0;
    int n = hw_event_to_fields(ev, argv, lens, p);
    char *text, *end;

    for (int i = 0; i < n; i += 2)
        size += lens[i] + lens[i + 1] + 2;
    text = end = apr_palloc(p, size);
    for (int i = 0; i < n; i += 2) {
        if (!goes_into_text(argv[i], lens[i + 1]))
            continue;
        memcpy(end, argv[i], lens[i]);
        end += lens[i];
        *end++ = '=';
        memcpy(end, argv[i + 1], lens[i + 1]);
        end += lens[i + 1];
        *end++ = '\0';
    }
    *len = (apr_size_t)(end - text);
    return text;
}

/* Where each field goes; "v", "t", "b" and "f" are read by hand. */
static const struct {
    const char *name;
    apr_size_t offset;
    const char *missing; /* what an absent or empty field means; NULL = it is required */
} texts[] = {
    { "id", offsetof(hw_event_t, request_id), NULL },
    { "ep", offsetof(hw_event_t, endpoint_id), NULL },
    { "k", offsetof(hw_event_t, kind), "webhook" },
    { "ip", offsetof(hw_event_t, source_ip), "" },
    { "m", offsetof(hw_event_t, method), "" },
    { "q", offsetof(hw_event_t, query), "" },
    { "h", offsetof(hw_event_t, headers_json), "{}" },
    { "a", offsetof(hw_event_t, auth_scheme), "" },
    { "av", offsetof(hw_event_t, auth_version), "" },
    { "rj", offsetof(hw_event_t, rejected), "" },
    { "of", offsetof(hw_event_t, replay_of), "" },
    { "by", offsetof(hw_event_t, replay_by), "" },
};

typedef struct {
    const char *const *argv;
    const apr_size_t *lens;
    int argc;
} pairs_t;

static const char *
find(const pairs_t *in, const char *name, apr_size_t *len)
{
    apr_size_t want = strlen(name);

    for (int i = 0; i + 1 < in->argc; i += 2)
        if (in->lens[i] == want && memcmp(in->argv[i], name, want) == 0) {
            *len = in->lens[i + 1];
            return in->argv[i + 1];
        }
    *len = 0;
    return NULL;
}

/* The fields in e become pairs behind those of the entry, which count before them. */
static apr_status_t
unpack(pairs_t *in, hw_result_t *res, apr_pool_t *p)
{
    apr_size_t len;
    const char *at = find(in, "e", &len), *end = at + len;
    const char **argv;
    apr_size_t *lens;
    int n = in->argc - in->argc % 2;

    if (at == NULL || len == 0)
        return hw_fail_field(res, APR_EINVAL, "bad-event", "e", "the field is missing");
    if (end[-1] != '\0')
        return hw_fail_field(res, APR_EINVAL, "bad-event", "e", "it is cut off");
    argv = apr_palloc(p, sizeof(*argv) * ((apr_size_t)n + 2 * HW_EVENT_MAX_FIELDS));
    lens = apr_palloc(p, sizeof(*lens) * ((apr_size_t)n + 2 * HW_EVENT_MAX_FIELDS));
    for (int i = 0; i < n; i++) {
        argv[i] = in->argv[i];
        lens[i] = in->lens[i];
    }
    for (int left = HW_EVENT_MAX_FIELDS; at < end; at += lens[n + 1] + 1, n += 2, left--) {
        const char *value = strchr(at, '=');

        if (left == 0)
            return hw_fail_field(res, APR_EINVAL, "bad-event", "e", "it holds too many fields");
        if (value == NULL)
            return hw_fail_field(res, APR_EINVAL, "bad-event", "e", "a field has no value");
        argv[n] = at;
        lens[n] = (apr_size_t)(value - at);
        at = argv[n + 1] = value + 1;
        lens[n + 1] = strlen(at);
    }
    *in = (pairs_t){ argv, lens, n };
    return APR_SUCCESS;
}

/* A number of decimal digits only, at most 19 of them: what apr_atoi64 can hold. */
static apr_status_t
read_number(const pairs_t *in, const char *name, apr_int64_t *out, hw_result_t *res)
{
    apr_size_t len;
    const char *s = find(in, name, &len);

    if (s == NULL || len == 0 || len > 18)
        return hw_fail_field(res, APR_EINVAL, "bad-event", name, "a number is missing");
    *out = 0;
    for (apr_size_t i = 0; i < len; i++) {
        if (s[i] < '0' || s[i] > '9')
            return hw_fail_field(res, APR_EINVAL, "bad-event", name, "not a decimal number");
        *out = *out * 10 + (s[i] - '0');
    }
    return APR_SUCCESS;
}

static apr_status_t
read_texts(const pairs_t *in, hw_event_t *ev, hw_result_t *res)
{
    for (apr_size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        apr_size_t len;
        const char *s = find(in, texts[i].name, &len);

        if (s == NULL || len == 0) {
            if (texts[i].missing == NULL)
                return hw_fail_field(res, APR_EINVAL, "bad-event", texts[i].name,
                                     "the field is missing");
            s = texts[i].missing;
        } else if (memchr(s, '\0', len) != NULL) {
            return hw_fail_field(res, APR_EINVAL, "bad-event", texts[i].name,
                                 "the field holds a NUL byte");
        }
        *(const char **)((char *)ev + texts[i].offset) = s;
    }
    return APR_SUCCESS;
}

/* They may stand in e and beside it. */
static int
has_flag(const pairs_t *in, char flag)
{
    for (int i = 0; i + 1 < in->argc; i += 2)
        if (in->lens[i] == 1 && in->argv[i][0] == 'f' &&
            memchr(in->argv[i + 1], flag, in->lens[i + 1]) != NULL)
            return 1;
    return 0;
}

apr_status_t
hw_event_from_fields(const char *const *argv, const apr_size_t *lens, int argc, hw_event_t **out,
                     hw_result_t *res, apr_pool_t *p)
{
    pairs_t in = { argv, lens, argc };
    hw_event_t *ev = apr_pcalloc(p, sizeof(*ev));
    apr_int64_t n;
    apr_size_t len;
    apr_status_t rv;

    if ((rv = read_number(&in, "v", &n, res)) != APR_SUCCESS)
        return rv;
    if (n > HW_EVENT_VERSION)
        return hw_fail_field(res, APR_ENOTIMPL, "newer-event", "v",
                             "version %" APR_INT64_T_FMT " is newer than %d", n, HW_EVENT_VERSION);
    if (n < 1)
        return hw_fail_field(res, APR_EINVAL, "bad-event", "v", "there is no version 0");
    if (n == 2 && (rv = unpack(&in, res, p)) != APR_SUCCESS)
        return rv;
    if ((rv = read_texts(&in, ev, res)) != APR_SUCCESS)
        return rv;
    if ((rv = read_number(&in, "t", &n, res)) != APR_SUCCESS)
        return rv;
    ev->received_at = n;
    ev->body = find(&in, "b", &len);
    ev->body_len = len;
    if (ev->body == NULL)
        ev->body = "";
    ev->unverified = has_flag(&in, 'u');
    ev->spooled = has_flag(&in, 's');
    ev->refused = has_flag(&in, 'n');
    ev->tell = has_flag(&in, 't');
    ev->shard = hw_event_shard(ev->endpoint_id);
    *out = ev;
    return APR_SUCCESS;
}

static int
says_heartbeat(const char *s)
{
    return s != NULL && strcmp(s, HW_KIND_HEARTBEAT) == 0;
}

int
hw_event_is_heartbeat(const hw_event_t *ev)
{
    return says_heartbeat(ev->kind) || says_heartbeat(ev->auth_scheme);
}

void
hw_event_replay(hw_event_t *ev, const hw_replay_of_t *how)
{
    ev->kind = "replay";
    ev->replay_of = how->of;
    ev->replay_by = how->by;
    ev->request_id = how->request_id;
    ev->received_at = how->at;
    ev->rejected = "";
    ev->unverified = ev->spooled = 0;
    ev->tell = how->tell;
}
