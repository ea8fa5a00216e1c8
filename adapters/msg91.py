"""SMS through MSG91. India registers each text (DLT): a template's id and its values are sent, not the text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from adapters.sms import code, international
from application.notices.senders import Accepted, Answer, Busy, Declined, Parcel, Reticent, Unanswered
from domain.notices import Problem

__all__ = ["Msg91", "Msg91Account"]

SECONDS: Final = 20.0
LATER: Final = 60.0
URL: Final = "https://control.msg91.com"
TOO_MANY, UNAVAILABLE, SERVER_ERROR, CLIENT_ERROR = 429, 503, 500, 400
DENIED: Final = frozenset({401, 403})
RESERVED: Final = frozenset({"mobiles"})


@dataclass(frozen=True, slots=True)
class Msg91Account:
    """``sender`` is the six letters that recipients see, if the template does not say them."""

    key: str = field(repr=False)
    sender: str | None = None
    country_code: str = "91"
    url: str = URL


class Msg91(Reticent):
    """Its API of flows. It takes no id of ours and lists no messages, so whoever got no answer cannot ask."""

    name: Final = "msg91"

    def __init__(self, account: Msg91Account, *, seconds: float = SECONDS) -> None:
        self._account = account
        # Connections are not kept: one that the other side has closed would leave a message's fate unknown.
        self._client = httpx.AsyncClient(
            base_url=account.url, timeout=seconds, headers={"authkey": account.key}, trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )  # fmt: skip

    async def send(self, parcel: Parcel) -> Answer:
        if parcel.template_code is None:
            return Declined(Problem.NOT_SET_UP, "NO_TEMPLATE")
        to = international(parcel.address, self._account.country_code).removeprefix("+")
        values = {name: text for name, text in parcel.values.items() if name not in RESERVED}
        body: dict[str, Any] = {"template_id": parcel.template_code, "recipients": [{**values, "mobiles": to}]}
        if self._account.sender is not None:
            body["sender"] = self._account.sender
        try:
            answer = await self._client.post("/api/v5/flow", json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Declined(Problem.NOT_REACHED)
        except httpx.HTTPError as error:
            return Unanswered(type(error).__name__)
        return _read(answer)

    async def close(self) -> None:
        await self._client.aclose()


def _read(answer: httpx.Response) -> Answer:
    status = answer.status_code
    if status in {TOO_MANY, UNAVAILABLE}:
        after = answer.headers.get("retry-after", "")
        return Busy(float(after) if after.isdecimal() else LATER)
    if status >= SERVER_ERROR:
        return Unanswered(code(status))
    if status in DENIED:
        return Declined(Problem.NOT_SET_UP, code(status))
    try:
        told = answer.json()
        kind, number = told["type"], told.get("code")
        message = told["message"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return Declined(Problem.REFUSED, code(status)) if status >= CLIENT_ERROR else Unanswered("UNREADABLE")
    if kind == "success" and status < CLIENT_ERROR:
        return Accepted(str(message)[:64])
    return Declined(Problem.REFUSED, code(number or status))
