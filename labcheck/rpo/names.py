"""Crontabs that are labelled otherwise than their host is called in the commands, brought under one name.

A label is what the asker calls a host; `backup` already means `backup.foo.bar`. A crontab without a dump, with a label
that no command mentions, is taken for the one host that gets uploads and has no crontab.
"""

from collections.abc import Sequence
from dataclasses import replace

from labcheck.errors import UsageError
from labcheck.rpo.commands.actions import Backup, Copy, Dump
from labcheck.rpo.commands.places import Place, same_host
from labcheck.rpo.crontabs import Loaded
from labcheck.rpo.question import Question


def renamed(question: Question, loaded: Sequence[Loaded]) -> tuple[Question, dict[str, str]]:
    """Return the question with labels replaced by the hosts' names, and which label became which name."""
    labels = list(dict.fromkeys(one.source.host for one in loaded))
    targets = [place.host for one in loaded for place in _targets(one) if not place.is_cloud]
    open_targets = [host for host in dict.fromkeys(targets) if not any(same_host(host, label) for label in labels)]
    strangers = [label for label in labels if _is_stranger(label, loaded)]
    fed = [
        host
        for host in open_targets
        if not any(host in _sent_by(one) for one in loaded if one.source.host in strangers)
    ]
    if len(strangers) != 1 or len(fed) != 1:
        return question, {}
    label, name = strangers[0], fed[0]
    crontabs = tuple(replace(one, host=name) if one.host == label else one for one in question.crontabs)
    zones = {name if host == label else host: zone for host, zone in question.zones.items()}
    jobs = {
        (kind, name if host == label else host, line): seconds
        for (kind, host, line), seconds in question.durations.jobs.items()
    }
    disasters = tuple(
        replace(one, lost=tuple(name if host == label else host for host in one.lost)) for one in question.disasters
    )
    durations = replace(question.durations, jobs=jobs)
    return replace(question, crontabs=crontabs, zones=zones, durations=durations, disasters=disasters), {label: name}


def refuse_strangers(question: Question, loaded: Sequence[Loaded]) -> None:
    """Raise UsageError for a zone, a disaster or a job's duration that names what is in none of the crontabs."""
    hosts = list(dict.fromkeys(host for one in loaded for host in (one.source.host, *sorted(_hosts(one)))))
    for host in (*question.zones, *(host for disaster in question.disasters for host in disaster.lost)):
        if host != "*" and not any(same_host(host, known) for known in hosts):
            raise UsageError(f"no crontab is for a host `{host}` or names one", f"Known are {', '.join(hosts)}.")
    jobs = {(label, job.line) for one in loaded for job in one.jobs for label in (job.host, job.file, "")}
    for kind, label, line in question.durations.jobs:
        if (label, line) not in jobs:
            where = f" for {label}" if label else ""
            raise UsageError(f"no job{where} stands in line {line}, whose {kind} takes its own time")


def _hosts(one: Loaded) -> set[str]:
    dumped = {step.action.host for job in one.jobs for step in job.steps if isinstance(step.action, Dump)}
    return dumped | _sent_by(one)


def _targets(one: Loaded) -> list[Place]:
    return [step.action.target for job in one.jobs for step in job.steps if isinstance(step.action, Backup | Copy)]


def _sent_by(one: Loaded) -> set[str]:
    """Return every host that the commands of a crontab name, as source or target."""
    actions = [step.action for job in one.jobs for step in job.steps]
    found = {place.host for place in _targets(one)}
    found |= {place.host for action in actions if isinstance(action, Copy) for place in action.sources}
    return found - {one.source.host}


def _is_stranger(label: str, loaded: Sequence[Loaded]) -> bool:
    mine = [one for one in loaded if one.source.host == label]
    others = [one for one in loaded if one.source.host != label]
    dumps = any(isinstance(step.action, Dump) for one in mine for job in one.jobs for step in job.steps)
    copies = any(_targets(one) for one in mine)
    named = any(same_host(label, host) for one in others for host in _sent_by(one))
    return copies and not dumps and not named
