/* SPDX-License-Identifier: Apache-2.0 */
/* Notes by a language model. A ticket that an endpoint with ai_rca_enabled has created is put into the
 * table "analysis" by the transaction that records its event; threads of their own, with connections
 * of their own, ask the model and write one internal note. Whatever the model does, or does not do,
 * nothing else waits for it, and nothing else of the ticket changes. */
#ifndef HWD_ANALYSIS_H
#define HWD_ANALYSIS_H

#include "hookwised/after.h"

extern const hwd_after_kind_t hwd_analyses;

#endif
