"""The browser client, from the files its build left: read once, sent as they were compressed then.

Files under ``/assets`` carry a hash of what is in them and never change; the page itself is asked for anew each time.
Any other path of no file is a page of the client's own, so it gets that page, too: but never below ``/api``, where
whoever mistypes is told so in JSON, and never a path that looks like a file.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["POLICY", "Site"]

PAGE = "/index.html"
NOT_OURS = ("/api", "/healthz", "/readyz", "/metrics")
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
"""The better ones first, as the build names them."""
FOR_EVER = "public, max-age=31536000, immutable"
EACH_TIME = "no-cache"
POLICY = "; ".join(
    [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:", "font-src 'self'",
        "connect-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
    ]
)  # fmt: skip
"""Nothing from elsewhere, nothing inline: what somebody types into a note cannot become code."""
_ALWAYS = {
    "content-security-policy": POLICY, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin", "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "vary": "Accept-Encoding",
}  # fmt: skip
NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class _Route:
    """Under what the log and the metrics count these: paths of pages hold ids."""

    path: str = "(client)"


@dataclass(frozen=True, slots=True)
class _File:
    kind: str
    etag: str
    bodies: dict[str, bytes]
    """By encoding; ``""`` is the plain one."""


class Site:
    """Answers what is the client's; passes on everything else. ``folder`` is the build's output."""

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self.app = app
        self.files = {f"/{path.relative_to(folder).as_posix()}": _read(path) for path in _plain(folder)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._wanted(scope) if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"} else None
        if found is None:
            await self.app(scope, receive, send)
            return
        path, file = found
        scope["route"] = _Route()
        await _answer(path, file, Headers(scope=scope))(scope, receive, send)

    def _wanted(self, scope: Scope) -> tuple[str, _File] | None:
        path: str = scope["path"]
        if any(path == start or path.startswith(f"{start}/") for start in NOT_OURS):
            return None
        file = self.files.get(path)
        if file is not None:
            return path, file
        looks_like_a_file = "." in path.rpartition("/")[2]
        return None if looks_like_a_file else (PAGE, self.files[PAGE])


def _plain(folder: Path) -> list[Path]:
    suffixes = {suffix for _, suffix in ENCODINGS}
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in suffixes]


def _read(path: Path) -> _File:
    bodies = {"": path.read_bytes()}
    for encoding, suffix in ENCODINGS:
        packed = path.with_name(path.name + suffix)
        if packed.exists():
            bodies[encoding] = packed.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    return _File(f"{kind}{charset}", f'"{sha256(bodies[""]).hexdigest()[:20]}"', bodies)


def _answer(path: str, file: _File, asked: Headers) -> Response:
    offered = {part.partition(";")[0].strip() for part in asked.get("accept-encoding", "").split(",")}
    encoding = next((name for name, _ in ENCODINGS if name in offered and name in file.bodies), "")
    hashed = path.startswith("/assets/")
    headers = {**_ALWAYS, "etag": file.etag, "cache-control": FOR_EVER if hashed else EACH_TIME}
    if asked.get("if-none-match") == file.etag:
        return Response(status_code=NOT_MODIFIED, headers=headers)
    if encoding:
        headers["content-encoding"] = encoding
    return Response(file.bodies[encoding], media_type=file.kind, headers=headers)
