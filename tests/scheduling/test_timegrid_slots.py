"""What is shown as free can be booked, and what can be booked is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.timegrid import (
    BadGrid,
    BadInterval,
    Grid,
    Interval,
    Obstacle,
    Resource,
    booked_blocks,
    earliest_start,
    fits,
    free_starts,
    natural_alignment,
    obstacle,
    resolve,
    wall,
)
from tests.scheduling.minutes import covered, moment, some_spans, span, spans

UTC_ZONE, NEW_YORK, LORD_HOWE = ZoneInfo("UTC"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")
ANY_MINUTE, QUARTERS = Grid(UTC_ZONE, 1), Grid(UTC_ZONE, 15)


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


@dataclass(frozen=True)
class Calendar:
    """A resource together with the sets of minutes that it means."""

    available: list[Interval]
    busy: list[Interval]
    before: int
    after: int

    @property
    def resource(self) -> Resource:
        return Resource(self.available, self.busy, minutes(self.before), minutes(self.after))

    def takes(self, start: int, length: int) -> bool:
        return set(range(start - self.before, start + length + self.after)) <= covered(self.available) - covered(
            self.busy
        )


calendars = st.builds(
    Calendar, some_spans(longest=150), some_spans(most=4, longest=30), st.integers(0, 12), st.integers(0, 12)
)


@given(
    calendars=st.lists(calendars, min_size=1, max_size=3),
    length=st.integers(1, 50),
    align=st.sampled_from([1, 5, 7, 15, 60]),
    offset=st.integers(-20, 20),
    window=st.tuples(st.integers(0, 150), st.integers(1, 200)),
    earliest=st.none() | st.integers(0, 200),
)
def test_a_start_is_shown_exactly_if_it_fits(
    calendars: list[Calendar], length: int, align: int, offset: int, window: tuple[int, int], earliest: int | None
) -> None:
    """Given any calendars, when every minute of a window is tried, then the model, ``free_starts`` and ``fits``
    agree on it.
    """
    resources = [calendar.resource for calendar in calendars]
    grid = Grid(UTC_ZONE, align, offset)
    first, last = window[0], sum(window)
    from_then = None if earliest is None else moment(earliest)
    shown = set(free_starts(resources, minutes(length), grid, span(first, last), from_then))
    for start in range(first, last - length + 1):
        wanted = span(start, start + length)
        modelled = (
            (start - offset) % align == 0
            and start >= (earliest or 0)
            and all(calendar.takes(start, length) for calendar in calendars)
        )
        assert (moment(start) in shown) is modelled
        assert fits(wanted, resources, grid, from_then) is modelled
    assert all(span(first, last).contains(Interval.lasting(start, minutes(length))) for start in shown)


@given(calendar=calendars, length=st.integers(5, 50), step=st.integers(1, 60))
def test_whatever_the_step_each_start_fits_and_none_is_nearer_than_the_step(
    calendar: Calendar, length: int, step: int
) -> None:
    grid = Grid.every(step, UTC_ZONE)
    for stretch in calendar.available:
        resource = Resource([stretch], calendar.busy)
        starts = free_starts([resource], minutes(length), grid)
        assert all(fits(Interval.lasting(start, minutes(length)), [resource], grid) for start in starts)
    alone = free_starts([Resource(spans((0, 300)))], minutes(length), grid)
    assert {later - start for start, later in pairwise(alone)} <= {minutes(step)}


@pytest.mark.parametrize(("step", "align"), [(60, 60), (45, 15), (40, 20), (90, 30), (25, 5), (8, 1), (120, 60)])
def test_starts_begin_at_round_minutes(step: int, align: int) -> None:
    assert natural_alignment(step) == align


def test_buffers_must_lie_in_available_time_but_may_leave_the_window() -> None:
    therapist = Resource(spans((540, 720)), (), minutes(15), minutes(15))
    assert free_starts([therapist], minutes(60), QUARTERS, span(600, 675)) == [moment(600), moment(615)]
    assert not fits(span(540, 600), [therapist])
    assert fits(span(555, 615), [therapist])


def test_a_stretch_exactly_long_enough_gives_one_start() -> None:
    assert free_starts([Resource(spans((600, 660)))], minutes(60), QUARTERS) == [moment(600)]


def test_exactly_the_notice_is_enough_and_a_second_less_is_not() -> None:
    room, wanted, notice = Resource(spans((0, 6000))), span(2880, 2940), timedelta(hours=48)
    assert fits(wanted, [room], earliest=earliest_start(moment(0), notice))
    late = earliest_start(moment(0) + timedelta(seconds=1), notice)
    assert obstacle(wanted, [room], earliest=late) == (Obstacle.TOO_SOON, None)
    assert moment(2880) not in free_starts([room], minutes(60), QUARTERS, None, late)


def test_the_obstacle_says_what_and_whose() -> None:
    therapist = Resource(spans((540, 720)), spans((600, 660)), minutes(10), minutes(0))
    room = Resource(spans((0, 1440)), spans((660, 690)))
    assert obstacle(span(690, 720), [therapist, room]) is None
    assert obstacle(span(691, 720), [therapist, room], QUARTERS) == (Obstacle.OFF_GRID, None)
    assert obstacle(span(540, 570), [therapist, room]) == (Obstacle.CLOSED, 0)  # no time for the buffer
    assert obstacle(span(665, 690), [therapist, room]) == (Obstacle.BUSY, 0)  # too close to what was before
    assert obstacle(span(670, 700), [therapist, room]) == (Obstacle.BUSY, 1)


def test_what_was_booked_blocks_its_buffers_and_the_next_session_brings_its_own() -> None:
    booked = booked_blocks(span(600, 660), minutes(10), minutes(5))
    assert booked == [span(600, 660), span(590, 600), span(660, 665)]
    therapist = Resource(spans((540, 900)), booked, minutes(10), minutes(5))
    assert not fits(span(674, 704), [therapist])
    assert fits(span(675, 705), [therapist])


def local_starts(zone: ZoneInfo, day: str, hours: int, align: int) -> list[str]:
    start = resolve(datetime.fromisoformat(day), zone)
    free = Resource([Interval(start, start + timedelta(hours=hours))])
    return [f"{wall(at, zone):%H:%M}" for at in free_starts([free], minutes(15), Grid(zone, align))]


def test_starts_stay_on_the_wall_clock_when_it_changes() -> None:
    assert local_starts(NEW_YORK, "2026-03-08T00:30", 4, 60) == ["01:00", "03:00", "04:00", "05:00"]
    # The clock goes from 02:00 back to 01:30, and forward from 02:00 to 02:30: half an hour.
    assert local_starts(LORD_HOWE, "2026-04-05T00:00", 4, 60) == ["00:00", "01:00", "02:00", "03:00"]
    assert local_starts(LORD_HOWE, "2026-10-04T00:00", 4, 60) == ["00:00", "01:00", "03:00", "04:00"]
    assert local_starts(NEW_YORK, "2026-03-08T00:00", 9, 360) == ["00:00", "06:00"]


def test_the_grid_begins_anew_at_each_midnight() -> None:
    assert local_starts(NEW_YORK, "2026-03-02T23:50", 1, 7)[:3] == ["23:55", "00:00", "00:07"]


def test_a_repeated_hour_is_offered_once_because_a_wall_time_means_its_first_reading() -> None:
    assert local_starts(NEW_YORK, "2025-11-02T00:30", 4, 60) == ["01:00", "02:00", "03:00"]
    second = datetime(2025, 11, 2, 6, tzinfo=UTC)
    grid, room = Grid(NEW_YORK, 60), Resource([Interval(second - timedelta(hours=5), second + timedelta(hours=5))])
    assert obstacle(Interval.lasting(second, minutes(30)), [room], grid) == (Obstacle.OFF_GRID, None)
    assert fits(Interval.lasting(second - timedelta(hours=1), minutes(30)), [room], grid)


def test_nonsense_is_refused() -> None:
    for align in (0, 1441):
        with pytest.raises(BadGrid):
            Grid(UTC_ZONE, align)
    with pytest.raises(BadGrid):
        Grid.every(0, UTC_ZONE)
    with pytest.raises(BadGrid):
        free_starts([], minutes(5), ANY_MINUTE)
    with pytest.raises(BadGrid):
        free_starts([Resource(())], minutes(0), ANY_MINUTE)
    with pytest.raises(BadInterval):
        earliest_start(datetime.fromisoformat("2026-03-02"))
