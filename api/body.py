"""The body of a command: read up to a bound, and taken as JSON more strictly than most readers take it."""

from __future__ import annotations

import json
import re
from typing import Any, Final, TypeVar

from fastapi import Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from application.base import Command
from domain.base import Invalid

__all__ = ["parse", "read_body"]

C = TypeVar("C", bound=Command)

LARGEST_BODY = 1_000_000
"""Bytes. Nothing that a person types comes near."""
_EXACT = re.compile(r"[0-9]+\.[0-9]{1,2}0*")
_INEXACT: Final = object()


async def read_body(request: Request) -> bytes:
    """The whole body, up to ``LARGEST_BODY``; more is refused without reading it."""
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared[:18]) > LARGEST_BODY:
        raise HTTPException(413, "The body is too large")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise HTTPException(413, "The body is too large")
    if body and request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "Send application/json")
    return body


def parse(command: type[C], body: bytes, path: dict[str, Any]) -> C:
    """The body as the command, with its path fields filled in. Names are camelCase only; unknown ones are refused."""
    body = body or b"{}"
    try:
        parsed = command.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid" and (loose := _loosely(body)) is not None:
            command.model_validate(loose, by_alias=True, by_name=False)
        raise
    # Valid, so of the command's own shape and shallow; what validation cannot see is how it was written.
    json.loads(body, object_pairs_hook=_as_written, parse_float=_amount, parse_int=str)
    fields = {name: value for name, value in path.items() if name in command.model_fields}
    return parsed.model_copy(update=fields) if fields else parsed


def _as_written(pairs: list[tuple[str, Any]]) -> None:
    """Refuse a name given twice (readers differ in which they believe), a number that was rounded when it was read,
    and the name that stands for what comes from the path."""
    seen = set()
    for name, value in pairs:
        if name in seen:
            raise Invalid("This is given twice.", field=name)
        if value is _INEXACT:
            raise Invalid("An amount is written with at most two decimal places.", field=name)
        if "\0" in name:
            raise Invalid("Extra inputs are not permitted", field=name)
        seen.add(name)


def _amount(written: str) -> object:
    return written if _EXACT.fullmatch(written) else _INEXACT


def _loosely(body: bytes) -> Any:
    """Lone surrogates, NaN and the like are not JSON, but Python's reader takes them: then validation can say which
    field they stand in (422). ``None`` if it does not either: a body that cannot be read (400)."""
    try:
        return json.loads(body.decode())  # of bytes it would guess the encoding
    except (ValueError, RecursionError):
        return None
