-- SPDX-License-Identifier: Apache-2.0
-- Tickets of PSAs as their webhooks tell of them.

CREATE TABLE ticket_mirror (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant       text NOT NULL,
    provider     text NOT NULL,
    ticket_id    text NOT NULL,
    subject      text,
    status       text,
    priority     text,
    company      text,
    requester    text,
    updated_at   timestamptz NOT NULL,          -- by the PSA's clock: an older word changes nothing
    deleted      boolean NOT NULL DEFAULT false,
    fields       jsonb NOT NULL DEFAULT '{}',   -- what was told, secrets masked
    endpoint_id  text NOT NULL,
    seen_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant, provider, ticket_id)
);
CREATE INDEX ticket_mirror_page ON ticket_mirror (updated_at DESC, id DESC);
CREATE INDEX ticket_mirror_tenant ON ticket_mirror (tenant, updated_at DESC, id DESC);
