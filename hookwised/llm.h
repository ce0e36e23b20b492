/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a language model: Ollama at OLLAMA_HOST, or the OpenAI-compatible service at AI_URL. */
#ifndef HWD_LLM_H
#define HWD_LLM_H

#include "hookwised/daemon.h"
#include "hookwised/prompt.h"

/* Waits at most timeout seconds. The answer is clean and not empty. Every failure is temporary:
 * models are loaded, pulled and started again. */
apr_status_t hwd_llm_chat(hwd_t *d, const hw_settings_t *settings, const hwd_prompt_t *prompt,
                          int timeout, const char **answer, hw_result_t *res, apr_pool_t *p);
/* The same with messages of the caller's own, and a limit for the answer. */
apr_status_t hwd_llm_ask(hwd_t *d, const hw_settings_t *settings, const char *system,
                         const char *user, long tokens, int timeout, const char **answer,
                         hw_result_t *res, apr_pool_t *p);
/* {"status":"up|down","model":…,"message":text,"models":[names],"seconds":n}: does the server answer,
 * and does it have the model? Never fails. */
hw_json_t *hwd_llm_health(hwd_t *d, const hw_settings_t *settings, apr_pool_t *p);
/* {"text","model","seconds"} for {"endpoint_id","instructions","payload","summary"}, all but the
 * payload optional. */
apr_status_t hwd_llm_preview(hwd_t *d, const hw_settings_t *settings, const hw_json_t *args,
                             hw_json_t **out, hw_result_t *res, apr_pool_t *p);

#endif
