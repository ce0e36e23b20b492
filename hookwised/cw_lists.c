/* SPDX-License-Identifier: Apache-2.0 */
/* ConnectWise Manage: conditions, paged lists, and lists that are remembered for a while. */
#include <apr_hash.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "hookwised/cw.h"

#define FRESH_SECONDS 10  /* a list read so lately is not asked for again */
#define CACHE_ENTRIES 256

/* --- conditions --------------------------------------------------------------------------------- */

/* The API does not document an escape inside quoted text, and gives these a meaning of their own. */
static int
unsafe(char c)
{
    return (unsigned char)c < ' ' || strchr("\"'[]%*\\", c) != NULL;
}

static const char *
longest_piece(const char *text, apr_size_t *len)
{
    const char *best = text, *from = text;

    *len = 0;
    for (const char *s = text;; s++) {
        if (*s != '\0' && !unsafe(*s))
            continue;
        if ((apr_size_t)(s - from) > *len) {
            best = from;
            *len = (apr_size_t)(s - from);
        }
        if (*s == '\0')
            return best;
        from = s + 1;
    }
}

const char *
hwd_cw_equals(const char *field, const char *text, apr_pool_t *p)
{
    int risky = 0, twice = 0, once = 0;
    const char *piece;
    apr_size_t len;

    for (const char *s = text; *s != '\0'; s++) {
        twice |= *s == '"';
        once |= *s == '\'';
        risky |= unsafe(*s) && *s != '"' && *s != '\'';
    }
    if (!risky && !twice)
        return apr_psprintf(p, "%s=\"%s\"", field, text);
    if (!risky && !once)
        return apr_psprintf(p, "%s='%s'", field, text);
    piece = longest_piece(text, &len);
    piece = hw_text_trim(apr_pstrmemdup(p, piece, len), p);
    if (strlen(piece) < 3)
        return NULL;
    return apr_psprintf(p, "%s contains \"%s\"", field, piece);
}

static int
is_number(const char *s)
{
    return *s != '\0' && strlen(s) < 10 && s[strspn(s, "0123456789")] == '\0';
}

static const char *
company_condition(const char *company, apr_pool_t *p)
{
    const char *named = hwd_cw_equals("company/identifier", company, p);

    if (named != NULL && is_number(company))
        return apr_psprintf(p, "(%s or company/id=%s)", named, company);
    return named;
}

const char *
hwd_cw_conditions(const hw_part_t *part, apr_pool_t *p)
{
    const char *company = part->company != NULL ? company_condition(part->company, p) : NULL;
    const char *summary = hwd_cw_equals("summary", part->summary, p);

    if (part->company == NULL || (company == NULL && summary == NULL))
        return apr_psprintf(p, "closedFlag=false and externalXRef=\"%s\"", part->xref);
    return apr_psprintf(p, "closedFlag=false and (externalXRef=\"%s\" or (%s%s%s))", part->xref,
                        summary != NULL ? summary : "",
                        summary != NULL && company != NULL ? " and " : "",
                        company != NULL ? company : "");
}

/* --- lists ---------------------------------------------------------------------------------------- */

apr_status_t
hwd_cw_list(const hwd_call_t *c, const char *path, hw_json_t **out, hw_result_t *res,
            apr_pool_t *p)
{
    hw_json_t *all = hw_json_own(json_object_new_array(), p);
    const char *mark = strchr(path, '?') != NULL ? "&" : "?";

    *out = all;
    for (int page = 1; page <= HWD_CW_PAGES; page++) {
        hwd_cw_request_t req = {
            .method = "GET",
            .path = apr_psprintf(p, "%s%spageSize=%d&page=%d", path, mark, HWD_CW_PAGE, page),
            .repeatable = 1,
        };
        hw_json_t *rows;
        apr_status_t rv = hwd_cw_call(c, &req, &rows, res, p);

        if (rv != APR_SUCCESS)
            return rv;
        if (!json_object_is_type(rows, json_type_array))
            return hw_fail_temp(res, APR_EGENERAL, "bad-answer",
                                "ConnectWise answered %s with something that is no list", path);
        for (apr_size_t i = 0; i < json_object_array_length(rows); i++)
            json_object_array_add(all, json_object_get(json_object_array_get_idx(rows, i)));
        if (json_object_array_length(rows) < HWD_CW_PAGE)
            return APR_SUCCESS;
    }
    return APR_SUCCESS;
}

/* Remembered as text: a tree belongs to one thread. */
typedef struct {
    apr_pool_t *p;
    const char *text;
    apr_time_t at;
} entry_t;

typedef struct {
    apr_pool_t *p;
    apr_hash_t *entries; /* path → entry_t * */
} cache_t;

static cache_t *
cache_of(const hwd_call_t *c)
{
    hwd_dest_t *dest = c->dest;
    cache_t *cache = dest->state;

    if (cache == NULL) {
        apr_pool_t *p = hwd_pool_below(c->d->p);

        cache = apr_pcalloc(p, sizeof(*cache));
        cache->p = p;
        cache->entries = apr_hash_make(p);
        dest->state = cache;
    }
    return cache;
}

static const char *
recall(const hwd_call_t *c, const char *path, int seconds, apr_pool_t *p)
{
    const char *text = NULL;
    entry_t *e;

    pthread_mutex_lock(&c->dest->lock);
    e = apr_hash_get(cache_of(c)->entries, path, APR_HASH_KEY_STRING);
    if (e != NULL && hw_clock_mono() - e->at < apr_time_from_sec(seconds))
        text = apr_pstrdup(p, e->text);
    pthread_mutex_unlock(&c->dest->lock);
    return text;
}

/* A full cache begins anew: it is there for the few lists of a few boards. */
static void
remember(const hwd_call_t *c, const char *path, const char *text)
{
    apr_pool_t *p = hwd_pool_below(c->d->p), *old = NULL;
    cache_t *cache;
    entry_t *e;

    pthread_mutex_lock(&c->dest->lock);
    cache = cache_of(c);
    e = apr_hash_get(cache->entries, path, APR_HASH_KEY_STRING);
    if (e == NULL && apr_hash_count(cache->entries) >= CACHE_ENTRIES) {
        for (apr_hash_index_t *at = apr_hash_first(p, cache->entries); at != NULL;
             at = apr_hash_next(at))
            apr_pool_destroy(((entry_t *)apr_hash_this_val(at))->p);
        old = cache->p;
        c->dest->state = NULL;
        cache = cache_of(c);
    }
    if (e == NULL) {
        e = apr_pcalloc(cache->p, sizeof(*e));
        apr_hash_set(cache->entries, apr_pstrdup(cache->p, path), APR_HASH_KEY_STRING, e);
    } else {
        apr_pool_destroy(e->p);
    }
    e->p = p;
    e->text = apr_pstrdup(p, text);
    e->at = hw_clock_mono();
    pthread_mutex_unlock(&c->dest->lock);
    if (old != NULL)
        apr_pool_destroy(old);
}

apr_status_t
hwd_cw_cached(const hwd_call_t *c, const char *path, int fresh, hw_json_t **out, hw_result_t *res,
              apr_pool_t *p)
{
    const char *text = recall(c, path, fresh ? FRESH_SECONDS : HWD_CW_CACHE, p);
    apr_status_t rv;

    if (text != NULL)
        return hw_json_parse(text, strlen(text), NULL, out, NULL, res, p);
    if ((rv = hwd_cw_list(c, path, out, res, p)) == APR_SUCCESS)
        remember(c, path, hw_json_write(*out, p));
    return rv;
}

/* --- statuses ----------------------------------------------------------------------------------- */

static apr_int64_t
find_name(const hw_json_t *rows, const char *name)
{
    for (apr_size_t i = 0; i < json_object_array_length(rows); i++) {
        const hw_json_t *row = json_object_array_get_idx(rows, i);

        if (hw_text_ieq(hw_json_get_string(row, "name"), name))
            return json_object_get_int64(hw_json_get(row, "id"));
    }
    return 0;
}

static const char *
names(const hw_json_t *rows, apr_pool_t *p)
{
    hw_buf_t b;

    hw_buf_init(&b, p);
    for (apr_size_t i = 0; i < json_object_array_length(rows) && i < 30; i++) {
        const char *name = hw_json_get_string(json_object_array_get_idx(rows, i), "name");

        hw_buf_printf(&b, "%s%s", i > 0 ? ", " : "", name != NULL ? name : "?");
    }
    return b.s;
}

apr_status_t
hwd_cw_status_id(const hwd_call_t *c, apr_int64_t board, const char *name, apr_int64_t *id,
                 hw_result_t *res, apr_pool_t *p)
{
    const char *path = apr_psprintf(
        p, "/service/boards/%" APR_INT64_T_FMT "/statuses?fields=id,name,closedStatus,inactive",
        board);
    hw_json_t *rows = NULL;

    for (int fresh = 0; fresh < 2; fresh++) { /* a status made lately is not in an old list */
        apr_status_t rv = hwd_cw_cached(c, path, fresh, &rows, res, p);

        if (rv != APR_SUCCESS)
            return rv;
        if ((*id = find_name(rows, name)) != 0)
            return APR_SUCCESS;
    }
    return hw_fail(res, APR_NOTFOUND, "no-status",
                   "the ticket's board %" APR_INT64_T_FMT " has no status \"%s\"; it has: %s",
                   board, name, names(rows, p));
}

/* --- lists for people ------------------------------------------------------------------------------ */

#define BOARDS "/service/boards?fields=id,name,inactiveFlag&orderBy=name"

static const struct {
    const char *what, *path;
    int parent;
} catalogues[] = {
    { "boards", BOARDS, 0 },
    { "priorities", "/service/priorities?fields=id,name,color,sortOrder&orderBy=sortOrder", 0 },
    { "companies", "/company/companies?fields=id,identifier,name&orderBy=name", 0 },
    { "statuses", "/service/boards/%s/statuses?fields=id,name,closedStatus,inactive", 1 },
    { "types", "/service/boards/%s/types?fields=id,name,inactiveFlag", 1 },
    { "subtypes", "/service/boards/%s/subtypes?fields=id,name,inactiveFlag", 1 },
    { "items", "/service/boards/%s/items?fields=id,name,inactiveFlag", 1 },
};

static const char *
companies_path(const char *path, const char *query, apr_pool_t *p)
{
    apr_size_t len;
    const char *piece = longest_piece(query, &len), *condition;

    piece = hw_text_trim(apr_pstrmemdup(p, piece, len), p);
    if (*piece == '\0')
        return path;
    condition = apr_psprintf(p, "identifier contains \"%s\" or name contains \"%s\"", piece,
                             piece);
    return apr_pstrcat(p, path, "&conditions=", hw_url_encode(condition, p), NULL);
}

apr_status_t
hwd_cw_catalogue(const hwd_call_t *c, const char *what, const char *parent, const char *query,
                 hw_json_t **out, hw_result_t *res, apr_pool_t *p)
{
    if (strcmp(what, "test") == 0) /* whether it lets us in now: no memory counts */
        return hwd_cw_list(c, BOARDS, out, res, p);
    for (unsigned i = 0; i < sizeof(catalogues) / sizeof(*catalogues); i++) {
        const char *path = catalogues[i].path;

        if (strcmp(what, catalogues[i].what) != 0)
            continue;
        if (catalogues[i].parent && (parent == NULL || !is_number(parent)))
            return hw_fail_field(res, APR_EINVAL, "bad-request", "parent",
                                 "%s belong to a board: its id is needed", what);
        if (catalogues[i].parent) /* the paths come from the table, parent is digits */
            path = apr_pstrcat(p, "/service/boards/", parent, strstr(path, "%s") + 2, NULL);
        else if (strcmp(what, "companies") == 0 && !hw_text_blank(query))
            path = companies_path(path, query, p);
        return hwd_cw_cached(c, path, 0, out, res, p);
    }
    return hw_fail_field(res, APR_EINVAL, "bad-request", "what", "there is no list of \"%s\"",
                         what);
}
