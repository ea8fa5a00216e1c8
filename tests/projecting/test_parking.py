"""An event that cannot be applied parks its stream, there and from there on; everything else flows."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from uuid import UUID

import pytest

import adapters.projector
from adapters.parking import EVERYTHING
from domain.billing import ledger_id
from tests.book.desk import Desk, ask, desk, in_loop
from tests.projecting.following import ReadModels, pay, write_a_lot
from tests.projecting.tables import BAD_KEY, NULL, TOO_LARGE, TRAPS, sprung

IN_THE_BOOK = {
    "malformed": "data = 'not json'",
    "another shape": "data = '{\"patient_id\": 7}'",
    "unknown topic": "topic = 'billing.Imagined'",
    "later version": "class_version = class_version + 1",
    "too deep": "data = repeat('[', 100000)",
    "bent seal": 'data = replace(data, \'"sealed":"\', \'"sealed":"AAAA\')',
}
"""What a superuser, a defect or a later release left in the book, by how it is put there."""

CASES = [(kind, 2_000) for kind in [*TRAPS, *IN_THE_BOOK] if kind != "bent seal"]
CASES += [(kind, batch) for kind in (BAD_KEY, TOO_LARGE, "malformed") for batch in (1, 5)]


@dataclass
class Poisoned:
    here: Desk
    patient: UUID
    position: int
    """Of the event that cannot be applied; two of its stream are before it and two after."""


async def _poison(here: Desk, kind: str) -> Poisoned:
    """A stream with a bad event in its middle, among streams that are well."""
    [patient, *_] = await write_a_lot(here, 3, 3)
    await pay(here, patient)
    await pay(here, patient)
    bad = await pay(here, patient, kind if kind in TRAPS else None)
    await write_a_lot(here, 1, 2)
    await pay(here, patient)
    await pay(here, patient)
    if kind in IN_THE_BOOK and kind != "bent seal":
        ask(here.database, f"UPDATE book.events SET {IN_THE_BOOK[kind]} WHERE position = {bad.position}")
    return Poisoned(here, patient, bad.position)


def _parked(models: ReadModels) -> dict[str, tuple[UUID, int]]:
    return {projection: (stream, position) for _, projection, stream, position, _ in models.parked()}


def _till(models: ReadModels, patient: UUID) -> tuple[int, bool, list[int]]:
    [(payments, stale, order)] = ask(
        models.database, 'SELECT payments, stale, "order" FROM reading.test_tills WHERE patient_id = %s', patient
    )
    return payments, stale, order


@pytest.mark.parametrize(("kind", "batch"), CASES)
@in_loop
async def test_its_stream_stands_still_and_everything_else_flows(
    models: ReadModels, monkeypatch: pytest.MonkeyPatch, kind: str, batch: int
) -> None:
    monkeypatch.setattr(adapters.projector, "BATCH", batch)
    async with desk(models.database) as here, desk(models.database) as elsewhere:
        bad = await _poison(here, kind)
        await write_a_lot(elsewhere)
        models.drain()
        # Nobody waits: the positions are at the heads and nothing is behind.
        assert models.positions() == models.heads()
        assert models.progress()[:2] == (0, 0.0)
        assert models.progress()[2] == 1
        projection = "test_tills" if kind in TRAPS else EVERYTHING
        assert _parked(models) == {projection: (ledger_id(bad.patient), bad.position)}
        # What came before it is there, what came after it is not, and the row says that it cannot be trusted.
        payments, stale, order = _till(models, bad.patient)
        assert (payments, stale, max(order) < bad.position) == (5, True, True)
        [[papers]] = ask(models.database, "SELECT count(*) FROM reading.test_papers WHERE patient_id = %s", bad.patient)
        assert papers == (7 if kind in TRAPS else 4)  # one of them was voided
        assert (
            ask(models.database, "SELECT 1 FROM reading.test_tills WHERE stale AND patient_id <> %s", bad.patient) == []
        )
        # A rebuild comes to the same: rows, staleness, and what is parked where.
        followed, parked = models.rows(), models.parked()
        assert models.differing() == 0
        models.rebuild()
        assert (models.rows(), models.parked()) == (followed, parked)
        # A process that starts anew holds the stream too, and so does one that goes on.
        await pay(here, bad.patient)
        await pay(here, (await write_a_lot(here, 1, 1))[0])
        models.drain()
        assert _till(models, bad.patient) == (payments, stale, order)
        assert models.parked() == parked
        assert models.differing() == 0


@in_loop
async def test_a_box_that_does_not_open_parks_the_person_not_the_money(models: ReadModels) -> None:
    async with desk(models.database) as here:
        [patient, other] = await write_a_lot(here, 2, 2)
        change = IN_THE_BOOK["bent seal"]
        ask(models.database, f"UPDATE book.events SET {change} WHERE stream_id = %s AND version = 2", patient)
        models.drain()
        assert _parked(models)[EVERYTHING][0] == patient
        rows = ask(models.database, "SELECT patient_id, first_name, stale FROM reading.test_names")
        assert sorted(rows) == sorted([(patient, "Kiran", True), (other, "Turn1", False)])
        assert _till(models, patient)[:2] == (2, True)
        followed = models.rows()
        models.rebuild()
        assert models.rows() == followed


@in_loop
async def test_a_mended_rule_and_a_rebuild_set_the_stream_free(models: ReadModels) -> None:
    """Also for a follower that was running all the time."""
    async with desk(models.database) as here:
        bad = await _poison(here, NULL)
        with models.projector() as running:
            while running.advance():
                pass
            assert _till(models, bad.patient)[0] == 5
            sprung.remove(NULL)
            report = models.rebuild(tenant_id=here.tenant_id)
            assert report["tables"]["test_tills"]["differing"] > 0
            assert models.parked() == []
            assert _till(models, bad.patient)[:2] == (8, False)
            await pay(here, bad.patient)
            running.advance()
            assert _till(models, bad.patient)[:2] == (9, False)
        assert models.differing() == 0


@in_loop
async def test_a_mended_event_is_free_in_the_tables_that_were_rebuilt(models: ReadModels) -> None:
    """The others still miss it, so for them the stream stays parked until they are rebuilt too."""
    async with desk(models.database) as here:
        bad = await _poison(here, "unknown topic")
        models.drain()
        ask(
            models.database, "UPDATE book.events SET topic = 'billing.PaymentRecorded' WHERE topic = 'billing.Imagined'"
        )
        models.rebuild(tables=models.tables[:1])
        assert _parked(models).keys() == {"test_papers", "test_names"}
        assert _till(models, bad.patient)[:2] == (8, False)
        await pay(here, bad.patient)
        models.drain()
        assert _till(models, bad.patient)[:2] == (9, False)
        assert ask(models.database, "SELECT count(*) FROM reading.test_papers WHERE patient_id = %s", bad.patient) == [
            (4,)
        ]
        models.rebuild()
        assert models.parked() == []
        assert ask(models.database, "SELECT count(*) FROM reading.test_papers WHERE patient_id = %s", bad.patient) == [
            (8,)
        ]
        assert models.differing() == 0


@in_loop
async def test_what_is_parked_while_a_rebuild_catches_up_is_parked(models: ReadModels) -> None:
    async with desk(models.database) as here:
        [patient] = await write_a_lot(here, 1, 2)
        models.drain()
        done: list[int] = []

        def meanwhile(progress: object) -> None:
            if not done and progress.phase == "indexing":  # type: ignore[attr-defined]
                done.append(1)
                with models.projector() as projector:  # a payment that trips the rule, followed before the switch
                    ask(
                        models.database,
                        'UPDATE book.events SET data = replace(data, \'"reference":null\', \'"reference":"raise"\')'
                        " WHERE position = (SELECT max(position) FROM book.events)",
                    )
                    while projector.advance():
                        pass

        positions = models.positions()
        await pay(here, patient)
        assert models.positions() == positions
        models.rebuild(seen=meanwhile)
        assert _parked(models).keys() == {"test_tills"}
        assert _till(models, patient)[:2] == (2, True)
        assert models.differing() == 0


@in_loop
async def test_what_parked_a_stream_is_told_without_quoting_anybody(
    models: ReadModels, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk(models.database) as here:
        with caplog.at_level(logging.DEBUG):
            bad = await _poison(here, TRAPS[0])
            models.drain()
        [(tenant, projection, stream, position, error)] = models.parked()
        assert (tenant, projection, position) == (here.tenant_id, "test_tills", bad.position)
        assert (stream, error) == (ledger_id(bad.patient), "ZeroDivisionError")
        assert str(stream) in caplog.text
        assert "Kiran" not in caplog.text + json.dumps(models.parked(), default=str)
