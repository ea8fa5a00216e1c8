"""The shapes that reports answer, and the routes' common part."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from api.base import Page, Routes
from api.reports.shapes import Amount, AmountTrend, Count, CountTrend, Rate, RateTrend, ReportView, Span
from application.base import Model, Money
from domain.expenses import ExpenseCategory
from domain.values import PaymentMethod
from projections.reports.figures import Unit

routes = Routes("Reports")


class DashboardMoney(Model):
    """`result` is revenue less write-offs and expenses. Dues and credit are those at the end of each period."""

    revenue: AmountTrend
    collected: AmountTrend
    write_offs: AmountTrend
    expenses: AmountTrend
    result: AmountTrend
    outstanding: AmountTrend
    overdue: AmountTrend
    credit: AmountTrend


class DashboardSessions(Model):
    total: CountTrend
    scheduled: CountTrend
    in_progress: CountTrend
    completed: CountTrend
    cancelled: CountTrend
    no_show: CountTrend


class DashboardTherapist(Model):
    therapist_id: UUID
    therapist_name: str | None
    total: Count
    completed: Count
    booked_minutes: Count
    available_minutes: Count
    utilisation: Rate


class DashboardView(ReportView):
    """`money` is null for whoever may not see amounts; a therapist's dashboard is of their own sessions."""

    previous: Span
    money: DashboardMoney | None
    sessions: DashboardSessions
    utilisation: RateTrend
    no_show_rate: RateTrend
    therapists: list[DashboardTherapist]


class FinancialFigures(Model):
    """`collected` is `taken` less `voided` and `refunded`; `result` is `revenue` less write-offs and expenses."""

    revenue: Amount
    income: Amount
    fees: Amount
    write_offs: Amount
    collected: Amount
    taken: Amount
    voided: Amount
    refunded: Amount
    brought_forward: Amount
    expenses: Amount
    result: Amount
    cash_flow: Amount


class FinancialBalances(Model):
    """At the end of the period: what patients owe, what rests for them, what is charged and not earned yet."""

    receivable: Amount
    credit: Amount
    deferred: Amount


class TherapyTypeMoney(Model):
    therapy_type_id: UUID
    therapy_type_name: str | None
    income: Amount
    fees: Amount
    revenue: Amount
    write_offs: Amount


class MethodMoney(Model):
    method: PaymentMethod
    taken: Amount
    voided: Amount
    refunded: Amount
    collected: Amount


class CategoryMoney(Model):
    category: ExpenseCategory
    expenses: Amount


class MonthMoney(Model):
    month: str
    revenue: Money
    collected: Money
    expenses: Money


class FinancialView(ReportView):
    figures: FinancialFigures
    balances: FinancialBalances
    by_therapy_type: list[TherapyTypeMoney]
    by_method: list[MethodMoney]
    by_category: list[CategoryMoney]
    by_month: list[MonthMoney]


class SessionCounts(Model):
    total: Count
    scheduled: Count
    in_progress: Count
    completed: Count
    cancelled: Count
    no_show: Count
    booked_minutes: Count
    no_show_rate: Rate


class SessionTotals(SessionCounts):
    available_minutes: Count
    utilisation: Rate


class TherapistSessions(SessionTotals):
    therapist_id: UUID
    therapist_name: str | None


class TherapyTypeSessions(SessionCounts):
    therapy_type_id: UUID
    therapy_type_name: str | None


class DaySessions(Model):
    date: date
    scheduled: int
    in_progress: int
    completed: int
    cancelled: int
    no_show: int


class SessionsView(ReportView):
    totals: SessionTotals
    by_therapist: list[TherapistSessions]
    by_therapy_type: list[TherapyTypeSessions]
    by_day: list[DaySessions]


class Aged(Model):
    """Open charges by days past their due date. `overdue` is all but those that are not due."""

    outstanding: Amount
    overdue: Amount
    not_due: Amount
    up_to_30: Amount
    up_to_60: Amount
    up_to_90: Amount
    over_90: Amount


class AgedPatient(Aged):
    patient_id: UUID
    patient_name: str | None
    charges: int
    oldest_due_on: date


class AgeingView(ReportView):
    """Who owes most comes first."""

    totals: Aged
    patients: list[AgedPatient]


class CreditPatient(Model):
    patient_id: UUID
    patient_name: str | None
    credit: Amount


class CreditView(ReportView):
    total: Amount
    patients: list[CreditPatient]


class CashTotals(Model):
    """`net` is `taken` less `voided` and `refunded`: what the day's journal says of cash."""

    taken: Amount
    voided: Amount
    refunded: Amount
    net: Amount
    taken_count: int
    voided_count: int
    refunded_count: int


class CashLine(CashTotals):
    day: date
    operator_id: UUID
    operator_name: str | None
    method: PaymentMethod


class CashCloseView(ReportView):
    totals: CashTotals
    lines: list[CashLine]


class ExplainedEvent(Model):
    """An event and what it contributes; `effectiveOn` is the day it counts for."""

    position: int
    type: str
    stream_id: UUID
    effective_on: date
    recorded_at: datetime
    actor: UUID
    document: str | None
    amount: str


class ExplanationView(Page[ExplainedEvent]):
    """A page of the events behind a figure. The amounts of all pages sum to `value`."""

    figure: str
    means: str
    unit: Unit
    value: str
    period: Span
    as_of: date
    known_at: datetime | None
