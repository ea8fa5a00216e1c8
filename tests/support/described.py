"""Whether what the API answers is what it says it answers: each response of a test against the OpenAPI description."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
from jsonschema_rs import ValidationError, validator_for

__all__ = ["Description"]

NOT_MODIFIED = 304


class Description:
    """The OpenAPI document of a running API."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._components: dict[str, Any] = document["components"]
        self._validators: dict[str, Any] = {}
        # Literal segments before parameters, as the API itself tries them.
        self._operations = [
            (re.compile(re.sub(r"{[^}]+}", "[^/]+", path)), methods)
            for path, methods in sorted(document["paths"].items(), key=lambda item: item[0].count("{"))
        ]

    def check(self, answer: httpx.Response) -> None:
        """Fail if the status is not documented or the body not of the documented schema. What is no operation (404,
        405) has nothing to keep to, and ``?fields=`` takes required fields away."""
        described = self._responses(answer.request.method.lower(), answer.request.url.path)
        if described is None or answer.status_code == NOT_MODIFIED:
            return
        told = f"{answer.request.method} {answer.request.url.path} {answer.status_code}"
        assert str(answer.status_code) in described, f"{told} is not documented"
        response = described[str(answer.status_code)]
        if "$ref" in response:
            response = self._components["responses"][response["$ref"].rpartition("/")[2]]
        media = response.get("content", {}).get("application/json", {})
        told_as = answer.headers.get("content-type", "").partition(";")[0]
        assert told_as in response.get("content", {}), f"{told} is not documented as {told_as}"
        if told_as != "application/json" or "schema" not in media or "fields" in answer.request.url.params:
            return
        try:
            self._validator(media["schema"]).validate(answer.json())
        except ValidationError as error:
            raise AssertionError(f"{told}: {error.message} at {error.instance_path}") from None

    def _responses(self, method: str, path: str) -> dict[str, Any] | None:
        for pattern, methods in self._operations:
            if method in methods and pattern.fullmatch(path):
                responses: dict[str, Any] = methods[method]["responses"]
                return responses
        return None

    def _validator(self, schema: dict[str, Any]) -> Any:
        name = json.dumps(schema)
        if name not in self._validators:
            self._validators[name] = validator_for(
                {**schema, "components": self._components}, validate_formats=True
            )  # fmt: skip
        return self._validators[name]
