"""Operations in a browser, in an installation of its own: a rebuild watched to its end and taken back, a parked stream
passed over, and the platform's centres."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessible import faults
from tests.browser.conftest import Enter
from tests.support.postgres import copied_database
from tests.support.system import PASSWORD, PLATFORM_ADMIN, Centre, RunningSystem, running_system, wait_until

REBUILD = 30_000  # milliseconds; a whole process starts, takes it up and does it


@pytest.fixture(scope="module")
def system(postgres: object, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    """Nobody does rebuilds in it until a test starts somebody."""
    with (
        copied_database(postgres, template) as database,  # type: ignore[arg-type]
        running_system(database, tmp_path_factory.mktemp("operations")) as system,
    ):
        yield system


def _change(system: RunningSystem, statement: str, *values: object) -> None:
    with psycopg.connect(system.database.admin_url) as db:
        db.execute(statement.encode(), values)


def _state(page: Page, state: str) -> None:
    expect(page.get_by_role("dialog").get_by_text(state, exact=True)).to_be_visible(timeout=REBUILD)


def test_a_rebuild_is_asked_for_paused_done_and_taken_back(enter: Enter, centre: Centre, system: RunningSystem) -> None:
    centre.session(centre.patient(), centre.therapist(), centre.therapy_type())
    _change(system, "UPDATE reading.charges SET due_on = due_on + 1 WHERE tenant_id = %s", centre.tenant_id)
    page = enter(centre).go("/operations")
    page.get_by_role("button", name="Rebuild charges").click()
    assert faults(page) == []
    page.get_by_role("dialog").get_by_role("button", name="Rebuild").click()
    _state(page, "Waiting")
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("It pauses after this step")).to_be_visible()
    system.start("maintain")
    _state(page, "Paused")
    drawer.get_by_role("button", name="Go on").click()
    _state(page, "Done")
    expect(drawer.get_by_text("1 row differed")).to_be_visible()
    expect(drawer.get_by_text("They differ: due_on")).to_be_visible()
    assert faults(page) == []
    drawer.get_by_role("button", name="Go back to the version before").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Go back to the version before").click()
    _state(page, "Taken back")
    page.keyboard.press("Escape")
    expect(page.get_by_role("row").filter(has_text="charges").get_by_text("Taken back")).to_be_visible()


def test_a_parked_stream_is_looked_at_and_passed_over(enter: Enter, centre: Centre, system: RunningSystem) -> None:
    if "maintain" not in system.processes:
        system.start("maintain")
    patient = centre.patient(firstName="Kept")
    system.processes.pop("project").terminate()  # nobody follows while the event is spoilt
    centre.request("POST", f"/patients/{patient}/deactivate", {}, headers={"Prefer": "respond-async"})
    _change(
        system,
        "UPDATE book.events SET class_version = class_version + 50 WHERE tenant_id = %s AND stream_id = %s"
        " AND version = 2",
        centre.tenant_id, patient,
    )  # fmt: skip
    system.start("project")
    wait_until(lambda: centre.get("/projections/parked")["total"], 30)
    page = enter(centre, width=375).go("/operations/parked")
    page.get_by_role("button", name="PatientDeactivated").first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("The event as it is stored")).to_be_visible()
    assert faults(page) == []
    drawer.get_by_role("button", name="Skip this event").click()
    expect(drawer.get_by_text("This is needed.")).to_be_visible()
    drawer.get_by_label("Reason").fill("Written by a release that was taken back")
    drawer.get_by_role("button", name="Skip this event").click()
    _state(page, "Done")
    page.get_by_role("button", name="Close").click()
    page.get_by_role("link", name="Parked streams").click()
    expect(page.get_by_text("Nothing is parked")).to_be_visible(timeout=REBUILD)


def test_the_platform_opens_a_centre_and_sees_how_it_is_set_up(enter: Enter) -> None:
    page = enter(None).go("/login")
    page.get_by_label("E-mail").fill(PLATFORM_ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="New centre").click()
    form = page.get_by_role("dialog")
    fields = {
        "Short name": "Lotus House", "First name": "Ila", "Last name": "Sen", "E-mail": "ila@lotus.example",
        "Password": PASSWORD,
    }  # fmt: skip
    form.get_by_label("Name", exact=True).fill("Lotus House")
    for label, text in fields.items():
        form.get_by_label(label).fill(text)
    form.get_by_role("button", name="New centre").click()
    expect(form.get_by_text("Small letters, digits and dashes only.")).to_be_visible()
    form.get_by_label("Short name").fill("lotus-house")
    assert faults(page) == []
    form.get_by_role("button", name="New centre").click()
    expect(page.get_by_text("Lotus House is opened")).to_be_visible()
    page.get_by_role("button", name="Lotus House").click()
    expect(page.get_by_role("dialog").get_by_text("Asia/Kolkata")).to_be_visible()
    assert faults(page) == []
