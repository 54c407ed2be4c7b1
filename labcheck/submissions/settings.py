"""labcheck.toml: what an instructor decides about submissions. It is named on the command line, never found in one."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from labcheck.errors import UsageError
from labcheck.rpo.durations import parse_duration
from labcheck.submissions.answers import Judge
from labcheck.submissions.finding import SEVERITIES
from labcheck.submissions.rulebook import OFF, Rulebook, questions, rules

KEYS = {"finish_by", "tolerance", "transfer", "dump", "sla", "restore", "answers"}
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Settings:
    """How submissions are judged. Lengths are seconds; `finish_by` is minutes after midnight."""

    finish_by: int | None = None
    tolerance_seconds: int = 0
    transfer_seconds: int = 60
    dump_seconds: int = 0
    sla: str = "backup_sla.md"
    restore: str = "backup_restore.md"
    answers: tuple[str, ...] = ()
    """questions that must be answered"""
    answer_judge: Judge | None = field(default=None, repr=False, compare=False)
    simulate: bool = False
    """whether what is to be played in a practice lab is worked out, too"""
    today: date = field(default_factory=date.today)
    rulebook: Rulebook = field(default_factory=Rulebook)


def clock(text: str) -> int:
    """Return the minutes after midnight of `01:00`; raise UsageError for what is no time of day."""
    found = CLOCK.fullmatch(text.strip())
    if not found:
        raise UsageError(f"`{text}` is not a time of day", "Write it like 01:00.")
    return int(found[1]) * 60 + int(found[2])


def read_settings(path: Path | None) -> Settings:
    """Return the settings of a labcheck.toml; the usual ones for None. Raise UsageError for what it must not hold."""
    if path is None:
        return Settings()
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from error
    return settings_of(content, str(path))


def settings_of(content: Mapping[str, Any], name: str) -> Settings:
    """Return the settings of a parsed labcheck.toml."""
    _known(content, {"submission", "points", "rules"}, name)
    own = content.get("submission", {})
    _known(own, KEYS, f"[submission] of {name}")
    found = Settings(rulebook=Rulebook(_severities(content, name), _points(content, name)))
    if "finish_by" in own:
        found = replace(found, finish_by=clock(str(own["finish_by"])))
    lengths = {
        f"{key}_seconds": parse_duration(str(own[key])) for key in ("tolerance", "transfer", "dump") if key in own
    }
    names = {key: str(own[key]) for key in ("sla", "restore") if key in own}
    wanted = own.get("answers", [])
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        raise UsageError(f"answers of {name} is `{wanted}`", 'Write a list of questions: answers = ["rpo"]')
    found = replace(found, answers=tuple(wanted))
    return replace(found, **lengths, **names)  # type: ignore[arg-type]  # the values differ in type by name


def _known(table: Mapping[str, Any], names: set[str], where: str) -> None:
    for key in table:
        if key not in names:
            raise UsageError(f"{where} has `{key}`, which means nothing", f"Known are {', '.join(sorted(names))}.")


def _severities(content: Mapping[str, Any], name: str) -> dict[str, str]:
    table = content.get("rules", {})
    _known(table, set(rules()), f"[rules] of {name}")
    for rule, severity in table.items():
        if severity not in (*SEVERITIES, OFF):
            raise UsageError(f"[rules] {rule} of {name} is `{severity}`", f"Write {', '.join(SEVERITIES)} or {OFF}.")
    return dict(table)


def _points(content: Mapping[str, Any], name: str) -> dict[str, int]:
    table = content.get("points", {})
    _known(table, {one.name for one in questions()}, f"[points] of {name}")
    for check, points in table.items():
        if not isinstance(points, int) or isinstance(points, bool) or not 0 <= points <= 1000:
            raise UsageError(f"[points] {check} of {name} is `{points}`", "Write a whole number from 0 to 1000.")
    return dict(table)
