-- Those who listen to announcements are looked after for all centres at once: whether each login still holds, and how
-- far each centre's read models are. Answers truth values and numbers, for what the caller names already.
SET ROLE daybook_owner;
CREATE FUNCTION book.logins_hold(p_tenants uuid[], p_users uuid[], p_roles text[], p_signed_in timestamptz[])
  RETURNS TABLE (ordinal bigint, holds boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$
    SELECT asked.ordinal, EXISTS (
        SELECT FROM book.logins l
         WHERE l.tenant_id = asked.tenant AND l.user_id = asked.actor AND l.active AND l.role = asked.role
           AND l.valid_after <= asked.signed_in)
      FROM unnest(p_tenants, p_users, p_roles, p_signed_in)
           WITH ORDINALITY AS asked (tenant, actor, role, signed_in, ordinal)
     ORDER BY asked.ordinal
  $$;
CREATE FUNCTION book.shown(p_tenants uuid[]) RETURNS TABLE (tenant_id uuid, "position" bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$ SELECT p.tenant_id, p.position FROM reading.positions p WHERE p.tenant_id = ANY (p_tenants) $$;
REVOKE ALL ON FUNCTION book.logins_hold, book.shown FROM PUBLIC;
GRANT EXECUTE ON FUNCTION book.logins_hold, book.shown TO daybook_app;
RESET ROLE;
