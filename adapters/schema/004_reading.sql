-- Read models live here. Their tables are made from their definitions in projections/ by the rebuild role.
SET ROLE daybook_rebuild;
CREATE SCHEMA reading;
GRANT USAGE ON SCHEMA reading TO daybook_app, daybook_projector, daybook_auditor, daybook_owner;

-- How far the read models of a tenant have followed its book.
CREATE TABLE reading.positions (
  tenant_id uuid PRIMARY KEY,
  position  bigint NOT NULL,
  moved_at  timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- Streams whose events a projection could not apply. Everything else flows on.
CREATE TABLE reading.parked (
  tenant_id  uuid NOT NULL,
  projection text NOT NULL,
  stream_id  uuid NOT NULL,
  position   bigint NOT NULL,
  version    integer NOT NULL,
  topic      text NOT NULL,
  error      text NOT NULL,
  parked_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  skipped_by uuid,
  PRIMARY KEY (tenant_id, projection, stream_id)
);

-- Which definition of each read table is being served.
CREATE TABLE reading.definitions (
  name       text PRIMARY KEY,
  definition text NOT NULL,
  built_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['positions', 'parked'] LOOP
    EXECUTE format('ALTER TABLE reading.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE reading.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON reading.%I FOR SELECT TO daybook_app, daybook_auditor'
                   ' USING (tenant_id = (SELECT book.tenant()))', t);
    EXECUTE format('CREATE POLICY follow ON reading.%I TO daybook_projector, daybook_rebuild USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
GRANT SELECT ON reading.positions, reading.parked, reading.definitions TO daybook_app, daybook_auditor;
GRANT SELECT, INSERT, UPDATE, DELETE ON reading.positions, reading.parked TO daybook_projector;
GRANT SELECT ON reading.definitions TO daybook_projector;
RESET ROLE;

-- How the read models are doing over all tenants, in numbers only: no tenant is named.
SET ROLE daybook_owner;
CREATE POLICY measure ON book.books FOR SELECT TO daybook_owner USING (true);
CREATE POLICY measure ON book.events FOR SELECT TO daybook_owner USING (true);
RESET ROLE;
SET ROLE daybook_rebuild;
CREATE POLICY progress ON reading.positions FOR SELECT TO daybook_owner USING (true);
CREATE POLICY progress ON reading.parked FOR SELECT TO daybook_owner USING (true);
GRANT SELECT ON reading.positions, reading.parked TO daybook_owner;
GRANT CREATE ON SCHEMA reading TO daybook_owner;
RESET ROLE;
SET ROLE daybook_owner;
CREATE FUNCTION reading.progress(OUT behind bigint, OUT lag_seconds double precision, OUT parked bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$
    SELECT count(*), coalesce(max(extract(epoch FROM clock_timestamp() - first.recorded_at)), 0),
           (SELECT count(*) FROM reading.parked WHERE skipped_by IS NULL)
      FROM book.books b
      LEFT JOIN reading.positions p ON p.tenant_id = b.tenant_id
      JOIN LATERAL (SELECT e.recorded_at FROM book.events e
                     WHERE e.tenant_id = b.tenant_id AND e.position = coalesce(p.position, 0) + 1) first ON true
     WHERE b.position > coalesce(p.position, 0)
  $$;
REVOKE ALL ON FUNCTION reading.progress FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reading.progress TO daybook_app, daybook_projector, daybook_auditor;
RESET ROLE;
SET ROLE daybook_rebuild;
REVOKE CREATE ON SCHEMA reading FROM daybook_owner;
RESET ROLE;
