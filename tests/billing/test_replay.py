"""`daybook replay`: a patient's money, told from the book itself."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest

from adapters.cli.ledger import tell
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
