"""docs/api is what the API answers. `make docs` writes it anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.access.world import new_world
from tests.docs.pages import pages
from tests.support.system import RunningSystem

DATED = {"accounting.md", "reports.md", "therapist-s-pages.md"}
"""What these answer depends on the day of the month: of them, what is asked and explained is compared. Of the others
all is, but for how many and how much, which depend on the weekday: sessions lie on other days then."""
_ANSWER = re.compile(r"^```json\n.*?^```$", re.DOTALL | re.MULTILINE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MORE = re.compile(r',\s*"…"')
FOLDER = Path(__file__).parents[2] / "docs" / "api"


def test_the_pages_show_what_the_api_answers(system: RunningSystem) -> None:
    with system.client() as client:
        made = pages(new_world(system, client, "Maya"), client.get("/openapi.json").json())
    assert len(made) > 8
    if os.environ.get("DAYBOOK_WRITE_DOCS"):
        for name in {file.name for file in FOLDER.glob("*.md")} - made.keys():
            (FOLDER / name).unlink()
        for name, text in made.items():
            (FOLDER / name).write_text(text, "utf-8")
    kept = {file.name: file.read_text("utf-8") for file in FOLDER.glob("*.md")}
    told = "docs/api is not what the API answers any more: write it anew with `make docs`"
    assert kept.keys() == made.keys(), told
    for name, text in made.items():
        steady = _asked if name in DATED else _counted
        assert steady(kept[name]) == steady(text), told


def _asked(page: str) -> str:
    return _ANSWER.sub("", page)


def _counted(page: str) -> str:
    """With every number in an answer the same, and lists as long as they may be."""
    return _ANSWER.sub(lambda answer: _MORE.sub("", _NUMBER.sub("0", answer[0])), page)
