/* SPDX-License-Identifier: Apache-2.0 */
/* Draining the spool: all segments of a folder, oldest record first, dead writers' too. */
#include <apr_file_info.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/result.h"
#include "common/spool_file.h"

#define DRAIN_LOCK "drain.lock"
#define BEGUN_MAX  60 /* seconds; a file of a segment that was begun longer ago has no writer */

/* One segment while it is drained. */
typedef struct {
    const char *path;
    int fd;
    int dead;           /* its writer is gone or has moved on: we hold its lock */
    int unreadable;     /* no spool of ours, or damaged: left alone */
    apr_off_t drained;  /* as remembered in its head */
    apr_off_t done;     /* behind the last record that is safe elsewhere */
    apr_off_t at;       /* behind the last record handed out */
    apr_off_t size;
    apr_time_t next;    /* time of the record at `at`; 0 = none there (yet) */
    apr_uint32_t next_len;
} segment_t;

struct hw_drain_t {
    const char *dir;
    int lock;
    apr_pool_t *p;                /* of the drain; segments live in their own */
    apr_pool_t *segment_pool;     /* cleared when all segments are drained */
    apr_array_header_t *segments; /* of segment_t *, by name */
};

void
hw_drain_close(hw_drain_t *dr)
{
    if (dr->lock < 0)
        return;
    for (int i = 0; i < dr->segments->nelts; i++) {
        segment_t *seg = APR_ARRAY_IDX(dr->segments, i, segment_t *);

        if (seg->fd >= 0)
            close(seg->fd);
    }
    close(dr->lock);
    dr->lock = -1;
}

static apr_status_t
drain_cleanup(void *data)
{
    hw_drain_close(data);
    return APR_SUCCESS;
}

apr_status_t
hw_drain_open(const char *dir, hw_drain_t **out, hw_result_t *res, apr_pool_t *p)
{
    const char *path = apr_pstrcat(p, dir, "/" DRAIN_LOCK, NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    *out = NULL;
    if (fd < 0)
        return hw_fail_field(res, APR_FROM_OS_ERROR(errno), "spool-folder", path,
                             "cannot be opened");
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return APR_SUCCESS;
    }
    *out = apr_pcalloc(p, sizeof(**out));
    **out = (hw_drain_t){.dir = apr_pstrdup(p, dir), .lock = fd, .p = p};
    apr_pool_create(&(*out)->segment_pool, p);
    (*out)->segments = apr_array_make((*out)->segment_pool, 8, sizeof(segment_t *));
    apr_pool_cleanup_register(p, *out, drain_cleanup, apr_pool_cleanup_null);
    return APR_SUCCESS;
}

/* --- one segment ----------------------------------------------------------------------------- */

static void
skip(segment_t *seg, const char *why, apr_array_header_t *skipped)
{
    seg->unreadable = 1;
    seg->next = 0;
    if (skipped != NULL)
        APR_ARRAY_PUSH(skipped, const char *) =
            apr_psprintf(skipped->pool, "%s: %s", seg->path, why);
}

static segment_t *
segment_open(const char *path, apr_array_header_t *skipped, apr_pool_t *p)
{
    segment_t *seg = apr_pcalloc(p, sizeof(*seg));
    unsigned char head[SPOOL_HEAD];

    seg->path = path;
    seg->fd = open(path, O_RDWR | O_CLOEXEC);
    if (seg->fd < 0) {
        skip(seg, "cannot be opened", skipped);
        return seg;
    }
    if (hw_spool_pread(seg->fd, head, sizeof(head), 0) != (apr_ssize_t)sizeof(head) ||
        memcmp(head, SPOOL_MAGIC, SPOOL_MAGIC_LEN) != 0) {
        skip(seg, "is no spool segment", skipped);
        return seg;
    }
    seg->drained = (apr_off_t)get_u64(head + SPOOL_MAGIC_LEN);
    if (seg->drained < SPOOL_HEAD)
        seg->drained = SPOOL_HEAD;
    seg->at = seg->done = seg->drained;
    return seg;
}

/* Looks at the record head behind the last one handed out. */
static void
segment_peek(segment_t *seg)
{
    unsigned char head[SPOOL_REC_HEAD];
    struct stat st;

    seg->next = 0;
    if (seg->unreadable)
        return;
    /* The lock is asked for before the size: a writer that lets go in between has written all. */
    if (!seg->dead)
        seg->dead = flock(seg->fd, LOCK_EX | LOCK_NB) == 0;
    if (fstat(seg->fd, &st) != 0)
        return;
    seg->size = st.st_size;
    if (hw_spool_pread(seg->fd, head, sizeof(head), seg->at) != (apr_ssize_t)sizeof(head))
        return;
    seg->next_len = get_u32(head);
    if (seg->next_len > HW_SPOOL_RECORD_MAX ||
        seg->at + SPOOL_REC_HEAD + (apr_off_t)seg->next_len > seg->size)
        return;
    seg->next = (apr_time_t)get_u64(head + 8);
}

/* Reads the record that segment_peek saw; 0 when its checksum does not hold. */
static int
segment_read(segment_t *seg, hw_spool_record_t *rec, apr_pool_t *p)
{
    unsigned char head[SPOOL_REC_HEAD], *data = apr_palloc(p, (apr_size_t)seg->next_len + 1);

    if (hw_spool_pread(seg->fd, head, sizeof(head), seg->at) != (apr_ssize_t)sizeof(head) ||
        hw_spool_pread(seg->fd, data, seg->next_len, seg->at + SPOOL_REC_HEAD) !=
            (apr_ssize_t)seg->next_len ||
        hw_spool_crc(head + 8, data, seg->next_len) != get_u32(head + 4))
        return 0;
    data[seg->next_len] = '\0';
    *rec = (hw_spool_record_t){.data = data, .len = seg->next_len, .time = seg->next};
    seg->at += SPOOL_REC_HEAD + (apr_off_t)seg->next_len;
    return 1;
}

/* A dead segment's bytes that are no record: a torn tail is only cut, anything more is kept under
 * another name for a person to look at. */
static void
segment_damaged(segment_t *seg, apr_array_header_t *skipped)
{
    const char *kept;

    if (!seg->dead)
        return; /* being written right now: look again later */
    kept = apr_psprintf(skipped != NULL ? skipped->pool : NULL, "%s.damaged", seg->path);
    if (rename(seg->path, kept) == 0)
        skip(seg, "has a damaged record; kept as .damaged", skipped);
    else
        skip(seg, "has a damaged record", skipped);
}

static int
holds_record(const unsigned char *at, apr_off_t left)
{
    apr_uint32_t len = get_u32(at);

    return len > 0 && len <= HW_SPOOL_RECORD_MAX && SPOOL_REC_HEAD + (apr_off_t)len <= left &&
           hw_spool_crc(at + 8, at + SPOOL_REC_HEAD, len) == get_u32(at + 4);
}

/* A record is said to reach beyond the end. It was torn off there, unless whole ones lie behind its
 * head: then its length is damaged. What they hold is not handed out: it may be a body's. */
static int
segment_goes_on(const segment_t *seg)
{
    unsigned char *map;
    int found = 0;

    if (seg->size - seg->at <= SPOOL_REC_HEAD)
        return 0;
    map = mmap(NULL, (size_t)seg->size, PROT_READ, MAP_PRIVATE, seg->fd, 0);
    if (map == MAP_FAILED)
        return 1; /* better kept than cut */
    for (apr_off_t at = seg->at + 1; at + SPOOL_REC_HEAD <= seg->size && !found; at++)
        found = holds_record(map + at, seg->size - at);
    munmap(map, (size_t)seg->size);
    return found;
}

/* --- the folder ------------------------------------------------------------------------------ */

static int
by_path(const void *a, const void *b)
{
    return strcmp((*(segment_t *const *)a)->path, (*(segment_t *const *)b)->path);
}

static int
known(const hw_drain_t *dr, const char *path)
{
    for (int i = 0; i < dr->segments->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(dr->segments, i, segment_t *)->path, path) == 0)
            return 1;
    return 0;
}

static int
ends_in(const char *name, const char *suffix)
{
    apr_size_t len = strlen(name), n = strlen(suffix);

    return len > n && strcmp(name + len - n, suffix) == 0;
}

/* What a writer leaves that dies in the moment it begins a segment: no event is in it. */
static void
remove_begun(const char *path)
{
    struct stat st;

    if (stat(path, &st) == 0 && st.st_size <= SPOOL_HEAD && time(NULL) - st.st_mtime > BEGUN_MAX)
        unlink(path);
}

static apr_status_t
look_for_segments(hw_drain_t *dr, apr_array_header_t *skipped, hw_result_t *res, apr_pool_t *ptemp)
{
    apr_dir_t *dir;
    apr_finfo_t info;
    apr_status_t rv = apr_dir_open(&dir, dr->dir, ptemp);

    if (rv != APR_SUCCESS)
        return hw_fail_field(res, rv, "spool-folder", dr->dir, "cannot be read");
    while (apr_dir_read(&info, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        const char *path;

        if (ends_in(info.name, HW_SPOOL_SUFFIX SPOOL_BEGUN))
            remove_begun(apr_pstrcat(ptemp, dr->dir, "/", info.name, NULL));
        if (!ends_in(info.name, HW_SPOOL_SUFFIX))
            continue;
        path = apr_pstrcat(dr->segment_pool, dr->dir, "/", info.name, NULL);
        if (!known(dr, path))
            APR_ARRAY_PUSH(dr->segments, segment_t *) =
                segment_open(path, skipped, dr->segment_pool);
    }
    apr_dir_close(dir);
    qsort(dr->segments->elts, (size_t)dr->segments->nelts, sizeof(segment_t *), by_path);
    return APR_SUCCESS;
}

static segment_t *
oldest(hw_drain_t *dr)
{
    segment_t *best = NULL;

    for (int i = 0; i < dr->segments->nelts; i++) {
        segment_t *seg = APR_ARRAY_IDX(dr->segments, i, segment_t *);

        if (seg->next == 0)
            segment_peek(seg);
        if (seg->next != 0 && (best == NULL || seg->next < best->next))
            best = seg;
    }
    return best;
}

/* Of the segments that are read to their end, before hw_drain_done takes them away. */
static void
look_for_damage(const hw_drain_t *dr, apr_array_header_t *skipped)
{
    for (int i = 0; i < dr->segments->nelts; i++) {
        segment_t *seg = APR_ARRAY_IDX(dr->segments, i, segment_t *);

        if (seg->next == 0)
            segment_peek(seg);
        if (!seg->unreadable && seg->dead && seg->next == 0 && segment_goes_on(seg))
            segment_damaged(seg, skipped);
    }
}

apr_status_t
hw_drain_next(hw_drain_t *dr, int max, apr_array_header_t **records, apr_array_header_t **skipped,
              hw_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *told = apr_array_make(p, 2, sizeof(const char *));
    segment_t *seg;
    apr_status_t rv;

    *records = apr_array_make(p, max, sizeof(hw_spool_record_t));
    if (skipped != NULL)
        *skipped = told;
    if ((rv = look_for_segments(dr, told, res, p)) != APR_SUCCESS)
        return rv;
    while ((*records)->nelts < max && (seg = oldest(dr)) != NULL) {
        hw_spool_record_t rec;

        if (segment_read(seg, &rec, p))
            APR_ARRAY_PUSH(*records, hw_spool_record_t) = rec;
        else if (seg->dead)
            segment_damaged(seg, told);
        else
            break; /* half written: the others may wait for it, order is kept */
        seg->next = 0;
    }
    look_for_damage(dr, told);
    return APR_SUCCESS;
}

/* Drained to its end, and nobody writes to it any more. */
static int
segment_over(segment_t *seg)
{
    segment_peek(seg);
    return !seg->unreadable && seg->dead && seg->next == 0;
}

static apr_status_t
segment_remember(segment_t *seg, hw_result_t *res)
{
    unsigned char offset[8];
    char text[120];
    int e;

    if (seg->unreadable || seg->at == seg->drained)
        return APR_SUCCESS;
    put_u64(offset, (apr_uint64_t)seg->at);
    if (hw_spool_pwrite(seg->fd, offset, sizeof(offset), SPOOL_MAGIC_LEN) < 0) {
        e = APR_FROM_OS_ERROR(errno);
        return hw_fail_field(res, e, "spool-write", seg->path,
                             "cannot remember what is drained: %s",
                             apr_strerror(e, text, sizeof(text)));
    }
    seg->drained = seg->at;
    return APR_SUCCESS;
}

apr_status_t
hw_drain_done(hw_drain_t *dr, hw_result_t *res)
{
    apr_status_t rv = APR_SUCCESS;
    int left = 0;

    for (int i = 0; i < dr->segments->nelts; i++) {
        segment_t *seg = APR_ARRAY_IDX(dr->segments, i, segment_t *);

        if (seg->fd < 0)
            continue;
        seg->done = seg->at;
        if (!segment_over(seg)) {
            if (rv == APR_SUCCESS)
                rv = segment_remember(seg, res);
            left++;
            continue;
        }
        unlink(seg->path); /* what is left behind `at` is a torn tail, or nothing */
        close(seg->fd);
        seg->fd = -1;
        seg->unreadable = 1;
    }
    if (left == 0) {
        apr_pool_clear(dr->segment_pool);
        dr->segments = apr_array_make(dr->segment_pool, 8, sizeof(segment_t *));
    }
    return rv;
}

void
hw_drain_undo(hw_drain_t *dr)
{
    for (int i = 0; i < dr->segments->nelts; i++) {
        segment_t *seg = APR_ARRAY_IDX(dr->segments, i, segment_t *);

        seg->at = seg->done;
        seg->next = 0;
    }
}

apr_status_t
hw_spool_count(const char *dir, apr_int64_t *count, hw_result_t *res, apr_pool_t *p)
{
    hw_drain_t look = {.dir = dir, .lock = -1, .p = p, .segment_pool = p};
    apr_status_t rv;

    *count = 0;
    look.segments = apr_array_make(p, 8, sizeof(segment_t *));
    if ((rv = look_for_segments(&look, NULL, res, p)) != APR_SUCCESS)
        return rv;
    for (int i = 0; i < look.segments->nelts; i++) {
        segment_t *seg = APR_ARRAY_IDX(look.segments, i, segment_t *);

        seg->dead = 1; /* do not ask for its lock: a writer must be able to keep it */
        for (segment_peek(seg); seg->next != 0; segment_peek(seg)) {
            seg->at += SPOOL_REC_HEAD + (apr_off_t)seg->next_len;
            (*count)++;
        }
        if (seg->fd >= 0)
            close(seg->fd);
    }
    return APR_SUCCESS;
}
