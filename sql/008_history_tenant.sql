-- SPDX-License-Identifier: Apache-2.0
-- Who is bound to a tenant sees its history alone: found without walking through everybody's.
-- Installations without tenants, where all is of the default one, pay nothing for it.
CREATE INDEX webhook_log_tenant ON webhook_log (tenant, created_at DESC, id DESC)
    WHERE tenant <> 'default';
