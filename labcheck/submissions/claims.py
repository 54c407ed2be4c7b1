"""What an agreement promises, in whatever words and units: recovery point, retention, versions, schedule."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from labcheck.rpo.durations import ANY_NUMBER_WORD, NUMBER_WORDS, THOUSANDS
from labcheck.submissions.outline import Line, lines_of

MINUTE, HOUR, DAY = 60, 3600, 86400
UNITS = {
    "s": 1,
    "mi": MINUTE,
    "m": MINUTE,
    "h": HOUR,
    "d": DAY,
    "w": 7 * DAY,
    "mo": 30 * DAY,
    "y": 365 * DAY,
    "n": DAY,
    "f": 14 * DAY,
    "q": 91 * DAY,
}
NUMBER = rf"(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+(?:[.,]\d+)?|\b(?:half an?|quarter of an?|{ANY_NUMBER_WORD})\b)"
UNIT = (
    r"(?:seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|hr|h|days?|d|nights?|weeks?|wks?|w|months?|mo|years?|y|"
    r"fortnights?|quarters?(?: of a year)?(?! of an? (?:hour|day|week|month)))(?![A-Za-z])"
)
ASIDE = r"(?:\s+(?P<half>and a half))?(?:\s*\([^()]{1,20}\))?(?:\s+(?:of|full|whole|calendar|consecutive|business)\b)?"
"""What may stand between a number and its unit: `24 (twenty-four) hours`, `one and a half days`."""
LENGTH = re.compile(rf"(?P<number>{NUMBER}){ASIDE}\s*[-\u2010\u2011 ]?\s*\(?\s*(?P<unit>{UNIT})", re.IGNORECASE)
JOINED = re.compile(r"\s*,?\s*(?:and|plus|[+&:])?\s*")
MINUTES_BEHIND = re.compile(rf"(?<=\d)(\s?h)([0-5]?\d)(?![\d.,:]|\s*{UNIT})", re.IGNORECASE)
"""Minutes without a unit: `24h02`."""
EVERY = re.compile(
    rf"\b(?:every|each|once (?:in|every)|once per|per|"
    rf"once)\s+(?P<number>{NUMBER}\s*[-\u2010]?\s*)?(?P<unit>{UNIT})",
    re.IGNORECASE,
)
ADVERBS = {"hourly": HOUR, "daily": DAY, "nightly": DAY, "weekly": 7 * DAY, "monthly": 30 * DAY}
OFTEN = re.compile(
    r"\b(?P<count>twice|two times|three times|four times)\s+(?:a|per|each|every)\s+(?P<unit>day|week)\b", re.IGNORECASE
)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAY = re.compile(r"\b(mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?\b", re.IGNORECASE)
RANGE_OF_DAYS = re.compile(
    rf"{WEEKDAY.pattern}\s*(?:-|\u2013|to|through|till|until)\s*{WEEKDAY.pattern}", re.IGNORECASE
)
TIME = re.compile(
    r"\b(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?:\s*(?P<half>[ap])\.?m\b\.?)?|"
    r"\b(?P<bare>1[0-2]|[1-9])\s*(?P<half2>[ap])\.?m\b",
    re.IGNORECASE,
)
NAMED_TIMES = {"midnight": 0, "noon": 12 * 60, "midday": 12 * 60}
NAMED_TIME = re.compile(r"\bat (midnight|noon|midday)\b", re.IGNORECASE)
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
            yield Claim("rpo-schedule", _interval(clause) or 0, service, line.number, clause.strip())
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
        own = (_interval(full[0]) if full else None) or _interval(part)
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
                yield Claim("time", _minutes(time), service, line.number, part.strip())
            named = None if TIME.search(part) else NAMED_TIME.search(part)
            if named:
                yield Claim("time", NAMED_TIMES[named[1].lower()], service, line.number, named[0])


def _minutes(found: re.Match[str]) -> int:
    hour, minute = int(found["hour"] or found["bare"]), int(found["minute"] or 0)
    half = (found["half"] or found["half2"] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour * 60 + minute


def _interval(text: str) -> int | None:
    """Return the seconds of `every 6 hours`, `daily`, `twice a day`, `every Sunday`; None without any."""
    often = OFTEN.search(text)
    if often:
        count = {"twice": 2, "two times": 2, "three times": 3, "four times": 4}[often["count"].lower()]
        return UNITS[often["unit"][0].lower()] // count
    found = EVERY.search(text)
    if found:
        return round((number_of(found["number"] or "1") or 1) * unit_seconds(found["unit"]))
    lowered = text.lower()
    for word, seconds in ADVERBS.items():
        if re.search(rf"\b{word}\b", lowered):
            return seconds
    frequency = re.search(rf"(?:frequency|interval)\W+({NUMBER})\s*({UNIT})", text, re.IGNORECASE)
    if frequency:
        return round((number_of(frequency[1]) or 1) * unit_seconds(frequency[2]))
    every_weekday = re.search(rf"\b(?:every|each|on)\s+{WEEKDAY.pattern}", text, re.IGNORECASE)
    if every_weekday and not RANGE_OF_DAYS.search(text) and "," not in text and len(WEEKDAY.findall(text)) == 1:
        return 7 * DAY
    return None


def first_length(text: str) -> int | None:
    """Return the first length of time in a text, in seconds: `24h`, `1 day`, `1 hour and 30 minutes`."""
    text = MINUTES_BEHIND.sub(r"\1 \2min", text)
    found = LENGTH.search(text)
    if not found:
        return None
    total, end = 0.0, found.start()
    while found and found.start() == end:
        number = (number_of(found["number"]) or 0) + (0.5 if found["half"] else 0)
        total += number * unit_seconds(found["unit"])
        gap = JOINED.match(text, found.end())
        end = gap.end() if gap else found.end()
        found = LENGTH.match(text, end)
    return round(total) or None


def number_of(text: str) -> float | None:
    """Return the number of `24`, `1,5`, `two` or `half an`."""
    word = text.strip().rstrip("-\u2010 ").lower()
    if word in ("half a", "half an"):
        return 0.5
    if word in ("quarter of a", "quarter of an"):
        return 0.25
    if word in NUMBER_WORDS:
        return NUMBER_WORDS[word]
    try:
        return float(THOUSANDS.sub("", word).replace(",", "."))
    except ValueError:
        return None


def unit_seconds(unit: str) -> int:
    """Return the seconds of a unit of time."""
    word = unit.lower()
    return UNITS.get(word[:2], UNITS[word[0]]) if word != "m" else MINUTE
