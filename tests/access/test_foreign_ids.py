"""Every id of another centre, in every place of every route: 404 as if it did not exist, and nothing written.

Routes, parameters and fields are found in the OpenAPI description; how a parameter's name maps to a kind of record is
the one table in ``world.KINDS``, and a name missing from it fails.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from tests.access.conformance import Described
from tests.access.described import Route
from tests.access.kinds import SHARED
from tests.access.sweep import LOOKS_UP, Attempt, attempts, leaks, may, named, objections, records
from tests.access.world import ADMIN, KINDS, STAFF, World, body_for, new_world, place
from tests.support.system import RunningSystem

ENDED = "the session was cancelled before"
REFUSED: dict[tuple[str, str], str] = {
    ("POST", "/patients/{patient_id}/erase"): "the patient has sessions to come",
    ("POST", "/patients/{patient_id}/merge"): "the other record was erased",
    ("POST", "/patients/{patient_id}/merge/reverse"): "nothing was merged",
    ("POST", "/sessions/{session_id}/start"): ENDED,
    ("POST", "/sessions/{session_id}/complete"): ENDED,
    ("PUT", "/therapist/sessions/{session_id}/complete"): "the session begins some day",
    ("POST", "/sessions/{session_id}/no-show"): ENDED,
    ("POST", "/sessions/{session_id}/reverse-no-show"): ENDED,
    ("PUT", "/reschedule-requests/{request_id}/approve"): "the request was rejected before",
    ("POST", "/payments/{payment_id}/refund"): "the payment was voided before",
    ("POST", "/notifications/{notice_id}/retry"): "the notice waits to be sent",
    ("POST", "/notifications/{notice_id}/settle"): "what became of the notice is known",
    ("POST", "/notifications/test"): "no phone number is known of the administrator",
    ("POST", "/users/{user_id}/invite"): "the user has a password",
    ("POST", "/projections/rebuilds/{rebuild_id}/rollback"): "the rebuild waits to be done",
}
"""Where the control, sent in the order of the routes, meets a rule (409) rather than a success: found, all the same."""
NOTHING_YET = {
    ("/progress-reports", "sessionId"): "the session is to come, so there is no report on it",
    ("/notifications", "userId"): "the notice is for a family",
    ("/notifications", "sessionId"): "and tells of no session",
    ("/patients/{patient_id}/notifications", "sessionId"): "as above",
    ("/events", "actor"): "that user has only been looked at",
    ("/projections/lag", "tenantId"): "a row says how far a centre is, and has no id of its own",
}
"""Filters by which the control finds nothing."""
OWN = {("PUT", "/account/password"): 422}
"""Routes that name nobody: what they answer to a made-up body says only that they were reached."""


@pytest.fixture(scope="module")
def ours(system: RunningSystem, client: httpx.Client) -> World:
    return new_world(system, client, "Ourmark")


@pytest.fixture(scope="module")
def theirs(system: RunningSystem, client: httpx.Client) -> World:
    return new_world(system, client, "Theirmark")


def test_every_id_of_the_api_is_of_a_known_kind(routes: list[Route], ours: World) -> None:
    names = {name for route in routes for name in route.ids} | {f.name for route in routes for f in named(route)}
    assert sorted(names - KINDS.keys()) == [], "say in world.KINDS what these name"
    assert {kind for kinds in KINDS.values() for kind in kinds} <= ours.ids.keys()


def test_another_centres_ids_do_not_exist(routes: list[Route], ours: World, theirs: World) -> None:
    secrets = theirs.every_id() - set(theirs.ids.values())  # the answer may repeat what was asked for
    before = ours.state(), theirs.state()
    tried = list(attempts(routes, STAFF, theirs.ids))
    wrong = [told for attempt in tried if (told := objections(attempt, ours, theirs, secrets))]
    print(f"\n{len(tried)} attempts with foreign ids on {len(routes)} routes")
    assert len(tried) > 250
    assert not wrong, "\n".join(wrong)
    assert (ours.state(), theirs.state()) == before


def test_ids_of_another_kind_do_not_exist_either(routes: list[Route], ours: World) -> None:
    """A patient's id is nobody's user, room or payment: not even within the centre, and not an unexpected fault."""
    before, wrong, count = ours.state(), [], 0
    for route in routes:
        if not may(route, ADMIN):
            continue
        for name in route.ids:
            fitting = {*KINDS[name], *SHARED, "charge"}  # a charge has its session's id
            for kind in sorted(ours.ids.keys() - fitting):
                attempt = Attempt(route, ADMIN, path_ids=((name, kind),))
                status, count = attempt.send(ours, ours.ids).status_code, count + 1
                if status != 404:
                    wrong.append(f"{attempt}: {status}")
    print(f"\n{count} attempts with ids of another kind")
    assert not wrong, "\n".join(wrong)
    assert ours.state() == before


def test_nothing_that_a_centre_can_read_names_another(routes: list[Route], ours: World, theirs: World) -> None:
    """Lists, details, histories, ledgers, trial balance: everything that can be read, by everybody who may."""
    secrets, wrong, count = theirs.every_id(), [], 0
    for route in routes:
        for who in STAFF:
            if not route.reads or not may(route, who):
                continue
            answer = Attempt(route, who).send(ours, ours.ids)
            count += 1
            assert answer.status_code == 200, f"{route} as {who}: {answer.text}"
            if leaks(answer, theirs.mark, secrets):
                wrong.append(f"{route} as {who}: {answer.text[:300]}")
    print(f"\n{count} reads looked through for {len(secrets)} ids")
    assert not wrong, "\n".join(wrong)
    found = ours.ask("GET", "/patients", params={"search": ours.mark})
    assert leaks(found, ours.mark, ())  # the control: a name of our own would have been seen
    assert records(ours.ask("GET", "/patients", params={"search": theirs.mark}).json()) == []


def test_the_platforms_admin_sees_centres_and_nothing_in_them(routes: list[Route], world: World) -> None:
    asked = {}
    for route in routes:
        if may(route, "SUPER_ADMIN") and route.reads:
            answer = Attempt(route, "SUPER_ADMIN").send(world, world.ids)
            asked[str(route)] = answer.status_code
            # The platform's admin lists centres by id, and work on the installation's read tables.
            listed = {world.ids[kind] for kind in ("tenant", "projection", "rebuild", "parked")}
            known = listed | {world.own(name) for name in route.ids}
            assert not leaks(answer, world.mark, set(world.ids.values()) - known)
    assert asked.pop("GET /tenants") == asked.pop("GET /tenants/{tenant_id}") == 200
    assert asked.pop("GET /users/{user_id}") == 404
    assert all(asked.pop(told) == 200 for told in list(asked) if "/projections" in told)
    assert asked == {
        "GET /account": 200,
        "GET /users": 200,
        "GET /rooms": 200,
        "GET /holidays": 200,
    }  # the platform's own


def test_an_id_that_the_caller_chooses_tells_nothing_about_another_centre(
    routes: list[Route], ours: World, theirs: World
) -> None:
    """Taken there or taken nowhere: the answer is the same, and theirs stays as it was."""
    wrong, count = [], 0
    own = ours.ids | {"payment": ours.payment()}
    for route in routes:
        for wanted in route.fields:
            if not (wanted.is_id and wanted.chosen):
                continue
            taken = theirs.session() if wanted.name == "sessionId" else theirs.payment()
            before = theirs.state()
            for id_ in (taken, str(uuid4())):
                body = body_for(route, own)
                place(body, wanted.path, id_)
                answer = ours.ask(route.method, route.at({name: own[KINDS[name][0]] for name in route.ids}), body)
                if answer.status_code != route.status:
                    wrong.append(f"{route} {wanted.dotted}: {answer.status_code} {answer.text[:300]}")
            count += 1
            assert theirs.state() == before
    print(f"\n{count} chosen ids")
    assert not wrong, "\n".join(wrong)


def test_the_same_requests_with_own_ids_are_answered(system: RunningSystem, routes: list[Route], ours: World) -> None:
    """The control: no sweep above could have seen its 404 from a request that never finds anything. And since every
    route is answered here: each answer is what the OpenAPI description says."""
    wrong, count, description = [], 0, Described(system.url)
    for route in routes:  # which would object to anything else
        for status in (route.status, 418):
            made_up = httpx.Response(status, json={"unknown": 1}, request=httpx.Request(route.method, system.url))
            made_up.elapsed = timedelta()
            assert description.objection(route, made_up) is not None
    for attempt in attempts([route for route in routes if route.reads], [ADMIN], ours.ids):
        if attempt.query is not None and (attempt.route.path, attempt.query.name) in NOTHING_YET:
            continue
        assert objections(attempt, ours, ours, ()) is not None, attempt
    for route in routes:
        if not may(route, ADMIN):
            continue
        for wanted in (None, *(f for f in named(route) if not f.required)):
            field, query = (wanted if wanted in where else None for where in (route.fields, route.query))
            answer = Attempt(route, ADMIN, field=field, query=query).send(ours, ours.ids)
            count += 1
            if told := description.objection(route, answer):
                wrong.append(told)
            early = wanted is not None and (route.path, wanted.name) in NOTHING_YET
            refused = route.key in REFUSED or (early and not route.reads)
            if answer.status_code != (409 if refused else OWN.get(route.key, route.status)):
                wrong.append(f"{route} {wanted}: {answer.status_code} {answer.text[:300]}")
            elif query is not None and not early and route.path not in LOOKS_UP and not records(answer.json()):
                wrong.append(f"{route} {wanted}: found nothing")
    print(f"\n{count} controls with own ids")
    assert not wrong, "\n".join(wrong)
