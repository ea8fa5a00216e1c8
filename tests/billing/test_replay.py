"""`daybook replay`: a patient's money, told from the book itself."""

from __future__ import annotations

import json
from datetime import date
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner

from adapters.cli.ledger import centre_of, tell
from adapters.cli.main import app
from domain.base import Missing
from tests.billing.desk import Desk, desk

__all__ = ["desk"]


def test_the_book_tells_what_the_read_models_tell(desk: Desk) -> None:
    desk.session()
    desk.pay("1000", receivedOn=desk.day(-3))
    url = desk.centre.system.database.url("daybook_projector")
    tenant, patient = UUID(desk.centre.tenant_id), UUID(desk.patient)
    told = tell(url, tenant, patient, None, None)
    listed = desk.centre.get(f"/patients/{patient}/ledger")
    assert [(line["position"], line["kind"], str(line["effective_on"])) for line in told] == [
        (entry["position"], entry["kind"], entry["effectiveOn"]) for entry in listed["data"]
    ]
    assert str(-told[-1]["credit"]) == listed["accounts"]["credit"] == "-200.00"
    assert [line["kind"] for line in tell(url, tenant, patient, date.fromisoformat(desk.day(-1)), None)] == ["PAYMENT"]


def test_a_patient_without_money_is_told_from_one_who_is_not_there(desk: Desk) -> None:
    url = desk.centre.system.database.url("daybook_projector")
    tenant = UUID(desk.centre.tenant_id)
    assert tell(url, tenant, UUID(desk.centre.patient()), None, None) == []
    for nobody in (uuid4(), tenant):
        with pytest.raises(Missing):
            tell(url, tenant, nobody, None, None)


def test_a_replay_says_who_and_why_and_finds_the_centre_by_itself(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    paid = desk.pay("100", receivedOn=desk.day(-3))
    desk.centre.post(f"/payments/{paid['id']}/void", {"reason": "typed twice"})
    system = desk.centre.system
    for name, value in system.environment.items():
        monkeypatch.setenv(name, value)
    told = CliRunner().invoke(app, ["replay", desk.patient, "--json"])
    assert told.exit_code == 0, told.output
    steps = json.loads(told.stdout)
    listed = desk.centre.get(f"/patients/{desk.patient}/ledger/replay")["data"]
    assert [(s["position"], s["actor"], s["reason"]) for s in steps] == [
        (s["position"], s["actor"], s["reason"]) for s in listed
    ]
    assert listed[0]["actorName"] == "Accountant Tester"
    assert (listed[1]["reason"], listed[1]["accounts"]["cash"]) == ("typed twice", "0.00")
    plain = CliRunner().invoke(app, ["replay", desk.patient, "--as-of", desk.day(-1)])
    assert "PAYMENT" in plain.stdout
    assert "Accountant Tester" in plain.stdout, "people are told by name"
    assert "VOID" not in plain.stdout
    assert centre_of(system.database.url("daybook_projector"), UUID(desk.patient)) == UUID(desk.centre.tenant_id)
    assert CliRunner().invoke(app, ["replay", str(uuid4())]).exit_code == 1
