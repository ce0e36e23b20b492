/* SPDX-License-Identifier: Apache-2.0 */
/* Amazon SNS asks an endpoint to confirm its subscription by opening an address it names. That is done
 * for endpoints of the cloudwatch preset, and for addresses of SNS itself only. */
#ifndef HWD_SNS_H
#define HWD_SNS_H

#include "hookwised/turn.h"

/* "https://sns.REGION.amazonaws.com[.cn]/?…Action=ConfirmSubscription…": no other scheme, host, port
 * or user. */
int hwd_sns_url_allowed(const char *url);

/* The part is a confirmation that is to be answered: done, and recorded. 0: it is none. */
int hwd_sns_confirm(hwd_turn_t *t, hwd_step_t *s, const hw_plan_t *plan);

#endif
