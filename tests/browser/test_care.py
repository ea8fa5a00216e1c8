"""Care: a series that is changed, progress reports and their versions, requests to move a session."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessible import faults
from tests.browser.conftest import Enter
from tests.browser.world import today_there
from tests.rescheduling.asking import THEA, Asking, at, day
from tests.support.system import Centre

FIRST = date.today() + timedelta(days=8)  # noqa: DTZ011 - far enough from whatever day it is at the centre


def booked(centre: Centre, count: int = 3) -> tuple[str, list[str]]:
    """A weekly series at 10:00 of one who is there from 8 to 20, and its sessions."""
    code = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][FIRST.weekday()]
    body = {
        "patientId": centre.patient(firstName="Zoya", lastName="Bose"), "therapistId": centre.therapist("leela"),
        "therapyTypeId": centre.therapy_type(name="Speech"), "firstDate": FIRST.isoformat(), "startTime": "10:00",
        "rule": f"FREQ=WEEKLY;BYDAY={code};COUNT={count}",
    }  # fmt: skip
    made = centre.post("/sessions/series", body, expect=201)
    return made["id"], [each["sessionId"] for each in made["occurrences"]]


def starts(centre: Centre, sessions: list[str]) -> list[str]:
    return [centre.get(f"/sessions/{each}")["startTime"] for each in sessions]


def test_a_series_is_changed_from_one_on_and_put_back(enter: Enter, centre: Centre) -> None:
    series, sessions = booked(centre)
    centre.session(
        centre.get(f"/sessions/series/{series}")["patientId"], centre.users["leela"], centre.therapy_type(),
        date=(FIRST + timedelta(weeks=2)).isoformat(), startTime="15:00",
    )  # fmt: skip
    page = enter(centre, width=375).go(f"/sessions?session={sessions[1]}")
    page.get_by_role("dialog").get_by_role("link", name="One of a series").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("button", name="Change", exact=True).click()
    drawer.get_by_text("From one on").click()
    drawer.get_by_label("Time", exact=True).fill("15:00")
    drawer.get_by_role("button", name="Change", exact=True).click()
    refused = drawer.get_by_role("region", name="These cannot be had")
    expect(refused.get_by_role("listitem")).to_have_count(1)
    expect(refused).to_contain_text("15:00")
    assert faults(page) == []
    assert starts(centre, sessions) == ["10:00"] * 3
    drawer.get_by_label("Time", exact=True).fill("16:00")
    drawer.get_by_role("button", name="Change", exact=True).click()
    expect(page.get_by_text("2 sessions are changed")).to_be_visible()
    assert starts(centre, sessions) == ["10:00", "16:00", "16:00"]
    expect(drawer.get_by_role("listitem").filter(has_text="16:00")).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(drawer.get_by_role("listitem").filter(has_text="16:00")).to_have_count(0)
    assert starts(centre, sessions) == ["10:00"] * 3


@pytest.fixture
def held(centre: Centre) -> dict[str, str]:
    """A session of a week ago whose therapy asks three questions."""
    therapy, therapist = centre.therapy_type(name="Speech"), centre.therapist("leela")
    sections = [
        {"key": "summary", "label": "Summary", "kind": "TEXT", "required": True},
        {"key": "words", "label": "Words of ten", "kind": "SCALE", "lowest": 0, "highest": 10},
        {"key": "homework", "label": "Homework was done", "kind": "CHECK"},
    ]
    centre.put(f"/therapy-types/{therapy}/progress-template", {"sections": sections})
    patient = centre.patient(firstName="Dev", lastName="Khan")
    session = centre.session(patient, therapist, therapy, date=(FIRST - timedelta(days=15)).isoformat())["id"]
    return {"session": session, "patient": patient, "therapist": therapist, "therapy": therapy}


def _answer(form: Locator, words: str, summary: str) -> None:
    form.get_by_label("Summary").fill(summary)
    form.get_by_label("Words of ten").select_option(words)


def test_completed_with_notes_and_a_report_from_the_schedule(
    enter: Enter, centre: Centre, held: dict[str, str]
) -> None:
    page = enter(centre).go(f"/schedule?view=day&session={held['session']}")
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("button", name="Complete").click()
    drawer.get_by_label("Notes").fill("Two-word phrases.")
    drawer.get_by_label("Write the progress report, too").check()
    drawer.get_by_role("button", name="Complete").click()
    expect(drawer.get_by_text("This is needed.")).to_be_visible()  # the summary; nothing was sent
    assert centre.get(f"/sessions/{held['session']}")["status"] == "SCHEDULED"
    _answer(drawer, "4", "Asked for the car.")
    assert faults(page) == []
    drawer.get_by_role("button", name="Complete").click()
    expect(page.get_by_text("Completed, and the progress report is saved")).to_be_visible()
    told = centre.get(f"/sessions/{held['session']}")
    assert (told["status"], told["notes"]) == ("COMPLETED", "Two-word phrases.")
    [report] = centre.get("/progress-reports", params={"sessionId": held["session"]})["data"]
    values = {each["key"]: each["value"] for each in centre.get(f"/progress-reports/{report['id']}")["sections"]}
    assert values == {"summary": "Asked for the car.", "words": 4, "homework": False}


def test_the_front_desk_completes_without_clinical_text(enter: Enter, centre: Centre, held: dict[str, str]) -> None:
    page = enter(centre, "OPERATOR").go(f"/sessions?session={held['session']}")
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("button", name="Complete").click()
    expect(drawer.get_by_text("It was held and is over.")).to_be_visible()
    expect(drawer.get_by_role("textbox")).to_have_count(0)
    drawer.get_by_role("button", name="Complete").click()
    expect(drawer.get_by_text("Completed", exact=True)).to_be_visible()


def test_a_report_is_written_corrected_compared_and_printed(enter: Enter, centre: Centre, held: dict[str, str]) -> None:
    page = enter(centre).go(f"/progress-reports/new?patientId={held['patient']}")
    page.get_by_label("Therapy").select_option(label="Speech")
    _answer(page.get_by_role("main"), "4", "Names six of ten.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Whose report")).to_be_focused()
    page.get_by_label("Whose report").select_option(label="Leela Tester")
    assert faults(page) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Version 1 of 1")).to_be_visible()

    page.get_by_role("link", name="Correct").click()
    _answer(page.get_by_role("main"), "6", "Names eight of ten.")
    page.get_by_label("Why it is corrected").fill("Counted again")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Version 2 of 2")).to_be_visible()
    expect(page.get_by_text("Names eight of ten.")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name=re.compile("Version 1")).click()
    expect(page.get_by_text("You are reading an older version.")).to_be_visible()
    expect(page.get_by_text("Names six of ten.")).to_be_visible()
    expect(page.get_by_role("link", name="Correct")).to_have_count(0)
    page.get_by_role("button", name="Read the current one").click()
    page.get_by_role("link", name="Compare with the version before").click()
    row = page.get_by_role("row").filter(has_text="Words of ten")
    expect(row).to_contain_text("2 higher")
    only = page.get_by_label("Only what changed")
    only.click()
    expect(only).to_be_checked()  # it stands in the address, and shows it a frame later
    expect(page.get_by_role("row").filter(has_text="Homework")).to_have_count(0)
    assert faults(page) == []

    page.go_back()
    page.get_by_role("link", name="Timeline").click()
    expect(page.get_by_role("link", name=re.compile(r"\d{4}"))).to_be_visible()
    expect(page.get_by_text("Names eight of ten.")).to_be_visible()
    page.get_by_role("link", name=re.compile(r"\d{4}")).click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="PDF").click()
    assert Path(saved.value.path()).read_bytes()[:5] == b"%PDF-"
    assert "Dev Khan" in saved.value.suggested_filename


def test_two_who_correct_at_once_both_have_their_version(enter: Enter, centre: Centre, held: dict[str, str]) -> None:
    answers = [{"section": "summary", "value": "Names six of ten."}]
    body = {"patientId": held["patient"], "sessionId": held["session"], "answers": answers}
    report = centre.post("/progress-reports", body, expect=201)["id"]
    visit = enter(centre)
    visit.page.route("**/api/v1/stream*", lambda route: route.abort())  # nobody tells of the other's
    page = visit.go(f"/progress-reports/{report}/edit")
    page.get_by_label("Summary").fill("Names seven of ten.")
    page.get_by_label("Why it is corrected").fill("Counted again")
    other = {"answers": [{"section": "summary", "value": "Names nine."}], "reason": "Another child's"}
    centre.put(f"/progress-reports/{report}", other)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody changed this meanwhile")
    expect(page.get_by_role("link", name="Read version 2")).to_be_visible()
    expect(page.get_by_label("Summary")).to_have_value("Names seven of ten.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Version 3 of 3")).to_be_visible()
    told = centre.get(f"/progress-reports/{report}/versions", params={"sort": "version"})["data"]
    said = [next(each["value"] for each in row["sections"] if each["key"] == "summary") for row in told]
    assert said == ["Names six of ten.", "Names nine.", "Names seven of ten."]


@pytest.fixture
def asking(centre: Centre) -> Asking:
    return Asking(centre)


def test_a_therapist_asks_and_takes_it_back(enter: Enter, asking: Asking) -> None:
    page = enter(asking.centre, THEA, width=375).go(f"/my-schedule?view=day&date={day(7)}")
    page.get_by_role("button", name=re.compile("move", re.IGNORECASE)).first.click()
    drawer = page.get_by_role("dialog")
    free = drawer.get_by_role("region", name="Free times").get_by_role("button", name=re.compile(r"\d\d:\d\d$"))
    free.first.click()
    drawer.get_by_label("Why").fill("Training that day")
    assert faults(page) == []
    drawer.get_by_role("button", name="Send request").click()
    expect(drawer).to_have_count(0)
    page.goto(page.url.split("/my-schedule")[0] + "/reschedule-requests")
    page.get_by_role("button", name="Kiran Das").click()
    page.get_by_role("dialog").get_by_role("button", name="Take back").click()
    expect(page.get_by_role("dialog").get_by_text("Taken back")).to_be_visible()
    [told] = asking.centre.get("/reschedule-requests")["data"]
    assert told["status"] == "CANCELLED"


def _open(page: Page) -> Locator:
    page.get_by_role("button", name="Kiran Das").click()
    return page.get_by_role("dialog")


def test_a_time_that_is_gone_when_approved_is_answered_with_others(enter: Enter, asking: Asking) -> None:
    made = asking.ask(at(8, "14:00"))
    visit = enter(asking.centre, "OPERATOR")
    visit.page.route("**/api/v1/stream*", lambda route: route.abort())  # nobody tells that it is gone
    page = visit.go("/reschedule-requests")
    drawer = _open(page)
    wanted = drawer.get_by_role("button", name=re.compile("^Approve .*14:00"))
    expect(wanted).to_be_visible()
    asking.book(8, "14:00", patient=asking.centre.patient(firstName="Quicker"))
    wanted.click()
    expect(drawer.get_by_role("alert")).to_contain_text("has just gone")
    expect(drawer.get_by_text("No longer free")).to_be_visible()
    assert faults(page) == []
    drawer.get_by_role("button", name=re.compile(r"^\d\d:\d\d: Approve ")).first.click()
    expect(drawer.get_by_text("Approved", exact=True)).to_be_visible()
    told = asking.request(made["id"])
    assert told["status"] == "APPROVED"
    assert (told["chosen"]["date"], told["chosen"]["startTime"]) == asking.place()[:2]
    assert asking.place()[1] != "14:00"


def test_a_rejection_says_why_and_the_therapist_reads_it(enter: Enter, asking: Asking) -> None:
    asking.ask(at(8, "14:00"))
    drawer = _open(enter(asking.centre).go("/reschedule-requests"))
    drawer.get_by_role("button", name="Reject").click()
    drawer.get_by_role("button", name="Reject").click()
    expect(drawer.get_by_text("This is needed.")).to_be_visible()
    drawer.get_by_label("Why not").fill("The room is being painted.")
    drawer.get_by_role("button", name="Reject").click()
    expect(drawer.get_by_text("The room is being painted.")).to_be_visible()
    page = enter(asking.centre, THEA).go("/reschedule-requests?status=REJECTED")
    expect(_open(page).get_by_text("The room is being painted.")).to_be_visible()


LONGEST = ("Venkatanarasimharajuvaripeta" * 3, "Thiruvananthapuramkaran-Balasubramaniam")


def test_from_a_patient_with_a_long_name_a_session_is_booked(enter: Enter, centre: Centre) -> None:
    first, last = LONGEST
    patient = centre.patient(firstName=first, lastName=last, guardianName="लक्ष्मीनारायण " + first)
    session = centre.session(patient, centre.therapist("leela"), centre.therapy_type(), date=FIRST.isoformat())
    visit = enter(centre)
    page = visit.page
    for width, address in product((320, 1280), (f"/patients/{patient}", "/patients", "/sessions", "/schedule")):
        page.set_viewport_size({"width": width, "height": 800})
        visit.go(f"{address}?date={FIRST.isoformat()}")
        if address == "/schedule" and width == 320:
            expect(page.get_by_role("heading", name="Schedule")).to_be_visible()
        else:
            expect(page.get_by_text(first).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
        if address in {"/patients", "/sessions"}:  # no column is pushed out of sight by a name
            table = page.get_by_role("table")
            assert table.evaluate("it => it.scrollWidth <= it.parentElement.clientWidth"), (address, width)
    visit.go("/patients")  # nor does it lie over the next column
    name = page.get_by_role("link", name=first)
    assert name.evaluate("it => it.scrollWidth <= it.clientWidth && it.offsetWidth <= it.parentElement.clientWidth")
    visit.go(f"/patients/{patient}?tab=sessions")
    page.get_by_role("link", name=session["startTime"]).click()
    expect(page.get_by_role("dialog").get_by_text(first).first).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Book a session").click()
    expect(page.get_by_role("combobox", name="Patient")).to_have_value(f"{first} {last}")


def test_the_day_begins_with_what_waits(enter: Enter, centre: Centre) -> None:
    patient, therapist, kind = centre.patient(), centre.therapist("leela"), centre.therapy_type()
    page = enter(centre, "OPERATOR").go("/dashboard")
    waiting = page.get_by_role("navigation", name="What waits")
    expect(waiting.get_by_role("link")).to_have_text(
        ["Sessions today0", "Past sessions to close0", "Requests to decide0"]
    )
    yesterday = today_there() - timedelta(days=1)
    for hour in ("09:00", "11:00"):
        centre.session(patient, therapist, kind, date=yesterday.isoformat(), startTime=hour)
    expect(waiting.get_by_role("link")).to_have_text(
        ["Sessions today0", "Past sessions to close2", "Requests to decide0"]
    )
    assert faults(page) == []
    waiting.get_by_role("link", name="Past sessions to close").click()
    expect(page.get_by_role("row", name="Scheduled")).to_have_count(2)
    page.get_by_role("link", name="Sessions").click()
    expect(page.get_by_text("No sessions to come.")).to_be_visible()
    page.get_by_text("Past", exact=True).click()
    expect(page.get_by_role("row", name="Scheduled")).to_have_count(2)
