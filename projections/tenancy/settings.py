"""A centre and its settings."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from domain.base import Recorded
from domain.tenancy import Channel, ChargeOn, NoticeKind, Settings, Tenant
from projections.base import ReadTable, Row, changed, own
from projections.query import Data, Reader

__all__ = ["TenantRow", "get", "tenants"]


class NoticeRow(Row, frozen=True):
    """How one kind of notice goes out; with no channel, it does not."""

    kind: NoticeKind
    channels: list[Channel]


class TenantRow(Row, frozen=True):
    """A centre and its settings. Percentages are 0 to 100; ``timezone`` is an IANA name. Without quiet hours ('HH:MM'
    in that zone) both ends are null."""

    id: UUID
    name: str
    slug: str
    timezone: str
    currency: str
    charge_on: ChargeOn
    payment_term_days: int
    apply_credit_automatically: bool
    cancellation_window_hours: int
    late_fee_percent: Decimal
    no_show_fee_percent: Decimal
    reschedule_notice_hours: int
    slot_step_minutes: int
    minimum_notice_minutes: int
    financial_year_start_month: int
    legal_name: str | None
    address: str | None
    phone: str | None
    email: str | None
    registration_number: str | None
    tax_number: str | None
    reminder_hours_before: int
    dues_reminder_day: int
    quiet_hours_start: str | None
    quiet_hours_end: str | None
    languages: list[str]
    notices: list[NoticeRow]
    sender_name: str | None
    created_at: datetime
    updated_at: datetime
    version: int


tenants = ReadTable("tenants", TenantRow, key="id", platform=True)


@tenants.on(Tenant.TenantOpened, key=own)
def opened(row: None, event: Tenant.TenantOpened, at: Recorded) -> TenantRow:
    default = Settings()
    return TenantRow(
        id=event.originator_id,
        name=event.name,
        slug=event.slug,
        timezone=event.timezone,
        currency=event.currency,
        charge_on=default.charges.charge_on,
        payment_term_days=default.charges.payment_term_days,
        apply_credit_automatically=default.charges.apply_credit_automatically,
        cancellation_window_hours=default.cancellation.window_hours,
        late_fee_percent=default.cancellation.late_fee_percent,
        no_show_fee_percent=default.cancellation.no_show_fee_percent,
        reschedule_notice_hours=default.reschedule_notice_hours,
        slot_step_minutes=default.grid.slot_step_minutes,
        minimum_notice_minutes=default.grid.minimum_notice_minutes,
        financial_year_start_month=default.financial_year_start_month,
        legal_name=None,
        address=None,
        phone=None,
        email=None,
        registration_number=None,
        tax_number=None,
        reminder_hours_before=default.notices.reminder_hours_before,
        dues_reminder_day=default.notices.dues_reminder_day,
        quiet_hours_start=default.notices.quiet_hours.start if default.notices.quiet_hours else None,
        quiet_hours_end=default.notices.quiet_hours.end if default.notices.quiet_hours else None,
        languages=list(default.notices.languages),
        notices=[NoticeRow(kind, list(default.notices.channels_of(kind))) for kind in NoticeKind if kind.automatic],
        sender_name=default.notices.sender_name,
        created_at=at.recorded_at,
        updated_at=at.recorded_at,
        version=at.version,
    )


@tenants.on(Tenant.TenantRenamed, key=own)
def renamed(row: TenantRow, event: Tenant.TenantRenamed, at: Recorded) -> TenantRow:
    return changed(row, at, name=event.name)


@tenants.on(Tenant.TimeZoneChosen, key=own)
def timezone_chosen(row: TenantRow, event: Tenant.TimeZoneChosen, at: Recorded) -> TenantRow:
    return changed(row, at, timezone=event.timezone)


@tenants.on(Tenant.ChargePolicySet, key=own)
def charge_policy_set(row: TenantRow, event: Tenant.ChargePolicySet, at: Recorded) -> TenantRow:
    return changed(
        row,
        at,
        charge_on=event.charge_on,
        payment_term_days=event.payment_term_days,
        apply_credit_automatically=event.apply_credit_automatically,
    )


@tenants.on(Tenant.CancellationPolicySet, key=own)
def cancellation_policy_set(row: TenantRow, event: Tenant.CancellationPolicySet, at: Recorded) -> TenantRow:
    return changed(
        row,
        at,
        cancellation_window_hours=event.window_hours,
        late_fee_percent=event.late_fee_percent,
        no_show_fee_percent=event.no_show_fee_percent,
    )


@tenants.on(Tenant.RescheduleNoticeSet, key=own)
def reschedule_notice_set(row: TenantRow, event: Tenant.RescheduleNoticeSet, at: Recorded) -> TenantRow:
    return changed(row, at, reschedule_notice_hours=event.hours)


@tenants.on(Tenant.BookingGridSet, key=own)
def booking_grid_set(row: TenantRow, event: Tenant.BookingGridSet, at: Recorded) -> TenantRow:
    return changed(
        row, at, slot_step_minutes=event.slot_step_minutes, minimum_notice_minutes=event.minimum_notice_minutes
    )


@tenants.on(Tenant.FinancialYearSet, key=own)
def financial_year_set(row: TenantRow, event: Tenant.FinancialYearSet, at: Recorded) -> TenantRow:
    return changed(row, at, financial_year_start_month=event.start_month)


@tenants.on(Tenant.LetterheadWritten, key=own)
def letterhead_written(row: TenantRow, event: Tenant.LetterheadWritten, at: Recorded) -> TenantRow:
    return changed(
        row,
        at,
        legal_name=event.legal_name,
        address=event.address,
        phone=event.phone,
        email=event.email,
        registration_number=event.registration_number,
        tax_number=event.tax_number,
    )


@tenants.on(Tenant.ReminderTimeSet, key=own)
def reminder_time_set(row: TenantRow, event: Tenant.ReminderTimeSet, at: Recorded) -> TenantRow:
    return changed(row, at, reminder_hours_before=event.hours_before)


@tenants.on(Tenant.DuesReminderDaySet, key=own)
def dues_reminder_day_set(row: TenantRow, event: Tenant.DuesReminderDaySet, at: Recorded) -> TenantRow:
    return changed(row, at, dues_reminder_day=event.day)


@tenants.on(Tenant.QuietHoursSet, key=own)
def quiet_hours_set(row: TenantRow, event: Tenant.QuietHoursSet, at: Recorded) -> TenantRow:
    return changed(row, at, quiet_hours_start=event.start, quiet_hours_end=event.end)


@tenants.on(Tenant.LanguagesChosen, key=own)
def languages_chosen(row: TenantRow, event: Tenant.LanguagesChosen, at: Recorded) -> TenantRow:
    return changed(row, at, languages=list(event.languages))


@tenants.on(Tenant.NoticeChannelsChosen, key=own)
def notice_channels_chosen(row: TenantRow, event: Tenant.NoticeChannelsChosen, at: Recorded) -> TenantRow:
    chosen = NoticeRow(event.kind, list(event.channels))
    return changed(row, at, notices=[chosen if known.kind == chosen.kind else known for known in row.notices])


@tenants.on(Tenant.SenderNamed, key=own)
def sender_named(row: TenantRow, event: Tenant.SenderNamed, at: Recorded) -> TenantRow:
    return changed(row, at, sender_name=event.name)


def touched(row: TenantRow, event: object, at: Recorded) -> TenantRow:
    """Rooms and holidays are part of the tenant's stream, so its version moves with them."""
    return changed(row, at)


for part in (
    Tenant.RoomAdded, Tenant.RoomRenamed, Tenant.RoomClosed, Tenant.RoomReopened,
    Tenant.HolidayDeclared, Tenant.HolidayWithdrawn,
):  # fmt: skip
    tenants.on(part, key=own)(touched)


_TENANT = tenants.select().where(tenants.c.id == sa.bindparam("id"))


async def get(db: Reader, tenant_id: UUID) -> Data | None:
    """The reader's own tenant, if that is the one asked for."""
    return await db.one(_TENANT, id=tenant_id)
