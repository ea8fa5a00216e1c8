"""What can happen to a centre's settings, and how each event changes them.

No rule stands here: this is what runs again on every load, over events that older rules allowed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.base import Aggregate, Event
from domain.tenancy import settings as bounds
from domain.tenancy.notices import Channel, NoticeKind, QuietHours
from domain.tenancy.settings import (
    BookingGrid,
    CancellationPolicy,
    ChargeOn,
    ChargePolicy,
    Letterhead,
    Room,
    Settings,
)

__all__ = ["TenantState"]


class TenantState(Aggregate):
    """The folded settings."""

    class TenantOpened(Event):
        TOPIC = "tenancy.TenantOpened"
        name: str
        slug: str
        timezone: str
        currency: str

        def apply(self, tenant: TenantState) -> None:
            tenant.set(name=self.name, slug=self.slug, timezone=self.timezone, currency=self.currency)

    class TenantRenamed(Event):
        TOPIC = "tenancy.TenantRenamed"
        name: str

        def apply(self, tenant: TenantState) -> None:
            tenant.set(name=self.name)

    class TimeZoneChosen(Event):
        """Sessions booked earlier keep the zone they were booked in."""

        TOPIC = "tenancy.TimeZoneChosen"
        timezone: str

        def apply(self, tenant: TenantState) -> None:
            tenant.set(timezone=self.timezone)

    class ChargePolicySet(Event):
        TOPIC = "tenancy.ChargePolicySet"
        charge_on: ChargeOn
        payment_term_days: int
        apply_credit_automatically: bool

        def apply(self, tenant: TenantState) -> None:
            policy = ChargePolicy(self.charge_on, self.payment_term_days, self.apply_credit_automatically)
            tenant.set(charges=policy)

    class CancellationPolicySet(Event):
        TOPIC = "tenancy.CancellationPolicySet"
        window_hours: int
        late_fee_percent: Decimal
        no_show_fee_percent: Decimal

        def apply(self, tenant: TenantState) -> None:
            policy = CancellationPolicy(self.window_hours, self.late_fee_percent, self.no_show_fee_percent)
            tenant.set(cancellation=policy)

    class RescheduleNoticeSet(Event):
        TOPIC = "tenancy.RescheduleNoticeSet"
        hours: int

        def apply(self, tenant: TenantState) -> None:
            tenant.set(reschedule_notice_hours=self.hours)

    class BookingGridSet(Event):
        TOPIC = "tenancy.BookingGridSet"
        slot_step_minutes: int
        minimum_notice_minutes: int

        def apply(self, tenant: TenantState) -> None:
            tenant.set(grid=BookingGrid(self.slot_step_minutes, self.minimum_notice_minutes))

    class FinancialYearSet(Event):
        TOPIC = "tenancy.FinancialYearSet"
        start_month: int

        def apply(self, tenant: TenantState) -> None:
            tenant.set(financial_year_start_month=self.start_month)

    class RoomAdded(Event):
        TOPIC = "tenancy.RoomAdded"
        room_id: UUID
        name: str

        def apply(self, tenant: TenantState) -> None:
            tenant.set(rooms=bounds.with_item(tenant.settings.rooms, self.room_id, Room(self.name)))

    class RoomRenamed(Event):
        TOPIC = "tenancy.RoomRenamed"
        room_id: UUID
        name: str

        def apply(self, tenant: TenantState) -> None:
            tenant.change_room(self.room_id, name=self.name)

    class RoomClosed(Event):
        TOPIC = "tenancy.RoomClosed"
        room_id: UUID

        def apply(self, tenant: TenantState) -> None:
            tenant.change_room(self.room_id, active=False)

    class RoomReopened(Event):
        TOPIC = "tenancy.RoomReopened"
        room_id: UUID

        def apply(self, tenant: TenantState) -> None:
            tenant.change_room(self.room_id, active=True)

    class HolidayDeclared(Event):
        """Also renames a holiday that was declared before."""

        TOPIC = "tenancy.HolidayDeclared"
        day: date
        name: str

        def apply(self, tenant: TenantState) -> None:
            tenant.set(holidays=bounds.with_item(tenant.settings.holidays, self.day, self.name))

    class HolidayWithdrawn(Event):
        TOPIC = "tenancy.HolidayWithdrawn"
        day: date

        def apply(self, tenant: TenantState) -> None:
            tenant.set(holidays=bounds.without(tenant.settings.holidays, self.day))

    class LetterheadWritten(Event):
        """Who the centre is on paper. Its own facts, public by nature: nothing here is sealed."""

        TOPIC = "tenancy.LetterheadWritten"
        legal_name: str | None
        address: str | None
        phone: str | None
        email: str | None
        registration_number: str | None
        tax_number: str | None

        def apply(self, tenant: TenantState) -> None:
            tenant.set(
                letterhead=Letterhead(
                    self.legal_name, self.address, self.phone, self.email, self.registration_number, self.tax_number
                )
            )

    class ReminderTimeSet(Event):
        """How long before its start a session is reminded of."""

        TOPIC = "tenancy.ReminderTimeSet"
        hours_before: int

        def apply(self, tenant: TenantState) -> None:
            tenant.set_notices(reminder_hours_before=self.hours_before)

    class DuesReminderDaySet(Event):
        TOPIC = "tenancy.DuesReminderDaySet"
        day: int

        def apply(self, tenant: TenantState) -> None:
            tenant.set_notices(dues_reminder_day=self.day)

    class QuietHoursSet(Event):
        """Local wall times, 'HH:MM'; both null: there are none any more."""

        TOPIC = "tenancy.QuietHoursSet"
        start: str | None
        end: str | None

        def apply(self, tenant: TenantState) -> None:
            hours = QuietHours(self.start, self.end) if self.start is not None and self.end is not None else None
            tenant.set_notices(quiet_hours=hours)

    class LanguagesChosen(Event):
        TOPIC = "tenancy.LanguagesChosen"
        languages: tuple[str, ...]

        def apply(self, tenant: TenantState) -> None:
            tenant.set_notices(languages=self.languages)

    class NoticeChannelsChosen(Event):
        """How one kind of notice goes out from now on; no channel: not at all."""

        TOPIC = "tenancy.NoticeChannelsChosen"
        kind: NoticeKind
        channels: tuple[Channel, ...]

        def apply(self, tenant: TenantState) -> None:
            notices = tenant.settings.notices
            tenant.set_notices(channels=bounds.with_item(notices.channels, self.kind, self.channels))

    class SenderNamed(Event):
        """The name that notices go out under; null: the centre's own."""

        TOPIC = "tenancy.SenderNamed"
        name: str | None

        def apply(self, tenant: TenantState) -> None:
            tenant.set_notices(sender_name=self.name)

    class BooksClosed(Event):
        """Nothing is booked for a day up to ``through`` any more."""

        TOPIC = "tenancy.BooksClosed"
        through: date
        note: str | None

        def apply(self, tenant: TenantState) -> None:
            tenant.set(closed_through=self.through)

    class BooksReopened(Event):
        """The books are closed up to ``through`` only; null: not at all."""

        TOPIC = "tenancy.BooksReopened"
        through: date | None
        through_before: date
        reason: str

        def apply(self, tenant: TenantState) -> None:
            tenant.set(closed_through=self.through)

    def begin(self) -> None:
        self.settings = Settings()

    def set(self, **changes: Any) -> None:
        self.settings = replace(self.settings, **changes)

    def set_notices(self, **changes: Any) -> None:
        self.set(notices=replace(self.settings.notices, **changes))

    def change_room(self, room_id: UUID, **changes: Any) -> None:
        room = replace(self.settings.rooms[room_id], **changes)
        self.set(rooms=bounds.with_item(self.settings.rooms, room_id, room))
