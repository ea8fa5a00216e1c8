"""P2's baselines that need no Python: pgbench inserting rows, plainly and with what a library asks.

The plain one is the promise's baseline. `LIKE_EVENTS` keeps an event's columns and two unique indexes but no
lock, chain or idempotency, so the difference to it is the price of the book and not of the wider row.
`LIKE_LIBRARY` is what the eventsourcing library's recorder says to the server on each save, without the
library's own Python.
"""

from __future__ import annotations

from benchmarks.database import Cluster, execute, pgbench

TENANTS = 200
PAYLOAD = (  # a recorded payment as stored; pgbench takes no values with line ends
    '{"payment_id":"0198b2d0-7a55-7f00-8000-5d5e3c0f9a11","amount":"1250.00","method":"CASH","received_on":"2026-01-15",'
    '"parts":[{"charge_id":"0198b2d0-7a55-7f00-8000-2b1e3c0f9a12","amount":"1250.00"}],"receipt":"R/2025-26/000123"}'
)
TABLES = """
    CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, data text NOT NULL);
    CREATE SEQUENCE positions;
    CREATE TABLE like_events (
        tenant_id int NOT NULL, position bigint NOT NULL, stream_id uuid NOT NULL, version int NOT NULL,
        type text NOT NULL, recorded_at timestamptz NOT NULL, effective_on date NOT NULL,
        actor uuid NOT NULL, correlation uuid NOT NULL, data text NOT NULL, hash bytea NOT NULL,
        PRIMARY KEY (tenant_id, stream_id, version), UNIQUE (tenant_id, position));
    CREATE TABLE like_library (
        originator_id uuid NOT NULL, originator_version bigint NOT NULL, topic text, state bytea,
        notification_id bigserial, PRIMARY KEY (originator_id, originator_version));
    CREATE UNIQUE INDEX ON like_library (notification_id);
"""
PLAIN = f"INSERT INTO plain (data) VALUES ('{PAYLOAD}');\n"  # noqa: S608  # our own constant
LIKE_EVENTS = f"""\\set tenant random(1, {TENANTS})
INSERT INTO like_events VALUES (:tenant, nextval('positions'), gen_random_uuid(), 1,
    'billing.PaymentRecorded', now(), current_date, gen_random_uuid(), gen_random_uuid(), '{PAYLOAD}',
    decode(repeat('ab', 32), 'hex'));
"""  # noqa: S608  # our own constant
LIKE_LIBRARY = f"""BEGIN;
SET LOCAL lock_timeout = '0s';
LOCK TABLE like_library IN EXCLUSIVE MODE;
NOTIFY like_library;
INSERT INTO like_library (originator_id, originator_version, topic, state)
    VALUES (gen_random_uuid(), 1, 'billing.PaymentRecorded', '{PAYLOAD}') RETURNING notification_id;
COMMIT;
"""  # noqa: S608  # our own constant


class PlainInsert:
    """The three tables in one fresh database, and a run of each script against them."""

    def __init__(self, cluster: Cluster, seconds: float) -> None:
        self._cluster = cluster
        self._seconds = seconds
        self._database = cluster.create("plain_insert")
        execute(self._database, TABLES)

    def run(self, script: str = PLAIN) -> float:
        """Transactions a second."""
        return pgbench(self._cluster, self._database, script, self._seconds)
