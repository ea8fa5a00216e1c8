"""Tables that a rebuild left half built do not outlive an erasure: nobody folds it into them while they rest.

The follower drops them when it handles the erasure, unless somebody is rebuilding just then. So whoever ends a rebuild
without its end, and ``maintain`` every few seconds, look whether anybody was erased since the tables were made. A
rebuild that is gone on with afterwards begins anew.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from adapters.publishing import NEXT
from projections.base import SCHEMA

MARGIN = "10 minutes"
"""An erasure counts so long before the tables were made: a process may have had the key at hand for five minutes."""
_HALF_BUILT = """SELECT r.tenant_id, r.id, ARRAY(SELECT jsonb_object_keys(r.built)) FROM reading.rebuilds r
  WHERE r.state IN ('PAUSED', 'FAILED') AND r.built IS NOT NULL
    AND EXISTS (SELECT FROM book.subject_keys k WHERE k.destroyed_at >= r.built_at - %s::interval)"""
_GONE = "UPDATE reading.rebuilds SET built = NULL, folded = false WHERE tenant_id = %s AND id = %s"


def forget_half_built(db: psycopg.Connection[Any]) -> list[UUID]:
    """Drop what rebuilds that rest have built since before an erasure; answers whose. The caller holds the lock."""
    gone = []
    for tenant_id, rebuild_id, names in db.execute(_HALF_BUILT, [MARGIN]).fetchall():
        with db.transaction():
            for name in names:
                db.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(SCHEMA, name + NEXT)))
            db.execute("DELETE FROM reading.rebuild_marks WHERE rebuild_id = %s", [rebuild_id])
            db.execute(_GONE, [tenant_id, rebuild_id])
        gone.append(rebuild_id)
    return gone
