-- SPDX-License-Identifier: Apache-2.0
-- Two endpoints, one summary and company: the second finds the first one's fresh ticket here while
-- the PSA's search does not know it yet.

CREATE INDEX alert_summary ON alert (md5(summary_full)) WHERE open;
