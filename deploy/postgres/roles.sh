#!/usr/bin/env bash
# Runs once, when the database is first created, as its superuser; nothing else ever connects as that.
# The migration would create the roles too, but a password is the operator's to set. The migrator may grant what
# the schema needs and no more: it owns the database and hands out two roles.
set -euo pipefail
psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" \
    --set=migrator="$MIGRATOR_PASSWORD" --set=app="$APP_PASSWORD" --set=projector="$PROJECTOR_PASSWORD" \
    --set=rebuild="$REBUILD_PASSWORD" --set=auditor="$AUDITOR_PASSWORD" \
    --set=relay="$RELAY_PASSWORD" <<'SQL'
CREATE ROLE daybook_owner NOLOGIN;
CREATE ROLE daybook_migrator LOGIN PASSWORD :'migrator';
CREATE ROLE daybook_app LOGIN PASSWORD :'app';
CREATE ROLE daybook_projector LOGIN PASSWORD :'projector';
CREATE ROLE daybook_rebuild LOGIN PASSWORD :'rebuild';
CREATE ROLE daybook_auditor LOGIN PASSWORD :'auditor';
CREATE ROLE daybook_relay LOGIN PASSWORD :'relay';
GRANT daybook_owner, daybook_rebuild TO daybook_migrator WITH ADMIN OPTION;
SELECT format('ALTER DATABASE %I OWNER TO daybook_migrator', current_database()) \gexec
SQL
