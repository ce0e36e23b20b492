-- SPDX-License-Identifier: Apache-2.0
-- Second factors of users, API keys, and what looking through the audit log needs.

-- A version is never used twice: a session of a user that is gone is not one of a new user with
-- the same name.
CREATE SEQUENCE app_user_version_seq;

ALTER TABLE app_user
    ADD version       bigint NOT NULL DEFAULT nextval('app_user_version_seq'), -- of the credentials
    ADD totp_secret   text,                        -- Fernet; NULL = no second factor
    ADD totp_pending  text,                        -- Fernet; shown, but no code seen of it yet
    ADD totp_step     bigint NOT NULL DEFAULT 0,   -- of the last code taken: none counts twice
    ADD recovery      text[] NOT NULL DEFAULT '{}'; -- SHA-256 of each recovery code left

CREATE TABLE api_key (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    sha256        text NOT NULL UNIQUE,
    hint          text NOT NULL,            -- its first characters, to tell keys apart
    role          text NOT NULL CHECK (role IN ('owner', 'admin', 'operator', 'viewer')),
    tenant        text NOT NULL DEFAULT '*',
    created_by    text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz,              -- NULL = never
    last_used_at  timestamptz
);

-- Whoever changes users or keys, hookwised publishes them; a login is no change.
CREATE TRIGGER app_user_changed AFTER INSERT OR DELETE
    OR UPDATE OF password_hash, role, tenant, enabled, version, totp_secret ON app_user
    FOR EACH STATEMENT EXECUTE FUNCTION notify_table();
CREATE TRIGGER api_key_changed AFTER INSERT OR DELETE
    OR UPDATE OF sha256, role, tenant, expires_at ON api_key
    FOR EACH STATEMENT EXECUTE FUNCTION notify_table();

CREATE INDEX audit_who ON audit (who, id DESC);
CREATE INDEX audit_what ON audit (what, id DESC);
CREATE INDEX audit_created ON audit (created_at);
