"""Telling a patient's money from the book itself, not from a read model: what `daybook replay` prints."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from adapters.codec import event_type
from application.base import SYSTEM
from domain.base import Missing
from domain.billing import ledger_id
from domain.billing.postings import ACCOUNTS, entry, postings
from domain.values import ZERO

_EVENTS = """SELECT position, version, topic, class_version, recorded_at, effective_on, actor, document, data
  FROM book.events WHERE tenant_id = %s AND stream_id = %s AND recorded_at <= %s ORDER BY position"""
_KNOWN = "SELECT 1 FROM book.events WHERE tenant_id = %s AND stream_id = %s AND topic LIKE 'patients.%%' LIMIT 1"
_NAMES = """SELECT id, concat_ws(' ', first_name, last_name) FROM reading.users
    WHERE tenant_id = %s AND coalesce(first_name, last_name) IS NOT NULL
  UNION ALL SELECT id, name FROM reading.therapy_types WHERE tenant_id = %s"""
_FOREVER = datetime.max.replace(tzinfo=UTC)


def tell(
    url: str, tenant_id: UUID, patient_id: UUID, as_of: date | None, known_at: datetime | None
) -> list[dict[str, Any]]:
    """The entries of a patient's ledger in the order they count in, each with the balances after it.

    ``as_of`` leaves out what counts later, ``known_at`` what was recorded later. Entries are ``{"effective_on",
    "recorded_at", "position", "kind", "document", "actor", "reason", "concerns", "postings", "receivable", "credit"}``;
    ``credit`` is what the centre holds for the patient. ``url`` connects as a role that may follow every book. Raises
    ``Missing`` if there is no such patient.
    """
    with psycopg.connect(url) as db:
        rows = db.execute(_EVENTS, [tenant_id, ledger_id(patient_id), known_at or _FOREVER]).fetchall()
        if not rows and db.execute(_KNOWN, [tenant_id, patient_id]).fetchone() is None:
            raise Missing("There is no such patient.")
    counting = [row for row in rows if as_of is None or row[5] <= as_of]
    counting.sort(key=lambda row: (row[5], row[0]))
    return list(_told(tenant_id, ledger_id(patient_id), counting))


def names(url: str, tenant_id: UUID) -> dict[UUID, str]:
    """What people call the staff and the therapy types of a centre, by id; whoever was erased is not among them."""
    with psycopg.connect(url) as db:
        return {SYSTEM: "Daybook", **dict(db.execute(_NAMES, [tenant_id, tenant_id]).fetchall())}


def centre_of(url: str, patient_id: UUID) -> UUID:
    """The centre whose patient this is, over a role that may follow every book. Raises ``Missing``."""
    with psycopg.connect(url) as db:
        for (tenant_id,) in db.execute("SELECT tenant_id FROM book.books").fetchall():
            if db.execute(_KNOWN, [tenant_id, patient_id]).fetchone() is not None:
                found: UUID = tenant_id
                return found
    raise Missing("There is no such patient.")


def _told(tenant_id: UUID, stream_id: UUID, rows: list[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    balances: dict[str, Decimal] = dict.fromkeys(ACCOUNTS, ZERO)
    for position, version, topic, class_version, recorded_at, effective_on, actor, document, data in rows:
        # Nothing of a ledger is sealed: amounts and ids outlive the person.
        event = event_type(topic).decode(
            tenant_id, stream_id, version, class_version, effective_on, data, lambda _: None
        )
        posted = entry(event)
        if posted is None:
            continue
        for posting in postings(event):
            balances[posting.account] += posting.amount
        yield {
            "effective_on": effective_on,
            "recorded_at": recorded_at,
            "position": position,
            "kind": str(posted.kind),
            "document": document,
            "actor": actor,
            "reason": getattr(event, "reason", None),
            "concerns": getattr(event, "concerns", None),
            "postings": {f"{p.account}:{p.dimension}" if p.dimension else p.account: p.amount for p in postings(event)},
            "receivable": balances["receivable"],
            "credit": -balances["credit"],
        }
