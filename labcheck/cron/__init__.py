"""Cron, exactly as Debian's cron runs it: schedules, crontabs, clock changes, in times and in words.

Nothing in here looks at a clock, at the environment or at a disk: `now`, zones and bytes are arguments.
"""

from labcheck.cron.accounts import ANY, Accounts, only
from labcheck.cron.calendar import runs_in_year, text_calendar
from labcheck.cron.clock_changes import fires, starts_at_change, starts_at_jump
from labcheck.cron.comparison import Comparison, compare_schedules
from labcheck.cron.crontab import Crontab, Job, Refusal, read_crontab
from labcheck.cron.file_rules import FileFact, with_file_rules
from labcheck.cron.hazards import Finding, find_hazards
from labcheck.cron.nearest import next_runs, previous_run
from labcheck.cron.schedule import BadSchedule, Schedule, parse, verdict
from labcheck.cron.settings import Setting
from labcheck.cron.times import ever_runs, first_difference, same_jobs, same_runs
from labcheck.cron.words import sentence

__all__ = [
    "ANY",
    "Accounts",
    "BadSchedule",
    "Comparison",
    "Crontab",
    "FileFact",
    "Finding",
    "Job",
    "Refusal",
    "Schedule",
    "Setting",
    "compare_schedules",
    "ever_runs",
    "find_hazards",
    "fires",
    "first_difference",
    "next_runs",
    "only",
    "parse",
    "previous_run",
    "read_crontab",
    "runs_in_year",
    "same_jobs",
    "same_runs",
    "sentence",
    "starts_at_change",
    "starts_at_jump",
    "text_calendar",
    "verdict",
    "with_file_rules",
]
