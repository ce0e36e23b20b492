/* SPDX-License-Identifier: Apache-2.0 */
/* The spool: order over segments, dead and live writers, torn tails, damage, and record contents. */
#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/spool_file.h"
#include "t/lib/folder.h"
#include "t/lib/tap.h"

static apr_int64_t
waiting(const char *dir, apr_pool_t *p)
{
    apr_int64_t n = -1;

    hw_spool_count(dir, &n, NULL, p);
    return n;
}

static void
put(hw_spool_t *sp, const char *text, apr_time_t t)
{
    if (hw_spool_append(sp, text, strlen(text), t, NULL) != APR_SUCCESS)
        ok(0, "append of %s", text);
}

/* "a b c": what one call hands out; skipped files are counted. */
static const char *
drain(hw_drain_t *dr, int max, int *skipped, apr_pool_t *p)
{
    apr_array_header_t *records, *told;
    const char *all = "";

    if (hw_drain_next(dr, max, &records, &told, NULL, p) != APR_SUCCESS)
        return "error";
    for (int i = 0; i < records->nelts; i++) {
        hw_spool_record_t *r = &APR_ARRAY_IDX(records, i, hw_spool_record_t);

        all = apr_pstrcat(p, all, i ? " " : "", (const char *)r->data, NULL);
    }
    if (skipped != NULL)
        *skipped += told->nelts;
    return all;
}

static int
files(const char *dir, const char *suffix, apr_pool_t *p)
{
    apr_dir_t *d;
    apr_finfo_t info;
    int n = 0;

    apr_dir_open(&d, dir, p);
    while (apr_dir_read(&info, APR_FINFO_NAME, d) == APR_SUCCESS) {
        apr_size_t len = strlen(info.name), s = strlen(suffix);

        n += len > s && strcmp(info.name + len - s, suffix) == 0;
    }
    apr_dir_close(d);
    return n;
}

static const char *
only_file(const char *dir, apr_pool_t *p)
{
    apr_dir_t *d;
    apr_finfo_t info;
    const char *path = NULL;

    apr_dir_open(&d, dir, p);
    while (apr_dir_read(&info, APR_FINFO_NAME, d) == APR_SUCCESS)
        if (strstr(info.name, HW_SPOOL_SUFFIX) != NULL)
            path = apr_pstrcat(p, dir, "/", info.name, NULL);
    apr_dir_close(d);
    return path;
}

static void
order_and_removal(apr_pool_t *p)
{
    const char *dir = folder_make("/tmp", p);
    hw_spool_t *one, *two;
    hw_drain_t *dr, *other;
    int skipped = 0;

    hw_spool_make(dir, &one, NULL, p);
    hw_spool_make(dir, &two, NULL, p);
    is_int(files(dir, HW_SPOOL_SUFFIX, p), 0, "no segment before the first append");
    put(one, "a", 10);
    put(two, "b", 20);
    put(one, "c", 30);
    put(two, "d", 40);
    is_int(hw_spool_sync(one, NULL), APR_SUCCESS, "sync");
    hw_spool_sync(two, NULL);
    is_int(waiting(dir, p), 4, "four records wait");
    is_int(hw_drain_open(dir, &dr, NULL, p), APR_SUCCESS, "drain begins");
    ok(dr != NULL, "the lock is ours");
    hw_drain_open(dir, &other, NULL, p);
    ok(other == NULL, "a second drain of the same folder waits");
    is(drain(dr, 3, &skipped, p), "a b c", "oldest first over both segments");
    hw_drain_done(dr, NULL);
    is_int(waiting(dir, p), 1, "one record is left");
    hw_drain_close(dr);
    hw_drain_open(dir, &dr, NULL, p);
    is(drain(dr, 10, &skipped, p), "d", "a new drain goes on behind what is done");
    hw_drain_done(dr, NULL);
    is_int(files(dir, HW_SPOOL_SUFFIX, p), 2, "segments of living writers stay");
    put(one, "e", 50);
    hw_spool_sync(one, NULL);
    hw_spool_release(one);
    hw_spool_release(two);
    is(drain(dr, 10, &skipped, p), "e", "what came later in a known segment");
    hw_drain_done(dr, NULL);
    is_int(files(dir, HW_SPOOL_SUFFIX, p), 0, "drained segments of finished writers are gone");
    is_int(skipped, 0, "nothing was skipped");
    put(one, "f", 60);
    hw_spool_sync(one, NULL);
    is(drain(dr, 10, NULL, p), "f", "a writer that goes on begins a new segment");
    hw_drain_close(dr);
}

static void
not_done_is_repeated(apr_pool_t *p)
{
    const char *dir = folder_make("/tmp", p);
    hw_spool_t *sp;
    hw_drain_t *dr;

    hw_spool_make(dir, &sp, NULL, p);
    put(sp, "a", 1);
    put(sp, "b", 2);
    hw_spool_sync(sp, NULL);
    hw_drain_open(dir, &dr, NULL, p);
    is(drain(dr, 10, NULL, p), "a b", "handed out");
    hw_drain_close(dr);
    hw_drain_open(dir, &dr, NULL, p);
    is(drain(dr, 10, NULL, p), "a b", "handed out again when the drain died before it was done");
    hw_drain_close(dr);
    hw_spool_undo(sp);
    put(sp, "c", 3);
    hw_spool_undo(sp);
    is_int(waiting(dir, p), 2, "an unsynced record can be taken back");
}

static void
torn_tail(apr_pool_t *p)
{
    const char *dir = folder_make("/tmp", p), *path;
    hw_spool_t *sp;
    hw_drain_t *dr;
    struct stat st;
    int skipped = 0;

    hw_spool_make(dir, &sp, NULL, p);
    put(sp, "whole", 1);
    put(sp, "torn", 2);
    hw_spool_sync(sp, NULL);
    path = only_file(dir, p);
    stat(path, &st);
    ok(truncate(path, st.st_size - 2) == 0, "the last record is torn");
    hw_drain_open(dir, &dr, NULL, p);
    is(drain(dr, 10, &skipped, p), "whole", "the whole record comes");
    hw_drain_done(dr, NULL);
    is_int(files(dir, HW_SPOOL_SUFFIX, p), 1, "a living writer's segment waits for its end");
    hw_spool_release(sp);
    is(drain(dr, 10, &skipped, p), "", "nothing more");
    hw_drain_done(dr, NULL);
    is_int(files(dir, HW_SPOOL_SUFFIX, p), 0, "a dead writer's torn tail is cut");
    is_int(skipped, 0, "and is no damage");
    hw_drain_close(dr);
}

/* Of three records the second one gets another byte at that place. A stray file lies beside them. */
static void
damage(const char *what, const char *byte, off_t at, apr_pool_t *p)
{
    const char *dir = folder_make("/tmp", p), *odd;
    hw_spool_t *sp;
    hw_drain_t *dr;
    int fd, skipped = 0;

    hw_spool_make(dir, &sp, NULL, p);
    put(sp, "good", 1);
    put(sp, "flipped", 2);
    put(sp, "behind", 3);
    hw_spool_sync(sp, NULL);
    fd = open(only_file(dir, p), O_RDWR);
    ok(pwrite(fd, byte, 1, SPOOL_HEAD + SPOOL_REC_HEAD + 4 + at) == 1, "%s: a bit flips", what);
    close(fd);
    hw_spool_release(sp);
    odd = apr_pstrcat(p, dir, "/00-notes" HW_SPOOL_SUFFIX, NULL);
    fd = open(odd, O_RDWR | O_CREAT, 0600);
    ok(write(fd, "no spool of ours", 16) == 16, "a stray file");
    close(fd);
    hw_drain_open(dir, &dr, NULL, p);
    is(drain(dr, 10, &skipped, p), "good", "what is before the damage comes");
    is_int(skipped, 2, "the stray file and the damaged segment are told");
    hw_drain_done(dr, NULL);
    is_int(files(dir, ".damaged", p), 1, "the damaged segment is kept under another name");
    is_int(files(dir, HW_SPOOL_SUFFIX, p), 1, "where it is not read again");
    ok(access(odd, F_OK) == 0, "the stray file is left alone");
    hw_drain_close(dr);
}

static void
folder_errors(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_spool_t *sp;
    const char *dir = folder_make("/tmp", p), *gone = apr_pstrcat(p, dir, "/none", NULL);

    ok(hw_spool_make(gone, &sp, res, p) != APR_SUCCESS, "a missing folder is refused");
    is(hw_result_text(res, p), apr_pstrcat(p, gone, ": No such file or directory", NULL), "by name");
    hw_spool_make(dir, &sp, res, p);
    rmdir(dir);
    hw_result_reset(res);
    ok(hw_spool_append(sp, "x", 1, 1, res) != APR_SUCCESS, "a folder that went away");
    is(res->problem, "spool-write", "is a write error");
    is_int(res->cls, HW_TEMPORARY, "and temporary");
}

static void
removed_segment(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    const char *dir = folder_make("/tmp", p);
    hw_spool_t *sp;

    hw_spool_make(dir, &sp, NULL, p);
    put(sp, "before", 1);
    is_int(hw_spool_sync(sp, res), APR_SUCCESS, "a segment");
    ok(unlink(only_file(dir, p)) == 0, "somebody removes it");
    put(sp, "into nowhere", 2);
    ok(hw_spool_sync(sp, res) != APR_SUCCESS, "what is written then is not said to be stored");
    ok(strstr(res->detail, "its segment was removed") != NULL, "and why: %s", res->detail);
    is_int(res->cls, HW_TEMPORARY, "which is temporary");
    put(sp, "again", 3);
    is_int(hw_spool_sync(sp, NULL), APR_SUCCESS, "the next one goes to a new segment");
    is_int(waiting(dir, p), 1, "where it is found");
    hw_spool_release(sp);
}

static void
moved_folder(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    const char *dir = folder_make("/tmp", p), *elsewhere = apr_pstrcat(p, dir, ".old", NULL);
    hw_spool_t *sp;

    hw_spool_make(dir, &sp, NULL, p);
    put(sp, "before", 1);
    is_int(hw_spool_sync(sp, res), APR_SUCCESS, "a segment");
    ok(rename(dir, elsewhere) == 0, "somebody moves the folder");
    put(sp, "where nobody looks", 2);
    ok(hw_spool_sync(sp, res) != APR_SUCCESS, "what is written then is not said to be stored");
    ok(mkdir(dir, 0700) == 0, "and makes a new one");
    put(sp, "again", 3);
    is_int(hw_spool_sync(sp, NULL), APR_SUCCESS, "the next one goes there");
    is_int(waiting(dir, p), 1, "where it is found");
    hw_spool_release(sp);
    folder_remove((void *)elsewhere);
}

/* Files may not grow beyond so many bytes, nor be written there. */
static void
limit_files(rlim_t bytes)
{
    struct rlimit limit;

    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
}

static void
unwritable(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    const char *dir = folder_make("/tmp", p), *said;
    hw_drain_t *dr;
    hw_spool_t *sp;
    int failed;

    signal(SIGXFSZ, SIG_IGN);
    hw_spool_make(dir, &sp, NULL, p);
    for (int i = 0; i < 4; i++)
        put(sp, apr_psprintf(p, "%d", i), i + 1);
    hw_spool_sync(sp, NULL);
    hw_drain_open(dir, &dr, NULL, p);
    is(drain(dr, 2, NULL, p), "0 1", "two are drained");
    limit_files(SPOOL_MAGIC_LEN);
    failed = hw_drain_done(dr, res) != APR_SUCCESS;
    limit_files(RLIM_INFINITY);
    ok(failed, "which cannot be noted");
    is(res->problem, "spool-write", "as is said");
    said = strstr(res->detail, "cannot remember what is drained: File too large");
    ok(said != NULL, "with the reason: %s", res->detail);
    is(drain(dr, 1, NULL, p), "2", "it goes on behind them all the same");
    hw_drain_undo(dr);
    is(drain(dr, 10, NULL, p), "2 3", "what did not get there comes again, and only that");
    hw_spool_release(sp);
    limit_files(SPOOL_MAGIC_LEN);
    is_int(hw_drain_done(dr, NULL), APR_SUCCESS, "at the end of a segment nothing is to be noted");
    limit_files(RLIM_INFINITY);
    is_int(files(dir, HW_SPOOL_SUFFIX, p), 0, "it is removed");
    hw_drain_close(dr);
}

static void
contents(apr_pool_t *p)
{
    hw_event_t ev = {.request_id = "3f2c", .endpoint_id = "ep", .kind = "webhook",
                     .received_at = 1763619248412000, .source_ip = "192.0.2.7", .method = "POST",
                     .query = "", .headers_json = "{}", .body = "a\0b\xff", .body_len = 4,
                     .auth_scheme = "bearer", .auth_version = "00ff", .rejected = "",
                     .replay_of = "", .replay_by = ""};
    hw_enqueue_t e = {.event = &ev, .version = "00ff", .dedup_window = 60, .body_sha256 = "ab",
                      .sender_id = "s-1", .config_name = "Kuma"}, *back;
    hw_spool_record_t rec = {.time = 1};

    hw_spool_encode(&e, &rec.data, &rec.len, p);
    is_int(hw_spool_decode(&rec, &back, NULL, p), APR_SUCCESS, "a record comes back");
    is(back->event->request_id, "3f2c", "request id");
    is_int(back->event->body_len, 4, "body length");
    ok(memcmp(back->event->body, "a\0b\xff", 4) == 0, "the body's exact bytes");
    is_int(back->event->received_at == ev.received_at, 1, "time");
    ok(back->event->spooled && back->event->unverified, "marked spooled and unverified");
    is(back->event->auth_version, "00ff", "with the version it was checked against");
    is_int(back->dedup_window, 60, "window");
    is(back->sender_id, "s-1", "sender id");
    is(back->version, HW_VERSION_ANY, "no version to compare");
    for (apr_size_t cut = 0; cut < rec.len; cut++) {
        hw_spool_record_t part = rec;

        part.data = apr_pmemdup(p, rec.data, cut + 1);
        part.len = cut;
        if (hw_spool_decode(&part, &back, NULL, p) == APR_SUCCESS)
            ok(0, "cut at %d is refused", (int)cut);
    }
    ok(1, "no shortened record is taken for whole");
}

#define BEGUN 400

typedef struct {
    hw_spool_t *sp;
    atomic_int ended;
} writer_t;

/* Begins segments, with a record each. */
static void *APR_THREAD_FUNC
begin_many(apr_thread_t *thread, void *data)
{
    writer_t *w = data;

    (void)thread;
    for (int i = 0; i < BEGUN; i++) {
        put(w->sp, "x", 1 + i);
        hw_spool_sync(w->sp, NULL);
        hw_spool_release(w->sp);
    }
    w->ended = 1;
    return NULL;
}

/* A drain looks into the folder all the time while segments are begun. */
static void
drained_while_begun(apr_pool_t *p)
{
    const char *dir = folder_make("/tmp", p);
    int told = 0, got = 0, ended = 0;
    apr_thread_t *thread;
    apr_status_t rv;
    writer_t w = {0};

    hw_spool_make(dir, &w.sp, NULL, p);
    ok(apr_thread_create(&thread, NULL, begin_many, &w, p) == APR_SUCCESS, "a writer");
    while (!ended) { /* once more after its end */
        apr_pool_t *ptemp;
        hw_drain_t *dr;

        ended = w.ended;
        apr_pool_create(&ptemp, p);
        hw_drain_open(dir, &dr, NULL, ptemp);
        got += (int)(strlen(drain(dr, BEGUN, &told, ptemp)) + 1) / 2;
        hw_drain_done(dr, NULL);
        apr_pool_destroy(ptemp);
    }
    apr_thread_join(&rv, thread);
    is_int(told, 0, "no segment is taken for something else while it is begun");
    is_int(got, BEGUN, "and each is drained");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    order_and_removal(p);
    not_done_is_repeated(p);
    torn_tail(p);
    damage("in its text", "X", SPOOL_REC_HEAD + 1, p);
    damage("in its length, which then seems to reach beyond the end", "\1", 1, p);
    folder_errors(p);
    removed_segment(p);
    moved_folder(p);
    unwritable(p);
    drained_while_begun(p);
    contents(p);
    return tap_done();
}
