"""When and how a centre's notices go out, and who it is on paper."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from domain.base import Invalid, Missing
from domain.tenancy import Audience, Channel, Letterhead, NoticeKind, NoticePolicy, QuietHours, Tenant
from domain.timegrid import is_skipped, wall
from tests.support.given import on

given = on(Tenant, UUID(int=7))
opened = Tenant.TenantOpened(name="Little Steps", slug="little-steps", timezone="Asia/Kolkata", currency="INR")
BERLIN, KOLKATA, LORD_HOWE = map(ZoneInfo, ("Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"))
SMS, EMAIL = Channel


def test_a_new_centre_has_the_usual_policy() -> None:
    policy = given(opened).aggregate.settings.notices
    assert (policy.reminder_hours_before, policy.dues_reminder_day, policy.languages) == (24, 15, ("en",))
    assert policy.quiet_hours == QuietHours("21:00", "08:00")
    assert policy.sender_name is None
    assert {kind: policy.channels_of(kind) for kind in NoticeKind} == {
        kind: (SMS,) if kind.audience is Audience.FAMILY else (EMAIL,) for kind in NoticeKind
    }


def test_each_choice_is_its_own_event() -> None:
    story = given(opened).when(
        lambda t: t.remind_before(48),
        lambda t: t.remind_of_dues_on(31),
        lambda t: t.keep_quiet(QuietHours("22:00", "07:30")),
        lambda t: t.choose_languages(("hi", "en-IN")),
        lambda t: t.choose_channels(NoticeKind.PAYMENT_RECEIPT, (EMAIL, SMS, EMAIL)),
        lambda t: t.choose_channels(NoticeKind.DUES_REMINDER, ()),
        lambda t: t.name_sender(" Sunrise "),
        lambda t: t.keep_quiet(None),
        lambda t: t.name_sender(""),
    )
    story.then(
        Tenant.ReminderTimeSet(hours_before=48),
        Tenant.DuesReminderDaySet(day=31),
        Tenant.QuietHoursSet(start="22:00", end="07:30"),
        Tenant.LanguagesChosen(languages=("hi", "en-IN")),
        Tenant.NoticeChannelsChosen(kind=NoticeKind.PAYMENT_RECEIPT, channels=(SMS, EMAIL)),
        Tenant.NoticeChannelsChosen(kind=NoticeKind.DUES_REMINDER, channels=()),
        Tenant.SenderNamed(name="Sunrise"),
        Tenant.QuietHoursSet(start=None, end=None),
        Tenant.SenderNamed(name=None),
    )
    assert story.aggregate.settings.notices.channels_of(NoticeKind.DUES_REMINDER) == ()


def test_what_is_so_already_is_no_event() -> None:
    given(opened).when(
        lambda t: t.remind_before(24),
        lambda t: t.remind_of_dues_on(15),
        lambda t: t.keep_quiet(QuietHours()),
        lambda t: t.choose_languages(("en",)),
        lambda t: t.choose_channels(NoticeKind.DUES_REMINDER, (SMS,)),
        lambda t: t.name_sender("  "),
        lambda t: t.write_letterhead(Letterhead(legal_name=" ", email="")),
    ).then()


def test_the_letterhead_is_written_as_a_whole() -> None:
    lake_road = Letterhead(
        " Little Steps LLP", "12 Lake Road\r\nPune", "+912040000001", "Desk@Steps.Example", "", "27AA"
    )
    written = Tenant.LetterheadWritten(
        legal_name="Little Steps LLP", address="12 Lake Road\nPune", phone="+912040000001", email="desk@steps.example",
        registration_number=None, tax_number="27AA",
    )  # fmt: skip
    story = given(opened).when(lambda t: t.write_letterhead(lake_road), lambda t: t.write_letterhead(lake_road))
    story.then(written)


@pytest.mark.parametrize(
    ("letterhead", "field"),
    [(Letterhead(phone="020-4"), "phone"), (Letterhead(email="desk"), "email"), (Letterhead("a\nb"), "legalName"),
     (Letterhead(address="x" * 501), "address"), (Letterhead(tax_number="\u202e1"), "taxNumber")],
)  # fmt: skip
def test_a_letterhead_is_readable(letterhead: Letterhead, field: str) -> None:
    given(opened).when(lambda t: t.write_letterhead(letterhead)).then_refused("VALIDATION_ERROR", field=field)


@pytest.mark.parametrize("hours", [0, 337])
def test_a_reminder_comes_within_a_fortnight(hours: int) -> None:
    given(opened).when(lambda t: t.remind_before(hours)).then_refused(Invalid, field="reminderHoursBefore")


@pytest.mark.parametrize("day", [0, 32])
def test_a_day_of_the_month(day: int) -> None:
    given(opened).when(lambda t: t.remind_of_dues_on(day)).then_refused(Invalid, field="duesReminderDay")


@pytest.mark.parametrize("values", [(), ("en", "en"), ("EN",), ("english",), tuple(f"x{c}" for c in "abcdefghijk")])
def test_languages_are_named_once_each(values: tuple[str, ...]) -> None:
    given(opened).when(lambda t: t.choose_languages(values)).then_refused(Invalid, field="languages")


def test_staff_are_reached_by_email_only() -> None:
    decided = NoticeKind.RESCHEDULE_DECIDED
    given(opened).when(lambda t: t.choose_channels(decided, (EMAIL, SMS))).then_refused(Invalid, field="notices")
    given(opened).when(lambda t: t.choose_channels(decided, ())).then(
        Tenant.NoticeChannelsChosen(kind=decided, channels=())
    )


@pytest.mark.parametrize(
    ("hours", "field"),
    [(("21:00", "21:00"), "quietHoursEnd"), (("24:00", "08:00"), "quietHoursStart"), (("21:00", "8:00"), None)],
)
def test_quiet_hours_are_wall_times(hours: tuple[str, str], field: str | None) -> None:
    story = given(opened).when(lambda t: t.keep_quiet(QuietHours(*hours)))
    story.then_refused("VALIDATION_ERROR", **({"field": field} if field else {}))


def test_nothing_is_set_of_a_tenant_that_is_not_there() -> None:
    for step in (
        lambda t: t.remind_before(1), lambda t: t.remind_of_dues_on(1), lambda t: t.keep_quiet(None),
        lambda t: t.choose_languages(("hi",)), lambda t: t.choose_channels(NoticeKind.DUES_REMINDER, ()),
        lambda t: t.name_sender("X"), lambda t: t.write_letterhead(Letterhead("X")),
    ):  # fmt: skip
        given().when(step).then_refused(Missing)


@any_of(st.integers(1, 31), st.integers(2020, 2100), st.integers(1, 12))
def test_every_month_has_one_day_of_reminding(day: int, year: int, month: int) -> None:
    found = NoticePolicy(dues_reminder_day=day).dues_reminder_on(year, month)
    last = monthrange(year, month)[1]
    assert (found.year, found.month) == (year, month)
    assert found.day == day if day <= last else found == date(year, month, last)


CLOCK = st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.integers(0, 59))
INSTANTS = st.one_of(
    st.builds(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n), st.integers(0, 730 * 24 * 60)),
    st.builds(  # around the nights on which these zones' clocks change
        lambda day, n: datetime.combine(date(2026, *day), time.min, UTC) + timedelta(minutes=n),
        st.sampled_from([(3, 28), (10, 24), (4, 4), (10, 3)]), st.integers(0, 48 * 60),
    ),
)  # fmt: skip


@any_of(CLOCK, CLOCK, INSTANTS, st.sampled_from([BERLIN, KOLKATA, LORD_HOWE]))
def test_a_notice_waits_for_the_end_of_the_quiet(start: str, end: str, instant: datetime, zone: ZoneInfo) -> None:
    if start == end:
        return
    quiet = QuietHours(start, end)
    found = NoticePolicy(quiet_hours=quiet).sendable_from(instant, zone)
    assert not quiet.holds(wall(found, zone))
    assert instant <= found <= instant + timedelta(hours=26)
    # Minute by minute, which knows nothing of the end: instants here have no seconds.
    loud = next(at for n in range(26 * 60) if not quiet.holds(wall(at := instant + timedelta(minutes=n), zone)))
    ends = quiet.over_at(wall(instant, zone))
    assert found == loud or (loud < found <= loud + timedelta(hours=1) and is_skipped(ends, zone))


def test_quiet_hours_on_the_days_clocks_change() -> None:
    night = NoticePolicy(quiet_hours=QuietHours("21:00", "02:30"))
    skipped = night.sendable_from(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), BERLIN)  # 01:30; 02:30 never comes
    assert skipped == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # as every edge, it moves forward by the gap: 03:30
    second = night.sendable_from(datetime(2026, 10, 25, 1, 10, tzinfo=UTC), BERLIN)  # 02:10 for the second time
    assert second == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert NoticePolicy(quiet_hours=None).sendable_from(datetime(2026, 1, 1, 22, tzinfo=UTC), BERLIN) == datetime(
        2026, 1, 1, 22, tzinfo=UTC
    )


@pytest.mark.parametrize("kind", [NoticeKind.MANUAL, NoticeKind.TEST])
def test_how_a_written_notice_goes_out_is_no_setting(kind: NoticeKind) -> None:
    given(opened).when(lambda t: t.choose_channels(kind, (SMS,))).then_refused(Invalid, field="notices")
