/* SPDX-License-Identifier: Apache-2.0 */
/* Questions of the GUI that need a destination: lists of a PSA, a test of its connection. The
 * thread that answers them also asks destinations that are down whether they are back.
 *
 * Asking: RPUSH hw:ask {"id":…,"what":…,"destination":…,"parent":…,"query":…}
 *   id           letters, digits, - and _, at most 64: where the answer goes
 *   what         "boards", "priorities", "companies", "statuses", "types", "subtypes", "items",
 *                or "test" (are the settings complete, does it let us in?)
 *   or, about the language model: "llm.health" (does it answer, has it the model?), "llm.preview"
 *                (what would it say? members endpoint_id, instructions, payload, summary)
 *   or "notify.test": a test message to the chat targets of endpoint_id, or to the one "target" names;
 *                items: hookwised/notifier.h
 *   destination  default "connectwise"; parent: a board's id; query: part of a company's name
 * Answer: one element of the list hw:ans:<id>, kept HWD_ANSWER_TTL seconds:
 *   {"status":"ok","items":[…]} (llm.*: items is the object of hookwised/llm.h) or {"status":"error","error":slug,"message":text,…}
 */
#ifndef HWD_ASK_H
#define HWD_ASK_H

#include "hookwised/daemon.h"

#define HWD_ANSWER_TTL 60

typedef struct hwd_asker_t hwd_asker_t;
apr_status_t hwd_asker_start(hwd_t *d, hwd_asker_t **out, hw_result_t *res);
void hwd_asker_join(hwd_asker_t *a);

#endif
