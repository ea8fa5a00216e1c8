"""The words of notices: how one stands, why one was held back, dropped or failed, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.base import Clash, Missing, derived_id
from domain.values import Channel, NoticeKind

__all__ = [
    "ASK_AFTER",
    "LEASE",
    "MOST_BUSY",
    "RETRIES",
    "RETRY_PAUSE",
    "About",
    "Composed",
    "Delivery",
    "Drop",
    "Held",
    "LeaseLost",
    "NotDue",
    "NotSendable",
    "NotUnknown",
    "NoticeStatus",
    "Problem",
    "UnknownNotice",
    "Written",
    "notice_id",
]  # fmt: skip

RETRIES = 3
"""A failed notice is tried again at most so often."""
RETRY_PAUSE = timedelta(hours=1)
LEASE = timedelta(minutes=2)
"""How long whoever claimed a notice has to say what came of it. No provider is waited for nearly as long."""
ASK_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 1440))
"""When the provider is asked what became of a notice, counted from the end of the try, then from each asking."""
MOST_BUSY = 20
"""So often a provider may say 'later' before that counts as a failed try."""


class NoticeStatus(StrEnum):
    """PENDING → SENDING → SENT, or UNKNOWN until the provider is asked, or RETRYING (a try failed, another follows) and
    at last FAILED. DROPPED: it was not to be sent any more, and says why."""

    PENDING = "PENDING"
    SENDING = "SENDING"
    RETRYING = "RETRYING"
    SENT = "SENT"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    DROPPED = "DROPPED"


class Todo(StrEnum):
    """What somebody has to do about a notice when its time comes."""

    SEND = "SEND"
    GIVE_UP_WAITING = "GIVE_UP_WAITING"
    """Whoever claimed it should have said by then what came of it."""
    ASK = "ASK"
    """Ask the provider whether it took it."""
    TRACE = "TRACE"
    """Ask the provider whether it arrived."""


class Drop(StrEnum):
    """Why a notice was not sent after all."""

    SWITCHED_OFF = "SWITCHED_OFF"
    """The centre does not send this kind by this channel any more."""
    SESSION_CANCELLED = "SESSION_CANCELLED"
    SESSION_MOVED = "SESSION_MOVED"
    SESSION_OVER = "SESSION_OVER"
    """It has begun, or its time has passed."""
    REQUEST_CLOSED = "REQUEST_CLOSED"
    """Nobody has to decide on the reschedule request any more."""
    PAYMENT_VOIDED = "PAYMENT_VOIDED"
    NOTHING_DUE = "NOTHING_DUE"
    TOO_LATE = "TOO_LATE"
    """The month it was about is over."""
    OPTED_OUT = "OPTED_OUT"
    NO_ADDRESS = "NO_ADDRESS"
    ERASED = "ERASED"
    LEFT = "LEFT"
    """They do not work here any more, or do other work now."""
    WITHDRAWN = "WITHDRAWN"
    """Somebody took it back."""


class Held(StrEnum):
    """Why a notice goes out later than it could have."""

    QUIET_HOURS = "QUIET_HOURS"
    PROVIDER_BUSY = "PROVIDER_BUSY"


class Problem(StrEnum):
    """What came between."""

    BAD_ADDRESS = "BAD_ADDRESS"
    """The provider says that nobody can be reached there. Time does not heal that."""
    BLOCKED = "BLOCKED"
    """The recipient told the provider to be left alone."""
    REFUSED = "REFUSED"
    """The provider did not take it, for a reason of its own."""
    NOT_SET_UP = "NOT_SET_UP"
    """No provider is set up for this channel, or it does not know us."""
    BUSY = "BUSY"
    NOT_REACHED = "NOT_REACHED"
    """The provider was not reached: nothing was handed over."""
    NO_ANSWER = "NO_ANSWER"
    """It was handed over, and no answer came."""
    LOST = "LOST"
    """Whoever was sending it ended before they said what came of it."""
    NOT_THERE = "NOT_THERE"
    """The provider was asked, and knows nothing of it."""


class Delivery(StrEnum):
    """What the provider said of a notice it took."""

    ACCEPTED = "ACCEPTED"
    DELIVERED = "DELIVERED"
    UNDELIVERED = "UNDELIVERED"


@dataclass(frozen=True, slots=True)
class About:
    """What a notice tells of. ``starts_at`` is the session's start as it is told, ``month`` is 'YYYY-MM'."""

    session_id: UUID | None = None
    starts_at: datetime | None = None
    request_id: UUID | None = None
    payment_id: UUID | None = None
    receipt_number: str | None = None
    month: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What a person gave: where to, and the words."""

    address: str | None = None
    subject: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    """A notice as it goes out. ``subject`` is an e-mail's. ``template_code`` is what the provider knows the text by,
    ``values`` (JSON: placeholder → text) what it fills in then. ``tells_of`` is the patient whom it names, if it goes
    to somebody else than their family."""

    address: str
    text: str
    subject: str | None = None
    language: str = "en"
    template_code: str | None = None
    values: str = "{}"
    tells_of: UUID | None = None


class UnknownNotice(Missing):
    """There is no such notice."""


class NotDue(Clash):
    """This notice is not to be sent now: it was sent or dropped, is being sent, or waits for its time."""

    code = "NOTICE_NOT_DUE"


class LeaseLost(Clash):
    """Somebody else is in charge of this notice by now."""

    code = "LEASE_LOST"


class NotSendable(Clash):
    """In this state the notice cannot be sent again or taken back."""

    code = "NOTICE_STATUS"


class NotUnknown(Clash):
    """What became of this notice is known, or being found out."""

    code = "NOTICE_STATUS"


def notice_id(person_id: UUID, kind: NoticeKind, occasion: str, channel: Channel) -> UUID:
    """The id of the one notice that tells this person of this occasion by this channel. A notice that is asked for
    twice is therefore one, whoever asks and however often."""
    return derived_id(person_id, "notice", kind, occasion, channel)
