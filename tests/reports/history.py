"""A centre with a random past: bookings, payments, refunds, voids, write-offs and spending, much of it backdated."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.system import Centre

ZONE = ZoneInfo("Asia/Kolkata")
METHODS = ("CASH", "CARD", "UPI", "BANK_TRANSFER", "CHEQUE")
CATEGORIES = ("RENT", "SALARIES", "SUPPLIES", "OTHER")


@dataclass
class Past:
    """``steps`` random commands on a centre of two therapists and three patients, from seventy days ago to ten ahead.
    What the rules refuse is left out."""

    centre: Centre
    seed: int
    steps: int = 80
    chance: random.Random = field(init=False)
    today: date = field(init=False)
    refused: int = 0
    done: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.today = datetime.now(ZONE).date()
        centre = self.centre
        self.patients = [centre.patient(lastName=f"Patient {n}") for n in range(3)]
        self.therapists = [
            centre.therapist("anna", start="08:00"),
            centre.therapist("bela", start="10:00", end="16:00"),
        ]
        self.types = [centre.therapy_type(), centre.therapy_type(defaultDuration=45, defaultCost="333.33")]
        self.sessions: list[str] = []
        self.payments: list[str] = []
        self.expenses: list[str] = []
        policy = {"lateFeePercent": "50.00", "noShowFeePercent": "100.00", "cancellationWindowHours": 24}
        self.send("PUT", f"/tenants/{centre.tenant_id}/settings", policy, kind="settings")
        leave = {"firstDay": self.day(-20), "lastDay": self.day(-18)}
        self.send("POST", f"/therapists/{self.therapists[0]}/leave", leave, kind="leave")
        part = {"firstDay": self.day(-9), "lastDay": self.day(-9), "startTime": "09:00", "endTime": "11:30"}
        self.send("POST", f"/therapists/{self.therapists[1]}/leave", part, kind="leave")
        self.send("POST", "/holidays", {"day": self.day(-30), "name": "Founders"}, kind="holiday")
        for _ in range(self.steps):
            self.step()

    def day(self, ahead: int) -> str:
        return (self.today + timedelta(days=ahead)).isoformat()

    def past_day(self) -> str:
        return self.day(-self.chance.randint(0, 70))

    def send(self, method: str, path: str, body: Any, *, kind: str, as_: str = "WORKSPACE_ADMIN") -> Any:
        answer = self.centre.request(method, path, body, as_=as_)
        assert answer.status_code < 500, answer.text
        assert answer.status_code != 422, f"{path} {body} {answer.text}"
        if not answer.is_success:
            self.refused += 1
            return None
        self.done[kind] = self.done.get(kind, 0) + 1
        return answer.json()

    def step(self) -> None:
        steps = {
            self.book: 24, self.conclude: 22, self.cancel: 6, self.move: 4, self.pay: 16, self.void: 4, self.refund: 6,
            self.give_up: 4, self.spend: 8, self.amend: 3, self.take_back: 2, self.bring_forward: 2, self.unmark: 3,
        }  # fmt: skip
        self.chance.choices(list(steps), list(steps.values()))[0]()

    def book(self) -> None:
        body = {
            "patientId": self.chance.choice(self.patients), "therapistId": self.chance.choice(self.therapists),
            "therapyTypeId": self.chance.choice(self.types), "date": self.day(self.chance.randint(-70, 10)),
            "startTime": f"{self.chance.randint(10, 14):02}:00",
        }  # fmt: skip
        if made := self.send("POST", "/sessions", body, kind="booked"):
            self.sessions.append(made["id"])

    def conclude(self) -> None:
        if self.sessions:
            what = self.chance.choice(["complete", "complete", "complete", "no-show", "start"])
            self.send("POST", f"/sessions/{self.chance.choice(self.sessions)}/{what}", {}, kind=what)

    def unmark(self) -> None:
        if self.sessions:
            path = f"/sessions/{self.chance.choice(self.sessions)}/reverse-no-show"
            self.send("POST", path, {"reason": "They came"}, kind="reversed")

    def cancel(self) -> None:
        if self.sessions:
            body = {"reason": "Travelling", "cancelledBy": self.chance.choice(["PATIENT", "CENTRE"])}
            self.send("POST", f"/sessions/{self.chance.choice(self.sessions)}/cancel", body, kind="cancelled")

    def move(self) -> None:
        if self.sessions:
            body = {"date": self.day(self.chance.randint(-40, 10)), "therapistId": self.chance.choice(self.therapists)}
            self.send("PUT", f"/sessions/{self.chance.choice(self.sessions)}", body, kind="moved")

    def pay(self) -> None:
        body = {
            "patientId": self.chance.choice(self.patients), "amount": f"{self.chance.randint(1, 200_000) / 100:.2f}",
            "method": self.chance.choice(METHODS), "receivedOn": self.past_day(),
        }  # fmt: skip
        who = self.chance.choice(["WORKSPACE_ADMIN", "ACCOUNTANT"])
        if made := self.send("POST", "/payments", body, kind="paid", as_=who):
            self.payments.append(made["id"])

    def bring_forward(self) -> None:
        path = f"/patients/{self.chance.choice(self.patients)}/credits"
        if made := self.send("POST", path, {"amount": "75.25", "receivedOn": self.past_day()}, kind="brought"):
            self.payments.append(made["id"])

    def void(self) -> None:
        if self.payments:
            path = f"/payments/{self.chance.choice(self.payments)}/void"
            self.send("POST", path, {"reason": "Typed twice"}, kind="voided", as_="ACCOUNTANT")

    def refund(self) -> None:
        if self.payments:
            body = {"amount": "10.00", "method": self.chance.choice(METHODS), "reason": "Asked for"}
            self.send("POST", f"/payments/{self.chance.choice(self.payments)}/refund", body, kind="refunded")

    def give_up(self) -> None:
        if self.sessions:
            body = {"chargeId": self.chance.choice(self.sessions), "amount": "33.30", "reason": "Hardship"}
            self.send("POST", "/payments/write-offs", body, kind="written off")

    def spend(self) -> None:
        body = {
            "category": self.chance.choice(CATEGORIES), "amount": f"{self.chance.randint(1, 90_000) / 100:.2f}",
            "method": self.chance.choice(METHODS), "incurredOn": self.past_day(),
        }  # fmt: skip
        if made := self.send("POST", "/expenses", body, kind="spent"):
            self.expenses.append(made["id"])

    def amend(self) -> None:
        if self.expenses:
            body = {"amount": f"{self.chance.randint(1, 90_000) / 100:.2f}", "incurredOn": self.past_day()}
            self.send("PUT", f"/expenses/{self.chance.choice(self.expenses)}", body, kind="amended")

    def take_back(self) -> None:
        if self.expenses:
            path = f"/expenses/{self.chance.choice(self.expenses)}"
            self.send("DELETE", path, {"reason": "Entered twice"}, kind="taken back")
