"""Notifications in a browser: one that failed is sent again, one nobody knows of is settled; and texts."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import expect

from application.notices.senders import Declined, Unanswered
from domain.notices import Problem
from tests.browser.accessible import faults
from tests.browser.conftest import Enter
from tests.notices.office import opened
from tests.support.system import Centre


def _sent_badly(centre: Centre) -> tuple[str, str]:
    """One that the provider refused for good, and one that it took and said nothing of."""
    refused, unknown = (
        centre.post(
            "/notifications/send",
            {"patientId": centre.patient(firstName=name), "channel": "SMS", "message": f"Closed on Friday, {name}."},
            expect=201,
        )["id"]
        for name in ("Fatima", "Usha")
    )
    with opened(centre) as office:
        for answer in (Declined(Problem.BAD_ADDRESS), Unanswered()):
            office.sms.script.append(answer)
        office.sms.askable = False
        office.send_due()
    return refused, unknown


def test_failed_is_sent_again_and_unknown_is_settled(enter: Enter, centre: Centre) -> None:
    with ThreadPoolExecutor(1) as elsewhere:  # this thread has the browser's event loop
        ids = elsewhere.submit(_sent_badly, centre).result()
    by_state = {centre.get(f"/notifications/{each}")["status"]: each for each in ids}
    assert set(by_state) == {"FAILED", "UNKNOWN"}
    page = enter(centre, width=375, dark=True).go(f"/notifications?status=FAILED&open={by_state['FAILED']}")
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("Nobody can be reached at that address")).to_be_visible()
    assert faults(page) == []
    drawer.get_by_role("button", name="Send again").click()
    expect(drawer.get_by_text(re.compile("Waiting|Tried again soon"))).to_be_visible()
    page.goto(page.url.split("?")[0] + "?status=UNKNOWN")
    page.get_by_role("button", name=re.compile("Fatima|Usha")).click()
    expect(drawer.get_by_text("nobody knows whether it arrived")).to_be_visible()
    drawer.get_by_label("I asked the provider").select_option(label="It was sent")
    drawer.get_by_label("What the provider said").fill("Delivered at noon, they say.")
    assert faults(page) == []
    drawer.get_by_role("button", name="Save").click()
    expect(drawer.get_by_text("Sent", exact=True).first).to_be_visible()
    assert centre.get(f"/notifications/{by_state['UNKNOWN']}")["status"] == "SENT"


def test_a_text_is_previewed_saved_and_put_back(enter: Enter, centre: Centre) -> None:
    page = enter(centre).go("/settings?section=notices")
    page.get_by_role("button", name="Text: Session booked").click()
    drawer = page.get_by_role("dialog")
    preview = drawer.get_by_role("region", name="Preview")
    drawer.get_by_label("SMS", exact=True).fill("Come on {when}, {nobody}!")
    expect(preview.get_by_role("alert")).to_be_visible()
    drawer.get_by_label("SMS", exact=True).fill("Do come: {patient}!")
    expect(preview.get_by_text(re.compile("^Do come: [A-Z]"))).to_be_visible()
    assert faults(page) == []
    drawer.get_by_role("button", name="Save").click()
    row = page.get_by_role("listitem").filter(has_text="Session booked")
    expect(row).to_contain_text("Own text")
    row.get_by_role("button", name="Text: Session booked").click()
    drawer.get_by_role("button", name="Back to the standard text").click()
    expect(row).to_contain_text("Standard")
    expect(row).not_to_contain_text("Do come")
