"""Every page and everything that opens over one: usable by everybody, at every width, in both themes; and what a page
says when somebody may not see it, when there is nothing, and when nothing can be had.

CI looks at each page once and at one thing of each module that opens over one, each in another of the combinations;
``-m faults`` looks at every place of ``places.py`` and ``overlays.py`` in all of them (some 650: ten minutes).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from application.permissions import PERMISSIONS
from domain.values import Role
from tests.access.world import World
from tests.browser.accessible import faults
from tests.browser.conftest import Enter, Visit, arrive, new_context, signed_in
from tests.browser.overlays import ELSEWHERE, OVERLAYS, UNDER_WAY, Overlay, modules
from tests.browser.places import ADMIN, EMPTY, PLACES, WAYS_IN, routes
from tests.browser.world import full_world
from tests.support.browser import ROOT
from tests.support.system import Centre, RunningSystem

Look = tuple[int, str]
LOOKS: list[Look] = [(width, theme) for width, theme in product((1280, 375, 320), ("light", "dark"))]
OVER_LOOKS: list[Look] = [(width, theme) for width, theme in product((1280, 375), ("light", "dark"))]
WIDTHS = (1280, 768, 375, 320)
NOT_THERE = re.compile("could not be loaded|There is nothing here|does not include this page|has a fault")
PLACES_LISTED = [place for places in PLACES.values() for place in places]
FIRST_PLACES = [places[0] for places in PLACES.values()]
FIRST_OVERLAYS = list({overlay.module: overlay for overlay in reversed(OVERLAYS)}.values())[::-1]


@pytest.fixture(scope="module")
def world(system: RunningSystem) -> Iterator[World]:
    with system.client() as client:
        yield full_world(system, client)


Open = Callable[[str, str], Page]


@pytest.fixture(scope="module")
def visits(browser: Browser, system: RunningSystem) -> Iterator[dict[tuple[str, str], Visit]]:
    """One for each centre and role: a login costs more than a page."""
    made: dict[tuple[str, str], Visit] = {}
    yield made
    for visit in made.values():
        visit.page.context.close()


@pytest.fixture
def inside(
    browser: Browser, system: RunningSystem, visits: dict[tuple[str, str], Visit]
) -> Iterator[Callable[[Centre, str], Visit]]:
    """Signed in already. Complains at the end if the browser did."""

    def enter(centre: Centre, role: str) -> Visit:
        if (centre.slug, role) not in visits:
            context = new_context(browser)
            context.add_init_script(signed_in(system, centre, role))
            visits[centre.slug, role] = arrive(context, system)
        return visits[centre.slug, role]

    yield enter
    complaints = [each for visit in visits.values() for each in visit.complaints]
    for visit in visits.values():
        visit.complaints.clear()
    assert complaints == []


@pytest.fixture
def go(inside: Callable[[Centre, str], Visit], world: World) -> Open:
    """A page of the world as this role sees it, with everything that it loads."""

    def there(role: str, address: str) -> Page:
        visit = inside(world.centre, role)
        visit.page.set_viewport_size({"width": 1280, "height": 800})
        visit.page.emulate_media(color_scheme="light")
        return loaded(visit.go(address.format(**world.ids)))

    return there


def loaded(page: Page) -> Page:
    expect(page.get_by_role("heading").or_(page.get_by_role("main").get_by_role("paragraph")).first).to_be_visible()
    settled(page)
    return page


def settled(page: Page) -> None:
    expect(page.locator(UNDER_WAY)).to_have_count(0)


def look(page: Page, chosen: Look) -> None:
    width, theme = chosen
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")  # painted


def all_faults(page: Page, looks: list[Look]) -> list[str]:
    found = []
    for chosen in looks:
        look(page, chosen)
        settled(page)
        found += [f"{chosen}: {fault}" for fault in faults(page)]
    return found


NEEDED = """async (width) => {
    for (let frames = 0; frames < 30 && document.documentElement.scrollWidth > width; frames++)
        await new Promise(requestAnimationFrame);
    return document.documentElement.scrollWidth;
}"""
"""How wide the page is, once what follows the window's width has followed it."""


def too_wide(page: Page) -> list[str]:
    """Whatever makes the whole page scroll sideways."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if (needed := page.evaluate(NEEDED, width)) > width:
            found.append(f"{needed} px at {width}")
    return found


def test_every_page_of_the_client_is_looked_at() -> None:
    assert {route.path for route in routes()} == set(PLACES)
    assert not modules() - {overlay.module for overlay in OVERLAYS} - set(ELSEWHERE)
    for file in ELSEWHERE.values():
        assert "faults(page)" in (ROOT / "tests" / "browser" / file).read_text()


def named(place: tuple[str, str]) -> str:
    return f"{place[0].lower()} {place[1]}"


@pytest.mark.parametrize(("nth", "place"), list(enumerate(FIRST_PLACES)), ids=map(named, FIRST_PLACES))
def test_a_page_can_be_used_by_everybody(go: Open, nth: int, place: tuple[str, str]) -> None:
    page = go(*place)
    expect(page.get_by_text(NOT_THERE)).to_have_count(0)
    assert too_wide(page) == []
    assert all_faults(page, [LOOKS[nth % len(LOOKS)]]) == []


@pytest.mark.parametrize("address", WAYS_IN)
def test_the_ways_in_can_be_used_by_everybody(enter: Enter, address: str) -> None:
    page = loaded(enter(None).go(address))
    expect(page.get_by_text(NOT_THERE)).to_have_count(0)
    assert too_wide(page) == []
    assert all_faults(page, LOOKS) == []


def opened(go: Open, overlay: Overlay, looks: list[Look]) -> list[str]:
    looks = [chosen for chosen in looks if overlay.width in {None, chosen[0]}]
    page = go(overlay.role, overlay.address)
    look(page, looks[0])
    for step in overlay.steps:
        step(page)
    if not overlay.module.startswith("components/"):
        over = page.get_by_role("dialog").or_(page.get_by_role("alertdialog")).or_(page.get_by_role("menu"))
        expect(over.last).to_be_visible()
    settled(page)
    expect(page.get_by_text(NOT_THERE)).to_have_count(0)
    return all_faults(page, looks)


@pytest.mark.parametrize(
    ("nth", "overlay"), list(enumerate(FIRST_OVERLAYS)), ids=[each.module for each in FIRST_OVERLAYS]
)
def test_what_opens_over_a_page_can_be_used_by_everybody(go: Open, nth: int, overlay: Overlay) -> None:
    looks = [chosen for chosen in OVER_LOOKS if overlay.width in {None, chosen[0]}]
    assert opened(go, overlay, [looks[nth % len(looks)]]) == []


@pytest.mark.faults
@pytest.mark.parametrize("place", PLACES_LISTED, ids=map(named, PLACES_LISTED))
def test_a_page_can_be_used_by_everybody_in_every_way(go: Open, place: tuple[str, str]) -> None:
    page = go(*place)
    expect(page.get_by_text(NOT_THERE)).to_have_count(0)
    assert too_wide(page) == []
    assert all_faults(page, LOOKS) == []


@pytest.mark.faults
@pytest.mark.parametrize("overlay", OVERLAYS, ids=[f"{nth} {each.module}" for nth, each in enumerate(OVERLAYS)])
def test_what_opens_over_a_page_can_be_used_by_everybody_in_every_way(go: Open, overlay: Overlay) -> None:
    assert opened(go, overlay, OVER_LOOKS) == []


def step(page: Page, address: str) -> Page:
    """Within the client, as by a link: quicker than loading it anew."""
    page.evaluate("to => history.pushState(null, '', to)", address)
    return page


@pytest.mark.parametrize("role", ["OPERATOR", "THERAPIST", "ACCOUNTANT", "AUDITOR", "SUPER_ADMIN"])
def test_a_page_of_other_roles_says_so_and_is_not_blank(
    inside: Callable[[Centre, str], Visit], world: World, role: str
) -> None:
    page = loaded(inside(world.centre, role).go("/account"))
    others = [route for route in routes() if route.may is not None and Role(role) not in PERMISSIONS[route.may]]
    assert others
    for route in others:
        step(page, route.path.replace("$", ""))  # it is refused before anybody looks for the id
        expect(page.get_by_text("Your role does not include this page.")).to_be_visible()
        expect(page.get_by_role("navigation", name="Main").get_by_role("link").first).to_be_visible()
        if route is others[0]:
            assert faults(page) == []
        step(page, "/account")
        expect(page.get_by_role("heading", name="Your account")).to_be_visible()


NOBODY = str(uuid4())
OF_NOBODY = [
    f"/patients/{NOBODY}", f"/patients/{NOBODY}/edit", f"/patients/{NOBODY}/statement", f"/payments/{NOBODY}",
    f"/expenses/{NOBODY}", f"/expenses/{NOBODY}/edit", f"/progress-reports/{NOBODY}",
    f"/progress-reports/{NOBODY}/edit", f"/progress-reports/compare?left={NOBODY}&right={NOBODY}",
    f"/sessions?session={NOBODY}",
    f"/schedule?session={NOBODY}", f"/series?series={NOBODY}", f"/reschedule-requests?open={NOBODY}",
    f"/notifications?open={NOBODY}", f"/operations/rebuilds?rebuild={NOBODY}", f"/operations/parked?parked={NOBODY}",
    "/patiens", "/patients/not-an-id",
]  # fmt: skip


def test_what_nobody_has_is_said_to_be_missing(inside: Callable[[Centre, str], Visit], world: World) -> None:
    page = loaded(inside(world.centre, ADMIN).go("/account"))
    found = []
    for address in OF_NOBODY:
        step(page, address)
        expect(page.get_by_text("There is nothing here.")).to_be_visible()
        if "?" in address or address == OF_NOBODY[0]:  # the pages are alike; what opens over one is not
            found += [f"{address}: {fault}" for fault in faults(page)]
        step(page, "/account")
        expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert found == []


def test_a_list_that_is_empty_says_so_and_what_comes_next(
    inside: Callable[[Centre, str], Visit], system: RunningSystem
) -> None:
    page = loaded(inside(system.new_centre(), ADMIN).go("/account"))
    found = []
    for nth, (address, (says, offers)) in enumerate(EMPTY.items()):
        step(page, address)
        main = page.get_by_role("main")
        expect(main.get_by_text(says)).to_be_visible()
        if offers is not None:
            expect(
                main.get_by_role("link", name=offers).or_(main.get_by_role("button", name=offers)).first
            ).to_be_visible()
        if nth < len(LOOKS):
            found += [f"{address} {fault}" for fault in all_faults(page, [LOOKS[nth]])]
            look(page, (1280, "light"))
    assert found == []


def test_what_cannot_be_had_says_so_and_can_be_tried_again(
    inside: Callable[[Centre, str], Visit], world: World
) -> None:
    page = loaded(inside(world.centre, ADMIN).go("/account"))
    broken = {"code": "broken", "message": "Something is broken."}

    def refuse(route: Route) -> None:
        known = re.search(r"/api/v1/(account|auth|tenants/[^/]+$|stream)", route.request.url)
        route.continue_() if known else route.fulfill(status=400, json=broken)

    page.route("**/api/v1/**", refuse)
    try:
        for address in ["/audit", "/audit/access", "/dashboard", "/reports", *reversed(EMPTY)]:
            step(page, address)
            expect(page.get_by_text("This could not be loaded.").first).to_be_visible()
            expect(page.get_by_role("main").get_by_role("button", name="Try again").first).to_be_visible()
        assert faults(page) == []  # of the patients, who come last
        settled(page)
    finally:
        page.unroute("**/api/v1/**", refuse)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("link", name="Meera Owing")).to_be_visible()


def test_without_a_server_a_page_says_so_and_goes_on_when_there_is_one(
    inside: Callable[[Centre, str], Visit], world: World
) -> None:
    page = inside(world.centre, ADMIN).page
    broken = "**/api/v1/expenses?**"
    page.route(broken, lambda route: route.fulfill(status=500, json={"code": "internal", "message": "No."}))
    page.goto(f"{world.centre.system.url}/expenses")
    expect(page.get_by_text("This could not be loaded.")).to_be_visible()
    page.unroute(broken)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("row").filter(has_text="Rent")).to_be_visible()
