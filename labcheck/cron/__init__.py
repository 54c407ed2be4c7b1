"""Cron, exactly as Debian's cron runs it: schedules, crontabs, clock changes, in times and in words.

Nothing in here looks at a clock, at the environment or at a disk: `now`, zones and bytes are arguments.
"""

from labcheck.cron.accounts import ANY, Accounts, only
from labcheck.cron.clock_changes import fires, starts_at_change, starts_at_jump
from labcheck.cron.crontab import Crontab, Job, Refusal, read_crontab
from labcheck.cron.schedule import BadSchedule, Schedule, parse, verdict
from labcheck.cron.settings import Setting
from labcheck.cron.times import ever_runs, first_difference, same_jobs, same_runs

__all__ = [
    "ANY",
    "Accounts",
    "BadSchedule",
    "Crontab",
    "Job",
    "Refusal",
    "Schedule",
    "Setting",
    "ever_runs",
    "fires",
    "first_difference",
    "only",
    "parse",
    "read_crontab",
    "same_jobs",
    "same_runs",
    "starts_at_change",
    "starts_at_jump",
    "verdict",
]
