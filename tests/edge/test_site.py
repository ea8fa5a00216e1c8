"""The browser client's files: what is sent for which path, and never instead of the API."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse

from api.site import POLICY, Site

Get = Callable[..., httpx.Response]
SCRIPT = b"export const answer = 42;"


@pytest.fixture
def get(tmp_path: Path) -> Get:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Daybook</title>")
    (tmp_path / "assets" / "index-1a2b.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "index-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path.parent / "outside.txt").write_text("not for anybody")

    async def api(scope: Any, receive: Any, send: Any) -> None:
        await JSONResponse({"error": "NOT_FOUND"}, 404)(scope, receive, send)

    site = Site(api, tmp_path)

    def ask(path: str, method: str = "GET", **headers: str) -> httpx.Response:
        async def once() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://test") as client:
                sent = {"accept-encoding": "identity"} | {
                    name.replace("_", "-"): text for name, text in headers.items()
                }
                return await client.request(method, path, headers=sent)

        return asyncio.run(once())

    return ask


@pytest.mark.parametrize("path", ["/", "/index.html", "/patients", "/patients/01a2?tab=ledger", "/apiary"])
def test_pages_are_the_clients_own(get: Get, path: str) -> None:
    answer = get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/v1/nope", "/healthz", "/metrics", "/assets/gone-9f.js", "/favicon.ico", "/../outside.txt",
     "/%2e%2e/outside.txt", "/assets/../../outside.txt"],
)  # fmt: skip
def test_what_is_no_page_is_the_apis_to_refuse(get: Get, path: str) -> None:
    answer = get(path)
    assert (answer.status_code, answer.json()) == (404, {"error": "NOT_FOUND"})


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_is_posted_to_a_page(get: Get, method: str) -> None:
    assert get("/patients", method).status_code == 404


def test_files_named_after_what_is_in_them_are_kept_for_ever(get: Get) -> None:
    answer = get("/assets/index-1a2b.js")
    assert (answer.content, answer.headers["content-type"]) == (SCRIPT, "text/javascript; charset=utf-8")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "content-encoding" not in answer.headers


def test_they_are_sent_as_they_were_compressed(get: Get) -> None:
    answer = get("/assets/index-1a2b.js", accept_encoding="gzip, br")
    assert (answer.headers["content-encoding"], answer.content) == ("gzip", SCRIPT)
    assert get("/", accept_encoding="gzip, br").headers.get("content-encoding") is None  # there is none of it


def test_a_page_that_is_known_is_not_sent_again(get: Get) -> None:
    etag = get("/").headers["etag"]
    assert get("/patients", if_none_match=etag).status_code == 304
    assert get("/patients", if_none_match='"another"').status_code == 200
