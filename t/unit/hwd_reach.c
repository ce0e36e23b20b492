/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that chat targets may have. */
#include "hookwised/reach.h"

#include <apr_env.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "t/lib/tap.h"

static const hwd_reach_t *
reach(const char *networks, hw_result_t *res, apr_pool_t *p)
{
    hwd_t *d = apr_pcalloc(p, sizeof(*d));
    hw_settings_t *settings = NULL;
    const hwd_reach_t *r = NULL;

    apr_env_set("NOTIFY_NETWORKS", networks, p);
    if (hw_settings_load(NULL, &settings, NULL, res, p) != APR_SUCCESS)
        return NULL;
    d->p = p;
    d->settings = settings;
    return hwd_reach_make(d, &r, res) == APR_SUCCESS ? r : NULL;
}

static int
sockaddr_allowed(const hwd_reach_t *r, const char *ip)
{
    struct sockaddr_storage at = { 0 };
    struct sockaddr_in6 *six = (void *)&at;
    struct sockaddr_in *four = (void *)&at;

    if (inet_pton(AF_INET6, ip, &six->sin6_addr) == 1)
        six->sin6_family = AF_INET6;
    else if (inet_pton(AF_INET, ip, &four->sin_addr) == 1)
        four->sin_family = AF_INET;
    return hwd_reach_allows(r, (const struct sockaddr *)&at);
}

int
main(void)
{
    static const char *const closed[] = {
        "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fc00::1", "fd00:ec2::254",
        "ff02::1", "2002:7f00:1::", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "192.0.2.1",
    };
    static const char *const open[] = { "8.8.8.8", "52.96.0.1", "172.32.0.1", "100.128.0.1", "192.167.0.1",
                                        "2600:1f18::1", "2a00:1450::1", "64:ff9b::8.8.8.8" };
    apr_pool_t *p = tap_start();
    hw_result_t *res = hw_result_make(p);
    const hwd_reach_t *r = reach("", res, p);

    ok(r != NULL, "by default");
    for (unsigned i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
        ok(!hwd_reach_allows_ip(r, closed[i]) && !sockaddr_allowed(r, closed[i]), "%s is not public",
           closed[i]);
    for (unsigned i = 0; i < sizeof(open) / sizeof(open[0]); i++)
        ok(hwd_reach_allows_ip(r, open[i]) && sockaddr_allowed(r, open[i]), "%s is", open[i]);
    ok(!sockaddr_allowed(r, "/run/x.sock"), "no other kind of address");
    r = reach("10.1.0.0/16, ::1", res, p);
    ok(hwd_reach_allows_ip(r, "10.1.9.9") && hwd_reach_allows_ip(r, "::1"), "the site's own exceptions");
    ok(!hwd_reach_allows_ip(r, "10.2.0.1") && hwd_reach_allows_ip(r, "8.8.8.8"), "nothing beside them");
    ok(reach("10.0.0.0/99", res, p) == NULL, "an impossible network");
    is(res->field, "NOTIFY_NETWORKS", "is refused with the setting's name");
    return tap_done();
}
