/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of planning one element: private to plan*.c. */
#ifndef HW_PLAN_PARTS_H
#define HW_PLAN_PARTS_H

#include "common/decide.h"

#define HW_SUMMARY_MAX 250       /* code points of a summary where ConnectWise is not the limit */
#define HW_COMPANY_MAX 200       /* bytes of a company identifier */
#define HW_MESSAGE_MAX 1000      /* code points of the message in a note */
#define HW_PAYLOAD_SHOWN 3000    /* code points of the payload in the built-in description */

/* What is known while one element is planned. */
typedef struct {
    const hw_event_t *ev;
    const hw_endpoint_t *ep;
    const hw_plan_context_t *ctx;
    apr_time_t now;
    hw_map_env_t env;
    hw_part_t *part;
    hw_rules_outcome_t rules;
    const char *mapped[HW_F_COUNT]; /* what json_mapping gives; NULL = no override */
    const char *title;              /* summary before prefix, removals and cut */
    apr_pool_t *p;
} hw_plan_work_t;

void hw_plan_kind(hw_plan_work_t *w);        /* part->kind */
void hw_plan_names(hw_plan_work_t *w);       /* env.monitor_name, env.msg */
void hw_plan_fields(hw_plan_work_t *w);      /* rules, mapped, part->fields */
void hw_plan_summary(hw_plan_work_t *w);     /* part->summary, summary_full */
void hw_plan_company(hw_plan_work_t *w);     /* part->company, company_named */
void hw_plan_identity(hw_plan_work_t *w);    /* part->dedup_key … xref */
void hw_plan_texts(hw_plan_work_t *w);       /* part->description, event_text */
void hw_plan_maintenance(hw_plan_work_t *w); /* part->drop for a window or global mode */

/* All of the above for an event about the endpoint's silence. */
void hw_plan_heartbeat(hw_plan_work_t *w);
/* All of the above for what a PSA tells of a ticket. */
void hw_plan_mirror(hw_plan_work_t *w);

/* Sets dedup_key, alert_key, lane and xref from key text and part->company. */
void hw_plan_set_identity(hw_part_t *part, const char *key, apr_pool_t *p);

#endif
