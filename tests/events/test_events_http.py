"""The event stream over HTTP: order, filters, cursor, NDJSON, and what each role is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from tests.support.system import Centre, RunningSystem

MEDICAL = "Canary: epilepsy since 2019"


@pytest.fixture
def busy(centre: Centre) -> Centre:
    """A centre with a patient, medical notes and two payments of two people."""
    patient = centre.patient(medicalNotes=MEDICAL)
    for who in ("WORKSPACE_ADMIN", "ACCOUNTANT"):
        centre.post("/payments", {"patientId": patient, "amount": "100", "method": "CASH"}, as_=who, expect=201)
    return centre


def _events(centre: Centre, query: str = "", **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = centre.get(f"/events?limit=1000&{query}", **options)["data"]
    return found


def _lines(centre: Centre, query: str = "", **options: Any) -> list[dict[str, Any]]:
    answer = centre.request("GET", f"/events?{query}", headers={"Accept": "application/x-ndjson"}, **options)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_the_stream_is_the_book_in_order(busy: Centre) -> None:
    everything = _events(busy)
    assert [event["position"] for event in everything] == list(range(1, len(everything) + 1))
    assert everything[0]["type"] == "tenancy.TenantOpened"
    payment = everything[-1]
    assert (payment["type"], payment["aggregate"]) == ("billing.PaymentRecorded", "billing.PatientLedger")
    assert payment["data"]["amount"] == "100.00"
    assert payment["document"].startswith("RECEIPT/")
    with psycopg.connect(busy.system.database.admin_url) as db:
        stored = db.execute("SELECT hash FROM book.events WHERE tenant_id = %s ORDER BY position", [busy.tenant_id])
        assert [event["hash"] for event in everything] == [bytes(row[0]).hex() for row in stored]


def test_pages_join_without_gap_or_repetition_in_both_directions(busy: Centre) -> None:
    everything = [event["position"] for event in _events(busy)]
    for order, cursor, expected in (("asc", "after", everything), ("desc", "before", everything[::-1])):
        seen, query = [], f"limit=2&order={order}"
        while True:
            page = busy.get(f"/events?{query}")
            assert page["head"] == everything[-1]
            seen += [event["position"] for event in page["data"]]
            if page["next"] is None:
                break
            query = f"limit=2&order={order}&{cursor}={page['next']}"
        assert seen == expected


def test_filters_by_type_aggregate_stream_actor_and_time(busy: Centre) -> None:
    everything = _events(busy)
    payments = [event for event in everything if event["type"] == "billing.PaymentRecorded"]
    assert len(payments) == 2
    assert _events(busy, "type=billing.PaymentRecorded") == payments
    assert _events(busy, "type=billing") == [e for e in everything if e["type"].startswith("billing.")]
    assert _events(busy, "aggregate=billing.PatientLedger") == _events(busy, "type=billing")
    assert _events(busy, f"streamId={payments[0]['streamId']}") == payments
    assert _events(busy, f"actor={busy.users['ACCOUNTANT']}&type=billing") == payments[1:]
    assert _events(busy, "type=billing.Nonsense") == _events(busy, "aggregate=nonsense.At") == []
    for at in (payments[0]["recordedAt"], payments[1]["recordedAt"], "2020-01-01T00:00:00Z", "2090-01-01T00:00:00Z"):
        moment = datetime.fromisoformat(at)
        later = [e for e in everything if datetime.fromisoformat(e["recordedAt"]) >= moment]
        url_at = moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
        assert _events(busy, f"from={url_at}") == later
        assert _events(busy, f"to={url_at}") == everything[: len(everything) - len(later)]


def test_lines_are_the_whole_book_and_end_at_its_head(busy: Centre) -> None:
    everything = _events(busy)
    assert _lines(busy) == everything
    assert _lines(busy, "order=desc") == everything[::-1]
    assert _lines(busy, "after=3&type=billing") == [e for e in _events(busy, "type=billing") if e["position"] > 3]
    assert _lines(busy, "before=3") == everything[:2]
    assert _lines(busy, "limit=2") == everything[:2], "or as many as are asked for"
    assert _lines(busy, "limit=2&order=desc") == everything[:-3:-1]
    answer = busy.request("GET", "/events?format=ndjson")
    assert answer.headers["x-event-position"] == str(everything[-1]["position"])
    assert _lines(busy, f"after={everything[-1]['position']}") == []


def test_an_accountant_is_told_of_money_only(busy: Centre) -> None:
    busy.post("/expenses", {"category": "RENT", "amount": "5", "method": "UPI"}, expect=201)
    everything = _events(busy)
    money = [e for e in everything if e["type"].split(".")[0] in {"billing", "expenses", "accounting"}]
    assert {event["type"].split(".")[0] for event in money} == {"billing", "expenses"}
    assert _events(busy, as_="ACCOUNTANT") == _lines(busy, as_="ACCOUNTANT") == money
    assert _events(busy, "type=patients", as_="ACCOUNTANT") == []
    assert [e["position"] for e in _events(busy, as_="AUDITOR")][: len(everything)] == [
        e["position"] for e in everything
    ]
    for role in ("OPERATOR", "THERAPIST"):
        busy.get("/events", as_=role, expect=403)


def test_clinical_text_is_redacted_for_everybody(busy: Centre) -> None:
    for who in ("WORKSPACE_ADMIN", "AUDITOR"):
        [registered] = _events(busy, "type=patients.PatientRegistered", as_=who)
        assert registered["data"]["medicalNotes"] == "[redacted]"
        assert registered["data"]["firstName"] == "Kiran"
        assert MEDICAL not in json.dumps(_lines(busy, as_=who))


def test_lines_are_an_export_and_on_record(busy: Centre) -> None:
    _lines(busy, as_="AUDITOR")
    found = busy.get(f"/access-log?action=export&actor={busy.users['AUDITOR']}")["data"]
    assert [entry["subjectKind"] for entry in found] == ["events"]


def test_what_was_tampered_with_is_listed_all_the_same(centre: Centre, system: RunningSystem) -> None:
    centre.patient()
    with psycopg.connect(system.database.admin_url, autocommit=True) as db:
        change = "UPDATE book.events SET {} WHERE tenant_id = %s AND topic = 'patients.PatientRegistered'"
        db.execute(change.format("topic = 'patients.Nonsense'").encode(), [centre.tenant_id])
    [altered] = [event for event in _events(centre) if event["type"] == "patients.Nonsense"]
    assert (altered["data"], altered["aggregate"]) == (None, None)


def test_what_is_not_understood_is_refused(centre: Centre) -> None:
    for bad in ("type=a%20b", "limit=0", "limit=1001", "after=0", "order=up", "from=yesterday", "format=xml"):
        centre.get(f"/events?{bad}", expect=422)
