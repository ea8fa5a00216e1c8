"""Moving a session by mouse and by keyboard: at once, once, and never over what somebody else did."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.accessible import faults
from tests.browser.booked import ON, World, block, place
from tests.browser.conftest import Enter
from tests.browser.steps import hold, together


def moves(world: World) -> int:
    told = world.centre.get(f"/sessions/{world.session}/history")["data"]
    return sum(each["type"] == "scheduling.SessionRescheduled" for each in told)


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


def test_a_move_without_a_network_is_not_shown_as_done(enter: Enter, world: World) -> None:
    page = enter(world.centre).go(f"/schedule?view=day&date={ON}")
    with page.expect_response("**/assets/toasts-*.js"):
        expect(block(page)).to_be_visible()
    page.context.set_offline(True)
    drag(page, block(page), 144)
    expect(page.get_by_role("alert").filter(has_text="could not be reached")).to_be_attached()
    expect(page.get_by_role("button", name="10:00 Zoya Bose")).to_be_visible()
    page.context.set_offline(False)
    drag(page, block(page), 144)
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert place(world) == (ON, "12:00", world.therapist)


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
