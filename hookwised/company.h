/* SPDX-License-Identifier: Apache-2.0 */
/* Whose tenant is it? A language model's choice out of the PSA's own companies, for names that the
 * tenant map does not know. What it chooses becomes a row of that map, so the same name always gives
 * the same company, and a person can see and change it. */
#ifndef HWD_COMPANY_H
#define HWD_COMPANY_H

#include "hookwised/turn.h"

apr_status_t hwd_chooser_start(hwd_t *d, hwd_chooser_t **out, hw_result_t *res);
void hwd_chooser_join(hwd_chooser_t *c);

/* With AI_COMPANY, for a part whose company is a default although it names a tenant: waits up to
 * AI_COMPANY_TIMEOUT for the model, and gives the part the company it chose. Else, and when the
 * model fails, is slow or names no company there is, the part stays as it is. The trace tells. */
void hwd_company_choose(hwd_turn_t *t, hwd_step_t *s);

#endif
