-- Signed heads of books. Whoever alters a book cannot sign it; whoever removes what is signed here still has to answer
-- to the copies that were exported.
SET ROLE daybook_owner;
CREATE TABLE book.checkpoints (
  tenant_id  uuid NOT NULL,
  position   bigint NOT NULL,
  chain      bytea NOT NULL,
  root       bytea NOT NULL,
  peaks      bytea NOT NULL,
  signed_at  timestamptz NOT NULL,
  public_key bytea NOT NULL,
  signature  bytea NOT NULL,
  PRIMARY KEY (tenant_id, position, public_key)
);
COMMENT ON TABLE book.checkpoints IS 'Heads of books, signed (Ed25519). root is the Merkle tree (RFC 6962) over the hashes of events 1 to position; peaks its full subtrees.';
ALTER TABLE book.checkpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE book.checkpoints FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON book.checkpoints TO daybook_app, daybook_auditor
  USING (tenant_id = (SELECT book.tenant())) WITH CHECK (tenant_id = (SELECT book.tenant()));
CREATE POLICY follow ON book.checkpoints FOR SELECT TO daybook_projector USING (true);
GRANT SELECT, INSERT ON book.checkpoints TO daybook_app;
GRANT SELECT ON book.checkpoints TO daybook_auditor, daybook_projector;
RESET ROLE;
