"""Whatever is altered in a stored book is found: by the book itself, or against a checkpoint kept elsewhere."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

import adapters.chain
from adapters import book_file
from adapters.checkpoints import Checkpoint
from tests.book.apart import SIGNER, signed, verify_book
from tests.book.desk import desk, in_loop
from tests.book.forger import CHANGES, Forger
from tests.book.test_chain import verified
from tests.support.postgres import Database

PAYMENTS = 30


@dataclass
class Book:
    database: Database
    forger: Forger
    checkpoint: tuple[int, bytes]
    auditor: psycopg.Connection[Any]
    signed: Checkpoint

    def found(self, *, checkpoint: bool = False) -> int:
        *_, seen = adapters.chain.verify(self.auditor, self.forger.tenant_id, self.checkpoint if checkpoint else None)
        return seen.found

    def found_apart(self) -> int:
        """By the verifier that shares no code with the product, from an export and the signed checkpoint."""
        lines = list(book_file.lines(self.auditor, self.forger.tenant_id))
        taken = verify_book.read_checkpoint(json.loads(json.dumps(self.signed.told(), default=str)))
        count, problems = verify_book.verify_book(lines, [taken], SIGNER.public_key)
        assert count == len(lines) - 1
        return len(problems)


@pytest.fixture
def book(database: Database) -> Iterator[Book]:
    """A tenant's book of some events beside another's, its head kept elsewhere, and a forger at work in it."""
    seed = int(os.environ.get("DAYBOOK_SEED", "20261120"))
    tenants, taken = [], []

    @in_loop
    async def write() -> None:
        async with desk(database) as here, desk(database) as elsewhere:
            for asked in (here, elsewhere):
                patient = await asked.patient()
                for _ in range(PAYMENTS):
                    await asked.pay(patient)
                tenants.append(asked.tenant_id)
            taken.append(await signed(here))

    write()
    now = verified(database, tenants[0])
    print(f"seed {seed}")
    with (
        psycopg.connect(database.admin_url, autocommit=True) as db,
        psycopg.connect(database.url("daybook_auditor"), autocommit=True) as auditor,
    ):
        yield Book(database, Forger(db, tenants[0], random.Random(seed)), (now.position, now.head), auditor, taken[0])


class Anything(bytes):
    """Equal to whatever is stored."""

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = bytes.__hash__


def _tamper(book: Book, times: int) -> dict[str, int]:
    """Alters and verifies ``times`` times. Answers what was tried and what was missed; each must be an alteration."""
    counts = {"tried": 0, "missed": 0, "missed apart": 0, "missed without checkpoint": 0}
    missed = []
    assert book.found(checkpoint=True) == book.found_apart() == 0
    for turn in range(times):
        clean = turn % 8 == 0
        what = book.forger.chance.choice(book.forger.clean_ways if clean else book.forger.ways)()
        counts["tried"] += 1
        if book.found(checkpoint=True) == 0 or (not clean and book.found() == 0):
            counts["missed"] += 1
            missed.append(what)
        counts["missed apart"] += book.found_apart() == 0
        counts["missed without checkpoint"] += clean and book.found() == 0
        book.forger.restore()
    print(counts, missed)
    assert book.found(checkpoint=True) == 0
    return counts


def test_every_alteration_is_found(book: Book) -> None:
    assert _tamper(book, 200) == {"tried": 200, "missed": 0, "missed apart": 0, "missed without checkpoint": 25}


@pytest.mark.faults
def test_every_one_of_a_thousand_alterations_is_found(book: Book) -> None:
    assert _tamper(book, 1_000) == {
        "tried": 1_000, "missed": 0, "missed apart": 0, "missed without checkpoint": 125,
    }  # fmt: skip


def test_a_verifier_that_does_not_compute_hashes_misses_what_was_changed(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters.chain, "link", lambda before, row: Anything())
    missed = 0
    for change in [c for c in CHANGES if c.startswith(("data", "actor", "effective_on"))]:
        book.forger.run(f"UPDATE book.events SET {change} WHERE tenant_id = %s AND position = 5", book.forger.tenant_id)
        missed += book.found(checkpoint=True) == 0
        book.forger.restore()
    assert missed == 8


def test_each_kind_of_alteration_is_named(book: Book) -> None:
    for alter, said in [
        (book.forger.delete, "missing"),
        (book.forger.swap, "does not fit"),
        (book.forger.insert, "does not fit"),
        (book.forger.cut_tail, "the book's head is at"),
        (book.forger.cut_tail_and_head, "checkpoint"),
    ]:
        alter()
        found = verified(book.database, book.forger.tenant_id, book.checkpoint)
        assert said in str(found.problems)
        assert found.report()["verified"] is False
        book.forger.restore()


def test_another_tenants_book_is_not_concerned(book: Book) -> None:
    with psycopg.connect(book.database.admin_url) as db:
        [[other]] = db.execute(
            "SELECT tenant_id FROM book.books WHERE tenant_id <> %s", [book.forger.tenant_id]
        ).fetchall()
    book.forger.delete()
    assert verified(book.database, other).found == 0
    assert book.found() > 0


def test_a_long_report_is_cut_and_says_so(book: Book) -> None:
    book.forger.run("UPDATE book.events SET data = data || ' ' WHERE tenant_id = %s", book.forger.tenant_id)
    report = verified(book.database, book.forger.tenant_id).report()
    assert report["problem_count"] == PAYMENTS + 2
    assert len(report["problems"]) == min(100, PAYMENTS + 2)
