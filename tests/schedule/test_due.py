"""What is due, day by day: 400 days in five zones, looked at regularly, rarely, or after long silences."""

from __future__ import annotations

import random
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.schedule import Starting, dues_month, dues_reminder_at, next_look, sessions_to_remind
from consumers.schedule.due import reminders_of
from domain.tenancy import NoticePolicy
from domain.values import Channel, NoticeKind

ZONES = ["Asia/Kolkata", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]
DAYS = 400
BEGIN = datetime(2026, 9, 15, 3, 17, tzinfo=UTC)
END = BEGIN + timedelta(days=DAYS)
MINUTE = timedelta(minutes=1)


def months(zone: ZoneInfo, day: int) -> dict[str, datetime]:
    """By another way than the one under test: every reminder from the opening on, by its month."""
    found, on = {}, (BEGIN - timedelta(days=40)).date()
    while on <= END.date() + timedelta(days=1):
        if on.day == min(day, monthrange(on.year, on.month)[1]):
            at = datetime(on.year, on.month, on.day, 9, tzinfo=zone).astimezone(UTC)
            if BEGIN <= at < END:
                found[f"{on:%Y-%m}"] = at
        on += timedelta(days=1)
    return found


def looks(step: timedelta) -> Iterator[datetime]:
    now = BEGIN
    while now < END:
        yield now
        now += step


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", [1, 15, 28, 29, 30, 31])
def test_every_month_has_one_dues_reminder_at_nine(zone: str, day: int) -> None:
    place, policy = ZoneInfo(zone), NoticePolicy(dues_reminder_day=day)
    done: str | None = None
    sent: dict[str, datetime] = {}
    for now in looks(timedelta(minutes=7)):
        month = dues_month(policy, place, BEGIN, done, now)
        if month is not None:
            assert month not in sent
            sent[month] = now
            done = month
    expected = months(place, day)
    assert sent.keys() == expected.keys()
    assert len(sent) >= 12
    for month, now in sent.items():
        assert timedelta(0) <= now - expected[month] < timedelta(minutes=7)
        local = expected[month].astimezone(place)
        assert (local.hour, local.minute) == (9, 0)
        assert local.day == min(day, monthrange(local.year, local.month)[1])


@pytest.mark.parametrize("zone", ZONES)
def test_silences_delay_a_reminder_and_lose_none_of_a_month_that_goes_on(zone: str) -> None:
    """Looked at in bursts, with silences of up to three days: over 9:00, over midnight, over changes of the clocks."""
    place, policy, chance = ZoneInfo(zone), NoticePolicy(dues_reminder_day=25), random.Random(zone)
    done: str | None = None
    sent = []
    now = BEGIN
    while now < END:
        if (month := dues_month(policy, place, BEGIN, done, now)) is not None:
            done = month
            sent.append(month)
        now += timedelta(minutes=chance.choice([1, 5, 90, 60 * 24, 60 * 24 * 3]))
    assert sent == sorted(months(place, 25))


def test_down_from_8_59_to_9_10() -> None:
    place, policy = ZoneInfo("Asia/Kolkata"), NoticePolicy(dues_reminder_day=31)
    at = dues_reminder_at(policy, place, 2027, 2)
    assert at.astimezone(place) == datetime(2027, 2, 28, 9, tzinfo=place)
    assert dues_month(policy, place, BEGIN, "2027-01", at - MINUTE) is None
    assert dues_month(policy, place, BEGIN, "2027-01", at) == "2027-02"
    assert dues_month(policy, place, BEGIN, "2027-01", at + timedelta(minutes=10)) == "2027-02"
    assert dues_month(policy, place, BEGIN, "2027-02", at + timedelta(minutes=10)) is None


def test_a_centre_that_opened_later_that_day_waits_for_the_next_month() -> None:
    place, policy = ZoneInfo("Asia/Kolkata"), NoticePolicy()
    at = dues_reminder_at(policy, place, 2026, 11)
    assert dues_month(policy, place, at + MINUTE, None, at + timedelta(days=1)) is None
    assert dues_month(policy, place, at, None, at + timedelta(days=1)) == "2026-11"


def test_what_a_plain_cron_job_would_do() -> None:
    """The control of the tests above: APScheduler's own trigger skips short months, and its grace drops late runs."""
    place = ZoneInfo("Asia/Kolkata")
    trigger = CronTrigger(day=31, hour=9, timezone=place)
    fired, now = [], BEGIN
    while (next_time := trigger.get_next_fire_time(None, now)) is not None and next_time < END:
        fired.append(f"{next_time:%Y-%m}")
        now = next_time + MINUTE
    assert set(fired) < set(months(place, 31))
    assert "2027-02" not in fired
    down_until = datetime(2027, 1, 31, 9, 10, tzinfo=place)
    following = trigger.get_next_fire_time(None, down_until)
    assert following is not None
    assert following.month == 3  # January's, which was due ten minutes before, is never made up for


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hours", [1, 24, 72])
def test_every_session_of_400_days_is_reminded_of_once_and_in_time(zone: str, hours: int) -> None:
    place, policy = ZoneInfo(zone), NoticePolicy(reminder_hours_before=hours)
    sessions: list[Starting] = []
    for number in range(DAYS - 4):
        on = BEGIN.astimezone(place).date() + timedelta(days=number + 4)
        for hour in (0, 3, 10, 23):  # also within the hours that the clocks skip or repeat
            local = datetime(on.year, on.month, on.day, hour, 30, tzinfo=place)
            sessions.append(Starting(UUID(int=len(sessions) + 1), UUID(int=1), local.astimezone(UTC)))
    step = timedelta(minutes=20 if hours == 1 else 60)
    asked: set[UUID] = set()
    reminded: dict[UUID, datetime] = {}
    waiting = sorted(sessions, key=lambda each: each.starts_at)
    now = BEGIN
    while now < END:
        near = [each for each in waiting[:20] if now < each.starts_at <= now + timedelta(hours=hours)]
        for each in sessions_to_remind(policy, near, asked, now):
            assert each.session_id not in reminded
            reminded[each.session_id] = now
            asked |= set(reminders_of(policy, each))
        while waiting and waiting[0].starts_at <= now:
            waiting.pop(0)
        now += step
    assert reminded.keys() == {each.session_id for each in sessions if each.starts_at < END - timedelta(hours=1)}
    for each in sessions:
        if each.session_id in reminded:
            early = each.starts_at - reminded[each.session_id]
            assert timedelta(hours=hours) - step < early <= timedelta(hours=hours)


AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
SMS = NoticePolicy(channels={NoticeKind.SESSION_REMINDER: (Channel.SMS,)})
BOTH = NoticePolicy(channels={NoticeKind.SESSION_REMINDER: (Channel.SMS, Channel.EMAIL)})
NONE = NoticePolicy(channels={NoticeKind.SESSION_REMINDER: ()})


def test_a_session_that_was_moved_is_another_occasion() -> None:
    session, patient = uuid4(), uuid4()
    first, moved = Starting(session, patient, AT), Starting(session, patient, AT + timedelta(hours=2))
    asked = reminders_of(SMS, first)
    assert sessions_to_remind(SMS, [first], asked, AT - timedelta(hours=3)) == []
    assert sessions_to_remind(SMS, [moved], asked, AT - timedelta(hours=3)) == [moved]


def test_a_channel_that_is_chosen_later_has_its_reminder_too() -> None:
    session = Starting(uuid4(), uuid4(), AT)
    asked = reminders_of(SMS, session)
    assert sessions_to_remind(BOTH, [session], asked, AT - timedelta(hours=1)) == [session]
    assert sessions_to_remind(BOTH, [session], reminders_of(BOTH, session), AT - timedelta(hours=1)) == []
    assert sessions_to_remind(NONE, [session], (), AT - timedelta(hours=1)) == []


def test_who_was_told_of_the_time_within_the_day_is_not_reminded_as_well() -> None:
    day = timedelta(hours=24)
    told = [AT - day - MINUTE, AT - day, AT - timedelta(hours=1), None]
    sessions = [Starting(uuid4(), uuid4(), AT, at) for at in told]
    assert sessions_to_remind(SMS, sessions, (), AT - MINUTE) == [sessions[0], sessions[3]]


@given(
    st.sampled_from(ZONES), st.integers(1, 31), st.integers(1, 336), st.integers(0, 60 * 24 * 1_000),
    st.integers(1, 60 * 24 * 40),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_between_two_looks_nothing_falls_due(zone: str, day: int, hours: int, minutes: int, ahead: int) -> None:
    """``next_look`` is never later than the first moment at which something is due that is not due now."""
    place, now = ZoneInfo(zone), BEGIN + minutes * MINUTE
    policy = NoticePolicy(dues_reminder_day=day, reminder_hours_before=hours)
    done = dues_month(policy, place, BEGIN, None, now)
    session = Starting(uuid4(), uuid4(), now + timedelta(hours=hours, minutes=ahead))
    until = next_look(policy, place, session.starts_at, None, now)
    assert until > now
    just_before = until - timedelta(microseconds=1)
    assert dues_month(policy, place, BEGIN, done, just_before) is None
    assert sessions_to_remind(policy, [session], (), just_before) == []
