"""Which provider sends SMS, read from the environment and checked before anything starts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.settings import BadSettings

if TYPE_CHECKING:
    from adapters.msg91 import Msg91Account
    from adapters.sns import SnsAccount
    from adapters.twilio import TwilioAccount

__all__ = ["ConsoleFolder", "read_sms"]

PROVIDERS = ("console", "twilio", "msg91", "sns")


@dataclass(frozen=True, slots=True)
class ConsoleFolder:
    path: Path


def read_sms(environ: Mapping[str, str], outbox: Path) -> TwilioAccount | Msg91Account | SnsAccount | ConsoleFolder:
    """``SMS_PROVIDER`` and what it needs. Raises ``BadSettings``."""
    provider = environ.get("SMS_PROVIDER") or "console"
    country = environ.get("SMS_COUNTRY_CODE") or "91"
    if not re.fullmatch(r"[1-9][0-9]{0,2}", country):
        raise BadSettings("SMS_COUNTRY_CODE must be one to three digits, such as 91")
    if provider == "console":
        return ConsoleFolder(outbox)
    if provider == "twilio":
        from adapters.twilio import TwilioAccount  # noqa: PLC0415 - its SDK is large, and only one provider is used

        sender = _wanted(environ, "TWILIO_PHONE_NUMBER")
        if not re.fullmatch(r"\+[1-9][0-9]{6,14}|MG[0-9a-fA-F]{32}|[A-Za-z0-9 ]{1,11}", sender):
            raise BadSettings("TWILIO_PHONE_NUMBER must be a number such as +15005550006, or a messaging service (MG…)")
        return TwilioAccount(
            _wanted(environ, "TWILIO_ACCOUNT_SID"), _wanted(environ, "TWILIO_AUTH_TOKEN"), sender, country,
            _url(environ, "TWILIO_API_URL"),
        )  # fmt: skip
    if provider == "msg91":
        from adapters.msg91 import URL, Msg91Account  # noqa: PLC0415

        return Msg91Account(
            _wanted(environ, "MSG91_AUTH_KEY"), environ.get("MSG91_SENDER_ID") or None, country,
            _url(environ, "MSG91_API_URL") or URL,
        )  # fmt: skip
    if provider == "sns":
        from adapters.sns import SnsAccount  # noqa: PLC0415

        return SnsAccount(
            _wanted(environ, "AWS_REGION"), environ.get("SNS_SENDER_ID") or None,
            environ.get("SNS_DLT_ENTITY_ID") or None, country, _url(environ, "SNS_ENDPOINT_URL"),
        )  # fmt: skip
    raise BadSettings(f"SMS_PROVIDER must be one of {', '.join(PROVIDERS)}")


def _wanted(environ: Mapping[str, str], name: str) -> str:
    if value := environ.get(name):
        return value
    raise BadSettings(f"{name} is not set")


def _url(environ: Mapping[str, str], name: str) -> str | None:
    url = environ.get(name) or None
    if url is not None and not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", url):
        raise BadSettings(f"{name} must be an address such as https://api.example, without a path")
    return url
