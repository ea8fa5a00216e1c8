"""Whether every endpoint of the design is there, and tried with an eye on what it does elsewhere."""

from __future__ import annotations

import pytest

from tests.openapi.design import COMING, DESIGN, LATER, SHOWN, Endpoint, alike, answered, missing
from tests.openapi.reached import Reached, answers, reached

LISTED = [endpoint for endpoints in DESIGN.values() for endpoint in endpoints]
SIGNING = {("POST", "/auth/login"), ("POST", "/auth/refresh"), ("POST", "/auth/logout")}
"""What these do is seen in whether the tokens they gave still hold."""


def test_every_endpoint_of_the_design_is_answered_or_said_to_come_later() -> None:
    assert len(LISTED) == len(set(map(alike, LISTED))) == 74
    lacking = set(missing())
    assert sorted(lacking - LATER - COMING) == []
    assert sorted(LATER - lacking) == [], "built: move it from LATER to SHOWN"


def test_every_endpoint_is_shown_by_one_test_and_no_other_is() -> None:
    there = {alike(endpoint) for endpoint in answered()}
    owed = {endpoint for endpoint in LISTED if alike(endpoint) in there} - COMING
    assert sorted(owed - SHOWN.keys()) == []
    assert sorted(SHOWN.keys() - set(LISTED)) == []


@pytest.mark.parametrize("endpoint", SHOWN, ids=" ".join)
def test_the_test_named_asks_it_and_looks_elsewhere(endpoint: Endpoint) -> None:
    assert objection(endpoint, SHOWN[endpoint]) is None


def objection(endpoint: Endpoint, test_id: str) -> str | None:
    """What is wrong with saying that this test shows the effect of this endpoint."""
    found = reached(test_id)
    if found is None:
        return f"there is no {test_id}"
    if not found.asserts:
        return f"{test_id} asserts nothing"
    if not any(answers(request, endpoint) for request in found.requests):
        return f"{test_id} does not ask {' '.join(endpoint)}"
    if not _looks_elsewhere(endpoint, found):
        return f"{test_id} looks nowhere else"
    return None


def _looks_elsewhere(endpoint: Endpoint, found: Reached) -> bool:
    """A change must be read back by another route; what a read shows must have been made by another."""
    others = {request for request in found.requests if not answers(request, endpoint)}
    if endpoint in SIGNING:
        return any(path.startswith("/auth/") for _, path in others)
    return any((method == "GET") != (endpoint[0] == "GET") for method, _ in others)


@pytest.mark.parametrize(
    ("endpoint", "test_id", "told"),
    [
        (("GET", "/patients"), "tests/patients/test_patients_http.py::test_gone", "there is no"),
        (("GET", "/patients"), "tests/patients/gone.py::test_gone", "there is no"),
        (("GET", "/patients"), "tests/patients/test_patients_http.py::registered", "there is no"),
        (("POST", "/patients/{patient_id}/erase"),
         "tests/patients/test_patients_http.py::test_what_was_registered_is_found", "does not ask"),
        (("DELETE", "/patients"), "tests/patients/test_patients_http.py::test_what_was_registered_is_found", "not ask"),
        (("GET", "/openapi.json"), "tests/openapi/test_openapi.py::test_amounts_are_answered_as_strings", "not ask"),
    ],
)  # fmt: skip
def test_a_wrong_entry_would_be_seen(endpoint: Endpoint, test_id: str, told: str) -> None:
    """The control."""
    assert told in (objection(endpoint, test_id) or "nothing")
