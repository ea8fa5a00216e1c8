"""Opening a centre and setting its policies, rooms and holidays."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from application.base import PLATFORM, Book, Command, Context, FromPath, Line, Login, Model, Result, handles
from application.values import Day, Email, FirstName, LastName, Password, Percent, Saved
from domain.base import Invalid, Missing
from domain.staff import User
from domain.tenancy import RESERVED_SLUGS, ChargeOn, Tenant, holiday_id
from domain.values import Role


class Administrator(Model):
    """The first person who can sign in."""

    email: Email
    first_name: FirstName
    last_name: LastName
    password: Password


class OpenTenant(Command):
    """Open a centre together with its first administrator (of the platform: its first super admin)."""

    name: Annotated[str, Field(min_length=1, max_length=120, examples=["Sunrise Therapy Centre"])]
    slug: Annotated[str, Field(min_length=2, max_length=63, examples=["sunrise"])]
    timezone: Annotated[str, Field(max_length=64, examples=["Asia/Kolkata"])] = "Asia/Kolkata"
    currency: Annotated[str, Field(min_length=3, max_length=3, pattern="^[A-Z]{3}$", examples=["INR"])] = "INR"
    admin: Administrator


class TenantOpened(Result):
    id: UUID
    version: int
    admin_id: UUID


class ChangeSettings(Command):
    """Whatever is given is set; what is missing or null stays as it is."""

    tenant_id: FromPath
    name: Annotated[str | None, Field(min_length=1, max_length=120)] = None
    timezone: Annotated[str | None, Field(max_length=64)] = None
    currency: Annotated[
        str | None,
        Field(min_length=3, max_length=3, pattern="^[A-Z]{3}$", description="Accepted only if it is the centre's own"),
    ] = None
    charge_on: ChargeOn | None = None
    payment_term_days: Annotated[int | None, Field(strict=True, ge=0, le=365, examples=[7])] = None
    apply_credit_automatically: Annotated[bool | None, Field(strict=True)] = None
    cancellation_window_hours: Annotated[int | None, Field(strict=True, ge=0, le=2160, examples=[24])] = None
    late_fee_percent: Percent | None = None
    no_show_fee_percent: Percent | None = None
    reschedule_notice_hours: Annotated[int | None, Field(strict=True, ge=0, le=2160)] = None
    slot_step_minutes: Annotated[int | None, Field(strict=True, ge=5, le=240)] = None
    minimum_notice_minutes: Annotated[int | None, Field(strict=True, ge=0, le=129_600)] = None
    financial_year_start_month: Annotated[int | None, Field(strict=True, ge=1, le=12)] = None


RoomName = Annotated[Line, Field(examples=["Blue room"])]


class AddRoom(Command):
    name: RoomName


class ChangeRoom(Command):
    """Rename, close (``active`` false: no new bookings) or reopen a room."""

    room_id: FromPath
    name: RoomName | None = None
    active: Annotated[bool | None, Field(strict=True)] = None


class CloseRoom(Command):
    room_id: FromPath


class DeclareHoliday(Command):
    """A day on which nobody is booked. The same day again renames it."""

    day: Day
    name: Annotated[Line, Field(examples=["Diwali"])]


class WithdrawHoliday(Command):
    holiday_id: FromPath


@handles(OpenTenant, may="tenants:create")
async def open_tenant(command: OpenTenant, context: Context, book: Book) -> TenantOpened:
    """Runs in the new tenant's own book: ``context.tenant_id`` is the new tenant."""
    platform = context.tenant_id == PLATFORM
    if command.slug in RESERVED_SLUGS and not platform:
        raise Invalid("This slug is reserved.", field="slug")
    tenant = await book.load(Tenant, context.tenant_id)
    tenant.open(name=command.name, slug=command.slug, timezone=command.timezone, currency=command.currency)
    book.claim("slug", tenant.settings.slug, tenant.id)
    admin = book.new(User, context.new_id())
    role = Role.SUPER_ADMIN if platform else Role.WORKSPACE_ADMIN
    who = command.admin
    try:
        admin.register(
            email=who.email, first_name=who.first_name, last_name=who.last_name, role=role, platform=platform
        )
    except Invalid as refusal:
        raise Invalid(str(refusal), field=f"admin.{refusal.details['field']}") from None
    admin.note_password_set()
    book.claim("email", admin.email or "", admin.id)
    password_hash = await book.hash_password(who.password)
    book.put_login(Login(admin.id, email=admin.email, password_hash=password_hash, role=role, active=True))
    return TenantOpened(id=tenant.id, version=tenant.version, admin_id=admin.id)


@handles(ChangeSettings, may="tenants:manage")
async def change_settings(command: ChangeSettings, context: Context, book: Book) -> Saved:
    if command.tenant_id != context.tenant_id:
        raise Missing
    tenant = await book.load(Tenant, context.tenant_id)
    context.must_match(tenant)
    now = tenant.settings
    if command.currency is not None:
        tenant.keep_currency(command.currency)
    if command.name is not None:
        tenant.rename(command.name)
    if command.timezone is not None:
        tenant.choose_timezone(command.timezone)
    tenant.set_charge_policy(
        replace(now.charges, **_given(command, "charge_on", "payment_term_days", "apply_credit_automatically"))
    )
    changes = _given(command, "late_fee_percent", "no_show_fee_percent")
    if command.cancellation_window_hours is not None:
        changes["window_hours"] = command.cancellation_window_hours
    tenant.set_cancellation_policy(replace(now.cancellation, **changes))
    tenant.set_booking_grid(replace(now.grid, **_given(command, "slot_step_minutes", "minimum_notice_minutes")))
    if command.reschedule_notice_hours is not None:
        tenant.set_reschedule_notice(command.reschedule_notice_hours)
    if command.financial_year_start_month is not None:
        tenant.start_financial_year_in(command.financial_year_start_month)
    return Saved(id=tenant.id, version=tenant.version)


@handles(AddRoom, may="tenants:manage")
async def add_room(command: AddRoom, context: Context, book: Book) -> Saved:
    tenant = await book.load(Tenant, context.tenant_id)
    room_id = context.new_id()
    tenant.add_room(room_id, command.name)
    return Saved(id=room_id, version=tenant.version)


@handles(ChangeRoom, may="tenants:manage")
async def change_room(command: ChangeRoom, context: Context, book: Book) -> Saved:
    tenant = await book.load(Tenant, context.tenant_id)
    if command.room_id not in tenant.settings.rooms:
        raise Missing("There is no such room.")
    context.must_match(tenant)
    if command.name is not None:
        tenant.rename_room(command.room_id, command.name)
    if command.active is True:
        tenant.reopen_room(command.room_id)
    elif command.active is False:
        tenant.close_room(command.room_id)
    return Saved(id=command.room_id, version=tenant.version)


@handles(CloseRoom, may="tenants:manage")
async def close_room(command: CloseRoom, context: Context, book: Book) -> Saved:
    tenant = await book.load(Tenant, context.tenant_id)
    if command.room_id in tenant.settings.rooms:
        context.must_match(tenant)
    tenant.close_room(command.room_id)
    return Saved(id=command.room_id, version=tenant.version)


@handles(DeclareHoliday, may="tenants:manage")
async def declare_holiday(command: DeclareHoliday, context: Context, book: Book) -> Saved:
    tenant = await book.load(Tenant, context.tenant_id)
    tenant.declare_holiday(command.day, command.name)
    return Saved(id=holiday_id(tenant.id, command.day), version=tenant.version)


@handles(WithdrawHoliday, may="tenants:manage")
async def withdraw_holiday(command: WithdrawHoliday, context: Context, book: Book) -> Saved:
    tenant = await book.load(Tenant, context.tenant_id)
    day = next((d for d in tenant.settings.holidays if holiday_id(tenant.id, d) == command.holiday_id), None)
    if day is None:
        raise Missing("There is no such holiday.")
    context.must_match(tenant)
    tenant.withdraw_holiday(day)
    return Saved(id=command.holiday_id, version=tenant.version)


def _given(command: ChangeSettings, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(command, name)) is not None}
