-- Who looked at what: what kind of record, and the request it was, beside the id. Only ever inserted: the application's
-- role has neither UPDATE nor DELETE on it.
SET ROLE daybook_owner;
ALTER TABLE book.access_log ADD COLUMN subject_kind text;
ALTER TABLE book.access_log ADD COLUMN correlation uuid;
CREATE INDEX access_log_actor ON book.access_log (tenant_id, actor, at);
CREATE INDEX access_log_subject ON book.access_log (tenant_id, subject, at);
RESET ROLE;
