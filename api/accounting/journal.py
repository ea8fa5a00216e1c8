"""The journal as text that streams: read from the read models, written for another program. The command line uses it,
too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from application.accounting import JournalFormat, journal_writer
from domain.accounting import income_account
from domain.base import Missing
from projections import catalogue, tenancy
from projections.accounting import transactions
from projections.accounting.transactions import Extent, Open
from projections.query import Reader

__all__ = ["Asked", "ask", "written"]

AT_ONCE = 64 * 1024
"""Characters that are sent at once, about."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A journal that can be written: how far it reaches, and what it says of itself."""

    extent: Extent
    title: str
    currency: str
    timezone: str
    notes: Mapping[str, str]
    """What accounts are about: therapy types by name."""
    claimed: Mapping[str, Decimal]


async def ask(db: Reader, as_of: date | None, known_at: datetime | None) -> Asked:
    """Raises ``Missing`` if there is no such centre (yet)."""
    centre = await tenancy.get(db, db.tenant_id)
    if centre is None:
        raise Missing
    reach = await transactions.extent(db, as_of, known_at)
    titles = [centre["name"]]
    titles += [f"as of {as_of}"] if as_of else []
    titles += [f"as known at {known_at.isoformat()}"] if known_at else []
    return Asked(
        reach, ", ".join([*titles, f"book position {reach.position}"]), centre["currency"], centre["timezone"],
        {income_account(id_): name for id_, name in (await catalogue.names(db)).items()},
        await transactions.claimed(db, reach),
    )  # fmt: skip


async def written(open_: Open, asked: Asked, form: JournalFormat, today: date) -> AsyncIterator[bytes]:
    """The journal, part by part. It ends with our balances on ``asOf`` or, without one, on the last day that anything
    counts for (today, if that is later)."""
    writer = journal_writer(form, asked.currency, asked.notes)
    parts, length, last = [writer.begin(asked.title)], 0, asked.extent.as_of or today
    async for entry in transactions.transactions(open_, asked.extent):
        last = max(last, entry.on)
        parts.append(writer.entry(entry))
        length += len(parts[-1])
        if length > AT_ONCE:
            yield "".join(parts).encode()
            parts, length = [], 0
    parts.append(writer.end(asked.claimed, last))
    yield "".join(parts).encode()
