"""No provider at all, for a fresh machine: each SMS becomes a file, and the log says which if it is asked for more than
usual (``serve`` has said where they are, and a demo sends dozens at once)."""

from __future__ import annotations

import asyncio
import logging
import os
from datetime import datetime
from pathlib import Path
from typing import Final

from application.notices.senders import ABSENT, Absent, Accepted, Answer, Declined, Found, Parcel, Silent, Traced
from domain.notices import Delivery, Problem

__all__ = ["Console"]

log = logging.getLogger("daybook.console")


class Console:
    """A file for each try, readable by this account only: whom families hear from does not belong in a log. Its name is
    the try's key, so that even here nothing is sent twice."""

    name: Final = "console"
    askable: Final = True
    traces: Final = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, parcel: Parcel) -> Answer:
        try:
            path = await asyncio.to_thread(self._write, parcel)
        except OSError as error:
            return Declined(Problem.NOT_REACHED, type(error).__name__)
        log.debug("an SMS would have been sent: %s", path)
        return Accepted(path.name)

    async def find(self, parcel: Parcel, since: datetime) -> Found | Absent | Silent:  # noqa: ARG002
        path = self._path(parcel.key)
        return Found(path.name) if await asyncio.to_thread(path.exists) else ABSENT

    async def trace(self, provider_id: str) -> Traced | Silent:
        there = await asyncio.to_thread((self._folder / provider_id).exists)
        return Traced(Delivery.DELIVERED if there else Delivery.UNDELIVERED)

    async def close(self) -> None:
        """Nothing is kept open."""

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.sms.txt"

    def _write(self, parcel: Parcel) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(parcel.key)
        partial = path.with_suffix(f".{os.getpid()}")
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(f"To: {parcel.address}\nFrom: {parcel.sender_name}\n\n{parcel.text}\n")
        partial.rename(path)
        return path
