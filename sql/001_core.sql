-- SPDX-License-Identifier: Apache-2.0
-- Configuration, alert state, incidents, users and audit: everything but history.

CREATE TABLE tenant (
    id          text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 100),
    name        text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
INSERT INTO tenant (id, name) VALUES ('default', 'Default');

-- Rows change version with every save; hookwised and the published records go by it.
CREATE SEQUENCE endpoint_version_seq;

CREATE TABLE endpoint (
    id                text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    name              text NOT NULL,
    tenant            text NOT NULL DEFAULT 'default' REFERENCES tenant (id),
    doc               jsonb NOT NULL,       -- normal form, without secrets
    token             text,                 -- Fernet
    token_sha256      text,                 -- what is published: needs no key
    token_created_at  timestamptz,
    previous_sha256   text,                 -- the token before, valid until previous_until
    previous_until    timestamptz,
    hmac_secret       text,                 -- Fernet
    version           bigint NOT NULL DEFAULT nextval('endpoint_version_seq'),
    display_order     integer NOT NULL DEFAULT 0,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX endpoint_name ON endpoint (name);
CREATE INDEX endpoint_tenant ON endpoint (tenant);

-- Apart from the configuration because it changes with every batch of events.
CREATE TABLE endpoint_seen (
    endpoint_id   text PRIMARY KEY REFERENCES endpoint (id) ON DELETE CASCADE,
    last_seen_at  timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE alert (
    alert_key        text PRIMARY KEY,
    endpoint_id      text NOT NULL,         -- outlives its endpoint: a ticket may still be open
    tenant           text NOT NULL,
    destination      text NOT NULL,
    company          text,
    dedup_key        text NOT NULL,
    summary_full     text NOT NULL,
    xref             text NOT NULL,
    open             boolean NOT NULL DEFAULT false,
    ticket_id        text,
    opened_at        timestamptz,
    closed_at        timestamptz,
    last_event_at    timestamptz,
    verified_at      timestamptz,
    closed_by_human  boolean NOT NULL DEFAULT false,
    events           bigint NOT NULL DEFAULT 0,
    intent_request   text,                  -- a create is under way
    intent_part      integer,
    intent_at        timestamptz
) WITH (fillfactor = 70);
-- A key may be long; its digest is not.
CREATE INDEX alert_open ON alert (endpoint_id, md5(dedup_key)) WHERE open;
CREATE INDEX alert_ticket ON alert (destination, ticket_id) WHERE ticket_id IS NOT NULL;
CREATE INDEX alert_intent ON alert (intent_at) WHERE intent_request IS NOT NULL;

CREATE TABLE incident (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant       text NOT NULL,
    endpoint_id  text NOT NULL,
    xref         text NOT NULL,
    company      text,
    summary      text NOT NULL,
    description  text NOT NULL DEFAULT '',
    status       text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'acknowledged', 'closed')),
    fields       jsonb NOT NULL DEFAULT '{}',   -- board, priority, severity, ...
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    closed_at    timestamptz
);
-- One open incident for a problem, whoever asks for a second.
CREATE UNIQUE INDEX incident_open_xref ON incident (xref) WHERE status <> 'closed';
CREATE INDEX incident_summary ON incident (tenant, md5(summary)) WHERE status <> 'closed';
CREATE INDEX incident_page ON incident (tenant, status, id DESC);

CREATE TABLE incident_note (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id  bigint NOT NULL REFERENCES incident (id) ON DELETE CASCADE,
    ref          text,                      -- request and part it came from
    author       text NOT NULL,
    text         text NOT NULL,
    created_at   timestamptz NOT NULL,
    UNIQUE (incident_id, ref)
);

CREATE TABLE app_user (
    name           text PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 100),
    password_hash  text NOT NULL,
    role           text NOT NULL CHECK (role IN ('owner', 'admin', 'operator', 'viewer')),
    tenant         text NOT NULL DEFAULT '*',   -- '*' = all
    enabled        boolean NOT NULL DEFAULT true,
    created_at     timestamptz NOT NULL DEFAULT now(),
    last_login_at  timestamptz
);

CREATE TABLE setting (
    name        text PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 100),
    value       text NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE tenant_map (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant      text NOT NULL DEFAULT 'default',
    pattern     text NOT NULL CHECK (length(pattern) BETWEEN 1 AND 255),
    company     text NOT NULL CHECK (length(company) BETWEEN 1 AND 255),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX tenant_map_pattern ON tenant_map (tenant, lower(pattern));

CREATE TABLE audit (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at  timestamptz NOT NULL DEFAULT now(),
    tenant      text NOT NULL DEFAULT 'default',
    who         text NOT NULL,
    address     text NOT NULL DEFAULT '',
    what        text NOT NULL,
    object      text NOT NULL DEFAULT '',
    before      jsonb,
    after       jsonb
);
CREATE INDEX audit_object ON audit (object, id DESC);

-- Whoever changes configuration, hookwised hears of it: the payload names the endpoint, or the
-- table for settings and tenant map.
CREATE FUNCTION notify_endpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('hookwise_config', CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END);
    RETURN NULL;
END $$;
CREATE TRIGGER endpoint_changed AFTER INSERT OR UPDATE OR DELETE ON endpoint
    FOR EACH ROW EXECUTE FUNCTION notify_endpoint();

CREATE FUNCTION notify_table() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('hookwise_config', TG_TABLE_NAME);
    RETURN NULL;
END $$;
CREATE TRIGGER setting_changed AFTER INSERT OR UPDATE OR DELETE ON setting
    FOR EACH STATEMENT EXECUTE FUNCTION notify_table();
CREATE TRIGGER tenant_map_changed AFTER INSERT OR UPDATE OR DELETE ON tenant_map
    FOR EACH STATEMENT EXECUTE FUNCTION notify_table();
