"""The answer in words: for each figure one sentence, with its arithmetic, that a student can check on paper."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from labcheck.rpo.answer import Answer, ServiceAnswer
from labcheck.rpo.durations import hours, length
from labcheck.rpo.findings import Finding
from labcheck.rpo.recovery import Recovery
from labcheck.rpo.retention import Retention
from labcheck.rpo.targets import judge

WHEN = "%a %d %b %Y %H:%M"


def rpo_words(recovery: Recovery) -> str:
    """Return a recovery point as text; with a race, both values."""
    if recovery.rpo_seconds is None:
        return "no recovery point"
    if recovery.unlucky is None:
        return hours(recovery.rpo_seconds)
    other = recovery.unlucky.rpo_seconds
    return f"{hours(recovery.rpo_seconds)} or {'nothing at all' if other is None else hours(other)}"


def when(instant: int, clock: tzinfo) -> str:
    """Return an instant by a zone's clock, with the zone's name where it is not UTC."""
    local = datetime.fromtimestamp(instant, clock)
    text = local.strftime(WHEN) + (f":{local.second:02}" if local.second else "")
    return text if local.tzname() == "UTC" else f"{text} {local.tzname()}"


def loss_sentence(recovery: Recovery, clock: tzinfo) -> str:
    """Return the sentence that goes with the figure: the witness and the sum that gives the loss."""
    if recovery.just_before is None or recovery.state_from is None or recovery.rpo_seconds is None:
        return recovery.because + _gap(recovery, clock)
    place = recovery.holding.place if recovery.holding else ""
    text = (
        f"just before {when(recovery.just_before, clock)} the newest usable state on {place} "
        f"is that of {when(recovery.state_from, clock)}"
    )
    if recovery.interval_seconds is None or recovery.delay_seconds is None:
        return text
    dumps = f"{text}: {hours(recovery.interval_seconds)} from that dump to the next"
    if not recovery.delay_seconds:
        return f"{dumps}, which is usable at once"
    delay = length(recovery.delay_seconds)
    return f"{dumps}, plus {delay} until the next is usable there, makes {hours(recovery.rpo_seconds)}"


def _gap(recovery: Recovery, clock: tzinfo) -> str:
    if recovery.gap is None or "at times" not in recovery.because:
        return ""
    return f", first from {when(recovery.gap[0], clock)} to {when(recovery.gap[1], clock)}"


def report(answer: Answer) -> Iterator[str]:
    """Yield the lines of the answer for people."""
    for service in answer.services:
        name = f" of `{service.service}` on {service.production}" if len(answer.services) > 1 else ""
        yield f"On paper: what is lost at worst{name}"
        yield ""
        for recovery in service.paper:
            yield from _recovery(recovery, answer)
        yield f"As it stands: what is lost at worst{name}, with every fault that was found"
        yield ""
        for recovery in service.as_it_stands:
            yield from _standing(recovery, answer)
        yield ""
        yield from _variants(service)
        yield from _retentions(service)
    yield from _findings(answer)


def _recovery(recovery: Recovery, answer: Answer) -> Iterator[str]:
    clock = answer.question.clock
    yield f"  {recovery.disaster.name}: {rpo_words(recovery)}"
    yield f"      {_capital(recovery.disaster.title)}: {loss_sentence(recovery, clock)}."
    if recovery.unlucky:
        yield f"      A race decides. With bad luck {loss_sentence(recovery.unlucky, clock)}."
    if recovery.mean_seconds is not None and recovery.just_before is not None:
        yield f"      On average {hours(recovery.mean_seconds)} are lost, at best {hours(recovery.best_seconds or 0)}."
    yield from _target(recovery, answer)
    yield ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _target(recovery: Recovery, answer: Answer) -> Iterator[str]:
    question = answer.question
    if question.target_seconds is None:
        return
    verdict = judge(recovery, answer, question.target_seconds)
    slack = f" (tolerance {length(question.tolerance_seconds)})" if question.tolerance_seconds else ""
    if verdict.met:
        spare = length(verdict.margin_seconds or 0)
        yield f"      Target {hours(question.target_seconds)}{slack}: met, {spare} to spare."
        return
    missed = f" by {length(verdict.margin_seconds)}" if verdict.margin_seconds is not None else ""
    yield f"      Target {hours(question.target_seconds)}{slack}: missed{missed}. To meet it, {verdict.change}."


def _standing(recovery: Recovery, answer: Answer) -> Iterator[str]:
    yield f"  {recovery.disaster.name}: {rpo_words(recovery)}"
    if recovery.because:
        yield f"      {_capital(recovery.because + _gap(recovery, answer.question.clock))}."
    yield from _target(recovery, answer)


def _variants(service: ServiceAnswer) -> Iterator[str]:
    if not service.variants:
        return
    yield "What if (on paper)"
    yield ""
    for variant in service.variants:
        losses = ", ".join(
            f"{name} {'nothing left' if worst is None else hours(worst)}" for name, worst in variant.losses
        )
        yield f"  {variant.title}:"
        yield f"      {losses}"
    yield ""


def _retentions(service: ServiceAnswer) -> Iterator[str]:
    yield "How far back (retention: how old a state one can choose; the recovery point says how fresh the newest is)"
    yield ""
    for retention in service.retention:
        yield f"  {retention.holding.place}: {_kept(retention)}"
        if retention.longest_chain > 1:
            yield f"      The newest state may need all {retention.longest_chain} parts of its chain to be readable."
    yield ""


def _kept(retention: Retention) -> str:
    if retention.thinned:
        return "every full backup, but increments only of the newest chains"
    if retention.unlimited:
        return "every version, nothing is ever deleted"
    if retention.versions_after == retention.versions_before:
        number = retention.versions_after or 0
        return "one version, the newest" if number == 1 else f"{number} versions"
    return (
        f"{retention.versions_after} versions, {length(retention.look_back_after or 0)} back, right after a clean-up; "
        f"{retention.versions_before} versions, {length(retention.look_back_before or 0)} back, just before one"
    )


def _findings(answer: Answer) -> Iterator[str]:
    if not answer.findings:
        yield "Nothing wrong was found in these crontabs."
        return
    yield "What was found in the crontabs"
    yield ""
    for finding in answer.findings:
        yield from finding_lines(finding)


def finding_lines(finding: Finding) -> Iterator[str]:
    """Yield a finding: where, how bad and what; then its effect and its repair."""
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    yield f"  {place}: {finding.severity}: {finding.message} [{finding.rule}]"
    if finding.effect:
        yield f"      Effect: {finding.effect}."
    if finding.fix:
        yield f"      Fix: {finding.fix}"
