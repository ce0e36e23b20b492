/* SPDX-License-Identifier: Apache-2.0 */
/* What this worker says of itself in Redis: hash "hw:w:<worker>", field "json"; field "settings" has
 * what it read from file and environment, as hw_settings_json shows it. */
#ifndef HWD_STATUS_H
#define HWD_STATUS_H

#include "hookwised/daemon.h"

/* "host:pid:<tag>-<random>"; the tag is the same for processes of one machine and boot that see
 * each other's process ids. */
const char *hwd_worker_name(const char **host, apr_pool_t *p);
apr_status_t hwd_status_write(hwd_t *d, hw_queue_t *q, hw_result_t *res);
void hwd_status_remove(hwd_t *d, hw_queue_t *q);
/* systemd's readiness protocol: one datagram to $NOTIFY_SOCKET, when there is one. */
void hwd_notify(const char *state);

#endif
