"""What goes on at the demo centre beside sessions: spending, reports on progress, and what is planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from adapters.demo.clockwork import Clockwork
from application import availability, expenses, progress, rescheduling, series, tenancy
from application.values import Method
from domain.expenses import ExpenseCategory as Of
from domain.progress import SectionKind
from domain.values import Role

__all__ = ["SPEECH_REPORT", "plans", "report", "spending"]

_SATURDAY, _SUNDAY = 5, 6

_SPENT: dict[int, tuple[Of, str, Method, str, str]] = {
    27: (Of.UTILITIES, "3150.40", "UPI", "City Electricity Board", "Electricity"),
    24: (Of.SUPPLIES, "1840.00", "UPI", "Kalpana Stationers", "Picture cards and crayons"),
    20: (Of.RENT, "18000.00", "UPI", "Malabar Properties", "Rent of the month"),
    18: (Of.EQUIPMENT, "6500.00", "CARD", "Little Steps Toys", "A balance board"),
    13: (Of.MAINTENANCE, "950.00", "CASH", "Joseph, glazier", "The window of the play room"),
    10: (Of.SUPPLIES, "620.50", "CASH", "Kalpana Stationers", "Paper and glue"),
    5: (Of.SALARIES, "26000.00", "BANK_TRANSFER", "Desk and cleaning", "Wages of the month"),
    2: (Of.UTILITIES, "2980.75", "UPI", "City Electricity Board", "Electricity"),
}
"""By how many days ago it was."""
_CORRECTED = Of.EQUIPMENT, expenses.AmendExpense(amount=Decimal("6200.00"), reason="The bill says 6,200")

SPEECH_REPORT = progress.WriteTemplate(
    sections=[
        progress.SectionGiven(key="notes", label="Session notes", kind=SectionKind.TEXT, required=True),
        progress.SectionGiven(key="words", label="Pictures named of ten", kind=SectionKind.SCALE, lowest=0, highest=10),
        progress.SectionGiven(key="home", label="Practised at home", kind=SectionKind.CHECK),
    ]
)
_NOTES = (
    "Took turns in the shop game and asked for help twice.",
    "Tired at first; worked well after a pause on the swing.",
    "Followed two steps without being shown.",
    "Chose the pictures and told a short story with them.",
)


async def spending(clock: Clockwork, days_ago: int) -> None:
    """What was spent on that day."""
    if days_ago not in _SPENT:
        return
    category, amount, method, payee, what = _SPENT[days_ago]
    spent = expenses.RecordExpense(
        category=category, amount=Decimal(amount), method=method, payee=payee, description=what
    )
    made = await clock.do(spent, Role.ACCOUNTANT)
    corrected, by = _CORRECTED
    if category is corrected:
        await clock.do(by, Role.ACCOUNTANT, expense_id=UUID(made["id"]))


def report(chance: Random, speech: bool, week: int) -> list[progress.AnswerGiven]:
    """Better from week to week, not every time."""
    notes = progress.AnswerGiven(section="notes", value=chance.choice(_NOTES))
    better = week + chance.choice((0, 1, 1, 2))
    if speech:
        words = progress.AnswerGiven(section="words", value=min(10, 3 + better))
        return [notes, words, progress.AnswerGiven(section="home", value=chance.random() < 0.6)]  # noqa: PLR2004
    scales = (("progress", min(5, 1 + better // 2)), ("participation", chance.choice((3, 4, 4, 5))))
    return [notes, *(progress.AnswerGiven(section=section, value=value) for section, value in scales)]


async def plans(
    clock: Clockwork, today: date, therapists: Sequence[tuple[UUID, UUID]], child: UUID,
    ahead: Mapping[UUID, tuple[UUID, date]],
) -> None:  # fmt: skip
    """A series in the afternoons, a closed day, a leave, and two therapists who ask for another time of a session that
    is ``ahead`` of them. ``therapists`` with what they give."""
    monday = today + timedelta(days=7 - today.weekday())
    therapist, kind = therapists[1]
    weekly = series.BookSeries(
        patient_id=child, therapist_id=therapist, therapy_type_id=kind, first_date=monday, start_time="15:00",
        rule="FREQ=WEEKLY;COUNT=6",
    )  # fmt: skip
    await clock.do(weekly, Role.OPERATOR)
    saturday = monday + timedelta(days=14 + _SATURDAY)
    await clock.do(tenancy.DeclareHoliday(day=saturday, name="Staff outing"))
    away = availability.PlanLeave(first_day=saturday + timedelta(days=2), last_day=saturday + timedelta(days=4))
    last, _ = therapists[-1]
    await clock.do(away, Role.THERAPIST, last, therapist_id=last)
    for number, why in ((0, "I am at a training that morning"), (2, "A talk with the school that day")):
        asking, _ = therapists[number]
        session, day = ahead[asking]
        after = day + timedelta(days=2 if day.weekday() == _SUNDAY - 1 else 1)
        proposed = [rescheduling.Proposal(date=after, start_time=at) for at in ("15:00", "16:00")]
        wish = rescheduling.RequestReschedule(session_id=session, proposals=tuple(proposed), reason=why)
        await clock.do(wish, Role.THERAPIST, asking)
