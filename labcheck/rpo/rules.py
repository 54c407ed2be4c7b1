"""All rules that look at a set of crontabs, in the order in which they are asked."""

from collections.abc import Iterator, Sequence

from labcheck.rpo import backup_rules, file_rules, flow_rules, habit_rules
from labcheck.rpo.crontabs import Loaded
from labcheck.rpo.findings import Finding
from labcheck.rpo.jobs import Job
from labcheck.rpo.pipeline import Pipeline, stores_cleaned
from labcheck.rpo.question import Question
from labcheck.rpo.recovery import Simulation


def all_findings(
    loaded: Sequence[Loaded], jobs: Sequence[Job], question: Question, paper: Simulation
) -> Iterator[Finding]:
    """Yield every finding about the crontabs of a question, given its pipeline on paper."""
    pipeline, durations = paper.pipeline, question.durations
    steps = {step.number: step for job in jobs for step in job.steps}
    yield from _about_files(loaded, jobs)
    yield from _about_repositories(pipeline, jobs)
    yield from flow_rules.guesses(pipeline)
    yield from flow_rules.loose_ends(pipeline)
    yield from flow_rules.circles(pipeline)
    yield from flow_rules.live_files(pipeline)
    yield from flow_rules.same_minute(pipeline)
    yield from flow_rules.swept(jobs)
    yield from flow_rules.stale_copies(pipeline)
    since, until = question.period.instants(question.clock)
    ties = [tie for tie in paper.ties if since <= tie.instant < until]
    yield from flow_rules.races(ties, steps, pipeline, question.clock)
    yield from flow_rules.shared_files(pipeline)
    yield from flow_rules.deletions(pipeline, steps)
    yield from flow_rules.torn(pipeline, paper.lucky, durations)
    yield from flow_rules.overlaps(jobs, durations)
    yield from habit_rules.in_place(pipeline)
    yield from habit_rules.resent(pipeline)
    yield from habit_rules.stock_homes(jobs)
    yield from habit_rules.foreign_homes(jobs)


def _about_files(loaded: Sequence[Loaded], jobs: Sequence[Job]) -> Iterator[Finding]:
    yield from file_rules.ignored_files(loaded)
    yield from file_rules.cut_commands(jobs)
    yield from file_rules.placeholders(jobs)
    yield from file_rules.never_run(jobs, loaded)
    yield from file_rules.unread(jobs)


def _about_repositories(pipeline: Pipeline, jobs: Sequence[Job]) -> Iterator[Finding]:
    yield from backup_rules.encryption(jobs)
    yield from backup_rules.chain(jobs)
    yield from backup_rules.shared_targets(jobs)
    yield from backup_rules.at_once(jobs)
    yield from backup_rules.root_targets(jobs)
    yield from backup_rules.clean_ups(stores_cleaned(pipeline, jobs), jobs)
