"""SMS through Twilio, over its own SDK."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from requests.exceptions import ConnectionError as Disconnected
from requests.exceptions import ConnectTimeout, RequestException, SSLError
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from adapters.sms import code, international
from application.notices.senders import (
    ABSENT,
    Absent,
    Accepted,
    Answer,
    Busy,
    Declined,
    Found,
    Parcel,
    Silent,
    Traced,
    Unanswered,
)
from domain.notices import Delivery, Problem

__all__ = ["Twilio", "TwilioAccount"]

SECONDS: Final = 20.0
LATER: Final = 60.0
"""Seconds to wait where Twilio says 'too many' without saying until when."""
EARLIER: Final = timedelta(minutes=2)
"""Clocks differ: messages from so long before a try may be of it."""
MOST_LOOKED_AT: Final = 50
BAD_ADDRESS: Final = frozenset({21211, 21212, 21214, 21217, 21219, 21408, 21421, 21612, 21614, 21635})
BLOCKED: Final = 21610
TOO_MANY, UNAVAILABLE, SERVER_ERROR = 429, 503, 500
DENIED: Final = frozenset({401, 403})
_ARRIVED: Final = {"delivered": Delivery.DELIVERED, "read": Delivery.DELIVERED,
                   "undelivered": Delivery.UNDELIVERED, "failed": Delivery.UNDELIVERED,
                   "canceled": Delivery.UNDELIVERED}  # fmt: skip
_NOT_SENT: Final = frozenset({"failed", "undelivered", "canceled"})


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """``sender`` is a phone number, or a messaging service ('MG…')."""

    sid: str
    token: str = field(repr=False)
    sender: str
    country_code: str = "91"
    url: str | None = None
    """Instead of Twilio's own address."""


class Twilio:
    """Twilio has no idempotency for messages, so no request is ever repeated, and each has a connection of its own: a
    kept one that the other side has closed would leave every message's fate unknown. What became of one that got no
    answer is found by recipient, text and time."""

    name: Final = "twilio"
    askable: Final = True
    traces: Final = True

    def __init__(self, account: TwilioAccount, *, seconds: float = SECONDS) -> None:
        silent = logging.Logger("silent", logging.CRITICAL + 1)  # the SDK's own writes every request's parameters
        http = TwilioHttpClient(pool_connections=False, timeout=seconds, logger=silent)
        self._account = account
        self._client = Client(account.sid, account.token, http_client=http)
        if account.url is not None:
            self._client.api.base_url = account.url

    async def send(self, parcel: Parcel) -> Answer:
        return await asyncio.to_thread(self._send, parcel)

    async def find(self, parcel: Parcel, since: datetime) -> Found | Absent | Silent:
        return await asyncio.to_thread(_or_silent, lambda: self._find(parcel, since))

    async def trace(self, provider_id: str) -> Traced | Silent:
        return await asyncio.to_thread(_or_silent, lambda: self._trace(provider_id))

    async def close(self) -> None:
        """Nothing is kept open."""

    def _send(self, parcel: Parcel) -> Answer:
        sender = self._account.sender
        by = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
        try:
            message = self._client.messages.create(to=self._to(parcel), body=parcel.text, **by)
        except TwilioRestException as error:
            return _refusal(error)
        except (RequestException, TwilioException, ValueError, KeyError) as error:
            return Declined(Problem.NOT_REACHED) if _never_reached(error) else Unanswered(type(error).__name__)
        if message.sid is None:
            return Unanswered("NO_SID")
        if str(message.status) in _NOT_SENT:
            return Declined(Problem.REFUSED, code(message.error_code))
        return Accepted(message.sid)

    def _find(self, parcel: Parcel, since: datetime) -> Found | Absent | Silent:
        """Newest first. Not by the day it was sent: one that still waits at Twilio has none."""
        seen = 0
        for message in self._client.messages.stream(to=self._to(parcel), limit=MOST_LOOKED_AT):
            if message.date_created is not None and message.date_created < since - EARLIER:
                return ABSENT
            # A trial account writes something before each text.
            if message.sid and (message.body or "").strip().endswith(parcel.text.strip()):
                return Found(message.sid)
            seen += 1
        return ABSENT if seen < MOST_LOOKED_AT else Silent()

    def _trace(self, provider_id: str) -> Traced | Silent:
        message = self._client.messages(provider_id).fetch()
        arrived = _ARRIVED.get(str(message.status), Delivery.ACCEPTED)
        return Traced(arrived, code(message.error_code) if arrived is Delivery.UNDELIVERED else None)

    def _to(self, parcel: Parcel) -> str:
        return international(parcel.address, self._account.country_code)


def _or_silent(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except (RequestException, TwilioException, ValueError, KeyError):
        return Silent()


def _refusal(error: TwilioRestException) -> Answer:
    if error.status in {TOO_MANY, UNAVAILABLE}:
        return Busy(LATER)
    if error.status >= SERVER_ERROR:
        return Unanswered(code(error.status))  # it may have been taken before whatever broke
    if error.status in DENIED:
        return Declined(Problem.NOT_SET_UP, code(error.code))
    if error.code in BAD_ADDRESS:
        return Declined(Problem.BAD_ADDRESS, code(error.code))
    return Declined(Problem.BLOCKED if error.code == BLOCKED else Problem.REFUSED, code(error.code or error.status))


def _never_reached(error: Exception) -> bool:
    """Whether it failed before a byte of the request was sent."""
    if isinstance(error, ConnectTimeout | SSLError):
        return True
    if not isinstance(error, Disconnected) or not error.args:
        return False
    cause = error.args[0]
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)
