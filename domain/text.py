"""Reading text that people typed: names, notes, phone numbers, e-mail addresses, dates and wall times.

Every function returns the clean value or raises ``Invalid`` naming the field. Clean means: Unicode NFC, no
control characters, no lone surrogates (PostgreSQL and JSON refuse them), no direction overrides (they make
one name look like another), outer white space removed, length bounded in characters.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from domain.base import Invalid
from domain.values import unprintable

__all__ = [
    "BadText", "email", "iso_date", "line", "minutes_of", "optional", "paragraph", "phone", "wall_time",
]  # fmt: skip

LONGEST_LINE = 100
LONGEST_PARAGRAPH = 10_000
LONGEST_EMAIL = 254
LONGEST_LOCAL_PART = 64

DIRECTION_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Joiners (U+200C, U+200D) are category Cf too and belong to Devanagari and Malayalam spelling: they stay.
INVISIBLE = frozenset({"Cf", "Zs", "Mn", "Cc"})

PHONE = re.compile(r"\+?[1-9][0-9]{9,14}")
EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
)
WALL_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")


class BadText(Invalid):
    """The text cannot be used here."""


def line(value: str, field: str, longest: int = LONGEST_LINE) -> str:
    """One line that shows something, 1 to ``longest`` characters."""
    return _clean(value, field, longest, allowed="")


def paragraph(value: str, field: str, longest: int = LONGEST_PARAGRAPH) -> str:
    """Several lines; tabs and line feeds stay, other line ends become line feeds."""
    return _clean(value.replace("\r\n", "\n").replace("\r", "\n"), field, longest, allowed="\n\t")


def optional(value: str | None) -> str | None:
    """Nothing typed (``None``, or blanks only) is ``None``; a form sends empty fields as empty text."""
    return None if value is None or not value.strip() else value


def phone(value: str, field: str) -> str:
    """A phone number as ``+`` and 10 to 15 ASCII digits, the first not zero; the ``+`` may be missing."""
    value = line(value, field)
    if PHONE.fullmatch(value) is None:
        raise BadText("A phone number is 10 to 15 digits, with an optional + before them.", field=field)
    return value


def email(value: str, field: str) -> str:
    """An e-mail address in ASCII, lower-cased, so that two spellings of one mailbox compare equal."""
    value = line(value, field, LONGEST_EMAIL).lower()
    if EMAIL.fullmatch(value) is None or value.index("@") > LONGEST_LOCAL_PART:
        raise BadText("This is not an e-mail address.", field=field)
    return value


def wall_time(value: str, field: str) -> str:
    """A time of day as 'HH:MM', '00:00' to '24:00', the end of the day, where an interval may end."""
    if WALL_TIME.fullmatch(value) is None:
        raise BadText("A time of day is written HH:MM, from 00:00 to 24:00.", field=field)
    return value


def minutes_of(wall: str) -> int:
    """Minutes since midnight of a checked wall time: '09:30' is 570, '24:00' is 1440."""
    return int(wall[:2]) * 60 + int(wall[3:])


def iso_date(value: str | None) -> date | None:
    """A stored personal date back as a date; ``None`` after erasure. Not for input: the store is trusted."""
    return None if value is None else date.fromisoformat(value)


def _clean(value: str, field: str, longest: int, allowed: str) -> str:
    # Length first: a hostile megabyte is not worth normalising. NFC never more than triples a text.
    if len(value) > 3 * longest:
        raise BadText(f"At most {longest} characters.", field=field)
    for character in value:
        if character not in allowed and (unprintable(character) or character in DIRECTION_CONTROLS):
            raise BadText("Control characters are not allowed.", field=field)
    value = unicodedata.normalize("NFC", value).strip()
    if all(unicodedata.category(character) in INVISIBLE for character in value):
        raise BadText("This cannot be empty.", field=field)
    if len(value) > longest:
        raise BadText(f"At most {longest} characters.", field=field)
    return value
