"""Aggregates, events and refusals: what every feature of the domain is made of.

Built on ``eventsourcing.domain``: its metaclasses make events frozen dataclasses and bind ``@event`` mutators.
Two departures, both deliberate:

* An aggregate starts *blank*, at version 0, instead of being made by a special "created" event. A patient's
  ledger or a therapist's day has no moment of creation; its first event is an ordinary one, and "does it exist"
  is the rule ``version > 0``.
* Events carry no timestamp of their own. When something was recorded is a fact of the book (``Recorded``), set
  from the caller's clock, so no rule here can read the machine's time.
"""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, Self
from uuid import NAMESPACE_OID, UUID, uuid5

from eventsourcing.domain import BaseAggregate, CanMutateAggregate, MetaDomainEvent, event

__all__ = [
    "CLINICAL", "NIL", "PERSONAL", "Accounted", "AccountedEvent", "Aggregate", "Clash", "ClinicalText", "Forbidden",
    "Invalid", "Missing", "PeriodClosed", "PersonalText", "Recorded", "Refused", "derived_id", "event",
]  # fmt: skip

NIL = UUID(int=0)

PERSONAL = "personal"
"""Marks an event field that is sealed with the subject's own key before it is stored (see ``Event.SUBJECT``)."""
CLINICAL = "clinical"
"""Marks a personal field that only clinical roles may read; accountants and auditors see it redacted."""

PersonalText = Annotated[str | None, PERSONAL]
"""Text about a person. ``None`` also after that person's key was destroyed (erasure)."""
ClinicalText = Annotated[str | None, PERSONAL, CLINICAL]


def derived_id(owner: UUID, *parts: object) -> UUID:
    """A stream id that anyone who knows the owner can compute: ``derived_id(therapist, "availability")``."""
    return uuid5(NAMESPACE_OID, ":".join([owner.hex, *map(str, parts)]))


class Refused(Exception):
    """A rule said no. ``code`` is stable and part of the API; ``details`` is JSON-ready."""

    code: ClassVar[str] = "REFUSED"

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message or (type(self).__doc__ or self.code).strip().splitlines()[0])
        self.details = details


class Missing(Refused):
    """There is no such record."""

    code = "NOT_FOUND"


class Clash(Refused):
    """The request conflicts with what is recorded."""

    code = "CONFLICT"


class Forbidden(Refused):
    """Your role does not allow this."""

    code = "FORBIDDEN"


class Invalid(Refused):
    """The request breaks a rule about its own values. Name the field: ``Invalid("…", field="amount")``."""

    code = "VALIDATION_ERROR"


class Recorded(NamedTuple):
    """What the book knows about a stored event, beside its own facts.

    ``position`` counts from 1 without gaps within the tenant. ``effective_on`` is the date the event counts for in
    the accounts; ``recorded_at`` (UTC) is when the book learnt it. ``document`` is a receipt number, if one was drawn.
    A named tuple because a rebuild makes one for each of millions of events.
    """

    tenant_id: UUID
    position: int
    stream_id: UUID
    version: int
    topic: str
    recorded_at: datetime
    effective_on: date
    actor: UUID
    correlation: UUID
    document: str | None = None


class Event(CanMutateAggregate[UUID], metaclass=MetaDomainEvent):
    """A decision, in the past tense. Subclasses are nested in their aggregate and set a ``TOPIC``.

    ``class_version`` and ``upcast_vN_vM(state)`` follow the library's convention for events whose shape changed.
    """

    SUBJECT: ClassVar[str] = "originator_id"
    """The field naming the person whose key seals this event's personal fields."""
    SUBJECT_BEFORE: ClassVar[str | None] = None
    """What ``SUBJECT`` was in earlier versions of the event, which lack the field that it names now."""
    ERASES: ClassVar[str | None] = None
    """The field naming the person whose key this event destroys: in the append that stores it, and nowhere else."""
    DOCUMENT: ClassVar[str | None] = None
    """The numbered series ("RECEIPT") this event draws its number from, if any."""
    class_version: ClassVar[int] = 1

    originator_id: UUID = dataclasses.field(kw_only=True, default=NIL)
    originator_version: int = dataclasses.field(kw_only=True, default=0)
    effective_on: date | None = dataclasses.field(kw_only=True, default=None)

    if TYPE_CHECKING:

        def __init__(self, **facts: Any) -> None: ...

    def mutate(self, aggregate: Any) -> Any:
        """Evolve ``aggregate`` by one step. Unlike the library's, it does not track a time of modification."""
        if self.originator_id != aggregate.id or self.originator_version != aggregate.version + 1:
            raise ValueError(
                f"{type(self).__name__} v{self.originator_version} of {self.originator_id} does not follow "
                f"v{aggregate.version} of {aggregate.id}"
            )
        self.apply(aggregate)
        aggregate.version = self.originator_version
        return aggregate


class Aggregate(BaseAggregate[UUID]):
    """A consistency boundary: loads by folding its stream, changes by deciding new events."""

    Event = Event

    @classmethod
    def blank(cls, id: UUID) -> Self:
        aggregate = cls.__new__(cls)
        aggregate._id = id
        aggregate._version = 0
        aggregate._pending_events = []
        aggregate.begin()
        return aggregate

    def begin(self) -> None:
        """Set the state of a stream without events."""

    @property
    def exists(self) -> bool:
        return self.version > 0

    def decide(self, event_class: type[Any], *, on: date | None = None, **facts: Any) -> None:
        """Record a decision: construct the event, evolve by it, keep it for saving.

        ``on`` is the effective date; without one the event counts for the tenant's day it is recorded on.
        """
        decided = event_class(originator_id=self.id, originator_version=self.version + 1, effective_on=on, **facts)
        decided.mutate(self)
        self.pending_events.append(decided)


class PeriodClosed(Clash):
    """The books are closed for that day. Book it as an adjustment of the prior period, or have the period reopened."""

    code = "PERIOD_CLOSED"


class AccountedEvent(Event):
    """An entry of the accounts. ``concerns`` is set on a prior-period adjustment: the day it is about, which was closed
    when it was booked; it counts for ``effective_on``, the first day that was open."""

    class_version: ClassVar[int] = 2
    concerns: date | None = dataclasses.field(kw_only=True, default=None)

    if TYPE_CHECKING:
        effective_on: date

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["concerns"] = None  # before periods could be closed there was nothing to adjust


class Accounted(Aggregate):
    """An aggregate whose events are entries of the accounts, and so keep out of closed periods."""

    if TYPE_CHECKING:  # an annotation alone would make it a field of the library's dataclasses
        open_from: date | None
        """The first day that entries may count for; ``None``: any. The book sets it when it loads the aggregate."""
    else:
        open_from = None

    def keep_out_of(self, closed_through: date | None) -> None:
        """Nothing counts for a day up to this one any more; ``None``: no day is closed."""
        self.open_from = None if closed_through is None else closed_through + timedelta(days=1)

    def decide(self, event_class: type[Any], *, on: date | None = None, **facts: Any) -> None:
        """As ever, but what would count for a closed day counts for the first open one, marked with the day it
        concerns. Dates move together and none overtakes another, so what builds on an entry still comes after it."""
        if on is not None and self.is_closed(on):
            facts.setdefault("concerns", on)
            on = self.open_from
        super().decide(event_class, on=on, **facts)

    def is_closed(self, on: date) -> bool:
        return self.open_from is not None and on < self.open_from

    def must_be_open(self, on: date) -> None:
        """Refuse an entry that somebody dates into a closed period. Raises ``PeriodClosed``."""
        if self.open_from is not None and on < self.open_from:
            raise PeriodClosed(open_from=self.open_from.isoformat())
