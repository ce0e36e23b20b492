-- SPDX-License-Identifier: Apache-2.0
-- When the stages of the last attempt were reached, in milliseconds since the request was received;
-- NULL = it did not get that far, or nobody wrote it down. The end is processing_time.
ALTER TABLE webhook_log
    ADD taken_ms    integer,    -- read from the queue
    ADD begun_ms    integer,    -- its turn among the events of its alert
    ADD decided_ms  integer;    -- facts read, action settled
