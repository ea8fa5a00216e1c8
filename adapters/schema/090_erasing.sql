-- What an erasure has to reach beside the tables that are served, and how it is found that it did.

-- Who was erased, of every centre: for whoever keeps the ledger of erasures. Ids and times, only for the platform.
SET ROLE daybook_owner;
CREATE INDEX subject_keys_destroyed ON book.subject_keys (destroyed_at) WHERE destroyed_at IS NOT NULL;
CREATE POLICY erased ON book.subject_keys FOR SELECT TO daybook_owner USING (destroyed_at IS NOT NULL);
CREATE FUNCTION book.erased() RETURNS TABLE (tenant_id uuid, subject_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$ SELECT k.tenant_id, k.subject_id FROM book.subject_keys k
         WHERE k.destroyed_at IS NOT NULL AND (SELECT book.is_platform()) $$;
REVOKE ALL ON FUNCTION book.erased FROM PUBLIC;
GRANT EXECUTE ON FUNCTION book.erased TO daybook_app;
RESET ROLE;

SET ROLE daybook_rebuild;
-- When the tables of a rebuild were made.
ALTER TABLE reading.rebuilds ADD COLUMN built_at timestamptz;

-- Tables that are not served are not followed, so they would go on saying what was erased: the follower drops them in
-- the transaction in which it handles an erasure. Tables of a rebuild that somebody is working on (who holds the lock of
-- adapters.rebuilding.jobs) stay: it folds the erasure like any other event. A table that is just being gone back to is
-- left to `maintain`, which looks again.
CREATE FUNCTION reading.forget_copies() RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '200ms' AS $$
DECLARE v_idle boolean := pg_try_advisory_xact_lock(1684109571); v_gone integer := 0; v_table text;
BEGIN
  FOR v_table IN SELECT tablename FROM pg_tables WHERE schemaname = 'reading'
     AND (tablename LIKE '%\_\_prev'
          OR v_idle AND tablename LIKE '%\_\_next') ORDER BY 1 LOOP
    BEGIN
      EXECUTE format('DROP TABLE reading.%I', v_table);
      DELETE FROM reading.previous WHERE projection || '__prev' = v_table;
      v_gone := v_gone + 1;
    EXCEPTION WHEN lock_not_available OR undefined_table THEN NULL;
    END;
  END LOOP;
  RETURN v_gone;
END $$;
REVOKE ALL ON FUNCTION reading.forget_copies FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reading.forget_copies TO daybook_projector;
RESET ROLE;
