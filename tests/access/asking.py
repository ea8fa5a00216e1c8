"""Requests that are valid but for what a test makes of them, and what a refusal has to look like."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

from tests.access.described import Field, Route
from tests.access.sweep import may
from tests.access.world import ADMIN, World, body_for, place

HERE = "@@here@@"
"""Stands in a body where raw JSON is going to be put."""
JSON = {"Content-Type": "application/json"}


@dataclass
class Asked:
    """A request to a route by somebody who may."""

    world: World
    route: Route

    @property
    def path(self) -> str:
        return self.route.at({name: self.world.own(name) for name in self.route.ids})

    @property
    def headers(self) -> dict[str, str]:
        if self.route.open:
            return {}
        who = next(who for who in (ADMIN, "THERAPIST", "SUPER_ADMIN") if may(self.route, who))
        return {"Authorization": f"Bearer {self.world.centre.token(who)}"}

    @property
    def body(self) -> dict[str, Any]:
        return body_for(self.route, self.world.ids)

    def around(self, field: Field) -> str:
        """The JSON text of a valid body with ``HERE`` where this field's value goes."""
        body = body_for(self.route, self.world.ids, field)
        place(body, field.path, HERE)
        return json.dumps(body)

    def send(self, content: Any = None, headers: dict[str, str] | None = None, query: str = "") -> httpx.Response:
        """``headers`` instead of those of JSON."""
        asked = self.headers | (JSON if headers is None else headers)
        path = f"{self.path}{query and '?'}{query}"
        return self.world.client.request(self.route.method, path, content=content, headers=asked)


def problem(answer: httpx.Response, status: int, field: str | None = None) -> str | None:
    """What is wrong with a refusal, if anything is: its status, its shape, or that it does not name the field."""
    told = f"{answer.status_code} {answer.text[:250]}"
    if answer.status_code != status:
        return told
    try:
        body = answer.json()
        error = body["error"]
        shaped = body["success"] is False and set(error) == {"code", "message", "details", "timestamp", "path"}
        named = field is None or any(
            f"{detail['field']}.".startswith(f"{field}.") and detail["message"] for detail in error["details"]
        )
    except (ValueError, KeyError, TypeError):
        return f"not our shape: {told}"
    return None if shaped and named else f"does not name {field}: {told}"
