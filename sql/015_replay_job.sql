-- SPDX-License-Identifier: Apache-2.0
-- Replays of all that a filter leaves, worked off by hookwised bit by bit.
CREATE TABLE replay_job (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant       text NOT NULL,                     -- whose history, '*' = everybody's
    filter       jsonb NOT NULL,                    -- as it was given
    until        timestamptz NOT NULL,              -- what came later is no part of it
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz,                       -- NULL = it goes on
    stopped      boolean NOT NULL DEFAULT false,    -- by somebody
    total        bigint NOT NULL,                   -- requests counted when it was made
    queued       bigint NOT NULL DEFAULT 0,
    failed       bigint NOT NULL DEFAULT 0,
    error        text,                              -- of the last one that failed
    position     text,                              -- cursor of the next rows
    last_request text                               -- before them: its parts may go on
);
CREATE INDEX replay_job_running ON replay_job (id) WHERE finished_at IS NULL;
