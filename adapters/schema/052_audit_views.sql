-- What auditors read over SQL, under names that stay: the columns of the book under them may grow. Row security holds
-- through them, as they are read with the rights of whoever asks.
SET ROLE daybook_owner;
CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO daybook_auditor;

CREATE VIEW audit.events WITH (security_invoker = true, security_barrier = true) AS
  SELECT tenant_id, position, recorded_at, effective_on, topic AS type, stream_id, version, actor, correlation, document,
         data::jsonb AS data, encode(hash, 'hex') AS hash
    FROM book.events;
COMMENT ON VIEW audit.events IS 'The book in order: what happened, when it was recorded, the day it counts for, by whom. Personal fields are sealed inside data.';

CREATE VIEW audit.books WITH (security_invoker = true, security_barrier = true) AS
  SELECT tenant_id, position, encode(chain, 'hex') AS chain, recorded_at FROM book.books;
COMMENT ON VIEW audit.books IS 'How many events the book has, and the hash of the last.';

CREATE VIEW audit.checkpoints WITH (security_invoker = true, security_barrier = true) AS
  SELECT tenant_id, position, encode(chain, 'hex') AS chain, encode(root, 'hex') AS root, signed_at,
         encode(public_key, 'base64') AS public_key, encode(signature, 'base64') AS signature
    FROM book.checkpoints;
COMMENT ON VIEW audit.checkpoints IS 'Heads of the book as they were signed.';

CREATE VIEW audit.access_log WITH (security_invoker = true, security_barrier = true) AS
  SELECT tenant_id, at, actor, action, subject_kind, subject, address, correlation FROM book.access_log;
COMMENT ON VIEW audit.access_log IS 'Who read clinical text, exported, signed in or tried to.';

GRANT SELECT ON ALL TABLES IN SCHEMA audit TO daybook_auditor;
RESET ROLE;
