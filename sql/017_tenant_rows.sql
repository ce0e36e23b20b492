-- SPDX-License-Identifier: Apache-2.0
-- Rows of one tenant. Whoever is bound to a tenant works in a session whose search path begins with
-- the schema made here: its views have the names of the tables and hold the rows of the tenant that
-- hookwise.tenant names, whatever a statement asks for, and take no others. A session without that
-- setting finds them failing, not empty of conditions.
--
-- Policies of row-level security would do the same, but either for a role that only a superuser can
-- give an installation, or for the owner as well (FORCE): then hookwised pays for them with each
-- row, and no search may use the index of trigrams, as ILIKE is not leakproof.

-- Made anew with every migration, so that the views have the columns of the tables.
CREATE FUNCTION tenant_views_drop() RETURNS void LANGUAGE sql AS $$
    DROP SCHEMA IF EXISTS hookwise_tenant CASCADE
$$;

CREATE FUNCTION tenant_views() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t record;
BEGIN
    PERFORM tenant_views_drop();
    CREATE SCHEMA hookwise_tenant;
    -- Every table with a tenant, but those that say who may sign in (users are found by name before
    -- it is known whose they are) and the map, which all tenants share.
    FOR t IN
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT c.relispartition AND a.attname = 'tenant' AND NOT a.attisdropped
          AND c.relname NOT IN ('app_user', 'api_key', 'tenant_map')
    LOOP
        EXECUTE format('CREATE VIEW hookwise_tenant.%1$I AS SELECT * FROM public.%1$I '
                       'WHERE tenant = current_setting(''hookwise.tenant'') '
                       'WITH LOCAL CHECK OPTION', t.relname);
    END LOOP;
    CREATE VIEW hookwise_tenant.incident_note AS SELECT * FROM public.incident_note n
        WHERE EXISTS (SELECT 1 FROM public.incident i WHERE i.id = n.incident_id
                      AND i.tenant = current_setting('hookwise.tenant'))
        WITH LOCAL CHECK OPTION;
END $$;

-- The log of changes says whose they were; '*' = everybody's.
ALTER TABLE audit ALTER tenant SET DEFAULT '*';
UPDATE audit SET tenant = '*';
CREATE INDEX audit_tenant ON audit (tenant, id DESC) WHERE tenant <> '*';
