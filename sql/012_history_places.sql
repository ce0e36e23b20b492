-- SPDX-License-Identifier: Apache-2.0
-- Filters of history that leave nothing, or little, answer as fast as the others.

-- The sums tell where rows are, by the day and by the hour: of destinations too, and hours are kept
-- as long as the rows.
ALTER TABLE webhook_stat
    ADD destination text NOT NULL DEFAULT '',           -- '' = none
    DROP CONSTRAINT webhook_stat_pkey,
    ADD PRIMARY KEY (span, start, endpoint_id, tenant, status, action, destination);
CREATE INDEX webhook_stat_endpoint ON webhook_stat (endpoint_id, span, start);

-- Days that history does not reach any more stay as they are: they are for charts alone.
DELETE FROM webhook_stat WHERE span = 'hour' OR EXISTS (SELECT 1 FROM webhook_log
    WHERE created_at >= start AND created_at < start + interval '24 hours');
INSERT INTO webhook_stat (span, start, endpoint_id, tenant, status, action, destination, n, seconds)
SELECT 'hour', date_trunc('hour', created_at), config_id, tenant, status, coalesce(action, ''),
       coalesce(destination, ''), count(*), coalesce(sum(processing_time), 0)
FROM webhook_log GROUP BY 1, 2, 3, 4, 5, 6, 7;
INSERT INTO webhook_stat (span, start, endpoint_id, tenant, status, action, destination, n, seconds)
SELECT 'day', date_trunc('day', start), endpoint_id, tenant, status, action, destination, sum(n),
       sum(seconds)
FROM webhook_stat WHERE span = 'hour' GROUP BY 1, 2, 3, 4, 5, 6, 7;

CREATE OR REPLACE FUNCTION stat_retention(keep_from date) RETURNS void LANGUAGE sql AS $$
    DELETE FROM webhook_stat
    WHERE (span = 'hour' AND start < least(keep_from::timestamp AT TIME ZONE 'UTC',
                                           now() - interval '8 days'))
       OR (span = 'day' AND start < least(keep_from::timestamp AT TIME ZONE 'UTC',
                                          now() - interval '400 days'));
$$;

-- Gathers statistics of days that have grown since. Autovacuum does that as well, unless it is off or
-- behind; without them a planner cannot tell a filter that leaves little from one that leaves much.
CREATE FUNCTION history_analyze() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    part text;
    done integer := 0;
BEGIN
    FOR part IN
        SELECT s.relname FROM pg_inherits i JOIN pg_stat_user_tables s ON s.relid = i.inhrelid
        WHERE i.inhparent = 'webhook_log'::regclass
          AND s.n_mod_since_analyze > 1000 + s.n_live_tup / 10
        ORDER BY 1
    LOOP
        EXECUTE format('ANALYZE %I', part);
        done := done + 1;
    END LOOP;
    RETURN done;
END $$;
