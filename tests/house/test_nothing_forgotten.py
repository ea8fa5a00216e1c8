"""Every command has a permission and a route, every event a reader, every permission a use; and the other way round."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute

import application.registry  # noqa: F401 - registers the handlers
from adapters.codec import EVENT_TYPES
from api.app import create_app
from api.base import OPEN
from application.base import HANDLERS, Command
from application.permissions import PERMISSIONS
from projections.registry import read_tables

ROOT = Path(__file__).parents[2]
WITHOUT_ROUTE: dict[str, str] = {
    "ExpireRescheduleRequests": "the clock's: a schedule sends it, and reads say EXPIRED without it",
    "RepeatErasure": "the restore of a backup sends it for each erasure that the backup does not know",
    "ClaimNotice": "a worker's, when it is about to send",
    "ReportNotice": "a worker's, when it knows what came of it",
    "RequestNotices": "the consumers' and the clock's: what happened gives rise to notices",
    "ChoosePassword": "carried by /auth/accept-invitation and /auth/reset-password, where a link says whose it is",
}
"""Commands that no route carries, and why."""
WITHOUT_READER = {
    "scheduling.SlotReserved": "day sheets are there to refuse clashes; the session's own event fills the calendar",
    "scheduling.SlotReleased": "as above",
}
"""Events that no read table wants, and why."""
NOT_YET: dict[str, str] = {}
"""Permissions whose routes are still to come. A permission that is used may not stand here."""


def _no_services() -> Any:
    raise NotImplementedError


@pytest.fixture(scope="module")
def routes() -> list[APIRoute]:
    return [route for route in create_app(_no_services).routes if isinstance(route, APIRoute)]


def _command_of(route: APIRoute) -> type[Command] | None:
    return inspect.getclosurevars(route.endpoint).nonlocals.get("command")


def _permission_of(route: APIRoute) -> str | None:
    permission: str | None = (route.openapi_extra or {}).get("x-permission")
    return permission


def _named_in_source() -> Iterator[str]:
    """Permissions that code asks about by name: ``call.may("…")``, ``permit(role, "…")``, ``PERMISSIONS["…"]``."""
    for folder in ("api", "application", "consumers", "adapters"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                named: list[ast.expr] = []
                if isinstance(node, ast.Call):
                    called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    named = node.args if called in {"may", "permit"} else []
                elif isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == "PERMISSIONS":
                    named = [node.slice]
                yield from (n.value for n in named if isinstance(n, ast.Constant) and isinstance(n.value, str))


def test_every_command_has_a_permission_and_a_handler_that_names_it() -> None:
    assert len(HANDLERS) > 30
    assert [command.__name__ for command, handling in HANDLERS.items() if handling.may not in PERMISSIONS] == []


def test_every_command_has_a_route_and_every_writing_route_a_command(routes: list[APIRoute]) -> None:
    carried = {command for route in routes if (command := _command_of(route))}
    without = {command.__name__ for command in HANDLERS if command not in carried}
    assert without == set(WITHOUT_ROUTE)
    assert carried <= set(HANDLERS)
    for route in routes:
        if (route.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"} and _permission_of(route) != OPEN:
            assert _command_of(route) is not None, route.path
            assert _permission_of(route) == HANDLERS[_command_of(route)].may, route.path  # type: ignore[index]


def test_every_command_that_is_written_is_handled() -> None:
    """A class that nobody registered would answer 500 when it is first sent."""
    written = set()
    todo = [Command]
    while todo:
        todo += (below := todo.pop().__subclasses__())
        written |= {c for c in below if c.__module__.startswith("application.")}
    handled = set(HANDLERS)
    bases = {base for command in handled for base in command.__mro__}
    assert sorted(c.__name__ for c in written - handled - bases) == []


def test_every_route_says_what_it_takes_to_call_it(routes: list[APIRoute]) -> None:
    ours = [route for route in routes if route.path.startswith("/api/v1") and route.include_in_schema]
    assert len(ours) > 60
    assert [route.path for route in ours if _permission_of(route) not in {OPEN, *PERMISSIONS}] == []
    assert {route.path for route in ours if _permission_of(route) == OPEN} == {
        f"/api/v1/auth/{what}"
        for what in ("login", "refresh", "logout", "forgot-password", "reset-password", "accept-invitation")
    }  # fmt: skip
    for route in ours:
        assert route.summary, route.path
        assert len(route.methods or ()) == 1, route.path
    names = [route.operation_id for route in ours]
    assert len(names) == len(set(names))


def test_every_permission_is_used_and_every_used_one_exists(routes: list[APIRoute]) -> None:
    used = {handling.may for handling in HANDLERS.values()} | set(_named_in_source())
    used |= {permission for route in routes if (permission := _permission_of(route))} - {OPEN}
    assert used - PERMISSIONS.keys() == set()
    assert PERMISSIONS.keys() - used == set(NOT_YET)


def test_every_role_may_do_something_and_no_permission_is_for_nobody() -> None:
    assert all(PERMISSIONS.values())
    for role in {role for cells in PERMISSIONS.values() for role in cells}:
        assert len([name for name, cells in PERMISSIONS.items() if role in cells]) > 2
    writes = {name for name in PERMISSIONS if not name.endswith((":read", ":self", ":verify"))}
    assert [name for name in writes if "AUDITOR" in PERMISSIONS[name]] == []


def test_every_event_is_read_by_a_projection_or_says_why_not() -> None:
    read = {event for table in read_tables() for event in table.rules}
    unread = {kind.topic for kind in EVENT_TYPES.values() if kind.event_class not in read}
    assert unread == set(WITHOUT_READER)
    assert read <= {kind.event_class for kind in EVENT_TYPES.values()}


def test_every_event_is_told_in_plain_words() -> None:
    """Histories and the audit page have a phrase for each; none for an event that there is not."""
    client = (ROOT / "web/src/features/history/strings.ts").read_text("utf-8")
    listed, found, _ = client.partition("export const FIELDS")
    assert found
    assert set(re.findall(r'^  "([a-z]+\.\w+)": "', listed, re.MULTILINE)) == set(EVENT_TYPES)
