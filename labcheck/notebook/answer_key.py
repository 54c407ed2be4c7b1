"""The answer key: any question of the notebooks and of the lecture, judged by what an answer means."""

import re
from datetime import datetime
from html import unescape

from labcheck.cron import BadSchedule, Schedule, parse, same_runs, sentence
from labcheck.cron.times import matches
from labcheck.errors import UsageError
from labcheck.notebook.questions import Question, Verdict, questions, verdict_on
from labcheck.rpo.demo import demo_answer
from labcheck.rpo.durations import hours, parse_duration
from labcheck.submissions.times import first_length

MOMENT = re.compile(r"(\d{4})-(\d{2})-(\d{2})[ T](\d{1,2}):(\d{2})")
RECOVERY = {"rpo": "db-host-lost", "rpo-onsite": "db-host-lost", "rpo-offsite": "site-lost", "rpo-site": "site-lost"}
ROUNDING_SECONDS = 30


def judge(name: str, text: str) -> tuple[bool | None, str] | None:
    """Return whether an answer is right (None: it cannot be read) and why; None when there is no such question.

    `name` is a question's name or its text, `rpo` or `rpo-offsite` for the lecture's question, or a schedule, whose
    answer is some of its runs (`2027-04-02 02:01`) or another schedule with the same ones.
    """
    question = questions().get(name) or _by_text(name)
    if question is not None:
        found = _choice(question, text) if question.kind == "choice" else verdict_on(question, text)
        return found.right, found.why
    if name.lower() in RECOVERY:
        return _recovery(RECOVERY[name.lower()], text)
    try:
        schedule = parse(name)
    except BadSchedule:
        return None
    return _runs(schedule, text)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9*/<>|&~.-]+", " ", unescape(text).lower()).strip(" .")


def _by_text(text: str) -> Question | None:
    wanted = _plain(text)
    return next((one for one in questions().values() if _plain(one.text) == wanted), None)


def _choice(question: Question, text: str) -> Verdict:
    """Judge an answer to choose: its text, its number from 1, or its letter."""
    words = _plain(text)
    for number, option in enumerate(question.options, 1):
        if words in {_plain(option.text), str(number), "abcdefghij"[number - 1]}:
            return Verdict(option.right, option.why)
    return Verdict(None, f"it is none of the {len(question.options)} answers to choose from")


def _recovery(disaster: str, text: str) -> tuple[bool | None, str]:
    seconds = _seconds(text)
    if seconds is None:
        return None, "write a length of time, such as 25 h 10 min"
    right = next(one.rpo_seconds for one in demo_answer().paper if one.disaster.name == disaster)
    if right is not None and abs(seconds - right) < ROUNDING_SECONDS:
        return True, hours(right)
    return False, "add the time from one dump to the next to the time until the next is usable on the surviving copy"


def _seconds(text: str) -> int | None:
    """Return the length of time that an answer is, or the first in its sentence."""
    try:
        return parse_duration(text)
    except UsageError:
        return first_length(text)


def _runs(schedule: Schedule, text: str) -> tuple[bool | None, str]:
    try:
        return same_runs(parse(" ".join(text.split())), schedule), f"it runs {sentence(schedule)}"
    except BadSchedule:
        pass  # then it is a list of moments
    try:
        moments = [datetime(*map(int, found.groups())) for found in MOMENT.finditer(text)]  # type: ignore[arg-type]
    except ValueError as error:
        return None, f"one of these moments does not exist: {error}"
    if not moments:
        return None, "write some of its runs, such as 2027-04-02 02:01"
    wrong = next((moment for moment in moments if not matches(schedule, moment)), None)
    return (True, "") if wrong is None else (False, f"it does not run on {wrong:%A %-d %B %Y at %H:%M}")
