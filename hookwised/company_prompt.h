/* SPDX-License-Identifier: Apache-2.0 */
/* What a model is asked about a tenant's company, and which of its answers counts. Pure. */
#ifndef HWD_COMPANY_PROMPT_H
#define HWD_COMPANY_PROMPT_H

#include "common/json.h"

#define HWD_COMPANIES_SHOWN 200 /* companies the model gets to choose from */

/* The two messages. rows: the PSA's companies, [{"identifier","name"}]; of more than
 * HWD_COMPANIES_SHOWN those that have most in common with the tenant's name. The name comes from
 * outside: it stands between lines with the fence, which the sender cannot know. */
const char *hwd_company_system(const char *fence, apr_pool_t *p);
const char *hwd_company_user(const hw_json_t *rows, const char *tenant, const char *fence,
                             apr_pool_t *p);

/* The identifier that the answer names: exactly one of rows, but for blanks, quotes and a full stop
 * around it. NULL = none of them. *none 1: the model says that none is meant. */
const char *hwd_company_answer(const hw_json_t *rows, const char *answer, int *none,
                               apr_pool_t *p);

#endif
