"""A request as it stands, and the times it proposes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

__all__ = ["Overtaking", "ProposedTime", "RequestStatus", "RescheduleRequest", "Timed"]


class RequestStatus(StrEnum):
    """``CANCELLED``: taken back by who asked. ``OVERTAKEN``: the session itself was moved, begun or called off."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    OVERTAKEN = "OVERTAKEN"


class Overtaking(StrEnum):
    """What happened to the session meanwhile."""

    MOVED = "MOVED"
    STARTED = "STARTED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"


class Timed(Protocol):
    """A session's time, whoever computed it."""

    @property
    def day(self) -> date: ...
    @property
    def start_time(self) -> str: ...
    @property
    def end_time(self) -> str: ...
    @property
    def zone(self) -> str: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class ProposedTime:
    """Local date and wall times ('HH:MM') at the centre, and the instants they meant when it was proposed."""

    day: date
    start_time: str
    end_time: str
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, time: Timed) -> ProposedTime:
        return cls(time.day, time.start_time, time.end_time, time.starts_at, time.ends_at)


@dataclass(frozen=True, slots=True)
class RescheduleRequest:
    """``expires_at`` is the session's start. ``version`` is the stream's after the last event of this request."""

    id: UUID
    therapist_id: UUID
    proposals: tuple[ProposedTime, ...]
    expires_at: datetime
    status: RequestStatus
    version: int

    def has_expired(self, now: datetime) -> bool:
        return self.status is RequestStatus.PENDING and now >= self.expires_at
