"""Hazards in environment lines: what cron does not expand, does not cut off, or does not act on."""

import re
from collections.abc import Iterator
from typing import Final

from labcheck.cron.hazards.finding import NOTE, WARNING, Finding, at
from labcheck.cron.schedule import as_people_see
from labcheck.cron.settings import LONGEST_SETTING, Setting
from labcheck.visible import visible

NEWEST: Final = 13
SAFE_IN_ADDRESS: Final = {11: "@!:%-.,_+", 12: "@!:%-.,_+=/", 13: "@!:%-.,_+=/"}
"""What an address in MAILTO may hold beside letters and digits, by Debian release; not as its first
character."""

_VARIABLE = re.compile(r"\$\{?\w")
_COMMENT = re.compile(r"[ \t]#")
_TILDE = re.compile(r"(?:^|:)(~)(?:/|$|:|[a-z])")


def _finding(setting: Setting, rule: str, place: int, message: str, fix: str = "") -> Finding:
    return Finding(rule, WARNING, setting.line, at(setting.text, max(place, 0)), message, fix)


def unexpanded(setting: Setting, _: int) -> Iterator[Finding]:
    """`PATH=$HOME/bin`, `PATH=~/bin`: cron replaces nothing in a value."""
    found = _VARIABLE.search(setting.value) or _TILDE.search(setting.value)
    if found and setting.name not in {"MAILTO", "MAILFROM"}:
        place = setting.text.find(setting.value) + found.start()
        message = f"cron replaces nothing in a value: {setting.name} is `{_shown(setting.value)}`, to the letter"
        yield _finding(setting, "unexpanded-variable", place, message)


def comment(setting: Setting, _: int) -> Iterator[Finding]:
    """`PATH=/usr/bin # mine`: the comment is part of the value."""
    found = _COMMENT.search(setting.value)
    if found:
        place = setting.text.find(setting.value) + found.start()
        message = f"no comment can follow a value: {setting.name} is `{_shown(setting.value)}`"
        yield _finding(setting, "comment-in-value", place, message, setting.text[:place].rstrip())


def zone(setting: Setting, _: int) -> Iterator[Finding]:
    """CRON_TZ and TZ do not move a schedule."""
    if setting.name in {"CRON_TZ", "TZ"}:
        message = f"{setting.name} reaches only the commands; cron keeps all schedules in the system's zone"
        yield _finding(setting, "zone-setting", 0, message)


def address(setting: Setting, debian: int) -> Iterator[Finding]:
    """An address with a character that cron holds for unsafe gets no mail."""
    if setting.name not in {"MAILTO", "MAILFROM"}:
        return
    safe = SAFE_IN_ADDRESS[debian]
    for place, letter in enumerate(setting.value):
        if not (letter.isascii() and letter.isalnum()) and (place == 0 or letter not in safe):
            message = f"Debian {debian} sends no mail to this address: `{_shown(letter)}` is unsafe to its cron"
            start = setting.text.find(setting.value) + place
            yield _finding(setting, "unsafe-address", start, message)
            return


def no_mail(setting: Setting, _: int) -> Iterator[Finding]:
    """`MAILTO=""`: what the jobs below print is lost."""
    if setting.name == "MAILTO" and not setting.value:
        message = "what the jobs below print is thrown away, errors too"
        yield Finding("output-lost", NOTE, setting.line, 1, message)


def cut(setting: Setting, _: int) -> Iterator[Finding]:
    """A very long value is cut without a word."""
    if len(setting.text) > LONGEST_SETTING:
        yield _finding(
            setting,
            "setting-cut",
            LONGEST_SETTING,
            "cron keeps 998 characters of a setting and drops the rest",
        )


def logname(setting: Setting, _: int) -> Iterator[Finding]:
    """LOGNAME is always the user of the job."""
    if setting.name == "LOGNAME":
        yield _finding(setting, "logname", 0, "cron sets LOGNAME to the user of the job in any case")


def not_a_name(setting: Setting, _: int) -> Iterator[Finding]:
    """`*/5 = x`: taken for a variable with a strange name."""
    if not re.fullmatch(r"[A-Za-z_]\w*", setting.name, re.ASCII):
        message = f"cron takes this for a setting of a variable called `{_shown(setting.name)}`, not for a job"
        yield _finding(setting, "strange-name", 0, message)


def _shown(text: str) -> str:
    return visible(as_people_see(text))
