"""Figures of sessions and of dues: states as of a day, from the facts' own columns where nothing has changed since,
and from the changes in the row where something has."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from domain.scheduling import SessionStatus
from projections.reports.asked import Asked
from projections.reports.due_facts import due_facts
from projections.reports.session_facts import session_facts

__all__ = ["due_rows", "open_charges", "session_rows", "states"]

S, D = session_facts.c, due_facts.c
ID = pg.UUID(as_uuid=True)
INSTANT = sa.DateTime(timezone=True)


def _moves(changes: sa.ColumnElement[Any], **columns: sa.types.TypeEngine[Any]) -> Any:
    """The changes of a row as rows of their own, beside it."""
    common: dict[str, Any] = {
        "version": sa.BigInteger(), "position": sa.BigInteger(), "type": sa.Text(), "effective_on": sa.Date(),
        "recorded_at": INSTANT, "actor": ID,
    }  # fmt: skip
    listed = [sa.column(name, kind) for name, kind in {**common, **columns}.items()]
    return sa.func.jsonb_to_recordset(changes).table_valued(*listed, name="m").render_derived(with_types=True).lateral()


def _counted(move: Any, asked: Asked) -> list[sa.ColumnElement[bool]]:
    return [move.effective_on <= asked.as_of, *asked.known(move.recorded_at)]


def _changed_since(c: Any, asked: Asked) -> sa.ColumnElement[bool]:
    later: sa.ColumnElement[bool] = c.moved_on > asked.as_of
    return later if asked.known_at is None else sa.or_(later, c.recorded_at > asked.known_at)


def states(asked: Asked) -> sa.CompoundSelect[Any]:
    """Each session of the period with its state as of the day: ``id``, ``therapy_type_id``, ``minutes``, and the
    columns of the change that made it so."""
    fixed = [S.id, S.therapy_type_id, S.minutes]
    shown = ("position", "type", "effective_on", "recorded_at", "actor", "day", "therapist_id", "status")
    unchanged = session_facts.select(*fixed, *(S[name] for name in shown)).where(
        S.day.between(asked.first, asked.last), sa.not_(_changed_since(S, asked))
    )
    m = _moves(S.moves, day=sa.Date(), therapist_id=ID, status=sa.Text())
    last = (
        session_facts.select(*fixed, *(m.c[name] for name in shown))
        .join(m, sa.true())
        .where(S.first_day <= asked.last, S.last_day >= asked.first, _changed_since(S, asked), *_counted(m.c, asked))
        .ext(pg.distinct_on(S.id))
        .order_by(S.id, m.c.version.desc())
        .subquery()
    )
    changed = last.select().where(last.c.day.between(asked.first, asked.last))
    return sa.union_all(unchanged, changed)


def session_rows(
    asked: Asked, *, minutes: bool = False, among: tuple[SessionStatus, ...] = tuple(SessionStatus)
) -> sa.Select[Any]:
    """The last change of each session that counts, contributing 1 or its minutes, as lines of an explanation."""
    state = states(asked).subquery()
    c = state.c
    narrowing = [
        column == value
        for column, value in (
            (c.therapist_id, asked.therapist_id), (c.therapy_type_id, asked.therapy_type_id), (c.status, asked.status),
        )
        if value is not None
    ]  # fmt: skip
    amount = c.minutes if minutes else sa.literal(1, sa.BigInteger)
    return (
        state.select()
        .with_only_columns(
            c.position, c.type, c.id.label("stream_id"), c.effective_on, c.recorded_at, c.actor,
            sa.null().cast(sa.Text).label("document"), amount.label("amount"),
        )
        .where(c.status.in_(among), *narrowing)
    )  # fmt: skip


def open_charges(asked: Asked) -> sa.CompoundSelect[Any]:
    """Each charge that is open as of the day: ``charge_id``, ``patient_id``, ``due_on``, ``open``."""
    mine = [] if asked.patient_id is None else [D.patient_id == asked.patient_id]
    unchanged = due_facts.select(D.charge_id, D.patient_id, D.due_on, D.open).where(
        D.is_open, sa.not_(_changed_since(D, asked)), *mine
    )
    m = _due_moves()
    due_on = sa.func.array_agg(pg.aggregate_order_by(m.c.due_on, m.c.version.desc()), type_=sa.ARRAY(sa.Date))
    changed = (
        due_facts.select(
            D.charge_id, D.patient_id, due_on.filter(m.c.due_on.is_not(None))[1].label("due_on"),
            sa.func.sum(m.c.amount).label("open"),
        )
        .join(m, sa.true())
        .where(_changed_since(D, asked), *_counted(m.c, asked), *mine)
        .group_by(D.charge_id, D.patient_id)
        .having(sa.func.sum(m.c.amount) != 0)
    )  # fmt: skip
    return sa.union_all(unchanged, changed)


def overdue_by(due_on: sa.ColumnElement[Any], asked: Asked) -> list[sa.ColumnElement[bool]]:
    """The condition of the bucket on a due date, if one is asked for."""
    if asked.bucket is None:
        return []
    earliest, latest = asked.bucket.bounds.due(asked.as_of)
    bounds = [due_on >= earliest if earliest else None, due_on <= latest if latest else None]
    return [bound for bound in bounds if bound is not None]


def due_rows(asked: Asked, *, overdue: bool = False) -> sa.Select[Any]:
    """Everything that happened to the charges that are open, as lines of an explanation: charged, settled, moved."""
    standing = open_charges(asked).subquery()
    m = _due_moves()
    past = [standing.c.due_on < asked.as_of] if overdue else []
    return (
        due_facts.select(
            m.c.position, m.c.type, D.ledger_id.label("stream_id"), m.c.effective_on, m.c.recorded_at, m.c.actor,
            m.c.document, m.c.amount,
        )
        .join(standing, standing.c.charge_id == D.charge_id)
        .join(m, sa.true())
        .where(*_counted(m.c, asked), *overdue_by(standing.c.due_on, asked), *past)
    )  # fmt: skip


def _due_moves() -> Any:
    return _moves(D.moves, document=sa.Text(), amount=sa.Numeric(14, 2), due_on=sa.Date())
