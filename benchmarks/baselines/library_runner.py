"""P3's baseline: the eventsourcing library's ProjectionRunner keeping charges, payments and balances.

One event, one transaction, the tracking record moving with the rows. Everything else is as good as the
library allows: prepared statements, one round trip per row, an index for every look-up.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg import sql

from benchmarks.baselines.library_recorder import connection_words
from benchmarks.database import Cluster
from benchmarks.history import Charged, Fact

LOOK = 0.05  # seconds between looks at how far the runner has come


class Ledger(Aggregate):
    class Charged(Aggregate.Event):
        tenant_id: UUID
        charge_id: UUID
        session_id: UUID
        amount: str
        due_on: str

    class Paid(Aggregate.Event):
        tenant_id: UUID
        payment_id: UUID
        charge_id: UUID
        amount: str
        method: str
        received_on: str


class Ledgers(Application[UUID]):
    """The library's application: it only holds the events that the runner reads."""


def as_event(fact: Fact) -> Aggregate.Event:
    payload: dict[str, Any] = asdict(fact)
    head = {
        "originator_id": payload.pop("patient_id"),
        "originator_version": payload.pop("version"),
        "timestamp": Aggregate.Event.create_timestamp(),
    }
    payload["amount"] = str(fact.amount)
    if isinstance(fact, Charged):
        return Ledger.Charged(**head, **{**payload, "due_on": fact.due_on.isoformat()})
    return Ledger.Paid(**head, **{**payload, "received_on": fact.received_on.isoformat()})


class LedgerView(PostgresTrackingRecorder):
    """Three read tables and the tracking table, each event in one transaction."""

    TABLES = (
        "charges (charge_id uuid PRIMARY KEY, tenant_id uuid, patient_id uuid,"
        " amount numeric, open numeric, due_on date)",
        "payments (payment_id uuid PRIMARY KEY, tenant_id uuid, patient_id uuid,"
        " amount numeric, method text, received date)",
        "balances (patient_id uuid PRIMARY KEY, tenant_id uuid, billed numeric, paid numeric)",
    )

    def __init__(self, datastore: PostgresDatastore, **names: Any) -> None:
        super().__init__(datastore, **names)
        schema = sql.Identifier(datastore.schema)
        create = sql.SQL("CREATE TABLE IF NOT EXISTS {}.")
        self.sql_create_statements += [create.format(schema) + sql.SQL(table) for table in self.TABLES]
        self._insert_charge = sql.SQL("INSERT INTO {}.charges VALUES (%s, %s, %s, %s, %s, %s)").format(schema)
        self._settle = sql.SQL("UPDATE {}.charges SET open = open - %s WHERE charge_id = %s").format(schema)
        self._insert_payment = sql.SQL("INSERT INTO {}.payments VALUES (%s, %s, %s, %s, %s, %s)").format(schema)
        self._balance = sql.SQL(
            "INSERT INTO {}.balances AS b VALUES (%s, %s, %s, %s) ON CONFLICT (patient_id) DO UPDATE"
            " SET billed = b.billed + excluded.billed, paid = b.paid + excluded.paid"
        ).format(schema)

    def charged(self, event: Ledger.Charged, tracking: Tracking) -> None:
        charge = (
            event.charge_id,
            event.tenant_id,
            event.originator_id,
            event.amount,
            event.amount,
            event.due_on,
        )
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(self._insert_charge, charge, prepare=True)
            cursor.execute(self._balance, (event.originator_id, event.tenant_id, event.amount, 0), prepare=True)
            self._insert_tracking(cursor, tracking)

    def paid(self, event: Ledger.Paid, tracking: Tracking) -> None:
        about = (event.payment_id, event.tenant_id, event.originator_id)
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(self._insert_payment, (*about, event.amount, event.method, event.received_on), prepare=True)
            cursor.execute(self._settle, (event.amount, event.charge_id), prepare=True)
            cursor.execute(self._balance, (event.originator_id, event.tenant_id, 0, event.amount), prepare=True)
            self._insert_tracking(cursor, tracking)


class LedgerProjection(Projection[LedgerView]):
    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        raise TypeError(f"no rule for {type(domain_event).__name__}, at {tracking.notification_id}")

    @process_event.register
    def _(self, domain_event: Ledger.Charged, tracking: Tracking) -> None:
        self.view.charged(domain_event, tracking)

    @process_event.register
    def _(self, domain_event: Ledger.Paid, tracking: Tracking) -> None:
        self.view.paid(domain_event, tracking)


class LibraryRunner:
    """A filled event store, projected afresh into a new schema at every run."""

    def __init__(self, cluster: Cluster, facts: Iterable[Fact], seconds: float) -> None:
        self._database = cluster.create("library_runner")
        self._seconds = seconds
        self._runs = 0
        words = connection_words(self._database)
        self._environment = {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            **{f"POSTGRES_{name.upper()}": str(value) for name, value in words.items()},
        }
        self.events = self._fill(facts)

    def _fill(self, facts: Iterable[Fact]) -> int:
        """Stores the facts as the library would, but by COPY: its recorder can hang on long pipelined batches."""
        into = sql.SQL("COPY {} (originator_id, originator_version, topic, state) FROM STDIN (FORMAT binary)")
        with Ledgers(self._environment) as ledgers, psycopg.connect(self._database) as connection:
            table = sql.Identifier(f"{ledgers.name.lower()}_events")
            with connection.cursor().copy(into.format(table)) as copy:
                copy.set_types(("uuid", "int8", "text", "bytea"))
                stored = 0
                for fact in facts:
                    event = ledgers.mapper.to_stored_event(as_event(fact))
                    copy.write_row((event.originator_id, event.originator_version, event.topic, event.state))
                    stored += 1
        return stored

    def run(self) -> float:
        """Events a second: from the first seen applied, for the agreed time or to the end of the store."""
        self._runs += 1
        schema = f"run_{self._runs}"
        with psycopg.connect(self._database, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        environment = {**self._environment, f"{LedgerProjection.name.upper()}_POSTGRES_SCHEMA": schema}
        with ProjectionRunner(
            application_class=Ledgers,
            projection_class=LedgerProjection,
            view_class=LedgerView,
            env=environment,
        ) as runner:
            first, begin = self._await(runner, more_than=0)
            deadline = begin + self._seconds
            reached, now = first, begin
            while now < deadline and reached < self.events:
                time.sleep(LOOK)
                reached, now = self._await(runner, more_than=reached)
        return (reached - first) / (now - begin)

    def _await(self, runner: ProjectionRunner[Ledgers, LedgerView], more_than: int) -> tuple[int, float]:
        """The position and the moment once the runner is past `more_than`; raises what stopped it."""
        while True:
            reached = runner.view.max_tracking_id(runner.app_name) or 0
            if reached > more_than:
                return reached, time.perf_counter()
            runner.run_forever(timeout=LOOK)
