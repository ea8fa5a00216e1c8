"""Every figure by its name, and the events behind it: their contributions sum to what the reports show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from domain.scheduling import SessionStatus
from projections.expenses.records import Wanted
from projections.query import BadSort, Data, Paging, Reader
from projections.reports.asked import Asked
from projections.reports.counts import due_rows, session_rows
from projections.reports.hour_facts import HourSpan
from projections.reports.hours import hours_of
from projections.reports.money import (
    BALANCES,
    FLOWS,
    Flow,
    J,
    held_rows,
    ledger_rows,
    listed_rows,
    moved_rows,
    spending_rows,
)

__all__ = ["AVAILABLE", "BOOKED", "CONCLUDED", "FIGURES", "Figure", "Unit", "explained", "listed_expenses"]

CONCLUDED = (SessionStatus.COMPLETED, SessionStatus.NO_SHOW)
"""What a no-show rate is a share of: sessions that took place, or should have."""
BOOKED = tuple(status for status in SessionStatus if status is not SessionStatus.CANCELLED)
"""What takes a therapist's time: a cancelled session gives it back, a no-show does not."""
AVAILABLE = "available-minutes"


class Unit(StrEnum):
    MONEY = "MONEY"
    SESSIONS = "SESSIONS"
    MINUTES = "MINUTES"


Rows = Callable[[Asked], Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """``rows`` are the lines of its explanation. ``narrows`` names what of ``Asked`` it can be narrowed down by."""

    name: str
    means: str
    unit: Unit
    rows: Rows
    narrows: frozenset[str] = frozenset()
    of_period: bool = True
    """Whether it is of a period; otherwise a balance as of a day."""


def _result(asked: Asked) -> sa.CompoundSelect[Any]:
    return sa.union_all(ledger_rows(Flow(-(J.income + J.fees + J.write_offs)), asked), spending_rows(asked, sign=-1))


def _cash_flow(asked: Asked) -> sa.CompoundSelect[Any]:
    return sa.union_all(ledger_rows(FLOWS["collected"], asked), spending_rows(asked, sign=-1))


def _owed(asked: Asked) -> sa.Select[Any]:
    return ledger_rows(Flow(J.receivable + J.credit), asked, balance=True)  # credit is a liability: below zero


def _flow(name: str, means: str, *narrows: str) -> Figure:
    return Figure(name, means, Unit.MONEY, lambda asked: ledger_rows(FLOWS[name], asked), frozenset(narrows))


def _moved(name: str, means: str) -> Figure:
    return Figure(name, means, Unit.MONEY, lambda asked: moved_rows(asked, name), frozenset({"method"}))


def _balance(name: str, means: str) -> Figure:
    def rows(asked: Asked) -> sa.Select[Any]:
        return ledger_rows(BALANCES[name], asked, balance=True)

    return Figure(name, means, Unit.MONEY, rows, frozenset({"patient_id"}), of_period=False)


def _due(name: str, means: str, *narrows: str, overdue: bool) -> Figure:
    def rows(asked: Asked) -> sa.Select[Any]:
        return due_rows(asked, overdue=overdue)

    return Figure(name, means, Unit.MONEY, rows, frozenset({"patient_id", *narrows}), of_period=False)


_PEOPLE = frozenset({"therapist_id", "therapy_type_id"})
_CASH = ("actor", "method")
_LISTED = (
    _flow("revenue", "Revenue earned: sessions that took place, and fees", "therapy_type_id"),
    _flow("income", "Income from sessions that took place", "therapy_type_id"),
    _flow("fees", "Fees for late cancellations and no-shows", "therapy_type_id"),
    _flow("write-offs", "What was given up", "therapy_type_id"),
    _flow("collected", "Money that came in, less what was voided and refunded", *_CASH),
    _flow("taken", "Payments taken", *_CASH),
    _flow("voided", "Payments voided", *_CASH),
    _flow("refunded", "Money handed back", *_CASH),
    _flow("brought-forward", "Credit from before the centre used Daybook"),
    Figure("expenses", "Money spent", Unit.MONEY, spending_rows, frozenset({"category", "method"})),
    Figure("result", "Revenue less write-offs and expenses", Unit.MONEY, _result),
    Figure("cash-flow", "Money collected less money spent", Unit.MONEY, _cash_flow, frozenset({"method"})),
    _moved("money-in", "Money that came in, as a till counts it"),
    _moved("money-out", "Money that went out, as a till counts it"),
    Figure("money-in-hand", "What is in hand", Unit.MONEY, held_rows, frozenset({"method"}), of_period=False),
    _balance("receivable", "What patients owe, due or not"),
    Figure(
        "balance", "What patients owe, less the credit held for them", Unit.MONEY, _owed, frozenset({"patient_id"}),
        of_period=False,
    ),
    _balance("credit", "Credit held for patients"),
    _balance("deferred", "Charged, and not earned yet"),
    _due("outstanding", "Open charges", "bucket", overdue=False),
    _due("overdue", "Open charges past their due date", overdue=True),
    Figure("sessions", "Sessions, by their state", Unit.SESSIONS, session_rows, _PEOPLE | {"status"}),
    Figure(
        "concluded-sessions", "Sessions that took place or should have", Unit.SESSIONS,
        lambda asked: session_rows(asked, among=CONCLUDED), _PEOPLE,
    ),
    Figure(
        "booked-minutes", "Minutes of sessions that were not cancelled", Unit.MINUTES,
        lambda asked: session_rows(asked, minutes=True, among=BOOKED), _PEOPLE,
    ),
    Figure(
        AVAILABLE, "Minutes therapists offered, less leave and holidays", Unit.MINUTES, lambda _: None,
        frozenset({"therapist_id"}),
    ),
)  # fmt: skip
FIGURES: dict[str, Figure] = {figure.name: figure for figure in _LISTED}


def listed_expenses(wanted: Wanted) -> Figure:
    """The sum of a list of expenses."""
    means = "Expenses that the list finds and that stand"
    return Figure("listed-expenses", means, Unit.MONEY, lambda _: listed_rows(wanted), of_period=False)


async def explained(db: Reader, figure: Figure, asked: Asked, paging: Paging, zone: ZoneInfo) -> Data:
    """A page of the events behind a figure, oldest first, with its ``value``. An event that contributes nothing in the
    end is left out."""
    if figure.name == AVAILABLE:
        found = await _available(db, asked, paging, zone)
    else:
        found = await _listed(db, figure, asked, paging)
    return {"figure": figure.name, "means": figure.means, "unit": figure.unit, **found}


async def _listed(db: Reader, figure: Figure, asked: Asked, paging: Paging) -> Data:
    lines = figure.rows(asked).subquery()
    c = lines.c
    named = (c.position, c.type, c.stream_id, c.recorded_at, c.actor, c.document)
    amount, day = sa.func.sum(c.amount), sa.func.max(c.effective_on).label("effective_on")
    # One event may settle several charges, or take back on one day and spend on another: one line all the same.
    events = (
        lines.select()
        .with_only_columns(*named, day, amount.label("amount"))
        .group_by(*named)
        .having(amount != 0)
        .subquery()
    )
    total = await db.scalar(lines.select().with_only_columns(sa.func.coalesce(amount, 0)))
    sortable = {
        "amount": events.c.amount, "effectiveOn": events.c.effective_on, "type": events.c.type,
        "position": events.c.position,
    }  # fmt: skip
    page = await db.page(events.select(), paging, sortable, "position")
    for line in page["data"]:
        line["amount"] = _told(line["amount"], figure.unit)
    return {"value": _told(total, figure.unit), **page}


async def _available(db: Reader, asked: Asked, paging: Paging, zone: ZoneInfo) -> Data:
    hours = await hours_of(db, zone, asked.therapist_id)
    behind = _in_order(hours.contributions(asked.period, asked.therapist_id), paging.sort or "position")
    start = (paging.page - 1) * paging.page_size
    data = [
        {
            "position": span.position,
            "type": span.type,
            "stream_id": span.stream_id,
            "effective_on": span.effective_on,
            "recorded_at": span.recorded_at,
            "actor": span.actor,
            "document": None,
            "amount": str(minutes),
        }
        for span, minutes in behind[start : start + paging.page_size]
    ]
    value = str(sum(minutes for _, minutes in behind))
    return {"value": value, "data": data, "page": paging.page, "page_size": paging.page_size, "total": len(behind)}


def _told(amount: Any, unit: Unit) -> str:
    return f"{amount:.2f}" if unit is Unit.MONEY else str(int(amount))


def _in_order(lines: list[tuple[HourSpan, int]], sort: str) -> list[tuple[HourSpan, int]]:
    """Sorted as ``Reader.page`` would, by fields of the explanation; what stands first counts most."""
    keys: dict[str, Callable[[tuple[HourSpan, int]], Any]] = {
        "amount": lambda line: line[1],
        "effectiveOn": lambda line: line[0].effective_on,
        "type": lambda line: line[0].type,
        "position": lambda line: line[0].position,
    }
    for part in reversed(sort.split(",")):
        name = part.strip()
        if name.removeprefix("-") not in keys:
            raise BadSort(f"Sort by one of: {', '.join(keys)}", field="sort")
        lines.sort(key=keys[name.removeprefix("-")], reverse=name.startswith("-"))
    return lines
