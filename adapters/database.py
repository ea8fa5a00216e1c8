"""The database's shape: roles, the book, the read-model schema. Idempotent; safe to run from several processes."""

from __future__ import annotations

from importlib.resources import files

import psycopg

_LOCK = 0x64617962  # "dayb"


def migrate(admin_url: str) -> list[str]:
    """Bring a database to this release's shape. Returns the names of the steps applied now.

    ``admin_url`` connects as a role that may create roles (a superuser of the embedded server, the master user of a
    managed one). Each step runs once, in its own transaction, under an advisory lock.
    """
    applied = []
    with psycopg.connect(admin_url, autocommit=True) as db:
        db.execute("SELECT pg_advisory_lock(%s)", [_LOCK])

        db.execute(
            "CREATE TABLE IF NOT EXISTS public.daybook_schema (step text PRIMARY KEY, at timestamptz DEFAULT now())"
        )
        done = {row[0] for row in db.execute("SELECT step FROM public.daybook_schema")}
        steps = sorted(f.name for f in (files("adapters") / "schema").iterdir() if f.name.endswith(".sql"))
        for step in steps:
            if step in done:
                continue
            text = (files("adapters") / "schema" / step).read_text("utf-8")
            with db.transaction():
                db.execute(text)
                db.execute("RESET ROLE")
                db.execute("INSERT INTO public.daybook_schema (step) VALUES (%s)", [step])
            applied.append(step)
    return applied
