"""The ways in and out: an invitation, a forgotten password, several centres, and signing out."""

from __future__ import annotations

import re
from uuid import uuid4

from playwright.sync_api import Route, expect

from tests.account.outbox import letters, next_token
from tests.browser.accessible import faults
from tests.browser.conftest import Enter
from tests.support.system import PASSWORD, Centre, RunningSystem

NEW = "another long password"


def test_whoever_is_invited_follows_the_letter_and_is_in(enter: Enter, centre: Centre, system: RunningSystem) -> None:
    email = f"lata-{uuid4().hex[:8]}@staff.example"
    centre.post("/users", {"email": email, "firstName": "Lata", "lastName": "Rao", "role": "OPERATOR"}, expect=201)
    token = next_token(system, email)
    [letter] = letters(system, email)
    [path] = re.findall(rf"https?://[^/\s]+(/\S+)#token={re.escape(token)}", letter.get_content())
    page = enter(None, width=375).go(f"{path}#token={token}")
    page.get_by_label("New password").fill(NEW)
    page.get_by_label("The same again").fill(f"{NEW}?")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("The two are not the same.")).to_be_visible()
    assert faults(page) == []
    page.get_by_label("The same again").fill(NEW)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    assert "token" not in page.url
    page.goto(f"{system.url}{path}#token={token}")  # it works once
    page.get_by_label("New password").fill(NEW)
    page.get_by_label("The same again").fill(NEW)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("alert")).to_contain_text("has been used")
    assert faults(page) == []


def test_a_forgotten_password_is_replaced_by_a_link(enter: Enter, centre: Centre, system: RunningSystem) -> None:
    email = f"ravi-{uuid4().hex[:8]}@staff.example"
    body = {"email": email, "firstName": "Ravi", "lastName": "Rao", "role": "OPERATOR", "password": PASSWORD}
    centre.post("/users", body, expect=201)
    page = enter(None).go("/login")
    page.get_by_role("link", name="Forgot your password?").click()
    expect(page.get_by_role("heading", name="Forgot your password?")).to_be_visible()
    page.get_by_label("E-mail").fill(email)
    assert faults(page) == []
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text("a link is on its way")).to_be_visible()
    page.goto(f"{system.url}/reset-password#token={next_token(system, email)}")
    for label in ("New password", "The same again"):
        page.get_by_label(label).fill(NEW)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("heading", name="The password is changed")).to_be_visible()
    page.get_by_role("link", name="Back to sign in").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


def test_whoever_works_at_two_centres_says_which(enter: Enter, centre: Centre, system: RunningSystem) -> None:
    other, email = system.new_centre(), f"both-{uuid4().hex[:8]}@staff.example"
    body = {"email": email, "firstName": "Uma", "lastName": "Das", "role": "OPERATOR", "password": PASSWORD}
    for each in (centre, other):
        each.post("/users", body, expect=201)
    other.patient(firstName="Elsewhere", lastName="Only")
    page = enter(None).go("/login?next=/patients")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Centre").fill(other.slug.upper())
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Elsewhere Only")).to_be_visible()


def test_nothing_of_whoever_signs_out_is_there_for_the_next(enter: Enter, centre: Centre) -> None:
    centre.patient(firstName="Seen", lastName="Before")
    page = enter(centre).go("/patients")
    expect(page.get_by_role("link", name="Seen Before")).to_be_visible()
    page.evaluate("window.stays = true")
    page.get_by_role("banner").get_by_role("button", name=re.compile("Asha Rao")).click()
    with page.expect_event("load"):  # what the page had read goes with it: it is another one
        page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate("window.stays") is None
    kept = page.evaluate("Object.values({...localStorage, ...sessionStorage})")
    assert "Asha" not in str(kept)


def test_a_login_says_what_is_missing_and_is_tried_once(enter: Enter, centre: Centre) -> None:
    page = enter(None, width=320).go("/login?next=/patients")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This is needed.")).to_have_count(2)
    expect(page.get_by_label("E-mail")).to_be_focused()
    assert faults(page) == []
    page.get_by_label("E-mail").fill(centre.get("/account", as_="OPERATOR")["email"])
    page.get_by_label("Password").fill(PASSWORD)
    tries: list[Route] = []

    def tried(route: Route) -> None:
        tries.append(route)  # and is not answered yet

    page.route("**/api/v1/auth/login", tried)
    for _ in range(2):
        page.get_by_label("Password").press("Enter")
        expect(page.get_by_role("button", name="Signing in…")).to_be_visible()
    [only] = tries
    only.continue_()
    expect(page.get_by_role("heading", name="Patients")).to_be_visible()
    page.goto(page.url.replace("/patients", "/login?next=/sessions"))  # an old bookmark: they are in already
    expect(page.get_by_role("heading", name="Sessions")).to_be_visible()
