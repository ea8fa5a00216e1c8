"""Day sheets: what is taken cannot be taken again; what is released can."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given as any_
from hypothesis import strategies as st

from domain.scheduling import Appointment, DaySheet, Hold, SessionTime, Side, SlotTaken, sheet_id, utc_dates
from domain.timegrid import Interval
from tests.scheduling.sessions import KOLKATA, MONDAY, PATIENT, ROOM, TEN, THERAPIST, appointment
from tests.support.given import on

SHEET = sheet_id(THERAPIST, MONDAY)
A, B = UUID(int=101), UUID(int=102)
given = on(DaySheet, SHEET)
FACTS = {"side": Side.THERAPIST, "resource_id": THERAPIST, "day": MONDAY}


def hold(start: str, minutes: int = 60, before: int = 0, after: int = 0) -> Hold:
    return appointment(start, minutes=minutes, before=before, after=after).holds[0]


def reserved(session: UUID, taken: Hold) -> DaySheet.SlotReserved:
    return DaySheet.SlotReserved(
        session_id=session, blocked_from=taken.blocked.start, blocked_until=taken.blocked.end, **FACTS
    )


def test_a_session_takes_its_time_with_the_buffers() -> None:
    wanted = hold("10:00", before=10, after=5)
    given().when(lambda sheet: sheet.reserve(MONDAY, A, wanted)).then(
        DaySheet.SlotReserved(
            session_id=A, blocked_from=TEN - timedelta(minutes=10), blocked_until=TEN + timedelta(minutes=65), **FACTS
        )
    )  # fmt: skip


def test_what_is_taken_is_refused_to_others_by_the_minute() -> None:
    taken = reserved(A, hold("10:00"))
    for clash in ("09:01", "10:00", "10:59"):
        story = given(taken).when(lambda sheet, at=clash: sheet.reserve(MONDAY, B, hold(at)))  # type: ignore[misc]
        story.then_refused(SlotTaken, resource=Side.THERAPIST)
    for free in ("09:00", "11:00"):  # half-open: touching sessions never clash
        given(taken).when(lambda sheet, at=free: sheet.reserve(MONDAY, B, hold(at))).then(reserved(B, hold(free)))  # type: ignore[misc]


def test_buffers_of_neighbours_add_up() -> None:
    taken = reserved(A, hold("10:00", after=10))
    given(taken).when(lambda sheet: sheet.reserve(MONDAY, B, hold("11:15", before=10))).then_refused(SlotTaken)
    given(taken).when(lambda sheet: sheet.reserve(MONDAY, B, hold("11:20", before=10))).then(
        reserved(B, hold("11:20", before=10))
    )


def test_a_session_moves_within_its_sheet_and_the_same_again_is_nothing() -> None:
    taken = reserved(A, hold("10:00"))
    given(taken).when(lambda sheet: sheet.reserve(MONDAY, A, hold("10:00"))).then()
    given(taken).when(lambda sheet: sheet.reserve(MONDAY, A, hold("10:30"))).then(reserved(A, hold("10:30")))


def test_what_is_released_can_be_taken() -> None:
    released = DaySheet.SlotReleased(session_id=A, **FACTS)
    given(reserved(A, hold("10:00"))).when(
        lambda sheet: sheet.release(MONDAY, A, hold("10:00")), lambda sheet: sheet.reserve(MONDAY, B, hold("10:00"))
    ).then(released, reserved(B, hold("10:00")))
    given().when(lambda sheet: sheet.release(MONDAY, A, hold("10:00"))).then()


def test_patient_and_room_are_taken_without_buffers() -> None:
    taken = appointment(room=ROOM, before=10, after=10)
    span = Interval(TEN, TEN + timedelta(hours=1))
    assert taken.holds == [
        Hold(Side.THERAPIST, THERAPIST, taken.blocked), Hold(Side.PATIENT, PATIENT, span), Hold(Side.ROOM, ROOM, span),
    ]  # fmt: skip
    assert [each.side for each in appointment().holds] == [Side.THERAPIST, Side.PATIENT]


def test_a_session_stands_on_the_sheet_of_every_utc_date_it_touches() -> None:
    late = appointment("05:00", before=15)  # 23:30 UTC the day before
    assert late.holds[1].sheets == [
        (MONDAY - timedelta(days=1), sheet_id(PATIENT, date(2026, 3, 1))), (MONDAY, sheet_id(PATIENT, MONDAY)),
    ]  # fmt: skip
    midnight = appointment("05:30", before=15)  # its buffer alone reaches over
    assert [day for day, _ in midnight.holds[0].sheets] == [date(2026, 3, 1), MONDAY]
    assert [day for day, _ in midnight.holds[1].sheets] == [MONDAY]
    assert utc_dates(Interval(TEN.replace(hour=0, minute=0), TEN.replace(day=3, hour=0, minute=0))) == [MONDAY]


Times = st.tuples(st.integers(0, 5 * 24 * 12), st.integers(1, 60), st.integers(0, 8), st.integers(0, 8))


@any_(
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["take", "release"]), st.integers(0, 1), Times), max_size=40)
)
def test_whatever_is_booked_moved_and_cancelled_nobody_is_taken_twice(
    history: list[tuple[int, str, int, tuple[int, int, int, int]]],
) -> None:
    """Six sessions, two therapists and one patient over five days, as a handler would book and move them."""
    sheets: dict[UUID, DaySheet] = {}
    booked: dict[UUID, Appointment] = {}
    for number, act, who, (start, length, before, after) in history:
        session = UUID(int=1000 + number)
        old = booked.get(session)
        if act == "release":
            if old:
                _release(sheets, session, old)
                del booked[session]
            continue
        starts_at = TEN + timedelta(minutes=5 * start)
        time = SessionTime.lasting(starts_at, 5 * length, KOLKATA)
        wanted = Appointment(PATIENT, [THERAPIST, UUID(int=77)][who], None, time, 5 * before, 5 * after)
        if all(_admits(sheets, session, each) for each in wanted.holds):
            if old:
                _release(sheets, session, old)
            for each in wanted.holds:
                for day, place in each.sheets:
                    sheets.setdefault(place, DaySheet.blank(place)).reserve(day, session, each)
            booked[session] = wanted
        taken = [(each.resource_id, each.blocked) for one in booked.values() for each in one.holds]
        for index, (resource, blocked) in enumerate(taken):
            assert not any(resource == r and blocked.overlaps(b) for r, b in taken[index + 1 :])


def _release(sheets: dict[UUID, DaySheet], session: UUID, old: Appointment) -> None:
    for each in old.holds:
        for day, place in each.sheets:
            sheets[place].release(day, session, each)


def _admits(sheets: dict[UUID, DaySheet], session: UUID, wanted: Hold) -> bool:
    """Ask copies, so that a refusal half-way leaves nothing behind, as a transaction would."""
    for day, place in wanted.sheets:
        trial = DaySheet.blank(place)
        trial.taken = dict(sheets[place].taken) if place in sheets else {}
        try:
            trial.reserve(day, session, wanted)
        except SlotTaken:
            return False
    return True
