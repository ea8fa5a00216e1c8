"""Whether an answer is what the OpenAPI description says: its status, its content type, and each field of its body."""

from __future__ import annotations

from typing import Any

import httpx
import schemathesis
from schemathesis.core.failures import Failure, FailureGroup

from tests.access.described import PREFIX, Route


class Described:
    """The description of a running system."""

    def __init__(self, url: str) -> None:
        self._schema: Any = schemathesis.openapi.from_url(f"{url}{PREFIX}/openapi.json")

    def objection(self, route: Route, answer: httpx.Response) -> str | None:
        operation = self._schema[f"{PREFIX}{route.path}"][route.method]
        described = operation.definition.raw["responses"].get(str(answer.status_code))
        if described is None:
            return f"{route} does not say that it may answer {answer.status_code}"
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if "content" in described and kind not in described["content"]:
            return f"{route} does not say that it may answer {kind}"
        try:
            operation.validate_response(answer)
        except (Failure, FailureGroup) as failure:
            return f"{route}: {failure} {answer.text[:300]}"
        return None
