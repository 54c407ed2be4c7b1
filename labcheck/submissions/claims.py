"""What an agreement promises, in whatever words and units: recovery point, retention, versions, schedule."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from labcheck.submissions.outline import Line, lines_of
from labcheck.submissions.times import (
    DAY,
    DAYS,
    EVERY,
    NAMED_TIME,
    NAMED_TIMES,
    NUMBER,
    RANGE_OF_DAYS,
    TIME,
    WEEKDAY,
    first_length,
    interval,
    minute_of_day,
    number_of,
)

ZONE = re.compile(
    r"\b(?:(?:UTC|GMT)\s*[+\u2212-]\s*\d+|EES?T|CES?T|E[SD]T|P[SD]T|Tallinn|Estonian?|local time|"
    r"[A-Z][a-z]+/[A-Z]\w+)\b"
)
SERVICES = (
    ("mysql", re.compile(r"my ?sql|maria ?db|\bagama\b|\bdatabases?\b(?! servers? of influx)", re.IGNORECASE)),
    ("influxdb", re.compile(r"influx|telegraf|\bmetrics\b|time.series", re.IGNORECASE)),
    ("postgres", re.compile(r"postgres", re.IGNORECASE)),
    (
        "other",
        re.compile(
            r"ansible|\bgit\b|github|repositor|grafana|prometheus|\bloki\b|\bbind9?\b|\bdns\b|docker|"
            r"\blogs?\b(?! ?(?:in|into|on)\b)|\bmonitoring\b|\bweb ?servers?\b|configuration",
            re.IGNORECASE,
        ),
    ),
)
RPO = re.compile(
    r"\bRPO\b|recovery.point(?:.objective|\b)|data loss|\blos[et]\b|worth of data|\bloss of (?:data|up to|at most)",
    re.IGNORECASE,
)
NAMED_RPO = re.compile(r"\bRPO\b|recovery.point.objective", re.IGNORECASE)
EXAMPLE = re.compile(r"\bfor example\b|\bfor instance\b|\be\.g\.|\bif (?:the )?backups? (?:is|are)\b", re.IGNORECASE)
ZERO = re.compile(
    r"\bzero (?:data )?loss\b|\b(?:RPO|objective)\W+(?:is\s+|of\s+)?(?:zero|0)\b|"
    r"\bno data (?:may|can|must|should) be lost\b|\bno data loss is (?:acceptable|allowed|tolera)", re.IGNORECASE,
)  # fmt: skip
NEGATED = re.compile(r"\bnot\b|n't\b|\bcannot\b|\bnever\b|\bwithout\b", re.IGNORECASE)
NO_OLDER = re.compile(r"\bno(?:t|thing)? (?:be )?older than\b", re.IGNORECASE)
RESTORED = re.compile(r"\brestor\w*", re.IGNORECASE)
BETWEEN_JOBS = re.compile(
    r"\bgap\b|\bsteps?\b|\bbefore (?:the )?(?:incremental|full|backup|upload|next)", re.IGNORECASE
)
"""Times between two jobs, which are no promise."""
NOT_BACKUPS = re.compile(
    r"\bRTO\b|recovery.time|verif|\busab|\btest|\bcheck|restor(?!e (?:point|from))|audit|review|"
    r"monitor|recover(?:ed|y time|y within)|regain|downtime|rotat|"
    r"since (?:the |a )?(?:disruption|failure|incident|outage)",
    re.IGNORECASE,
)
KEPT = re.compile(
    r"\bstor(?:ed|es?|ing|age)\b|\bkept\b|\bkeep|retain|retention|preserv|delet|remov|older than|"
    r"discard|expire|available for|last for|held|\bsave[ds]?\b|\bdrop(?:s|ped)?\b|\blife(?:time|span)?\b",
    re.IGNORECASE,
)
VERSIONS = re.compile(
    rf"(?P<number>{NUMBER})\s+(?:\w+\s+){{0,2}}?(?:versions?|recovery points?|restore points?)\b|"
    rf"versions?(?: available| kept| stored)?\s*[:=]\s*(?P<after>\d+)|"
    rf"\b(?:last|latest|newest|previous)\s+(?P<last>{NUMBER})\s+(?:\w+\s+)?(?:back-?ups?|dumps?|copies)\b",
    re.IGNORECASE,
)
MADE = re.compile(
    r"\bback(?:ed)?[ -]?ups?\b|\bdump|schedul|frequency|creat|made|taken|perform|\brun|interval|"
    r"incremental|\bfull\b|upload",
    re.IGNORECASE,
)
FULL_OR_NOT = re.compile(r"\b(?:full|incremental) (?:\w+ )?backups?\b", re.IGNORECASE)
GONE = re.compile(r"delet|remov|purge|clean", re.IGNORECASE)
LIMIT = re.compile(
    r"\b(?:by|before|until|till|later than|between|from|after|around|about)\b|\d\s*[-\u2013]\s*[0-2]?\d[:.]\d\d",
    re.IGNORECASE,
)
"""Words beside a time that say that it is not the very minute."""
TAKES = re.compile(r"\btakes?\b|\bduration\b(?!\s*:)|within", re.IGNORECASE)
LOCAL = re.compile(r"\blocal(?:ly)?\b(?!\s+time)", re.IGNORECASE)
"""Copies beside the original are no backups to judge."""
FOR_EVER = re.compile(
    r"\bfor ?ever\b|indefinite|\bunlimited|never (?:be )?(?:deleted|removed)|\bnot (?:be )?(?:deleted|removed)|"
    r"does not delete|\bdelet\w+ (?:\w+ ){0,2}(?:manually|by hand)\b|\bas long as\b.*\bnot\b", re.IGNORECASE,
)  # fmt: skip
LATEST = re.compile(
    r"\bolder \w+ (?:is|are) (?:not kept|overwritten|replaced)|\bonly the (?:last|latest|newest|most recent)\b|"
    r"\boverwrites the\b", re.IGNORECASE,
)  # fmt: skip
COVERED = re.compile(r"\bback(?:ed|ing) up\b|\bback up\b|\bcover(?:age|ed|s)?\b", re.IGNORECASE)
UNCOVERED = re.compile(r"\bnot?\b|n't\b|dont\b|except|exclud|redeploy|schedule|re-?run", re.IGNORECASE)
GAP = re.compile(
    r"_{3,}|<[a-z][a-z _/-]{2,60}>|\bTODO\b|\bTBD\b|\bFIXME\b|"
    r"\[(?:insert|your|fill)[^\]]*\]|^\[(?:[^\]\s]+\s+){2,}[^\]\s]+\]$|"
    r"\bX{3,}\b|\bto be filled\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Claim:
    """One promise. `kind` is rpo, rpo-schedule, retention, versions, interval, full-interval, time or full-day.

    How often backups are made, said where the recovery point should be (`rpo-schedule`), stands for one.
    `value` is seconds, a count, minutes after midnight, or a weekday (Sunday is 0). `service` is empty for all.
    """

    kind: str
    value: int
    service: str
    line: int
    words: str


def claims_of(text: str) -> tuple[Claim, ...]:
    """Return every promise of an agreement that is understood."""
    found: list[Claim] = []
    for line in lines_of(text):
        for clause in _clauses(line.text):
            found += _claims(clause, line)
    zoned = bool(ZONE.search(text))  # then a time without a zone is by that one, as likely as not
    kept = (one for one in found if one.kind != "time" or not zoned or re.search(r"\b(?:UTC|GMT)\b", one.words))
    return tuple(dict.fromkeys(kept))


def _clauses(text: str) -> list[str]:
    """Split at sentence ends, semicolons and before what only explains, but not in `24.5` or `e.g.`."""
    ends = r"(?<=[a-z0-9)])[.;](?=\s|$)|;\s|\\$|,\s+(?=(?:and )?(?:this|that|which|so)\b)|"
    ends += r"\band (?:the |an? )?(?=R[PT]O\b|recovery (?:time|point) objective)"
    return [part for part in re.split(ends, text) if part.strip()]


def kept_for_ever(text: str) -> frozenset[str]:
    """Return the services whose backups an agreement never deletes; `` stands for all of them."""
    lines = (line for line in lines_of(text) if FOR_EVER.search(line.text))
    return frozenset(service_of(line.text, line.lead, line.label, line.heading, *line.above) for line in lines)


def says_how_long(text: str) -> bool:
    """Tell whether an agreement says without any number how long backups are kept: for ever, or only the last one."""
    return bool(kept_for_ever(text)) or any(LATEST.search(line.text) for line in lines_of(text))


def covered_by(text: str) -> dict[str, int]:
    """Return the databases that an agreement lists as backed up, each with the line of its first mention."""
    found: dict[str, int] = {}
    for line in lines_of(text):
        label, colon, rest = line.text.partition(":")
        is_list = bool(colon) and bool(COVERED.search(label))
        around = f"{line.heading} {line.lead}" if not is_list else label
        if not COVERED.search(around) or UNCOVERED.search(f"{around} {line.text}"):
            continue
        for name, pattern in SERVICES:
            named = pattern.search(rest) if is_list else pattern.match(line.text)
            if name != "other" and named and not (name == "mysql" and named[0].lower().startswith("database")):
                found.setdefault(name, line.number)
    return found


def service_of(*texts: str) -> str:
    """Return which service the first of these texts names that names one; several of them count as all (``)."""
    for text in texts:
        named = [name for name, pattern in SERVICES if pattern.search(text)]
        real = [name for name in named if name != "other"] or named
        if len(real) == 1:
            return real[0]
        if (
            "influxdb" in real
            and re.search(r"influx", text, re.IGNORECASE)
            and not re.search(r"my ?sql|maria|agama", text, re.IGNORECASE)
        ):
            return "influxdb"
        if real:
            return ""
    return ""


def _claims(clause: str, line: Line) -> Iterator[Claim]:
    if EXAMPLE.search(clause) or (LOCAL.search(clause) and not re.search(r"remote|\bserver|off-?site", clause)):
        return
    service = service_of(clause, line.text, line.lead, line.label, line.heading, *line.above)
    length = first_length(EVERY.sub(" ", clause))
    if _is_about_rpo(clause, line) and not BETWEEN_JOBS.search(clause):
        often = EVERY.search(clause)
        if length is None and ZERO.search(clause) and not NEGATED.search(clause):
            length = 0
        if length is not None:
            yield Claim("rpo", length, service, line.number, clause.strip())
            return
        if often and often["number"]:
            yield Claim("rpo-schedule", interval(clause) or 0, service, line.number, clause.strip())
    yield from _others(clause, line, service, length)


def _is_about_rpo(clause: str, line: Line) -> bool:
    title, around = f"{line.heading} {line.label}", f"{line.heading} {line.label} {line.lead}"
    if (
        NAMED_RPO.search(title)
        and not NOT_BACKUPS.search(RESTORED.sub("", clause))
        and not KEPT.search(NO_OLDER.sub("", clause))
    ):
        return True  # how far back a restore reaches is what it is about
    if NAMED_RPO.search(clause) and not re.search(r"\bRTO\b", clause):
        return True
    is_below = bool(RPO.search(around)) and not NOT_BACKUPS.search(around) and not KEPT.search(clause)
    return bool(RPO.search(clause) or is_below) and not NOT_BACKUPS.search(clause)


def _others(clause: str, line: Line, service: str, length: int | None) -> Iterator[Claim]:
    """Yield what a clause promises about versions, retention and schedule."""
    around = f"{line.heading} {line.label} {line.lead}"
    elsewhere = bool(NOT_BACKUPS.search(clause) or NOT_BACKUPS.search(around))
    if KEPT.search(clause) and re.search(r"backup|dump|copies|version", clause, re.IGNORECASE):
        elsewhere = bool(NOT_BACKUPS.search(clause))  # it says itself what it is about
    versions = VERSIONS.search(clause)
    if versions and (not elsewhere or KEPT.search(clause) or "available" in clause):
        number = number_of(versions["number"] or versions["after"] or versions["last"])
        if number:
            yield Claim("versions", int(number), service, line.number, clause.strip())
    is_kept = bool(KEPT.search(clause) or (KEPT.search(around) and not EVERY.search(clause)))
    says_itself = bool(FULL_OR_NOT.search(clause)) and not NOT_BACKUPS.search(clause)
    if length is not None and is_kept and not elsewhere and not TAKES.search(clause):
        yield Claim("retention", length, service, line.number, clause.strip())
        yield from _schedule(KEPT.split(clause, maxsplit=1)[0], line, service)
    elif (not elsewhere or says_itself) and MADE.search(f"{clause} {around}") and not GONE.search(clause):
        yield from _schedule(clause, line, service)


def _schedule(clause: str, line: Line, service: str) -> Iterator[Claim]:
    parts = re.split(r",\s+(?:and\s+|but\s+)?|\s+and\s+(?=an? |in|full|the )", clause)
    for part in parts:
        full = re.search(r"\bfull\b.*", part, re.IGNORECASE)
        own = (interval(full[0]) if full else None) or interval(part)
        is_full = bool(re.search(r"\bfull\b", part, re.IGNORECASE)) and not re.search(
            r"incremental", part, re.IGNORECASE
        )
        if own is not None and (is_full or own <= DAY or len(parts) == 1 or service):
            yield Claim("full-interval" if is_full else "interval", own, service, line.number, part.strip())
        day = WEEKDAY.search(part)
        if is_full and day and not RANGE_OF_DAYS.search(part) and not re.search(r"except", part, re.IGNORECASE):
            yield Claim("full-day", (DAYS.index(day[1].lower()[:3]) + 1) % 7, service, line.number, part.strip())
        if re.search(r"\bat\b|time|:\s", part, re.IGNORECASE) and not LIMIT.search(part) and not ZONE.search(clause):
            for time in TIME.finditer(part):
                yield Claim("time", minute_of_day(time), service, line.number, part.strip())
            named = None if TIME.search(part) else NAMED_TIME.search(part)
            if named:
                yield Claim("time", NAMED_TIMES[named[1].lower()], service, line.number, named[0])
