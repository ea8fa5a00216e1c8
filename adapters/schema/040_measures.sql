-- What is measured for each tenant, for /metrics: tenants by id and numbers, nothing else of theirs.
SET ROLE daybook_owner;
CREATE POLICY measure ON book.refresh_tokens FOR SELECT TO daybook_owner USING (true);
CREATE INDEX refresh_tokens_issued ON book.refresh_tokens (issued_at);

-- Rows of (name, label, value):
--   active_users, tenant, how many people were given an access token in the last 15 minutes, which is how long it lives
--   lag_seconds, tenant, age of the oldest event that its read models lack; the p_most worst
--   parked_streams, projection, how many streams it could not follow
CREATE FUNCTION book.measures(p_most integer) RETURNS TABLE (name text, label text, value double precision)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$
    SELECT 'active_users', tenant_id::text, count(DISTINCT user_id) FROM book.refresh_tokens
     WHERE issued_at > now() - interval '15 minutes' GROUP BY tenant_id
    UNION ALL
    (SELECT 'lag_seconds', b.tenant_id::text, extract(epoch FROM clock_timestamp() - first.recorded_at)
      FROM book.books b
      LEFT JOIN reading.positions p ON p.tenant_id = b.tenant_id
      JOIN LATERAL (SELECT e.recorded_at FROM book.events e
                     WHERE e.tenant_id = b.tenant_id AND e.position = coalesce(p.position, 0) + 1) first ON true
     WHERE b.position > coalesce(p.position, 0)
     ORDER BY 3 DESC LIMIT p_most)
    UNION ALL
    SELECT 'parked_streams', projection, count(*) FROM reading.parked WHERE skipped_by IS NULL GROUP BY projection
  $$;
REVOKE ALL ON FUNCTION book.measures FROM PUBLIC;
GRANT EXECUTE ON FUNCTION book.measures TO daybook_app;
RESET ROLE;
