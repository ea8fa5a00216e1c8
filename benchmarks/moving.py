"""Moving house and ten-year streams, measured: ``python -m benchmarks.moving [EVENTS]``. Prints JSON; 0: streams only.

Not one of the P figures: nothing is compared with another product's, so these are seconds and megabytes of
one machine.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from adapters.crypto import Keyring
from adapters.moving import house
from adapters.rebuild import rebuild
from adapters.settings import Settings
from adapters.subject_keys import KeysAtHand
from adapters.system import System
from application.base import SYSTEM, Context, Result, execute
from application.billing import RecordPayment
from application.patients import ErasePatient, RegisterPatient
from benchmarks import long_book
from benchmarks.database import Cluster, embedded
from benchmarks.long_book import FREQUENT, TENANT, LongBook
from benchmarks.product import install
from domain.billing import PatientLedger, ledger_id
from domain.patients import ErasureBasis, Guardian, Patient
from domain.values import Role
from projections.registry import read_tables

EVENTS, PEOPLE, ERASED = 100_000, 2_000, 50
PASSPHRASE = "a sentence that nobody guesses"  # noqa: S105 - of files that are gone afterwards
STREAMS = (2_000, 5_000, 20_000)
TRIES = 7
VERIFY = Path(__file__).parents[1] / "scripts" / "verify_book.py"


def context(system: System) -> Context:
    return Context(
        tenant_id=TENANT, actor=SYSTEM, role=Role.WORKSPACE_ADMIN, now=datetime.now(UTC), correlation=system.new_id(),
        new_id=system.new_id,
    )  # fmt: skip


async def people(settings: Settings) -> None:
    """Patients with sealed records, some of them erased again."""
    async with System(settings).running() as system:
        made: list[UUID] = []
        for number in range(PEOPLE):
            command = RegisterPatient(
                first_name="Kiran", last_name=f"Das {number}", date_of_birth=date(2018, 4, 2),
                guardian_name="Meera Das", guardian_phone="+919800000001", address="Pune",
                medical_notes="Asthma since 2021",
            )  # fmt: skip
            made.append(UUID((await execute(command, context(system), system.store)).result["id"]))
        for patient in made[:ERASED]:
            await execute(ErasePatient(patient_id=patient, basis=ErasureBasis.REQUESTED), context(system), system.store)


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    done = act()
    return round(time.perf_counter() - begin, 2), done


def contents(settings: Settings) -> dict[str, Any]:
    """Of each read table how many rows, and a sum of their hashes."""
    with psycopg.connect(settings.rebuild_url) as db:
        return {
            table.name: db.execute(
                f"SELECT count(*), coalesce(sum(hash_record_extended(ROW(t.*), 0)), 0) FROM reading.{table.name} t"  # noqa: S608 - our own names
                " WHERE tenant_id = %s", [TENANT],
            ).fetchone()
            for table in read_tables()
        }  # fmt: skip


def head(settings: Settings) -> Any:
    with psycopg.connect(settings.projector_url) as db:
        query = "SELECT position, encode(chain, 'hex') FROM book.books WHERE tenant_id = %s"
        return db.execute(query, [TENANT]).fetchone()


def moving(cluster: Cluster, events: int) -> dict[str, Any]:
    here = LongBook(cluster, events, "here").settings
    rebuild(here.rebuild_url, read_tables(), KeysAtHand(Keyring(here.master_key)))
    with tempfile.TemporaryDirectory() as folder:
        environment = {**here._environ, "DAYBOOK_HOME": folder}
        here = Settings(environment)
        asyncio.run(people(here))
        house.fold(here, {TENANT: head(here)[0]})
        archive = Path(folder) / "centre.zip"
        out, report = timed(lambda: house.export_tenant(here, TENANT, PASSPHRASE, archive, personal=False))
        there = install(cluster, "there").settings
        taken, _ = timed(lambda: house.import_tenant(there, archive, PASSPHRASE))
        one, other = contents(here), contents(there)
        with zipfile.ZipFile(archive) as zip_:
            zip_.extract("book.ndjson", folder)
        checked, done = timed(
            lambda: subprocess.run([sys.executable, str(VERIFY), f"{folder}/book.ndjson"], check=False).returncode  # noqa: S603 - our own script
        )
        compared = rebuild(
            there.rebuild_url, read_tables(), KeysAtHand(Keyring(there.master_key)), tenant_id=TENANT, switch=False
        )
        return {
            "events": report["position"], "archive_mb": round(report["bytes"] / 1e6, 1), "export_s": out,
            "import_s": taken, "heads_equal": head(here) == head(there), "read_tables": len(one),
            "rows": sum(rows for rows, _ in one.values()),
            "read_tables_differing": [name for name in one if one[name] != other[name]],
            "rows_differing_from_a_rebuild": sum(t["differing"] for t in compared["tables"].values()),
            "verify_book_s": checked, "verify_book_status": done, "erased_before": ERASED,
        }  # fmt: skip


async def _stream(settings: Settings, length: int) -> dict[str, Any]:
    async with System(settings).running() as system:
        unit = system.store.unit(context(system), trust_memory=False)
        await unit.open()
        unit.new(Patient, FREQUENT).register(
            first_name="Kiran", last_name="Das", date_of_birth=date(2010, 4, 2), today=date(2026, 11, 2),
            guardian=Guardian("Meera Das", "+919800000001"),
        )  # fmt: skip
        await unit.commit(Result())
        unit.abandon()

        async def cold() -> float:
            """Read and folded, as by a process that has never seen it."""
            system.store.memory.forget_tenant(TENANT)
            unit = system.store.unit(context(system), trust_memory=False)
            begin = time.perf_counter()
            try:
                await unit.open()
                await unit.load(PatientLedger, ledger_id(FREQUENT))
                return time.perf_counter() - begin
            finally:
                unit.abandon()

        async def pay(*, forget: bool) -> float:
            if forget:
                system.store.memory.forget_tenant(TENANT)
            command = RecordPayment(patient_id=FREQUENT, amount=Decimal("10.00"), method="CASH")
            begin = time.perf_counter()
            await execute(command, context(system), system.store)
            return time.perf_counter() - begin

        def ms(values: list[float]) -> float:
            return round(statistics.median(values) * 1000, 1)

        loads = [await cold() for _ in range(TRIES)]
        return {
            "events": length, "load_ms": ms(loads), "events_per_second": round(length / statistics.median(loads)),
            "payment_cold_ms": ms([await pay(forget=True) for _ in range(TRIES)]),
            "payment_remembered_ms": ms([await pay(forget=False) for _ in range(TRIES)]),
        }  # fmt: skip


def streams(cluster: Cluster) -> list[dict[str, Any]]:
    """A patient's ledger of so many events: two thousand is ten years of weekly sessions."""
    found = []
    for length in STREAMS:
        long_book.OF_ONE = length
        settings = LongBook(cluster, length, f"stream_{length}").settings
        found.append(asyncio.run(_stream(settings, length)))
    return found


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with embedded() as cluster:
        found = {"streams": streams(cluster), "moving": moving(cluster, events) if events else None}
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
