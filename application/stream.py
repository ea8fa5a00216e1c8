"""What is announced to those who listen to a centre's events: of which record, and to whom.

An announcement is ids and a position, never what happened in words or amounts: whoever hears it asks for the record
again, and is answered what they may see. Which permission it takes to hear of an event is the one it takes to read the
record.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from application.base import Context
from application.permissions import PERMISSIONS, Scope
from domain.values import Role

__all__ = [
    "INTERNAL", "Announcement", "Listener", "Owners", "Receive", "Resource", "Send", "Stay", "Streams", "announced",
    "hears", "resource_of",
]  # fmt: skip

STREAM = "originator"


class Resource(NamedTuple):
    """``kind`` is the record's as the API names it, ``may`` what it takes to read it, ``id`` the fact of the event that
    is its id there. ``whose`` decides in OWN scope: by the fact that names a person ("therapist_id"), or by what the
    read models know now: who gives the session or series, who treats the patient. ``None``: everybody with ``may``."""

    kind: str
    may: str
    id: str = STREAM
    whose: str | None = None


_REQUEST = Resource("reschedule-request", "reschedule-requests:read", "request_id", "therapist_id")
_ROOM = Resource("room", "tenants:read", "room_id")
_HOLIDAY = Resource("holiday", "tenants:read")
_TEMPLATE = Resource("notification-template", "notifications:read")
_PREFERENCES = Resource("notification-preferences", "patients:read", "patient_id", "patient")

OF_AGGREGATE: dict[str, Resource] = {
    "tenancy": Resource("tenant", "tenants:read"),
    "staff": Resource("user", "users:read", STREAM, STREAM),
    "catalogue": Resource("therapy-type", "therapy-types:read"),
    "availability": Resource("availability", "availability:read", "therapist_id", "therapist_id"),
    "patients": Resource("patient", "patients:read", STREAM, "patient"),
    "billing": Resource("ledger", "payments:read", "patient_id", "patient"),
    "scheduling": Resource("session", "sessions:read", STREAM, "session"),
    "expenses": Resource("expense", "expenses:read"),
    "accounting": Resource("balance-assertion", "ledger:read"),
    "series": Resource("series", "sessions:read", STREAM, "series"),
    "progress": Resource("progress-report", "progress-reports:read", STREAM, "patient"),
    "notices": Resource("notification", "notifications:read"),
    "rebuilding": Resource("operations", "projections:read"),
}
"""By the first word of a stored type."""
OF_TYPE: dict[str, Resource] = {
    "catalogue.PriceSet": Resource("pricing", "pricing:read", "therapist_id", "therapist_id"),
    "catalogue.PriceRemoved": Resource("pricing", "pricing:read", "therapist_id", "therapist_id"),
    "progress.TemplateWritten": Resource("progress-template", "therapy-types:read", "therapy_type_id"),
    "notices.TemplateWritten": _TEMPLATE,
    "notices.TemplateWithdrawn": _TEMPLATE,
    "notices.OptedOut": _PREFERENCES,
    "notices.OptedIn": _PREFERENCES,
    **{f"tenancy.Room{what}": _ROOM for what in ("Added", "Renamed", "Closed", "Reopened")},
    **{f"tenancy.Holiday{what}": _HOLIDAY for what in ("Declared", "Withdrawn")},
    **{
        f"scheduling.Reschedule{what}": _REQUEST
        for what in ("Requested", "Approved", "Rejected", "Withdrawn", "Expired", "Overtaken")
    },
}
"""Where that word says too little."""
INTERNAL = frozenset({"scheduling.SlotReserved", "scheduling.SlotReleased"})
"""Not announced: no record of the API is made of these alone; what they follow from is announced."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who listens to a centre's announcements. ``own``: in OWN scope they hear of what is theirs."""

    tenant_id: UUID
    user_id: UUID
    role: Role
    signed_in_at: datetime
    expires_at: datetime | None
    own: bool


Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Stay = Callable[[Receive, Send], Awaitable[None]]
"""Answers an ASGI request, for as long as it takes."""


class Streams(Protocol):
    """Announcements as server-sent events, after a position of the book or from now on (``None``)."""

    async def missed(self, context: Context, listener: Listener, after: int | None) -> bytes:
        """What has been announced since, and nothing more."""

    async def listen(self, context: Context, listener: Listener, after: int | None) -> Stay:
        """That, and what is announced from then on. Raises TooMany for whoever has too many streams open already, and
        a refusal (503) when this process has."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event, as it is told. ``people`` are the facts of it that say whose the record is."""

    position: int
    type: str
    stream_id: UUID
    version: int
    resource: Resource
    id: UUID
    people: Mapping[str, UUID]

    def told(self) -> dict[str, Any]:
        """What a listener is sent (JSON in camelCase)."""
        return {
            "position": self.position, "type": self.type, "resource": self.resource.kind, "id": str(self.id),
            "streamId": str(self.stream_id), "version": self.version,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose the records of some announcements are as the read models stand: therapists by patient, session, series."""

    treating: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)
    giving: Mapping[UUID, UUID] = field(default_factory=dict)
    running: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)


_PEOPLE = ("therapist_id", "previous_therapist_id", "patient_id")


def resource_of(topic: str) -> Resource | None:
    """What an event of this stored type is announced as; ``None`` if it is not announced."""
    if topic in INTERNAL:
        return None
    return OF_TYPE.get(topic) or OF_AGGREGATE.get(topic.partition(".")[0])


def announced(
    position: int, topic: str, stream_id: UUID, version: int, facts: Mapping[str, Any]
) -> Announcement | None:
    """``facts`` are the stored ones, still sealed where they are personal; only ids of them are looked at."""
    resource = resource_of(topic)
    if resource is None:
        return None
    try:
        record = stream_id if resource.id == STREAM else UUID(facts[resource.id])
        people = {name: UUID(facts[name]) for name in _PEOPLE if facts.get(name)}
    except (KeyError, ValueError, TypeError, AttributeError):
        return None  # no release of ours wrote this: nobody could be shown what it is about
    return Announcement(position, topic, stream_id, version, resource, record, people)


def hears(role: Role, user_id: UUID, of: Announcement, owners: Owners) -> bool:
    """Whether somebody of this role is told: they may read the record as things stand now. Of a session that was given
    to a colleague whoever gave it away hears that, and nothing after it."""
    scope = PERMISSIONS[of.resource.may].get(role)
    if scope is not Scope.OWN or of.resource.whose is None:
        return scope is not None
    match of.resource.whose:
        case "session":
            given_away = of.people.get("previous_therapist_id"), of.people.get("therapist_id")
            return user_id == owners.giving.get(of.stream_id) or (user_id == given_away[0] != given_away[1])
        case "series":
            return user_id in owners.running.get(of.stream_id, frozenset())
        case "patient":
            patient = of.people.get("patient_id", of.stream_id)
            return user_id in owners.treating.get(patient, frozenset())
        case "originator":
            return user_id == of.stream_id
        case name:
            return user_id == of.people.get(name)
