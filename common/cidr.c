/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of addresses and networks. */
#include <apr_strings.h>
#include <arpa/inet.h>
#include <string.h>

#include "common/auth.h"
#include "common/result.h"

typedef struct {
    int family; /* AF_INET, AF_INET6 */
    int bits;   /* of the prefix */
    unsigned char addr[16];
} network_t;

struct hw_cidr_t {
    int n;
    network_t *networks;
};

/* An address in its shortest family: v4 mapped into v6 is v4. bits is that of the whole
 * address. */
static int
read_address(const char *text, network_t *out)
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

    out->family = AF_INET;
    out->bits = 32;
    if (inet_pton(AF_INET, text, out->addr) == 1)
        return 1;
    out->family = AF_INET6;
    out->bits = 128;
    if (inet_pton(AF_INET6, text, out->addr) != 1)
        return 0;
    if (memcmp(out->addr, mapped, sizeof(mapped)) == 0) {
        out->family = AF_INET;
        out->bits = 32;
        memmove(out->addr, out->addr + 12, 4);
    }
    return 1;
}

const char *
hw_address_normal(const char *text, apr_pool_t *p)
{
    char *out = apr_palloc(p, INET6_ADDRSTRLEN);
    network_t address;

    if (!read_address(text, &address))
        return NULL;
    return inet_ntop(address.family, address.addr, out, INET6_ADDRSTRLEN);
}

/* The decimal behind the slash; -1 when it is none or over max. */
static int
read_prefix(const char *s, int max)
{
    int n = 0;

    if (*s == '\0' || strlen(s) > 3 || strspn(s, "0123456789") != strlen(s))
        return -1;
    for (; *s != '\0'; s++)
        n = n * 10 + *s - '0';
    return n <= max ? n : -1;
}

static const char *
read_network(char *text, network_t *out)
{
    char *slash = strchr(text, '/');
    int v6, prefix;

    if (slash != NULL)
        *slash = '\0';
    v6 = strchr(text, ':') != NULL;
    if (!read_address(text, out))
        return "is neither an address nor a CIDR";
    if (slash == NULL)
        return NULL;
    prefix = read_prefix(slash + 1, v6 ? 128 : 32);
    if (prefix < 0)
        return v6 ? "has a prefix that is not between 0 and 128"
                  : "has a prefix that is not between 0 and 32";
    if (v6 && out->family == AF_INET) { /* ::ffff:10.0.0.0/104 is 10.0.0.0/8 */
        if (prefix < 96)
            return "has a prefix that cuts into ::ffff:";
        prefix -= 96;
    }
    out->bits = prefix;
    return NULL;
}

apr_status_t
hw_cidr_parse(const char *text, hw_cidr_t **out, hw_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *found = apr_array_make(p, 4, sizeof(network_t));
    const char *s = text;

    *out = NULL;
    if (text == NULL || text[strspn(text, " \t\r\n")] == '\0')
        return APR_SUCCESS;
    for (;;) {
        apr_size_t len;
        const char *why;

        s += strspn(s, " \t\r\n,");
        if (*s == '\0')
            break;
        len = strcspn(s, " \t\r\n,");
        why = read_network(apr_pstrmemdup(p, s, len), apr_array_push(found));
        if (why != NULL)
            return hw_fail_at(res, APR_EINVAL, "bad-cidr", NULL, s - text, "\"%.*s\" %s",
                              (int)(len > 60 ? 60 : len), s, why);
        s += len;
    }
    if (found->nelts == 0)
        return hw_fail_at(res, APR_EINVAL, "bad-cidr", NULL, 0, "the list names no address");
    *out = apr_palloc(p, sizeof(**out));
    (*out)->n = found->nelts;
    (*out)->networks = (network_t *)found->elts;
    return APR_SUCCESS;
}

static int
holds(const network_t *net, const network_t *ip)
{
    int bytes = net->bits / 8, rest = net->bits % 8;

    if (net->family != ip->family || memcmp(net->addr, ip->addr, (size_t)bytes) != 0)
        return 0;
    return rest == 0 || (net->addr[bytes] ^ ip->addr[bytes]) >> (8 - rest) == 0;
}

int
hw_cidr_contains(const hw_cidr_t *list, const char *ip)
{
    network_t addr;
    char bare[INET6_ADDRSTRLEN + 1];
    const char *zone;

    if (ip == NULL)
        return 0;
    apr_cpystrn(bare, ip, sizeof(bare));
    zone = strchr(ip, '%'); /* the interface of a link-local address */
    if (zone != NULL && zone[1] != '\0' && memchr(ip, ':', (size_t)(zone - ip)) != NULL)
        bare[strcspn(bare, "%")] = '\0';
    if (!read_address(bare, &addr))
        return 0;
    for (int i = 0; list != NULL && i < list->n; i++)
        if (holds(&list->networks[i], &addr))
            return 1;
    return list == NULL;
}
