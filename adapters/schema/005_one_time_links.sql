-- Links that work once: an invitation, a new password. Only their hash is kept.
SET ROLE daybook_owner;
CREATE TABLE book.one_time_links (
  tenant_id  uuid NOT NULL,
  token_hash bytea NOT NULL,
  user_id    uuid NOT NULL,
  purpose    text NOT NULL,
  issued_at  timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz,
  revoked_at timestamptz,
  PRIMARY KEY (tenant_id, token_hash)
);
CREATE INDEX one_time_links_user ON book.one_time_links (tenant_id, user_id);
ALTER TABLE book.one_time_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE book.one_time_links FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON book.one_time_links TO daybook_app
  USING (tenant_id = (SELECT book.tenant())) WITH CHECK (tenant_id = (SELECT book.tenant()));
GRANT SELECT, INSERT, UPDATE ON book.one_time_links TO daybook_app;
RESET ROLE;
