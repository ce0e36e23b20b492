/* SPDX-License-Identifier: Apache-2.0 */
/* What a language model is told about an alert, and what is left of its answer. Pure. */
#ifndef HWD_PROMPT_H
#define HWD_PROMPT_H

#include "common/hw.h"

#define HWD_PROMPT_PAYLOAD_MAX 12000 /* code points of the payload that the model gets */
#define HWD_ANSWER_MAX 6000          /* code points of its answer that go onto a ticket */

typedef struct {
    const char *instructions; /* the endpoint's, trusted; NULL = built in */
    const char *endpoint;     /* its name */
    const char *summary;      /* of the ticket; NULL = none */
    const char *payload;      /* masked already; NULL = not kept any more */
    const char *fence;        /* random: what the sender cannot know */
} hwd_prompt_t;

/* The two messages. Whatever came from outside stands between the lines "BEGIN ALERT <fence>" and
 * "END ALERT <fence>" of the second, and the first says that it is data. */
const char *hwd_prompt_system(const hwd_prompt_t *pr, apr_pool_t *p);
const char *hwd_prompt_user(const hwd_prompt_t *pr, apr_pool_t *p);

/* The answer as plain text: valid UTF-8, without <think> elements, control characters and what
 * changes the direction of writing, trimmed, bounded. "" when nothing is left. */
const char *hwd_answer_clean(const char *text, apr_size_t len, apr_pool_t *p);
/* Valid UTF-8 without control characters (lines and tabs stay), and what changes the direction of
 * writing. */
const char *hwd_text_plain(const char *text, apr_pool_t *p);
/* The note: headed as made by a machine, ref at its end. */
const char *hwd_answer_note(const char *answer, const char *model, const char *ref, apr_pool_t *p);

#endif
