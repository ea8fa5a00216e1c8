"""A defect, when one is met: one shape of answer, the connection lives, and the log names the place, not the words."""

from __future__ import annotations

import asyncio
import logging
from contextlib import nullcontext
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.app import create_app
from application.ports import Claims

PRIVATE = "zqprivatecanary"


class Broken:
    """Services whose every part fails with an error that quotes something private."""

    trusted_proxies: Any = ()
    new_id = staticmethod(uuid4)

    def __getattr__(self, name: str) -> Any:
        return self

    def read(self, token: str) -> Claims:
        try:
            raise KeyError(PRIVATE)
        except KeyError as error:
            raise RuntimeError(f"cannot read {PRIVATE}") from error


async def ask() -> httpx.Response:
    app = create_app(lambda: nullcontext(Broken()))
    app.state.services = Broken()
    # The transport raises whatever leaves the application, as the server would log it.
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.get("/api/v1/patients", headers={"Authorization": "Bearer x"})


def test_an_unexpected_error_tells_nobody_what_it_was_about(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = asyncio.run(ask())
    error = answer.json()["error"]
    assert answer.status_code == 500
    assert (error["code"], error["path"]) == ("INTERNAL_SERVER_ERROR", "/api/v1/patients")
    assert answer.headers["x-content-type-options"] == "nosniff"
    said = answer.text + caplog.text
    assert PRIVATE not in said
    assert "RuntimeError" in caplog.text  # the control: it is logged, with its cause and where it happened
    assert "KeyError" in caplog.text
    assert "in read" in caplog.text
