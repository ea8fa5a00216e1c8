"""Weekly slots never promise one minute twice; leave and buffers are bounded."""

from __future__ import annotations

from datetime import date
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given as every
from hypothesis import strategies as st

from domain.availability import Availability, Leave, SlotsOverlap, WeeklySlot
from domain.base import Clash, Invalid, Missing, derived_id
from domain.text import minutes_of
from tests.support.given import on

THERAPIST, SPEECH, PLAY = UUID(int=1), UUID(int=2), UUID(int=3)
MORNING, OTHER, LEAVE = UUID(int=11), UUID(int=12), UUID(int=13)
MONDAY = date(2026, 11, 2)

given = on(Availability, derived_id(THERAPIST, "availability"))


def offered(
    slot_id: UUID = MORNING, start: str = "09:00", end: str = "12:00", kind: UUID | None = None,
    weekday: int = 0,
) -> Availability.WeeklySlotOffered:  # fmt: skip
    return Availability.WeeklySlotOffered(
        therapist_id=THERAPIST, slot_id=slot_id, weekday=weekday, start=start, end=end, therapy_type_id=kind
    )


def planned(leave: Leave, reason: str | None = None) -> Availability.LeavePlanned:
    return Availability.LeavePlanned(
        therapist_id=THERAPIST, leave_id=LEAVE, first_day=leave.first_day, last_day=leave.last_day,
        start=leave.start, end=leave.end, reason=reason,
    )  # fmt: skip


def test_offering_a_slot() -> None:
    given().when(lambda a: a.offer_slot(THERAPIST, MORNING, WeeklySlot(0, "09:00", "12:00"))).then(offered())
    given(offered()).when(
        lambda a: a.offer_slot(THERAPIST, MORNING, WeeklySlot(0, "09:00", "12:00")),
        lambda a: a.change_slot(THERAPIST, MORNING, WeeklySlot(0, "09:00", "12:00")),
    ).then()
    given(offered()).when(lambda a: a.offer_slot(THERAPIST, MORNING, WeeklySlot(1, "09:00", "12:00"))).then_refused(
        Clash
    )


@pytest.mark.parametrize(
    ("start", "end"), [("11:00", "13:00"), ("08:00", "09:01"), ("10:00", "11:00"), ("00:00", "24:00")]
)
def test_overlapping_slots_for_the_same_therapy_type_are_refused(start: str, end: str) -> None:
    for kind in (None, SPEECH):
        slot = WeeklySlot(0, start, end, kind)
        given(offered(kind=kind)).when(
            partial(Availability.offer_slot, therapist_id=THERAPIST, slot_id=OTHER, slot=slot)
        ).then_refused(SlotsOverlap, slot=str(MORNING), start="09:00", end="12:00")


@pytest.mark.parametrize(
    "slot",
    [
        WeeklySlot(0, "12:00", "13:00"),
        WeeklySlot(0, "08:00", "09:00"),
        WeeklySlot(1, "09:00", "12:00"),
        WeeklySlot(0, "09:00", "12:00", SPEECH),
    ],
)
def test_touching_slots_other_days_and_other_types_are_fine(slot: WeeklySlot) -> None:
    given(offered()).when(lambda a: a.offer_slot(THERAPIST, OTHER, slot)).then(
        offered(OTHER, slot.start, slot.end, slot.therapy_type_id, slot.weekday)
    )


def test_a_changed_slot_may_overlap_its_old_self_but_no_other() -> None:
    given(offered()).when(lambda a: a.change_slot(THERAPIST, MORNING, WeeklySlot(0, "10:00", "13:00"))).then(
        Availability.WeeklySlotChanged(
            therapist_id=THERAPIST,
            slot_id=MORNING,
            weekday=0,
            start="10:00",
            end="13:00",
            therapy_type_id=None,
        )
    )
    given(offered(), offered(OTHER, "13:00", "15:00")).when(
        lambda a: a.change_slot(THERAPIST, MORNING, WeeklySlot(0, "10:00", "13:01"))
    ).then_refused(SlotsOverlap)
    given().when(lambda a: a.change_slot(THERAPIST, MORNING, WeeklySlot(0, "10:00", "13:00"))).then_refused(Missing)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        ("9:00", "10:00", "startTime"),
        ("09:00", "24:01", "endTime"),
        ("09:00", "09:00", "endTime"),
        ("22:00", "02:00", "endTime"),
        ("24:00", "24:00", "endTime"),
        ("\u0966\u096f:\u0966\u0966", "10:00", "startTime"),
        ("09:00\n", "10:00", "startTime"),
        ("09:60", "10:00", "startTime"),
        ("09:00:00", "10:00", "startTime"),
    ],
)
def test_times_are_wall_times_in_order(start: str, end: str, field: str) -> None:
    given().when(lambda a: a.offer_slot(THERAPIST, MORNING, WeeklySlot(0, start, end))).then_refused(
        "VALIDATION_ERROR", field=field
    )


@pytest.mark.parametrize("weekday", [-1, 7])
def test_a_week_has_seven_days(weekday: int) -> None:
    given().when(lambda a: a.offer_slot(THERAPIST, MORNING, WeeklySlot(weekday, "09:00", "10:00"))).then_refused(
        "VALIDATION_ERROR", field="dayOfWeek"
    )


def test_withdrawing_a_slot() -> None:
    withdrawn = Availability.WeeklySlotWithdrawn(therapist_id=THERAPIST, slot_id=MORNING)
    given(offered()).when(lambda a: a.withdraw_slot(THERAPIST, MORNING)).then(withdrawn)
    given(offered(), withdrawn).when(lambda a: a.withdraw_slot(THERAPIST, MORNING)).then_refused(Missing)


@pytest.mark.parametrize(
    "leave",
    [
        Leave(MONDAY, MONDAY),
        Leave(MONDAY, date(2027, 11, 2)),
        Leave(MONDAY, MONDAY, "09:00", "11:00"),
        Leave(MONDAY, MONDAY, "12:00", "24:00"),
    ],
)
def test_planning_leave(leave: Leave) -> None:
    given().when(
        lambda a: a.plan_leave(THERAPIST, LEAVE, leave, " Wedding "),
        lambda a: a.plan_leave(THERAPIST, LEAVE, leave, "Wedding"),
    ).then(planned(leave, "Wedding"))


@pytest.mark.parametrize(
    ("leave", "field"),
    [
        (Leave(date(2026, 11, 3), MONDAY), "lastDay"),
        (Leave(MONDAY, date(2027, 11, 3)), "lastDay"),
        (Leave(MONDAY, MONDAY, "09:00"), "endTime"),
        (Leave(MONDAY, MONDAY, None, "09:00"), "endTime"),
        (Leave(MONDAY, MONDAY, "11:00", "09:00"), "endTime"),
        (Leave(MONDAY, date(2026, 11, 3), "09:00", "11:00"), "startTime"),
    ],
)
def test_leave_that_makes_no_sense_is_refused(leave: Leave, field: str) -> None:
    given().when(lambda a: a.plan_leave(THERAPIST, LEAVE, leave)).then_refused("VALIDATION_ERROR", field=field)


def test_leave_can_be_withdrawn() -> None:
    leave = Leave(MONDAY, date(2026, 11, 4))
    story = given(planned(leave))
    assert story.aggregate.leave == {LEAVE: leave}
    story.when(lambda a: a.withdraw_leave(THERAPIST, LEAVE)).then(
        Availability.LeaveWithdrawn(therapist_id=THERAPIST, leave_id=LEAVE)
    )
    assert story.aggregate.leave == {}
    given().when(lambda a: a.withdraw_leave(THERAPIST, LEAVE)).then_refused(Missing)


def test_another_leave_under_the_same_id_is_a_clash() -> None:
    given(planned(Leave(MONDAY, MONDAY))).when(
        lambda a: a.plan_leave(THERAPIST, LEAVE, Leave(MONDAY, date(2026, 11, 3)))
    ).then_refused(Clash)


def test_a_leave_whose_reason_was_erased_still_folds() -> None:
    given(planned(Leave(MONDAY, MONDAY), None)).then_refolds()
    assert Availability.LeavePlanned.SUBJECT == "therapist_id"


def test_buffers() -> None:
    buffers = Availability.BuffersSet(therapist_id=THERAPIST, before_minutes=5, after_minutes=240)
    given().when(
        lambda a: a.set_buffers(THERAPIST, before=0, after=0),
        lambda a: a.set_buffers(THERAPIST, before=5, after=240),
        lambda a: a.set_buffers(THERAPIST, before=5, after=240),
    ).then(buffers)
    given().when(lambda a: a.set_buffers(THERAPIST, before=-1, after=0)).then_refused(
        "VALIDATION_ERROR", field="beforeMinutes"
    )
    given().when(lambda a: a.set_buffers(THERAPIST, before=0, after=241)).then_refused(
        "VALIDATION_ERROR", field="afterMinutes"
    )


@every(st.lists(st.tuples(st.integers(0, 24 * 12), st.integers(0, 24 * 12), st.sampled_from([None, SPEECH]))))
def test_no_minute_is_promised_twice(wishes: list[tuple[int, int, UUID | None]]) -> None:
    """Whatever is asked for in whatever order, what was accepted covers each minute at most once per type."""
    availability = Availability.blank(derived_id(THERAPIST, "availability"))
    promised: dict[UUID | None, set[int]] = {None: set(), SPEECH: set()}
    for number, (first, last, kind) in enumerate(wishes):
        wanted = set(range(first * 5, last * 5))
        slot = WeeklySlot(0, _wall(first * 5), _wall(last * 5), kind)
        if wanted and not wanted & promised[kind]:
            availability.offer_slot(THERAPIST, UUID(int=number), slot)
            promised[kind] |= wanted
        else:
            with pytest.raises((Clash, Invalid)):
                availability.offer_slot(THERAPIST, UUID(int=number), slot)
    total = sum(minutes_of(slot.end) - minutes_of(slot.start) for slot in availability.slots.values())
    assert total == sum(map(len, promised.values()))


def _wall(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
