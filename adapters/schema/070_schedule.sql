-- What the clock causes, and for which period it was last done: "dues" of a centre up to the month 2026-11, say. Losing
-- a row costs asking again for what is there already.
SET ROLE daybook_owner;
CREATE TABLE book.schedule_marks (
  tenant_id uuid NOT NULL,
  job       text NOT NULL,
  done      text NOT NULL,
  at        timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, job)
);
ALTER TABLE book.schedule_marks ENABLE ROW LEVEL SECURITY;
ALTER TABLE book.schedule_marks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON book.schedule_marks TO daybook_app
  USING (tenant_id = (SELECT book.tenant())) WITH CHECK (tenant_id = (SELECT book.tenant()));
CREATE POLICY platform ON book.schedule_marks FOR SELECT TO daybook_app USING ((SELECT book.is_platform()));
GRANT SELECT, INSERT, UPDATE ON book.schedule_marks TO daybook_app;

-- What stands beside the books and has served its time. The application may not delete; it may ask for this, and what
-- is younger than this function says stays, whatever it asks for.
CREATE POLICY purge_seen ON book.commands FOR SELECT TO daybook_owner USING (true);
CREATE POLICY purge ON book.commands FOR DELETE TO daybook_owner USING (true);
CREATE POLICY purge ON book.refresh_tokens FOR DELETE TO daybook_owner USING (true);
CREATE POLICY purge_seen ON book.one_time_links FOR SELECT TO daybook_owner USING (true);
CREATE POLICY purge ON book.one_time_links FOR DELETE TO daybook_owner USING (true);
CREATE INDEX commands_recorded ON book.commands USING brin (recorded_at);

-- Deletes at most p_most rows of one kind and answers how many; fewer than p_most: that was all.
CREATE FUNCTION book.purge(p_kind text, p_before timestamptz, p_most integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE v_count integer; v_before timestamptz;
BEGIN
  IF p_kind = 'commands' THEN
    v_before := least(p_before, clock_timestamp() - interval '30 days');
    DELETE FROM book.commands WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM book.commands WHERE recorded_at < v_before LIMIT p_most));
  ELSIF p_kind = 'refresh_tokens' THEN
    v_before := least(p_before, clock_timestamp() - interval '1 day');
    DELETE FROM book.refresh_tokens WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM book.refresh_tokens WHERE expires_at < v_before LIMIT p_most));
  ELSIF p_kind = 'one_time_links' THEN
    v_before := least(p_before, clock_timestamp() - interval '1 day');
    DELETE FROM book.one_time_links WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM book.one_time_links WHERE expires_at < v_before LIMIT p_most));
  ELSE
    RAISE EXCEPTION 'nothing of this kind is purged: %', p_kind;
  END IF;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;
REVOKE ALL ON FUNCTION book.purge FROM PUBLIC;
GRANT EXECUTE ON FUNCTION book.purge TO daybook_app;
RESET ROLE;
