"""What notices say: texts with placeholders, and filling them in.

A placeholder is a name in braces. Only the names that a kind of notice has are known, and each stands for plain text:
no attributes, no formats, nothing that could look into anything. What is filled in is never read again for more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from domain import text
from domain.base import Invalid
from domain.values import Channel, NoticeKind

__all__ = [
    "BUILT_IN",
    "PLACEHOLDERS",
    "SAMPLES",
    "BadTemplate",
    "Segments",
    "Wording",
    "built_in",
    "render",
    "segments",
]

LONGEST_SMS = 640
LONGEST_SUBJECT = 150
LONGEST_EMAIL = 5_000
LONGEST_CODE = 64
_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")

_FAMILY = frozenset({"patient", "guardian", "centre", "phone"})
_SESSION = _FAMILY | {"when", "date", "time", "therapist", "service"}
_REQUEST = frozenset({"centre", "name", "patient", "therapist", "when"})
PLACEHOLDERS: Mapping[NoticeKind, frozenset[str]] = {
    NoticeKind.SESSION_BOOKED: _SESSION,
    NoticeKind.SESSION_RESCHEDULED: _SESSION,
    NoticeKind.SESSION_CANCELLED: _SESSION,
    NoticeKind.SESSION_REMINDER: _SESSION,
    NoticeKind.RESCHEDULE_REQUESTED: _REQUEST,
    NoticeKind.RESCHEDULE_DECIDED: _REQUEST | {"decision"},
    NoticeKind.PAYMENT_RECEIPT: _FAMILY | {"amount", "receipt", "date"},
    NoticeKind.DUES_REMINDER: _FAMILY | {"amount", "month"},
    NoticeKind.TEST: frozenset({"centre"}),
}
"""What each kind can say. ``when`` is date and time, of several sessions those of the first and how many more."""

SAMPLES: Mapping[str, str] = {
    "patient": "Maya", "guardian": "Dev Rao", "centre": "Sunrise Therapy Centre", "phone": "+912040000001",
    "when": "Tue 3 Nov 2026, 10:00", "date": "Tue 3 Nov 2026", "time": "10:00", "therapist": "Asha Kulkarni",
    "service": "Speech therapy", "name": "Ravi", "decision": "approved", "amount": "INR 1250.00",
    "receipt": "2026-27/000042", "month": "November 2026",
}  # fmt: skip
"""For previews."""


class BadTemplate(Invalid):
    """A text names a placeholder that there is not, or has braces that are none."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What one kind of notice says in one language. ``code`` is what the provider of SMS knows the text by (in India
    each is registered under DLT); a provider that wants one is sent that and the values instead of the text."""

    sms: str
    subject: str
    email: str
    code: str | None = None

    def checked(self, kind: NoticeKind) -> Wording:
        """Cleaned. Raises ``Invalid`` naming the field."""
        code = text.optional(self.code)
        if code is not None and _CODE.fullmatch(code.strip()) is None:
            raise Invalid("Letters, digits, hyphens and underscores.", field="smsTemplateCode")
        clean = Wording(
            text.paragraph(self.sms, "smsText", LONGEST_SMS),
            text.line(self.subject, "emailSubject", LONGEST_SUBJECT),
            text.paragraph(self.email, "emailText", LONGEST_EMAIL),
            None if code is None else code.strip(),
        )
        for value, field in ((clean.sms, "smsText"), (clean.subject, "emailSubject"), (clean.email, "emailText")):
            _check(value, PLACEHOLDERS[kind], field)
        return clean

    def text_for(self, channel: Channel) -> str:
        return self.sms if channel is Channel.SMS else self.email


@dataclass(frozen=True, slots=True)
class Segments:
    """An SMS is paid for by segment: 160 characters, 70 if any of them is outside the GSM alphabet; each of several
    holds a little less."""

    characters: int
    segments: int
    unicode: bool


_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")


def segments(sms: str) -> Segments:
    if set(sms) <= _GSM | _GSM_TWICE:
        length = sum(2 if character in _GSM_TWICE else 1 for character in sms)
        one, many, wide = 160, 153, False
    else:
        length = len(sms.encode("utf-16-le")) // 2
        one, many, wide = 70, 67, True
    return Segments(length, 1 if length <= one else -(-length // many), wide)


def render(template: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled in, in one pass: a name with braces in it stays as it is. A placeholder
    without a value is left out."""
    return _PLACEHOLDER.sub(lambda found: _plain(values.get(found[1], "")), template)


def _plain(value: str) -> str:
    """On one line: a value is not to add lines, and so seeming senders or links, to a message."""
    return " ".join("".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in value).split())


def _check(template: str, known: frozenset[str], field: str) -> None:
    names = set(_PLACEHOLDER.findall(template))
    rest = _PLACEHOLDER.sub("", template)
    if "{" in rest or "}" in rest or not names <= known:
        allowed = ", ".join(f"{{{name}}}" for name in sorted(known))
        raise BadTemplate(f"Placeholders here are: {allowed}.", field=field)


def built_in(kind: NoticeKind, language: str) -> Wording | None:
    """What Daybook itself says, in a language it has: 'hi-IN' is found as 'hi'."""
    return BUILT_IN.get((kind, language)) or BUILT_IN.get((kind, language.partition("-")[0]))


_SIGNED = "\n\n{centre}\n{phone}\n"
K = NoticeKind
BUILT_IN: Mapping[tuple[NoticeKind, str], Wording] = {
    (K.SESSION_BOOKED, "en"): Wording(
        "{centre}: {patient}'s session is booked for {when}.",
        "{patient}'s session on {date}",
        "Dear {guardian},\n\n{patient}'s session is booked for {when}, with {therapist}." + _SIGNED,
    ),
    (K.SESSION_RESCHEDULED, "en"): Wording(
        "{centre}: {patient}'s session has moved to {when}.",
        "{patient}'s session has moved to {date}",
        "Dear {guardian},\n\n{patient}'s session has moved. It is now on {when}, with {therapist}." + _SIGNED,
    ),
    (K.SESSION_CANCELLED, "en"): Wording(
        "{centre}: {patient}'s session on {when} is cancelled.",
        "{patient}'s session on {date} is cancelled",
        "Dear {guardian},\n\n{patient}'s session on {when} is cancelled. Call us for another time." + _SIGNED,
    ),
    (K.SESSION_REMINDER, "en"): Wording(
        "{centre}: a reminder of {patient}'s session on {when}.",
        "Reminder: {patient}'s session on {date}",
        "Dear {guardian},\n\nthis is a reminder of {patient}'s session on {when}, with {therapist}." + _SIGNED,
    ),
    (K.RESCHEDULE_REQUESTED, "en"): Wording(
        "{centre}: {therapist} asks to move a session on {when}.",
        "{therapist} asks to move a session",
        "Hello {name},\n\n{therapist} asks to move the session of {patient} on {when}. "
        "Please approve or reject the request in Daybook.\n",
    ),
    (K.RESCHEDULE_DECIDED, "en"): Wording(
        "{centre}: your request was {decision}. The session is on {when}.",
        "Your request was {decision}",
        "Hello {name},\n\nyour request to move the session of {patient} was {decision}. It is on {when}.\n",
    ),
    (K.PAYMENT_RECEIPT, "en"): Wording(
        "{centre}: we received {amount} for {patient}. Receipt {receipt}. Thank you.",
        "Receipt {receipt}",
        "Dear {guardian},\n\nwe received {amount} for {patient} on {date}. Your receipt is {receipt}. Thank you."
        + _SIGNED,
    ),
    (K.DUES_REMINDER, "en"): Wording(
        "Dear {guardian}, {amount} is due for {patient} at {centre}. Please contact us to settle it. Thank you!",
        "{amount} is due at {centre}",
        "Dear {guardian},\n\nthis is a reminder that {amount} is due for {patient}. "
        "Please contact us to settle it. Thank you!" + _SIGNED,
    ),
    (K.TEST, "en"): Wording(
        "{centre}: this is a test. Notices by SMS work.",
        "A test from {centre}",
        "This is a test. Notices by e-mail work.\n\n{centre}\n",
    ),
    (K.SESSION_BOOKED, "hi"): Wording(
        "{centre}: {patient} का सत्र {when} के लिए बुक हो गया है।",
        "{patient} का सत्र: {date}",
        "प्रिय {guardian},\n\n{patient} का सत्र {when} के लिए {therapist} के साथ बुक हो गया है।" + _SIGNED,
    ),
    (K.SESSION_RESCHEDULED, "hi"): Wording(
        "{centre}: {patient} का सत्र अब {when} को होगा।",
        "{patient} का सत्र अब {date} को होगा",
        "प्रिय {guardian},\n\n{patient} के सत्र का समय बदल गया है। अब यह {when} को {therapist} के साथ होगा।" + _SIGNED,
    ),
    (K.SESSION_CANCELLED, "hi"): Wording(
        "{centre}: {patient} का {when} का सत्र रद्द हो गया है।",
        "{patient} का {date} का सत्र रद्द",
        "प्रिय {guardian},\n\n{patient} का {when} का सत्र रद्द हो गया है। नए समय के लिए हमें फ़ोन करें।" + _SIGNED,
    ),
    (K.SESSION_REMINDER, "hi"): Wording(
        "{centre}: याद दिलाना है कि {patient} का सत्र {when} को है।",
        "याद दिलाना: {patient} का सत्र {date} को",
        "प्रिय {guardian},\n\nयाद दिलाना है कि {patient} का सत्र {when} को {therapist} के साथ है।" + _SIGNED,
    ),
    (K.PAYMENT_RECEIPT, "hi"): Wording(
        "{centre}: {patient} के लिए {amount} प्राप्त हुए। रसीद {receipt}। धन्यवाद।",
        "रसीद {receipt}",
        "प्रिय {guardian},\n\n{date} को {patient} के लिए {amount} प्राप्त हुए। आपकी रसीद {receipt} है। धन्यवाद।" + _SIGNED,
    ),
    (K.DUES_REMINDER, "hi"): Wording(
        "प्रिय {guardian}, {centre} में {patient} के लिए {amount} देय है। कृपया हमसे संपर्क करें। धन्यवाद!",
        "{centre} में {amount} देय",
        "प्रिय {guardian},\n\nयाद दिलाना है कि {patient} के लिए {amount} देय है। कृपया हमसे संपर्क करें। धन्यवाद!" + _SIGNED,
    ),
}
"""English has every kind but what is written by hand; Hindi all that families are told."""
