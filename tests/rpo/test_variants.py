"""The worst failed run, found in neighbourhoods, is the worst one found by failing each run in turn."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from labcheck.rpo import CrontabFile, Period, Question, answer
from labcheck.rpo.loss import losses
from labcheck.rpo.recovery import simulate
from labcheck.rpo.timeline import Run, timelines
from labcheck.rpo.variants import Failures, memory, worst_in_a_row
from tests.rpo.minute_by_minute import System
from tests.rpo.test_brute_force import ask, systems

STORES = 2


def failing(runs: Sequence[Run], steps: frozenset[int], gone: Sequence[int]) -> list[Run]:
    return [
        replace(run, starts=[start for start in run.starts if start not in gone]) if run.step in steps else run
        for run in runs
    ]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(systems())
def test_neighbourhoods_miss_no_failure(case: tuple[list[str], System]) -> None:
    found = ask(*case).services[0].case
    runs, since, until = found.simulation.pipeline.runs, found.since, found.until
    lines = simulate(found.simulation.pipeline).unlucky
    failures = Failures(runs, memory(lines, runs, since, until), since, until)
    uploads = frozenset(link.step.number for link in found.simulation.pipeline.links if link.target.hops == 1)
    starts = failures.flow(uploads)
    if len(starts) < 4:
        return
    quick = worst_in_a_row(failures, uploads, 2, found.groups)
    for count in (1, 2):
        slow: list[int | None] = [0] * len(found.groups)
        for place in range(len(starts) - 2):
            there = timelines(failing(runs, uploads, starts[place : place + count]), unlucky=True)
            for at, group in enumerate(found.groups):
                end = max(run.starts[-1] for run in runs)
                worst, old = losses(there, group, starts[place], end).rpo_seconds, slow[at]
                slow[at] = None if worst is None or old is None else max(old, worst)
        assert quick[count - 1][1:] == slow[1:]


def test_a_flow_with_few_runs_in_the_period_claims_nothing_about_many_failures() -> None:
    rare = "0 0 1 1,7 * b mysqldump agama > a.sql && rsync -a a.sql x.y:\n"
    question = Question((CrontabFile("db", "x", rare),), Period.of_year(2026))
    found = {one.name: dict(one.losses) for one in answer(question).services[0].variants}
    assert set(found) == {"upload-fails-once", "dump-missed-once"}
    assert found["upload-fails-once"]["db-host-lost"] == 365 * 86400 + 60


def test_a_flow_that_never_runs_has_no_failures() -> None:
    never = "0 22-6 * * * b mysqldump agama > a.sql && rsync -a a.sql x.y:\n"
    found = answer(Question((CrontabFile("db", "x", never),), Period.of_year(2026)))
    assert found.services[0].variants == ()
