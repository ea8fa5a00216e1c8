"""PDF documents, set by Typst from the templates in ``adapters/documents``."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from domain.base import Clash, Refused

_HERE = Path(__file__).parent
TEMPLATES = frozenset(path.stem for path in (_HERE / "documents").glob("*.typ"))
LARGEST_INPUT = 4 << 20
LARGEST_PDF = 32 << 20
MEMORY_MB = 1536
"""Address space of one rendering, fonts and code included; a hundred pages take a tenth of it."""


class DocumentTooLarge(Clash):
    """This would be too long for one document; choose a shorter period or fewer records."""

    code = "DOCUMENT_TOO_LARGE"


class RenderingFailed(Refused):
    """The document could not be made just now. Try again."""

    code = "SERVICE_UNAVAILABLE"


class TypstRenderer:
    """Implements ``application.ports.Renderer``: a process of its own for each document, ``at_once`` at most.

    Nothing of ``data`` is ever program text: it crosses as JSON, and templates place its strings as strings. The same
    template and data make the same bytes, so a PDF can carry an ETag made of them."""

    def __init__(self, timeout: float = 20.0, at_once: int = 2) -> None:
        self._timeout = timeout
        self._turn = asyncio.Semaphore(at_once)

    async def pdf(self, template: str, data: Mapping[str, Any]) -> bytes:
        if template not in TEMPLATES:
            raise ValueError(f"there is no template {template!r}")
        order = json.dumps({"template": template, "data": data}, ensure_ascii=False).encode()
        if len(order) > LARGEST_INPUT:
            raise DocumentTooLarge
        async with self._turn:
            return await self._set(order)

    async def _set(self, order: bytes) -> bytes:
        setter = await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(_HERE / "typesetter.py"), str(int(self._timeout) + 1), str(MEMORY_MB),
            stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=_bare_environment(), cwd=_HERE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(self._timeout):
                pdf, _ = await setter.communicate(order)
        except TimeoutError as error:
            raise RenderingFailed from error
        finally:
            await _ended(setter)
        if setter.returncode != 0 or not pdf.startswith(b"%PDF-"):
            raise RenderingFailed
        if len(pdf) > LARGEST_PDF:
            raise DocumentTooLarge
        return pdf


def _bare_environment() -> dict[str, str]:
    """Enough to start Python; no addresses, no secrets."""
    return {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}


async def _ended(setter: Process) -> None:
    """Nothing is left running, whether the caller gave up, was cancelled or got its document."""
    if setter.returncode is None:
        setter.kill()
        await setter.wait()
