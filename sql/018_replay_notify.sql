-- SPDX-License-Identifier: Apache-2.0
-- Replays of many requests may be told to chat targets, as replays of one are.

ALTER TABLE replay_job ADD COLUMN notify boolean NOT NULL DEFAULT false;
