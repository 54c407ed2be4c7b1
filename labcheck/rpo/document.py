"""The answer as a JSON document, `labcheck/rpo/1`. Keys may be added, never taken away."""

from datetime import datetime, tzinfo
from typing import Any

from labcheck.rpo.answer import Answer, ServiceAnswer
from labcheck.rpo.durations import hours, stamp
from labcheck.rpo.explain import loss_sentence, rpo_words
from labcheck.rpo.findings import Finding
from labcheck.rpo.recovery import Recovery
from labcheck.rpo.retention import Retention
from labcheck.rpo.targets import judge
from labcheck.rpo.what_if import Variant

SCHEMA = "labcheck/rpo/1"


def document(answer: Answer) -> dict[str, Any]:
    """Return the whole answer as plain values."""
    return {
        "schema": SCHEMA,
        "period": {"from": _local(answer.since, answer.question.clock), "days": answer.question.period.days},
        "paper": {"disasters": [_disaster(one, answer) for one in answer.paper]},
        "as_it_stands": {"disasters": [_disaster(one, answer) for one in answer.as_it_stands]},
        "variants": [_variant(one, service) for service in answer.services for one in service.variants],
        "retention": [_retention(one) for service in answer.services for one in service.retention],
        "services": [_service(service, answer) for service in answer.services],
        "findings": [_finding(one) for one in answer.findings],
    }


def _service(service: ServiceAnswer, answer: Answer) -> dict[str, Any]:
    return {
        "service": service.service,
        "production": service.production,
        "paper": [_disaster(one, answer) for one in service.paper],
        "as_it_stands": [_disaster(one, answer) for one in service.as_it_stands],
    }


def _disaster(recovery: Recovery, answer: Answer) -> dict[str, Any]:
    clock, holding = answer.question.clock, recovery.holding
    return {
        "name": recovery.disaster.name,
        "copy": holding.place.host if holding else None,
        "store": str(holding.place) if holding else None,
        "service": recovery.service,
        "rpo_seconds": recovery.rpo_seconds,
        "rpo": None if recovery.rpo_seconds is None else rpo_words(recovery),
        "just_before": _local(recovery.just_before, clock),
        "state_from": _local(recovery.state_from, clock),
        "just_before_utc": _utc(recovery.just_before),
        "state_from_utc": _utc(recovery.state_from),
        "interval_seconds": recovery.interval_seconds,
        "delay_seconds": recovery.delay_seconds,
        "mean_seconds": recovery.mean_seconds,
        "best_seconds": recovery.best_seconds,
        "sentence": loss_sentence(recovery, clock),
        **_if_any(recovery, answer),
    }


def _if_any(recovery: Recovery, answer: Answer) -> dict[str, Any]:
    """Return what only some answers have: a reason, a race, a target."""
    found: dict[str, Any] = {}
    if recovery.because:
        found["because"] = recovery.because
    if recovery.unlucky:
        unlucky = recovery.unlucky.rpo_seconds
        found["race"] = {"lucky_seconds": recovery.rpo_seconds, "unlucky_seconds": unlucky}
    if answer.question.target_seconds is not None:
        found["target"] = _target(recovery, answer, answer.question.target_seconds)
    return found


def _target(recovery: Recovery, answer: Answer, target: int) -> dict[str, Any]:
    verdict = judge(recovery, answer, target)
    return {
        "seconds": target,
        "tolerance_seconds": answer.question.tolerance_seconds,
        "met": verdict.met,
        "margin_seconds": verdict.margin_seconds,
        "change": verdict.change or None,
    }


def _variant(variant: Variant, service: ServiceAnswer) -> dict[str, Any]:
    return {
        "name": variant.name,
        "title": variant.title,
        "service": service.service,
        "disasters": [
            {"name": name, "rpo_seconds": worst, "rpo": None if worst is None else hours(worst)}
            for name, worst in variant.losses
        ],
    }


def _retention(retention: Retention) -> dict[str, Any]:
    return {
        "copy": retention.holding.place.host,
        "store": str(retention.holding.place),
        "service": retention.holding.service,
        "unlimited": retention.unlimited,
        "increments_thinned": retention.thinned,
        "versions_after_cleanup": retention.versions_after,
        "versions_before_cleanup": retention.versions_before,
        "look_back_seconds_after_cleanup": retention.look_back_after,
        "look_back_seconds_before_cleanup": retention.look_back_before,
        "longest_chain": retention.longest_chain,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "host": finding.host,
        "file": finding.file,
        "line": finding.line,
        "message": finding.message,
        "effect": finding.effect,
        "fix": finding.fix,
    }


def _local(instant: int | None, clock: tzinfo) -> str | None:
    if instant is None:
        return None
    return datetime.fromtimestamp(instant, clock).replace(tzinfo=None, fold=0).isoformat()


def _utc(instant: int | None) -> str | None:
    return None if instant is None else stamp(instant).isoformat().replace("+00:00", "Z")
