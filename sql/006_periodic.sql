-- SPDX-License-Identifier: Apache-2.0
-- What hookwised does later than an event: catching up after maintenance, telling of silence,
-- analyses by a language model, checking endpoints against the PSA.

-- Alerts whose last event inside a maintenance window was an open. A recovery takes the row away;
-- when the window has ended the request is put into the queue again.
CREATE TABLE catch_up (
    alert_key       text PRIMARY KEY,
    endpoint_id     text NOT NULL,
    dedup_key       text NOT NULL,
    request_id      text NOT NULL,          -- of the last open
    part            integer NOT NULL,
    received_at     timestamptz NOT NULL,
    due_at          timestamptz NOT NULL,   -- end of the window
    replay_request  text NOT NULL,          -- the id it will have when it is replayed
    queued_at       timestamptz             -- when it was; the row stays until that is recorded
);
CREATE INDEX catch_up_lane ON catch_up (endpoint_id, md5(dedup_key));
CREATE INDEX catch_up_replay ON catch_up (replay_request);

-- Endpoints whose silence has been told.
CREATE TABLE silence (
    endpoint_id  text PRIMARY KEY REFERENCES endpoint (id) ON DELETE CASCADE,
    since        timestamptz NOT NULL,      -- last webhook, or creation
    told         integer NOT NULL           -- intervals
);

-- Tickets that wait for a note by the language model. The row goes with its note; one that was
-- given up stays as long as history does.
CREATE TABLE analysis (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id   text NOT NULL,             -- the history row it is about
    part         integer NOT NULL,
    received_at  timestamptz NOT NULL,
    endpoint_id  text NOT NULL,
    destination  text NOT NULL,
    ticket_id    text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    due_at       timestamptz NOT NULL DEFAULT now(), -- next try; ahead while one is under way
    tries        integer NOT NULL DEFAULT 0,
    answer       text,                      -- what the model said, not yet on the ticket
    model        text,                      -- which one
    error        text,                      -- of the last try
    failed_at    timestamptz,               -- given up
    UNIQUE (request_id, part)
);
CREATE INDEX analysis_due ON analysis (due_at) WHERE failed_at IS NULL;

-- Do the names an endpoint uses exist in the PSA?
CREATE TABLE endpoint_health (
    endpoint_id  text PRIMARY KEY REFERENCES endpoint (id) ON DELETE CASCADE,
    version      bigint NOT NULL,           -- of the endpoint when it was checked
    checked_at   timestamptz NOT NULL,
    status       text NOT NULL CHECK (status IN ('ok', 'attention', 'unknown')),
    problems     jsonb NOT NULL DEFAULT '[]' -- [{"field":…,"message":…}]
);
