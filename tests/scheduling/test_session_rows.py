"""The row of a session, folded from the very events that the handlers decide."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from application.scheduling import (
    BookSession,
    CancelSession,
    CompleteSession,
    MarkNoShow,
    RescheduleSession,
    ReverseNoShow,
    StartSession,
    WriteSessionNotes,
)
from domain.base import Event, Recorded
from domain.scheduling import CancelledBy, SessionStatus
from domain.values import ZERO
from projections.base import Rules, apply
from projections.scheduling import SessionRow, sessions
from tests.scheduling.desk import OFFICE, TENANT, Desk
from tests.scheduling.sessions import MONDAY, OTHER, PATIENT, ROOM, SPEECH, TEN, THERAPIST

RECORDED = datetime(2026, 3, 1, 12, tzinfo=UTC)
AFTER = TEN + timedelta(hours=1)


def rows(events: list[Any]) -> dict[UUID, SessionRow]:
    """What a projector would hold; the n-th event is recorded n minutes later."""
    rules, found, versions = Rules([sessions]), dict[tuple[Any, ...], Any](), defaultdict[UUID, int](int)
    for position, event in enumerate(events, 1):
        assert isinstance(event, Event)
        stream = event.originator_id
        versions[stream] += 1
        at = Recorded(
            TENANT, position, stream, versions[stream], "", RECORDED + timedelta(minutes=position), date(2026, 3, 1),
            OFFICE, OFFICE,
        )  # fmt: skip
        for rule in rules.of(event):
            apply(rule, found, event, at)
    return {row.id: row for row in found.values()}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def book(desk: Desk, **options: Any) -> UUID:
    command = BookSession(
        patient_id=PATIENT, therapist_id=THERAPIST, therapy_type_id=SPEECH, date=MONDAY, start_time="10:00"
    )
    made: UUID = desk.do(command.model_copy(update=options)).id
    return made


def agrees(desk: Desk, session_id: UUID) -> SessionRow:
    """The row says what the session itself does."""
    row, session = rows(desk.decided)[session_id], desk.session(session_id)
    place = session.appointment
    assert (row.status, row.price, row.notes, row.version) == (
        session.status, session.price, session.notes, session.version,
    )  # fmt: skip
    assert (row.therapist_id, row.room_id, row.blocked_from, row.blocked_until) == (
        place.therapist_id, place.room_id, place.blocked.start, place.blocked.end,
    )  # fmt: skip
    assert (row.date, row.start_time, row.end_time, row.starts_at, row.ends_at) == (
        place.time.day, place.time.start_time, place.time.end_time, place.time.starts_at, place.time.ends_at,
    )  # fmt: skip
    return row


def test_booked_at_another_price_moved_and_held(desk: Desk) -> None:
    session = book(desk, price=Decimal("1.00"), price_reason="Trial")
    assert agrees(desk, session).price_reason == "Trial"
    move = RescheduleSession(start_time="09:30", therapist_id=OTHER, room_id=ROOM)
    desk.do(move, session_id=session)
    agrees(desk, session)
    desk.do(StartSession(), session_id=session, now=AFTER)
    assert agrees(desk, session).started_at is not None
    desk.do(CompleteSession(notes="Said 'mama'"), session_id=session, now=AFTER)
    desk.do(WriteSessionNotes(notes="Said 'papa'"), session_id=session, now=AFTER)
    row = agrees(desk, session)
    assert (row.status, row.notes, row.price_reason) == (SessionStatus.COMPLETED, "Said 'papa'", "Trial")
    assert row.booked_at < row.ended_at < row.updated_at  # type: ignore[operator]


def test_cancelled_says_by_whom_why_and_at_which_fee(desk: Desk) -> None:
    session = book(desk)
    desk.do(CancelSession(reason="Fever"), session_id=session)
    row = agrees(desk, session)
    assert (row.cancelled_by, row.cancel_reason, row.fee) == (CancelledBy.PATIENT, "Fever", ZERO)


def test_a_no_show_and_its_reversal(desk: Desk) -> None:
    session = book(desk)
    desk.do(MarkNoShow(waive_fee=True, waiver_reason="Ill"), session_id=session, now=AFTER)
    row = agrees(desk, session)
    assert (row.fee_due, row.fee, row.waiver_reason) == (Decimal("900.00"), ZERO, "Ill")
    desk.do(ReverseNoShow(reason="He came"), session_id=session, now=AFTER)
    row = agrees(desk, session)
    assert (row.fee_due, row.fee, row.waiver_reason, row.ended_at) == (ZERO, ZERO, None, None)
