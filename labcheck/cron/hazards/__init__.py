"""What cron accepts, or silently drops, and the author surely did not mean: an explicit table of rules."""

from collections.abc import Callable, Iterator
from datetime import tzinfo
from typing import Final

from labcheck.cron.crontab import Crontab, Job, Refusal
from labcheck.cron.hazards import commands, fields, settings, whole_file
from labcheck.cron.hazards.finding import FATAL, NOTE, WARNING, Finding, Severity
from labcheck.cron.hazards.refused import refused
from labcheck.cron.settings import Setting

__all__ = ["FATAL", "NOTE", "WARNING", "Finding", "Severity", "find_hazards"]

JOB_RULES: Final[tuple[Callable[[Job], Iterator[Finding]], ...]] = (
    fields.reversed_range,
    fields.one_value_range,
    fields.leftover,
    fields.uneven_step,
    fields.both_day_fields,
    fields.impossible_date,
    commands.percent,
    commands.bash_syntax,
    commands.both_outputs,
    commands.output_to_nowhere,
    commands.relative_path,
    commands.tilde,
    commands.needs_a_person,
    commands.placeholder,
    commands.carriage_return,
    commands.empty_command,
)
SETTING_RULES: Final[tuple[Callable[[Setting, int], Iterator[Finding]], ...]] = (
    settings.unexpanded,
    settings.comment,
    settings.zone,
    settings.address,
    settings.no_mail,
    settings.cut,
    settings.logname,
    settings.not_a_name,
)
FILE_RULES: Final[tuple[Callable[[Crontab], Iterator[Finding]], ...]] = (
    whole_file.file_name,
    whole_file.final_newline,
    whole_file.too_many_lines,
    whole_file.line_continuation,
    whole_file.user_in_own_crontab,
    whole_file.late_setting,
    whole_file.same_minute,
)


def find_hazards(
    crontab: Crontab, *, debian: int = settings.NEWEST, zone: tzinfo | None = None, year: int = 2026
) -> list[Finding]:
    """All findings in a crontab, by line. `zone` and `year` say which clock changes to look at."""
    user = next((job.user for job in crontab.written_jobs), "root")
    findings = [found for rule in FILE_RULES for found in rule(crontab)]
    findings += whole_file.clock_change(crontab, zone, year)
    for item in crontab.items:
        if isinstance(item, Refusal):
            findings.append(refused(item, user))
        elif isinstance(item, Job):
            findings += [found for rule in JOB_RULES for found in rule(item)]
        else:
            findings += [found for rule in SETTING_RULES for found in rule(item, debian)]
    return sorted(findings, key=lambda found: (found.line, found.column))
