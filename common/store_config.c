/* SPDX-License-Identifier: Apache-2.0 */
/* Has the configuration changed? A mark that differs after every committed change. */
#include "common/store_private.h"

/* Sums, not maxima: transactions may commit in another order than they began in. Endpoints have a
 * version that is new with each save; rows of the other tables are told apart by the transaction
 * that wrote them. */
static const char stamp_sql[] =
    "SELECT (SELECT count(*) || '.' || coalesce(sum(version), 0) FROM endpoint) || '/' ||"
    " (SELECT count(*) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM setting) || '/' ||"
    " (SELECT count(*) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM tenant_map),"
    " current_setting('transaction_read_only')::boolean";

apr_status_t
hw_store_config_stamp(hw_store_t *s, const char **stamp, hw_result_t *res, apr_pool_t *p)
{
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, stamp_sql, 0, NULL, NULL, NULL, &r, res, p);

    *stamp = NULL;
    if (rv != APR_SUCCESS)
        return rv;
    if (hw_db_bool(r, 0, 1)) { /* nobody changes anything here any more */
        hw_db_close(s->db);
        return hw_fail_temp(res, APR_ECONNRESET, "database-down",
                            "the database is read-only: another server may be the one to ask");
    }
    *stamp = hw_db_text(r, 0, 0, p);
    return APR_SUCCESS;
}
