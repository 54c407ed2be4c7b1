"""The chain explorer: the files that duplicity keeps on the backup server, to be lost on paper, and what each costs."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

from labcheck.errors import LabcheckError
from labcheck.facts import chain, duplicity
from labcheck.notebook.explorers.chain_words import carried_by, file_label, set_title, states_on, told_after_losing
from labcheck.notebook.session import lab_and_connections
from labcheck.visible import visible

HERE = Path(__file__).parent
MOST_SETS: Final = 60
"""More than two months of nights are not drawn: the newest are."""

Found = tuple[chain.Collection, dict[str, str]]
"""What lies in the directory, and which of its files are missing or damaged already."""


class ChainExplorer(anywidget.AnyWidget):
    """The explorer in a notebook.

    `chains` is what is drawn: chains of sets of files. `lost` are the names of the files that are taken away, and
    `told` what follows: for each set whether its state can be restored, and a sentence.
    """

    _esm = HERE / "chain.js"
    _css = HERE / "chain.css"
    chains: "traitlets.List[list[dict[str, object]]]" = traitlets.List().tag(sync=True)
    lost: "traitlets.List[str]" = traitlets.List().tag(sync=True)
    told: "traitlets.Dict[str, object]" = traitlets.Dict().tag(sync=True)

    def __init__(self, read: Callable[[], Found]) -> None:
        super().__init__()
        self._read = read
        self._found: Found = (chain.Collection(), {})
        self.on_msg(self._pressed)
        self.observe(self._lost, "lost")
        self._read_again()

    def _pressed(self, _: object, content: dict[str, Any], __: object) -> None:
        self._read_again()

    def _read_again(self) -> None:
        try:
            found, bad = self._read()
        except LabcheckError as trouble:
            self.told = {"left": [], "sentence": f"{trouble.what}. {trouble.next_step}"}
            return
        self._found = chain.Collection(_newest(found.chains), found.orphans, found.sizes), bad
        self.lost = []
        self.chains = [[_drawn(one, *self._found) for one in each.sets] for each in self._found[0].chains]
        self._tell(())

    def _lost(self, change: dict[str, Any]) -> None:
        self._tell(change["new"])

    def _tell(self, lost: Collection[str]) -> None:
        found, bad = self._found
        gone = {*lost, *bad}
        left = found.points_after_losing(gone)
        self.told = {"left": [one in left for one in found.sets], "sentence": told_after_losing(found, gone)}


def explore_chain(directory: str = "") -> ChainExplorer:
    """Show the chains in a directory of the backup server, the student's home directory unless told.

    Raises `LabcheckError` when no lab is up.
    """
    lab, connections = lab_and_connections()
    place = directory or f"/home/{lab.student}"

    def read() -> Found:
        host = lab.site(connections.asked_afresh()).backup
        found = duplicity.collection(host, place)
        return found, duplicity.damage(host, place, found)

    return ChainExplorer(read)


def _newest(chains: tuple[chain.Chain, ...]) -> tuple[chain.Chain, ...]:
    """Return the newest chains that have MOST_SETS sets together, the last one in any case."""
    count, kept = 0, list[chain.Chain]()
    for one in reversed(chains):
        count += len(one.sets)
        if kept and count > MOST_SETS:
            break
        kept.insert(0, one)
    return tuple(kept)


def _drawn(one: chain.BackupSet, found: chain.Collection, bad: dict[str, str]) -> dict[str, object]:
    """Return a set as the browser gets it; text is safe to show, and is put there as text."""
    damaged = [
        file for name in bad if (file := chain.backup_file(name)) and (file.start, file.end) == (one.start, one.end)
    ]
    names = [file.name for file in (*one.files, *damaged)]
    files = [
        {
            "name": name,
            "label": file_label(name, found.sizes.get(name)),
            "carries": carried_by(name, found),
            "states": states_on(name, found),
            "bad": visible(bad.get(name, "")),
        }
        for name in dict.fromkeys(names)
    ]
    return {"title": set_title(one), "time": f"{one.end:%d %b %H:%M:%S}", "files": files}
