-- Rebuilds as they are asked for and done, what they leave to go back to, and what a new release keeps back meanwhile.
SET ROLE daybook_rebuild;

-- What a stream that stands still is called from outside.
ALTER TABLE reading.parked ADD COLUMN
  id uuid NOT NULL GENERATED ALWAYS AS (md5(tenant_id::text || projection || stream_id::text)::uuid) STORED;
CREATE UNIQUE INDEX parked_id ON reading.parked (tenant_id, id);

-- tenant_id: whose book it was asked for in (the platform's, where it is for every centre). names: empty means all.
-- wanted is what people want of it, state what is; whoever works on one holds an advisory lock, so a state of RUNNING
-- without the lock is work that died and is to be gone on with.
CREATE TABLE reading.rebuilds (
  tenant_id   uuid NOT NULL,
  id          uuid NOT NULL,
  names       text[] NOT NULL,
  of_tenant   uuid,
  workers     integer NOT NULL DEFAULT 1,
  check_only  boolean NOT NULL DEFAULT false,
  why         text NOT NULL,
  asked_by    uuid NOT NULL,
  asked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  wanted      text NOT NULL DEFAULT 'RUN',
  heard       integer NOT NULL DEFAULT 0,
  state       text NOT NULL DEFAULT 'WAITING',
  phase       text,
  done        bigint NOT NULL DEFAULT 0,
  total       bigint NOT NULL DEFAULT 0,
  rows        bigint NOT NULL DEFAULT 0,
  rate        double precision,
  attempts    integer NOT NULL DEFAULT 0,
  started_at  timestamptz,
  moved_at    timestamptz,
  finished_at timestamptz,
  holder      text,
  error       text,
  definitions jsonb NOT NULL DEFAULT '{}',
  built       jsonb,
  folded      boolean NOT NULL DEFAULT false,
  tables      jsonb,
  PRIMARY KEY (tenant_id, id)
) WITH (fillfactor = 50);

-- Grows with every change of hands: whoever writes rows of a rebuild looks here in the same transaction.
CREATE TABLE reading.rebuild_fences (tenant_id uuid NOT NULL, id uuid NOT NULL, fence bigint NOT NULL, PRIMARY KEY (tenant_id, id));

-- How far each tenant's book has been folded into the tables of a rebuild; written together with their rows.
CREATE TABLE reading.rebuild_marks (
  tenant_id  uuid NOT NULL,
  rebuild_id uuid NOT NULL,
  position   bigint NOT NULL,
  complete   boolean NOT NULL,
  parked     jsonb,
  PRIMARY KEY (tenant_id, rebuild_id)
);

-- Rows that the rebuilt table has otherwise than the served one had: which, and in which columns; never what they said.
CREATE TABLE reading.rebuild_differences (
  tenant_id  uuid NOT NULL,
  rebuild_id uuid NOT NULL,
  projection text NOT NULL,
  key        text NOT NULL,
  kind       text NOT NULL,
  columns    text[] NOT NULL,
  PRIMARY KEY (tenant_id, rebuild_id, projection, key)
);

-- Events that a projection passes over, because somebody decided so.
CREATE TABLE reading.skips (
  tenant_id  uuid NOT NULL,
  projection text NOT NULL,
  position   bigint NOT NULL,
  stream_id  uuid NOT NULL,
  rebuild_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, projection, position)
);

-- Tables that were served before, kept under another name to go back to; where they stand, and what was parked for them.
CREATE TABLE reading.previous (
  projection text PRIMARY KEY,
  definition text NOT NULL,
  rebuild_id uuid NOT NULL,
  of_tenant  uuid,
  kept_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  positions  jsonb NOT NULL,
  parked     jsonb NOT NULL
);

-- Tables of another shape than this release makes: served as they are, from these positions on, and not followed.
CREATE TABLE reading.holds (projection text PRIMARY KEY, since timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE reading.held (
  tenant_id  uuid NOT NULL,
  projection text NOT NULL,
  position   bigint NOT NULL,
  PRIMARY KEY (tenant_id, projection)
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['rebuilds', 'rebuild_fences', 'rebuild_marks', 'rebuild_differences', 'skips', 'held'] LOOP
    EXECUTE format('ALTER TABLE reading.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE reading.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY follow ON reading.%I TO daybook_projector, daybook_rebuild USING (true) WITH CHECK (true)', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['rebuilds', 'rebuild_differences', 'skips'] LOOP
    EXECUTE format('CREATE POLICY tenant ON reading.%I FOR SELECT TO daybook_app, daybook_auditor USING (tenant_id = (SELECT book.tenant()))', t);
    EXECUTE format('CREATE POLICY platform ON reading.%I FOR SELECT TO daybook_app USING ((SELECT book.is_platform()))', t);
    EXECUTE format('GRANT SELECT ON reading.%I TO daybook_app, daybook_auditor', t);
  END LOOP;
END $$;
CREATE POLICY platform ON reading.parked FOR SELECT TO daybook_app USING ((SELECT book.is_platform()));
GRANT SELECT ON reading.skips, reading.holds, reading.held, reading.rebuilds TO daybook_projector;
GRANT SELECT ON reading.holds TO daybook_app;
GRANT SELECT (projection, rebuild_id, kept_at) ON reading.previous TO daybook_app;
CREATE POLICY progress ON reading.held FOR SELECT TO daybook_owner USING (true);
CREATE POLICY progress ON reading.rebuilds FOR SELECT TO daybook_owner USING (true);
GRANT SELECT ON reading.held, reading.holds, reading.rebuilds TO daybook_owner;
RESET ROLE;

-- How far behind the read models of each tenant are, for the platform of all tenants, for a tenant of its own: numbers.
-- A row without a projection is of all that are followed; a projection that is held back has rows of its own.
SET ROLE daybook_owner;
CREATE FUNCTION book.lags()
  RETURNS TABLE (tenant_id uuid, projection text, read_position bigint, head bigint, lag_seconds double precision)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$
    SELECT a.tenant_id, a.projection, a.at, a.head,
           coalesce((SELECT greatest(extract(epoch FROM clock_timestamp() - e.recorded_at), 0) FROM book.events e
                      WHERE a.head > a.at AND e.tenant_id = a.tenant_id AND e.position = a.at + 1), 0)
      FROM (SELECT b.tenant_id, NULL::text AS projection, coalesce(p.position, 0) AS at, b.position AS head
              FROM book.books b LEFT JOIN reading.positions p ON p.tenant_id = b.tenant_id
            UNION ALL
            SELECT b.tenant_id, h.projection, coalesce(x.position, 0), b.position
              FROM reading.holds h CROSS JOIN book.books b
              LEFT JOIN reading.held x ON x.tenant_id = b.tenant_id AND x.projection = h.projection) a
     WHERE (SELECT book.is_platform()) OR a.tenant_id = (SELECT book.tenant())
  $$;
REVOKE ALL ON FUNCTION book.lags FROM PUBLIC;
GRANT EXECUTE ON FUNCTION book.lags TO daybook_app, daybook_projector, daybook_rebuild;

-- As before, and besides: held_lag_seconds, projection, of those that are held back; parked_seconds, projection, how
-- long the stream that has been parked longest has been; tenant_held_lag_seconds, projection and tenant, of the p_most
-- worst; rebuilds, state, how many there are that are not over, or failed within a day.
CREATE OR REPLACE FUNCTION book.measures(p_most integer) RETURNS TABLE (name text, label text, value double precision)
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
    UNION ALL
    SELECT 'parked_seconds', projection, max(extract(epoch FROM clock_timestamp() - parked_at))
      FROM reading.parked WHERE skipped_by IS NULL GROUP BY projection
    UNION ALL
    SELECT 'rebuilds', state, count(*) FROM reading.rebuilds
     WHERE state IN ('WAITING', 'RUNNING', 'PAUSED') OR state = 'FAILED' AND asked_at > now() - interval '1 day' GROUP BY state
    UNION ALL
    SELECT 'held_lag_seconds', h.projection, coalesce(max(extract(epoch FROM clock_timestamp() - first.recorded_at)), 0)
      FROM reading.holds h CROSS JOIN book.books b
      LEFT JOIN reading.held x ON x.tenant_id = b.tenant_id AND x.projection = h.projection
      LEFT JOIN LATERAL (SELECT e.recorded_at FROM book.events e
                     WHERE e.tenant_id = b.tenant_id AND e.position = coalesce(x.position, 0) + 1) first ON true
     GROUP BY h.projection
    UNION ALL
    (SELECT 'tenant_held_lag_seconds', h.projection || ' ' || b.tenant_id::text, extract(epoch FROM clock_timestamp() - first.recorded_at)
      FROM reading.holds h CROSS JOIN book.books b
      LEFT JOIN reading.held x ON x.tenant_id = b.tenant_id AND x.projection = h.projection
      JOIN LATERAL (SELECT e.recorded_at FROM book.events e
                     WHERE e.tenant_id = b.tenant_id AND e.position = coalesce(x.position, 0) + 1) first ON true
     ORDER BY 3 DESC LIMIT p_most)
  $$;
RESET ROLE;
