/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of a spool segment, shared by its writer and its readers. */
#ifndef HW_SPOOL_FILE_H
#define HW_SPOOL_FILE_H

#include <string.h>

#include "common/spool.h"

#define SPOOL_MAGIC     "HWSPOOL1"
#define SPOOL_MAGIC_LEN 8
#define SPOOL_HEAD      16 /* magic and drained offset */
#define SPOOL_REC_HEAD  16 /* length, CRC, time */
#define SPOOL_BEGUN     ".begun" /* behind a segment's name while its head is written */

static inline void
put_u32(unsigned char *at, apr_uint32_t n)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(n >> (8 * i));
}

static inline apr_uint32_t
get_u32(const unsigned char *at)
{
    return (apr_uint32_t)at[0] | (apr_uint32_t)at[1] << 8 | (apr_uint32_t)at[2] << 16 |
           (apr_uint32_t)at[3] << 24;
}

static inline void
put_u64(unsigned char *at, apr_uint64_t n)
{
    put_u32(at, (apr_uint32_t)n);
    put_u32(at + 4, (apr_uint32_t)(n >> 32));
}

static inline apr_uint64_t
get_u64(const unsigned char *at)
{
    return (apr_uint64_t)get_u32(at) | (apr_uint64_t)get_u32(at + 4) << 32;
}

/* CRC-32 (ISO-HDLC) of a record's time field and data. */
apr_uint32_t hw_spool_crc(const unsigned char *time8, const void *data, apr_size_t len);

/* pread and pwrite of exactly len bytes; -1 with errno, or the bytes done (short at the end). */
apr_ssize_t hw_spool_pread(int fd, void *buf, apr_size_t len, apr_off_t at);
apr_ssize_t hw_spool_pwrite(int fd, const void *buf, apr_size_t len, apr_off_t at);

#endif
