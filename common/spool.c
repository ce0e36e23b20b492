/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the spool: append, group sync, take back, rotate. */
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/result.h"
#include "common/spool_file.h"

struct hw_spool_t {
    const char *dir;
    int fd;              /* -1 = no segment open */
    char path[1024];     /* of the segment */
    apr_off_t size;      /* bytes of the segment, unsynced ones included */
    apr_off_t synced;    /* bytes that a sync has covered */
    unsigned serial;     /* segments begun by this process */
};

apr_uint32_t
hw_spool_crc(const unsigned char *time8, const void *data, apr_size_t len)
{
    const unsigned char *at = time8;
    apr_uint32_t crc = 0xffffffffu, table[16];

    /* Half-byte table: small, and made on the stack so that there is nothing global to set up. */
    for (apr_uint32_t i = 0; i < 16; i++) {
        table[i] = i;
        for (int bit = 0; bit < 4; bit++)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320u : 0);
    }
    for (int part = 0; part < 2; part++) {
        apr_size_t n = part == 0 ? 8 : len;

        for (apr_size_t i = 0; i < n; i++) {
            crc ^= at[i];
            crc = crc >> 4 ^ table[crc & 15];
            crc = crc >> 4 ^ table[crc & 15];
        }
        at = data;
    }
    return crc ^ 0xffffffffu;
}

apr_ssize_t
hw_spool_pread(int fd, void *buf, apr_size_t len, apr_off_t at)
{
    apr_size_t done = 0;

    while (done < len) {
        ssize_t n = pread(fd, (char *)buf + done, len - done, at + (apr_off_t)done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (apr_size_t)n;
    }
    return (apr_ssize_t)done;
}

apr_ssize_t
hw_spool_pwrite(int fd, const void *buf, apr_size_t len, apr_off_t at)
{
    apr_size_t done = 0;

    while (done < len) {
        ssize_t n = pwrite(fd, (const char *)buf + done, len - done, at + (apr_off_t)done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        done += (apr_size_t)n;
    }
    return (apr_ssize_t)done;
}

static apr_status_t
write_failed(hw_spool_t *sp, hw_result_t *res, const char *doing)
{
    int e = errno;
    char text[120];

    apr_strerror(APR_FROM_OS_ERROR(e), text, sizeof(text));
    return hw_fail_temp(res, APR_FROM_OS_ERROR(e), e == ENOSPC || e == EDQUOT ? "spool-full"
                                                                             : "spool-write",
                        "the spool %s cannot be written (%s): %s", sp->dir, doing, text);
}

void
hw_spool_release(hw_spool_t *sp)
{
    if (sp->fd >= 0)
        close(sp->fd);
    sp->fd = -1;
}

static apr_status_t
spool_cleanup(void *data)
{
    hw_spool_release(data);
    return APR_SUCCESS;
}

apr_status_t
hw_spool_make(const char *dir, hw_spool_t **out, hw_result_t *res, apr_pool_t *p)
{
    struct stat st;

    if (stat(dir, &st) != 0)
        return hw_fail_field(res, errno, "spool-folder", dir, "%s", strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return hw_fail_field(res, APR_EINVAL, "spool-folder", dir, "is not a folder");
    if (access(dir, R_OK | W_OK | X_OK) != 0)
        return hw_fail_field(res, APR_EACCES, "spool-folder", dir,
                             "may not be read and written by this process");
    *out = apr_pcalloc(p, sizeof(**out));
    (*out)->dir = apr_pstrdup(p, dir);
    (*out)->fd = -1;
    apr_pool_cleanup_register(p, *out, spool_cleanup, apr_pool_cleanup_null);
    return APR_SUCCESS;
}

/* The name of a new file is durable only when its folder is synced too. */
static int
sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), failed;

    if (fd < 0)
        return -1;
    failed = fsync(fd);
    close(fd);
    return failed;
}

/* It gets its name when its head is written and locked: a drain that found less would take it for
 * no segment of ours. */
static apr_status_t
begin_segment(hw_spool_t *sp, apr_time_t now, hw_result_t *res)
{
    unsigned char head[SPOOL_HEAD] = SPOOL_MAGIC;
    char begun[sizeof(sp->path) + sizeof(SPOOL_BEGUN)];

    if (snprintf(sp->path, sizeof(sp->path), "%s/%020" APR_INT64_T_FMT "-%ld-%u" HW_SPOOL_SUFFIX,
                 sp->dir, now, (long)getpid(), sp->serial++) >= (int)sizeof(sp->path))
        return hw_fail_field(res, APR_EINVAL, "spool-folder", sp->dir, "has too long a name");
    snprintf(begun, sizeof(begun), "%s" SPOOL_BEGUN, sp->path);
    put_u64(head + SPOOL_MAGIC_LEN, SPOOL_HEAD);
    sp->fd = open(begun, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (sp->fd < 0)
        return write_failed(sp, res, "new segment");
    if (flock(sp->fd, LOCK_EX | LOCK_NB) != 0 ||
        hw_spool_pwrite(sp->fd, head, sizeof(head), 0) < 0 || rename(begun, sp->path) != 0 ||
        sync_folder(sp->dir) != 0) {
        apr_status_t rv = write_failed(sp, res, "new segment");

        unlink(begun);
        unlink(sp->path);
        hw_spool_release(sp);
        return rv;
    }
    sp->size = sp->synced = SPOOL_HEAD;
    return APR_SUCCESS;
}

/* Back to size bytes. When even that fails the segment is left to its readers: what follows size
 * in it was answered with an error, and at worst is handled although its sender tries again. */
static void
cut_back(hw_spool_t *sp, apr_off_t size)
{
    if (sp->fd < 0)
        return;
    if (ftruncate(sp->fd, size) == 0)
        sp->size = size;
    else
        hw_spool_release(sp);
}

apr_status_t
hw_spool_append(hw_spool_t *sp, const void *data, apr_size_t len, apr_time_t now,
                hw_result_t *res)
{
    unsigned char head[SPOOL_REC_HEAD];
    apr_status_t rv;

    if (len > HW_SPOOL_RECORD_MAX)
        return hw_fail(res, APR_ENOSPC, "too-large", "the event is too large for the spool");
    if (sp->fd >= 0 && sp->size == sp->synced && sp->size > HW_SPOOL_SEGMENT)
        hw_spool_release(sp);
    if (sp->fd < 0 && (rv = begin_segment(sp, now, res)) != APR_SUCCESS)
        return rv;
    put_u64(head + 8, (apr_uint64_t)now);
    put_u32(head, (apr_uint32_t)len);
    put_u32(head + 4, hw_spool_crc(head + 8, data, len));
    if (hw_spool_pwrite(sp->fd, head, sizeof(head), sp->size) < 0 ||
        hw_spool_pwrite(sp->fd, data, len, sp->size + SPOOL_REC_HEAD) < 0) {
        rv = write_failed(sp, res, "append");
        cut_back(sp, sp->size);
        return rv;
    }
    sp->size += (apr_off_t)(SPOOL_REC_HEAD + len);
    return APR_SUCCESS;
}

/* A file that was removed, or whose folder was moved or covered by a mount, is written and synced
 * as any other, and nobody finds it again. */
static int
gone(const hw_spool_t *sp)
{
    struct stat ours, there;

    if (fstat(sp->fd, &ours) == 0 && stat(sp->path, &there) == 0 &&
        ours.st_dev == there.st_dev && ours.st_ino == there.st_ino)
        return 0;
    errno = ENOENT;
    return 1;
}

apr_status_t
hw_spool_sync(hw_spool_t *sp, hw_result_t *res)
{
    apr_status_t rv;

    if (sp->fd < 0 || sp->size == sp->synced)
        return APR_SUCCESS;
    if (fdatasync(sp->fd) != 0) {
        rv = write_failed(sp, res, "sync");
        /* After a failed sync the kernel may have dropped the dirty pages: never sync this file
         * again and believe it. */
        cut_back(sp, sp->synced);
        hw_spool_release(sp);
        return rv;
    }
    if (gone(sp)) {
        rv = write_failed(sp, res, "its segment was removed");
        hw_spool_release(sp);
        return rv;
    }
    sp->synced = sp->size;
    return APR_SUCCESS;
}

void
hw_spool_undo(hw_spool_t *sp)
{
    cut_back(sp, sp->synced);
}
