"""The archive: a ZIP of members, each with its digest in a manifest that nobody can alter without the key.

What is secret in it is sealed with the archive's key (AES-256-GCM), made of a passphrase (scrypt) or the master key.
``docs/moving.md`` specifies the format; the book within is that of ``daybook export --book``.
"""

from __future__ import annotations

import base64
import hmac
import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from domain.base import Clash, Invalid

MANIFEST = "manifest.json"
SHORTEST_PASSPHRASE = 12
SALT = NONCE = 16
_NONCE = 12
_AT_ONCE = 1_000
"""Lines that are sealed together."""
_SCRYPT = {"n": 2**15, "r": 8, "p": 1}


class NotAnArchive(Invalid):
    """This is not an archive of that kind."""


class WrongKey(Clash):
    """The archive does not open: another passphrase or master key, or its manifest was altered."""

    code = "WRONG_KEY"


class ArchiveAltered(Clash):
    """The archive is not as it was written."""

    code = "ARCHIVE_ALTERED"


class ShortPassphrase(Invalid):
    """A passphrase has at least 12 characters."""


def of_passphrase(passphrase: str, salt: bytes) -> bytes:
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise ShortPassphrase
    return Scrypt(salt=salt, length=32, **_SCRYPT).derive(passphrase.encode())


def of_master(master: bytes, salt: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=salt, info=b"daybook backup 1").derive(master)


@dataclass
class Writer:
    """Writes members one after the other; the manifest comes last, so a cut-off archive has none."""

    zip: zipfile.ZipFile
    key: bytes
    members: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, parts: Iterable[bytes]) -> None:
        digest, size = sha256(), 0
        with self.zip.open(name, "w", force_zip64=True) as file:
            for part in parts:
                file.write(part)
                digest.update(part)
                size += len(part)
        self.members[name] = {"bytes": size, "sha256": digest.hexdigest()}

    def add_sealed(self, name: str, rows: Iterable[dict[str, Any]]) -> int:
        """Rows as JSON, so many at a time; how many."""
        counted = 0

        def sealed() -> Iterator[bytes]:
            nonlocal counted
            batch: list[bytes] = []
            number = 0
            for row in rows:
                counted += 1
                batch.append(json.dumps(row, default=str, separators=(",", ":")).encode())
                if len(batch) == _AT_ONCE:
                    yield self._box(name, number, batch)
                    number, batch = number + 1, []
            if batch:
                yield self._box(name, number, batch)

        self.add(name, sealed())
        return counted

    def _box(self, name: str, number: int, lines: list[bytes]) -> bytes:
        nonce = os.urandom(_NONCE)
        box = AESGCM(self.key).encrypt(nonce, zlib.compress(b"\n".join(lines)), f"{name} {number}".encode())
        return base64.b64encode(nonce + box) + b"\n"


@contextmanager
def written(path: Path, form: str, key: bytes, salt: bytes, told: dict[str, Any]) -> Iterator[Writer]:
    """An archive that is there when the block ends, or not at all. ``told`` is what its manifest says of it; more may
    be added to it inside the block."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    partial.touch(mode=0o600)
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as zip_:
            writer = Writer(zip_, key)
            yield writer
            manifest = {"format": form, "salt": salt.hex(), **told, "members": writer.members}
            zip_.writestr(MANIFEST, json.dumps({**manifest, "mac": _mac(key, manifest)}, default=str, indent=1))
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


class Reader:
    """An archive whose every member has been held against the manifest, and that against the key."""

    def __init__(self, zip_: zipfile.ZipFile, manifest: dict[str, Any], key: bytes) -> None:
        self.zip, self.manifest, self.key = zip_, manifest, key

    def lines(self, name: str) -> Iterator[str]:
        with self.zip.open(name) as file:
            yield from io.TextIOWrapper(file, "utf-8", newline="\n")

    def json(self, name: str) -> Any:
        return json.loads(self.zip.read(name))

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        for number, line in enumerate(self.lines(name)):
            raw = base64.b64decode(line)
            try:
                plain = AESGCM(self.key).decrypt(raw[:_NONCE], raw[_NONCE:], f"{name} {number}".encode())
            except InvalidTag as error:
                raise ArchiveAltered(member=name) from error
            for row in zlib.decompress(plain).split(b"\n"):
                yield json.loads(row)


@contextmanager
def opened(path: Path, form: str, secret: str | bytes) -> Iterator[Reader]:
    """The archive, checked from end to end before anything of it is used. ``secret`` is the passphrase or the master
    key. Raises ``NotAnArchive``, ``WrongKey``, ``ArchiveAltered``."""
    try:
        zip_ = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise NotAnArchive(f"{path}: {type(error).__name__}") from error
    with zip_:
        try:
            manifest = json.loads(zip_.read(MANIFEST))
            mac, salt = manifest.pop("mac"), bytes.fromhex(manifest["salt"])
            if manifest["format"] != form:
                raise NotAnArchive(f"{path} is a {manifest['format']}, not a {form}")
        except (KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
            raise NotAnArchive(f"{path}: its manifest is missing or broken") from error
        key = of_passphrase(secret, salt) if isinstance(secret, str) else of_master(secret, salt)
        if not hmac.compare_digest(str(mac), _mac(key, manifest)):
            raise WrongKey
        _check(zip_, manifest["members"])
        yield Reader(zip_, manifest, key)


def _check(zip_: zipfile.ZipFile, members: dict[str, dict[str, Any]]) -> None:
    names = zip_.namelist()
    if len(names) != len(set(names)) or set(names) != {*members, MANIFEST}:
        raise ArchiveAltered("Members were added to the archive, or taken out of it.")
    for name, noted in members.items():
        digest = sha256()
        try:
            with zip_.open(name) as file:
                while part := file.read(1 << 20):
                    digest.update(part)
        except (zipfile.BadZipFile, zlib.error, OSError) as error:
            raise ArchiveAltered(member=name) from error
        if digest.hexdigest() != noted["sha256"]:
            raise ArchiveAltered(member=name)


def _mac(key: bytes, manifest: dict[str, Any]) -> str:
    return hmac.digest(key, json.dumps(manifest, sort_keys=True, default=str).encode(), "sha256").hex()
