/* SPDX-License-Identifier: Apache-2.0 */
/* The next webhook of a sender that posts one after the other on one connection. */
#ifndef MHW_AWAIT_H
#define MHW_AWAIT_H

#include <httpd.h>

/* log_transaction, behind everything else: waits a moment for the connection's next request. What has
 * come is left to httpd, which looks for it next and then goes on in this thread. */
int mhw_await_next(request_rec *r);

#endif
