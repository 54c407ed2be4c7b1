"""Findings about backup_sla.md: what it promises against what the crontabs do, with the arithmetic shown."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC

from labcheck.rpo.answer import ServiceAnswer
from labcheck.rpo.commands.actions import Backup, Opaque
from labcheck.rpo.durations import hours, length
from labcheck.rpo.explain import loss_sentence
from labcheck.rpo.recovery import Recovery
from labcheck.rpo.targets import judge
from labcheck.submissions.backups import Backups, gap_of
from labcheck.submissions.claims import (
    GAP,
    KEPT,
    NOT_BACKUPS,
    RPO,
    SERVICES,
    Claim,
    claims_of,
    covered_by,
    says_how_long,
)
from labcheck.submissions.finding import NOTE, Finding, Place
from labcheck.submissions.outline import lines_of
from labcheck.submissions.settings import Settings
from labcheck.submissions.survey import Survey, named
from labcheck.submissions.times import first_length
from labcheck.visible import visible

NAMES = {"mysql": "MySQL", "influxdb": "InfluxDB", "postgres": "PostgreSQL", "": "every service"}
DISASTER = "db-host-lost"
LOSS_HINT = re.compile(r"\b(?:gone|lost|losing|missing|worst|out of date|stale|behind)\b", re.IGNORECASE)
AGE_HINT = re.compile(
    r"\b(?:copies|backups?|versions?|dumps?)\b.*\b(?:last|past|back|old|age|ago|history|go)\b", re.IGNORECASE
)
HOUR, DAY = 3600, 86400
NEARLY = 1.1
"""`every day` is kept by uploads that are a little more than 24 hours apart now and then."""
MONTH = range(28 * DAY, 31 * DAY + 1)
"""What people call a month; a job that runs once a month keeps to all of these."""


def agreement(found: Survey, backups: Backups, settings: Settings) -> Iterator[Finding]:
    """Findings about the agreement."""
    name = named(found, settings.sla)
    text = found.tree.text(name) if name else None
    if name is None or text is None:
        what = "there is no such file" if name is None else "the file cannot be read"
        yield Finding("sla-missing", Place(name or settings.sla), what, f"Write {settings.sla}.")
        return
    open_lines = ""
    for line in lines_of(text):
        gap = GAP.search(line.text)
        if gap:
            open_lines += f"{line.heading} {line.label} {line.lead} {line.text}\n"
        if gap and "_" in gap[0] and not line.text.replace("_", "").strip(" .-|"):
            continue
        if gap:
            yield Finding(
                "sla-placeholder", Place(name, line.number), f"`{visible(gap[0])}` was never filled in", "Fill it in."
            )
    claims = claims_of(text)
    yield from _absent(name, claims, text, open_lines)
    for claim in claims:
        yield from _kept(claim, Place(name, claim.line), backups, settings)
    yield from _unserved(found, name, text, backups)


def _absent(name: str, claims: Sequence[Claim], agreement_text: str, open_lines: str) -> Iterator[Finding]:
    """Promises that are missing; not those of which the form has a line that was never filled in."""
    kinds = {claim.kind for claim in claims}
    if not kinds & {"rpo", "rpo-schedule"} and not RPO.search(open_lines):
        text = "no recovery point (RPO) is promised that could be read"
        severity = hinted(agreement_text, LOSS_HINT)
        yield Finding("sla-no-rpo", Place(name), text, "Write it like: RPO: 25 hours for MySQL", severity)
    said = bool(kinds & {"retention", "versions"}) or says_how_long(agreement_text)
    if not said and not KEPT.search(open_lines):
        text = "how long backups are kept is not said, or could not be read"
        severity = hinted(agreement_text, AGE_HINT)
        yield Finding("sla-no-retention", Place(name), text, "Write it like: Backups are stored for 30 days.", severity)


def hinted(text: str, pattern: re.Pattern[str]) -> str:
    """Return NOTE where a length of time stands beside such words: it may be the promise, in words of its own."""
    said = (line.text for line in lines_of(text) if not NOT_BACKUPS.search(line.text))
    return NOTE if any(pattern.search(one) and first_length(one) for one in said) else ""


def _kept(claim: Claim, place: Place, backups: Backups, settings: Settings) -> Iterator[Finding]:
    """Judge one promise against the services that it speaks of; of several that break it the worst is told."""
    if backups.answer is None or backups.is_partial or claim.service == "other" or claim.kind == "rpo-schedule":
        return
    judges = {
        "rpo": _rpo, "retention": _retention, "versions": _versions, "interval": _interval,
        "full-interval": _full_interval, "full-day": _full_day, "time": _time,
    }  # fmt: skip
    meant = [one for one in backups.answer.services if claim.service in ("", backups.kind(one))]
    services = [one for one in meant if not backups.is_odd(one)]
    if claim.kind in ("time", "full-day") and any(
        judges[claim.kind](claim, one, backups, settings) is None for one in services
    ):
        return  # several services have several times; one that fits is enough
    for service in sorted(services, key=_loss, reverse=True):
        broken = judges[claim.kind](claim, service, backups, settings)
        if broken is not None:
            rule, text, next_step = broken
            yield Finding(rule, place, text, next_step)
            return


Broken = tuple[str, str, str] | None


def _recovery(service: ServiceAnswer) -> Recovery | None:
    return next((one for one in service.paper if one.disaster.name == DISASTER), None)


def _loss(service: ServiceAnswer) -> int:
    recovery = _recovery(service)
    return recovery.rpo_seconds or 0 if recovery else 0


def _rpo(claim: Claim, service: ServiceAnswer, backups: Backups, settings: Settings) -> Broken:
    answer = backups.answer
    recovery = _recovery(service)
    if answer is None or recovery is None or recovery.rpo_seconds is None:
        return None  # why there is none has been told
    tolerance = settings.tolerance_seconds
    if claim.value % HOUR:  # worked out to the minute, but not with the length of a transfer that we assume
        tolerance += settings.transfer_seconds + settings.dump_seconds
    if recovery.rpo_seconds <= claim.value + tolerance:
        return None
    sentence = loss_sentence(recovery, UTC)
    change = judge(recovery, answer, claim.value).change
    promised = length(claim.value) if claim.value else "no loss"
    return (
        "sla-rpo",
        f"promises {promised} for {_name(service, backups)}; the crontab loses up to "
        f"{hours(recovery.rpo_seconds)}: {sentence}",
        f"Promise {_round_up(recovery.rpo_seconds)} h, or {change or 'run the jobs more often'}.",
    )


def _round_up(seconds: int) -> int:
    return -(-seconds // HOUR)


def _name(service: ServiceAnswer, backups: Backups) -> str:
    return NAMES.get(backups.kind(service), visible(service.service))


def _retention(claim: Claim, service: ServiceAnswer, backups: Backups, settings: Settings) -> Broken:
    for kept in service.retention:
        if not kept.holding.hops or kept.unlimited or kept.look_back_after is None:
            continue
        if kept.look_back_after + DAY < claim.value:
            return (
                "sla-retention",
                f"promises {length(claim.value)} for {_name(service, backups)}; right after a clean-up "
                f"{visible(str(kept.holding.place))} reaches {length(kept.look_back_after)} back, "
                f"with {kept.versions_after} versions",
                f"Let the clean-up keep {-(-claim.value // DAY)}D, or promise less.",
            )
    return None


def _versions(claim: Claim, service: ServiceAnswer, backups: Backups, settings: Settings) -> Broken:
    for kept in service.retention:
        if not kept.holding.hops or kept.unlimited or kept.versions_after is None:
            continue
        if (kept.versions_before or 0) < claim.value or (
            kept.versions_after + 1 < claim.value and kept.versions_after == kept.versions_before
        ):
            return (
                "sla-versions",
                f"promises {claim.value} versions for {_name(service, backups)}; "
                f"{visible(str(kept.holding.place))} holds {kept.versions_after} right after a clean-up "
                f"and {kept.versions_before} before one",
                "Keep more, back up more often, or promise fewer.",
            )
    return None


def _allowed(claim: Claim) -> int:
    return MONTH[-1] if claim.value in MONTH else claim.value


def _interval(claim: Claim, service: ServiceAnswer, backups: Backups, settings: Settings) -> Broken:
    gap = gap_of(backups.starts(service))
    if gap <= _allowed(claim) * NEARLY + settings.tolerance_seconds:
        return None
    return (
        "sla-schedule",
        f"says every {length(claim.value)} for {_name(service, backups)}; up to {length(gap)} lie between two uploads",
        "Correct the crontab or the agreement.",
    )


def _full_interval(claim: Claim, service: ServiceAnswer, backups: Backups, settings: Settings) -> Broken:
    actions = [link.step.action for link in backups.links(service) if isinstance(link.step.action, Backup)]
    every = next((one.full_every_seconds for one in actions if one.full_every_seconds), None)
    gap = every or gap_of(backups.starts(service, full=True))
    if not actions or gap <= _allowed(claim) + settings.tolerance_seconds:  # that there is none at all has been told
        return None
    text = (
        f"says a full backup every {length(claim.value)} for {_name(service, backups)}; "
        f"up to {length(gap)} lie between two"
    )
    return "sla-schedule", text, "Correct the crontab or the agreement."


def _full_day(claim: Claim, service: ServiceAnswer, backups: Backups, settings: Settings) -> Broken:
    starts = backups.starts(service, full=True)
    days = {(start // DAY + 4) % 7 for start in starts}  # 1970 began on a Thursday, and Sunday is 0
    if not days or claim.value in days:
        return None
    names = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
    found = " and ".join(names[day] for day in sorted(days))
    text = f"says a full backup on {names[claim.value]} for {_name(service, backups)}; the crontab makes it on {found}"
    return "sla-schedule", text, "Correct the crontab or the agreement."


def _apart(one: int, other: int) -> int:
    """Return how many minutes lie between two times of a day, the shorter way round."""
    return min((one - other) % 1440, (other - one) % 1440)


def _time(claim: Claim, service: ServiceAnswer, backups: Backups, settings: Settings) -> Broken:
    starts = backups.starts(service) + backups.starts(service, dumps=True)
    times = sorted({(start % DAY) // 60 for start in starts})
    near = 15 if re.search(r"\d", claim.words) else 90  # `midnight` is an hour of the night
    if not times or len(times) > 24 or any(_apart(time, claim.value) <= near for time in times):
        return None
    said = f"{claim.value // 60:02}:{claim.value % 60:02}"
    shown = ", ".join(f"{time // 60:02}:{time % 60:02}" for time in times[:4])
    text = f"says {said} for {_name(service, backups)}; the crontab starts its jobs at {shown} (by the server's clock)"
    return "sla-time", text, "Correct the time, or name its zone."


def _unserved(found: Survey, name: str, text: str, backups: Backups) -> Iterator[Finding]:
    """A service that the agreement covers and that no job backs up."""
    answer = backups.answer
    if (
        answer is None
        or backups.is_partial
        or found.findings
        or found.misplaced
        or any(isinstance(s.action, Opaque) for job in answer.jobs for s in job.steps)
    ):
        return  # it may be there, in what could not be read
    there = {backups.kind(one) for one in answer.services}
    named_in = " ".join(re.sub(r"\s--?(?:all-)?databases?\b", " ", job.command) for job in answer.jobs)
    there |= {kind for kind, pattern in SERVICES if pattern.search(named_in)}  # copied as files, or by a tool unknown
    covered = covered_by(text)
    promised = ({claim.service for claim in claims_of(text)} | set(covered)) - {"", "other"}
    for kind in sorted(promised - there):
        pattern = dict(SERVICES)[kind]
        first = next((line.number for line in lines_of(text) if pattern.search(line.text)), 0)
        words = f"promises backups of {NAMES.get(kind, kind)}, and no live crontab makes any"
        next_step = "Install its crontab, or take the promise out."
        yield Finding("sla-service", Place(name, covered.get(kind, first)), words, next_step)
