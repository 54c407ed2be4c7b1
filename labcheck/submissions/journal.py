"""Judgements of a class as they come, one JSON line each, so that an interrupted run goes on where it was."""

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from labcheck.errors import LabcheckError
from labcheck.submissions.finding import Finding, Place
from labcheck.submissions.judge import Judgement
from labcheck.submissions.scenario import scenario_of_plain
from labcheck.submissions.settings import Settings

NAME = "submissions.jsonl"


class Journal:
    """The file that remembers. A submission that has changed since, or other settings, are judged again."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._path = folder / NAME
        self._settings = repr(settings)
        self._known: dict[str, dict[str, Any]] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lines = self._path.read_text("utf-8").splitlines() if self._path.exists() else []
        except OSError as error:
            raise LabcheckError(f"cannot use {folder} for results: {error.strerror}") from error
        for line in lines:
            try:
                told = json.loads(line)
                self._known[told["state"]] = told["judgement"]
            except (ValueError, KeyError, TypeError):
                continue  # the last line of a run that was cut off in the middle of it

    def find(self, folder: Path) -> Judgement | None:
        """Return what was found about a submission, if it is still the same."""
        told = self._known.get(self.state(folder))
        return None if told is None else judgement_of(told)

    def keep(self, folder: Path, judgement: Judgement) -> None:
        """Write one judgement down."""
        line = json.dumps({"state": self.state(folder), "judgement": asdict(judgement)})
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        except OSError as error:
            raise LabcheckError(f"cannot write {self._path}: {error.strerror}") from error

    def state(self, folder: Path) -> str:
        """Return what changes when a submission or the settings do: names, sizes and times of its files."""
        digest = hashlib.sha256(f"{folder.name}\0{self._settings}".encode("utf-8", "surrogateescape"))
        for root, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if name != ".git")
            for name in sorted(names):
                about = (Path(root) / name).lstat()
                digest.update(
                    f"{root}/{name}\0{about.st_size}\0{about.st_mtime_ns}\0".encode("utf-8", "surrogateescape")
                )
        return digest.hexdigest()


def judgement_of(told: dict[str, Any]) -> Judgement:
    """Return a judgement out of its plain values."""
    findings = tuple(Finding(**{**one, "place": Place(**one["place"])}) for one in told["findings"])
    lists = {name: tuple(told[name]) for name in ("traits", "only")}
    played = None if told.get("scenario") is None else scenario_of_plain(told["scenario"])
    return Judgement(**{**told, **lists, "findings": findings, "scenario": played})
