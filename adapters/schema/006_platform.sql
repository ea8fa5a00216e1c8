-- The platform lists the centres there are: their settings (see ``platform`` of the read tables), and how far each
-- one's book has come. Of what is in a book it sees nothing.
SET ROLE daybook_owner;

-- STABLE, and asked as (SELECT ...), so that it is evaluated once a query.
CREATE FUNCTION book.is_platform() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT book.tenant() = '00000000-0000-7000-8000-000000000002' $$;

CREATE POLICY platform ON book.books FOR SELECT TO daybook_app USING ((SELECT book.is_platform()));
RESET ROLE;
