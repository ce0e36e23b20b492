/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of the program: opened when a handler first asks, kept under FastCGI. */
#ifndef HWC_SERVICES_H
#define HWC_SERVICES_H

#include "htdocs/cgi/cgi.h"

typedef struct hwc_services_t hwc_services_t;

/* Checks the addresses only. Errors name the setting. */
apr_status_t hwc_services_make(const hw_settings_t *settings, const hw_keyring_t *ring,
                               hwc_services_t **out, hw_result_t *res, apr_pool_t *p);
/* After each request: nothing of it stays open in a connection (transactions, locks). */
void hwc_services_rest(hwc_services_t *sv);

#endif
