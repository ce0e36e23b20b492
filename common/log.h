/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines of programs (the module logs through httpd). One line, one write. */
#ifndef HW_LOG_H
#define HW_LOG_H

#include "common/hw.h"

typedef enum { HW_LOG_ERROR, HW_LOG_WARN, HW_LOG_INFO, HW_LOG_DEBUG } hw_level_e;

/* target: "stderr" or "syslog"; level: the most talkative level written.
 * Safe to use from several threads. Control bytes in messages are written as \xNN. */
apr_status_t hw_log_open(const char *target, hw_level_e level, const char *ident, hw_log_t **out,
                         apr_pool_t *p);
void hw_log(hw_log_t *log, hw_level_e level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void hw_log_result(hw_log_t *log, hw_level_e level, const hw_result_t *res, const char *doing);
/* "error" → HW_LOG_ERROR …; APR_EINVAL for other words. */
apr_status_t hw_log_level(const char *word, hw_level_e *out);

#endif
