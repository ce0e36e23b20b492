/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of the texts of notes, and of recognising them. */
#include "hookwised/note.h"

#include <string.h>

#include "t/lib/tap.h"

#define AT apr_time_from_sec(1800000000)

static void
check_text(apr_pool_t *p)
{
    hw_event_t ev = { .request_id = "r1" };
    hwd_span_t one = { .count = 1, .first_ref = hwd_note_ref(&ev, 2, p) };
    hwd_span_t many = { .count = 12, .first_ref = "[r1/0]", .first_entry = "100-1",
                        .last_entry = "200-5", .first_part = 0, .last_part = 3,
                        .first_at = AT, .last_at = AT + apr_time_from_sec(61) };

    is(hwd_note_text("disk is full", &one, p), "disk is full\n\n[r1/2]", "one event");
    is(hwd_note_text(NULL, &one, p), "\n\n[r1/2]", "that says nothing");
    is(hwd_note_text("still full", &many, p),
       "still full\n\n12 events between 2027-01-15T08:00:00.000Z and 2027-01-15T08:01:01.000Z.\n\n"
       "[r1/0] 100-1/0 to 200-5/3",
       "several");
}

static void
check_covers(void)
{
    const char *one = "text with [brackets] in it\n\n[r1/2]";
    const char *many = "text\n\n12 events between a and b.\n\n[r1/0] 100-1/0 to 200-5/3";

    ok(hwd_note_covers(one, "[r1/2]", "1-1", 2), "its own event");
    ok(!hwd_note_covers(one, "[r1/1]", "1-1", 1), "not another part of it");
    ok(!hwd_note_covers(one, "[r2/2]", "1-1", 2), "nor another event");
    ok(hwd_note_covers(many, "[r1/0]", "100-1", 0), "the first of several");
    ok(hwd_note_covers(many, "[r9/0]", "150-0", 0), "one between");
    ok(hwd_note_covers(many, "[r9/3]", "200-5", 3), "the last");
    ok(!hwd_note_covers(many, "[r9/4]", "200-5", 4), "the part behind it is not covered");
    ok(!hwd_note_covers(many, "[r9/0]", "200-6", 0), "nor the entry behind it");
    ok(!hwd_note_covers(many, "[r9/0]", "100-0", 0), "nor the one before the first");
    ok(!hwd_note_covers(many, "[r9/0]", "99-7", 0), "nor an older one");
    ok(hwd_note_covers(many, "[r9/0]", "1000-0", 0) == 0, "numbers are compared as numbers");
    ok(!hwd_note_covers("a human wrote [r9/1] 1-1", "[r9/0]", "1-1", 0), "a human's note");
    ok(!hwd_note_covers("[x] 1-1/0 to", "[r9/0]", "1-1", 0), "half a reference");
    ok(!hwd_note_covers("", "[r9/0]", "1-1", 0), "an empty note");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    check_text(p);
    check_covers();
    return tap_done();
}
