"""A believable centre, made through the real commands on a clock that is turned by hand: five weeks that have been,
two that are to come. The same seed makes the same centre, apart from ids."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from adapters.settings import Settings
from adapters.system import System
from application import availability, billing, catalogue, notices, patients, scheduling, staff, tenancy
from application.base import PLATFORM, SYSTEM, Command, Context, execute
from application.values import Method
from domain.base import Clash, Refused
from domain.values import Channel, NoticeKind, Role

SLUG = "sunrise"
PASSWORD = "sunrise-demo"  # noqa: S105 - printed for everybody to use; the demo is the only place it fits
PLATFORM_PASSWORD = "platform-demo"  # noqa: S105
ZONE = ZoneInfo("Asia/Kolkata")
WEEKS_PAST, WEEKS_AHEAD = 5, 2
_SUNDAY = 6

_TYPES = (("Speech therapy", 45, 900), ("Occupational therapy", 60, 1200), ("Physiotherapy", 45, 800),
          ("Behavioural therapy", 60, 1500))  # fmt: skip
_THERAPISTS = (("Ananya", "Iyer", 0), ("Rahul", "Menon", 1), ("Fatima", "Sheikh", 2), ("Vikram", "Joshi", 3))
_CHILDREN = ("Aarav", "Diya", "Vihaan", "Anika", "Kabir", "Meera", "Ishaan", "Tara", "Arjun", "Nila", "Rohan", "Zoya",
             "Dev", "Ira", "Neel", "Sara", "Yash", "Leela", "Omar", "Pari")  # fmt: skip
_FAMILIES = ("Sharma", "Nair", "Khan", "Das", "Pillai", "Gupta", "D'Souza", "Reddy", "Bose", "Patel")
_GUARDIANS = ("Sunita", "Rajesh", "Ayesha", "Prakash", "Lakshmi", "Imran", "Maria", "Suresh", "Rina", "Kiran")
_METHODS: tuple[Method, ...] = ("UPI", "CASH", "CARD")


async def make_demo(settings: Settings) -> list[str]:
    """Make platform and demo centre unless they exist. Returns the lines that say how to sign in."""
    async with System(settings).running() as system:
        if not _exists(settings, "platform"):
            await _Clockwork(system, PLATFORM, system.clock.now()).open_platform()
        if not _exists(settings, SLUG):
            today = system.clock.now().astimezone(ZONE).date()
            first = datetime.combine(today - timedelta(weeks=WEEKS_PAST), time(7), ZONE)
            await _Clockwork(system, system.new_id(), first).run(today)
    return [
        "",
        f"Demo centre: Sunrise Therapy Centre (tenant `{SLUG}`), password `{PASSWORD}`:",
        *(f"  {role.value:<16} {_email(role)}" for role in Role if role is not Role.SUPER_ADMIN),
        f"Platform (tenant `platform`), password `{PLATFORM_PASSWORD}`:",
        f"  {Role.SUPER_ADMIN.value:<16} root@platform.example",
    ]


def _email(role: Role) -> str:
    names = {Role.WORKSPACE_ADMIN: "admin", Role.THERAPIST: "ananya"}
    return f"{names.get(role, role.value.lower())}@{SLUG}.example"


def _exists(settings: Settings, slug: str) -> bool:
    with psycopg.connect(settings.projector_url) as db:
        return db.execute("SELECT 1 FROM book.claims WHERE kind = 'slug' AND value = %s", [slug]).fetchone() is not None


class _Clockwork:
    """Runs commands at instants of its own choosing."""

    def __init__(self, system: System, tenant_id: UUID, now: datetime) -> None:
        self.system = system
        self.chance = random.Random(20)  # noqa: S311 - a believable centre, not a secret
        self.context = Context(
            tenant_id=tenant_id, actor=SYSTEM, role=Role.WORKSPACE_ADMIN, now=now.astimezone(ZoneInfo("UTC")),
            correlation=system.new_id(), new_id=system.new_id,
        )  # fmt: skip

    async def do(self, command: Command, role: Role = Role.WORKSPACE_ADMIN) -> dict[str, Any]:
        outcome = await execute(command, replace(self.context, role=role), self.system.store)
        return outcome.result

    def at(self, day: date, hour: int, minute: int = 0) -> None:
        instant = datetime.combine(day, time(hour, minute), ZONE).astimezone(ZoneInfo("UTC"))
        self.context = replace(self.context, now=instant)

    async def open(self, name: str, slug: str, timezone: str, email: str, password: str) -> None:
        admin = tenancy.Administrator(email=email, first_name="Asha", last_name="Rao", password=password)
        await self.do(tenancy.OpenTenant(name=name, slug=slug, timezone=timezone, admin=admin), Role.SUPER_ADMIN)

    async def open_platform(self) -> None:
        await self.open("Platform", "platform", "UTC", "root@platform.example", PLATFORM_PASSWORD)

    async def run(self, today: date) -> None:
        await self.open("Sunrise Therapy Centre", SLUG, "Asia/Kolkata", _email(Role.WORKSPACE_ADMIN), PASSWORD)
        await self.do(
            tenancy.ChangeSettings(late_fee_percent=Decimal(50), no_show_fee_percent=Decimal(100)).model_copy(
                update={"tenant_id": self.context.tenant_id}
            )
        )
        for role in (Role.OPERATOR, Role.ACCOUNTANT, Role.AUDITOR):
            await self._user(_email(role), role.value.title(), "Desk", role)
        types = [await self._type(*described) for described in _TYPES]
        therapists = [(await self._therapist(first, last), types[kind]) for first, last, kind in _THERAPISTS]
        children = [await self._child(number) for number in range(len(_CHILDREN))]
        await self._weeks(today, therapists, children)
        await self._notices(children)

    async def _notices(self, children: list[UUID]) -> None:
        """The centre writes to families in its own words, one of whom does not want to be written to."""
        self.context = replace(self.context, now=self.system.clock.now())
        awake = tenancy.ChangeSettings(quiet_hours_enabled=False)  # whoever looks at a demo at night wants to see some
        await self.do(awake.model_copy(update={"tenant_id": self.context.tenant_id}))
        name = "Sunrise Therapy Centre"
        words = notices.WriteNotificationTemplate(
            kind=NoticeKind.SESSION_BOOKED, language="en", sms_text="See you on {when}, {patient}! {centre}",
            email_subject="{patient} at Sunrise", email_text="Dear {guardian},\n\nwe expect {patient} on {when}.\n",
        )  # fmt: skip
        await self.do(words)
        first, second, third, *_ = children
        path = {"patient_id": third}
        await self.do(notices.ChooseChannels(sms=False).model_copy(update=path))
        closed = f"{name} is closed on the first of next month. We wish you a good day."
        for child in (first, second):
            await self.do(notices.SendNotification(patient_id=child, channel=Channel.SMS, message=closed))
        today = self.context.now.astimezone(ZONE).date()
        for child in children[:6]:
            await self.do(notices.dues_reminder(child, today.year, today.month))

    async def _user(self, email: str, first: str, last: str, role: Role) -> UUID:
        made = await self.do(
            staff.RegisterUser(email=email, first_name=first, last_name=last, role=role, password=PASSWORD)
        )
        return UUID(made["id"])

    async def _type(self, name: str, minutes: int, cost: int) -> UUID:
        made = await self.do(catalogue.AddTherapyType(name=name, default_duration=minutes, default_cost=Decimal(cost)))
        return UUID(made["id"])

    async def _therapist(self, first: str, last: str) -> UUID:
        therapist = await self._user(f"{first.lower()}@{SLUG}.example", first, last, Role.THERAPIST)
        for weekday in range(_SUNDAY):
            for start, end in (("09:00", "13:00"), ("14:00", "18:00")):
                slot = availability.OfferSlot(day_of_week=weekday, start_time=start, end_time=end)
                await self.do(slot.model_copy(update={"therapist_id": therapist}))
        return therapist

    async def _child(self, number: int) -> UUID:
        family = _FAMILIES[number % len(_FAMILIES)]
        made = await self.do(
            patients.RegisterPatient(
                first_name=_CHILDREN[number], last_name=family,
                date_of_birth=date(2015 + number % 6, 1 + number % 12, 1 + number),
                guardian_name=f"{_GUARDIANS[number % len(_GUARDIANS)]} {family}",
                guardian_phone=f"+9198000000{number:02}",
                medical_notes="Prefers mornings; tires easily." if number % 4 == 0 else None,
                credit_balance=Decimal(2000) if number % 7 == 0 else Decimal(0),
            )
        )  # fmt: skip
        return UUID(made["id"])

    async def _weeks(self, today: date, therapists: list[tuple[UUID, UUID]], children: list[UUID]) -> None:
        """Every child comes twice a week to one therapist, at a time of their own."""
        for offset in range(-7 * WEEKS_PAST, 7 * WEEKS_AHEAD):
            day = today + timedelta(days=offset)
            if day.weekday() == _SUNDAY:
                continue
            if offset <= 0:
                self.at(day - timedelta(days=1), 17)
            coming = [(n, child) for n, child in enumerate(children) if n % 3 == day.weekday() % 3]
            for number, child in coming:
                therapist, kind = therapists[number % len(therapists)]
                hour = 9 + (number // len(therapists)) % 4
                start = f"{hour:02}:00"
                booked = await self._booked(child, therapist, kind, day, start)
                if booked is not None and offset < 0:
                    await self._happened(booked, child, day, hour)

    async def _booked(self, child: UUID, therapist: UUID, kind: UUID, day: date, start: str) -> UUID | None:
        try:
            made = await self.do(
                scheduling.BookSession(
                    patient_id=child, therapist_id=therapist, therapy_type_id=kind, date=day, start_time=start
                )
            )
        except Clash:
            return None
        return UUID(made["id"])

    async def _happened(self, session: UUID, child: UUID, day: date, hour: int) -> None:
        before = self.context
        path: Callable[[Command], Command] = lambda c: c.model_copy(update={"session_id": session})  # noqa: E731
        fate = self.chance.random()
        try:
            if fate < 0.06:  # noqa: PLR2004
                self.at(day - timedelta(days=1), 18)
                await self.do(path(scheduling.CancelSession(reason="Down with a fever")))
                return
            self.at(day, hour + 1, 15)
            if fate < 0.11:  # noqa: PLR2004
                await self.do(path(scheduling.MarkNoShow()))
                return
            await self.do(path(scheduling.CompleteSession()))
            if self.chance.random() < 0.8:  # noqa: PLR2004
                amount = self.chance.choice((Decimal(900), Decimal(1200), Decimal(1500), Decimal(2000)))
                await self.do(
                    billing.RecordPayment(patient_id=child, amount=amount, method=self.chance.choice(_METHODS))
                )
        except Refused:
            self.context = before
            raise
        self.context = before
