-- SPDX-License-Identifier: Apache-2.0
-- Numbers over time, kept up to date by what records history: a page that counts a day of a large
-- installation reads some hundred rows instead of a million.

CREATE TABLE webhook_stat (
    span         text NOT NULL CHECK (span IN ('hour', 'day')),
    start        timestamptz NOT NULL,          -- of the hour or day, UTC
    endpoint_id  text NOT NULL,
    tenant       text NOT NULL,
    status       text NOT NULL,
    action       text NOT NULL,                 -- '' = none
    n            bigint NOT NULL,
    seconds      double precision NOT NULL,     -- the sum of processing times
    PRIMARY KEY (span, start, endpoint_id, tenant, status, action)
) WITH (fillfactor = 50);

-- What an endpoint met last. Not every endpoint that met something was seen: a rejected request is
-- no sign of life.
ALTER TABLE endpoint_seen
    ALTER last_seen_at DROP NOT NULL,
    ADD events         bigint NOT NULL DEFAULT 0,
    ADD last_ok_at     timestamptz,
    ADD last_error_at  timestamptz,
    ADD last_error     text,
    ADD last_error_id  bigint;

INSERT INTO webhook_stat
SELECT span, date_trunc(span, created_at), config_id, tenant, status, coalesce(action, ''),
       count(*), coalesce(sum(processing_time), 0)
FROM webhook_log, (VALUES ('hour'), ('day')) AS v (span)
GROUP BY 1, 2, 3, 4, 5, 6;

INSERT INTO endpoint_seen AS s (endpoint_id, events, last_ok_at)
SELECT e.id, count(*), max(l.created_at) FILTER (WHERE l.status IN ('processed', 'skipped'))
FROM webhook_log l JOIN endpoint e ON e.id = l.config_id GROUP BY e.id
ON CONFLICT (endpoint_id) DO UPDATE SET events = excluded.events, last_ok_at = excluded.last_ok_at;

UPDATE endpoint_seen s
SET last_error_at = l.created_at, last_error = l.error_message, last_error_id = l.id
FROM (SELECT DISTINCT ON (config_id) config_id, created_at, error_message, id FROM webhook_log
      WHERE status IN ('failed', 'dlq', 'rejected')
      ORDER BY config_id, created_at DESC, id DESC) l
WHERE l.config_id = s.endpoint_id;

-- Hours are shown for a day, days for a month; both are kept somewhat longer, and days as long as
-- history.
CREATE FUNCTION stat_retention(keep_from date) RETURNS void LANGUAGE sql AS $$
    DELETE FROM webhook_stat
    WHERE (span = 'hour' AND start < now() - interval '8 days')
       OR (span = 'day' AND start < least(keep_from::timestamp AT TIME ZONE 'UTC',
                                          now() - interval '400 days'));
$$;
