"""Figures of money, from the journals of the patients' ledgers and of spending. Each is defined once: its sum in a
report and the list that explains it are the same rows."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from domain.billing import ChargeKind, EntryKind, PatientLedger
from domain.values import ZERO, PaymentMethod
from projections.billing.balances import balances
from projections.billing.journal import journal
from projections.expenses.entries import expense_entries
from projections.expenses.records import Wanted, expenses, standing
from projections.query import Data, Reader
from projections.reports.asked import FIRST_DAY, LAST_DAY, Asked, MadeOnce, narrowed

__all__ = [
    "BALANCES",
    "FLOWS",
    "balance_sums",
    "by",
    "flow_sums",
    "flows",
    "held_rows",
    "ledger_rows",
    "listed_rows",
    "moved_rows",
    "moved_since",
    "spending_rows",
]

J, X = journal.c, expense_entries.c
AT_THE_DESK = J.method != PaymentMethod.OPENING
"""Credit brought over from before was never received."""
_NOTHING = sa.literal(ZERO, sa.Numeric(14, 2))
_TOPICS: dict[EntryKind, Any] = {
    EntryKind.REVERSAL: PatientLedger.ChargeReversed,
    EntryKind.EARNED: PatientLedger.IncomeEarned,
    EntryKind.WRITE_OFF: PatientLedger.ChargeWrittenOff,
    EntryKind.PAYMENT: PatientLedger.PaymentRecorded,
    EntryKind.OPENING: PatientLedger.CreditBroughtForward,
    EntryKind.CREDIT_APPLIED: PatientLedger.CreditApplied,
    EntryKind.VOID: PatientLedger.PaymentVoided,
    EntryKind.REFUND: PatientLedger.PaymentRefunded,
}
_TYPE = sa.case(
    (
        (J.kind == EntryKind.CHARGE) & (J.charge_kind != ChargeKind.SESSION),
        sa.literal(PatientLedger.FeeCharged.TOPIC),
    ),
    (J.kind == EntryKind.CHARGE, sa.literal(PatientLedger.SessionCharged.TOPIC)),
    *((J.kind == kind, sa.literal(event.TOPIC)) for kind, event in _TOPICS.items()),
)


class Flow(NamedTuple):
    """What an entry of a ledger contributes to a figure, and to which it contributes at all."""

    amount: sa.ColumnElement[Any]
    when: tuple[sa.ColumnElement[bool], ...] = ()


FLOWS: dict[str, Flow] = {
    "income": Flow(-J.income),
    "fees": Flow(-J.fees),
    "revenue": Flow(-(J.income + J.fees)),
    "write-offs": Flow(J.write_offs),
    "collected": Flow(J.cash, (AT_THE_DESK,)),
    "taken": Flow(J.cash, (AT_THE_DESK, J.kind == EntryKind.PAYMENT)),
    "voided": Flow(-J.cash, (AT_THE_DESK, J.kind == EntryKind.VOID)),
    "refunded": Flow(-J.cash, (J.kind == EntryKind.REFUND,)),
    "brought-forward": Flow(J.cash, (J.method == PaymentMethod.OPENING,)),
}
"""Of a period. Money that came in by ``collected`` is ``taken`` less ``voided`` and ``refunded``."""
MOVED = {"money-in": Flow(J.cash, (AT_THE_DESK, J.cash > 0)), "money-out": Flow(-J.cash, (AT_THE_DESK, J.cash < 0))}
"""As a till or a bank counts it: with what was spent, and what was taken back of that."""
BALANCES: dict[str, Flow] = {
    "receivable": Flow(J.receivable),
    "credit": Flow(-J.credit),
    "deferred": Flow(-J.deferred),
}
"""As of a day: what patients owe, what rests for them, and what is charged and not yet earned."""


def _of_ledgers(asked: Asked, *, balance: bool) -> list[sa.ColumnElement[bool]]:
    days = J.effective_on <= asked.as_of if balance else J.effective_on.between(asked.first, asked.until)
    narrowing = [
        column == value
        for column, value in (
            (J.therapy_type_id, asked.therapy_type_id), (J.method, asked.method), (J.patient_id, asked.patient_id),
            (J.actor, asked.actor),
        )
        if value is not None
    ]  # fmt: skip
    return [days, *asked.known(J.recorded_at), *narrowing]


def ledger_rows(flow: Flow, asked: Asked, *, balance: bool = False) -> sa.Select[Any]:
    """The entries that contribute to a figure, as lines of an explanation."""
    return journal.select(
        J.position, _TYPE.label("type"), J.ledger_id.label("stream_id"), J.effective_on, J.recorded_at, J.actor,
        J.document, flow.amount.label("amount"),
    ).where(*_of_ledgers(asked, balance=balance), *flow.when)  # fmt: skip


def spending_rows(asked: Asked, *when: sa.ColumnElement[bool], sign: int = 1) -> sa.Select[Any]:
    """The entries of spending in the period, as lines of an explanation; ``when``: not all of them."""
    return expense_entries.select(
        X.position, X.type, X.expense_id.label("stream_id"), X.effective_on, X.recorded_at, X.actor, X.document,
        (X.amount * sign).label("amount"),
    ).where(*_of_spending(asked), *when)  # fmt: skip


def listed_rows(wanted: Wanted) -> sa.Select[Any]:
    """The entries of the expenses that a list finds and that stand, whenever they count."""
    ever = Asked(FIRST_DAY, LAST_DAY, LAST_DAY)
    return spending_rows(ever, X.expense_id.in_(standing(wanted, expenses.c.id)))


def moved_rows(asked: Asked, name: str) -> sa.CompoundSelect[Any]:
    """The entries behind a figure of ``MOVED``."""
    sign, spent = (-1, X.amount < 0) if name == "money-in" else (1, X.amount > 0)
    return sa.union_all(ledger_rows(MOVED[name], asked), spending_rows(asked, spent, sign=sign))


def held_rows(asked: Asked) -> sa.CompoundSelect[Any]:
    """Every movement of money up to a day."""
    ever = narrowed(asked, first=FIRST_DAY, last=asked.as_of)
    return sa.union_all(ledger_rows(FLOWS["collected"], ever), spending_rows(ever, sign=-1))


def _of_spending(asked: Asked) -> list[sa.ColumnElement[bool]]:
    narrowing = [
        column == value
        for column, value in ((X.category, asked.category), (X.method, asked.method))
        if value is not None
    ]
    return [X.effective_on.between(asked.first, asked.until), *asked.known(X.recorded_at), *narrowing]


def _summed(flow: Flow) -> sa.ColumnElement[Any]:
    total = sa.func.sum(flow.amount)
    return sa.func.coalesce(total.filter(sa.and_(*flow.when)) if flow.when else total, _NOTHING)


def flows(asked: Asked, *dimensions: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """All figures of ``FLOWS`` at once, by these columns of the journal."""
    sums = (_summed(flow).label(name) for name, flow in FLOWS.items())
    found = journal.select(*dimensions, *sums).where(*_of_ledgers(asked, balance=False))
    return found.group_by(*dimensions) if dimensions else found


@MadeOnce
def _flow_sums(asked: Asked) -> sa.Select[Any]:
    spent = expense_entries.select(sa.func.coalesce(sa.func.sum(X.amount), _NOTHING)).where(*_of_spending(asked))
    return flows(asked).add_columns(spent.scalar_subquery().label("expenses"))


async def flow_sums(db: Reader, *asked: Asked) -> list[Data]:
    """Every figure of ``FLOWS``, and ``expenses``, of each period."""
    return [sums for [sums] in await _flow_sums.of_each(db, *asked)]


async def by(db: Reader, asked: Asked, *dimensions: sa.ColumnElement[Any]) -> list[Data]:
    """What was spent in the period, by these columns."""
    amount = sa.func.sum(X.amount).label("amount")
    found = expense_entries.select(*dimensions, amount).where(*_of_spending(asked))
    return await db.all(found.group_by(*dimensions).order_by(*dimensions))


def moved_since(asked: Asked) -> sa.ColumnElement[bool]:
    """Entries that do not count as of that day: a balance of the past is today's less these."""
    later: sa.ColumnElement[bool] = J.effective_on > asked.as_of
    return later if asked.known_at is None else sa.or_(later, J.recorded_at > asked.known_at)


@MadeOnce
def _balance_sums(asked: Asked) -> sa.Select[Any]:
    names = ("receivable", "credit")
    now = balances.select(
        *(sa.func.coalesce(sa.func.sum(balances.c[name]), _NOTHING).label(name) for name in names)
    ).subquery()
    since = (
        journal.select(*(_summed(BALANCES[name]).label(name) for name in names)).where(moved_since(asked)).subquery()
    )
    net = [(now.c[name] - since.c[name]).label(name) for name in names]
    return now.select().with_only_columns(*net).select_from(now.join(since, sa.true()))


async def balance_sums(db: Reader, *asked: Asked) -> list[Data]:
    """``receivable`` and ``credit`` of all patients as of each day: the present balances, and back from there."""
    return [sums for [sums] in await _balance_sums.of_each(db, *asked)]
