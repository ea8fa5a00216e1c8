"""Two people who want the same at the same moment, each in a browser of their own."""

from __future__ import annotations

import re
from datetime import date, timedelta

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Enter
from tests.browser.steps import choose, hold, together
from tests.support.system import Centre, wait_until

DAY = (date.today() + timedelta(days=9)).isoformat()  # noqa: DTZ011 - far enough from whatever day it is at the centre


def test_of_two_who_book_a_slot_one_gets_it_and_the_other_another(enter: Enter, centre: Centre) -> None:
    centre.therapist("leela")
    centre.therapy_type(name="Speech")
    wanted = {"nadia": "Arjun Das", "omar": "Zoya Bose"}
    held: list[Route] = []
    pages: dict[str, Page] = {}
    patients: dict[str, str] = {}
    for desk, name in wanted.items():
        first, last = name.split()
        patients[centre.patient(firstName=first, lastName=last)] = desk
        centre.user("OPERATOR", desk)
        page = pages[desk] = enter(centre, desk).go(f"/schedule?view=day&date={DAY}&book=true")
        dialog = page.get_by_role("dialog")
        choose(dialog, page, name)
        dialog.get_by_label("Therapist").select_option(label="Leela Tester")
        dialog.get_by_label("Therapy", exact=True).select_option(label="Speech")
        page.route("**/api/v1/sessions", lambda route: hold(route, held))
    for page in pages.values():  # both see it free
        page.get_by_role("dialog").get_by_role("button", name="10:00", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Book", exact=True).click()
    together(page, held, 2)

    (booked,) = wait_until(lambda: centre.get("/sessions")["data"])
    winner = patients[booked["patientId"]]
    (loser,) = set(pages) - {winner}
    expect(pages[winner].get_by_role("dialog", name="Book a session")).to_have_count(0)
    expect(pages[winner].get_by_role("button", name=f"10:00 {wanted[winner]}")).to_be_visible()
    late = pages[loser]
    dialog = late.get_by_role("dialog", name="Book a session")
    expect(dialog.get_by_role("alert")).to_contain_text("The therapist is busy then.")
    expect(dialog.get_by_text(f"10:00–11:00 {wanted[winner]}, Leela Tester")).to_be_visible()
    expect(dialog.get_by_text(f"Booked by {winner.title()} Tester")).to_be_visible()
    late.unroute("**/api/v1/sessions")
    free = dialog.get_by_role("region", name="Free times near by").get_by_role("button")
    expect(free.filter(has_text=re.compile("^10:00$"))).to_have_count(0)
    free.filter(has_text=re.compile("^11:00$")).click()
    dialog.get_by_role("button", name="Book", exact=True).click()
    expect(late.get_by_role("button", name=f"11:00 {wanted[loser]}")).to_be_visible()
    found = centre.get("/sessions", params={"sort": "startsAt"})["data"]
    assert [(each["startTime"], patients[each["patientId"]]) for each in found] == [("10:00", winner), ("11:00", loser)]
