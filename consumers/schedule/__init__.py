"""What the clock causes. ``due`` says what that is, ``scheduler`` does it, ``ticking`` looks again and again."""

from consumers.schedule.due import dues_month, dues_reminder_at, next_look, sessions_to_remind
from consumers.schedule.facts import Centre, Chore, Facts, Starting
from consumers.schedule.scheduler import Scheduler
from consumers.schedule.ticking import EVERY, keep_ticking

__all__ = [
    "EVERY", "Centre", "Chore", "Facts", "Scheduler", "Starting", "dues_month", "dues_reminder_at", "keep_ticking",
    "next_look", "sessions_to_remind",
]  # fmt: skip
