"""Opening a centre and setting its policies, rooms and holidays."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from application.base import PLATFORM, Book, Command, Context, FromPath, Line, Login, Model, Result, handles
from application.values import Day, Email, FirstName, LastName, Password, Percent, Saved, WallTime
from domain.base import Invalid, Missing
from domain.staff import User
from domain.tenancy import RESERVED_SLUGS, Channel, ChargeOn, NoticeKind, QuietHours, Tenant, holiday_id
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


class NoticeSetting(Model):
    """How one kind of notice goes out; with no channel, it does not."""

    kind: NoticeKind
    channels: Annotated[list[Channel], Field(max_length=2)]


class ChangeSettings(Command):
    """Whatever is given is set; what is missing or null stays as it is. Empty text takes a fact of the letterhead, or
    the sender's name, away."""

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
    legal_name: Annotated[str | None, Field(max_length=200, examples=["Sunrise Therapy Centre LLP"])] = None
    address: Annotated[str | None, Field(max_length=500, examples=["12 Lake Road\nPune 411001"])] = None
    phone: Annotated[str | None, Field(max_length=16, examples=["+912040000001"])] = None
    email: Annotated[str | None, Field(max_length=254, examples=["desk@sunrise.example"])] = None
    registration_number: Annotated[str | None, Field(max_length=50, examples=["AAB-1234"])] = None
    tax_number: Annotated[str | None, Field(max_length=50, examples=["27AAPFU0939F1ZV"])] = None
    reminder_hours_before: Annotated[int | None, Field(strict=True, ge=1, le=336, examples=[24])] = None
    dues_reminder_day: Annotated[
        int | None,
        Field(strict=True, ge=1, le=31, examples=[15], description="29 to 31: the last day of a shorter month"),
    ] = None
    quiet_hours_enabled: Annotated[bool | None, Field(strict=True)] = None
    quiet_hours_start: Annotated[WallTime | None, Field(examples=["21:00"])] = None
    quiet_hours_end: Annotated[WallTime | None, Field(examples=["08:00"])] = None
    languages: Annotated[
        list[Annotated[str, Field(max_length=6, pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]] | None,
        Field(min_length=1, max_length=10, examples=[["en", "hi"]], description="The preferred one first"),
    ] = None
    notices: Annotated[
        list[NoticeSetting] | None,
        Field(
            max_length=len(NoticeKind), description="Only the kinds to change",
            examples=[[{"kind": "PAYMENT_RECEIPT", "channels": ["SMS", "EMAIL"]}]],
        ),
    ] = None  # fmt: skip
    sender_name: Annotated[str | None, Field(max_length=60, examples=["Sunrise"])] = None


class SettingsSaved(Saved):
    """``sessionsInAnotherZone``: where the time zone was given, the sessions to come that were booked in another one,
    soonest first, at most 500. They keep their instants; whoever wants one at the same wall time moves it."""

    sessions_in_another_zone: list[UUID] | None = None


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
async def change_settings(command: ChangeSettings, context: Context, book: Book) -> SettingsSaved:
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
    paper = ("legal_name", "address", "phone", "email", "registration_number", "tax_number")
    tenant.write_letterhead(replace(now.letterhead, **_given(command, *paper)))
    _change_notices(command, tenant)
    return SettingsSaved(id=tenant.id, version=tenant.version)


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


def _change_notices(command: ChangeSettings, tenant: Tenant) -> None:
    if command.reminder_hours_before is not None:
        tenant.remind_before(command.reminder_hours_before)
    if command.dues_reminder_day is not None:
        tenant.remind_of_dues_on(command.dues_reminder_day)
    start, end = command.quiet_hours_start, command.quiet_hours_end
    if command.quiet_hours_enabled is False:
        tenant.keep_quiet(None)
    elif command.quiet_hours_enabled or start or end:
        known = tenant.settings.notices.quiet_hours or QuietHours()
        tenant.keep_quiet(QuietHours(start or known.start, end or known.end))
    if command.languages is not None:
        tenant.choose_languages(tuple(command.languages))
    for wanted in command.notices or ():
        tenant.choose_channels(wanted.kind, tuple(wanted.channels))
    if command.sender_name is not None:
        tenant.name_sender(command.sender_name)


def _given(command: ChangeSettings, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(command, name)) is not None}
