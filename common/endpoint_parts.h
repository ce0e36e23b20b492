/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by endpoint_check.c and endpoint.c only. */
#ifndef HW_ENDPOINT_PARTS_H
#define HW_ENDPOINT_PARTS_H

#include "common/endpoint.h"

/* The document's normal form: known members only, each of its field's type, no nulls. */
apr_status_t hw_endpoint_normal(const hw_json_t *doc, hw_json_t **normal, hw_result_t *res,
                                apr_pool_t *p);

/* Compiles a normal form. settings NULL: nothing below preset and document (for checking). */
apr_status_t hw_endpoint_build(const hw_json_t *normal, const hw_settings_t *settings,
                               hw_endpoint_t *ep, hw_result_t *res, apr_pool_t *p);

#endif
