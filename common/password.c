/* SPDX-License-Identifier: Apache-2.0 */
/* Password hashes: crypt(3), yescrypt for new ones. */
#include <apr_strings.h>
#include <crypt.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "common/crypto.h"
#include "common/result.h"
#include "common/text.h"

/* crypt(3)'s work area is 32 KB and holds the password: off the stack, and wiped. */
static char *
crypt_copy(const char *password, const char *setting)
{
    struct crypt_data *area = calloc(1, sizeof(*area));
    char *hash = NULL, *copy = NULL;

    if (area == NULL)
        return NULL;
    hash = crypt_r(password, setting, area);
    if (hash != NULL && hash[0] != '*') /* "*0" and "*1" say that it failed */
        copy = strdup(hash);
    OPENSSL_cleanse(area, sizeof(*area));
    free(area);
    return copy;
}

int
hw_password_short(const char *password)
{
    return hw_utf8_count(password, strlen(password)) < HW_PASSWORD_MIN;
}

apr_status_t
hw_password_hash(const char *password, const char **hash, hw_result_t *res, apr_pool_t *p)
{
    char *setting, *made = NULL;

    if (password == NULL || password[0] == '\0')
        return hw_fail(res, APR_EINVAL, "bad-password", "the password is empty");
    if (strlen(password) >= CRYPT_MAX_PASSPHRASE_SIZE)
        return hw_fail(res, APR_EINVAL, "bad-password", "the password is longer than %d bytes",
                       CRYPT_MAX_PASSPHRASE_SIZE - 1);
    setting = crypt_gensalt_ra("$y$", 0, NULL, 0);
    if (setting != NULL)
        made = crypt_copy(password, setting);
    free(setting);
    if (made == NULL)
        return hw_fail(res, APR_EGENERAL, "no-crypt", "the system cannot hash with yescrypt");
    *hash = apr_pstrdup(p, made);
    free(made);
    return APR_SUCCESS;
}

int
hw_password_verify(const char *password, const char *hash)
{
    char *made;
    int same;

    if (password == NULL || hash == NULL || hash[0] == '\0' || hash[0] == '*')
        return 0;
    made = crypt_copy(password, hash);
    if (made == NULL)
        return 0;
    same = hw_equal_ct(made, strlen(made), hash, strlen(hash));
    free(made);
    return same;
}
