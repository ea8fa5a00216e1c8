"""Personal data is sealed with the person's own key, to the place it stands at; without the key it is gone."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from adapters.appending import Erased
from adapters.codec import EVENT_TYPES
from adapters.crypto import Keyring, Sealed, seal, unseal
from adapters.event_store import UnitOfWork
from adapters.history import StreamHistory
from adapters.subject_keys import KeysAtHand
from application.base import Result
from application.patients import ChangePatient
from domain.patients import Patient
from tests.book.desk import MASTER, Desk, Done, ask, desk, in_loop, one
from tests.support.postgres import Database

CANARIES = {
    "first_name": "Canary-Kiran", "last_name": "Canary-Das", "guardian_name": "Canary-Meera",
    "guardian_phone": "+919812345678", "guardian_email": "canary@birds.example", "address": "7 Canary Lane",
    "medical_notes": "Canary notes: sings",
}  # fmt: skip
TEXTS = [*CANARIES.values(), "2018-04-02"]


def _everything(database: Database) -> str:
    """All that the book's tables hold, as text, and every bytea both as hex and as the text it may be."""
    tables = [
        row[0] for row in ask(database, "SELECT tablename FROM pg_tables WHERE schemaname IN ('book', 'reading')")
    ]
    schema = {
        row[0]: row[1]
        for row in ask(database, "SELECT tablename, schemaname FROM pg_tables WHERE schemaname IN ('book', 'reading')")
    }
    return "\n".join(str(row[0]) for t in tables for row in ask(database, f"SELECT t::text FROM {schema[t]}.{t} t"))


def _found(text: str, all_text: str) -> bool:
    return text in all_text or text.encode().hex() in all_text


@in_loop
async def test_nothing_personal_can_be_read_in_the_database(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient(**CANARIES)
        await here.send(ChangePatient(address="8 Canary Lane").model_copy(update={"patient_id": patient}))
        everything = _everything(database)
        assert str(patient) in everything
        assert [text for text in [*TEXTS, "8 Canary Lane"] if _found(text, everything)] == []
        # The control: the same search finds what is not personal, and a canary that stands in the open.
        ask(database, "UPDATE book.events SET data = data || 'Canary-Kiran' WHERE stream_id = %s", patient)
        assert _found("Canary-Kiran", _everything(database))


@in_loop
async def test_a_sealed_box_opens_at_its_own_place_only(database: Database) -> None:
    async with desk(database) as here:
        patient, other = await here.patient(**CANARIES), await here.patient()
        data = one(database, "SELECT data FROM book.events WHERE stream_id = %s", patient)
        kind = EVENT_TYPES["patients.PatientRegistered"]
        wrapped = one(database, "SELECT wrapped FROM book.subject_keys WHERE subject_id = %s", patient)
        key = Keyring(MASTER).unwrap(here.tenant_id, patient, wrapped)

        def opened(tenant_id: UUID, stream: UUID, version: int, key: bytes = key) -> object:
            event = kind.decode(tenant_id, stream, version, 1, here.context().now.date(), data, lambda _: key)
            return event.first_name  # type: ignore[attr-defined]

        assert opened(here.tenant_id, patient, 1) == "Canary-Kiran"
        elsewhere = [(uuid7(), patient, 1), (here.tenant_id, other, 1), (here.tenant_id, patient, 2)]
        for place in elsewhere:
            with pytest.raises(Sealed):
                opened(*place)
        with pytest.raises(Sealed):
            opened(here.tenant_id, patient, 1, bytes(32))
        for moved in [(uuid7(), patient), (here.tenant_id, other)]:  # a wrapped key opens for its own person only
            with pytest.raises(Sealed):
                Keyring(MASTER).unwrap(*moved, wrapped)
        with pytest.raises(Sealed):
            Keyring(b"\1" * 32).unwrap(here.tenant_id, patient, wrapped)


def test_every_bit_of_a_box_counts() -> None:
    key, place = bytes(range(32)), b"here"
    box = seal(key, b"private", place)
    assert unseal(key, box, place) == b"private"
    assert seal(key, b"private", place) != box
    for index in range(0, len(box) - 2, 3):
        changed = box[:index] + ("A" if box[index] != "A" else "B") + box[index + 1 :]
        with pytest.raises(Sealed):
            unseal(key, changed, place)


async def _destroy(database: Database, patient: UUID) -> None:
    ask(
        database,
        "UPDATE book.subject_keys SET wrapped = NULL, destroyed_at = now() WHERE subject_id = %s",
        patient,
    )


@in_loop
async def test_with_the_key_destroyed_all_loads_and_what_was_personal_is_none(database: Database) -> None:
    async with desk(database) as here:
        patient, other = await here.patient(**CANARIES), await here.patient()
        await here.send(ChangePatient(address="8 Canary Lane").model_copy(update={"patient_id": patient}))
        await here.pay(patient)
        await _destroy(database, patient)
        async with desk(database, here.tenant_id) as new_process:
            unit = await new_process.opened()
            erased, kept = [await unit.read(Patient, p) for p in (patient, other)]
            assert (erased.version, erased.active) == (2, True)
            assert [erased.first_name, erased.date_of_birth, erased.guardian.name, erased.address] == [None] * 4
            assert kept.first_name == "Kiran"
            assert (await new_process.ledger(patient)).version == 1
            assert (await new_process.pay(patient)).result["receiptNumber"]
            history = StreamHistory(new_process.store.pool, KeysAtHand(Keyring(MASTER)))
            told = await history.of(new_process.context(), [patient], clinical=True)
            assert len(told["data"]) == 2
            assert not [text for text in TEXTS if text in json.dumps(told, default=str)]


@in_loop
async def test_nothing_personal_can_be_added_about_somebody_erased(database: Database) -> None:
    """Also by a process that still has the key in its memory, and by one that made sure of the key just before."""
    async with desk(database) as remembers:
        patient = await remembers.patient(**CANARIES)
        await _rename(remembers, patient)
        await _destroy(database, patient)
        events = one(database, "SELECT count(*) FROM book.events")
        async with desk(database, remembers.tenant_id) as new_process:
            for here in (remembers, new_process, remembers):
                with pytest.raises(Erased):
                    await _rename(here, patient)
        assert one(database, "SELECT count(*) FROM book.events") == events
        # What is not about the person goes on.
        assert (await remembers.pay(patient)).result["receiptNumber"]

        async def deactivate(book: UnitOfWork) -> Result:
            (await book.load(Patient, patient)).deactivate()
            return Done()

        await remembers.do(deactivate)


async def _rename(here: Desk, patient: UUID) -> None:
    async def act(book: UnitOfWork) -> Result:
        (await book.load(Patient, patient)).rename(f"N{uuid7().hex}", "Das")
        return Done()

    await here.do(act)


@in_loop
async def test_each_person_has_a_key_of_their_own_and_keeps_it(database: Database) -> None:
    async with desk(database) as here, desk(database) as elsewhere:
        for asked in (here, here, elsewhere):
            await _rename(asked, await asked.patient())
        keys = ask(database, "SELECT tenant_id, subject_id, wrapped FROM book.subject_keys")
        unwrapped = {Keyring(MASTER).unwrap(tenant, subject, wrapped) for tenant, subject, wrapped in keys}
        assert len(keys) == len(unwrapped) == 3


@in_loop
async def test_keys_are_forgotten_and_found_again(database: Database) -> None:
    """A memory too small for one command's people, whose every entry is out of date at once, loses no name."""
    async with desk(database) as here:
        patients = [await here.patient(first_name=f"Number{n}") for n in range(12)]
        async with desk(database, here.tenant_id) as forgetful:
            forgetful.store.keys = KeysAtHand(Keyring(MASTER), size=3)
            unit = await forgetful.opened()
            found = await unit.load_all(*[(Patient, p) for p in patients])
            assert [p.first_name for p in found] == [f"Number{n}" for n in range(12)]
