/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that are not public, and those of them that the site permits. */
#include "hookwised/reach.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include "common/auth.h"

/* IANA's special-purpose registries: this host, private and shared networks, loopback, link-local
 * (with the clouds' metadata), documentation, benchmarks, multicast, reserved; tunnels and translators
 * that lead to them by another name. */
static const char not_public[] =
    "0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24,"
    "192.0.2.0/24, 192.88.99.0/24, 192.168.0.0/16, 198.18.0.0/15, 198.51.100.0/24, 203.0.113.0/24,"
    "224.0.0.0/3, ::/96, 64:ff9b::/104, 64:ff9b::a00:0/104, 64:ff9b::7f00:0/104, 64:ff9b::6440:0/106,"
    "64:ff9b::a9fe:0/112, 64:ff9b::ac10:0/108, 64:ff9b::c0a8:0/112, 64:ff9b:1::/48, 100::/64,"
    "2001::/23, 2001:db8::/32, 2002::/16, 3fff::/20, 5f00::/16, fc00::/7, fe80::/9, ff00::/8";

struct hwd_reach_t {
    hw_cidr_t *closed, *open; /* open NULL = none */
};

apr_status_t
hwd_reach_make(hwd_t *d, const hwd_reach_t **out, hw_result_t *res)
{
    hwd_reach_t *reach = apr_pcalloc(d->p, sizeof(*reach));
    apr_status_t rv = hw_cidr_parse(not_public, &reach->closed, res, d->p);

    if (rv != APR_SUCCESS)
        return rv;
    rv = hw_cidr_parse(hw_set_text(d->settings, "NOTIFY_NETWORKS"), &reach->open, res, d->p);
    if (rv != APR_SUCCESS)
        return hw_result_in_field(res, "NOTIFY_NETWORKS");
    *out = reach;
    return APR_SUCCESS;
}

int
hwd_reach_allows_ip(const hwd_reach_t *reach, const char *ip)
{
    if (reach->open != NULL && hw_cidr_contains(reach->open, ip))
        return 1;
    return !hw_cidr_contains(reach->closed, ip);
}

int
hwd_reach_allows(const hwd_reach_t *reach, const struct sockaddr *to)
{
    char text[INET6_ADDRSTRLEN] = "";
    const void *at = to->sa_family == AF_INET
                         ? (const void *)&((const struct sockaddr_in *)(const void *)to)->sin_addr
                     : to->sa_family == AF_INET6
                         ? (const void *)&((const struct sockaddr_in6 *)(const void *)to)->sin6_addr
                         : NULL;

    return at != NULL && inet_ntop(to->sa_family, at, text, sizeof(text)) != NULL &&
           hwd_reach_allows_ip(reach, text);
}
