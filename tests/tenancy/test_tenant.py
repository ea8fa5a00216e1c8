"""A tenant's settings: defaults, bounds, and what may never change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.base import Clash, Missing
from domain.tenancy import BookingGrid, CancellationPolicy, ChargeOn, ChargePolicy, CurrencyIsFixed, Tenant
from tests.support.given import on

TENANT = UUID(int=7)
ROOM, OTHER_ROOM = UUID(int=11), UUID(int=12)
DIWALI = date(2026, 11, 8)

given = on(Tenant, TENANT)
opened = Tenant.TenantOpened(name="Little Steps", slug="little-steps", timezone="Asia/Kolkata", currency="INR")
room = Tenant.RoomAdded(room_id=ROOM, name="Blue room")


def test_opening_keeps_the_product_defaults() -> None:
    story = given().when(lambda t: t.open(name=" Little Steps ", slug="little-steps")).then(opened)
    settings = story.aggregate.settings
    assert (settings.timezone, settings.currency) == ("Asia/Kolkata", "INR")
    assert settings.charges == ChargePolicy(ChargeOn.BOOKING, 0, True)
    assert settings.cancellation == CancellationPolicy(24, Decimal(0), Decimal(100))
    assert settings.reschedule_notice_hours == 48
    assert settings.financial_year_start_month == 4
    assert settings.rooms == {}
    assert settings.holidays == {}


def test_a_tenant_is_opened_once() -> None:
    given(opened).when(lambda t: t.open(name="Again", slug="again")).then_refused(Clash)


@pytest.mark.parametrize("slug", ["", "a", "-ab", "ab-", "Ab", "a b", "ab\n", "ünï", "a" * 64, "a_b"])
def test_a_slug_is_plain(slug: str) -> None:
    given().when(lambda t: t.open(name="X", slug=slug)).then_refused("VALIDATION_ERROR", field="slug")


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "asia/kolkata", "Asia", "../etc/passwd", "localtime"])
def test_a_time_zone_is_an_iana_name(zone: str) -> None:
    given(opened).when(lambda t: t.choose_timezone(zone)).then_refused("VALIDATION_ERROR", field="timezone")


@pytest.mark.parametrize("currency", ["", "inr", "XXX", "JPY", "KWD", "RUPEE"])
def test_a_currency_has_two_places(currency: str) -> None:
    story = given().when(lambda t: t.open(name="X", slug="xx", currency=currency))
    story.then_refused("VALIDATION_ERROR", field="currency")


def test_the_currency_never_changes() -> None:
    given(opened).when(lambda t: t.keep_currency("INR")).then()
    given(opened).when(lambda t: t.keep_currency("EUR")).then_refused(CurrencyIsFixed, currency="INR")


def test_renaming_and_moving_the_clock() -> None:
    given(opened).when(lambda t: t.rename("Big Steps"), lambda t: t.choose_timezone("Europe/Berlin")).then(
        Tenant.TenantRenamed(name="Big Steps"), Tenant.TimeZoneChosen(timezone="Europe/Berlin")
    )


def test_policies_are_set_each_as_a_whole() -> None:
    given(opened).when(
        lambda t: t.set_charge_policy(ChargePolicy(ChargeOn.COMPLETION, 14, False)),
        lambda t: t.set_cancellation_policy(CancellationPolicy(12, Decimal("33.33"), Decimal(50))),
        lambda t: t.set_reschedule_notice(0),
        lambda t: t.set_booking_grid(BookingGrid(20, 90)),
        lambda t: t.start_financial_year_in(1),
    ).then(
        Tenant.ChargePolicySet(charge_on=ChargeOn.COMPLETION, payment_term_days=14, apply_credit_automatically=False),
        Tenant.CancellationPolicySet(
            window_hours=12, late_fee_percent=Decimal("33.33"), no_show_fee_percent=Decimal(50)
        ),
        Tenant.RescheduleNoticeSet(hours=0),
        Tenant.BookingGridSet(slot_step_minutes=20, minimum_notice_minutes=90),
        Tenant.FinancialYearSet(start_month=1),
    )


def test_what_is_so_already_is_no_event() -> None:
    given(opened, room, Tenant.HolidayDeclared(day=DIWALI, name="Diwali")).when(
        lambda t: t.rename("Little Steps"),
        lambda t: t.choose_timezone("Asia/Kolkata"),
        lambda t: t.set_charge_policy(ChargePolicy()),
        lambda t: t.set_cancellation_policy(CancellationPolicy(24, Decimal("0.00"), Decimal("100.0"))),
        lambda t: t.set_reschedule_notice(48),
        lambda t: t.set_booking_grid(BookingGrid()),
        lambda t: t.start_financial_year_in(4),
        lambda t: t.add_room(ROOM, "Blue room"),
        lambda t: t.rename_room(ROOM, "Blue room"),
        lambda t: t.reopen_room(ROOM),
        lambda t: t.declare_holiday(DIWALI, "Diwali"),
    ).then()


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (ChargePolicy(payment_term_days=-1), "paymentTermDays"),
        (ChargePolicy(payment_term_days=366), "paymentTermDays"),
        (CancellationPolicy(window_hours=-1), "cancellationWindowHours"),
        (CancellationPolicy(window_hours=2**70), "cancellationWindowHours"),
        (CancellationPolicy(late_fee_percent=Decimal("100.01")), "lateFeePercent"),
        (CancellationPolicy(late_fee_percent=Decimal("NaN")), "lateFeePercent"),
        (CancellationPolicy(no_show_fee_percent=Decimal("0.001")), "noShowFeePercent"),
        (CancellationPolicy(no_show_fee_percent=Decimal("1e400")), "noShowFeePercent"),
        (BookingGrid(slot_step_minutes=4), "slotStepMinutes"),
        (BookingGrid(minimum_notice_minutes=-1), "minimumNoticeMinutes"),
    ],
)
def test_bounds_name_the_field(policy: ChargePolicy | CancellationPolicy | BookingGrid, field: str) -> None:
    def apply(tenant: Tenant) -> None:
        match policy:
            case ChargePolicy():
                tenant.set_charge_policy(policy)
            case CancellationPolicy():
                tenant.set_cancellation_policy(policy)
            case BookingGrid():
                tenant.set_booking_grid(policy)

    given(opened).when(apply).then_refused("VALIDATION_ERROR", field=field)


@pytest.mark.parametrize("month", [0, 13])
def test_a_month_is_a_month(month: int) -> None:
    given(opened).when(lambda t: t.start_financial_year_in(month)).then_refused("VALIDATION_ERROR")


def test_rooms_are_added_renamed_closed_and_reopened() -> None:
    story = given(opened, room).when(
        lambda t: t.rename_room(ROOM, "Red room"), lambda t: t.close_room(ROOM), lambda t: t.close_room(ROOM)
    )
    story.then(Tenant.RoomRenamed(room_id=ROOM, name="Red room"), Tenant.RoomClosed(room_id=ROOM))
    assert not story.aggregate.settings.rooms[ROOM].active
    given(opened, room, Tenant.RoomClosed(room_id=ROOM)).when(lambda t: t.reopen_room(ROOM)).then(
        Tenant.RoomReopened(room_id=ROOM)
    )


def test_two_rooms_never_share_a_name_or_an_id() -> None:
    given(opened, room).when(lambda t: t.add_room(OTHER_ROOM, "blue Room")).then_refused(Clash, field="name")
    given(opened, room).when(lambda t: t.rename_room(ROOM, "BLUE room")).then(
        Tenant.RoomRenamed(room_id=ROOM, name="BLUE room")
    )
    given(opened, room).when(lambda t: t.add_room(ROOM, "Red room")).then_refused(Clash)
    given(opened).when(lambda t: t.close_room(ROOM)).then_refused(Missing)


def test_holidays_are_declared_renamed_and_withdrawn() -> None:
    given(opened).when(
        lambda t: t.declare_holiday(DIWALI, "Diwali"),
        lambda t: t.declare_holiday(DIWALI, "Deepavali"),
        lambda t: t.withdraw_holiday(DIWALI),
    ).then(
        Tenant.HolidayDeclared(day=DIWALI, name="Diwali"),
        Tenant.HolidayDeclared(day=DIWALI, name="Deepavali"),
        Tenant.HolidayWithdrawn(day=DIWALI),
    )
    given(opened).when(lambda t: t.withdraw_holiday(DIWALI)).then_refused(Missing)


def test_nothing_is_set_for_a_tenant_that_is_not_open() -> None:
    given().when(lambda t: t.rename("X")).then_refused("NOT_FOUND")


def test_today_is_the_centres_date() -> None:
    tenant = given(opened).aggregate
    assert tenant.zone == ZoneInfo("Asia/Kolkata")
    assert tenant.today(datetime(2026, 3, 31, 18, 29, 59, tzinfo=UTC)) == date(2026, 3, 31)
    assert tenant.today(datetime(2026, 3, 31, 18, 30, tzinfo=UTC)) == date(2026, 4, 1)
    with pytest.raises(ValueError, match="zone"):
        tenant.today(datetime(2026, 3, 31))  # noqa: DTZ001 - the naive time is the point


@pytest.mark.parametrize(
    ("month", "on", "name"),
    [
        (4, date(2026, 3, 31), "2025-26"),
        (4, date(2026, 4, 1), "2026-27"),
        (4, date(2099, 12, 31), "2099-00"),
        (1, date(2026, 1, 1), "2026"),
        (1, date(2026, 12, 31), "2026"),
        (12, date(2026, 11, 30), "2025-26"),
    ],
)
def test_the_financial_year_is_named_after_its_start(month: int, on: date, name: str) -> None:
    tenant = given(opened, Tenant.FinancialYearSet(start_month=month)).aggregate
    assert tenant.financial_year(on) == name


def test_a_view_taken_earlier_does_not_change_under_its_reader() -> None:
    story = given(opened, room)
    before = story.aggregate.settings
    story.when(lambda t: t.close_room(ROOM), lambda t: t.declare_holiday(DIWALI, "Diwali"))
    assert before.rooms[ROOM].active
    assert before.holidays == {}
