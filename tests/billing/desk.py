"""A patient, their therapist and some sessions at a running centre, and short ways to move money there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.support.system import Centre


@dataclass
class Desk:
    """Sessions are booked an hour apart, a week ahead, at 800.00 unless told otherwise."""

    centre: Centre
    patient: str = ""
    therapist: str = ""
    therapy_type: str = ""
    booked: int = field(default=0)

    def __post_init__(self) -> None:
        self.patient = self.centre.patient()
        self.therapist = self.centre.therapist("anna")
        self.therapy_type = self.centre.therapy_type()

    def session(self, patient: str | None = None, *, days: int = 7) -> str:
        start = f"{8 + self.booked % 12:02}:00"
        self.booked += 1
        made: str = self.centre.session(
            patient or self.patient, self.therapist, self.therapy_type, startTime=start, date=self.day(days)
        )["id"]
        return made

    def day(self, ahead: int) -> str:
        """A date of the centre (tests' centres keep the time of Asia/Kolkata, which is ahead of UTC)."""
        return (self.today + timedelta(days=ahead)).isoformat()

    @property
    def today(self) -> date:
        """As the centre itself has it."""
        return date.fromisoformat(self.centre.get(f"/patients/{self.patient}/outstanding-dues")["asOf"])

    def pay(self, amount: str, *, expect: int = 201, as_: str = "ACCOUNTANT", **fields: Any) -> Any:
        body = {"patientId": self.patient, "amount": amount, "method": "CASH", **fields}
        return self.centre.post("/payments", body, expect=expect, as_=as_)

    def dues(self, **params: str) -> Any:
        answer = self.centre.request("GET", f"/patients/{self.patient}/outstanding-dues", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def credit(self) -> str:
        credit: str = self.centre.get(f"/patients/{self.patient}/credits")["credit"]
        return credit

    def balances(self) -> tuple[str, str]:
        """What is outstanding, and the credit."""
        return self.dues()["outstanding"], self.credit()

    def ledger(self, **params: str) -> Any:
        answer = self.centre.request("GET", f"/patients/{self.patient}/ledger", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def trial_balance(self) -> dict[str, Decimal]:
        """Account, with its method where it has one, to balance."""
        found = self.centre.get("/reports/trial-balance")
        assert found["difference"] == "0.00"
        assert found["debit"] == found["credit"]
        return {
            f"{line['account']} {line['method']}" if line["method"] else line["account"]: Decimal(line["balance"])
            for line in found["accounts"]
        }


@pytest.fixture
def desk(centre: Centre) -> Desk:
    return Desk(centre)


def some_id() -> str:
    return str(uuid4())
