"""Notice and expiry go by elapsed time: 400 days in 5 zones against a naive computation, skipped and doubled hours too.

The other side is written without the time grid: of all the offsets that there are, the earliest instant at which
``zoneinfo`` shows that wall time. A rule that goes by wall clocks instead is tried as well, and must be caught.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rescheduling import NoticeTooShort, RequestExpired
from domain.scheduling import Appointment, Session, SessionTime, SkippedWallTime
from tests.scheduling.sessions import PATIENT, PRICE, SESSION, SPEECH, THERAPIST

DAYS = 400
ZONES = {
    "Asia/Kolkata": date(2026, 1, 1),
    "Europe/Berlin": date(2026, 1, 1),
    "America/New_York": date(2026, 1, 1),
    "Australia/Lord_Howe": date(2026, 1, 1),  # moves its clocks by half an hour
    "Pacific/Apia": date(2011, 3, 1),  # has no 30 December 2011
}
"""Each with the first of its days."""
WALL_TIMES = ("00:00", "01:45", "02:15", "02:30", "10:00", "23:45")
NOTICE, SECOND = timedelta(hours=48), timedelta(seconds=1)
REQUEST = UUID(int=70)
OFFSETS = [timedelta(minutes=n) for n in range(-14 * 60, 15 * 60, 15)]

Rule = Callable[[datetime, datetime, ZoneInfo], bool]


def wall_clock(start: str) -> clock:
    return clock.fromisoformat(start)


def naive_instant(day: date, start: str, zone: ZoneInfo) -> datetime | None:
    """When the clocks of that zone first show that time, if ever."""
    wall = datetime.combine(day, wall_clock(start))
    found = [wall.replace(tzinfo=UTC) - offset for offset in OFFSETS]
    return min((at for at in found if at.astimezone(zone).replace(tzinfo=None) == wall), default=None)


def by_elapsed_time(start: datetime, now: datetime, zone: ZoneInfo) -> bool:
    return int(start.timestamp()) - int(now.timestamp()) >= 48 * 60 * 60


def by_wall_clocks(start: datetime, now: datetime, zone: ZoneInfo) -> bool:
    """The mistake: two days back on the calendar, whatever the clocks did in between."""
    return start.astimezone(zone).replace(tzinfo=None) - now.astimezone(zone).replace(tzinfo=None) >= NOTICE


def session_at(time: SessionTime) -> Session:
    session = Session.blank(SESSION)
    session.book(Appointment(PATIENT, THERAPIST, None, time), SPEECH, PRICE)
    return session


def taken(time: SessionTime, zone: ZoneInfo, now: datetime) -> bool:
    """Whether the session lets itself be asked for at that instant."""
    other = SessionTime.lasting(time.starts_at + timedelta(days=7), 60, zone)
    try:
        session_at(time).request_reschedule(REQUEST, [other], "Training", notice=NOTICE, now=now)
    except NoticeTooShort:
        return False
    return True


def asked_early(time: SessionTime, zone: ZoneInfo) -> Session:
    session, other = session_at(time), SessionTime.lasting(time.starts_at + timedelta(days=7), 60, zone)
    session.request_reschedule(REQUEST, [other], "x", notice=NOTICE, now=time.starts_at - timedelta(days=9))
    return session


def expired(session: Session, now: datetime) -> bool:
    try:
        session.must_be_open(REQUEST, now=now)
    except RequestExpired:
        return True
    return False


@cache
def sessions(zone: ZoneInfo) -> tuple[tuple[SessionTime, datetime], ...]:
    """Every session of these days, as Daybook has it and as the naive computation does. Both must skip the same."""
    return tuple(_sessions(zone))


def _sessions(zone: ZoneInfo) -> Iterator[tuple[SessionTime, datetime]]:
    for number in range(DAYS):
        day = ZONES[zone.key] + timedelta(days=number)
        for start in WALL_TIMES:
            naive = naive_instant(day, start, zone)
            try:
                time = SessionTime.at(day, start, 60, zone)
            except SkippedWallTime:
                assert naive is None, f"{day} {start} {zone}"
                continue
            assert naive is not None, f"{day} {start} {zone}"
            yield time, naive


def disagreements(zone: ZoneInfo, rule: Rule) -> tuple[int, int]:
    """How many were tried, and how many times the session and ``rule`` did not agree. Asked at the last moment, a
    second later, and where a clock that was moved would put it."""
    count = wrong = 0
    for at, naive in sessions(zone):
        last = naive - NOTICE
        for now in (last, last + SECOND, last - SECOND, last - timedelta(hours=1), last + timedelta(hours=1)):
            count += 1
            wrong += taken(at, zone, now) is not rule(naive, now, zone)
    return count, wrong


@pytest.mark.parametrize("name", ZONES)
def test_the_notice_is_elapsed_time_on_every_day_in_every_zone(name: str) -> None:
    count, wrong = disagreements(ZoneInfo(name), by_elapsed_time)
    print(f"\n{name}: {count} requests, {wrong} wrong")
    assert count > DAYS * 5 * (len(WALL_TIMES) - 1)
    assert wrong == 0


def test_a_rule_by_wall_clocks_would_be_noticed() -> None:
    """The control: it is wrong around every change of the clocks, and nowhere in a zone without any."""
    wrong = {name: disagreements(ZoneInfo(name), by_wall_clocks)[1] for name in ZONES}
    print(f"\n{wrong}")
    assert wrong.pop("Asia/Kolkata") == 0
    assert min(wrong.values()) >= 12, wrong


@pytest.mark.parametrize("name", ZONES)
def test_a_request_expires_at_the_very_start(name: str) -> None:
    zone, seen = ZoneInfo(name), Counter[bool]()
    for at, naive in sessions(zone):
        session = asked_early(at, zone)
        for now in (naive - SECOND, naive - timedelta(microseconds=1), naive, naive + SECOND, naive + NOTICE):
            assert expired(session, now) is (now.timestamp() >= naive.timestamp()), f"{at} at {now}"
            seen[now >= naive] += 1
    print(f"\n{name}: {seen[True]} found expired, {seen[False]} still open")
    assert min(seen.values()) > DAYS * 2 * (len(WALL_TIMES) - 1)


def test_the_days_that_matter_are_among_them() -> None:
    """Skipped and doubled times were met: otherwise agreeing would prove little."""
    skipped, doubled = Counter[str](), Counter[str]()
    for name, first in ZONES.items():
        zone = ZoneInfo(name)
        for number in range(DAYS):
            for start in WALL_TIMES:
                wall = datetime.combine(first + timedelta(days=number), wall_clock(start))
                shown = [
                    o for o in OFFSETS if (wall.replace(tzinfo=UTC) - o).astimezone(zone).replace(tzinfo=None) == wall
                ]
                skipped[name] += not shown
                doubled[name] += len(shown) > 1
    print(f"\nskipped {dict(skipped)}, doubled {dict(doubled)}")
    assert (skipped["Asia/Kolkata"], doubled["Asia/Kolkata"]) == (0, 0)
    for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe"):
        assert skipped[name] >= 1, name
        assert doubled[name] >= 1, name
    assert skipped["Pacific/Apia"] >= len(WALL_TIMES)  # a whole day


@given(
    zone=st.sampled_from([ZoneInfo(name) for name in ZONES]),
    start=st.integers(1_577_836_800, 1_893_456_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    early=st.timedeltas(timedelta(days=-3), timedelta(days=3)),
    hours=st.integers(0, 2160),
)
def test_any_notice_at_any_instant(zone: ZoneInfo, start: datetime, early: timedelta, hours: int) -> None:
    time = SessionTime.lasting(start.replace(second=0, microsecond=0), 60, zone)
    now, notice = time.starts_at - timedelta(hours=hours) - early, timedelta(hours=hours)
    session, other = session_at(time), SessionTime.lasting(time.starts_at + timedelta(days=7), 60, zone)
    try:
        session.request_reschedule(REQUEST, [other], "x", notice=notice, now=now)
        asked = True
    except NoticeTooShort:
        asked = False
    assert asked is (time.starts_at - now >= notice and now < time.starts_at)
