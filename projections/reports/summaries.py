"""Reports of money: the financial summary, dues by age, credit held, and the cash of each day and person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain.reports import Bucket
from domain.values import ZERO
from projections.base import alike
from projections.billing.balances import balances
from projections.billing.journal import journal
from projections.catalogue import therapy_types
from projections.patients import patients
from projections.query import Data, Reader
from projections.reports.asked import Asked, link, narrowed
from projections.reports.counts import open_charges
from projections.reports.money import (
    BALANCES,
    FLOWS,
    J,
    X,
    balance_sums,
    by,
    flow_sums,
    flows,
    ledger_rows,
    moved_since,
)
from projections.staff import users

__all__ = ["ageing", "cash_close", "credit", "figure", "financial", "names_of", "therapy_names"]


def figure(name: str, value: Any, asked: Asked, **further: Any) -> Data:
    """A value with the address of the events behind it."""
    return {"value": value, "explain": link(name, asked, **further)}


def full_name(table: Any) -> sa.ColumnElement[str | None]:
    return sa.func.nullif(sa.func.concat_ws(" ", table.c.first_name, table.c.last_name), "")


_NAMES = users.select(users.c.id, full_name(users).label("name"))
_THERAPIES = therapy_types.select(therapy_types.c.id, therapy_types.c.name)


async def names_of(db: Reader) -> dict[UUID, str | None]:
    """Everybody who works or worked here."""
    found = await db.all(_NAMES)
    return {row["id"]: row["name"] for row in found}


async def therapy_names(db: Reader) -> dict[UUID, str]:
    found = await db.all(_THERAPIES)
    return {row["id"]: row["name"] for row in found}


async def financial(db: Reader, asked: Asked) -> Data:
    """What was earned, given up, collected and spent in the period, each split; and the balances at its end."""
    [sums] = await flow_sums(db, asked)
    at_end = narrowed(asked, as_of=asked.until)
    [held] = await balance_sums(db, at_end)
    held["deferred"] = await _deferred(db, at_end)
    names = await therapy_names(db)
    result = sums["revenue"] - sums["write-offs"] - sums["expenses"]
    totals = {
        **{name: sums[name] for name in (*FLOWS, "expenses")},
        "result": result,
        "cash-flow": sums["collected"] - sums["expenses"],
    }
    return {
        "figures": {name.replace("-", "_"): figure(name, value, asked) for name, value in totals.items()},
        "balances": {name: figure(name, held[name], at_end) for name in BALANCES},
        "by_therapy_type": [
            {
                "therapy_type_id": row["therapy_type_id"],
                "therapy_type_name": names.get(row["therapy_type_id"]),
                **_told(("income", "fees", "revenue", "write-offs"), row, asked, "therapy_type_id"),
            }
            for row in await db.all(flows(asked, J.therapy_type_id))
            if row["therapy_type_id"] is not None and any(row[n] for n in ("income", "fees", "write-offs"))
        ],
        "by_method": [
            {"method": row["method"], **_told(("taken", "voided", "refunded", "collected"), row, asked, "method")}
            for row in await db.all(flows(asked, J.method).order_by(J.method))
            if row["method"] is not None and any(row[n] for n in ("taken", "voided", "refunded"))
        ],
        "by_category": [
            {
                "category": row["category"],
                "expenses": figure("expenses", row["amount"], asked, category=row["category"]),
            }
            for row in await by(db, asked, X.category)
            if row["amount"]
        ],
        "by_month": await _months(db, asked),
    }


def _told(figures: Iterable[str], row: Data, asked: Asked, *dimensions: str) -> Data:
    place = {name: row[name] for name in dimensions}
    return {name.replace("-", "_"): figure(name, row[name], asked, **place) for name in figures}


async def _deferred(db: Reader, asked: Asked) -> Decimal:
    lines = ledger_rows(BALANCES["deferred"], asked, balance=True).subquery()
    return Decimal(
        await db.scalar(lines.select().with_only_columns(sa.func.coalesce(sa.func.sum(lines.c.amount), ZERO)))
    )


async def _months(db: Reader, asked: Asked) -> list[Data]:
    rows: defaultdict[str, Data] = defaultdict(dict)
    for row in await db.all(flows(asked, *_month(J.effective_on))):
        rows[_named(row)] |= {name: row[name] for name in ("revenue", "collected")}
    for row in await by(db, asked, *_month(X.effective_on)):
        rows[_named(row)]["expenses"] = row["amount"]
    return [
        {"month": name, **{kind: rows[name].get(kind, ZERO) for kind in ("revenue", "collected", "expenses")}}
        for name in sorted(rows)
    ]


def _month(day: Any) -> tuple[Any, Any]:
    return sa.extract("year", day).label("year"), sa.extract("month", day).label("month")


def _named(row: Data) -> str:
    return f"{int(row['year']):04}-{int(row['month']):02}"


async def ageing(db: Reader, asked: Asked) -> Data:
    """Who owes how much for how long: each patient with something open, the most first, and the totals."""
    standing = open_charges(asked).subquery()
    c = standing.c
    sums = []
    for bucket in Bucket:
        earliest, latest = bucket.bounds.due(asked.as_of)
        bounds = [c.due_on >= earliest if earliest else None, c.due_on <= latest if latest else None]
        within = sa.and_(*(bound for bound in bounds if bound is not None))
        sums.append(sa.func.coalesce(sa.func.sum(c.open).filter(within), ZERO).label(bucket.value))
    total = sa.func.sum(c.open).label("outstanding")
    charges = sa.func.count().label("charges")
    oldest = sa.func.min(c.due_on).label("oldest_due_on")
    owed = standing.select().with_only_columns(c.patient_id, *sums, total, charges, oldest).group_by(c.patient_id)
    theirs = owed.subquery()
    named = patients.select(patients.c.id, full_name(patients).label("name")).subquery()
    found = await db.all(
        theirs.select()
        .with_only_columns(theirs, named.c.name.label("patient_name"))
        .select_from(theirs.outerjoin(named, named.c.id == theirs.c.patient_id))
        .order_by(theirs.c.outstanding.desc(), theirs.c.patient_id)
    )
    rows = [
        {
            "patient_id": row["patient_id"],
            "patient_name": row["patient_name"],
            "charges": row["charges"],
            "oldest_due_on": row["oldest_due_on"],
            **_aged(row, asked, patient_id=row["patient_id"]),
        }
        for row in found
    ]
    names = ("outstanding", *Bucket)
    return {"patients": rows, "totals": _aged({n: sum((row[n] for row in found), ZERO) for n in names}, asked)}


def _aged(row: Data, asked: Asked, **whose: Any) -> Data:
    overdue = row["outstanding"] - row[Bucket.NOT_DUE]
    return {
        "outstanding": figure("outstanding", row["outstanding"], asked, **whose),
        "overdue": figure("overdue", overdue, asked, **whose),
        **{
            bucket.value.lower(): figure("outstanding", row[bucket], asked, bucket=bucket, **whose) for bucket in Bucket
        },
    }


async def credit(db: Reader, asked: Asked) -> Data:
    """For whom how much credit rests, the most first, and the total."""
    moved = (
        journal.select(J.patient_id, sa.func.sum(-J.credit).label("credit"))
        .where(moved_since(asked)).group_by(J.patient_id).subquery()
    )  # fmt: skip
    held = balances.c.credit - sa.func.coalesce(moved.c.credit, ZERO)
    found = await db.all(
        balances.select(
            balances.c.patient_id, full_name(patients).label("patient_name"), held.label("credit")
        )
        .select_from(
            balances.table.outerjoin(moved, moved.c.patient_id == balances.c.patient_id)
            .outerjoin(patients.table, alike(patients.c.id, balances.c.patient_id))
        )
        .where(held != 0)
        .order_by(held.desc(), balances.c.patient_id)
    )  # fmt: skip
    rows = [{**row, "credit": figure("credit", row["credit"], asked, patient_id=row["patient_id"])} for row in found]
    return {"patients": rows, "total": figure("credit", sum((row["credit"] for row in found), ZERO), asked)}


_TAKINGS = ("taken", "voided", "refunded", "collected")


async def cash_close(db: Reader, asked: Asked) -> Data:
    """What came in and went out at the desk: by day, person and method, the latest day first, and the totals."""
    counts = [
        sa.func.count().filter(*FLOWS[name].when, FLOWS[name].amount != 0).label(f"{name}_count")
        for name in ("taken", "voided", "refunded")
    ]
    found = await db.all(
        flows(asked, J.effective_on, J.actor, J.method)
        .add_columns(*counts)
        .where(*FLOWS["collected"].when, J.cash != 0)
        .order_by(J.effective_on.desc(), J.actor, J.method)
    )
    names = await names_of(db)
    rows = []
    for row in found:
        place = {"first": row["effective_on"], "last": row["effective_on"], "actor": row["actor"]}
        place["method"] = row["method"]
        rows.append(
            {
                "day": row["effective_on"],
                "operator_id": row["actor"],
                "operator_name": names.get(row["actor"]),
                "method": row["method"],
                **{f"{name}_count": row[f"{name}_count"] for name in ("taken", "voided", "refunded")},
                **{_net(name): figure(name, row[name], asked, **place) for name in _TAKINGS},
            }
        )
    totals: Data = {_net(name): figure(name, sum((row[name] for row in found), ZERO), asked) for name in _TAKINGS}
    totals |= {f"{name}_count": sum(row[f"{name}_count"] for row in found) for name in ("taken", "voided", "refunded")}
    return {"lines": rows, "totals": totals}


def _net(name: str) -> str:
    return "net" if name == "collected" else name
