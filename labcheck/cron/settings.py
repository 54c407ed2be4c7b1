"""Environment lines of a crontab, and the environment that a job gets (Debian's env.c and load_entry)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LONGEST_SETTING: Final = 998
"""Characters of an environment line that cron keeps; it says nothing about the rest."""

_SPACE = r"[ \t\n\v\f\r]*"
_SETTING = re.compile(
    r"(?:\"([^\"=]*)\"|'([^'=]*)'|((?![\"'])[^ \t\n\v\f\r=]*))"
    + f"{_SPACE}={_SPACE}"
    + rf"(?:\"([^\"]*)\"{_SPACE}|'([^']*)'{_SPACE}|([^ \t\n\v\f\r\"'].*))",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Setting:
    """`name=value` on a line; it holds for the jobs below."""

    line: int
    name: str
    value: str
    text: str


def read_setting(text: str, line: int = 0) -> Setting | None:
    """The setting that a line makes, or None if cron does not take it for one (`MAILTO=`, `export A=b`,
    `A="x`).

    `text` begins at its first non-blank and has no newline.
    """
    found = _SETTING.fullmatch(text[:LONGEST_SETTING])
    if found is None:
        return None
    name = found[1] or found[2] or found[3] or ""
    value = next(part for part in found.groups()[3:] if part is not None).rstrip(" \t\n\v\f\r")
    if len(value) >= 2 and value[0] in "'\"" and value[-1] == value[0]:
        value = value[1:-1]
    return Setting(line, name, value, text[: LONGEST_SETTING + 1])


def environment(settings: Mapping[str, str], user: str, home: str) -> dict[str, str]:
    """What a job finds in its environment: the settings above it, cron's defaults, and LOGNAME in any
    case."""
    defaults = {"SHELL": "/bin/sh", "HOME": home, "PATH": "/usr/bin:/bin"}
    return {
        **settings,
        **{name: value for name, value in defaults.items() if name not in settings},
        "LOGNAME": user,
    }
