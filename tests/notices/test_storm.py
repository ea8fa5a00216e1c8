"""Several workers, a provider that does everything wrong, workers that die: every notice ends, none is sent twice."""

from __future__ import annotations

import asyncio
import random
from typing import Any
from uuid import UUID

import pytest

from application.base import execute
from application.notices import SendNotification
from application.notices.senders import Accepted, Answer, Busy, Declined, Parcel, Unanswered
from consumers import sending
from domain.notices import Problem
from domain.values import Channel
from tests.notices.office import Office

NOTICES, WORKERS, ROUNDS = 30, 3, 40


class Killed(BaseException):
    pass


class Storm:
    """A provider in which each try meets a fate of its own."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office = office
        self.chance = random.Random(seed)
        self.fates: dict[str, int] = {}

    def __call__(self, parcel: Parcel) -> Answer:
        fates = ("taken", "taken and hung", "lost", "busy", "refused", "dies before", "dies after", "breaks")
        fate = self.chance.choices(fates, weights=(5, 4, 3, 1, 2, 2, 2, 1))[0]
        self.fates[fate] = self.fates.get(fate, 0) + 1
        if fate == "dies before":
            raise Killed
        if fate in {"taken and hung", "dies after"}:
            self.office.sms.took_it(parcel)
        if fate == "dies after":
            raise Killed
        if fate == "breaks":
            raise RuntimeError
        answers: dict[str, Answer] = {
            "taken": Accepted(parcel.key), "busy": Busy(30), "refused": Declined(Problem.NOT_REACHED),
        }  # fmt: skip
        return answers.get(fate, Unanswered())

    def endlessly(self) -> list[Any]:
        return [self] * 10_000


def written(office: Office) -> list[str]:
    patient = UUID(office.centre.patient())

    async def all_of_them() -> list[str]:
        outcomes = [
            await execute(
                SendNotification(patient_id=patient, channel=Channel.SMS, message=f"notice <{number}>"),
                office.context(), office.side.store,
            )
            for number in range(NOTICES)
        ]  # fmt: skip
        return [str(outcome.result["id"]) for outcome in outcomes]

    return office.run(all_of_them())


def weather(office: Office, seed: int) -> Storm:
    """Rounds of several workers at once, hours apart; workers that die are replaced."""
    storm = Storm(office, seed)
    office.sms.script = storm.endlessly()

    async def one(worker: sending.Worker) -> None:
        try:
            await worker.round()
        except Killed:
            return

    async def all_of_them() -> None:
        await asyncio.gather(*(one(office.another_worker()) for _ in range(WORKERS)))

    for _ in range(ROUNDS):
        office.caught_up()
        office.run(all_of_them())
        office.later(minutes=storm.chance.choice((1, 3, 10, 61)))
    office.sms.script = []  # and then the sky is clear
    for _ in range(12):
        office.send_due()
        office.later(minutes=61)
    return storm


@pytest.mark.parametrize("seed", [1, 2])
def test_every_notice_ends_and_none_is_sent_twice(office: Office, seed: int) -> None:
    ids = written(office)
    storm = weather(office, seed)
    log = {row["id"]: row for row in office.log()}
    assert set(log) == set(ids)
    twice = [text for text, count in office.sms.arrived.items() if count > 1]
    assert twice == [], storm.fates
    assert {row["status"] for row in log.values()} <= {"SENT", "FAILED"}, storm.fates
    for row in log.values():
        assert (row["status"] == "SENT") is (office.sms.arrived[row["message"]] == 1), row
    assert set(office.sms.keys.values()) == {1}
    assert len(storm.fates) >= 7


def test_a_worker_that_guesses_sends_twice(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: one that takes silence for a refusal."""
    known = sending._came

    def guesses(work: Any, answer: Answer, *others: Any) -> Any:
        return known(work, Declined(Problem.NOT_REACHED) if isinstance(answer, Unanswered) else answer, *others)

    monkeypatch.setattr(sending, "_came", guesses)
    written(office)
    weather(office, 1)
    assert [text for text, count in office.sms.arrived.items() if count > 1]
