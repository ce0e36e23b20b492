/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses may be reached for URLs that administrators of endpoints name: public ones, and
 * those of NOTIFY_NETWORKS. It is the address a connection goes to that counts, whatever names led
 * there, so that nobody looks into our network through us. */
#ifndef HWD_REACH_H
#define HWD_REACH_H

#include <sys/socket.h>

#include "hookwised/daemon.h"

/* Permanent failure naming the setting. */
apr_status_t hwd_reach_make(hwd_t *d, const hwd_reach_t **out, hw_result_t *res);
int hwd_reach_allows(const hwd_reach_t *reach, const struct sockaddr *to);
/* The same for an address as text. */
int hwd_reach_allows_ip(const hwd_reach_t *reach, const char *ip);

#endif
