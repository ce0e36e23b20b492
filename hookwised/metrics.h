/* SPDX-License-Identifier: Apache-2.0 */
/* Counters: added up in memory, written to Redis (hash hw:m) every few seconds.
 *
 *   hookwise_webhooks_total{config_id,status}      parts recorded, by history status
 *   hookwise_psa_tasks_total{type,result}          calls on destinations: type search, get, create,
 *                                                  note, notes, close, reopen, probe; result ok,
 *                                                  temporary, permanent, unknown
 *   hookwise_psa_task_seconds                      histogram of their duration
 *   hookwise_ai_tasks_total{result}                analyses: ok, retried, failed
 *   hookwise_ai_answer_seconds_total               time the model took for its answers
 *   hookwise_notifications_total{result}           messages to chat targets: ok, retried, failed
 */
#ifndef HWD_METRICS_H
#define HWD_METRICS_H

#include "hookwised/daemon.h"

apr_status_t hwd_metrics_make(hwd_t *d);
void hwd_metrics_webhook(hwd_metrics_t *m, const char *config_id, const char *status,
                         apr_pool_t *ptemp);
/* Any other series. */
void hwd_metrics_add(hwd_metrics_t *m, const char *series, double by);
/* Scratch memory comes from res->p. */
void hwd_metrics_task(hwd_metrics_t *m, const char *type, apr_status_t rv, const hw_result_t *res,
                      apr_interval_time_t took);
/* Writes what has come together; what Redis does not take is kept for the next time. */
void hwd_metrics_flush(hwd_metrics_t *m, hw_queue_t *q, hw_result_t *res);

#endif
