"""PostgreSQL 18 without an installation: a private cluster, used when ``DATABASE_URL`` is unset.

    with start_server(Path(".daybook")) as server:
        server.ensure_database("daybook")
        migrate(server.url("daybook"))
        pool = ConnectionPool(server.url("daybook", "daybook_app"))

Any number of processes may do this at once on the same home: the first starts the cluster, the others
attach, and the last to leave stops it. Nothing listens on TCP. Only the operating-system account that owns
the cluster may connect over its socket (``peer``), under whichever role it names, so there is no password
to keep or to lose.
"""

from adapters.embedded_postgres.account import EmbeddedPostgresError
from adapters.embedded_postgres.server import PostgresServer, default_home, remove_cluster, start_server

__all__ = ["EmbeddedPostgresError", "PostgresServer", "default_home", "remove_cluster", "start_server"]
