-- The book: one append-only, numbered, hash-chained sequence of events per tenant.
SET ROLE daybook_owner;

CREATE SCHEMA book;
GRANT USAGE ON SCHEMA book TO daybook_app, daybook_projector, daybook_rebuild, daybook_auditor;

-- The tenant of this transaction. STABLE, so that the planner may use it in an index condition; a setting that was
-- made transaction-local reads '' afterwards, not NULL.
CREATE FUNCTION book.tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('app.tenant', true), '')::uuid $$;

CREATE TABLE book.books (
  tenant_id   uuid PRIMARY KEY,
  position    bigint NOT NULL DEFAULT 0,
  chain       bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
  recorded_at timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 50);  -- one hot row a tenant: leave room for updates in place

CREATE TABLE book.events (
  tenant_id     uuid NOT NULL,
  position      bigint NOT NULL,
  stream_id     uuid NOT NULL,
  version       integer NOT NULL,
  topic         text NOT NULL,
  class_version smallint NOT NULL,
  recorded_at   timestamptz NOT NULL,
  effective_on  date NOT NULL,
  actor         uuid NOT NULL,
  correlation   uuid NOT NULL,
  document      text,
  data          text NOT NULL,
  hash          bytea NOT NULL,
  PRIMARY KEY (tenant_id, stream_id, version),
  UNIQUE (tenant_id, position)
);
COMMENT ON TABLE book.events IS 'The events of every tenant. data is JSON; personal fields are sealed inside it.';

-- What was answered to each command, so that a retry gets the same answer.
CREATE TABLE book.commands (
  tenant_id   uuid NOT NULL,
  key         text NOT NULL,
  fingerprint bytea NOT NULL,
  result      text NOT NULL,
  position    bigint NOT NULL,
  documents   text[] NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, key)
);

CREATE TABLE book.document_numbers (
  tenant_id uuid NOT NULL,
  series    text NOT NULL,
  year      text NOT NULL,
  last      integer NOT NULL,
  PRIMARY KEY (tenant_id, series, year)
);

-- Values that are unique within a tenant, hashed; slugs are unique in the installation and stand as they are.
CREATE TABLE book.claims (
  tenant_id uuid NOT NULL,
  kind      text NOT NULL,
  value     text NOT NULL,
  holder    uuid NOT NULL,
  PRIMARY KEY (tenant_id, kind, value)
);
CREATE UNIQUE INDEX claims_slug ON book.claims (value) WHERE kind = 'slug';
CREATE INDEX claims_holder ON book.claims (tenant_id, holder, kind);

-- Each person's key, wrapped with the tenant's. Destroying it is what erasure means.
CREATE TABLE book.subject_keys (
  tenant_id    uuid NOT NULL,
  subject_id   uuid NOT NULL,
  wrapped      bytea,
  created_at   timestamptz NOT NULL DEFAULT now(),
  destroyed_at timestamptz,
  PRIMARY KEY (tenant_id, subject_id),
  CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

CREATE TABLE book.logins (
  tenant_id     uuid NOT NULL,
  user_id       uuid NOT NULL,
  email_key     bytea NOT NULL,
  password_hash text,
  role          text NOT NULL,
  active        boolean NOT NULL,
  valid_after   timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX logins_email ON book.logins (email_key);

CREATE TABLE book.refresh_tokens (
  tenant_id  uuid NOT NULL,
  token_hash bytea NOT NULL,
  user_id    uuid NOT NULL,
  family     uuid NOT NULL,
  issued_at  timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz,
  revoked_at timestamptz,
  PRIMARY KEY (tenant_id, token_hash)
);
CREATE INDEX refresh_tokens_family ON book.refresh_tokens (tenant_id, family);
CREATE INDEX refresh_tokens_user ON book.refresh_tokens (tenant_id, user_id);

CREATE TABLE book.access_log (
  tenant_id uuid NOT NULL,
  id        uuid NOT NULL,
  at        timestamptz NOT NULL,
  actor     uuid,
  action    text NOT NULL,
  subject   uuid,
  address   text,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX access_log_at ON book.access_log (tenant_id, at);

DO $$
DECLARE t text;
BEGIN
  FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'book' LOOP
    EXECUTE format('ALTER TABLE book.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE book.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON book.%I TO daybook_app, daybook_auditor'
                   ' USING (tenant_id = (SELECT book.tenant())) WITH CHECK (tenant_id = (SELECT book.tenant()))', t);
  END LOOP;
END $$;
-- Followers and rebuilders read every tenant's book, and write none of it.
CREATE POLICY follow ON book.events FOR SELECT TO daybook_projector, daybook_rebuild USING (true);
CREATE POLICY follow ON book.books FOR SELECT TO daybook_projector, daybook_rebuild USING (true);
CREATE POLICY follow ON book.claims FOR SELECT TO daybook_projector USING (kind = 'slug');
CREATE POLICY follow ON book.subject_keys FOR SELECT TO daybook_projector, daybook_rebuild USING (true);
CREATE POLICY sign_in ON book.logins FOR SELECT TO daybook_owner USING (true);
CREATE POLICY sign_in ON book.claims FOR SELECT TO daybook_owner USING (true);

GRANT SELECT, INSERT ON book.events, book.access_log, book.commands TO daybook_app;
GRANT SELECT, INSERT, UPDATE ON book.books, book.document_numbers, book.subject_keys, book.logins, book.refresh_tokens TO daybook_app;
GRANT SELECT, INSERT, DELETE ON book.claims TO daybook_app;
GRANT SELECT ON book.events, book.books, book.subject_keys TO daybook_projector, daybook_rebuild;
GRANT SELECT ON book.claims TO daybook_projector;
GRANT SELECT ON book.events, book.books, book.access_log TO daybook_auditor;

-- Who might be signing in: the only question asked before the tenant is known.
CREATE FUNCTION book.find_logins(p_email_key bytea, p_slug text)
  RETURNS TABLE (tenant_id uuid, user_id uuid, slug text, password_hash text, role text, active boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$
    SELECT l.tenant_id, l.user_id, c.value, l.password_hash, l.role, l.active
      FROM book.logins l JOIN book.claims c ON c.tenant_id = l.tenant_id AND c.kind = 'slug'
     WHERE l.email_key = p_email_key AND (p_slug IS NULL OR c.value = p_slug)
  $$;
REVOKE ALL ON FUNCTION book.find_logins FROM PUBLIC;
GRANT EXECUTE ON FUNCTION book.find_logins TO daybook_app;

RESET ROLE;
