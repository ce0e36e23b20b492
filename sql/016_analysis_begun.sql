-- SPDX-License-Identifier: Apache-2.0
-- Analyses: since when a try is under way; its worker's session holds an advisory lock on it, by which
-- others know that it lives.

ALTER TABLE analysis ADD COLUMN begun_at timestamptz;
