"""The tenant: a therapy centre, or the platform itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import text
from domain.base import Aggregate, Clash, Event, Missing, event
from domain.tenancy import settings as bounds
from domain.tenancy.settings import BookingGrid, CancellationPolicy, ChargeOn, ChargePolicy, Room, Settings


class CurrencyIsFixed(Clash):
    """A centre's currency is chosen when it is opened: every price and amount in its book is in it."""


class Tenant(Aggregate):
    """A therapy centre and its policies. Stream id: the tenant's id.

    The currency never changes. Changing it while amounts exist would reinterpret every price ever set, and
    allowing it "until money is recorded" would race with each first amount; a wrong choice is another tenant.
    """

    TOPIC = "tenancy.Tenant"

    class TenantOpened(Event):
        TOPIC = "tenancy.TenantOpened"
        name: str
        slug: str
        timezone: str
        currency: str

    class TenantRenamed(Event):
        TOPIC = "tenancy.TenantRenamed"
        name: str

    class TimeZoneChosen(Event):
        """Sessions booked earlier keep the zone they were booked in."""

        TOPIC = "tenancy.TimeZoneChosen"
        timezone: str

    class ChargePolicySet(Event):
        TOPIC = "tenancy.ChargePolicySet"
        charge_on: ChargeOn
        payment_term_days: int
        apply_credit_automatically: bool

    class CancellationPolicySet(Event):
        TOPIC = "tenancy.CancellationPolicySet"
        window_hours: int
        late_fee_percent: Decimal
        no_show_fee_percent: Decimal

    class RescheduleNoticeSet(Event):
        TOPIC = "tenancy.RescheduleNoticeSet"
        hours: int

    class BookingGridSet(Event):
        TOPIC = "tenancy.BookingGridSet"
        slot_step_minutes: int
        minimum_notice_minutes: int

    class FinancialYearSet(Event):
        TOPIC = "tenancy.FinancialYearSet"
        start_month: int

    class RoomAdded(Event):
        TOPIC = "tenancy.RoomAdded"
        room_id: UUID
        name: str

    class RoomRenamed(Event):
        TOPIC = "tenancy.RoomRenamed"
        room_id: UUID
        name: str

    class RoomClosed(Event):
        TOPIC = "tenancy.RoomClosed"
        room_id: UUID

    class RoomReopened(Event):
        TOPIC = "tenancy.RoomReopened"
        room_id: UUID

    class HolidayDeclared(Event):
        """Also renames a holiday that was declared before."""

        TOPIC = "tenancy.HolidayDeclared"
        day: date
        name: str

    class HolidayWithdrawn(Event):
        TOPIC = "tenancy.HolidayWithdrawn"
        day: date

    def begin(self) -> None:
        self.settings = Settings()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.timezone)

    def today(self, now: datetime) -> date:
        """The centre's date at an instant. ``now`` must be aware."""
        if now.tzinfo is None:
            raise ValueError("an instant needs a zone")
        return now.astimezone(self.zone).date()

    def financial_year(self, on: date) -> str:
        """The financial year a date lies in: '2026-27', or '2026' when the year starts in January."""
        start = self.settings.financial_year_start_month
        year = on.year if on.month >= start else on.year - 1
        return f"{year:04d}" if start == 1 else f"{year:04d}-{(year + 1) % 100:02d}"

    def open(self, *, name: str, slug: str, timezone: str = "Asia/Kolkata", currency: str = "INR") -> None:
        if self.exists:
            raise Clash("This tenant is open already.")
        self.decide(
            self.TenantOpened,
            name=text.line(name, "name", 120),
            slug=bounds.slug(slug),
            timezone=bounds.timezone(timezone),
            currency=bounds.currency(currency),
        )

    def rename(self, name: str) -> None:
        self._must_exist()
        name = text.line(name, "name", 120)
        if name != self.settings.name:
            self.decide(self.TenantRenamed, name=name)

    def choose_timezone(self, timezone: str) -> None:
        self._must_exist()
        if bounds.timezone(timezone) != self.settings.timezone:
            self.decide(self.TimeZoneChosen, timezone=timezone)

    def keep_currency(self, currency: str) -> None:
        """Refuse any currency but the one the tenant was opened with."""
        self._must_exist()
        if currency != self.settings.currency:
            raise CurrencyIsFixed(field="currency", currency=self.settings.currency)

    def set_charge_policy(self, policy: ChargePolicy) -> None:
        self._must_exist()
        policy.check()
        if policy != self.settings.charges:
            self.decide(
                self.ChargePolicySet, charge_on=policy.charge_on, payment_term_days=policy.payment_term_days,
                apply_credit_automatically=policy.apply_credit_automatically,
            )  # fmt: skip

    def set_cancellation_policy(self, policy: CancellationPolicy) -> None:
        self._must_exist()
        policy.check()
        if policy != self.settings.cancellation:
            self.decide(
                self.CancellationPolicySet, window_hours=policy.window_hours,
                late_fee_percent=policy.late_fee_percent, no_show_fee_percent=policy.no_show_fee_percent,
            )  # fmt: skip

    def set_reschedule_notice(self, hours: int) -> None:
        self._must_exist()
        if bounds.notice_hours(hours) != self.settings.reschedule_notice_hours:
            self.decide(self.RescheduleNoticeSet, hours=hours)

    def set_booking_grid(self, grid: BookingGrid) -> None:
        self._must_exist()
        grid.check()
        if grid != self.settings.grid:
            self.decide(
                self.BookingGridSet, slot_step_minutes=grid.slot_step_minutes,
                minimum_notice_minutes=grid.minimum_notice_minutes,
            )  # fmt: skip

    def start_financial_year_in(self, month: int) -> None:
        self._must_exist()
        if bounds.month(month) != self.settings.financial_year_start_month:
            self.decide(self.FinancialYearSet, start_month=month)

    def add_room(self, room_id: UUID, name: str) -> None:
        self._must_exist()
        name = self._free_room_name(room_id, name)
        if room_id not in self.settings.rooms:
            self.decide(self.RoomAdded, room_id=room_id, name=name)
        elif self.settings.rooms[room_id].name != name:
            raise Clash("There is another room under this id.")

    def rename_room(self, room_id: UUID, name: str) -> None:
        room, name = self._room(room_id), self._free_room_name(room_id, name)
        if room.name != name:
            self.decide(self.RoomRenamed, room_id=room_id, name=name)

    def close_room(self, room_id: UUID) -> None:
        """No new bookings in it; what is booked stays."""
        if self._room(room_id).active:
            self.decide(self.RoomClosed, room_id=room_id)

    def reopen_room(self, room_id: UUID) -> None:
        if not self._room(room_id).active:
            self.decide(self.RoomReopened, room_id=room_id)

    def declare_holiday(self, day: date, name: str) -> None:
        """Nobody is booked on that local date. Sessions booked before stay and are for people to move."""
        self._must_exist()
        name = text.line(name, "name")
        if self.settings.holidays.get(day) != name:
            self.decide(self.HolidayDeclared, day=day, name=name)

    def withdraw_holiday(self, day: date) -> None:
        if day not in self.settings.holidays:
            raise Missing("There is no such holiday.")
        self.decide(self.HolidayWithdrawn, day=day)

    def _must_exist(self) -> None:
        if not self.exists:
            raise Missing("There is no such tenant.")

    def _room(self, room_id: UUID) -> Room:
        if room_id not in self.settings.rooms:
            raise Missing("There is no such room.")
        return self.settings.rooms[room_id]

    def _free_room_name(self, room_id: UUID, name: str) -> str:
        name = text.line(name, "name")
        # Names that differ in case only are one name to people.
        taken = {room.name.casefold() for other, room in self.settings.rooms.items() if other != room_id}
        if name.casefold() in taken:
            raise Clash("Another room has this name.", field="name")
        return name

    def _set(self, **changes: object) -> None:
        self.settings = replace(self.settings, **changes)  # type: ignore[arg-type]

    def _change_room(self, room_id: UUID, **changes: object) -> None:
        room = replace(self.settings.rooms[room_id], **changes)  # type: ignore[arg-type]
        self._set(rooms=bounds.with_item(self.settings.rooms, room_id, room))

    @event(TenantOpened)
    def _opened(self, name: str, slug: str, timezone: str, currency: str) -> None:
        self._set(name=name, slug=slug, timezone=timezone, currency=currency)

    @event(TenantRenamed)
    def _renamed(self, name: str) -> None:
        self._set(name=name)

    @event(TimeZoneChosen)
    def _timezone_chosen(self, timezone: str) -> None:
        self._set(timezone=timezone)

    @event(ChargePolicySet)
    def _charge_policy_set(self, charge_on: ChargeOn, payment_term_days: int, apply_credit_automatically: bool) -> None:
        self._set(charges=ChargePolicy(charge_on, payment_term_days, apply_credit_automatically))

    @event(CancellationPolicySet)
    def _cancellation_policy_set(
        self, window_hours: int, late_fee_percent: Decimal, no_show_fee_percent: Decimal
    ) -> None:
        self._set(cancellation=CancellationPolicy(window_hours, late_fee_percent, no_show_fee_percent))

    @event(RescheduleNoticeSet)
    def _reschedule_notice_set(self, hours: int) -> None:
        self._set(reschedule_notice_hours=hours)

    @event(BookingGridSet)
    def _booking_grid_set(self, slot_step_minutes: int, minimum_notice_minutes: int) -> None:
        self._set(grid=BookingGrid(slot_step_minutes, minimum_notice_minutes))

    @event(FinancialYearSet)
    def _financial_year_set(self, start_month: int) -> None:
        self._set(financial_year_start_month=start_month)

    @event(RoomAdded)
    def _room_added(self, room_id: UUID, name: str) -> None:
        self._set(rooms=bounds.with_item(self.settings.rooms, room_id, Room(name)))

    @event(RoomRenamed)
    def _room_renamed(self, room_id: UUID, name: str) -> None:
        self._change_room(room_id, name=name)

    @event(RoomClosed)
    def _room_closed(self, room_id: UUID) -> None:
        self._change_room(room_id, active=False)

    @event(RoomReopened)
    def _room_reopened(self, room_id: UUID) -> None:
        self._change_room(room_id, active=True)

    @event(HolidayDeclared)
    def _holiday_declared(self, day: date, name: str) -> None:
        self._set(holidays=bounds.with_item(self.settings.holidays, day, name))

    @event(HolidayWithdrawn)
    def _holiday_withdrawn(self, day: date) -> None:
        self._set(holidays=bounds.without(self.settings.holidays, day))
