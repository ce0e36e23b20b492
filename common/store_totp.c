/* SPDX-License-Identifier: Apache-2.0 */
/* Second factors: secrets sealed with our keys, codes that count once. */
#include "common/store_identity.h"

#include <string.h>

#include <apr_strings.h>

#include "common/store_private.h"
#include "common/totp.h"

static apr_status_t
need_key(const hw_store_t *s, hw_result_t *res)
{
    return s->ring ? APR_SUCCESS
                   : hw_fail_field(res, APR_EINVAL, "no-key", "ENCRYPTION_KEY",
                                   "is not set: secrets cannot be kept");
}

apr_status_t
hw_store_totp_start(hw_store_t *s, const char *name, const char **secret, hw_result_t *res,
                    apr_pool_t *p)
{
    const char *params[] = { hw_text_param(name, p), NULL };
    PGresult *r;
    apr_status_t rv = need_key(s, res);

    if (rv != APR_SUCCESS)
        return rv;
    *secret = hw_totp_secret_new(p);
    if (!*secret)
        return hw_fail(res, APR_EGENERAL, "no-random", "the system gives no random bytes");
    rv = hw_fernet_encrypt(s->ring, *secret, strlen(*secret), apr_time_now(), NULL, &params[1],
                           res, p);
    if (rv == APR_SUCCESS)
        rv = hw_db_execb(s->db, "UPDATE app_user SET totp_pending = $2 WHERE name = $1"
                                " RETURNING name",
                         2, params, NULL, NULL, &r, res, p);
    if (rv == APR_SUCCESS && !hw_db_rows(r))
        rv = hw_no_user(name, res);
    return rv;
}

typedef struct {
    const char *name, *code;
    apr_time_t now;
    const hw_actor_t *by;
    apr_array_header_t *recovery;
    int yes;
} work_t;

/* The step of the code under the stored secret; 0 = wrong. */
static apr_status_t
step_of(hw_store_t *s, const work_t *w, const char *sealed, apr_int64_t last, apr_int64_t *step,
        hw_result_t *res, apr_pool_t *p)
{
    unsigned char *secret;
    apr_size_t len;
    apr_status_t rv = need_key(s, res);

    if (rv == APR_SUCCESS)
        rv = hw_fernet_decrypt(s->ring, sealed, w->now, -1, &secret, &len, res, p);
    if (rv != APR_SUCCESS)
        return hw_result_in_field(res, "ENCRYPTION_KEY");
    return hw_totp_check((const char *)secret, w->code, w->now, last, step, res, p);
}

/* Fresh codes into the work; their digests as a PostgreSQL array literal: hex needs no quotes. */
static const char *
new_recovery(work_t *w, apr_pool_t *p)
{
    hw_buf_t digests;

    hw_buf_init(&digests, p);
    w->recovery = apr_array_make(p, HW_TOTP_RECOVERY, sizeof(const char *));
    for (int i = 0; i < HW_TOTP_RECOVERY; i++) {
        const char *code = hw_recovery_new(p);

        if (!code)
            return NULL;
        APR_ARRAY_PUSH(w->recovery, const char *) = code;
        hw_buf_printf(&digests, "%s%s", i ? "," : "{", hw_recovery_digest(code, p));
    }
    hw_buf_addc(&digests, '}');
    return digests.s;
}

static apr_status_t
confirm_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    work_t *w = baton;
    const char *params[] = { hw_text_param(w->name, p), NULL, NULL }, *sealed;
    apr_int64_t step;
    PGresult *r;
    apr_status_t rv = hw_db_execb(
        s->db, "SELECT totp_pending FROM app_user WHERE name = $1 FOR UPDATE", 1, params, NULL,
        NULL, &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    if (!hw_db_rows(r) || !(sealed = hw_db_text(r, 0, 0, p)))
        return hw_fail(res, APR_EINVAL, "no-totp",
                       "there is no new secret to confirm: start over");
    if ((rv = step_of(s, w, sealed, 0, &step, res, p)) != APR_SUCCESS)
        return rv;
    if (!step)
        return hw_fail_field(res, APR_EINVAL, "bad-code", "code",
                             "is not the one the app shows now; check the clock of the phone");
    params[1] = hw_int_param(step, p);
    if (!(params[2] = new_recovery(w, p)))
        return hw_fail(res, APR_EGENERAL, "no-random", "the system gives no random bytes");
    rv = hw_db_execb(s->db,
                     "UPDATE app_user SET totp_secret = totp_pending, totp_pending = NULL,"
                     " totp_step = $2::bigint, recovery = $3::text[],"
                     " version = nextval('app_user_version_seq') WHERE name = $1",
                     3, params, NULL, NULL, NULL, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    return hw_store_audit(s, w->by, "user.totp", w->name, NULL, NULL, res, p);
}

apr_status_t
hw_store_totp_confirm(hw_store_t *s, const char *name, const char *code, apr_time_t now,
                      const hw_actor_t *by, apr_array_header_t **recovery, hw_result_t *res,
                      apr_pool_t *p)
{
    work_t w = { .name = name, .code = code, .now = now, .by = by };
    apr_status_t rv = hw_store_tx(s, confirm_work, &w, res, p);

    *recovery = w.recovery;
    return rv;
}

static apr_status_t
take_recovery(hw_store_t *s, work_t *w, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { hw_text_param(w->name, p), hw_recovery_digest(w->code, p) };
    hw_json_t *after;
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db,
                                  "UPDATE app_user SET recovery = array_remove(recovery, $2)"
                                  " WHERE name = $1 AND $2 = ANY (recovery)"
                                  " RETURNING cardinality(recovery)",
                                  2, params, NULL, NULL, &r, res, p);

    if (rv != APR_SUCCESS || !hw_db_rows(r))
        return rv;
    w->yes = 1;
    after = hw_json_own(json_object_new_object(), p);
    hw_json_set_int(after, "left", hw_db_int(r, 0, 0));
    return hw_store_audit(s, w->by, "user.recovery", w->name, NULL, after, res, p);
}

static apr_status_t
check_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    work_t *w = baton;
    const char *params[] = { hw_text_param(w->name, p), NULL }, *sealed;
    apr_int64_t step;
    PGresult *r;
    apr_status_t rv = hw_db_execb(
        s->db, "SELECT totp_secret, totp_step FROM app_user WHERE name = $1 FOR UPDATE", 1, params,
        NULL, NULL, &r, res, p);

    if (rv != APR_SUCCESS || !hw_db_rows(r) || !(sealed = hw_db_text(r, 0, 0, p)))
        return rv;
    if ((rv = step_of(s, w, sealed, hw_db_int(r, 0, 1), &step, res, p)) != APR_SUCCESS)
        return rv;
    if (!step)
        return take_recovery(s, w, res, p);
    w->yes = 1;
    params[1] = hw_int_param(step, p);
    return hw_db_execb(s->db, "UPDATE app_user SET totp_step = $2::bigint WHERE name = $1", 2,
                       params, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_totp_check(hw_store_t *s, const char *name, const char *code, apr_time_t now,
                    const hw_actor_t *by, int *yes, hw_result_t *res, apr_pool_t *p)
{
    work_t w = { .name = name, .code = code, .now = now, .by = by };
    apr_status_t rv = hw_store_tx(s, check_work, &w, res, p);

    *yes = rv == APR_SUCCESS && w.yes;
    return rv;
}
