/* SPDX-License-Identifier: Apache-2.0 */
/* Reads expressions and templates into pieces. */
#include "common/map_parts.h"

#include <apr_strings.h>
#include <string.h>

#include "common/result.h"
#include "common/text.h"

#define PATH_FLAGS (HW_PATH_ELEMENT | HW_PATH_HEADERS)

static const char *const names[] = { "monitor_name", "msg", "request_id", NULL };

typedef struct {
    const char *text; /* offsets in errors count from here */
    apr_size_t at, end;
    hw_result_t *res;
    apr_pool_t *p;
} cursor_t;

static int
blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int
word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void
skip_blanks(cursor_t *c)
{
    while (c->at < c->end && blank(c->text[c->at]))
        c->at++;
}

static int
at_path(const cursor_t *c, apr_size_t at)
{
    return at < c->end && (c->text[at] == '$' || c->text[at] == '@');
}

static int
at_coalesce(const cursor_t *c, apr_size_t at)
{
    return at + 1 < c->end && c->text[at] == '|' && c->text[at + 1] == '|';
}

static apr_status_t
fail(const cursor_t *c, apr_size_t at, const char *problem, const char *why)
{
    return hw_fail_at(c->res, APR_EINVAL, problem, NULL, (apr_off_t)at, "%s", why);
}

/* The offset a path compiler set is relative to the path: make it count from the text's start. */
static apr_status_t
shift(const cursor_t *c, apr_status_t rv, apr_size_t by)
{
    if (c->res != NULL && c->res->offset >= 0)
        c->res->offset += (apr_off_t)by;
    return rv;
}

static apr_status_t
parse_path(cursor_t *c, hw_path_t **path)
{
    apr_size_t used = 0, start = c->at;
    apr_status_t rv = hw_path_compile_prefix(c->text + start, c->end - start, PATH_FLAGS, path,
                                             &used, c->res, c->p);

    if (rv != APR_SUCCESS)
        return shift(c, rv, start);
    c->at += used;
    return APR_SUCCESS;
}

/* What follows a path is neither a blank nor an operator: let the path compiler say what is wrong
 * with the whole word. */
static apr_status_t
bad_tail(const cursor_t *c, apr_size_t start)
{
    apr_size_t stop = c->at;
    hw_path_t *path;
    apr_status_t rv;

    while (stop < c->end && !blank(c->text[stop]))
        stop++;
    rv = hw_path_compile(c->text + start, stop - start, PATH_FLAGS, &path, c->res, c->p);
    if (rv != APR_SUCCESS)
        return shift(c, rv, start);
    return fail(c, c->at, "bad-path", "a blank must follow the path");
}

static hw_piece_t *
add_piece(apr_array_header_t *pieces, int kind, const char *text, apr_pool_t *p)
{
    hw_piece_t *piece = apr_array_push(pieces);

    piece->kind = kind;
    piece->text = text;
    piece->paths = kind == HW_PIECE_PATHS ? apr_array_make(p, 1, sizeof(hw_path_t *)) : NULL;
    return piece;
}

/* Punctuation written right behind a path ("$.host: $.msg") goes where its value goes. */
static int
glue(char c)
{
    return c == ',' || c == ':' || c == ';' || c == ')';
}

static apr_status_t
parse_segment_path(cursor_t *c, apr_array_header_t *pieces)
{
    apr_size_t start = c->at, glued;
    hw_piece_t *piece;
    hw_path_t *path;
    apr_status_t rv;

    if ((rv = parse_path(c, &path)) != APR_SUCCESS)
        return rv;
    glued = c->at;
    while (c->at < c->end && glue(c->text[c->at]))
        c->at++;
    if (c->at < c->end && !blank(c->text[c->at])) {
        c->at = glued;
        return bad_tail(c, start);
    }
    piece = add_piece(pieces, HW_PIECE_PATHS,
                      apr_pstrmemdup(c->p, c->text + glued, c->at - glued), c->p);
    APR_ARRAY_PUSH(piece->paths, hw_path_t *) = path;
    return APR_SUCCESS;
}

static apr_status_t
parse_segments(cursor_t *c, apr_array_header_t *pieces)
{
    apr_status_t rv;

    for (skip_blanks(c); c->at < c->end; skip_blanks(c)) {
        apr_size_t start = c->at;

        if (at_path(c, start)) {
            if ((rv = parse_segment_path(c, pieces)) != APR_SUCCESS)
                return rv;
            continue;
        }
        while (c->at < c->end && !blank(c->text[c->at]))
            c->at++;
        add_piece(pieces, HW_PIECE_TEXT, apr_pstrmemdup(c->p, c->text + start, c->at - start),
                  c->p);
    }
    return APR_SUCCESS;
}

/* "{$.a}", "{$.a || @.b}", also "{{ $.a }}"; c->at is on the path's first character. */
static apr_status_t
parse_braced(cursor_t *c, const char *closing, apr_array_header_t *pieces)
{
    hw_piece_t *piece = add_piece(pieces, HW_PIECE_PATHS, "", c->p);
    hw_path_t *path;
    apr_status_t rv;

    for (;;) {
        apr_size_t start = c->at;

        if ((rv = parse_path(c, &path)) != APR_SUCCESS)
            return rv;
        APR_ARRAY_PUSH(piece->paths, hw_path_t *) = path;
        skip_blanks(c);
        if (c->end - c->at >= strlen(closing) &&
            strncmp(c->text + c->at, closing, strlen(closing)) == 0) {
            c->at += strlen(closing);
            return APR_SUCCESS;
        }
        if (!at_coalesce(c, c->at))
            return c->at < c->end && c->text[c->at] != '}' && !blank(c->text[c->at - 1])
                       ? bad_tail(c, start)
                       : fail(c, c->at, "bad-expression", "the path is not closed with a brace");
        c->at += 2;
        skip_blanks(c);
        if (!at_path(c, c->at))
            return fail(c, c->at, "bad-expression", "a path must follow ||");
    }
}

/* "{{ word }}" at `at`? Its word is from *word up to *stop. */
static int
at_name(const cursor_t *c, apr_size_t at, apr_size_t *word, apr_size_t *stop)
{
    apr_size_t close;

    if (at + 1 >= c->end || c->text[at] != '{' || c->text[at + 1] != '{')
        return 0;
    for (*word = at + 2; *word < c->end && c->text[*word] == ' ';)
        ++*word;
    for (*stop = *word; *stop < c->end && word_char(c->text[*stop]);)
        ++*stop;
    for (close = *stop; close < c->end && c->text[close] == ' ';)
        close++;
    return *stop > *word && close + 1 < c->end && c->text[close] == '}' &&
           c->text[close + 1] == '}';
}

/* "{{ word }}" at c->at; *found 0 when it is something else, which stays literal. */
static apr_status_t
parse_name(cursor_t *c, apr_array_header_t *pieces, int *found)
{
    apr_size_t word, stop;

    *found = at_name(c, c->at, &word, &stop);
    if (!*found)
        return APR_SUCCESS;
    for (int i = 0; names[i] != NULL; i++)
        if (strlen(names[i]) == stop - word &&
            strncmp(names[i], c->text + word, stop - word) == 0) {
            add_piece(pieces, HW_PIECE_NAME, names[i], c->p);
            c->at = (apr_size_t)(strstr(c->text + stop, "}}") - c->text) + 2;
            return APR_SUCCESS;
        }
    return fail(c, word, "bad-expression",
                "unknown placeholder: there are monitor_name, msg and request_id");
}

static void
flush_text(const cursor_t *c, hw_buf_t *text, apr_array_header_t *pieces)
{
    if (text->len > 0)
        add_piece(pieces, HW_PIECE_TEXT, apr_pstrmemdup(c->p, text->s, text->len), c->p);
    hw_buf_init(text, c->p);
}

/* A placeholder at c->at, if there is one: *found. */
static apr_status_t
parse_placeholder(cursor_t *c, apr_array_header_t *pieces, int *found)
{
    apr_size_t at = c->at + 1;
    int twice = at < c->end && c->text[at] == '{';

    *found = 1;
    if (at_path(c, at)) {
        c->at = at;
        return parse_braced(c, "}", pieces);
    }
    if (twice) {
        for (at++; at < c->end && c->text[at] == ' ';)
            at++;
        if (at_path(c, at)) {
            c->at = at;
            return parse_braced(c, "}}", pieces);
        }
        return parse_name(c, pieces, found);
    }
    *found = 0;
    return APR_SUCCESS;
}

apr_status_t
hw_pieces_parse(const char *text, apr_size_t at, apr_size_t end, apr_array_header_t **pieces,
                hw_result_t *res, apr_pool_t *p)
{
    cursor_t c = { .text = text, .at = at, .end = end, .res = res, .p = p };
    apr_array_header_t *list = apr_array_make(p, 8, sizeof(hw_piece_t));
    hw_buf_t literal;
    apr_status_t rv;

    hw_buf_init(&literal, p);
    while (c.at < end) {
        if (text[c.at] == '{') {
            apr_array_header_t *found = apr_array_make(p, 1, sizeof(hw_piece_t));
            int yes;

            if ((rv = parse_placeholder(&c, found, &yes)) != APR_SUCCESS)
                return rv;
            if (yes) {
                flush_text(&c, &literal, list);
                apr_array_cat(list, found);
                continue;
            }
        }
        if (text[c.at] == '\\' && c.at + 1 < end && text[c.at + 1] == 'n') {
            hw_buf_addc(&literal, '\n');
            c.at += 2;
        } else {
            hw_buf_addc(&literal, text[c.at++]);
        }
    }
    flush_text(&c, &literal, list);
    *pieces = list;
    return APR_SUCCESS;
}

/* How far a path at `at` reaches: operators inside its brackets and quotes are its own. 1 when it
 * is no path: the parser proper will complain. */
static apr_size_t
path_extent(const cursor_t *c, apr_size_t at)
{
    hw_path_t *path;
    apr_size_t used = 0;
    apr_pool_t *scratch;

    apr_pool_create(&scratch, c->p);
    if (hw_path_compile_prefix(c->text + at, c->end - at, PATH_FLAGS, &path, &used, NULL,
                               scratch) != APR_SUCCESS || used == 0)
        used = 1;
    apr_pool_destroy(scratch);
    return used;
}

/* The end of the alternative that starts at c->at: at "||", in a list also at "|". */
static apr_size_t
alternative_end(const cursor_t *c, int in_list, int *braced)
{
    int fresh = 1, brace = 0; /* fresh: a segment may start here; brace: inside {…} */
    apr_size_t word, stop;

    *braced = 0;
    for (apr_size_t at = c->at; at < c->end;) {
        char ch = c->text[at];

        if (at_path(c, at) && (fresh || brace)) {
            *braced |= brace;
            at += path_extent(c, at);
            fresh = 0;
            continue;
        }
        if (ch == '|' && !brace && (in_list || at_coalesce(c, at)))
            return at;
        if (ch == '{' && at_name(c, at, &word, &stop))
            *braced = 1;
        if (ch == '{' && at_path(c, at + 1))
            brace = 1;
        else if (ch == '}')
            brace = 0;
        fresh = blank(ch);
        at++;
    }
    return c->end;
}

apr_status_t
hw_expr_parse(const char *text, apr_size_t at, int in_list, apr_size_t *end, hw_expr_t **out,
              hw_result_t *res, apr_pool_t *p)
{
    cursor_t c = { .text = text, .at = at, .end = strlen(text), .res = res, .p = p };
    hw_expr_t *e = apr_palloc(p, sizeof(*e));
    apr_status_t rv;

    e->alternatives = apr_array_make(p, 1, sizeof(hw_alternative_t));
    for (;;) {
        hw_alternative_t *alt = apr_array_push(e->alternatives);
        apr_size_t stop = alternative_end(&c, in_list, &alt->braced);
        cursor_t part = c;

        part.end = stop;
        alt->pieces = apr_array_make(p, 2, sizeof(hw_piece_t));
        if (alt->braced) {
            skip_blanks(&part);
            while (part.end > part.at && blank(text[part.end - 1]))
                part.end--;
            rv = hw_pieces_parse(text, part.at, part.end, &alt->pieces, res, p);
        } else {
            rv = parse_segments(&part, alt->pieces);
        }
        if (rv != APR_SUCCESS)
            return rv;
        c.at = stop;
        if (!at_coalesce(&c, stop))
            break;
        c.at += 2;
    }
    *end = c.at;
    *out = e;
    return APR_SUCCESS;
}
