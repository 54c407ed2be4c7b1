"""Lines that cron refuses, and with them the whole file: what was probably meant.

Rules are tried in the order of `REFUSALS`; the last one fits everything.
"""

import re
from collections.abc import Callable
from typing import Final

from labcheck.cron.accounts import COMMANDS, STOCK
from labcheck.cron.crontab import MOST_SHOWN, Refusal
from labcheck.cron.fields import FIELDS
from labcheck.cron.hazards.finding import FATAL, Finding, at, swap
from labcheck.cron.phrases import MONTHS, WEEKDAYS
from labcheck.cron.schedule import KEYWORDS, as_people_see, verdict
from labcheck.visible import visible

_EMPTY_SETTING = re.compile(r"[ \t]*([A-Za-z_]\w*)[ \t]*=[ \t\r]*", re.ASCII)
_EXPORT = re.compile(r"[ \t]*(?:export|setenv|declare -x)[ \t]+(.*=.*)")
_QUOTED_SETTING = re.compile(r"[ \t]*[A-Za-z_]\w*[ \t]*=[ \t]*[\"'].*", re.ASCII)
_ONE = r"(?:[0-9]+|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat))"
_SCHEDULE_WORD = re.compile(rf"(?:\*|\?|{_ONE}(?:-{_ONE})?)(?:/[0-9]+)?(?:,[0-9a-z*/-]+)*", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t]+")
_BLANK_IN_LIST = re.compile(r"([^ \t]*,)[ \t]+([0-9A-Za-z*][^ \t]*)")
_STEP = re.compile(r"([0-9]+)/([0-9]+)")
_USER = re.compile(r"[a-z_][a-z0-9_-]*\$?")
BOM: Final = "\xef\xbb\xbf"

ON_ARM: Final = " (On arm64 cron can miss the mistake: it then leaves the field empty and never runs the job.)"
SEEN_OTHERWISE_ON_ARM: Final = {"step-without-range", "value-out-of-range", "syntax", "blank-in-list"}
"""Where cron returns an error as a C `char`, which has no sign on arm64, so that the error is not seen
there."""

Guess = tuple[str, str, str]
"""Rule, what was probably meant, and the corrected line (or "")."""


def refused(refusal: Refusal, user: str) -> Finding:
    """What a refused line probably means. `user` is the name to put where the user is missing."""
    guess = next(found for rule in REFUSALS if (found := rule(refusal, user)) is not None)
    name, meant, fix = guess
    if len(refusal.text) >= MOST_SHOWN:
        fix = ""  # the line is cut, and so would be the correction
    arm = ON_ARM if name in SEEN_OTHERWISE_ON_ARM else ""
    message = f"cron says `{refusal.words}` and ignores the whole file. {meant}{arm}"
    return Finding(name, FATAL, refusal.line, at(refusal.text, refusal.column - 1), message.strip(), fix)


def _byte_order_mark(refusal: Refusal, _: str) -> Guess | None:
    if not refusal.text.startswith(BOM):
        return None
    return "byte-order-mark", "The file begins with an invisible byte-order mark.", refusal.text[3:]


def _carriage_return(refusal: Refusal, _: str) -> Guess | None:
    if refusal.text.strip(" \t") != "\r":
        return None
    return "carriage-return", "The line is empty but for a carriage return: save with Unix line ends.", ""


def _empty_setting(refusal: Refusal, _: str) -> Guess | None:
    found = _EMPTY_SETTING.fullmatch(refusal.text)
    if found is None:
        return None
    return "empty-setting", "An empty value needs quotes.", f'{found[1]}=""'


def _export(refusal: Refusal, _: str) -> Guess | None:
    found = _EXPORT.fullmatch(refusal.text)
    return ("export", "A setting is written without `export`.", found[1].rstrip()) if found else None


def _quotes(refusal: Refusal, _: str) -> Guess | None:
    if not _QUOTED_SETTING.fullmatch(refusal.text):
        return None
    return "unbalanced-quotes", "A quoted value must end with its quote, and nothing may follow.", ""


def _leftover_of_merge(refusal: Refusal, _: str) -> Guess | None:
    if refusal.text.startswith(("<<<<<<<", "=======", ">>>>>>>", "{%", "{{")):
        return (
            "not-a-crontab-line",
            "It looks like a merge conflict or a template that was not filled in.",
            "",
        )
    return None


def _six_fields(refusal: Refusal, _: str) -> Guess | None:
    """Seconds in front or a year behind, as other schedulers have it."""
    words = refusal.text.split()
    if len(words) < 7 or not all(_SCHEDULE_WORD.fullmatch(word) for word in words[:6]):
        return None
    taken = 7 if re.fullmatch(r"\*|[0-9]{4}", words[6]) else 6
    written = [word if word != "?" else "*" for word in words[:6]]
    seconds, year = (" ".join(five) for five in (written[1:], written[:5]))
    is_extra = words[0] not in {"0", "*"} and verdict(year) == "ok"
    is_year = is_extra or re.fullmatch(r"[0-9]{4}", words[5]) or verdict(seconds) != "ok"
    which = "sixth field is a year" if is_year else "first field is the seconds of another scheduler"
    kept = year if is_year else seconds
    line = f"{kept} {_rest_after(refusal.text, taken)}" if verdict(kept) == "ok" else ""
    return "six-fields", f"cron has five fields; probably the {which}.", line


def _rest_after(text: str, words: int) -> str:
    return re.sub(rf"^[ \t]*(?:[^ \t]+[ \t]+){{{words}}}", "", text)


def _keyword(refusal: Refusal, _: str) -> Guess | None:
    if refusal.words != "bad time specifier":
        return None
    word = refusal.text.split()[0]
    known = word[1:].lower()
    if known in KEYWORDS:
        return (
            "unknown-keyword",
            "The @words are written in lower case.",
            refusal.text.replace(word, f"@{known}", 1),
        )
    names = ", ".join(f"@{name}" for name in KEYWORDS)
    return "unknown-keyword", f"cron knows {names}.", ""


def _step_without_range(refusal: Refusal, _: str) -> Guess | None:
    field = next((field for field in FIELDS if field.error == refusal.words), None)
    begin = refusal.column - 1
    found = _STEP.match(refusal.text, begin)
    if field is None or found is None:
        return None
    new = f"{found[1]}-{field.high}/{found[2]}"
    line = refusal.text[:begin] + new + refusal.text[found.end() :]
    return "step-without-range", f"A step needs a range or `*` before it: `{new}`.", line


def _blank_in_list(refusal: Refusal, _: str) -> Guess | None:
    begin = refusal.column - 1
    found = _BLANK_IN_LIST.match(refusal.text, begin)
    if found is None or not refusal.words.startswith(("bad minute", "bad hour", "bad day", "bad month")):
        return None
    joined = found[1] + found[2]
    line = swap(refusal.text, begin, found.end(), joined)
    return "blank-in-list", f"No blank may stand in a list: `{visible(as_people_see(joined))}`.", line


def _missing_user(refusal: Refusal, user: str) -> Guess | None:
    """Where the user should stand there is a command (or nothing)."""
    if refusal.words not in {"bad username", "bad command"}:
        return None
    begin = refusal.column - 1
    rest = refusal.text[begin:]
    word = rest.split()[0] if rest.split() else ""
    if not word:
        return "missing-command", "User and command are missing.", ""
    if _USER.fullmatch(word) and word not in COMMANDS:
        if rest.strip() == word:
            return (
                "missing-user",
                f"Behind the schedule stands only `{word}`: user or command is missing.",
                "",
            )
        return "unknown-user", f"There is no user `{word}` (or the user is missing before a command).", ""
    line = f"{refusal.text[:begin]}{user} {rest}"
    return "missing-user", "In /etc/cron.d the user stands between schedule and command.", line


def _own_crontab_with_six(refusal: Refusal, _: str) -> Guess | None:
    if refusal.words == "bad command":
        return "six-fields", "cron has five fields.", ""
    return None


def _too_long(refusal: Refusal, _: str) -> Guess | None:
    if refusal.words != "command too long":
        return None
    return "command-too-long", "A command has at most 998 characters: put it into a script.", ""


def _too_few_fields(refusal: Refusal, user: str) -> Guess | None:
    """The line ends, or the user comes, before the fifth field."""
    field = next((field for field in FIELDS if field.error == refusal.words), None)
    if field is None:
        return None
    words = refusal.text[refusal.column - 1 :].split()
    if not words:
        return "too-few-fields", "A schedule has five fields; the line ends before the last.", ""
    if words[0] == user or words[0] in STOCK:
        return (
            "too-few-fields",
            f"A schedule has five fields; `{words[0]}` stands where the {field.name} should.",
            "",
        )
    return None


def _value(refusal: Refusal, _: str) -> Guess:
    field = next((field for field in FIELDS if field.error == refusal.words), None)
    if field is None:
        return "syntax", "", ""
    begin = refusal.column - 1
    token = _BLANKS.split(refusal.text[begin:], maxsplit=1)[0]
    word = visible(as_people_see(token))
    names = f" or {'jan-dec' if field.name == 'month' else 'sun-sat'}" if field.names else ""
    meant = f"`{word}` is no {field.name}: values are {field.low} to {field.high}{names}."
    wrapped = {"minute": ("60", "0"), "hour": ("24", "0")}.get(field.name)
    if wrapped and word == wrapped[0]:
        line = refusal.text[:begin] + wrapped[1] + refusal.text[begin + 2 :]
        return "value-out-of-range", meant, line
    is_any = word == "?" and field.name.startswith("day")
    new = "*" if is_any else next((name for name in field.names if _is_long_form(name, word)), "")
    meant += f" Probably meant: `{new}`." if new else ""
    line = swap(refusal.text, begin, begin + len(token), new) if new else ""
    return ("value-out-of-range" if word[:1].isdigit() else "syntax"), meant, line


def _is_long_form(name: str, word: str) -> bool:
    """Whether `sunday` or `Sept` was written for `sun` or `sep`."""
    long = next((full for full in (*MONTHS[1:], *WEEKDAYS) if full[:3].lower() == name), "")
    return len(word) > 3 and long.lower().startswith(word.lower())


REFUSALS: Final[tuple[Callable[[Refusal, str], Guess | None], ...]] = (
    _byte_order_mark,
    _carriage_return,
    _empty_setting,
    _export,
    _quotes,
    _leftover_of_merge,
    _six_fields,
    _keyword,
    _step_without_range,
    _blank_in_list,
    _missing_user,
    _own_crontab_with_six,
    _too_long,
    _too_few_fields,
    _value,
)
