/* SPDX-License-Identifier: Apache-2.0 */
/* Notes: their wording, and recognising them again. */
#include "hookwised/note.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/text.h"

#define SAID_MAX 20000 /* characters of one event's text in a note */

const char *
hwd_note_ref(const hw_event_t *ev, int part, apr_pool_t *p)
{
    return apr_psprintf(p, "[%s/%d]", ev->request_id, part);
}

const char *
hwd_note_text(const char *said, const hwd_span_t *span, apr_pool_t *p)
{
    const char *text = hw_text_cut(said != NULL ? said : "", SAID_MAX, p);

    if (span->count <= 1)
        return apr_psprintf(p, "%s\n\n%s", text, span->first_ref);
    return apr_psprintf(p, "%s\n\n%d events between %s and %s.\n\n%s %s/%d to %s/%d", text,
                        span->count, hw_time_rfc3339(span->first_at, p),
                        hw_time_rfc3339(span->last_at, p), span->first_ref, span->first_entry,
                        span->first_part, span->last_entry, span->last_part);
}

typedef struct {
    unsigned long long ms, seq;
    long part;
} place_t;

/* "1732170000000-5/0" */
static int
read_place(const char *s, char **end, place_t *out)
{
    out->ms = strtoull(s, end, 10);
    if (*end == s || **end != '-')
        return 0;
    s = *end + 1;
    out->seq = strtoull(s, end, 10);
    if (*end == s || **end != '/')
        return 0;
    s = *end + 1;
    out->part = strtol(s, end, 10);
    return *end != s;
}

static int
compare(const place_t *a, const place_t *b)
{
    if (a->ms != b->ms)
        return a->ms < b->ms ? -1 : 1;
    if (a->seq != b->seq)
        return a->seq < b->seq ? -1 : 1;
    return a->part < b->part ? -1 : a->part > b->part;
}

/* The last line of a merged note: "[request/part] entry/part to entry/part". */
static int
inside(const char *line, const place_t *at)
{
    const char *s = strstr(line, "] ");
    place_t first, last;
    char *end;

    if (*line != '[' || s == NULL || !read_place(s + 2, &end, &first) ||
        strncmp(end, " to ", 4) != 0 || !read_place(end + 4, &end, &last))
        return 0;
    return compare(&first, at) <= 0 && compare(at, &last) <= 0;
}

int
hwd_note_covers(const char *text, const char *ref, const char *entry, int part)
{
    const char *line;
    char place[96], *end;
    place_t at;

    if (strstr(text, ref) != NULL)
        return 1;
    apr_snprintf(place, sizeof(place), "%s/%d", entry, part);
    if (!read_place(place, &end, &at))
        return 0;
    line = strrchr(text, '[');
    return line != NULL && inside(line, &at);
}
