"""Settings and one's own account: questions of reports, whoever leaves, a password, and two people who save at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.account.outbox import next_token
from tests.browser.accessible import faults
from tests.browser.conftest import Enter
from tests.support.system import PASSWORD, Centre, RunningSystem, wait_until

NEW = "another long password"


def test_the_questions_of_a_therapy_are_written(enter: Enter, centre: Centre) -> None:
    therapy = centre.therapy_type(name="Speech")
    page = enter(centre, width=375).go("/settings?section=therapies")
    page.get_by_role("button", name="Questions of reports: Speech").click()
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Add a question").click()
    last = form.get_by_role("listitem").last
    last.get_by_label("Question", exact=True).fill("Words of ten")
    last.get_by_label("Answered with").select_option(label="A number")
    last.get_by_label("Least").fill("10")
    last.get_by_label("Most").fill("10")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text("More than the least, please.")).to_be_visible()
    last.get_by_label("Least").fill("0")
    last.get_by_role("button", name="up").click()
    first = form.get_by_role("listitem").nth(-2)
    expect(first.get_by_label("Question", exact=True)).to_have_value("Words of ten")
    form.get_by_role("button", name="Add a question").click()
    last.get_by_label("Question", exact=True).fill("Words of ten")
    last.get_by_label("Answered with").select_option(label="One of a few")
    last.get_by_label("To choose from").fill("many\nfew")
    form.get_by_role("button", name="Save").click()
    expect(last.get_by_text("Another section has this label.")).to_be_visible()
    assert faults(page) == []
    last.get_by_label("Question", exact=True).fill("Words of ten!")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The questions are saved")).to_be_visible()
    told = centre.get(f"/therapy-types/{therapy}/progress-template")["sections"][-3:]
    assert [(each["kind"], each["lowest"], each["highest"], each["choices"]) for each in told] == [
        ("SCALE", 0, 10, []), ("TEXT", None, None, []), ("CHOICE", None, None, ["many", "few"]),
    ]  # fmt: skip
    assert [told[0]["key"], told[2]["key"]] == ["words-of-ten", "words-of-ten-2"]


def test_whoever_has_sessions_to_give_is_not_deactivated(enter: Enter, centre: Centre) -> None:
    therapist = centre.therapist("leela")
    session = centre.session(centre.patient(firstName="Zoya", lastName="Bose"), therapist, centre.therapy_type())
    page = enter(centre).go("/settings?section=people")
    page.get_by_role("button", name="More for Leela Tester").click()
    page.get_by_role("menuitem", name="Deactivate").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Deactivate").click()
    left = page.get_by_role("dialog", name="There is 1 session still to give")
    expect(left.get_by_role("listitem").filter(has_text="Zoya Bose")).to_be_visible()
    assert faults(page) == []
    assert centre.get(f"/users/{therapist}")["active"] is True
    centre.post(f"/sessions/{session['id']}/cancel", {"reason": "moved away", "cancelledBy": "CENTRE"})
    expect(left.get_by_text("No session is left")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="More for Leela Tester").click()
    page.get_by_role("menuitem", name="Deactivate").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Deactivate").click()
    expect(page.get_by_text("Leela Tester is deactivated")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("row").filter(has_text="Leela Tester")).to_be_visible()
    assert centre.get(f"/users/{therapist}")["active"] is True


def test_another_password_signs_out_everywhere_else(enter: Enter, centre: Centre) -> None:
    here, there = (enter(centre, "OPERATOR").go("/account") for _ in range(2))
    expect(there.get_by_label("First name")).to_have_value("Operator")
    here.get_by_label("Current password").fill("not the password")
    for label in ("New password", "New password, again"):
        here.get_by_label(label, exact=True).fill(NEW)
    save = here.get_by_role("button", name="Save").last
    save.click()
    expect(here.get_by_label("Current password")).to_be_focused()
    assert faults(here) == []
    here.get_by_label("Current password").fill(PASSWORD)
    save.click()
    expect(here.get_by_text("Everywhere else you are signed out.")).to_be_visible()
    expect(there.get_by_role("alertdialog", name="Sign in again")).to_be_visible()
    here.reload()
    expect(here.get_by_label("First name")).to_have_value("Operator")


def test_what_somebody_else_saved_meanwhile_is_not_taken_back(enter: Enter, centre: Centre) -> None:
    visit = enter(centre)
    visit.page.route("**/api/v1/stream*", lambda route: route.abort())  # nobody tells that it was changed
    page = visit.go("/settings?section=rules")
    page.get_by_label("Late fee, % of the price").fill("25")
    settings = f"/tenants/{centre.tenant_id}/settings"
    centre.put(settings, {"paymentTermDays": 14})
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody changed this meanwhile")
    expect(page.get_by_label("Days until a charge is due")).to_have_value("14")
    expect(page.get_by_label("Late fee, % of the price")).to_have_value("25")
    assert faults(page) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    told = centre.get(f"/tenants/{centre.tenant_id}")
    assert (told["paymentTermDays"], told["lateFeePercent"]) == (14, "25.00")


def test_therapies_rooms_and_prices_tell_their_history(enter: Enter, centre: Centre) -> None:
    therapy = centre.therapy_type(name="Speech")
    centre.put(f"/therapy-types/{therapy}", {"defaultCost": "950.00"})
    visit = enter(centre)
    page = visit.go("/settings?section=therapies")
    page.get_by_role("button", name="History: Speech").click()
    told = page.get_by_role("dialog")
    expect(told.get_by_text("₹950")).to_be_visible()
    assert faults(page) == []
    centre.post("/rooms", {"name": "Blue room"}, expect=201)
    page = visit.go("/settings?section=rooms")
    page.get_by_role("button", name="History: Blue room").click()
    expect(page.get_by_role("dialog").get_by_text("Blue room", exact=True).first).to_be_visible()
    therapist = centre.therapist("leela")
    price = {"therapyTypeId": therapy, "sessionCost": "1100.00", "sessionDuration": 45}
    centre.post(f"/therapists/{therapist}/pricing", price, expect=201)
    page = visit.go(f"/settings?section=therapists&therapistId={therapist}")
    page.get_by_role("button", name=re.compile("^History: .*[Pp]rices")).click()
    expect(page.get_by_role("dialog").get_by_text("₹1,100")).to_be_visible()


ON_TOP = """(each) => {
    const {x, y, width, height} = each.getBoundingClientRect();
    return each.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""


def test_an_administrator_gives_somebody_a_way_back_in(enter: Enter, centre: Centre, system: RunningSystem) -> None:
    body = {"email": f"lost-{centre.slug}@staff.example", "firstName": "Lost", "lastName": "Key", "role": "OPERATOR"}
    centre.post("/users", {**body, "password": PASSWORD}, expect=201)
    page = enter(centre, width=320).go("/settings?section=people")

    def ask() -> Locator:
        page.get_by_role("button", name="More for Lost Key").click()
        entry = page.get_by_role("menuitem", name="New password")
        expect(entry).to_be_visible()
        assert entry.evaluate(ON_TOP), "not beneath what was just said"
        entry.click()
        return page.get_by_role("dialog", name="New password for Lost Key")

    asked = ask()
    asked.get_by_role("button", name="Send a link").click()
    expect(page.get_by_text("A link to choose a new password is on its way")).to_be_visible()
    assert next_token(system, body["email"])
    asked = ask()
    asked.get_by_role("textbox", name="New password").fill("short")
    asked.get_by_role("button", name="Set a password").click()
    expect(asked.get_by_text("At least 8 characters, please.")).to_be_visible()
    assert faults(page) == []
    asked.get_by_role("textbox", name="New password").fill(NEW)
    asked.get_by_role("button", name="Set a password").click()
    expect(page.get_by_text("The password of Lost Key is set.")).to_be_visible()
    with system.client() as client:
        for password, status in ((PASSWORD, 401), (NEW, 200)):
            login = {"email": body["email"], "password": password, "tenant": centre.slug}
            assert client.post("/auth/login", json=login).status_code == status
    page.get_by_role("button", name="More for Asha Rao").click()
    expect(page.get_by_role("menuitem", name="Edit")).to_be_visible()
    expect(page.get_by_role("menuitem", name="New password")).to_have_count(0)  # one's own takes the present one


FROM = """(one, other) => {
    const [here, there] = [one, other].map((it) => it.getBoundingClientRect());
    return [there.left - here.right, there.top - here.bottom];
}"""
"""How far another element is to the right of one, and beneath it: both at the same moment, as a drawer slides in."""


def test_a_text_is_seen_beside_what_is_written_where_there_is_room(enter: Enter, centre: Centre) -> None:
    page = enter(centre).go("/settings?section=notices")
    page.get_by_role("button", name="Text: Session booked").click()
    form = page.get_by_role("dialog")
    written, seen = form.get_by_label("E-mail", exact=True), form.get_by_role("region", name="Preview")
    expect(seen.get_by_text("characters")).to_be_visible()
    wait_until(lambda: written.evaluate(FROM, seen.element_handle())[0] > 0)
    page.set_viewport_size({"width": 768, "height": 800})
    wait_until(lambda: written.evaluate(FROM, seen.element_handle())[1] > 0)


@pytest.mark.parametrize("section", ["rules", "notices", "holidays"])
def test_what_is_set_for_the_centre_has_its_history(enter: Enter, centre: Centre, section: str) -> None:
    centre.put(f"/tenants/{centre.tenant_id}/settings", {"paymentTermDays": 14})
    page = enter(centre, width=375).go(f"/settings?section={section}")
    page.get_by_role("button", name="History", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("listitem").first).to_contain_text("Asha Rao")


def test_words_and_questions_have_their_histories(enter: Enter, centre: Centre) -> None:
    words = {
        "kind": "SESSION_BOOKED",
        "language": "en",
        "smsText": "Come to {centre}.",
        "emailSubject": "-",
        "emailText": "-",
    }
    template = centre.put("/notification-templates", words)["id"]
    centre.delete(f"/notification-templates/{template}")
    page = enter(centre).go("/settings?section=notices")
    page.get_by_role("button", name="History: Session booked").click()
    history = page.get_by_role("dialog").get_by_role("listitem")
    expect(history).to_have_count(2)
    expect(history.first).to_contain_text("Back to the standard words")
    expect(history.last).to_contain_text("Come to {centre}.")
    centre.therapy_type(name="Speech")
    page.goto(page.url.replace("section=notices", "section=therapies"))
    page.get_by_role("button", name="Questions of reports: Speech").click()
    page.get_by_role("dialog").get_by_role("button", name="History").click()
    expect(page.get_by_text("Nothing has happened yet")).to_be_visible()
