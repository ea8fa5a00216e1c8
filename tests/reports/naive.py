"""The reports once more, the plainest way: every figure by going through all stored events. Nothing here uses a read
table, a posting or a projection of the product; it reads the book."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from tests.support.system import Centre

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Stored:
    position: int
    stream: UUID
    topic: str
    on: date
    at: datetime
    actor: str
    data: dict[str, Any]

    @property
    def amount(self) -> Decimal:
        return Decimal(self.data["amount"])


def stored(centre: Centre) -> list[Stored]:
    with psycopg.connect(centre.system.database.admin_url) as db:
        rows = db.execute(
            "SELECT position, stream_id, topic, effective_on, recorded_at, actor::text, data FROM book.events"
            " WHERE tenant_id = %s ORDER BY position",
            [centre.tenant_id],
        ).fetchall()
    return [
        Stored(position, stream, topic, on, at, actor, json.loads(data))
        for position, stream, topic, on, at, actor, data in rows
    ]


def parts(listed: list[dict[str, str]]) -> Decimal:
    return sum((Decimal(part["amount"]) for part in listed), ZERO)


class Books:
    """What is effective by ``as_of`` and recorded by ``known_at``."""

    def __init__(self, events: list[Stored], as_of: date, known_at: datetime | None) -> None:
        self.as_of = as_of
        self.known = [e for e in events if known_at is None or e.at <= known_at]
        self.events = [e for e in self.known if e.on <= as_of]

    def money(self, first: date, last: date) -> dict[str, Decimal]:  # noqa: PLR0912 - one for each kind of event
        """Figures of a period by the names they have in the financial summary."""
        t: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for e in self.events:
            if not first <= e.on <= last:
                continue
            d = e.data
            match e.topic:
                case "billing.IncomeEarned":
                    t["income"] += e.amount
                case "billing.SessionCharged" if d["earned"]:
                    t["income"] += e.amount
                case "billing.FeeCharged":
                    t["fees"] += e.amount
                case "billing.ChargeReversed":
                    t["writeOffs"] -= Decimal(d["written_off"])
                    if d["kind"] != "SESSION":
                        t["fees"] -= e.amount
                    elif d["earned"]:
                        t["income"] -= e.amount
                case "billing.ChargeWrittenOff":
                    t["writeOffs"] += e.amount
                case "billing.PaymentRecorded":
                    t["taken"] += e.amount
                case "billing.PaymentVoided" if d["method"] == "OPENING":
                    t["broughtForward"] -= e.amount
                case "billing.PaymentVoided":
                    t["voided"] += e.amount
                case "billing.PaymentRefunded":
                    t["refunded"] += e.amount
                case "billing.CreditBroughtForward":
                    t["broughtForward"] += e.amount
        for day, amount in self.spent():
            if first <= day <= min(last, self.as_of):
                t["expenses"] += amount
        t["revenue"] = t["income"] + t["fees"]
        t["collected"] = t["taken"] - t["voided"] - t["refunded"]
        t["result"] = t["revenue"] - t["writeOffs"] - t["expenses"]
        t["cashFlow"] = t["collected"] - t["expenses"]
        return t

    def spent(self) -> list[tuple[date, Decimal]]:
        """Each expense where it stands: nothing of what was amended or taken back."""
        standing: dict[UUID, tuple[date, Decimal]] = {}
        for e in self.known:
            if e.topic in {"expenses.ExpenseRecorded", "expenses.ExpenseAmended"}:
                standing[e.stream] = (date.fromisoformat(e.data["incurred_on"]), e.amount)
            elif e.topic == "expenses.ExpenseVoided":
                del standing[e.stream]
        return list(standing.values())

    def dues(self) -> dict[str, tuple[str, date, Decimal]]:
        """Charge to patient, due date and what is open."""
        open_: dict[str, Decimal] = defaultdict(lambda: ZERO)
        due: dict[str, date] = {}
        whose: dict[str, str] = {}
        for e in self.events:
            d = e.data
            match e.topic:
                case "billing.SessionCharged" | "billing.FeeCharged":
                    open_[d["charge_id"]] += e.amount
                    due[d["charge_id"]], whose[d["charge_id"]] = date.fromisoformat(d["due_on"]), d["patient_id"]
                case "billing.ChargeRescheduled":
                    due[d["charge_id"]] = date.fromisoformat(d["due_on"])
                case "billing.ChargeWrittenOff":
                    open_[d["charge_id"]] -= e.amount
                case "billing.ChargeReversed":
                    open_[d["charge_id"]] -= e.amount - Decimal(d["written_off"]) - parts(d["released"])
                case "billing.PaymentRecorded" | "billing.CreditApplied":
                    for part in d["parts"]:
                        open_[part["charge_id"]] -= Decimal(part["amount"])
                case "billing.PaymentVoided":
                    for part in d["released"]:
                        open_[part["charge_id"]] += Decimal(part["amount"])
        return {charge: (whose[charge], due[charge], left) for charge, left in open_.items() if left}

    def credit(self) -> dict[str, Decimal]:
        held: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for e in self.events:
            d = e.data
            match e.topic:
                case "billing.PaymentRecorded":
                    held[d["patient_id"]] += Decimal(d["credit"])
                case "billing.CreditBroughtForward":
                    held[d["patient_id"]] += e.amount
                case "billing.CreditApplied" | "billing.PaymentRefunded":
                    held[d["patient_id"]] -= e.amount
                case "billing.ChargeReversed":
                    held[d["patient_id"]] += parts(d["released"])
                case "billing.PaymentVoided":
                    held[d["patient_id"]] -= Decimal(d["credit"])
        return {patient: amount for patient, amount in held.items() if amount}

    def cash(self, first: date, last: date) -> dict[tuple[str, str, str], Decimal]:
        """What came in by day, person and method."""
        found: dict[tuple[str, str, str], Decimal] = defaultdict(lambda: ZERO)
        signs = {"billing.PaymentRecorded": 1, "billing.PaymentVoided": -1, "billing.PaymentRefunded": -1}
        for e in self.events:
            if e.topic in signs and e.data["method"] != "OPENING" and first <= e.on <= last:
                found[e.on.isoformat(), e.actor, e.data["method"]] += signs[e.topic] * e.amount
        return found

    def sessions(self, first: date, last: date) -> list[tuple[str, str, int]]:
        """Therapist, state and minutes of each session that is in the period."""
        states: dict[UUID, list[Any]] = {}
        became = {
            "SessionStarted": "inProgress", "SessionCompleted": "completed", "SessionCancelled": "cancelled",
            "SessionMarkedNoShow": "noShow", "NoShowReversed": "scheduled",
        }  # fmt: skip
        now: dict[UUID, list[Any]] = {}
        for e in self.known:  # where a session is by each of its events, whether or not that one counts yet
            name = e.topic.removeprefix("scheduling.")
            if name == "SessionBooked":
                now[e.stream] = [e.data["therapist_id"], "scheduled", e.data["duration"], e.data["day"]]
            elif name == "SessionRescheduled":
                now[e.stream] = [e.data["therapist_id"], *now[e.stream][1:3], e.data["day"]]
            elif name in became:
                now[e.stream] = [now[e.stream][0], became[name], *now[e.stream][2:]]
            else:
                continue
            if e.on <= self.as_of:
                states[e.stream] = now[e.stream]
        return [(who, state, m) for who, state, m, day in states.values() if first <= date.fromisoformat(day) <= last]


def offered(today: date, first: date, last: date) -> dict[str, int]:
    """Minutes that the two therapists of ``Past`` offer: eight to eight, and ten to four."""
    found = {"anna": 0, "bela": 0}
    for n in range((last - first).days + 1):
        ahead = (first + timedelta(days=n) - today).days
        if ahead == -30:
            continue
        found["anna"] += 0 if -20 <= ahead <= -18 else 720
        found["bela"] += 360 - (90 if ahead == -9 else 0)
    return found
