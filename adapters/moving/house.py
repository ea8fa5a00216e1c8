"""Whole acts: a centre exported and imported, an installation backed up and restored."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from adapters.crypto import Keyring
from adapters.erasure_ledger import Erasure, ErasureLedger, find, found
from adapters.follower import LEADER_LOCK, OPTIONS
from adapters.moving import reading, writing
from adapters.moving.archive import SALT, Reader, of_master, of_passphrase, opened, written
from adapters.projector import Projector
from adapters.settings import Settings
from adapters.subject_keys import KeysAtHand
from adapters.system import System
from application.base import SYSTEM, Context, execute
from application.patients import RepeatErasure
from domain.base import Clash, Missing
from domain.patients import ErasureBasis
from domain.values import Role
from projections.registry import read_tables

EXPORT, BACKUP = "daybook-export-1", "daybook-backup-1"
_BOOKS = "SELECT tenant_id FROM book.books ORDER BY tenant_id"
_DELIVERED = "SELECT consumer, position FROM delivery.positions WHERE tenant_id = %s"
_CONSUMERS = "SELECT name FROM delivery.consumers"
_MOVE = """INSERT INTO delivery.positions (consumer, tenant_id, position) VALUES (%s, %s, %s)
  ON CONFLICT (tenant_id, consumer) DO UPDATE SET position = excluded.position"""
_LOOK = 0.1
Say = Callable[[str], None]


class NotEmpty(Clash):
    """There are centres in this database. A backup is restored into an empty one."""

    code = "NOT_EMPTY"


class Behind(Clash):
    """The read models do not show the whole book yet: is `daybook project` running?"""

    code = "READ_MODELS_BEHIND"


def export_tenant(settings: Settings, tenant_id: UUID, passphrase: str, out: Path, *, personal: bool) -> dict[str, Any]:
    """Write the centre's archive. Returns ``{"tenant_id", "position", "chain", "bytes"}``. Raises ``Behind``."""
    salt = os.urandom(SALT)
    key = of_passphrase(passphrase, salt)
    told: dict[str, Any] = {"made_at": datetime.now(UTC), "tenant": {}, "delivered": _delivered(settings, tenant_id)}
    with _one_look(settings) as db, written(out, EXPORT, key, salt, told) as archive:
        told["tenant"] = writing.write(archive, db, tenant_id, Keyring(settings.master_key))
        if _shown(db, tenant_id) != told["tenant"]["position"]:
            raise Behind
        writing.write_csv(archive, db, tenant_id, read_tables(), personal=personal)
    return {**told["tenant"], "bytes": out.stat().st_size}


def import_tenant(settings: Settings, path: Path, passphrase: str, say: Say = lambda _: None) -> dict[str, Any]:
    """Take a centre in: checked, stored in one transaction, its read models folded. Returns ``{"tenant_id",
    "position", "chain", "events"}``."""
    with opened(path, EXPORT, passphrase) as archive:
        told = archive.manifest["tenant"]
        tenant_id = UUID(told["tenant_id"])
        say("checking every hash")
        events = reading.check(archive, told)
        say(f"storing {events:,} events")
        _load(settings, archive, {tenant_id: ""}, {tenant_id: archive.manifest["delivered"]}, {tenant_id: told})
    say("folding the read models")
    fold(settings, {tenant_id: told["position"]})
    return {**told, "events": events}


def back_up(settings: Settings, out: Path, say: Say = lambda _: None) -> dict[str, Any]:
    """Write every centre into one archive, from one look, and bring the ledger of erasures up to date. Returns
    ``{"tenants", "events", "bytes", "erasures"}``."""
    salt = os.urandom(SALT)
    key = of_master(settings.master_key, salt)
    keyring = Keyring(settings.master_key)
    tenants = _tenants(settings)
    told: dict[str, Any] = {"made_at": datetime.now(UTC), "tenants": []}
    events = 0
    delivered = {tenant_id: _delivered(settings, tenant_id) for tenant_id in tenants}
    with _one_look(settings) as db, written(out, BACKUP, key, salt, told) as archive:
        for n, tenant_id in enumerate(tenants, 1):
            one = writing.write(archive, db, tenant_id, keyring, f"{tenant_id}/")
            told["tenants"].append({**one, "delivered": delivered[tenant_id]})
            events += one["position"]
            say(f"{n} of {len(tenants)} centres, {events:,} events")
    erasures = note_erasures(settings)
    return {"tenants": len(tenants), "events": events, "bytes": out.stat().st_size, "erasures": erasures}


def restore(settings: Settings, path: Path, erasures: list[Erasure], say: Say = lambda _: None) -> dict[str, Any]:
    """Read a backup into an empty database, erase again who was erased since, fold the read models. Returns
    ``{"tenants", "events", "erased"}``."""
    if _tenants(settings):
        raise NotEmpty
    with opened(path, BACKUP, settings.master_key) as archive:
        tenants = {UUID(each["tenant_id"]): each for each in archive.manifest["tenants"]}
        say("checking every hash")
        events = sum(reading.check(archive, told, f"{tenant_id}/") for tenant_id, told in tenants.items())
        say(f"storing {len(tenants)} centres, {events:,} events")
        folders = {tenant_id: f"{tenant_id}/" for tenant_id in tenants}
        delivered = {tenant_id: told["delivered"] for tenant_id, told in tenants.items()}
        _load(settings, archive, folders, delivered, tenants, resume=True)
    say("erasing again")
    erased = erase_again(settings, erasures)
    say("folding the read models")
    fold(settings, _heads(settings, list(tenants)))
    return {"tenants": len(tenants), "events": events, "erased": erased}


def erase_again(settings: Settings, erasures: list[Erasure]) -> int:
    """Carry out whatever the books here do not know of the ledger; how many people that were."""
    here = set(_tenants(settings))
    return asyncio.run(_erase_again(settings, [each for each in erasures if each.tenant_id in here]))


def note_erasures(settings: Settings) -> int:
    """Add to the ledger whatever it lacks of the erasures in the books; how many that were."""
    query, values = find()
    with psycopg.connect(settings.projector_url) as db:
        erasures = found(db.execute(query.encode(), values).fetchall())
    return ErasureLedger(settings.erasure_ledger, Keyring(settings.master_key)).add(erasures)


def fold(settings: Settings, heads: Mapping[UUID, int]) -> None:
    """Return when the read models show these books: folded here, or by whoever leads already."""
    with psycopg.connect(settings.projector_url, autocommit=True, options=OPTIONS) as db:
        projector = Projector(db, read_tables(), KeysAtHand(Keyring(settings.master_key)))
        while behind := {tenant: at for tenant, at in projector.behind(100_000).items() if tenant in heads}:
            row = db.execute("SELECT pg_try_advisory_lock(%s)", [LEADER_LOCK]).fetchone()
            if not (row and row[0]):
                time.sleep(_LOOK)  # somebody leads, and is folding them
                continue
            try:
                while behind:
                    behind = {**behind, **projector.advance(behind)}
                    behind = {tenant: at for tenant, at in behind.items() if at < heads[tenant]}
            finally:
                db.execute("SELECT pg_advisory_unlock(%s)", [LEADER_LOCK])


@contextmanager
def _one_look(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(settings.app_url, autocommit=True) as db, db.transaction():
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield db


def _tenants(settings: Settings) -> list[UUID]:
    with psycopg.connect(settings.projector_url) as db:
        return [row[0] for row in db.execute(_BOOKS).fetchall()]


def _heads(settings: Settings, tenants: list[UUID]) -> dict[UUID, int]:
    with psycopg.connect(settings.projector_url) as db:
        rows = db.execute("SELECT tenant_id, position FROM book.books WHERE tenant_id = ANY(%s)", [tenants])
        return dict(rows.fetchall())


def _shown(db: psycopg.Connection[Any], tenant_id: UUID) -> int:
    row = db.execute("SELECT position FROM reading.positions WHERE tenant_id = %s", [tenant_id]).fetchone()
    return int(row[0]) if row else 0


def _delivered(settings: Settings, tenant_id: UUID) -> dict[str, int]:
    """How far each consumer was: looked at before the book, so never ahead of it. What they do twice is done once."""
    with psycopg.connect(settings.relay_url) as db:
        return dict(db.execute(_DELIVERED, [tenant_id]).fetchall())


def _load(
    settings: Settings, archive: Reader, folders: dict[UUID, str], delivered: Mapping[UUID, dict[str, int]],
    told: Mapping[UUID, dict[str, Any]], *, resume: bool = False,
) -> None:  # fmt: skip
    """All centres in one transaction. Consumers that are here go on where those of the other house were, or behind the
    book: what happened there was told there. ``resume``: also those that have not begun here yet."""
    with (
        psycopg.connect(settings.app_url, autocommit=True) as db,
        psycopg.connect(settings.relay_url, autocommit=True) as relay,
        db.transaction(),
    ):
        for tenant_id, folder in folders.items():
            reading.load(archive, db, tenant_id, Keyring(settings.master_key), folder)
        with relay.transaction():
            for consumer in {name for each in delivered.values() for name in each} if resume else ():
                relay.execute("SELECT delivery.begin(%s, true)", [consumer])
            here = {row[0] for row in relay.execute(_CONSUMERS).fetchall()}
            for tenant_id in folders:
                for consumer in here:
                    at = delivered[tenant_id].get(consumer, told[tenant_id]["position"])
                    relay.execute(_MOVE, [consumer, tenant_id, at])


async def _erase_again(settings: Settings, erasures: list[Erasure]) -> int:
    done = 0
    async with System(settings).running() as system:
        for each in erasures:
            command = RepeatErasure(
                patient_id=each.patient_id, basis=ErasureBasis(each.basis or ErasureBasis.REQUESTED),
                first_erased_at=each.erased_at, first_number=each.number,
            )  # fmt: skip
            context = Context(
                tenant_id=each.tenant_id, actor=SYSTEM, role=Role.WORKSPACE_ADMIN, now=system.clock.now(),
                correlation=system.new_id(), new_id=system.new_id,
            )  # fmt: skip
            try:
                outcome = await execute(command, context, system.store)
            except Missing:  # registered after the backup was made
                continue
            done += len(outcome.result["erased"])
    return done
