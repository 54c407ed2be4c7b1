"""The magics of the notebooks.

`%lab` says what is up, `%%on HOST` runs lines of shell there, `%check STEP` grades, two draw what rsync sends, and
`%copies` counts to 3-2-1.
"""

import sys
from argparse import Namespace
from dataclasses import replace

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display, update_display

from labcheck.errors import LabcheckError, UsageError
from labcheck.facts import files
from labcheck.grading.runner import run
from labcheck.hosts import Host
from labcheck.hosts.live import run_live
from labcheck.labs import LABS
from labcheck.model import Grade, Result, Status
from labcheck.notebook import on_call
from labcheck.notebook.copies import copies
from labcheck.notebook.cron_wait import wait_for_cron
from labcheck.notebook.display import CheckReport, LabReport
from labcheck.notebook.progress_report import ProgressReport, own_chapter
from labcheck.notebook.rsync_bytes import measured
from labcheck.notebook.rsync_pictures import picture_of_blocks, picture_of_bytes
from labcheck.notebook.session import lab_and_connections
from labcheck.notebook.terminal import TerminalText
from labcheck.practice import progress
from labcheck.practice.images import HOSTS

PROGRESS = "labcheck-progress"
WAY_BACK = "See which host is down: labcheck lab status · start it: labcheck lab up"
INTERRUPTED = "Interrupted: what the cell had started on {host} was ended."


class CellFailed(Exception):  # noqa: N818 - what the reader of a notebook sees
    """A cell did not do what it should; shown as its message, without a traceback of ours."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@magics_class
class LabMagics(Magics):
    """`%%on`, `%lab`, `%check`, `%wait_for_cron`, `%rsync_blocks`, `%rsync_bytes` and `%copies`."""

    @magic_arguments()
    @argument("host", help="db, backup, offsite or app")
    @argument("--user", help="who runs it: backup on db, the student on the backup servers, root on app, unless told")
    @argument("--fails", action="store_true", help="the command is meant to fail; its success fails the cell")
    @cell_magic
    def on(self, line: str, cell: str) -> None:
        """Run the cell's lines in bash on a host and show the output as it comes; the first line that fails ends it."""
        options = parse_argstring(self.on, line)
        try:
            status = _run_on(options, cell)
        except LabcheckError as error:
            raise CellFailed(str(error) if error.next_step else f"{error}\n{WAY_BACK}") from None
        except KeyboardInterrupt:
            raise CellFailed(INTERRUPTED.format(host=options.host)) from None
        if status:
            print(f"[exit status {status}]")
        if options.fails and status == 0:
            raise CellFailed("This command was meant to fail here, and it did not.")
        if status and not options.fails:
            raise CellFailed(
                f"A command ended with exit status {status} on {options.host}: read what it printed above."
            )

    @line_magic
    def lab(self, line: str) -> None:
        """Say whose lab is up, where Agama is, and which steps are done; `line` must be empty."""
        if line.strip():
            raise CellFailed("%lab takes no words.")
        try:
            practice, _ = lab_and_connections()
        except LabcheckError as error:
            raise CellFailed(str(error)) from None
        display(LabReport(practice.student, practice.database, practice.app_url))
        display(ProgressReport(progress.of(practice.student), own_chapter()), display_id=PROGRESS)

    @line_magic
    def check(self, line: str) -> None:
        """Grade a step, with the very checks that `labcheck grade` runs, and note what is done: `%check 1.2`."""
        lab = LABS["backup-tools"]
        try:
            checks = lab.select(line.split())
            practice, connections = lab_and_connections()
        except KeyError as error:
            raise CellFailed(f"There is no step {error.args[0]}. The steps are {', '.join(lab.steps)}.") from None
        except LabcheckError as error:
            raise CellFailed(str(error)) from None
        site = practice.site(connections.asked_afresh())
        results = tuple(_with_way_back(result) for result in run(checks, site))
        report = ProgressReport(progress.record(site.student, results), own_chapter())
        display(CheckReport(Grade(site.student, results), report.standing))
        update_display(report, display_id=PROGRESS)  # what `%lab` showed at the top of the notebook

    @line_magic
    def wait_for_cron(self, line: str) -> None:
        """Wait until cron has done what is due on a host within two minutes: `%wait_for_cron`, or with `backup`."""
        host = line.strip() or "db"
        if host not in HOSTS:
            raise CellFailed(f"The lab has no host {host!r}. Its hosts are {', '.join(HOSTS)}.")
        try:
            _, connections = lab_and_connections()
            wait_for_cron(Host(host, "root", connections.asked_afresh()), _show)
        except LabcheckError as error:
            raise CellFailed(str(error)) from None

    @line_magic
    def on_call(self, line: str) -> None:
        """A morning on call: `%on_call begin seed=7`, then `next`, `noticed STEP`, `cause N`, `repaired`, `report`."""
        try:
            practice, connections = lab_and_connections()
            text, shown = on_call.answer(practice, connections.asked_afresh(), line.split())
        except LabcheckError as error:
            raise CellFailed(str(error)) from None
        if text:
            print(text)
        if shown is not None:
            display(shown)

    @line_magic
    def rsync_blocks(self, line: str) -> None:
        """Draw which blocks of a file rsync would send now: `%rsync_blocks agama.sql`, with a copy on backup."""
        name = line.strip()
        if not name:
            raise CellFailed("Name a file that lies on db and on backup: %rsync_blocks agama.sql")
        try:
            practice, connections = lab_and_connections()
            site = practice.site(connections.asked_afresh())
            old, new = (files.text_of(host, name).encode() for host in (site.backup, site.db))
        except LabcheckError as error:
            raise CellFailed(str(error)) from None
        display(picture_of_blocks(name, old, new))

    @line_magic
    def rsync_bytes(self, line: str) -> None:
        """Measure what rsync sends of dumps of several sizes after small and large changes, and draw it."""
        if line.strip():
            raise CellFailed("%rsync_bytes takes no words.")
        try:
            practice, connections = lab_and_connections()
            found = measured(practice.site(connections.asked_afresh()))
        except LabcheckError as error:
            raise CellFailed(str(error)) from None
        display(picture_of_bytes(found))

    @line_magic
    def copies(self, line: str) -> None:
        """Ask every host which copies of the data it has, and count them: 3-2-1."""
        if line.strip():
            raise CellFailed("%copies takes no words.")
        try:
            practice, connections = lab_and_connections()
            display(copies(practice.site(connections.asked_afresh())))
        except LabcheckError as error:
            raise CellFailed(str(error)) from None


def _run_on(options: Namespace, cell: str) -> int:
    if options.host not in HOSTS:
        raise UsageError(f"The lab has no host {options.host!r}.", f"Its hosts are {', '.join(HOSTS)}.")
    lab, connections = lab_and_connections()
    client = connections.client(options.host, options.user or lab.user_of(options.host))
    terminal = TerminalText()
    status = run_live(client, cell, lambda piece: _show(terminal.clean(piece)))
    _show(terminal.rest())
    return status


def _with_way_back(result: Result) -> Result:
    """Say what to do about a host that could not be asked, where nothing else was said."""
    return result if result.hint or result.status is not Status.ERROR else replace(result, hint=WAY_BACK)


def _show(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Give a notebook the magics."""
    shell.register_magics(LabMagics)
