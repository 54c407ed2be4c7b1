"""What `labcheck cron` prints: records for programs, text for people."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from itertools import islice

from labcheck.cron.clock_changes import fires
from labcheck.cron.crontab import Crontab, Job
from labcheck.cron.hazards import FATAL, Finding
from labcheck.cron.nearest import runs_after
from labcheck.cron.schedule import BadSchedule, Schedule, as_cron_sees, as_people_see, parse, verdict
from labcheck.cron.words import fields, how_days_join, sentence
from labcheck.visible import visible

COMMENT = "nothing: cron reads over a comment"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which runs are asked for: `count` after `since`, or those from `since` on and before `until`."""

    zone: tzinfo | None
    since: datetime
    until: datetime | None = None
    count: int | None = None

    def runs(self, schedule: Schedule) -> Iterator[datetime]:
        """The runs that are asked for, in order."""
        if self.until is None:
            return islice(runs_after(schedule, self.since, self.zone), self.count or 5)
        return islice(fires(schedule, self.since, self.until, self.zone), self.count)


def record(text: str | bytes, asked: Asked) -> dict[str, object]:
    """One schedule for a program: `{"schedule", "verdict", "runs"}`; times are ISO 8601 to the minute."""
    shown = as_people_see(as_cron_sees(text))
    try:
        schedule = parse(text)
    except BadSchedule:
        return {"schedule": shown, "verdict": verdict(text), "runs": []}
    return {"schedule": shown, "verdict": "ok", "runs": [written(run) for run in asked.runs(schedule)]}


def explained(text: str | bytes, asked: Asked) -> dict[str, object]:
    """The same with the sentence: `{"schedule", "verdict", "sentence", "runs"}`."""
    shown = as_people_see(as_cron_sees(text))
    try:
        schedule = parse(text)
    except BadSchedule as refused:
        return {"schedule": shown, "verdict": verdict(text), "sentence": _refused(text, refused), "runs": []}
    runs = [written(run) for run in asked.runs(schedule)]
    return {"schedule": shown, "verdict": "ok", "sentence": sentence(schedule), "runs": runs}


def written(run: datetime) -> str:
    """`2027-04-02T02:01`, with the offset if the time has a zone."""
    return run.isoformat(timespec="minutes")


def refusal(text: str | bytes) -> str:
    """Why a schedule that cron refuses does not run: cron's words and where; nothing for one that it takes."""
    try:
        parse(text)
    except BadSchedule as refused:
        return _refused(text, refused)
    return ""


def _refused(text: str | bytes, refused: BadSchedule) -> str:
    if not verdict(text):
        return COMMENT
    place = f"`{refused.words}` (column {refused.column})"
    return f"never: cron refuses it with {place} and ignores the whole crontab"


def explanation(text: str, asked: Asked) -> str:
    """A schedule for people: the sentence, field by field, how the day fields join, the next runs."""
    shown = visible(as_people_see(as_cron_sees(text)))
    schedule = parse(text)
    words = sentence(schedule)
    lines = [shown, f"  {words[0].upper()}{words[1:]}.", ""]
    meanings = fields(schedule)
    width = max((len(visible(as_people_see(meaning.text))) for meaning in meanings), default=0)
    for meaning in meanings:
        name = meaning.name.replace("-", " ")
        lines.append(f"  {name:13} {visible(as_people_see(meaning.text)):{width}}  {meaning.meaning}")
    lines += [f"  {how_days_join(schedule)}"] if how_days_join(schedule) else []
    runs = [run.strftime("%a ") + written(run).replace("T", " ") for run in asked.runs(schedule)]
    zone = f"({asked.zone})" if asked.zone else "(by the server's clock)"
    if runs:
        lines += [*([""] if meanings else []), f"  Next runs {zone}:", *(f"    {run}" for run in runs)]
    return "\n".join(lines).rstrip()


def one_line(text: str | bytes, asked: Asked) -> str:
    """A schedule of many for people: the schedule, its sentence."""
    found = explained(text, asked)
    return f"{visible(str(found['schedule']))}: {visible(str(found['sentence']))}"


def runs_line(text: str | bytes, asked: Asked) -> str:
    """A schedule of many for people: the schedule, its runs or cron's error words."""
    found = record(text, asked)
    runs = found["runs"]
    answer = " ".join(runs) if isinstance(runs, list) and runs else found["verdict"]
    return f"{visible(str(found['schedule']))}: {'no run' if answer == 'ok' else answer}"


def job_record(job: Job) -> dict[str, object]:
    """One job for a program."""
    return {
        "line": job.line,
        "schedule": as_people_see(job.schedule.text),
        "user": as_people_see(job.user),
        "command": as_people_see(job.command),
        "stdin": as_people_see(job.stdin),
        "environment": {as_people_see(name): as_people_see(value) for name, value in job.environment.items()},
    }


def lint_json(file: str, crontab: Crontab, findings: list[Finding]) -> Iterator[str]:
    """One file for a program, as JSON in pieces: `{"file", "loaded", "log", "jobs", "findings"}`.

    In pieces, because each of ten thousand jobs may have thousands of variables.
    """
    log = [as_people_see(line) for line in crontab.log]
    opening = json.dumps({"file": file, "loaded": crontab.loaded, "log": log})
    yield opening.removesuffix("}") + ', "jobs": ['
    for number, job in enumerate(crontab.jobs):
        yield (", " if number else "") + json.dumps(job_record(job))
    found = [asdict(finding) | {"fix": as_people_see(finding.fix) or None} for finding in findings]
    yield f'], "findings": {json.dumps(found)}}}\n'


def lint_text(file: str, crontab: Crontab, findings: list[Finding]) -> Iterator[str]:
    """One file for people, in pieces: the verdict, cron's log lines, and each finding with its correction."""
    jobs = len(crontab.jobs)
    state = f"cron loads it: {jobs} job{'' if jobs == 1 else 's'}" if crontab.loaded else "cron IGNORES this file"
    lines = [f"{visible(file)}: {state}"]
    lines += [f"  cron logs: {visible(as_people_see(line))}" for line in crontab.log]
    if not crontab.loaded and not crontab.log:
        lines.append("  cron logs nothing")
    for finding in findings:
        lines += ["", f"  line {finding.line}, column {finding.column}: {finding.severity}: {finding.rule}"]
        lines.append(f"    {visible(as_people_see(finding.message))}")
        lines += [f"    > {visible(as_people_see(line))}" for line in finding.fix.split("\n") if line]
    if not findings:
        lines.append("  nothing to report")
    yield "\n".join(lines) + "\n"


def has_failed(crontab: Crontab, findings: list[Finding]) -> bool:
    """Whether anything is fatal: the file is ignored, or a job in it can never run."""
    return not crontab.loaded or any(finding.severity == FATAL for finding in findings)
