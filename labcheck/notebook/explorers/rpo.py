"""The RPO explorer: sliders for when backups run and how long they take, and what a disaster costs then."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

from labcheck.errors import LabcheckError
from labcheck.labs.backup_tools.installed import crontab_files
from labcheck.notebook.display import ENVIRONMENT
from labcheck.notebook.explorers.rpo_page import page
from labcheck.notebook.explorers.rpo_settings import DAY, PERIODS, Settings, crontabs, nearest, question, told
from labcheck.notebook.session import lab_and_connections
from labcheck.practice.lab import find
from labcheck.rpo import Answer, CrontabFile, answer

HERE = Path(__file__).parent
DISASTERS: Final = {
    "db-host-lost": "the database host is lost",
    "site-lost": "the whole site is lost, db and backup",
    "table-dropped": "a table is dropped, and noticed at once",
    "backup-server-lost": "the backup server is lost",
    "off-site-lost": "the off-site host is lost",
    "everything-lost": "all three hosts are lost",
}
TAKES: Final = tuple(range(181))
SLIDERS: Final[dict[str, tuple[str, tuple[int, ...]]]] = {
    "dump_every": ("A dump every", PERIODS),
    "dump_takes": ("The dump takes", TAKES),
    "upload_after": ("The upload starts after", TAKES),
    "transfer": ("Each transfer takes", TAKES),
    "offsite_every": ("Off-site every", PERIODS),
    "offsite_at": ("Off-site starts at", tuple(range(DAY))),
}
"""Each slider: its label, and the minutes that it can be set to."""
BUTTONS: Final = {"lecture": "The lecture's times", "lab": "The crontabs installed on the lab"}
TROUBLE = ENVIRONMENT.from_string('<p role="alert"><strong>{{ what }}</strong><br>{{ next }}</p>')

Installed = Callable[[], tuple[CrontabFile, ...]]
"""Returns the crontabs of db and backup as they are installed; raises `LabcheckError`."""


def explore_rpo() -> "RpoExplorer":
    """Show the explorer; the lab need not be up, unless its crontabs are asked for."""
    lab = find()
    return RpoExplorer(lab.student if lab else "elvis", _installed)


def _installed() -> tuple[CrontabFile, ...]:
    practice, connections = lab_and_connections()
    site = practice.site(connections.asked_afresh())
    return crontab_files({"db": site.db, "backup": site.backup})


class RpoExplorer(anywidget.AnyWidget):
    """The explorer in a notebook: `values` are the places of sliders and choice, `page` what follows from them."""

    _esm = HERE / "rpo.js"
    _css = HERE / "rpo.css"
    fields: "traitlets.List[dict[str, object]]" = traitlets.List().tag(sync=True)
    buttons: "traitlets.Dict[str, str]" = traitlets.Dict().tag(sync=True)
    values: "traitlets.Dict[str, int]" = traitlets.Dict().tag(sync=True)
    page = traitlets.Unicode().tag(sync=True)

    def __init__(self, student: str, installed: Installed) -> None:
        super().__init__(fields=_fields(), buttons=BUTTONS)
        self._student, self._installed = student, installed
        self._settings = Settings()
        self._files: tuple[CrontabFile, ...] | None = None
        self.on_msg(self._pressed)
        self.observe(self._moved, "values")
        self.values = {**_places(self._settings), "disaster": 0}

    def _moved(self, change: dict[str, Any]) -> None:
        """Work out what the sliders say now; a schedule that was moved takes the place of installed crontabs."""
        chosen = {name: options[change["new"][name]] for name, (_, options) in SLIDERS.items()}
        settings = Settings(**chosen, first_dump=self._settings.first_dump)
        if _schedules(settings) != _schedules(self._settings):
            self._files = None
        self._settings = settings
        self._show()

    def _show(self) -> None:
        disaster = list(DISASTERS)[self.values["disaster"]]
        try:
            self.page = page(self._answer(), disaster)
        except LabcheckError as trouble:
            self.page = TROUBLE.render(what=trouble.what, next=trouble.next_step)

    def _answer(self) -> Answer:
        files = self._files or crontabs(self._settings, self._student)
        return answer(question(files, self._settings), variants=False)

    def _pressed(self, _: object, content: dict[str, str], __: object) -> None:
        settings, self._files = Settings(), None
        if content["pressed"] == "lab":
            try:
                self._files = self._installed()
                settings = nearest(self._answer(), self._settings)
            except LabcheckError as trouble:
                self.page = TROUBLE.render(what=trouble.what, next=trouble.next_step)
                return
        self._settings = settings
        self.values = {**self.values, **_places(settings)}
        self._show()


def _fields() -> list[dict[str, object]]:
    sliders = [
        _field("slider", name, label, [_told(name, minutes) for minutes in options])
        for name, (label, options) in SLIDERS.items()
    ]
    return [*sliders, _field("choice", "disaster", "What happens", list(DISASTERS.values()))]


def _field(kind: str, name: str, label: str, choices: list[str]) -> dict[str, object]:
    return {"kind": kind, "name": name, "label": label, "choices": choices}


def _told(name: str, minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}" if name == "offsite_at" else told(minutes * 60)


def _places(settings: Settings) -> dict[str, int]:
    """Return where the sliders stand; a value that a slider does not have is put at its nearest."""
    return {
        name: min(range(len(options)), key=lambda place: abs(options[place] - getattr(settings, name)))
        for name, (_, options) in SLIDERS.items()
    }


def _schedules(settings: Settings) -> tuple[int, ...]:
    return (settings.dump_every, settings.upload_after, settings.offsite_every, settings.offsite_at)
