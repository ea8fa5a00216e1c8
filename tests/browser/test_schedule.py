"""The schedule: seeing it, booking, a series, a session's drawer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.accessible import faults
from tests.browser.booked import ON, World, block
from tests.browser.conftest import Enter


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
