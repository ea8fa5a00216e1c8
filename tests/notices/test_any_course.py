"""Whatever order things come in: at most one message."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.base import Refused
from domain.notices import Notice, NoticeStatus, Problem
from tests.notices.test_notice import NOW, SAID, asked


class AnyCourse(RuleBasedStateMachine):
    """Whatever workers, providers and people do in whatever order: of the tries of a notice, the next begins only when
    the one before is known not to have arrived; and a provider that took one is never given another."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.notice = Notice.blank(uuid4())
        asked(self.notice)
        self.taken = 0
        """Messages at the provider that nobody, person or provider, said were not there."""
        self.claims: list[UUID] = []
        self.at_provider: set[UUID] = set()

    def attempt(self, step: Any) -> bool:
        try:
            step()
        except Refused:
            return False
        return True

    @rule(minutes=st.integers(0, 200))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(arrives=st.booleans())
    def somebody_claims_and_offers(self, arrives: bool) -> None:
        claim = uuid4()
        if self.attempt(lambda: self.notice.begin_sending(claim, SAID, now=self.now)):
            self.claims.append(claim)
            if arrives:
                self.at_provider.add(claim)
                self.taken += 1

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def a_worker_reports(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        n = self.notice
        if claim in self.at_provider:  # honest: it either heard so, or heard nothing
            if data.draw(st.booleans()):
                self.attempt(lambda: n.record_sent(claim, "p", "1", traced=True, now=self.now))
            else:
                self.attempt(lambda: n.record_unknown(claim, "p", Problem.NO_ANSWER, None, askable=True, now=self.now))
        elif data.draw(st.booleans()):
            self.attempt(lambda: n.record_failure(claim, Problem.REFUSED, None, now=self.now))
        else:
            self.attempt(lambda: n.record_busy(claim, self.now + timedelta(minutes=1), now=self.now))

    @rule()
    def leases_run_out(self) -> None:
        self.attempt(lambda: self.notice.outlive_lease(askable=True, now=self.now))

    @rule(tells=st.booleans())
    def the_provider_is_asked(self, tells: bool) -> None:
        n = self.notice
        if not tells:
            self.attempt(lambda: n.record_asked_in_vain(now=self.now))
        elif n.claim in self.at_provider:
            self.attempt(lambda: n.record_found("p", "1", traced=True, sent_at=self.now))
        else:
            self.attempt(lambda: n.record_absent(now=self.now))

    @rule()
    def people_interfere(self) -> None:
        self.attempt(lambda: self.notice.retry(now=self.now))
        self.attempt(self.notice.withdraw)

    @invariant()
    def at_most_one_message(self) -> None:
        assert self.taken <= 1
        if self.notice.status is NoticeStatus.SENT:
            assert self.taken == 1


AnyCourse.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestAnyCourse = AnyCourse.TestCase
