#!/usr/bin/env python3
"""Checks an exported Daybook book against a signed checkpoint. Shares no code with Daybook.

    verify_book.py BOOK.ndjson [--checkpoint CHECKPOINT.json]... [--public-key BASE64]
    verify_book.py --proof PROOF.json [--public-key BASE64]

Needs Python 3.9 or later and the package ``cryptography``. What it checks is specified in docs/audit.md: every hash is
computed from the event's own fields and the hash before it; positions count from 1 without a gap; the book's head, each
checkpoint's hash, the root of its tree and its signature fit. Without ``--public-key`` a signature only shows that
*somebody* signed: pass the key you were given when you first met. Exit status 0: everything fits, 1: it does not, 2:
the files cannot be read.
"""

import argparse
import base64
import hashlib
import json
import struct
import sys
import uuid
from datetime import datetime, timezone

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

GENESIS = bytes(32)


class Unreadable(Exception):
    """A file that is not what it should be."""


def sha(data):
    return hashlib.sha256(data).digest()


def prefixed(value):
    """Four bytes of length, then the bytes; -1 for what is absent."""
    return struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value


def event_hash(tenant, before, event):
    """SHA-256 over the hash before and the twelve fields, each with its length."""
    document = event["document"]
    parts = [
        before,
        uuid.UUID(tenant).bytes,
        struct.pack(">q", event["position"]),
        uuid.UUID(event["stream"]).bytes,
        struct.pack(">i", event["version"]),
        event["topic"].encode(),
        struct.pack(">h", event["class_version"]),
        struct.pack(">q", event["recorded"]),
        struct.pack(">i", event["effective"]),
        uuid.UUID(event["actor"]).bytes,
        uuid.UUID(event["correlation"]).bytes,
        None if document is None else document.encode(),
        event["data"].encode(),
    ]
    return sha(b"".join(prefixed(part) for part in parts))


def pair(left, right):
    return sha(b"\x01" + left + right)


class Roots:
    """The root of the Merkle tree (RFC 6962, section 2.1) after each leaf, keeping full subtrees only."""

    def __init__(self):
        self.subtrees = []  # (leaves, hash), ever smaller

    def add(self, value):
        size, top = 1, sha(b"\x00" + value)
        while self.subtrees and self.subtrees[-1][0] == size:
            _, left = self.subtrees.pop()
            size, top = size * 2, pair(left, top)
        self.subtrees.append((size, top))

    def root(self):
        if not self.subtrees:
            return sha(b"")
        top = self.subtrees[-1][1]
        for _, left in reversed(self.subtrees[:-1]):
            top = pair(left, top)
        return top


def root_from(index, leaves, value, path):
    """The root that a path leads to from the leaf at ``index`` (RFC 9162, 2.1.3.2); None if it leads nowhere."""
    if not 0 <= index < leaves:
        return None
    at, last, top = index, leaves - 1, sha(b"\x00" + value)
    for step in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            top = pair(step, top)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            top = pair(top, step)
        at, last = at >> 1, last >> 1
    return top if last == 0 else None


def field(item, *names):
    """A field by its name as the command line or as the API writes it."""
    for name in names:
        if name in item:
            return item[name]
    raise Unreadable(f"there is no {names[0]}")


def read_checkpoint(item):
    try:
        signed = datetime.fromisoformat(str(field(item, "signed_at", "signedAt")).replace("Z", "+00:00"))
        delta = signed - datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - for older Pythons
        return {
            "tenant": str(field(item, "tenant_id", "tenantId")),
            "position": field(item, "position"),
            "chain": bytes.fromhex(field(item, "chain")),
            "root": bytes.fromhex(field(item, "root")),
            "at": (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds,
            "key": base64.b64decode(field(item, "public_key", "publicKey")),
            "signature": base64.b64decode(field(item, "signature")),
        }
    except (TypeError, ValueError, KeyError) as error:
        raise Unreadable(f"not a checkpoint: {error}") from error


def signature_problem(checkpoint, pinned):
    """What is wrong with the signature, or None."""
    if pinned is not None and checkpoint["key"] != pinned:
        return "it is signed with another key than the one you trust"
    message = b"daybook checkpoint 1\n" + uuid.UUID(checkpoint["tenant"]).bytes
    message += struct.pack(">q", checkpoint["position"]) + checkpoint["chain"] + checkpoint["root"]
    message += struct.pack(">q", checkpoint["at"])
    try:
        Ed25519PublicKey.from_public_bytes(checkpoint["key"]).verify(checkpoint["signature"], message)
    except (InvalidSignature, ValueError):
        return "its signature does not fit"
    return None


def sorted_out(tenant, checkpoints, pinned):
    """The checkpoints of a book by position, and what is wrong with them by themselves."""
    wanted, problems = {}, []
    for checkpoint in checkpoints:
        if checkpoint["tenant"] != tenant:
            problems.append((checkpoint["position"], "the checkpoint is of another book"))
        else:
            wanted.setdefault(checkpoint["position"], []).append(checkpoint)
        wrong = signature_problem(checkpoint, pinned)
        if wrong:
            problems.append((checkpoint["position"], f"the checkpoint: {wrong}"))
    return wanted, problems


def verify_book(lines, checkpoints=(), pinned=None):
    """(events, problems) of an export: its lines, the first of which says whose book it is and where it ends."""
    lines = iter(lines)
    try:
        head = json.loads(next(lines))
        tenant, end, chain = str(head["tenant_id"]), head["position"], bytes.fromhex(head["chain"])
    except (StopIteration, ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"not an exported book: {error}") from error
    wanted, problems = sorted_out(tenant, checkpoints, pinned)
    before, position, count, tree = GENESIS, 0, 0, Roots()
    for line in lines:
        if not line.strip():
            continue
        count += 1
        try:
            event = json.loads(line)
            stored, at = bytes.fromhex(event["hash"]), event["position"]
        except (ValueError, KeyError, TypeError):
            problems.append((position + 1, "the line is not an event"))
            continue
        if at != position + 1:
            problems.append((at, f"comes after {position}"))
        try:
            computed = event_hash(tenant, before, event)
        except (struct.error, ValueError, TypeError, KeyError, AttributeError, UnicodeError):
            computed = None
        if computed != stored:
            problems.append((at, "the event does not fit the one before it: it, or its hash, was changed"))
        tree.add(stored)
        before, position = stored, at
        for checkpoint in wanted.pop(at, ()):
            if checkpoint["chain"] != stored:
                problems.append((at, "the checkpoint was taken of another event"))
            elif checkpoint["root"] != tree.root():
                problems.append((at, "the checkpoint was taken of another history"))
    if (end, chain) != (position, before):
        problems.append((position, f"the book says that it ends at {end}, with another hash or at another place"))
    problems += [(at, "the book ends before the checkpoint") for at in wanted]
    return count, problems


def verify_proof(proof, pinned=None):
    """Problems of the proof that one event is in a signed book."""
    try:
        tenant, event = str(field(proof, "tenant_id", "tenantId")), dict(proof["event"])
        event["class_version"] = field(event, "class_version", "classVersion")
        before = bytes.fromhex(proof["before"])
        path = [bytes.fromhex(step) for step in proof["path"]]
        checkpoint = read_checkpoint(proof["checkpoint"])
        computed = event_hash(tenant, before, event)
    except (KeyError, TypeError, ValueError, struct.error) as error:
        raise Unreadable(f"not a proof: {error}") from error
    problems = []
    if checkpoint["tenant"] != tenant:
        problems.append((event["position"], "the checkpoint is of another book"))
    wrong = signature_problem(checkpoint, pinned)
    if wrong:
        problems.append((checkpoint["position"], f"the checkpoint: {wrong}"))
    if computed.hex() != event["hash"]:
        problems.append((event["position"], "the event is not the one its hash was made of"))
    if root_from(event["position"] - 1, checkpoint["position"], computed, path) != checkpoint["root"]:
        problems.append((event["position"], "the path does not lead to the signed root"))
    return problems


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path}: {error}") from error


def read_checkpoints(path):
    """One checkpoint, a list of them, or what the API answers."""
    found = read_json(path)
    found = found.get("data", found) if isinstance(found, dict) else found
    return [read_checkpoint(item) for item in (found if isinstance(found, list) else [found])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("book", nargs="?", help="a book exported by `daybook export --book`")
    parser.add_argument("--checkpoint", action="append", default=[], help="signed heads kept elsewhere")
    parser.add_argument("--proof", help="the proof of one event")
    parser.add_argument("--public-key", help="the key you trust, in base64")
    given = parser.parse_args()
    if (given.book is None) == (given.proof is None):
        parser.error("name a book or a proof")
    try:
        pinned = base64.b64decode(given.public_key) if given.public_key else None
        if given.proof:
            count, problems = 1, verify_proof(read_json(given.proof), pinned)
        else:
            checkpoints = [taken for path in given.checkpoint for taken in read_checkpoints(path)]
            with open(given.book, encoding="utf-8", newline="\n") as file:
                count, problems = verify_book(file, checkpoints, pinned)
    except (Unreadable, OSError, ValueError) as error:
        print(f"verify_book: {error}", file=sys.stderr)
        return 2
    for position, problem in problems:
        print(f"at {position}: {problem}")
    signed = given.proof or given.checkpoint
    if signed and pinned is None:
        print("the signing key was not given: this shows only that somebody signed", file=sys.stderr)
    print(f"{count:,} events: {'ALTERED' if problems else 'verified'}{'' if signed else ', against no checkpoint'}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
