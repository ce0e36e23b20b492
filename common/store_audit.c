/* SPDX-License-Identifier: Apache-2.0 */
/* The audit log: who changed what, before and after, secrets masked. */
#include "common/mask.h"
#include "common/store_private.h"

/* Callers mask what they know to be secret; keys that name a secret are masked here once more. */
static const char *
masked_text(const hw_json_t *v, apr_pool_t *p)
{
    return v ? hw_json_write(hw_mask_json(v, p), p) : NULL;
}

apr_status_t
hw_store_audit(hw_store_t *s, const hw_actor_t *by, const char *what, const char *object,
               const hw_json_t *before, const hw_json_t *after, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { hw_text_param(by->user, p), by->address ? by->address : "", what,
                             object, masked_text(before, p), masked_text(after, p) };

    return hw_db_execb(s->db,
                       "INSERT INTO audit (who, address, what, object, before, after)"
                       " VALUES ($1, $2, $3, $4, $5::jsonb, $6::jsonb)",
                       6, params, NULL, NULL, NULL, res, p);
}
