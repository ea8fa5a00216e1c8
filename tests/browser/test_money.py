"""Money in the browser: from a new patient to a statement, from an expense to the report, a link into the past."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessible import faults
from tests.browser.conftest import Enter
from tests.browser.steps import register
from tests.support.system import Centre, wait_until

DAY = date.today() + timedelta(days=9)  # noqa: DTZ011 - far enough from whatever day it is at the centre


def _record(page: Page, who: str, amount: str) -> None:
    patient = page.get_by_role("combobox", name="Patient", exact=True)
    expect(patient).to_be_focused()  # whoever comes here types a name at once
    patient.press_sequentially(who)
    page.get_by_role("option").first.click()
    page.get_by_label("Amount").fill(amount)


def test_from_a_new_patient_over_a_payment_to_a_statement(enter: Enter, centre: Centre) -> None:
    therapist, kind = centre.therapist("leela"), centre.therapy_type(name="Speech")
    page = enter(centre).go("/patients/new")
    patient = register(page)
    # Two sessions at 800: booking is a journey of the schedule's tests.
    for time in ("10:00", "12:00"):
        centre.session(patient, therapist, kind, date=DAY.isoformat(), startTime=time)
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_role("combobox").press_sequentially("record a pay")
    page.keyboard.press("Enter")
    _record(page, "ira", "2000")
    plan = page.get_by_role("region").or_(page.locator("section")).filter(has_text="Where the money goes")
    expect(plan.get_by_text("₹800")).to_have_count(2)
    expect(plan.get_by_text("₹400")).to_be_visible()  # becomes credit
    page.get_by_label("Amount").fill("1000")
    expect(plan.get_by_text("Stays open ₹600")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("^Payment RECEIPT"))).to_be_visible()
    assert faults(page) == []
    # The ledger settled what was shown.
    (payment,) = centre.get(f"/patients/{patient}/payments")["data"]
    settled = [each["amount"] for each in centre.get(f"/payments/{payment['id']}")["settled"]]
    assert sorted(settled) == ["200.00", "800.00"]
    page.get_by_role("link", name="Ira Nair").click()
    page.get_by_role("tab", name="Ledger").click()
    page.get_by_role("link", name="Statement").click()
    expect(page.get_by_role("row").filter(has_text="Payment · Cash")).to_contain_text("-₹1,000")
    expect(page.get_by_text("₹600 owed").first).to_be_visible()
    assert faults(page) == []


def test_a_payment_is_taken_back_by_undo_and_refused_amounts_are_said(enter: Enter, centre: Centre) -> None:
    patient = centre.patient(firstName="Aarav", lastName="Bose")
    page = enter(centre, "ACCOUNTANT").go(f"/payments/new?patientId={patient}")
    page.get_by_label("Amount").fill("12.345")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("at most two decimals")).to_be_visible()
    page.get_by_label("Amount").fill("500")
    page.get_by_role("button", name="Record", exact=True).click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Voided because")).to_be_visible()
    (payment,) = centre.get(f"/patients/{patient}/payments")["data"]
    assert payment["status"] == "VOIDED"


def test_an_expense_is_in_the_financial_report_and_explained(enter: Enter, centre: Centre) -> None:
    page = enter(centre, "ACCOUNTANT").go("/expenses/new")
    page.get_by_label("Amount").fill("4250.50")
    page.get_by_label("Category").select_option(label="Rent")
    page.get_by_label("Paid to").fill("Sharma Estates")
    assert faults(page) == []
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("^Expense "))).to_be_visible()
    page.get_by_role("link", name="Reports").click()
    page.get_by_role("button", name="₹4,250.50. Explain Expenses").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("Expense recorded")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    with page.expect_download() as found:
        page.get_by_role("button", name="Download: CSV").click()
    assert "4250.50" in found.value.path().read_text()


def test_the_sums_over_a_list_of_expenses_are_explained(enter: Enter, centre: Centre) -> None:
    """Of what the list was narrowed down to, and of each category; choosing a category is another button."""
    for category, amount in (("RENT", "45000.00"), ("SUPPLIES", "1250.00"), ("SUPPLIES", "99.50")):
        centre.post("/expenses", {"category": category, "amount": amount, "method": "CASH"}, expect=201)
    page = enter(centre, "ACCOUNTANT").go("/expenses")
    page.get_by_role("button", name="₹46,349.50. Explain Spent in all").click()
    behind = page.get_by_role("dialog").get_by_role("listitem")
    expect(behind).to_have_count(3)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Supplies (2)").click()
    expect(page.get_by_text("in 2 expenses")).to_be_visible()
    page.get_by_role("button", name="₹1,349.50. Explain Supplies").click()
    expect(behind).to_have_count(2)
    assert faults(page) == []


def test_what_a_family_owes_is_explained_where_it_is_listed(enter: Enter, centre: Centre) -> None:
    therapist, kind = centre.therapist("leela"), centre.therapy_type(name="Speech")
    owing, ahead = centre.patient(firstName="Ira", lastName="Bose"), centre.patient(firstName="Om", lastName="Das")
    for start in ("10:00", "12:00"):
        centre.session(owing, therapist, kind, date=DAY.isoformat(), startTime=start)
    centre.post("/payments", {"patientId": owing, "amount": "1000.00", "method": "CASH"}, expect=201)
    centre.post("/payments", {"patientId": ahead, "amount": "700.00", "method": "CASH"}, expect=201)
    page = enter(centre, "ACCOUNTANT").go("/patients")
    expect(page.get_by_role("button", name="Explain")).to_have_count(2)  # nothing is not asked about
    for question, made_of in (
        # Of the charge that is open: the other one is settled.
        ("₹600. Explain Ira Bose: Outstanding", ["Session charged", "Payment received"]),
        ("₹700. Explain Om Das: Credit", ["Payment received"]),
    ):
        page.get_by_role("button", name=question).click()
        drawer = page.get_by_role("dialog")
        expect(drawer.get_by_text(question.split(".")[0], exact=True).first).to_be_visible()
        expect(drawer.get_by_role("listitem")).to_have_count(len(made_of))
        for line, said in enumerate(made_of):
            expect(drawer.get_by_role("listitem").nth(line)).to_contain_text(said)
        assert faults(page) == []
        page.keyboard.press("Escape")
        expect(drawer).to_have_count(0)


def test_what_the_till_should_hold_is_a_file_too(enter: Enter, centre: Centre) -> None:
    centre.post("/payments", {"patientId": centre.patient(), "amount": "700.00", "method": "CASH"}, expect=201)
    page = enter(centre, "ACCOUNTANT").go("/books")
    expect(page.get_by_role("row").filter(has_text="₹700").first).to_be_visible()
    with page.expect_download() as found:
        page.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(found.value.path().read_text("utf-8-sig").splitlines()))
    assert [(row["Method"], row["In"], row["After"]) for row in rows] == [("Cash", "700.00", "700.00")]


def test_a_link_into_the_past_shows_another_login_the_same(enter: Enter, centre: Centre) -> None:
    patient = centre.patient(firstName="Meera", lastName="Das")
    today = date.fromisoformat(centre.get(f"/patients/{patient}/outstanding-dues")["asOf"])
    for days, amount in ((20, "100.00"), (10, "250.00")):
        on = (today - timedelta(days=days)).isoformat()
        centre.post(
            "/payments", {"patientId": patient, "amount": amount, "method": "CASH", "receivedOn": on}, expect=201
        )
    page = enter(centre).go(f"/patients/{patient}?tab=ledger")
    balance = page.get_by_text(re.compile("in credit|owed|settled"))
    expect(balance.first).to_be_visible()
    slider = page.get_by_role("slider", name="Balance as of")
    slider.focus()
    for _ in range(15):
        slider.press("ArrowLeft")  # by keyboard: between the two payments
    expect(page.get_by_text("₹100", exact=True).first).to_be_visible()
    expect(page).to_have_url(re.compile("asOf="))
    known = page.get_by_label("Only what was known")
    known.click()
    expect(known).to_be_checked()
    expect(page).to_have_url(re.compile("knownAt="))
    expect(page.get_by_text("Nothing had been entered by then.")).to_be_visible()  # recorded later than it counts
    expect(page.get_by_text("Entries made later changed this balance")).to_be_visible()
    assert faults(page) == []
    asked = parse_qs(urlsplit(page.url).query)
    assert asked["asOf"] == [(today - timedelta(days=15)).isoformat()]
    link = page.url.removeprefix(f"{urlsplit(page.url).scheme}://{urlsplit(page.url).netloc}")
    other = enter(centre, "AUDITOR", width=375, dark=True).go(link)
    expect(other.get_by_text("Nothing had been entered by then.")).to_be_visible()
    expect(other.get_by_label("As known on").first).to_have_value(asked["knownAt"][0][:10])
    assert faults(other) == []
    assert other.evaluate("document.documentElement.scrollWidth <= innerWidth")


PAGES = ["/dashboard", "/payments", "/dues", "/expenses", "/reports", "/reports?report=sessions", "/books"]


@pytest.mark.parametrize(("width", "dark"), [(1280, True), (375, False)])
def test_pages_of_money_can_be_read_by_everybody(enter: Enter, centre: Centre, width: int, dark: bool) -> None:
    patient = centre.patient(firstName="Zoya", lastName="Khan")
    centre.post("/payments", {"patientId": patient, "amount": "300", "method": "UPI"}, expect=201)
    visit = enter(centre, "ACCOUNTANT", width=width, dark=dark)
    for path in PAGES:
        page = visit.go(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("status", name="Loading")).to_have_count(0)
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_the_front_desk_is_told_which_pages_are_not_its(enter: Enter, centre: Centre) -> None:
    visit = enter(centre, "OPERATOR")
    for path in ("/dues", "/books", "/payments/new", "/expenses/new"):
        page = visit.go(path)
        expect(page.get_by_text("Your role does not include this page.")).to_be_visible()


def test_an_amount_is_read_as_it_is_pasted_and_the_payments_history_is_told_to_the_accountant(
    enter: Enter, centre: Centre
) -> None:
    patient = centre.patient(firstName="Kavya", lastName="Rao")
    page = enter(centre, "ACCOUNTANT").go(f"/payments/new?patientId={patient}")
    amount = page.get_by_label("Amount")
    for wrong in ("0", "-5", "1,5", "1e9", "12345678901"):
        amount.fill(wrong)
        page.get_by_role("button", name="Record", exact=True).click()
        expect(amount).to_have_attribute("aria-invalid", "true")
    amount.fill("₹ 1,25,000.50")
    expect(page.get_by_text("₹1,25,000.50")).to_be_visible()  # what becomes credit, before it is made
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("^Payment RECEIPT"))).to_be_visible()
    (payment,) = centre.get(f"/patients/{patient}/payments")["data"]
    assert payment["amount"] == "125000.50"
    page.get_by_role("button", name="History").click()
    expect(page.get_by_role("dialog").get_by_role("heading", name="Payment received")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    # Somebody else voids it while it is looked at: no word of credit remains.
    centre.post(f"/payments/{payment['id']}/void", {"reason": "Entered twice"})
    expect(page.get_by_text("It was voided: it settles nothing")).to_be_visible()
    expect(page.get_by_role("button", name="Void")).to_have_count(0)


def test_the_balance_of_a_day_says_what_it_is_made_of(enter: Enter, centre: Centre) -> None:
    patient = centre.patient(firstName="Dev", lastName="Sen")
    for amount, on in (("100.00", "2019-04-01"), ("250.00", "2026-11-02")):  # years apart: no period holds both
        centre.post(
            "/payments", {"patientId": patient, "amount": amount, "method": "UPI", "receivedOn": on}, expect=201
        )
    page = enter(centre, "AUDITOR").go(f"/patients/{patient}?tab=ledger")
    page.get_by_role("button", name="₹350. Explain Balance").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("-₹350")).to_be_visible()
    expect(drawer.get_by_text("-₹100")).to_be_visible()
    expect(drawer.get_by_text(re.compile("^As of .* 2 entries"))).to_be_visible()
    assert faults(page) == []


TOO_WIDE = """[...document.querySelectorAll('.overflow-x-auto')].filter((it) => it.scrollWidth > it.clientWidth + 1)
    .map((it) => it.getAttribute('aria-label') ?? it.textContent.slice(0, 40))"""


@pytest.mark.parametrize("path", ["/dues", "/expenses", "/payments", "/books"])
def test_tables_of_many_columns_fit_whatever_room_there_is(enter: Enter, centre: Centre, path: str) -> None:
    patient = centre.patient(firstName="Venkatanarasimha", lastName="Subramaniam")
    therapist, kind = centre.therapist("leela"), centre.therapy_type(name="Speech")
    centre.session(patient, therapist, kind, date=DAY.isoformat())
    centre.post(
        "/payments", {"patientId": centre.patient(), "amount": "12345.50", "method": "BANK_TRANSFER"}, expect=201
    )
    spent = {"category": "SUPPLIES", "amount": "1234567.50", "method": "BANK_TRANSFER", "payee": "Lakshmi Estates"}
    centre.post("/expenses", spent, expect=201)
    page = enter(centre, "ACCOUNTANT").go(path)
    expect(page.get_by_role("table").first).to_be_visible()
    for width in (700, 780, 860, 940, 1020, 1100, 1180, 1260):
        page.set_viewport_size({"width": width, "height": 800})
        wait_until(lambda: page.evaluate(TOO_WIDE) == [])  # a table becomes cards once it knows its new width


def test_what_is_printed_takes_the_width_of_the_paper(enter: Enter, centre: Centre) -> None:
    """The sheet is as wide as a tablet: what stands beside the page there takes no room on paper."""
    patient = centre.patient(firstName="Tara", lastName="Menon")
    body = {"patientId": patient, "amount": "700.00", "method": "CASH"}
    payment = centre.post("/payments", body, expect=201)["id"]
    centre.post(f"/payments/{payment}/refund", {"amount": "200.00", "method": "CASH", "reason": "Moved away"})
    page = enter(centre, "ACCOUNTANT", width=794, dark=True).go(f"/patients/{patient}/statement")
    expect(page.get_by_role("row").filter(has_text="Payment · Cash")).to_be_visible()
    page.emulate_media(media="print")
    table = page.get_by_role("table")
    assert table.evaluate("(it) => it.getBoundingClientRect().width > 0.8 * innerWidth")
    assert table.evaluate("(it) => it.parentElement.scrollWidth <= it.parentElement.clientWidth")
    letters = page.locator("body").evaluate("(it) => getComputedStyle(it).color")
    page.emulate_media(media="screen")
    assert letters != page.locator("body").evaluate("(it) => getComputedStyle(it).color")  # dark on white, not light
    page.goto(page.url.replace(f"/patients/{patient}/statement", f"/payments/{payment}"))
    expect(page.get_by_role("button", name="Print receipt")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("row").filter(has_text="Handed back")).to_contain_text("₹200")
    assert page.get_by_role("table").evaluate("(it) => it.getBoundingClientRect().width > 0.8 * innerWidth")
