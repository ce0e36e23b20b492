/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: lists of addresses. Input: an address, then the list (rest). */
#include <apr_strings.h>
#include <arpa/inet.h>
#include <string.h>

#include "common/auth.h"
#include "t/fuzz/fuzz.h"

static int
is_address(const char *ip, apr_pool_t *p)
{
    unsigned char room[16];
    const char *zone = strchr(ip, '%');

    if (zone != NULL && zone[1] != '\0' && memchr(ip, ':', (size_t)(zone - ip)) != NULL)
        ip = apr_pstrmemdup(p, ip, (apr_size_t)(zone - ip));
    return inet_pton(AF_INET, ip, room) == 1 || inet_pton(AF_INET6, ip, room) == 1;
}

void
fuzz_one(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    fuzz_input_t in = { data, len, p };
    const char *ip = fuzz_line(&in), *list = fuzz_rest(&in, &len);
    hw_result_t *res = hw_result_make(p);
    hw_cidr_t *cidr = NULL, *one = NULL;

    if (hw_cidr_parse(list, &cidr, res, p) != APR_SUCCESS)
        fuzz_check(res->offset >= 0 && res->offset <= (apr_off_t)len,
                   "the offset lies in the list");
    else if (cidr != NULL && hw_cidr_contains(cidr, ip))
        fuzz_check(is_address(ip, p), "only addresses are in a list");
    if (is_address(ip, p) && strchr(ip, '%') == NULL) {
        fuzz_check(hw_cidr_parse(ip, &one, NULL, p) == APR_SUCCESS, "an address is a list");
        fuzz_check(hw_cidr_contains(one, ip), "and is in it");
    }
}
