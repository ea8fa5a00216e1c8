"""Whose record a record is: a duplicate merged and parted again, and a patient erased with a certificate."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.accessible import faults
from tests.browser.conftest import Enter
from tests.support.system import Centre


def test_a_duplicate_is_merged_and_parted_again(enter: Enter, centre: Centre) -> None:
    twice = centre.patient(firstName="Zoya", lastName="Boose")
    kept = centre.patient(firstName="Zoya", lastName="Bose")
    page = enter(centre, width=375).go(f"/patients/{twice}")
    page.get_by_role("button", name="Merge into another record").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Registered twice")
    dialog.get_by_role("button", name="Merge into another record").click()
    expect(dialog.get_by_text("This is needed.")).to_be_visible()
    dialog.get_by_label("The record to be used").press_sequentially("zoya bos")
    page.get_by_role("option", name="Zoya Bose").click()
    assert faults(page) == []
    dialog.get_by_role("button", name="Merge into another record").click()
    expect(page.get_by_role("heading", name="Zoya Bose")).to_be_visible()
    page.get_by_role("link", name="Zoya Boose").click()
    expect(page.get_by_role("heading", name="Zoya Boose")).to_be_visible()
    assert centre.get(f"/patients/{twice}")["mergedInto"] == kept
    page.get_by_role("button", name="Reverse the merge").click()
    dialog.get_by_label("Reason").fill("They are sisters")
    dialog.get_by_role("button", name="Reverse the merge").click()
    expect(page.get_by_text("They are two again")).to_be_visible()
    expect(page.get_by_role("button", name="Merge into another record")).to_be_visible()
    assert centre.get(f"/patients/{twice}")["mergedInto"] is None


def test_a_patient_is_erased_by_name_only_and_certified(enter: Enter, centre: Centre) -> None:
    patient = centre.patient(firstName="Ira", lastName="Nair")
    desk = enter(centre, "OPERATOR").go(f"/patients/{patient}")
    expect(desk.get_by_role("heading", name="Ira Nair")).to_be_visible()
    expect(desk.get_by_role("button", name="Erase")).to_have_count(0)
    page = enter(centre).go(f"/patients/{patient}")
    page.get_by_role("button", name="Erase").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("to go on").fill("Ira")
    dialog.get_by_role("button", name="Erase").click()
    expect(dialog.get_by_text("That is another name.")).to_be_visible()
    assert faults(page) == []
    assert centre.get(f"/patients/{patient}")["firstName"] == "Ira"
    dialog.get_by_label("to go on").fill("ira nair")
    dialog.get_by_role("button", name="Erase").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Certificate of erasure").click()
    assert Path(saved.value.path()).read_bytes()[:5] == b"%PDF-"
    expect(page.get_by_role("heading", name="Ira Nair")).to_have_count(0)
    expect(desk.get_by_role("heading", name="Ira Nair")).to_have_count(0)
    assert centre.get(f"/patients/{patient}")["firstName"] is None
