"""What the providers of SMS share: phone numbers as they want them, and which library errors mean 'never reached'."""

from __future__ import annotations

import logging
import re

__all__ = ["QUIET", "code", "international", "keep_libraries_quiet"]

QUIET = ("twilio", "twilio.http_client", "urllib3", "requests", "botocore", "boto3", "httpx", "httpcore", "mail.log")
"""Loggers of libraries that write addresses, phone numbers or whole requests at INFO or DEBUG."""
NATIONAL = 10
_NOT_A_CODE = re.compile(r"[^A-Za-z0-9_.:-]")


def international(phone: str, country_code: str) -> str:
    """A number in E.164: '+919876543210'. One of ten digits is of this country (``"91"``)."""
    if phone.startswith("+"):
        return phone
    return f"+{country_code}{phone}" if len(phone) == NATIONAL else f"+{phone}"


def code(value: object) -> str | None:
    """A provider's own code as it is kept: short, letters and digits. Its texts are not: they quote the recipient."""
    text = _NOT_A_CODE.sub("", str(value or ""))[:64]
    return text or None


def keep_libraries_quiet() -> None:
    """Whatever the level of our own log is."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
