"""The ledger of erasures: a file beside the database, so that a restored backup does not bring anybody back.

A line for each person erased: ids, when, why and the number of the certificate; nothing personal. Each carries a keyed
hash, so that nobody can have somebody erased by writing into the file. The file is only ever added to; what a crash
kept out of it is added by the schedule within a minute, or by the next backup.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool

from adapters.codec import EVENT_TYPES, event_type
from adapters.crypto import Keyring
from application.base import PLATFORM
from domain.base import Invalid

log = logging.getLogger("daybook.erasures")

FORMAT = "daybook-erasures-1"
FIND = """SELECT tenant_id, stream_id, version, topic, class_version, effective_on, recorded_at, document, data
  FROM book.events WHERE topic = ANY(%s) AND (%s::uuid IS NULL OR tenant_id = %s)
    AND (%s::uuid[] IS NULL OR stream_id = ANY(%s)) ORDER BY tenant_id, position"""
_OUTBOX = """SELECT DISTINCT stream_id FROM book.events
  WHERE tenant_id = %s AND topic ^@ 'notices.' AND strpos(data, %s) > 0"""


class NotALedger(Invalid):
    """This is not a ledger of erasures, or it is another installation's, or somebody has altered it."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """That somebody was erased. ``number`` is that of the certificate."""

    tenant_id: UUID
    patient_id: UUID
    erased_at: datetime
    basis: str | None
    number: str


def find(tenant_id: UUID | None = None, people: Sequence[UUID] | None = None) -> tuple[str, list[Any]]:
    """The statement that finds erasures in the books that the connection sees; ``found`` reads its rows."""
    topics = [topic for topic, kind in EVENT_TYPES.items() if kind.erases]
    listed = None if people is None else list(people)
    return FIND, [topics, tenant_id, tenant_id, listed, listed]


def found(rows: Iterable[tuple[Any, ...]]) -> list[Erasure]:
    erasures = []
    for tenant_id, stream_id, version, topic, class_version, effective_on, recorded_at, number, data in rows:
        event: Any = event_type(topic).decode(
            tenant_id, stream_id, version, class_version, effective_on, data, lambda _: None
        )  # fmt: skip
        first = event.first_erased_at or recorded_at
        basis = None if event.basis is None else str(event.basis)
        erasures.append(Erasure(tenant_id, stream_id, first, basis, event.first_number or number or ""))
    return erasures


class ErasureLedger:
    """The file. Several processes may add to it."""

    def __init__(self, path: Path, keyring: Keyring) -> None:
        self.path = path
        self._keyring = keyring

    def read(self) -> list[Erasure]:
        """What is in it, each person once. Raises ``NotALedger``, also for half a line that a crash left: a line is
        written at once, and whoever mends the file should look at it."""
        try:
            lines = self.path.read_text("utf-8").split("\n")
        except (OSError, ValueError) as error:
            raise NotALedger(f"{self.path}: {type(error).__name__}") from error
        known: dict[tuple[UUID, UUID], Erasure] = {}
        for number, line in enumerate(filter(None, lines), 1):
            erasure = self._read(line)
            if erasure is None:
                raise NotALedger(f"{self.path}, line {number}: {NotALedger.__doc__}")
            known.setdefault((erasure.tenant_id, erasure.patient_id), erasure)
        return list(known.values())

    def add(self, erasures: Sequence[Erasure]) -> int:
        """Add those that are not in it yet; how many that were. On disk when it returns."""
        present = {(e.tenant_id, e.patient_id) for e in self.read()} if self.path.exists() else set()
        fresh = [e for e in erasures if (e.tenant_id, e.patient_id) not in present]
        if fresh:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            text = "".join(self._line(erasure) for erasure in fresh)
            with open(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
        return len(fresh)

    def _line(self, erasure: Erasure) -> str:
        told = {
            "format": FORMAT, "tenantId": str(erasure.tenant_id), "patientId": str(erasure.patient_id),
            "erasedAt": erasure.erased_at.astimezone(UTC).isoformat(), "basis": erasure.basis,
            "number": erasure.number,
        }  # fmt: skip
        return json.dumps({**told, "mac": self._mac(told)}) + "\n"

    def _read(self, line: str) -> Erasure | None:
        try:
            told = json.loads(line)
            mac = told.pop("mac")
            if told["format"] != FORMAT or not hmac.compare_digest(mac, self._mac(told)):
                return None
            at = datetime.fromisoformat(told["erasedAt"])
            return Erasure(UUID(told["tenantId"]), UUID(told["patientId"]), at, told["basis"], told["number"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def _mac(self, told: dict[str, Any]) -> str:
        return self._keyring.fingerprint(b"erasure", json.dumps(told, sort_keys=True).encode()).hex()


class AfterErasure:
    """What an installation does when an erasure is committed, beside its database: the folder that stands in for a
    provider of SMS loses what was written to the family, and the ledger gets its line."""

    def __init__(self, pool: AsyncConnectionPool[Any], ledger: ErasureLedger, outbox: Path) -> None:
        self._pool, self._ledger, self._outbox = pool, ledger, outbox

    async def __call__(self, tenant_id: UUID, people: Sequence[UUID]) -> None:
        """Never fails: the erasure stands. What could not be done is said in the log, without naming anybody."""
        try:
            await self.do(tenant_id, people)
        except (psycopg.Error, OSError, NotALedger) as error:
            log.error("the ledger of erasures was not written (%s): the schedule will", type(error).__name__)

    async def do(self, tenant_id: UUID, people: Sequence[UUID]) -> int:
        """Twice is as good as once; how many lines were added."""
        async with self._pool.connection() as db, db.transaction():
            await db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
            query, values = find(tenant_id, people)
            erasures = found(await (await db.execute(query.encode(), values)).fetchall())
            notices = [
                row[0]
                for person in people
                for row in await (await db.execute(_OUTBOX, [tenant_id, str(person)])).fetchall()
            ]
        # The line comes last: where it stands, all has been done.
        await asyncio.to_thread(_remove, self._outbox, notices)
        return await asyncio.to_thread(self._ledger.add, erasures)


class MendLedger:
    """A chore of the schedule, once a minute: what a process that died right after an erasure left undone."""

    name = "erasures"

    def __init__(self, pool: AsyncConnectionPool[Any], ledger: ErasureLedger, outbox: Path) -> None:
        self._pool, self._ledger = pool, ledger
        self._after = AfterErasure(pool, ledger, outbox)
        self._without_event: set[tuple[UUID, UUID]] = set()
        """Whose keys are destroyed though no event of theirs says so: nothing to look for again."""

    def period(self, now: datetime) -> str:
        return f"{now.astimezone(UTC):%Y-%m-%dT%H:%M}"

    async def run(self, now: datetime) -> None:  # noqa: ARG002 - whatever is lacking now
        async with self._pool.connection() as db, db.transaction():
            await db.execute("SELECT set_config('app.tenant', %s, true)", [str(PLATFORM)])
            erased = set(await (await db.execute("SELECT tenant_id, subject_id FROM book.erased()")).fetchall())
        lacking = erased - self._without_event
        if lacking and self._ledger.path.exists():
            lacking -= {(e.tenant_id, e.patient_id) for e in await asyncio.to_thread(self._ledger.read)}
        for tenant_id in {tenant for tenant, _ in lacking}:
            people = [person for tenant, person in lacking if tenant == tenant_id]
            added = await self._after.do(tenant_id, people)
            if added < len(people):
                known = {(e.tenant_id, e.patient_id) for e in await asyncio.to_thread(self._ledger.read)}
                self._without_event |= {(tenant_id, person) for person in people} - known
            log.warning("the ledger of erasures lacked %d lines, which it has now", added)


def _remove(outbox: Path, notices: Iterable[UUID]) -> None:
    for notice in notices:
        for path in outbox.glob(f"{notice.hex}-*"):
            path.unlink(missing_ok=True)
