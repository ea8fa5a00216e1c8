"""Hands that have only a keyboard, and an eye on where the focus is."""

from __future__ import annotations

from functools import partial

import pytest
from playwright.sync_api import Locator, Page

from tests.support.system import wait_until

# A click that a key makes has no pointer behind it: its detail is 0.
POINTED = """window.pointed = 0;
for (const name of ['pointerdown', 'mousedown', 'mousemove', 'touchstart', 'click'])
    addEventListener(name, (event) => { if (name !== 'click' || event.detail > 0) window.pointed += 1; }, true);"""
# Empty if it is seen where one is. A date's own button has the focus within its field, and is drawn by the browser.
SEEN = """(pressed) => {
    const here = document.activeElement;
    if (!here || here === document.body) return `after ${pressed} nothing has the focus`;
    if (!pressed.endsWith('Tab') || !here.matches(':focus')) return '';
    const box = here.getBoundingClientRect();
    const drawn = [here, here.parentElement].some((each) => {
        const {outlineStyle, outlineWidth} = getComputedStyle(each);
        return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
    });
    const inside = box.width > 0 && box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
    return drawn && inside ? '' : `${here.outerHTML.slice(0, 200)} is drawn ${drawn}, inside ${inside}`;
}"""


class Hands:
    """Both on the keyboard. After each key something has the focus; after Tab, it can be seen where."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            wait_until(partial(self._seen, key))

    def pair(self, first: str, second: str) -> None:
        """Two keys that belong together, one right after the other: there is a second for it."""
        self.page.keyboard.press(first)
        self.press(second)

    def _seen(self, pressed: str) -> bool:
        problem: str = self.page.evaluate(SEEN, pressed)
        return not problem

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)

    def tab_to(self, there: Locator, most: int = 60) -> None:
        """Tab until it has the focus: it can be reached, and nothing on the way keeps whoever comes by."""
        for _ in range(most):
            self.press("Tab")
            if there.evaluate("(each) => each === document.activeElement"):
                return
        pytest.fail(f"not reached with {most} tabs: {there}")


def pointed(page: Page) -> int:
    """How often something else than a key was used."""
    times: int = page.evaluate("window.pointed")
    return times
