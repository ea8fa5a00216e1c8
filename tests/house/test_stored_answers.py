"""What a command answers is stored as it is, for retries: nothing about a person may be in it."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any

import application.registry  # noqa: F401 - registers the handlers
from application.base import Model, Result

TEXTS = {
    "receipt_number": "a number of the book's own",
    "timezone": "the centre's",
    "rule": "RFC 5545",
    "start_time": "a wall time",
    "end_time": "a wall time",
    "code": "of a refusal",
    "message": "of a refusal, the same for everybody",
    "reference": "an accounting reference, kept with the entry",
    "access_token": "null in what is stored: it is added to the first answer alone",
    "refresh_token": "as above",
}
"""Fields of text in answers, and why they may stand there."""


def texts(model: Any, seen: set[Any]) -> Iterator[str]:
    """Names of the fields that hold text, at any depth."""
    if model in seen:
        return
    seen.add(model)
    hints = typing.get_type_hints(model)
    names = model.model_fields if issubclass(model, Model) else [f.name for f in dataclasses.fields(model)]
    for name in names:
        for kind in _kinds(hints[name]):
            if isinstance(kind, type) and issubclass(kind, Model):
                yield from texts(kind, seen)
            elif isinstance(kind, type) and issubclass(kind, str) and not issubclass(kind, Enum):
                yield name


def _kinds(hint: Any) -> Iterator[Any]:
    inner = typing.get_args(hint)
    if not inner:
        yield hint
    for each in inner:
        yield from _kinds(each)


def test_no_answer_holds_a_text_that_is_not_listed() -> None:
    classes = [each for each in _subclasses(Result) if each.__module__.startswith("application")]
    assert len(classes) > 20
    assert {name for each in classes for name in texts(each, set())} == TEXTS.keys()


def _subclasses(of: type[Any]) -> Iterator[type[Any]]:
    for each in of.__subclasses__():
        yield each
        yield from _subclasses(each)
