-- Appending and loading, one round trip each.
SET ROLE daybook_owner;

-- Every stored field of an event, length-prefixed, after the hash of the event before it. Personal fields are hashed
-- sealed, so the chain still verifies after a person's key is destroyed. Lengths that never differ stand as constants,
-- and it is STABLE as convert_to is: as IMMUTABLE it could not be inlined, and cost a quarter of an append.
CREATE FUNCTION book.link(
  p_before bytea, p_tenant uuid, p_position bigint, p_stream uuid, p_version integer, p_topic text,
  p_class_version smallint, p_recorded_at timestamptz, p_effective_on date, p_actor uuid, p_correlation uuid,
  p_document text, p_data text
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT sha256(
    '\x00000020'::bytea || p_before || '\x00000010'::bytea || uuid_send(p_tenant)
    || '\x00000008'::bytea || int8send(p_position) || '\x00000010'::bytea || uuid_send(p_stream)
    || '\x00000004'::bytea || int4send(p_version)
    || int4send(octet_length(p_topic)) || convert_to(p_topic, 'UTF8')
    || '\x00000002'::bytea || int2send(p_class_version) || '\x00000008'::bytea || timestamptz_send(p_recorded_at)
    || '\x00000004'::bytea || date_send(p_effective_on) || '\x00000010'::bytea || uuid_send(p_actor)
    || '\x00000010'::bytea || uuid_send(p_correlation)
    || coalesce(int4send(octet_length(p_document)) || convert_to(p_document, 'UTF8'), '\xffffffff'::bytea)
    || int4send(octet_length(p_data)) || convert_to(p_data, 'UTF8')) $$;

-- Whether a token still speaks for its user: same role, not disabled, not signed out everywhere since.
CREATE FUNCTION book.login_holds(p_actor uuid, p_actor_tenant uuid, p_role text, p_signed_in timestamptz)
  RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.tenant', p_actor_tenant::text, true);
  PERFORM FROM book.logins l WHERE l.tenant_id = p_actor_tenant AND l.user_id = p_actor AND l.active
                               AND l.role = p_role AND l.valid_after <= p_signed_in;
  RETURN FOUND;
END $$;

-- Starts a reading transaction: is the login good, and which tenant is being read.
CREATE FUNCTION book.enter(p_tenant uuid, p_actor uuid, p_actor_tenant uuid, p_role text, p_signed_in timestamptz)
  RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE v_holds boolean := true;
BEGIN
  IF p_actor_tenant IS NOT NULL THEN
    v_holds := book.login_holds(p_actor, p_actor_tenant, p_role, p_signed_in);
  END IF;
  PERFORM set_config('app.tenant', p_tenant::text, true);
  RETURN v_holds;
END $$;

-- Appends a command's events. Refusals are SQLSTATEs of our own:
--   DB001 a stream is not at the version it was read at    DB002 the key came before with another request
--   DB003 the actor's login is gone, disabled or has another role now   DB004 a subject's key was destroyed
-- A unique violation on events means the same as DB001.
CREATE FUNCTION book.append(
  p_tenant uuid, p_actor uuid, p_actor_tenant uuid, p_actor_role text, p_signed_in timestamptz, p_correlation uuid,
  p_now timestamptz,
  p_key text, p_fingerprint bytea, p_result text,
  p_guard_streams uuid[], p_guard_versions integer[],
  p_streams uuid[], p_versions integer[], p_topics text[], p_class_versions smallint[], p_effective date[],
  p_data text[], p_series text[], p_year text, p_subjects uuid[],
  OUT o_position bigint, OUT o_replayed boolean, OUT o_result text, OUT o_documents text[]
) LANGUAGE plpgsql AS $$
DECLARE
  v_tenant text; v_chain bytea; v_at timestamptz; v_answered record; v_document text; v_number integer;
  v_changed boolean := false; v_ahead boolean := false;
BEGIN
  IF p_actor_tenant IS NOT NULL THEN
    IF NOT book.login_holds(p_actor, p_actor_tenant, p_actor_role, p_signed_in) THEN RAISE EXCEPTION 'login is not valid any more' USING ERRCODE = 'DB003'; END IF;
  END IF;
  v_tenant := set_config('app.tenant', p_tenant::text, true);  -- assigned, as PERFORM would run a query

  SELECT b.position, b.chain, b.recorded_at INTO o_position, v_chain, v_at
    FROM book.books b WHERE b.tenant_id = p_tenant FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO book.books (tenant_id) VALUES (p_tenant) ON CONFLICT DO NOTHING;
    SELECT b.position, b.chain, b.recorded_at INTO o_position, v_chain, v_at
      FROM book.books b WHERE b.tenant_id = p_tenant FOR UPDATE;
  END IF;

  -- The head row is locked: from here on nobody else appends to this tenant, so what is read now stays true.
  SELECT c.position, c.result, c.documents, c.fingerprint INTO v_answered
    FROM book.commands c WHERE c.tenant_id = p_tenant AND c.key = p_key;
  IF FOUND THEN
    IF v_answered.fingerprint <> p_fingerprint THEN
      RAISE EXCEPTION 'key came before with another request' USING ERRCODE = 'DB002';
    END IF;
    o_position := v_answered.position; o_replayed := true;
    o_result := v_answered.result; o_documents := v_answered.documents;
    RETURN;
  END IF;
  o_replayed := false; o_result := p_result; o_documents := '{}';

  -- One by one: a join with unnest is planned anew in every call, because its plan for the arrays at hand always looks
  -- cheaper than the general one. That took longer than all the rest.
  FOR i IN 1 .. coalesce(array_length(p_guard_streams, 1), 0) LOOP
    SELECT e.version INTO v_number FROM book.events e
     WHERE e.tenant_id = p_tenant AND e.stream_id = p_guard_streams[i] ORDER BY e.version DESC LIMIT 1;
    v_changed := v_changed OR p_guard_versions[i] <> coalesce(v_number, 0);
    v_ahead := v_ahead OR p_guard_versions[i] > coalesce(v_number, 0);
  END LOOP;
  IF v_changed THEN
    RAISE EXCEPTION 'a stream is not at the version it was read at'
      USING ERRCODE = 'DB001', DETAIL = CASE WHEN v_ahead THEN 'ahead' ELSE 'behind' END;
  END IF;

  -- Whoever sealed these events may have held a key in memory that is destroyed by now.
  IF p_subjects <> '{}' THEN
    PERFORM FROM book.subject_keys k
      WHERE k.tenant_id = p_tenant AND k.subject_id = ANY (p_subjects) AND k.wrapped IS NULL;
    IF FOUND THEN RAISE EXCEPTION 'a subject was erased' USING ERRCODE = 'DB004'; END IF;
  END IF;

  v_at := greatest(v_at, p_now);  -- machines' clocks differ; what the book knows never goes back
  FOR i IN 1 .. coalesce(array_length(p_streams, 1), 0) LOOP
    v_document := NULL;
    IF p_series[i] IS NOT NULL THEN
      INSERT INTO book.document_numbers AS d (tenant_id, series, year, last) VALUES (p_tenant, p_series[i], p_year, 1)
        ON CONFLICT (tenant_id, series, year) DO UPDATE SET last = d.last + 1 RETURNING d.last INTO v_number;
      v_document := p_series[i] || '/' || p_year || '/' || lpad(v_number::text, greatest(6, length(v_number::text)), '0');
      o_documents := o_documents || v_document;
    END IF;
    o_position := o_position + 1;
    v_chain := book.link(v_chain, p_tenant, o_position, p_streams[i], p_versions[i], p_topics[i], p_class_versions[i],
                         v_at, p_effective[i], p_actor, p_correlation, v_document, p_data[i]);
    INSERT INTO book.events (tenant_id, position, stream_id, version, topic, class_version, recorded_at, effective_on,
                             actor, correlation, document, data, hash)
      VALUES (p_tenant, o_position, p_streams[i], p_versions[i], p_topics[i], p_class_versions[i], v_at, p_effective[i],
              p_actor, p_correlation, v_document, p_data[i], v_chain);
  END LOOP;
  UPDATE book.books b SET position = o_position, chain = v_chain, recorded_at = v_at WHERE b.tenant_id = p_tenant;
  INSERT INTO book.commands (tenant_id, key, fingerprint, result, position, documents, recorded_at)
    VALUES (p_tenant, p_key, p_fingerprint, p_result, o_position, o_documents, v_at);
END $$;

-- Events of several streams, each after a version already known.
CREATE FUNCTION book.load(p_tenant uuid, p_streams uuid[], p_after integer[])
  RETURNS TABLE (stream_id uuid, version integer, topic text, class_version smallint, effective_on date, data text)
  LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.tenant', p_tenant::text, true);
  FOR i IN 1 .. coalesce(array_length(p_streams, 1), 0) LOOP  -- not a join with unnest: see book.append
    RETURN QUERY
      SELECT e.stream_id, e.version, e.topic, e.class_version, e.effective_on, e.data
        FROM book.events e
       WHERE e.tenant_id = p_tenant AND e.stream_id = p_streams[i] AND e.version > p_after[i]
       ORDER BY e.version;
  END LOOP;
END $$;

CREATE FUNCTION book.answered(p_tenant uuid, p_key text)
  RETURNS TABLE (fingerprint bytea, result text, "position" bigint, documents text[])
  LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.tenant', p_tenant::text, true);
  RETURN QUERY SELECT c.fingerprint, c.result, c.position, c.documents
                 FROM book.commands c WHERE c.tenant_id = p_tenant AND c.key = p_key;
END $$;

REVOKE ALL ON FUNCTION book.append, book.load, book.answered, book.enter, book.login_holds FROM PUBLIC;
GRANT EXECUTE ON FUNCTION book.append, book.load, book.answered, book.enter, book.login_holds TO daybook_app;
RESET ROLE;
