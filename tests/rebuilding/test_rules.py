"""What people may want of a rebuild, one after the other."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.rebuilding import AlreadyAsked, Rebuild, Wanted, Why

ID = UUID(int=7)


def asked() -> Rebuild:
    rebuild = Rebuild.blank(ID)
    rebuild.ask(("patients",), None, workers=2)
    return rebuild


def test_a_rebuild_is_asked_for_once_and_paused_and_gone_on_with() -> None:
    rebuild = asked()
    for wanted in (Wanted.PAUSE, Wanted.RUN, Wanted.PAUSE, Wanted.RUN):
        rebuild.want(wanted)
        assert rebuild.wanted is wanted
    assert [type(one).__name__ for one in rebuild.pending_events] == [
        "RebuildAsked", "RebuildPaused", "RebuildResumed", "RebuildPaused", "RebuildResumed"
    ]  # fmt: skip


@pytest.mark.parametrize("final", [Wanted.CANCEL, Wanted.ROLLBACK])
@pytest.mark.parametrize("then", list(Wanted))
def test_giving_up_and_going_back_are_final(final: Wanted, then: Wanted) -> None:
    rebuild = asked()
    rebuild.want(final)
    with pytest.raises(AlreadyAsked):
        rebuild.want(then)


def test_what_is_wanted_already_is_refused_but_for_another_try() -> None:
    rebuild = asked()
    rebuild.want(Wanted.RUN)  # it may have failed
    rebuild.want(Wanted.PAUSE)
    with pytest.raises(AlreadyAsked):
        rebuild.want(Wanted.PAUSE)


def test_one_that_a_release_began_can_be_decided_about() -> None:
    rebuild = Rebuild.blank(ID)
    rebuild.want(Wanted.PAUSE)
    assert (rebuild.version, rebuild.wanted) == (1, Wanted.PAUSE)


def test_what_is_done_for_a_parked_stream_says_which_and_why() -> None:
    rebuild = Rebuild.blank(ID)
    stream = UUID(int=9)
    rebuild.ask(("patients",), UUID(int=3), why=Why.SKIP, parked=("patients", stream, 41), reason="sent twice")
    event: Any
    [event] = rebuild.pending_events
    assert (event.projection, event.stream, event.position, event.reason, event.why) == (
        "patients", stream, 41, "sent twice", "SKIP"
    )  # fmt: skip
