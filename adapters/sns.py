"""SMS through AWS SNS, over boto3."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from adapters.sms import code, international
from application.notices.senders import Accepted, Answer, Busy, Declined, Parcel, Reticent, Unanswered
from domain.notices import Problem

__all__ = ["Sns", "SnsAccount"]

SECONDS: Final = 20.0
LATER: Final = 60.0
SERVER_ERROR, UNAVAILABLE, TOO_MANY = 500, 503, 429
BUSY: Final = frozenset({"Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException"})
DENIED: Final = frozenset({
    "AuthorizationError", "AuthorizationErrorException", "InvalidClientTokenId", "SignatureDoesNotMatch",
    "UnrecognizedClientException", "AccessDenied", "ExpiredToken",
})  # fmt: skip
BLOCKED: Final = frozenset({"OptedOut", "OptedOutException"})
NOT_REACHED: Final = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError, SSLError)
NOT_SET_UP: Final = (NoCredentialsError, PartialCredentialsError, NoRegionError)
_SENDER = re.compile(r"[^A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class SnsAccount:
    """Credentials are found as AWS's tools find them. ``entity_id``: the centre's registration under India's DLT."""

    region: str
    sender: str | None = None
    entity_id: str | None = None
    country_code: str = "91"
    url: str | None = None


class Sns(Reticent):
    """SNS takes no id of ours and lists no messages, so whoever got no answer cannot ask. boto3 would try five times by
    itself; it is told not to, as a second try may be a second SMS."""

    name: Final = "sns"

    def __init__(self, account: SnsAccount, *, seconds: float = SECONDS) -> None:
        self._account = account
        config = Config(
            connect_timeout=seconds / 2, read_timeout=seconds, retries={"total_max_attempts": 1, "mode": "standard"}
        )
        self._client: Any = boto3.client("sns", region_name=account.region, endpoint_url=account.url, config=config)

    async def send(self, parcel: Parcel) -> Answer:
        return await asyncio.to_thread(self._send, parcel)

    async def close(self) -> None:
        await asyncio.to_thread(self._client.close)

    def _send(self, parcel: Parcel) -> Answer:
        told = {"AWS.SNS.SMS.SMSType": "Transactional"}
        if self._account.sender is not None:
            told["AWS.SNS.SMS.SenderID"] = _SENDER.sub("", self._account.sender)[:11]
        if self._account.entity_id is not None and parcel.template_code is not None:
            told["AWS.MM.SMS.EntityId"] = self._account.entity_id
            told["AWS.MM.SMS.TemplateId"] = parcel.template_code
        try:
            answer = self._client.publish(
                PhoneNumber=international(parcel.address, self._account.country_code), Message=parcel.text,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in told.items()
                },
            )  # fmt: skip
        except ClientError as error:
            return _refusal(error)
        except NOT_REACHED:
            return Declined(Problem.NOT_REACHED)
        except NOT_SET_UP as error:
            return Declined(Problem.NOT_SET_UP, type(error).__name__)
        except ParamValidationError:
            return Declined(Problem.REFUSED, "PARAMETERS")
        except (BotoCoreError, ResponseParserError) as error:  # the latter: somebody between us and AWS answered
            return Unanswered(type(error).__name__)
        return Accepted(str(answer["MessageId"])) if answer.get("MessageId") else Unanswered("NO_ID")


def _refusal(error: ClientError) -> Answer:
    told: dict[str, Any] = dict(error.response)
    name = str(told.get("Error", {}).get("Code", ""))
    status = int(told.get("ResponseMetadata", {}).get("HTTPStatusCode", SERVER_ERROR))
    if name in BUSY or status in {TOO_MANY, UNAVAILABLE}:
        return Busy(LATER)
    if status >= SERVER_ERROR:
        return Unanswered(code(name or status))
    if name in DENIED:
        return Declined(Problem.NOT_SET_UP, code(name))
    if name in BLOCKED:
        return Declined(Problem.BLOCKED, code(name))
    if name == "InvalidParameter" and "PhoneNumber" in str(told.get("Error", {}).get("Message", "")):
        return Declined(Problem.BAD_ADDRESS, code(name))
    return Declined(Problem.REFUSED, code(name))
