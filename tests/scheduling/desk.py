"""A reception desk without a database: the real handlers over streams kept in a dict.

It has a centre in Kolkata, two therapists (Speech 60 minutes at 800.00, the first one's own price 900.00), two
patients and a room. The clock stands at the Sunday before ``MONDAY``, 12:00 UTC, unless a command says otherwise.
"""

from __future__ import annotations

from collections.abc import Awaitable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar, cast
from uuid import UUID

from application.base import HANDLERS, Book, Command, Context, Result
from application.permissions import permit
from domain.availability import Availability, WeeklySlot
from domain.base import Aggregate, derived_id
from domain.billing import PatientLedger, ledger_id
from domain.catalogue import Price, TherapistPricing, TherapyType
from domain.patients import Guardian, Patient
from domain.scheduling import Session
from domain.staff import User
from domain.tenancy import Tenant
from domain.values import Role
from tests.scheduling.sessions import MASSAGE, MONDAY, OTHER, PATIENT, ROOM, SPEECH, THERAPIST

TENANT, SECOND_PATIENT, OFFICE, CLOSED_ROOM = (UUID(int=n) for n in range(50, 54))
SUNDAY_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
A = TypeVar("A", bound=Aggregate)
R = TypeVar("R")


@dataclass
class Desk:
    """``do`` carries a command out or lets its refusal through; refused, it leaves no trace."""

    streams: dict[UUID, Aggregate] = field(default_factory=dict)
    now: datetime = SUNDAY_NOON
    decided: list[Any] = field(default_factory=list)
    """Every event of the commands carried out, in order."""
    ids: Any = field(default_factory=lambda: map(UUID, (f"{n:032x}" for n in count(10_000))))

    def __post_init__(self) -> None:
        tenant = self.load(Tenant, TENANT)
        tenant.open(name="Sunrise", slug="sunrise")
        tenant.add_room(ROOM, "Blue")
        tenant.add_room(CLOSED_ROOM, "Attic")
        tenant.close_room(CLOSED_ROOM)
        for number, therapist in enumerate((THERAPIST, OTHER)):
            user = self.load(User, therapist)
            user.register(
                email=f"t{number}@sunrise.example", first_name="Thea", last_name="Pist", role=Role.THERAPIST
            )  # fmt: skip
            hours = self.load(Availability, derived_id(therapist, "availability"))
            for day in range(7):
                hours.offer_slot(therapist, UUID(int=900 + day), WeeklySlot(day, "09:00", "17:00"))
        self.load(User, OFFICE).register(
            email="office@sunrise.example", first_name="Olga", last_name="Office", role=Role.OPERATOR
        )
        for kind, name in ((SPEECH, "Speech"), (MASSAGE, "Massage")):
            self.load(TherapyType, kind).add(name=name, default_duration=60, default_cost=Decimal("800.00"))
        pricing = self.load(TherapistPricing, derived_id(THERAPIST, "pricing"))
        pricing.set_price(THERAPIST, UUID(int=800), SPEECH, Price(Decimal("900.00"), 45))
        for patient in (PATIENT, SECOND_PATIENT):
            self.load(Patient, patient).register(
                first_name="Kiran", last_name="Das", date_of_birth=date(2018, 4, 2),
                guardian=Guardian("Meera Das", "+919800000001"), today=date(2026, 1, 1),
            )  # fmt: skip
        for stream in self.streams.values():
            stream.pending_events.clear()

    def load(self, kind: type[A], stream_id: UUID) -> A:
        stream = self.streams.setdefault(stream_id, kind.blank(stream_id))
        assert isinstance(stream, kind)
        return stream

    def do(
        self, command: Command, *, role: Role = Role.WORKSPACE_ADMIN, actor: UUID = OFFICE, now: datetime | None = None,
        if_match: int | None = None, **path: UUID,
    ) -> Any:  # fmt: skip
        handling = HANDLERS[type(command)]
        context = Context(
            TENANT, actor, role, now or self.now, UUID(int=0), lambda: next(self.ids), if_match=if_match,
            scope=permit(role, handling.may),
        )  # fmt: skip
        book = DeskBook(self, context)
        result: Result = finished(handling.handler(command.model_copy(update=path), context, cast(Book, book)))
        for aggregate in book.loaded.values():
            if aggregate.pending_events:
                assert aggregate.version - len(aggregate.pending_events) == book.versions[aggregate.id]
                self.streams[aggregate.id] = aggregate
                self.decided += aggregate.pending_events
                aggregate.pending_events.clear()
        return result

    def session(self, session_id: UUID) -> Session:
        return self.load(Session, session_id)

    def ledger(self, patient: UUID = PATIENT) -> PatientLedger:
        return self.load(PatientLedger, ledger_id(patient))


class DeskBook:
    """One command's copies: what is refused is thrown away with them."""

    def __init__(self, desk: Desk, context: Context) -> None:
        self.desk = desk
        self.context = context
        self.loaded: dict[UUID, Any] = {}
        self.versions: dict[UUID, int] = {}
        self.tenant = desk.load(Tenant, TENANT)
        self.today = self.tenant.today(context.now)

    async def load(self, kind: type[A], stream_id: UUID) -> A:
        if stream_id not in self.loaded:
            stored = self.desk.streams.get(stream_id) or kind.blank(stream_id)
            assert isinstance(stored, kind)
            self.loaded[stream_id] = deepcopy(stored)
            self.loaded[stream_id].pending_events.clear()  # a test arranged something by hand
            self.versions[stream_id] = stored.version
        aggregate: A = self.loaded[stream_id]
        return aggregate

    async def load_all(self, *wanted: tuple[type[Aggregate], UUID]) -> list[Any]:
        return [await self.load(kind, stream_id) for kind, stream_id in wanted]

    async def read(self, kind: type[A], stream_id: UUID) -> A:
        return await self.load(kind, stream_id)

    def new(self, kind: type[A], stream_id: UUID) -> A:
        assert stream_id not in self.desk.streams
        return finished(self.load(kind, stream_id))


def finished(answer: Awaitable[R]) -> R:
    """The result of a coroutine that never really waits."""
    try:
        next(answer.__await__())
    except StopIteration as done:
        result: R = done.value
        return result
    raise AssertionError("It waits for something")


def on(start: str, day: date = MONDAY) -> dict[str, Any]:
    return {"date": day, "start_time": start}


WEEK_LATER = MONDAY + timedelta(days=7)
