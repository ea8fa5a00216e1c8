"""Facts stated by the test suites of other schedulers, run through this product's own functions.

``DAYBOOK_PEER_CASES`` names another file of the same form to run instead.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.scheduling import peer_clashes, peer_times
from tests.scheduling.peer_words import Json, read

FILE = Path(os.environ.get("DAYBOOK_PEER_CASES") or Path(__file__).parents[1] / "data" / "peer_cases.json")
KINDS = {**peer_times.KINDS, **peer_clashes.KINDS}
CASES: list[Json] = json.loads(FILE.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_peer_case(case: Json) -> None:
    if case["kind"] not in KINDS:
        pytest.fail(f"no translation for cases of kind {case['kind']!r}")
    expected = case["expected"]
    assert expected, "a case that expects nothing proves nothing"
    answers = KINDS[case["kind"]](case["input"], expected)
    assert {word: answers[word] for word in expected} == {word: read(word, fact) for word, fact in expected.items()}
