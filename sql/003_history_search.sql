-- SPDX-License-Identifier: Apache-2.0
-- Text search in history, by trigrams of the short texts of a row. Payloads are not in the index:
-- it would be larger than the table and cost more than all else that recording does.
--
-- pg_trgm comes with PostgreSQL's own package and may be made by the owner of the database. Where
-- it cannot be had, searching works all the same and takes longer.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    -- A short pending list: a search reads all of today's.
    CREATE INDEX webhook_log_search ON webhook_log USING gin (
        (coalesce(summary, '') || ' ' || coalesce(dedup_key, '') || ' ' ||
         coalesce(error_message, '')) gin_trgm_ops) WITH (gin_pending_list_limit = 512);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
    RAISE WARNING 'no index for text search in history: %', SQLERRM;
END $$;
