"""Reading the letters that an installation without a mail server puts into its folder."""

from __future__ import annotations

import email
import re
from email import policy
from typing import Any

from tests.support.system import RunningSystem, wait_until


def letters(system: RunningSystem, to: str) -> list[Any]:
    """The letters to this address, oldest first (their names begin with the time)."""
    found = [
        email.message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted((system.folder / "outbox").glob("*.eml"))
    ]
    return [letter for letter in found if letter["To"] == to]


def token_in(letter: Any) -> str:
    return re.findall(r"#token=(\S+)", letter.get_content())[0]  # type: ignore[no-any-return]


def next_token(system: RunningSystem, to: str, after: int = 0) -> str:
    """The token of the newest letter to this address, once there are more than ``after``."""
    return token_in(wait_until(lambda: letters(system, to)[after:])[-1])
