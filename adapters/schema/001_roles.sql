-- Roles. None is a superuser and none but the owner owns anything; the owner cannot log in. Passwords are the
-- operator's business (ALTER ROLE … PASSWORD), not the schema's.
DO $$
DECLARE r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['daybook_owner'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN EXECUTE format('CREATE ROLE %I NOLOGIN', r); END IF;
  END LOOP;
  FOREACH r IN ARRAY ARRAY['daybook_migrator', 'daybook_app', 'daybook_projector', 'daybook_rebuild', 'daybook_auditor'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
      EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', r);
    END IF;
  END LOOP;
  GRANT daybook_owner TO daybook_migrator;
  EXECUTE format('GRANT daybook_owner, daybook_rebuild TO %I', current_user);
  EXECUTE format('GRANT CREATE ON DATABASE %I TO daybook_owner, daybook_rebuild', current_database());
END $$;
