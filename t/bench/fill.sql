-- SPDX-License-Identifier: Apache-2.0
-- History as a busy installation has it, for t/bench/history: forty endpoints of four tenants, of
-- which a few send most; a quarter of the rows has a ticket; one request in twenty has two parts.
-- Settings of the session: bench.rows (in all), bench.days, bench.fresh (days at the end whose
-- statistics nobody has gathered).

CREATE FUNCTION bench_number(text, bigint) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT hashtextextended($1, $2)::bit(30)::int $$;

INSERT INTO tenant (id, name) VALUES ('acme', 'Acme'), ('globex', 'Globex'), ('initech', 'Initech');
INSERT INTO endpoint (id, name, tenant, doc, display_order)
SELECT 'bench-' || n, 'Endpoint ' || n, t, jsonb_build_object('name', 'Endpoint ' || n, 'tenant', t,
    'preset', (ARRAY['uptime-kuma', 'zabbix', 'grafana', 'generic'])[n % 4 + 1],
    'timeout_alerts_enabled', n % 3 = 0), n
FROM (SELECT n, CASE WHEN n % 8 < 5 THEN 'default' ELSE (ARRAY['acme', 'globex', 'initech'])[n % 8 - 4] END AS t
      FROM generate_series(0, 39) n) e;

-- One day's rows, made before the table becomes a partition: its indexes are built at once.
CREATE PROCEDURE bench_day(day date, first bigint, n integer, share double precision) LANGUAGE plpgsql AS $$
DECLARE
    part text := 'webhook_log_' || to_char(day, 'YYYYMMDD');
    low timestamptz := day::timestamp AT TIME ZONE 'UTC';
    high timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I', part);
    EXECUTE format('CREATE TABLE %I (LIKE webhook_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)', part);
    EXECUTE format($q$
INSERT INTO %I (id, created_at, recorded_at, request_id, part, config_id, config_name, tenant, status, action,
    ticket_id, destination, company, summary, dedup_key, alert_key, matched_rule, error_message, processing_time,
    retry_count, source_ip, payload, headers, trace)
SELECT id, at, at + wait, md5('r' || base), part, 'bench-' || e, 'Endpoint ' || e,
    CASE WHEN e %% 8 < 5 THEN 'default' ELSE (ARRAY['acme', 'globex', 'initech'])[e %% 8 - 4] END, status,
    CASE WHEN status = 'processed' THEN CASE WHEN b %% 100 < 8 THEN 'create' WHEN b %% 100 < 83 THEN 'update'
        WHEN b %% 100 < 98 THEN 'close' ELSE 'reopen' END END,
    CASE WHEN status = 'processed' THEN ((b %% 1000) * 400 + problem %% 400 + 1)::text END,
    CASE WHEN status <> 'rejected' THEN CASE WHEN e %% 8 = 7 THEN 'local' ELSE 'connectwise' END END,
    CASE WHEN status <> 'rejected' THEN 'Company ' || problem %% 300 END,
    CASE WHEN status <> 'rejected' THEN 'Alert: web-' || problem || '.example.net ' ||
        (ARRAY['CPU load is high', 'does not answer', 'disk /var is nearly full', 'certificate expires soon'])[c %% 4 + 1] END,
    CASE WHEN status <> 'rejected' THEN 'web-' || problem || '|' || c %% 4 END,
    CASE WHEN status <> 'rejected' THEN md5('bench-' || e || '|web-' || problem || '|' || c %% 4) END,
    CASE WHEN b %% 50 = 0 THEN 'rule 2' END,
    CASE WHEN status IN ('failed', 'dlq') THEN 'ConnectWise: 400 Bad Request: board ' || c %% 7 || ' was not found'
        WHEN status = 'rejected' THEN 'the body cannot be read' END,
    extract(epoch FROM wait), CASE WHEN a %% 200 = 0 THEN 2 ELSE 0 END, '10.' || e || '.0.' || c %% 5,
    '{"monitor":{"name":"web-' || problem || '"},"heartbeat":{"status":' || b %% 2 || ',"msg":"answer ' || c || '"}}',
    '{"user-agent":"bench/1"}',
    '[{"step":"decode","text":"read as JSON"},{"step":"kind","text":"status 0: open"},{"step":"settle","text":"ticket open: note"}]'
FROM (SELECT g + %L::bigint AS id, base, (g %% 20 = 1)::int AS part,
        %L::timestamptz + (base + 0.5) / %L * %L * interval '1 day' AS at,
        40 * power(bench_number('e', base) / 1073741824.0, 2)::numeric AS e_,
        interval '1 second' * (0.02 + (a %% 1000) / 2000.0) AS wait, a, b, c, problem,
        CASE WHEN a %% 1000 < 270 THEN 'processed' WHEN a %% 1000 < 930 THEN 'skipped' WHEN a %% 1000 < 960 THEN 'failed'
            WHEN a %% 1000 < 970 THEN 'dlq' WHEN a %% 1000 < 999 THEN 'rejected' ELSE 'retrying' END AS status
      FROM (SELECT g, base, bench_number('a', base) AS a, bench_number('b', base) AS b, bench_number('c', base) AS c,
                bench_number('p', base) %% 5000 AS problem
            FROM (SELECT g, g - (g %% 20 = 1)::int AS base FROM generate_series(0, %s) g) n OFFSET 0) v) w,
    LATERAL (SELECT floor(e_)::int AS e) x$q$, part, first, low, n, share, n - 1);
    EXECUTE format('ALTER TABLE webhook_log ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part, low, high);
    PERFORM history_partition('webhook_raw', day);
END $$;

-- The sums that recording keeps, and what there is beside history.
CREATE PROCEDURE bench_beside() LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO webhook_stat (span, start, endpoint_id, tenant, status, action, destination, n, seconds)
    SELECT 'hour', date_trunc('hour', created_at), config_id, tenant, status, coalesce(action, ''),
        coalesce(destination, ''), count(*), coalesce(sum(processing_time), 0)
    FROM webhook_log GROUP BY 2, 3, 4, 5, 6, 7;
    INSERT INTO webhook_stat (span, start, endpoint_id, tenant, status, action, destination, n, seconds)
    SELECT 'day', date_trunc('day', start), endpoint_id, tenant, status, action, destination, sum(n), sum(seconds)
    FROM webhook_stat WHERE span = 'hour' GROUP BY 2, 3, 4, 5, 6, 7;
    INSERT INTO endpoint_seen (endpoint_id, last_seen_at, events, last_ok_at)
    SELECT endpoint_id, max(start), sum(n), max(start) FROM webhook_stat WHERE span = 'hour' GROUP BY 1;
    INSERT INTO alert (alert_key, endpoint_id, tenant, destination, company, dedup_key, summary_full, xref, open,
        ticket_id, opened_at, last_event_at, events)
    SELECT md5('alert' || n), 'bench-' || n % 40, 'default', 'local', 'Company ' || n % 300, 'web-' || n,
        'Alert: web-' || n || ' does not answer', 'HW-' || n, n % 5 = 0, n::text, now(), now(), n % 50
    FROM generate_series(1, 20000) n;
    INSERT INTO incident (tenant, endpoint_id, xref, company, summary, status, created_at, updated_at)
    SELECT e.tenant, e.id, 'HW-' || n, 'Company ' || n % 300, 'Alert: web-' || n || ' does not answer',
        CASE WHEN n % 5 = 0 THEN 'open' WHEN n % 97 = 0 THEN 'acknowledged' ELSE 'closed' END, now(), now()
    FROM generate_series(1, 20000) n JOIN endpoint e ON e.id = 'bench-' || n % 40;
    INSERT INTO incident_note (incident_id, ref, author, text, created_at)
    SELECT i.id, n::text, 'hookwised', 'happened again', now() FROM incident i, generate_series(1, 3) n;
    INSERT INTO audit (who, what, object) SELECT 'user' || n % 9, 'endpoint.update', 'bench-' || n % 40
    FROM generate_series(1, 20000) n;
END $$;
