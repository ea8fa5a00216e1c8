"""The centre: its settings, rooms and holidays."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from domain.base import Recorded
from domain.tenancy import ChargeOn, Settings, Tenant, holiday_id
from projections.base import ReadTable, Row, changed, own, replace
from projections.query import Data, Paging, Reader


class TenantRow(Row, frozen=True):
    """A centre and its settings. Percentages are 0 to 100; ``timezone`` is an IANA name."""

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
    created_at: datetime
    updated_at: datetime
    version: int


class RoomRow(Row, frozen=True):
    """A room; one that is not active takes no new bookings."""

    id: UUID
    name: str
    active: bool


class HolidayRow(Row, frozen=True):
    """A local date on which nobody is booked."""

    id: UUID
    day: date
    name: str


tenants = ReadTable("tenants", TenantRow, key="id")
rooms = ReadTable("rooms", RoomRow, key="id")
holidays = ReadTable("holidays", HolidayRow, key="id", indexes=[("day",)])


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


def touched(row: TenantRow, event: object, at: Recorded) -> TenantRow:
    """Rooms and holidays are part of the tenant's stream, so its version moves with them."""
    return changed(row, at)


for part in (
    Tenant.RoomAdded, Tenant.RoomRenamed, Tenant.RoomClosed, Tenant.RoomReopened,
    Tenant.HolidayDeclared, Tenant.HolidayWithdrawn,
):  # fmt: skip
    tenants.on(part, key=own)(touched)


@rooms.on(Tenant.RoomAdded, key=lambda e: e.room_id)
def room_added(row: None, event: Tenant.RoomAdded) -> RoomRow:
    return RoomRow(id=event.room_id, name=event.name, active=True)


@rooms.on(Tenant.RoomRenamed, key=lambda e: e.room_id)
def room_renamed(row: RoomRow, event: Tenant.RoomRenamed) -> RoomRow:
    return replace(row, name=event.name)


@rooms.on(Tenant.RoomClosed, key=lambda e: e.room_id)
def room_closed(row: RoomRow, event: Tenant.RoomClosed) -> RoomRow:
    return replace(row, active=False)


@rooms.on(Tenant.RoomReopened, key=lambda e: e.room_id)
def room_reopened(row: RoomRow, event: Tenant.RoomReopened) -> RoomRow:
    return replace(row, active=True)


@holidays.on(Tenant.HolidayDeclared, key=lambda e: holiday_id(e.originator_id, e.day))
def holiday_declared(row: HolidayRow | None, event: Tenant.HolidayDeclared) -> HolidayRow:
    return HolidayRow(id=holiday_id(event.originator_id, event.day), day=event.day, name=event.name)


@holidays.on(Tenant.HolidayWithdrawn, key=lambda e: holiday_id(e.originator_id, e.day))
def holiday_withdrawn(row: HolidayRow, event: Tenant.HolidayWithdrawn) -> None:
    return None


async def get(db: Reader, tenant_id: UUID) -> Data | None:
    """The reader's own tenant, if that is the one asked for."""
    return await db.one(tenants.select().where(tenants.c.id == tenant_id))


async def list_rooms(db: Reader, paging: Paging, *, active: bool | None = None) -> Data:
    wanted = rooms.select()
    if active is not None:
        wanted = wanted.where(rooms.c.active == active)
    return await db.page(wanted, paging, {"name": rooms.c.name, "id": rooms.c.id}, "name")


async def list_holidays(db: Reader, paging: Paging, *, first: date | None = None, last: date | None = None) -> Data:
    """Holidays from ``first`` to ``last``, both included."""
    wanted = holidays.select()
    if first is not None:
        wanted = wanted.where(holidays.c.day >= first)
    if last is not None:
        wanted = wanted.where(holidays.c.day <= last)
    return await db.page(wanted, paging, {"name": holidays.c.name, "day": holidays.c.day}, "day")
