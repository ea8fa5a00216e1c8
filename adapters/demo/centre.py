"""A believable centre, made through the real commands on a clock that is turned by hand: five weeks that have been,
two that are to come. The same seed makes the same centre, apart from ids."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import psycopg

from adapters.demo import office
from adapters.demo.clockwork import ZONE, Clockwork
from adapters.settings import Settings
from adapters.system import System
from application import availability, billing, catalogue, notices, patients, progress, scheduling, staff, tenancy
from application.base import PLATFORM
from application.values import Method
from domain.base import Clash
from domain.values import Channel, NoticeKind, Role

__all__ = ["PASSWORD", "SLUG", "make_demo"]

SLUG = "sunrise"
PASSWORD = "sunrise-demo"  # noqa: S105 - printed for everybody to use; the demo is the only place it fits
PLATFORM_PASSWORD = "platform-demo"  # noqa: S105
WEEKS_PAST, WEEKS_AHEAD = 5, 2
_SUNDAY = 6
_NOTICE = 2  # days that the centre wants between a wish to move a session and the session

_TYPES = (("Speech therapy", 45, 900), ("Occupational therapy", 60, 1200), ("Physiotherapy", 45, 800),
          ("Behavioural therapy", 60, 1500))  # fmt: skip
_THERAPISTS = (("Ananya", "Iyer", 0), ("Rahul", "Menon", 1), ("Fatima", "Sheikh", 2), ("Vikram", "Joshi", 3))
_CHILDREN = ("Aarav", "Diya", "Vihaan", "Anika", "Kabir", "Meera", "Ishaan", "Tara", "Arjun", "Nila", "Rohan", "Zoya",
             "Dev", "Ira", "Neel", "Sara", "Yash", "Leela", "Omar", "Pari")  # fmt: skip
_FAMILIES = ("Sharma", "Nair", "Khan", "Das", "Pillai", "Gupta", "D'Souza", "Reddy", "Bose", "Patel")
_GUARDIANS = ("Sunita", "Rajesh", "Ayesha", "Prakash", "Lakshmi", "Imran", "Maria", "Suresh", "Rina", "Kiran")
_METHODS: tuple[Method, ...] = ("UPI", "UPI", "CASH", "CARD", "BANK_TRANSFER")


async def make_demo(settings: Settings) -> list[str]:
    """Make platform and demo centre unless they exist. Returns the lines that say how to sign in."""
    async with System(settings).running() as system:
        if not _exists(settings, "platform"):
            platform = Clockwork(system, PLATFORM, system.clock.now())
            await platform.open("Platform", "platform", "UTC", "root@platform.example", PLATFORM_PASSWORD)
        if not _exists(settings, SLUG):
            today = system.clock.now().astimezone(ZONE).date()
            first = datetime.combine(today - timedelta(weeks=WEEKS_PAST), time(7), ZONE)
            await _Centre(system, system.new_id(), first).run(today)
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


@dataclass(frozen=True, slots=True)
class _Booked:
    session: UUID
    child: UUID
    therapist: UUID
    hour: int


class _Centre(Clockwork):
    def __init__(self, system: System, tenant_id: UUID, now: datetime) -> None:
        super().__init__(system, tenant_id, now)
        self.chance = random.Random(20)  # noqa: S311 - a believable centre, not a secret

    async def run(self, today: date) -> None:
        await self.open("Sunrise Therapy Centre", SLUG, "Asia/Kolkata", _email(Role.WORKSPACE_ADMIN), PASSWORD)
        fees = tenancy.ChangeSettings(late_fee_percent=Decimal(50), no_show_fee_percent=Decimal(100))
        await self.do(fees, tenant_id=self.context.tenant_id)
        for role in (Role.OPERATOR, Role.ACCOUNTANT, Role.AUDITOR):
            self.people[role] = await self._user(_email(role), role.value.title(), "Desk", role)
        types = [await self._type(*described) for described in _TYPES]
        await self.do(office.SPEECH_REPORT, therapy_type_id=types[0])
        therapists = [(await self._therapist(first, last), types[kind]) for first, last, kind in _THERAPISTS]
        children = [await self._child(number) for number in range(len(_CHILDREN))]
        ahead = await self._weeks(today, therapists, children)
        self.at_present()
        await office.plans(self, today, therapists, children[1], ahead)
        await self._notices(children)

    async def _notices(self, children: list[UUID]) -> None:
        """The centre writes to families in its own words, one of whom does not want to be written to."""
        today = self.at_present()
        awake = tenancy.ChangeSettings(quiet_hours_enabled=False)  # whoever looks at a demo at night wants to see some
        await self.do(awake, tenant_id=self.context.tenant_id)
        name = "Sunrise Therapy Centre"
        words = notices.WriteNotificationTemplate(
            kind=NoticeKind.SESSION_BOOKED, language="en", sms_text="See you on {when}, {patient}! {centre}",
            email_subject="{patient} at Sunrise", email_text="Dear {guardian},\n\nwe expect {patient} on {when}.\n",
        )  # fmt: skip
        await self.do(words)
        first, second, third, *_ = children
        await self.do(notices.ChooseChannels(sms=False), patient_id=third)
        closed = f"{name} is closed on the first of next month. We wish you a good day."
        for child in (first, second):
            await self.do(notices.SendNotification(patient_id=child, channel=Channel.SMS, message=closed))
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
                await self.do(slot, therapist_id=therapist)
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

    async def _weeks(
        self, today: date, therapists: list[tuple[UUID, UUID]], children: list[UUID]
    ) -> dict[UUID, tuple[UUID, date]]:
        """Every child comes twice a week to one therapist, at a time of their own. Returns of each therapist a session
        of the coming weeks, and its day."""
        ahead: dict[UUID, tuple[UUID, date]] = {}
        for offset in range(-7 * WEEKS_PAST, 7 * WEEKS_AHEAD):
            day = today + timedelta(days=offset)
            if day.weekday() == _SUNDAY:
                continue
            if offset <= 0:
                self.at(day - timedelta(days=1), 17)
            coming = [(n, child) for n, child in enumerate(children) if n % 3 == day.weekday() % 3]
            booked = [await self._booked(n, child, *therapists[n % len(therapists)], day) for n, child in coming]
            held = [each for each in booked if each]
            if offset < 0:
                await self._held(held, day, therapists[0][0], WEEKS_PAST + offset // 7)
                self.at(day, 16, 30)
                await office.spending(self, -offset)
            elif offset > _NOTICE:
                ahead |= {each.therapist: (each.session, day) for each in held if each.therapist not in ahead}
        return ahead

    async def _booked(self, number: int, child: UUID, therapist: UUID, kind: UUID, day: date) -> _Booked | None:
        hour = 9 + (number // len(_THERAPISTS)) % 4
        session = scheduling.BookSession(
            patient_id=child, therapist_id=therapist, therapy_type_id=kind, date=day, start_time=f"{hour:02}:00"
        )
        try:
            made = await self.do(session, Role.OPERATOR)
        except Clash:
            return None
        return _Booked(UUID(made["id"]), child, therapist, hour)

    async def _held(self, booked: list[_Booked], day: date, speech: UUID, week: int) -> None:
        """What became of a day's sessions, in the order in which it did. ``speech`` is whose reports count words."""
        fates = {each.session: self.chance.random() for each in booked}
        off = [each for each in booked if fates[each.session] < 0.06]  # noqa: PLR2004
        self.at(day - timedelta(days=1), 18)
        for each in off:
            await self.do(scheduling.CancelSession(reason="Down with a fever"), Role.OPERATOR, session_id=each.session)
        for each in sorted((each for each in booked if each not in off), key=lambda each: each.hour):
            self.at(day, each.hour + 1, 15)
            if fates[each.session] < 0.11:  # noqa: PLR2004
                await self.do(scheduling.MarkNoShow(), Role.OPERATOR, session_id=each.session)
                continue
            answers = office.report(self.chance, each.therapist == speech, week)
            report = progress.SessionReport(answers=answers) if self.chance.random() < 0.4 else None  # noqa: PLR2004
            done = scheduling.CompleteSession(report=report)
            await self.do(done, Role.THERAPIST, each.therapist, session_id=each.session)
            if self.chance.random() < 0.8:  # noqa: PLR2004
                amount = self.chance.choice((Decimal(900), Decimal(1200), Decimal(1500), Decimal(2000)))
                paid = billing.RecordPayment(patient_id=each.child, amount=amount, method=self.chance.choice(_METHODS))
                await self.do(paid, Role.ACCOUNTANT)
