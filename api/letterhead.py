"""What documents that leave the centre have in common: its name and address, and how dates are written for people."""

from __future__ import annotations

from datetime import date
from typing import Any

__all__ = ["letterhead", "long_date"]

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def letterhead(centre: dict[str, Any]) -> dict[str, Any]:
    """``centre`` of a document, from the centre's row: its name as it is registered, and whatever else is known."""
    lines = (centre.get("address") or "").splitlines()
    reached = " · ".join(filter(None, (centre.get("phone"), centre.get("email"))))
    numbers = [
        f"{label} {centre[name]}"
        for label, name in (("Registration", "registration_number"), ("Tax number", "tax_number"))
        if centre.get(name)
    ]
    named = centre.get("legal_name") or centre["name"]
    return {"name": named, "lines": [line for line in (*lines, reached, " · ".join(numbers)) if line.strip()]}


def long_date(day: date) -> str:
    """'2 November 2026', whatever the machine's language."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
