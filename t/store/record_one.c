/* SPDX-License-Identifier: Apache-2.0 */
/* Records one request as hookwised would: record_one REQUEST-ID ENDPOINT-ID BODY KEY REJECTED,
 * the database in HW_TEST_DATABASE. For tests that need a request kept for replay. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "common/result.h"
#include "common/store.h"

int
main(int argc, char **argv)
{
    hw_event_t ev = { .kind = "webhook", .source_ip = "192.0.2.9", .method = "POST", .query = "a=b",
                      .headers_json = "{\"x-sender\":\"one\"}", .auth_scheme = "bearer",
                      .auth_version = "v", .replay_of = "", .replay_by = "" };
    hw_history_t row = { .config_name = "Boilers", .tenant = "default", .status = "processed" };
    hw_raw_t raw = { .event = &ev };
    hw_record_t rec;
    hw_keyring_t *ring;
    hw_store_t s;
    apr_pool_t *p;
    hw_result_t *res;

    if (argc != 6 || apr_initialize() != APR_SUCCESS || apr_pool_create(&p, NULL) != APR_SUCCESS)
        return HW_EXIT_USAGE;
    res = hw_result_make(p);
    ev.request_id = row.request_id = raw.request_id = argv[1];
    ev.endpoint_id = row.config_id = argv[2];
    ev.body = argv[3];
    ev.body_len = strlen(argv[3]);
    ev.rejected = argv[5];
    ev.received_at = row.received_at = apr_time_now();
    rec.rows = apr_array_make(p, 1, sizeof(hw_history_t *));
    rec.raws = apr_array_make(p, 1, sizeof(hw_raw_t *));
    APR_ARRAY_PUSH(rec.rows, hw_history_t *) = &row;
    APR_ARRAY_PUSH(rec.raws, hw_raw_t *) = &raw;
    if (hw_keyring_make(argv[4], &ring, res, p) != APR_SUCCESS ||
        hw_db_make(getenv("HW_TEST_DATABASE"), &s.db, res, p) != APR_SUCCESS)
        return HW_EXIT_USAGE;
    s.ring = ring;
    if (hw_store_record(&s, &rec, res, p) != APR_SUCCESS) {
        fprintf(stderr, "%s\n", hw_result_text(res, p));
        return HW_EXIT_TEMP;
    }
    apr_pool_destroy(p);
    apr_terminate();
    return HW_EXIT_OK;
}
