-- Delivery: how far each consumer has come in each book, who works on which shard, and what could not be handled.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'daybook_relay') THEN
    CREATE ROLE daybook_relay LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
  END IF;
END $$;

-- It reads what is in the books and can open nothing that is sealed in them: keys are not its business.
SET ROLE daybook_owner;
GRANT USAGE ON SCHEMA book TO daybook_relay;
GRANT SELECT ON book.events, book.books TO daybook_relay;
CREATE POLICY relay ON book.events FOR SELECT TO daybook_relay USING (true);
CREATE POLICY relay ON book.books FOR SELECT TO daybook_relay USING (true);

CREATE SCHEMA delivery;
GRANT USAGE ON SCHEMA delivery TO daybook_relay, daybook_app;

-- Who has ever followed the books.
CREATE TABLE delivery.consumers (
  name  text PRIMARY KEY,
  since timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Up to where a consumer is done with a tenant's book.
CREATE TABLE delivery.positions (
  consumer  text NOT NULL,
  tenant_id uuid NOT NULL,
  position  bigint NOT NULL,
  moved_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, consumer)
) WITH (fillfactor = 50);

-- A shard is worked on by whoever holds its lease. The fence grows with every change of hands.
CREATE TABLE delivery.leases (
  consumer text NOT NULL,
  shard    integer NOT NULL,
  holder   text,
  fence    bigint NOT NULL DEFAULT 0,
  until    timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (consumer, shard)
) WITH (fillfactor = 50);

-- Who is there to share the work, and how far behind it says it is (only those who read elsewhere than in the books).
CREATE TABLE delivery.members (
  consumer text NOT NULL,
  member   text NOT NULL,
  seen_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  behind   bigint,
  PRIMARY KEY (consumer, member)
) WITH (fillfactor = 50);

-- Messages that could not be handled. They are read from the book again; nothing of them is copied.
CREATE TABLE delivery.dead_letters (
  tenant_id uuid NOT NULL,
  consumer  text NOT NULL,
  position  bigint NOT NULL,
  error     text NOT NULL,
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, consumer, position)
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['positions', 'dead_letters'] LOOP
    EXECUTE format('ALTER TABLE delivery.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE delivery.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY relay ON delivery.%I TO daybook_relay USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY measure ON delivery.%I FOR SELECT TO daybook_owner USING (true)', t);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA delivery TO daybook_relay;

-- 64 shards: the last six bits of a tenant's id, which are random.
CREATE FUNCTION delivery.shard(p_tenant uuid) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT get_byte(uuid_send(p_tenant), 15) & 63 $$;

-- The first time that a consumer is there, what is in the books already is history to it: it begins behind that. Books
-- that are opened later it reads from their first page. The relay begins where the consumers are that read the books so
-- far: whatever they have not done they will hear of through it.
CREATE FUNCTION delivery.begin(p_consumer text, p_from_start boolean) RETURNS boolean LANGUAGE plpgsql
  AS $$
BEGIN
  INSERT INTO delivery.consumers (name) VALUES (p_consumer) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO delivery.leases (consumer, shard) SELECT p_consumer, generate_series(0, 63);
  IF NOT p_from_start THEN
    INSERT INTO delivery.positions (consumer, tenant_id, position)
      SELECT p_consumer, b.tenant_id, coalesce(
          (SELECT min(coalesce(p.position, 0)) FROM delivery.consumers c
             LEFT JOIN delivery.positions p ON p.consumer = c.name AND p.tenant_id = b.tenant_id
            WHERE c.name <> p_consumer AND p_consumer = 'relay'),
          b.position)
        FROM book.books b;
  END IF;
  RETURN true;
END $$;

-- I am here for another p_seconds. Answers the shards that are mine now: those I keep, and those that nobody has, up to
-- my fair share; what I have too many of I give up. Whoever asks counts alone, so that all count the same.
CREATE FUNCTION delivery.take(p_consumer text, p_member text, p_seconds double precision)
  RETURNS TABLE (shard integer, fence bigint) LANGUAGE plpgsql
  AS $$
#variable_conflict use_column
DECLARE
  v_fair integer;
  v_until timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('delivery.take ' || p_consumer, 0));
  v_until := clock_timestamp() + make_interval(secs => p_seconds);
  INSERT INTO delivery.members (consumer, member) VALUES (p_consumer, p_member)
    ON CONFLICT (consumer, member) DO UPDATE SET seen_at = clock_timestamp();
  DELETE FROM delivery.members WHERE consumer = p_consumer AND seen_at < clock_timestamp() - make_interval(secs => p_seconds);
  SELECT ceil(64.0 / count(*)) INTO v_fair FROM delivery.members WHERE consumer = p_consumer;
  UPDATE delivery.leases l SET holder = NULL, until = '-infinity'
   WHERE l.consumer = p_consumer AND l.holder = p_member
     AND l.shard NOT IN (SELECT k.shard FROM delivery.leases k WHERE k.consumer = p_consumer AND k.holder = p_member
                          ORDER BY k.shard LIMIT v_fair);
  UPDATE delivery.leases l SET until = v_until WHERE l.consumer = p_consumer AND l.holder = p_member;
  UPDATE delivery.leases l SET holder = p_member, fence = l.fence + 1, until = v_until
   WHERE l.consumer = p_consumer AND l.shard IN (
     SELECT k.shard FROM delivery.leases k
      WHERE k.consumer = p_consumer AND (k.holder IS NULL OR k.until < clock_timestamp()) ORDER BY k.shard
      LIMIT greatest(0, v_fair - (SELECT count(*) FROM delivery.leases m WHERE m.consumer = p_consumer AND m.holder = p_member)));
  RETURN QUERY SELECT l.shard, l.fence FROM delivery.leases l WHERE l.consumer = p_consumer AND l.holder = p_member;
END $$;

-- I am still at it: what is mine stays mine for another p_seconds.
CREATE FUNCTION delivery.keep(p_consumer text, p_member text, p_seconds double precision) RETURNS void LANGUAGE sql
  AS $$
    UPDATE delivery.members SET seen_at = clock_timestamp() WHERE consumer = p_consumer AND member = p_member;
    UPDATE delivery.leases SET until = clock_timestamp() + make_interval(secs => p_seconds)
     WHERE consumer = p_consumer AND holder = p_member;
  $$;

-- I leave: what I had is free at once.
CREATE FUNCTION delivery.leave(p_consumer text, p_member text) RETURNS void LANGUAGE sql
  AS $$
    UPDATE delivery.leases SET holder = NULL, until = '-infinity' WHERE consumer = p_consumer AND holder = p_member;
    DELETE FROM delivery.members WHERE consumer = p_consumer AND member = p_member;
  $$;

-- Move positions of tenants whose shards are still mine, under the fences I was given; answers how many. Whoever slept
-- while another took over moves nothing.
CREATE FUNCTION delivery.move(p_consumer text, p_member text, p_shards integer[], p_fences bigint[], p_tenants uuid[], p_positions bigint[])
  RETURNS bigint LANGUAGE sql
  AS $$
    WITH mine AS (
      SELECT l.shard FROM delivery.leases l JOIN unnest(p_shards, p_fences) f (shard, fence) USING (shard, fence)
       WHERE l.consumer = p_consumer AND l.holder = p_member ORDER BY l.shard FOR SHARE OF l
    ), moved AS (
      INSERT INTO delivery.positions (consumer, tenant_id, position)
        SELECT p_consumer, t, p FROM unnest(p_tenants, p_positions) w (t, p)
         WHERE delivery.shard(t) IN (SELECT shard FROM mine) ORDER BY t
        ON CONFLICT (tenant_id, consumer) DO UPDATE SET position = excluded.position, moved_at = clock_timestamp()
        RETURNING 1
    )
    SELECT count(*) FROM moved
  $$;

-- Rows of (name, label, value), numbers only:
--   delivery_lag_seconds, consumer, age of the oldest event that it is not done with
--   delivery_behind, consumer, how many events (of the books) or messages (of Kafka) that is
--   dead_letters, consumer, how many messages could not be handled
CREATE FUNCTION delivery.measures() RETURNS TABLE (name text, label text, value double precision)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$
    SELECT m.name, c.name, m.value
      FROM (SELECT name FROM delivery.consumers EXCEPT SELECT consumer FROM delivery.members WHERE behind IS NOT NULL) c
      CROSS JOIN LATERAL (
        SELECT sum(b.position - coalesce(p.position, 0)) AS behind,
               max(extract(epoch FROM clock_timestamp() - first.recorded_at)) AS age
          FROM book.books b
          LEFT JOIN delivery.positions p ON p.tenant_id = b.tenant_id AND p.consumer = c.name
          JOIN LATERAL (SELECT e.recorded_at FROM book.events e
                         WHERE e.tenant_id = b.tenant_id AND e.position = coalesce(p.position, 0) + 1) first ON true
         WHERE b.position > coalesce(p.position, 0)
      ) late
      CROSS JOIN LATERAL (VALUES ('delivery_lag_seconds', coalesce(late.age, 0)::double precision),
                                 ('delivery_behind', coalesce(late.behind, 0)::double precision)) m (name, value)
    UNION ALL
    SELECT 'delivery_behind', m.consumer, sum(m.behind) FROM delivery.members m
     WHERE m.behind IS NOT NULL GROUP BY m.consumer
    UNION ALL
    SELECT 'dead_letters', consumer, count(*) FROM delivery.dead_letters GROUP BY consumer
  $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA delivery FROM PUBLIC;
GRANT EXECUTE ON FUNCTION delivery.shard, delivery.begin, delivery.take, delivery.keep, delivery.leave, delivery.move TO daybook_relay;
GRANT EXECUTE ON FUNCTION delivery.shard, delivery.measures TO daybook_app, daybook_relay;
GRANT EXECUTE ON FUNCTION delivery.shard TO daybook_owner;
RESET ROLE;
