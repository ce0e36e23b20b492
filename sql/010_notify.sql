-- SPDX-License-Identifier: Apache-2.0
-- Chat targets of endpoints, and the messages they get: the document shows targets without secrets.

ALTER TABLE endpoint ADD COLUMN notify text;    -- Fernet: the whole list as JSON

-- Messages: made by the transaction that records the event, sent by threads of their own. They stay as
-- long as history does.
CREATE TABLE notification (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint_id  text NOT NULL,
    target       text NOT NULL,             -- id of an entry of its list
    what         text NOT NULL CHECK (what IN ('create', 'close', 'reopen', 'failed', 'analysis')),
    request_id   text NOT NULL,             -- the history row it is about
    part         integer NOT NULL,
    received_at  timestamptz NOT NULL,
    body         text,                      -- what the language model said
    created_at   timestamptz NOT NULL DEFAULT now(),
    due_at       timestamptz NOT NULL DEFAULT now(), -- next try; ahead while one is under way
    tries        integer NOT NULL DEFAULT 0,
    begun_at     timestamptz,               -- of a try whose end nobody knows (yet)
    doubts       integer NOT NULL DEFAULT 0, -- tries whose end nobody will know
    error        text,                      -- of the last try
    sent_at      timestamptz,
    message_id   text,                      -- the service's, for replies
    failed_at    timestamptz,               -- given up
    UNIQUE (request_id, part, target, what)
);
CREATE INDEX notification_due ON notification (due_at) WHERE sent_at IS NULL AND failed_at IS NULL;
-- One target gets its messages one after another.
CREATE INDEX notification_lane ON notification (endpoint_id, target, id)
    WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX notification_endpoint ON notification (endpoint_id, id);
CREATE INDEX notification_over ON notification ((coalesce(sent_at, failed_at)));

-- Alerts (or endpoints, for events that belong to none) whose last event could not be delivered: it is
-- told once.
CREATE TABLE notify_failing (
    key    text PRIMARY KEY,
    since  timestamptz NOT NULL DEFAULT now()
);
