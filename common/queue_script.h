/* SPDX-License-Identifier: Apache-2.0 */
/* The Lua scripts Redis runs for us, as text. */
#ifndef HW_QUEUE_SCRIPT_H
#define HW_QUEUE_SCRIPT_H

/* By hw_script_e (common/queue_conn.h). */
const char *hw_queue_script_text(int which);

/* The enqueue script and its SHA-1: callers that pipeline name it without a connection at hand. A
 * unit test holds the two together. */
const char *hw_enqueue_script(void);
#define HW_ENQUEUE_SHA "cc2f3da0f5c9f36fd763dda493b5617476eee333"

/* KEYS: none. Answers {lag, oldest entry's time in ms or 0, time now in ms, status texts…}. */
const char *hw_status_script(void);

#endif
