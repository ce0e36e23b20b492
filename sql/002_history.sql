-- SPDX-License-Identifier: Apache-2.0
-- History: one row for each event and element, and the sealed request beside it, both in
-- partitions of one UTC day.
--
-- created_at is the time the request was received. It is the partition key, and it never changes
-- for a request: so recording the same request and part again finds, and replaces, the first row.

CREATE SEQUENCE webhook_log_id_seq;

CREATE TABLE webhook_log (
    id               bigint NOT NULL DEFAULT nextval('webhook_log_id_seq'),
    created_at       timestamptz NOT NULL,
    recorded_at      timestamptz NOT NULL DEFAULT now(),
    request_id       text NOT NULL,
    part             integer NOT NULL,
    config_id        text NOT NULL,
    config_name      text,
    tenant           text NOT NULL DEFAULT 'default',
    status           text NOT NULL
        CHECK (status IN ('processed', 'skipped', 'retrying', 'failed', 'dlq', 'rejected')),
    action           text CHECK (action IN ('create', 'update', 'close', 'reopen')),
    ticket_id        text,
    destination      text,
    company          text,
    summary          text,
    dedup_key        text,
    alert_key        text,
    matched_rule     text,
    error_message    text,
    processing_time  double precision,
    retry_count      integer NOT NULL DEFAULT 0,
    recordings       integer NOT NULL DEFAULT 1,    -- times this row was written
    source_ip        text,
    payload          text,
    headers          text,
    trace            text,
    PRIMARY KEY (id, created_at),
    UNIQUE (request_id, part, created_at)
) PARTITION BY RANGE (created_at);
ALTER SEQUENCE webhook_log_id_seq OWNED BY webhook_log.id;

-- Every page is "newest first", alone or below one exact filter.
CREATE INDEX webhook_log_page ON webhook_log (created_at DESC, id DESC);
CREATE INDEX webhook_log_config ON webhook_log (config_id, created_at DESC, id DESC);
CREATE INDEX webhook_log_status ON webhook_log (status, created_at DESC, id DESC);
CREATE INDEX webhook_log_action ON webhook_log (action, created_at DESC, id DESC)
    WHERE action IS NOT NULL;
CREATE INDEX webhook_log_ticket ON webhook_log (ticket_id, created_at DESC, id DESC)
    WHERE ticket_id IS NOT NULL;
CREATE INDEX webhook_log_company ON webhook_log (company, created_at DESC, id DESC)
    WHERE company IS NOT NULL;
CREATE INDEX webhook_log_source ON webhook_log (source_ip, created_at DESC, id DESC)
    WHERE source_ip IS NOT NULL;

CREATE TABLE webhook_raw (
    request_id  text NOT NULL,
    created_at  timestamptz NOT NULL,
    event       bytea NOT NULL,             -- its stream fields, sealed
    PRIMARY KEY (request_id, created_at)
) PARTITION BY RANGE (created_at);
-- Sealed bytes do not compress.
ALTER TABLE webhook_raw ALTER COLUMN event SET STORAGE EXTERNAL;

-- Dates that no day's partition holds land here, so that nothing is ever refused.
CREATE TABLE webhook_log_default PARTITION OF webhook_log DEFAULT;
CREATE TABLE webhook_raw_default PARTITION OF webhook_raw DEFAULT;

-- Makes a table's partition for a day; rows of that day which went to the default one move into
-- it. True when it was made, false when it was there.
CREATE FUNCTION history_partition(parent text, day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    part text := parent || '_' || to_char(day, 'YYYYMMDD');
    low timestamptz := day::timestamp AT TIME ZONE 'UTC';
    high timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    IF to_regclass(part) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- Nobody may add to the default partition between the move and the attachment. Whoever waited
    -- here for another one doing the same sees its work afterwards.
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', parent || '_default');
    IF to_regclass(part) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS '
                   'INCLUDING STORAGE)', part, parent);
    EXECUTE format('WITH moved AS (DELETE FROM %I WHERE created_at >= %L AND created_at < %L '
                   'RETURNING *) INSERT INTO %I SELECT * FROM moved',
                   parent || '_default', low, high, part);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   parent, part, low, high);
    RETURN true;
END $$;

-- Drops days that ended before the limit, and such rows of the default partition. Gives the
-- number of days dropped (counted in the log's table).
CREATE FUNCTION history_retention(keep_from date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    limit_at timestamptz := keep_from::timestamp AT TIME ZONE 'UTC';
    part text;
    dropped integer := 0;
BEGIN
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent IN ('webhook_log'::regclass, 'webhook_raw'::regclass)
          AND c.relname ~ '_[0-9]{8}$' AND right(c.relname, 8) < to_char(keep_from, 'YYYYMMDD')
        ORDER BY 1
    LOOP
        EXECUTE format('DROP TABLE %I', part);
        IF part LIKE 'webhook_log_%' THEN
            dropped := dropped + 1;
        END IF;
    END LOOP;
    DELETE FROM webhook_log_default WHERE created_at < limit_at;
    DELETE FROM webhook_raw_default WHERE created_at < limit_at;
    RETURN dropped;
END $$;
