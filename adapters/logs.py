"""Logs for machines: one JSON object a line. ``LOG_FORMAT=text`` is for people, ``DAYBOOK_LOG_LEVEL`` for both.

What is logged are our own words, ids, codes and numbers; what somebody typed never is (tests plant it everywhere and
look for it here).
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class JsonLines(logging.Formatter):
    """``facts`` of a record (``extra={"facts": {...}}``) stand beside its message."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            line["error"] = places(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


class Text(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        told = " ".join(f"{name}={value}" for name, value in _facts(record).items() if value is not None)
        return f"{super().format(record)} {told}".rstrip()

    def formatException(self, ei: object) -> str:
        return places(ei[1] if isinstance(ei, tuple) else None)


def _facts(record: logging.LogRecord) -> Mapping[str, object]:
    facts: Mapping[str, object] = getattr(record, "facts", {})
    return facts


def places(error: BaseException | None) -> str:
    """Classes and places of an error and its causes, never their messages: those may quote what somebody typed."""
    told: list[str] = []
    while error is not None:
        told = [*traceback.format_tb(error.__traceback__), f"{type(error).__name__}\n", *told]
        error = error.__cause__ or error.__context__
    return "".join(told).rstrip()


def set_up(level: str, *, text: bool) -> None:
    """Logs of this process go to standard error, from ``level`` up; ours and the libraries' alike."""
    handler = logging.StreamHandler()
    handler.setFormatter(Text() if text else JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # What these have to say below warnings quotes SQL, addresses or bodies.
    for name in ("psycopg", "psycopg.pool", "sqlalchemy", "httpx", "httpcore", "asyncio", "kafka"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
