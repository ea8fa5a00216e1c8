"""Reports over HTTP: who may read which, what an empty centre is told, and reports as files."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from domain.values import PaymentMethod
from tests.reports.test_figures import REPORTS, figures
from tests.support.system import Centre, RunningSystem

MONEY = ("financial", "ageing", "credit", "cash-close")
HOSTILE = "=HYPERLINK(1)"


@pytest.fixture(scope="module")
def busy(system: RunningSystem) -> Centre:
    """One session held, paid in part, and some rent; the patient's name is hostile."""
    centre = system.new_centre()
    patient, therapist = centre.patient(firstName=HOSTILE, medicalNotes="Zqclinical"), centre.therapist("anna")
    today = centre.get("/reports/dashboard")["asOf"]
    other = centre.therapist("bela")
    kind = centre.therapy_type()
    held = centre.session(patient, therapist, kind, date=today, startTime="08:00", price="700.00", priceReason="Family")
    centre.session(patient, other, kind, date=today, startTime="19:00")
    centre.put(f"/sessions/{held['id']}/notes", {"notes": "Zqclinical"})
    centre.post("/payments", {"patientId": patient, "amount": "250.00", "method": "CASH"}, as_="ACCOUNTANT", expect=201)
    centre.post("/expenses", {"category": "RENT", "amount": "900.00", "method": "CASH"}, expect=201)
    return centre


def test_an_empty_centre_has_zeros(centre: Centre) -> None:
    count = 0
    for name in REPORTS:
        for value, link in figures(centre.get(f"/reports/{name}")):
            assert value in {"0", "0.00"}, link
            count += 1
    assert count > 40
    dashboard = centre.get("/reports/dashboard")
    assert dashboard["utilisation"]["value"] is None
    assert dashboard["noShowRate"]["value"] is None
    assert dashboard["money"]["revenue"]["changePercent"] is None
    for link in {link for _, link in figures(dashboard)}:
        found = centre.get(link.removeprefix("/api/v1"))
        assert (found["data"], found["total"]) == ([], 0)
        assert found["value"] in {"0", "0.00"}
    for name in REPORTS:
        text = centre.request("GET", f"/reports/{name}?format=csv").text
        assert len(text.splitlines()) >= 1


def test_who_may_read_which(busy: Centre) -> None:
    for role in ("WORKSPACE_ADMIN", "ACCOUNTANT", "AUDITOR"):
        for name in REPORTS:
            busy.get(f"/reports/{name}", as_=role)
        assert busy.get("/reports/dashboard", as_=role)["money"]["expenses"]["value"] == "900.00"
    for role in ("OPERATOR", "anna"):
        assert busy.get("/reports/dashboard", as_=role)["money"] is None
        for name in MONEY:
            busy.get(f"/reports/{name}", as_=role, expect=403)
            busy.get(f"/reports/export?report={name}", as_=role, expect=403)
        busy.get("/explain/revenue", as_=role, expect=403)
        for path in ("/reports/dashboard", "/reports/sessions"):
            answer = busy.request("GET", path, params={"format": "csv"}, as_=role)
            assert "amount" not in answer.text
            assert "900.00" not in answer.text


def test_a_therapist_reads_their_own(busy: Centre) -> None:
    for path in ("/reports/dashboard", "/reports/sessions"):
        whole, own = busy.get(path, as_="OPERATOR"), busy.get(path, as_="anna")
        assert {row["therapistId"] for row in own.get("therapists", own.get("byTherapist"))} == {busy.users["anna"]}
        sums = [body.get("sessions", body.get("totals"))["total"]["value"] for body in (whole, own)]
        assert sums == [2, 1]
        for value, link in figures(own):
            assert busy.get(link.removeprefix("/api/v1"), as_="anna")["value"] == value
    assert busy.get("/explain/sessions", as_="anna")["value"] == "1"
    assert busy.get("/explain/sessions", params={"therapistId": busy.users["anna"]}, as_="anna")["value"] == "1"
    busy.get("/explain/sessions", params={"therapistId": busy.users["bela"]}, as_="anna", expect=404)
    assert busy.get("/explain/available-minutes", as_="OPERATOR")["total"] == 14
    assert busy.get("/explain/available-minutes", as_="anna")["total"] == 7


def test_a_session_that_ends_moves_between_the_states(system: RunningSystem) -> None:
    centre = system.new_centre()
    anna, kind = centre.therapist("anna"), centre.therapy_type()
    day = (datetime.now(UTC).date() - timedelta(days=3)).isoformat()
    session = centre.session(centre.patient(), anna, kind, date=day)["id"]

    def told() -> tuple[int, ...]:
        found = centre.get("/reports/sessions", params={"from": day, "to": day})
        [row] = found["byTherapist"]
        assert row["total"]["value"] == found["totals"]["total"]["value"]
        return tuple(row[name]["value"] for name in ("scheduled", "completed", "noShow"))

    assert told() == (1, 0, 0)
    centre.post(f"/sessions/{session}/no-show", {})
    assert told() == (0, 0, 1)


@pytest.mark.parametrize("parameter", ["therapistId", "therapyTypeId"])
def test_whoever_is_asked_about_must_exist(busy: Centre, parameter: str) -> None:
    busy.get("/explain/sessions", params={parameter: str(uuid4())}, expect=404)


def test_a_question_must_make_sense(busy: Centre) -> None:
    for query, field in (
        ("from=2026-02-02&to=2026-02-01", "to"), ("from=2010-01-01&to=2026-02-01", "from"), ("asOf=yesterday", "asOf"),
        ("knownAt=2026-01-01", "knownAt"), ("period=DECADE", "period"), ("format=xls", "format"),
    ):  # fmt: skip
        refused = busy.get(f"/reports/financial?{query}", expect=422)
        assert refused["error"]["details"][0]["field"] == field, query


def test_periods_follow_the_centres_financial_year(centre: Centre) -> None:
    asked = {"asOf": "2026-05-20", "period": "FINANCIAL_YEAR"}
    assert centre.get("/reports/financial", params=asked)["period"] == {"first": "2026-04-01", "last": "2026-05-20"}
    centre.put(f"/tenants/{centre.tenant_id}/settings", {"financialYearStartMonth": 7})
    assert centre.get("/reports/financial", params=asked)["period"]["first"] == "2025-07-01"
    assert centre.get("/reports/financial", params={**asked, "period": "QUARTER"})["period"]["first"] == "2026-04-01"


def test_a_balance_is_what_is_owed_less_what_is_held_however_long_ago_it_began(busy: Centre) -> None:
    patient = busy.patient(lastName="Long")
    for amount, day in (("100.00", "2010-04-01"), ("40.50", "2026-11-02")):
        paid = {"patientId": patient, "amount": amount, "method": "UPI", "receivedOn": day}
        busy.post("/payments", paid, expect=201)
    found = busy.get("/explain/balance", params={"patientId": patient})
    assert (found["value"], [line["amount"] for line in found["data"]]) == ("-140.50", ["-100.00", "-40.50"])
    assert busy.get("/explain/balance", params={"patientId": patient, "asOf": "2020-01-01"})["value"] == "-100.00"
    every = {name: Decimal(busy.get(f"/explain/{name}")["value"]) for name in ("balance", "receivable", "credit")}
    assert every["balance"] == every["receivable"] - every["credit"]


def test_cash_flow_by_method_adds_up_to_all_of_it(busy: Centre) -> None:
    by = [Decimal(busy.get("/explain/cash-flow", params={"method": method})["value"]) for method in PaymentMethod]
    assert sum(by) == Decimal(busy.get("/explain/cash-flow")["value"])
    assert any(by)


def test_what_was_known_before(busy: Centre) -> None:
    now = busy.get("/explain/expenses")
    [line] = now["data"]
    assert (line["type"], line["amount"]) == ("expenses.ExpenseRecorded", "900.00")
    assert line["document"].startswith("EXPENSE/")
    earlier = busy.get("/explain/expenses", params={"knownAt": "2020-01-01T00:00:00Z"})
    assert (earlier["value"], earlier["data"]) == ("0.00", [])


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_as_csv(busy: Centre, name: str) -> None:
    answer = busy.request("GET", f"/reports/{name}", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="{name}-' in answer.headers["content-disposition"]
    header, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    assert len(rows) >= (1 if name != "credit" else 0)
    assert {len(row) for row in rows} <= {len(header)}
    assert not any(cell.startswith(("=", "@")) for row in rows for cell in row)
    exported = busy.request("GET", "/reports/export", params={"report": name, "format": "csv"})
    assert exported.text == answer.text
    assert "Zqclinical" not in answer.text


def test_a_hostile_name_is_inert_and_a_negative_number_a_number(busy: Centre) -> None:
    [row] = list(csv.DictReader(io.StringIO(busy.request("GET", "/reports/ageing?format=csv").text, newline="")))
    assert row["Patient"] == f"'{HOSTILE} Das"
    rows = list(csv.DictReader(io.StringIO(busy.request("GET", "/reports/financial?format=csv").text, newline="")))
    [result] = [row["Amount"] for row in rows if row["Figure"] == "Result" and row["Section"] == "Summary"]
    assert result == "-900.00"


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_as_pdf(busy: Centre, name: str) -> None:
    answer = busy.request("GET", f"/reports/{name}", params={"format": "pdf"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
    assert answer.content.startswith(b"%PDF-")
    accepted = busy.request("GET", f"/reports/{name}", headers={"Accept": "application/pdf"})
    assert accepted.content.startswith(b"%PDF-")


def test_an_export_is_on_record(system: RunningSystem, busy: Centre) -> None:
    def entries() -> list[Any]:
        with psycopg.connect(system.database.admin_url) as db:
            return db.execute(
                "SELECT actor::text FROM book.access_log WHERE tenant_id = %s AND action = 'export' ORDER BY at",
                [busy.tenant_id],
            ).fetchall()

    before = len(entries())
    busy.get("/reports/financial", as_="ACCOUNTANT")
    assert len(entries()) == before
    busy.request("GET", "/reports/financial?format=csv", as_="ACCOUNTANT")
    assert len(entries()) == before + 1
    assert entries()[-1] == (busy.users["ACCOUNTANT"],)
