-- Reading the book by time. Within a tenant what the book knows never goes back, so positions are in the order of
-- recorded_at, and an instant is found by halving: some 20 looks into an index instead of a second one to maintain.
SET ROLE daybook_owner;
CREATE FUNCTION book.position_before(p_tenant uuid, p_at timestamptz) RETURNS bigint
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE v_low bigint := 0; v_high bigint; v_middle bigint; v_at timestamptz;
BEGIN
  SELECT b.position INTO v_high FROM book.books b WHERE b.tenant_id = p_tenant;
  v_high := coalesce(v_high, 0);
  WHILE v_low < v_high LOOP
    v_middle := (v_low + v_high + 1) / 2;
    SELECT e.recorded_at INTO v_at FROM book.events e WHERE e.tenant_id = p_tenant AND e.position = v_middle;
    IF v_at < p_at THEN v_low := v_middle; ELSE v_high := v_middle - 1; END IF;
  END LOOP;
  RETURN v_low;  -- the last position recorded before p_at; 0 if there is none
END $$;
REVOKE ALL ON FUNCTION book.position_before FROM PUBLIC;
GRANT EXECUTE ON FUNCTION book.position_before TO daybook_app, daybook_auditor;
RESET ROLE;
