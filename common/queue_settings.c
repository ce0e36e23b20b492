/* SPDX-License-Identifier: Apache-2.0 */
/* How the settings say to reach Redis. The module has directives for that, and not this file. */
#include "common/queue.h"

hw_queue_opts_t
hw_queue_settings(const hw_settings_t *s, apr_pool_t *p)
{
    const char *password = hw_set_text(s, "REDIS_PASSWORD");
    int ms = (int)hw_set_int(s, "REDIS_TIMEOUT") * 1000;

    return (hw_queue_opts_t){ .url = hw_settings_redis_url(s, p),
                              .password = *password != '\0' ? password : NULL,
                              .connect_timeout_ms = ms, .timeout_ms = ms };
}
