"""The schedule: seeing it, booking, moving by mouse and by keyboard, clashes, what others do, a session's drawer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.accessible import faults
from tests.browser.conftest import Enter
from tests.browser.steps import hold, together
from tests.support.system import Centre

DAY = date.today() + timedelta(days=9)  # noqa: DTZ011 - far enough from whatever day it is at the centre
ON = DAY.isoformat()


@dataclass
class World:
    centre: Centre
    therapist: str
    other: str
    kind: str
    patient: str
    session: str


@pytest.fixture
def world(centre: Centre) -> World:
    therapist, other = (centre.user("THERAPIST", name) for name in ("leela", "vikram"))
    for each in (therapist, other):
        hours = {"dayOfWeek": DAY.weekday(), "startTime": "08:00", "endTime": "20:00"}
        centre.post(f"/therapists/{each}/availability", hours, expect=201)
    kind, patient = centre.therapy_type(name="Speech"), centre.patient(firstName="Zoya", lastName="Bose")
    session = centre.session(patient, therapist, kind, date=ON, startTime="10:00")["id"]
    return World(centre, therapist, other, kind, patient, session)


def block(page: Page, name: str = "Zoya Bose") -> Locator:
    return page.get_by_role("button", name=name)


def place(world: World) -> tuple[str, str, str]:
    found = world.centre.get(f"/sessions/{world.session}")
    return found["date"], found["startTime"], found["therapistId"]


def moves(world: World) -> int:
    told = world.centre.get(f"/sessions/{world.session}/history")["data"]
    return sum(each["type"] == "scheduling.SessionRescheduled" for each in told)


@pytest.mark.parametrize(
    ("view", "width", "dark"),
    [("week", 1280, False), ("day", 1280, True), ("month", 1280, True), ("day", 375, False), ("month", 320, False)],
)
def test_every_view_can_be_read_by_everybody(enter: Enter, world: World, view: str, width: int, dark: bool) -> None:
    page = enter(world.centre, width=width, dark=dark).go(f"/schedule?view={view}&date={ON}")
    shown = page.get_by_role("table") if view == "month" else page.get_by_text("Zoya Bose")
    expect(shown).to_be_visible()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_name_stands_over_the_column_of_its_sessions(enter: Enter, world: World) -> None:
    for name in ("chandrashekhararaghunathan", "bo", "devi", "esha", "farhan", "gita", "hari", "ira"):
        world.centre.user("THERAPIST", name)
    page = enter(world.centre).go(f"/schedule?view=day&date={ON}")
    grid = page.get_by_role("region", name="Schedule")
    expect(block(page)).to_be_visible()
    names, columns = grid.get_by_title(re.compile(" Tester$")), grid.locator("[data-column]")
    expect(names).to_have_count(10)
    expect(columns).to_have_count(10)
    tops = set()
    for nth in range(10):
        above, below = names.nth(nth).bounding_box(), columns.nth(nth).bounding_box()
        assert above is not None
        assert below is not None
        assert below["x"] <= above["x"]
        assert above["x"] + above["width"] <= below["x"] + below["width"]
        tops.add(above["y"])
    assert len(tops) == 1


def test_an_empty_place_is_pressed_and_booked(enter: Enter, world: World) -> None:
    page = enter(world.centre).go(f"/schedule?view=day&date={ON}")
    box = block(page).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 20, box["y"] + 72 * 3 + 4)  # three hours further down
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Time", exact=True)).to_have_value("13:00")
    dialog.get_by_label("Patient").press_sequentially("zoya")
    page.get_by_role("option", name="Zoya Bose").click()
    dialog.get_by_label("Therapy", exact=True).select_option(label="Speech")
    expect(dialog.get_by_text("₹800")).to_be_visible()
    assert faults(page) == []
    dialog.get_by_role("button", name="Book", exact=True).click()
    expect(block(page)).to_have_count(2)
    found = world.centre.get("/sessions", params={"patientId": world.patient, "sort": "startsAt"})["data"]
    assert [each["startTime"] for each in found] == ["10:00", "13:00"]


def test_a_series_shows_its_clashes_and_books_the_rest(enter: Enter, world: World) -> None:
    page = enter(world.centre).go(f"/schedule?view=day&date={ON}&book=true&patient={world.patient}")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Therapist").select_option(label="Leela Tester")
    dialog.get_by_label("Therapy", exact=True).select_option(label="Speech")
    dialog.get_by_label("Time", exact=True).fill("10:30")  # the first date clashes with the session that is there
    dialog.get_by_label("Every week").check()
    dialog.get_by_label("How many sessions").fill("3")
    dialog.get_by_role("button", name="Check the dates").click()
    expect(dialog.get_by_text("One date cannot be had")).to_be_visible()
    assert faults(page) == []
    dialog.get_by_role("button", name="Book 2 sessions").click()
    expect(page.get_by_text("2 sessions are booked")).to_be_visible()
    assert world.centre.get("/sessions", params={"patientId": world.patient})["total"] == 3


def test_a_session_is_moved_by_keyboard_alone_and_back_again(enter: Enter, world: World) -> None:
    page = enter(world.centre).go(f"/schedule?view=day&date={ON}")
    block(page).focus()
    for key in ("m", "ArrowDown", "ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="10:30 Zoya Bose")).to_be_visible()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    assert place(world) == (ON, "10:30", world.other)
    assert faults(page) == []
    undo.click()
    expect(page.get_by_role("button", name="10:00 Zoya Bose")).to_be_visible()
    expect(page.get_by_text("Taken back")).to_be_visible()
    assert place(world) == (ON, "10:00", world.therapist)


def drag(page: Page, what: Locator, down: float) -> None:
    box = what.bounding_box()
    assert box is not None
    what.hover(position={"x": box["width"] / 2, "y": 8})  # waits until it stands still
    box = what.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 8
    page.mouse.down()
    page.mouse.move(x, y + down / 2, steps=3)
    page.mouse.move(x, y + down, steps=3)
    page.mouse.up()


def test_a_session_is_dragged_and_shows_there_at_once(enter: Enter, world: World) -> None:
    page = enter(world.centre).go(f"/schedule?view=day&date={ON}")
    expect(block(page)).to_be_visible()
    # The server does not answer yet; the screen does.
    held: list[Route] = []
    page.route("**/api/v1/sessions/*", lambda route: hold(route, held, "PUT"))
    drag(page, block(page), 144)
    expect(page.get_by_role("button", name="12:00 Zoya Bose")).to_be_visible()  # how soon: make web
    assert place(world)[1] == "10:00"
    together(page, held, 1)
    expect(page.get_by_text("Zoya Bose: ")).to_be_visible(timeout=10_000)
    assert place(world) == (ON, "12:00", world.therapist)


def test_a_move_whose_answer_was_lost_is_made_once(enter: Enter, world: World) -> None:
    page = enter(world.centre).go(f"/schedule?view=day&date={ON}")
    expect(block(page)).to_be_visible()
    keys: list[str | None] = []

    def lose_the_first(route: Route) -> None:
        if route.request.method != "PUT":
            return route.continue_()
        keys.append(route.request.headers.get("idempotency-key"))
        if len(keys) > 1:
            return route.continue_()
        route.fetch()  # it arrives there, and what comes back does not arrive here
        return route.abort("connectionreset")

    page.route("**/api/v1/sessions/*", lose_the_first)
    drag(page, block(page), 144)
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    expect(page.get_by_role("button", name="12:00 Zoya Bose")).to_be_visible()
    assert len(keys) == 2
    assert keys[0] is not None
    assert keys[0] == keys[1]
    assert moves(world) == 1


def test_what_somebody_else_has_moved_meanwhile_is_not_moved_over(enter: Enter, world: World) -> None:
    visit = enter(world.centre)
    visit.page.route("**/api/v1/stream", lambda route: route.abort())  # nothing is heard of others
    page = visit.go(f"/schedule?view=day&date={ON}")
    expect(block(page)).to_be_visible()
    world.centre.put(f"/sessions/{world.session}", {"startTime": "15:00"})
    drag(page, block(page), 144)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("The session was changed meanwhile.")).to_be_visible()
    assert faults(page) == []
    dialog.get_by_role("button", name="Close").first.click()
    expect(page.get_by_role("button", name="15:00 Zoya Bose")).to_be_visible()
    assert place(world) == (ON, "15:00", world.therapist)
    assert moves(world) == 1


def test_a_clash_is_explained_and_offers_what_is_free(enter: Enter, world: World) -> None:
    other = world.centre.patient(firstName="Arjun", lastName="Das")
    page = enter(world.centre).go(f"/schedule?view=day&date={ON}")
    expect(block(page)).to_be_visible()
    # The other session comes while nothing is heard: what is shown is old, as on a bad line.
    page.context.set_offline(True)
    world.centre.session(other, world.therapist, world.kind, date=ON, startTime="12:00")
    block(page).focus()
    for key in ("m", *["ArrowDown"] * 8):
        page.keyboard.press(key)
    page.context.set_offline(False)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("The therapist is busy then.")).to_be_visible()
    expect(dialog.get_by_text("12:00–13:00")).to_be_visible()
    expect(dialog.get_by_text("Booked by Asha Rao")).to_be_visible()
    assert faults(page) == []
    free = dialog.get_by_role("region", name="Free times near by").get_by_role("button").first
    when = (free.text_content() or "").strip()
    free.click()
    expect(page.get_by_role("button", name=f"{when} Zoya Bose")).to_be_visible()
    expect(page.get_by_text(f", {when}").last).to_be_visible()
    assert place(world)[1] == when


def test_what_a_colleague_moves_moves_here(enter: Enter, world: World) -> None:
    page = enter(world.centre, "OPERATOR").go(f"/schedule?view=day&date={ON}")
    expect(page.get_by_text("Live", exact=True).first).to_be_visible()
    world.centre.put(f"/sessions/{world.session}", {"startTime": "15:00"})
    expect(page.get_by_role("button", name="15:00 Zoya Bose")).to_be_visible()


def test_the_drawer_pays_and_cancels_and_tells_its_history(enter: Enter, world: World) -> None:
    page = enter(world.centre, width=375).go(f"/schedule?view=day&date={ON}&session={world.session}")
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("button", name="Record a payment").click()
    assert faults(page) == []
    drawer.get_by_label("Method").select_option(label="UPI")
    drawer.get_by_role("button", name="Record a payment").click()
    expect(drawer.get_by_text("Paid in full")).to_be_visible()
    drawer.get_by_role("button", name="Cancel the session").click()
    drawer.get_by_role("button", name="Cancel the session").click()
    expect(drawer.get_by_label("Reason")).to_be_focused()
    drawer.get_by_label("Reason").fill("Fever")
    drawer.get_by_role("button", name="Cancel the session").click()
    expect(drawer.get_by_text("Cancelled", exact=True).first).to_be_visible()
    drawer.get_by_role("button", name="History").click()
    expect(page.get_by_role("dialog").last.get_by_text("Fever").first).to_be_visible()
    assert world.centre.get(f"/patients/{world.patient}/credits")["credit"] == "800.00"


def test_whoever_only_reads_is_offered_nothing_to_change(enter: Enter, world: World) -> None:
    page = enter(world.centre, "ACCOUNTANT").go(f"/schedule?view=day&date={ON}")
    block(page).click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("button", name="Record a payment")).to_be_visible()
    expect(drawer.get_by_role("button", name="Cancel the session")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Book", exact=True)).to_have_count(0)
    block(page).focus()
    page.keyboard.press("m")
    expect(page.locator("[data-ghost]")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 320])
def test_sessions_and_series_are_listed_and_a_series_is_cancelled(enter: Enter, world: World, width: int) -> None:
    series = {"patientId": world.patient, "therapistId": world.therapist, "therapyTypeId": world.kind}
    rule = {"firstDate": ON, "startTime": "14:00", "rule": "FREQ=WEEKLY;COUNT=3"}
    world.centre.post("/sessions/series", series | rule, expect=201)
    page = enter(world.centre, width=width, dark=width == 320).go("/sessions?status=SCHEDULED")
    expect(page.get_by_text("1–4 of 4")).to_be_visible()
    assert faults(page) == []
    page.goto(page.url.split("/sessions")[0] + "/series")
    page.get_by_role("button", name="Zoya Bose").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("listitem")).to_have_count(3)
    drawer.get_by_role("button", name="Cancel sessions").click()
    assert faults(page) == []
    drawer.get_by_text("From one on").click()
    drawer.get_by_label("From", exact=True).select_option(index=1)
    assert faults(page) == []
    drawer.get_by_label("Reason").fill("Moving away")
    drawer.get_by_role("button", name="Cancel sessions").click()
    expect(page.get_by_text("2 sessions are cancelled")).to_be_visible()
    assert world.centre.get("/sessions", params={"status": "CANCELLED"})["total"] == 2
