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
