"""Canaries in every private field: never told to whoever may not know them, never in a log, sealed in the book."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from tests.access.described import Route
from tests.access.sweep import Attempt
from tests.access.world import ADMIN, STAFF, World, new_colleague, new_world, query_for
from tests.support.system import PASSWORD, PLATFORM_ADMIN, RunningSystem, sign_in

MEDICAL, NOTES, NAME, REASON, SECRET = (f"zq{kind}canary" for kind in ("medical", "notes", "name", "reason", "secret"))
EMAIL, PHONE, ADDRESS = f"{NAME}@example.org", "+919867530911", f"{NAME} street"
KEEPERS = {
    MEDICAL: {"WORKSPACE_ADMIN", "OPERATOR", "THERAPIST"},
    NOTES: {"WORKSPACE_ADMIN", "THERAPIST"},
    NAME: set(STAFF),
    PHONE: set(STAFF),
    REASON: set(STAFF),
    SECRET: set(),
}
"""Who may be told. THERAPIST is the one who treats; a colleague, the platform and strangers may know nothing."""
PEOPLE = (*STAFF, "COLLEAGUE", "SUPER_ADMIN")


@pytest.fixture(scope="module")
def planted(system: RunningSystem, client: httpx.Client) -> World:
    world = new_world(system, client, "Plain")
    world.centre.tokens["SUPER_ADMIN"] = sign_in(client, PLATFORM_ADMIN, PASSWORD, "platform")
    new_colleague(world, "Colleague")
    told = {"lastName": NAME, "guardianName": NAME, "guardianPhone": PHONE, "guardianEmail": EMAIL, "address": ADDRESS}
    patient = world.ids["patient"] = world.patient(firstName=NAME, medicalNotes=f"{MEDICAL} from the start", **told)
    world.send("PUT", f"/patients/{patient}", {"medicalNotes": f"{MEDICAL} later"})
    past = (date.today() - timedelta(days=3)).isoformat()  # noqa: DTZ011
    session = world.ids["session"] = world.session(date=past, price="650.00", priceReason=REASON)
    world.send("PUT", f"/sessions/{session}/notes", {"notes": f"{NOTES} before"})
    world.send("POST", f"/sessions/{session}/complete", {"notes": f"{NOTES} after"})
    called_off = world.session()
    world.send("POST", f"/sessions/{called_off}/cancel", {"reason": REASON})
    world.ids["payment"] = world.payment()
    world.send("PUT", f"/users/{world.ids['user']}/password", {"password": f"{SECRET} and more"})
    return world


def variations(route: Route) -> list[dict[str, str]]:
    """Ways of asking a read that might reach further than the plain one."""
    tricks: dict[str, list[str]] = {
        "fields": ["medicalNotes,notes,patientName,data"],
        "search": [MEDICAL, NOTES, NAME],
        "sort": ["-medicalNotes", "notes"],
    }
    names = {query.name for query in route.query}
    return [{}] + [{name: value} for name, values in tricks.items() if name in names for value in values]


def overheard(world: World, who: str | None, answer: httpx.Response, sent: Any = "") -> list[str]:
    """The canaries in this answer that ``who`` may not know and did not send."""
    text = answer.text + str(answer.headers)
    return [c for c, keepers in KEEPERS.items() if c in text and who not in keepers and c not in str(sent)]


def test_no_read_tells_a_canary_to_whoever_may_not_know_it(routes: list[Route], planted: World) -> None:
    wrong, count, seen = [], 0, set()
    for route in routes:
        for who in PEOPLE:
            for asked in variations(route) if route.reads else ():
                path = route.at({name: planted.own(name, "") for name in route.ids})
                answer = planted.ask("GET", path, params=query_for(route, planted.ids) | asked, as_=who)
                count += 1
                assert answer.status_code < 500
                seen |= {(canary, who) for canary in KEEPERS if canary in answer.text}
                wrong += [f"{route} {asked} as {who}: {c}" for c in overheard(planted, who, answer, asked)]
    print(f"\n{count} reads, {len(seen)} times a canary was told to somebody who may know it")
    assert not wrong, "\n".join(wrong)
    # The control: everybody who may know was told, so the canaries are there to be seen.
    assert seen >= {(canary, who) for canary, keepers in KEEPERS.items() for who in keepers - {"OPERATOR", "THERAPIST"}}
    assert {(MEDICAL, "OPERATOR"), (MEDICAL, "THERAPIST"), (NOTES, "THERAPIST")} <= seen


def test_the_book_has_them_sealed_only(system: RunningSystem, planted: World) -> None:
    """Of a stolen copy of the book nothing private can be read; the read models are there to be read."""
    found: dict[str, set[str]] = {"book": set(), "read": set()}
    with psycopg.connect(system.database.admin_url) as db:
        tables = db.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            text = str(db.execute(f'SELECT t::text FROM "{schema}"."{table}" t').fetchall())
            where = "book" if schema == "book" else "read"
            found[where] |= {canary for canary in (*KEEPERS, EMAIL, ADDRESS) if canary in text}
    assert len(tables) > 20
    assert found["book"] == set()
    assert found["read"] >= {MEDICAL, NOTES, NAME, PHONE, EMAIL, ADDRESS}  # the control
    assert SECRET not in found["read"]


def test_no_command_tells_one_either(every_route: list[Route], planted: World) -> None:
    """Results and refusals of every command, from those who may least to the administrator."""
    wrong, count = [], 0
    for who in reversed(PEOPLE):
        for route in every_route:
            if route.reads or who == ADMIN:
                continue
            answer = Attempt(route, who).send(planted, planted.ids)
            count += 1
            assert answer.status_code < 500
            wrong += [f"{route} as {who}: {canary}" for canary in overheard(planted, who, answer)]
    print(f"\n{count} commands")
    assert not wrong, "\n".join(wrong)


def test_a_stranger_is_told_nothing(every_route: list[Route], planted: World) -> None:
    for route in every_route:
        path = route.at({name: planted.own(name) for name in route.ids})
        answer = planted.client.request(route.method, path, json=None if route.reads else {})
        assert overheard(planted, None, answer) == []
        assert answer.status_code == (422 if route.open else 401), f"{route}: {answer.text}"


def test_no_log_of_any_process_has_one(system: RunningSystem, planted: World) -> None:
    logs = sorted(system.folder.glob("*.log"))
    assert [log.stem for log in logs] == ["api", "project"]
    for log in logs:
        text = log.read_text()
        for secret in (*KEEPERS, EMAIL, ADDRESS, PASSWORD, "Bearer", *planted.centre.tokens.values()):
            assert secret not in text, f"{log.name} has {secret}"
