"""Findings about backup_restore.md: can somebody else follow it in a hurry, and does it restore from the copy?"""

import re
from collections.abc import Iterator, Sequence

from labcheck.rpo.commands.actions import Restore
from labcheck.rpo.commands.places import Place as Where
from labcheck.submissions.agreement_rules import NAMES
from labcheck.submissions.backups import Backups
from labcheck.submissions.claims import service_of
from labcheck.submissions.fetch_rules import elsewhere, fetching, undone, uploads_first, without_scheme
from labcheck.submissions.finding import NOTE, Finding, Place
from labcheck.submissions.kinds import Known, kinds_of
from labcheck.submissions.procedure import LOADER, Step, gap_in, steps_of
from labcheck.submissions.settings import Settings
from labcheck.submissions.survey import Survey, named
from labcheck.visible import visible

OTHER_USER = re.compile(r"\s(?:-u\s*\w|--user|--defaults|-h)")
TOOL = re.compile(r"duplicity|mysql|mariadb|influx|rsync|scp")
PLAYBOOK = re.compile(r"\bansible-playbook\s+(?:\S+\s+)*?(?P<name>[\w./-]+\.ya?ml)\b")
RESTORES = re.compile(
    r"\brestore\b.*\b(?:rsync|scp|sftp|ssh|file)://|\binfluxd restore\b|\bmysql\b[^\n|]*<|\bmysql_db\b"
)
WRITES_OUT = re.compile(r"\b(?:mysqldump|mariadb-dump)\b[^|;&>]*<\s*(?P<path>\S+)")
LOOK = {
    "mysql": "mysql -e 'SELECT * FROM agama.item'",
    "influxdb": "influx -database telegraf -execute 'SHOW MEASUREMENTS'",
}
LOAD = {"mysql": "mysql agama < …", "influxdb": "influxd restore -portable …"}
CHECKS = re.compile(
    r"\bselect\b|\bshow\b|\bcount\b|\bcurl\b|\bwget\b|mysqlcheck|\bdiff\b|check|verif|should|make sure|"
    r"confirm|ensure|\bsee\b|look|compare|validat|test|open the|\bvisit\b|browser|refresh", re.IGNORECASE,
)  # fmt: skip
RESULT = re.compile(r"\bresults?\b.*\b(?:check|verif|seen?\b)|\b(?:check|verif)\w*\b.*\bresults?\b", re.IGNORECASE)
"""A sentence above the commands that says how to see what they have done."""
MAKES_WAY = re.compile(r"\bdrop\b|-new-?db\b|-newdb\b|\brm\b.*/var/lib/influxdb", re.IGNORECASE)
FORM = re.compile(r"<(?:add|insert|your|put|enter|fill|describe|[a-z-]*command)\b")
OWN_KINDS = ("mysql", "influxdb", "postgres")
MOVES = re.compile(r"\b(?:mv|cp|ln|tar|gunzip|gzip|zcat|xz|bzip2|find|scp|sftp|rename|install|tee|cat)\b|>")
DISCARDED = re.compile(r"\d?>&?\s*(?:/dev/null|\d)")
INSIDE = re.compile(r"\b(?:docker|podman|kubectl)\b.*\binfluxd\b")
"""A container has paths of its own."""
MADE_UP = re.compile(r"[$*?<`{]")
ONE_PATH = re.compile(r"--(?:file|path)-to-restore|\s-r\s")


def restoring(found: Survey, backups: Backups, settings: Settings) -> Iterator[Finding]:
    """Findings about the restore document."""
    name = named(found, settings.restore)
    text = found.tree.text(name) if name else None
    if name is None or text is None:
        what = "there is no such file" if name is None else "the file cannot be read"
        yield Finding("restore-missing", Place(name or settings.restore), what, f"Write {settings.restore}.")
        return
    known = tuple(kinds_of(backups))
    user = next((user for one in known for user in one.users), "backup")
    steps = steps_of(text, user)
    gaps = list(_gaps(name, text, is_whole=_is_whole(known, steps)))
    yield from gaps
    if not any(step.fetches or step.loads for step in steps):
        playbook = next((step for step in steps if restores_by_playbook(step.text, found)), None)
        if playbook:
            text_ = "a playbook restores; what it does is not read here"
            yield Finding("restore-by-playbook", Place(name, playbook.line), text_, "Let a person look at it.")
            return
        if not any(gap.severity != NOTE for gap in gaps):
            yield Finding(
                "restore-no-commands", Place(name), "no command in it fetches or loads a backup",
                "Write the commands down, one a line, in a code block.",
            )  # fmt: skip
        return
    unreadable = list(without_scheme(steps, name))
    yield from unreadable
    yield from _lost(steps, name)
    yield from _rights(found, steps, name)
    is_broken = bool(unreadable) or _hides_commands(text)
    kinds = known or [Known(kind) for kind in dict.fromkeys(step.service for step in steps if step.fetches)]
    for one in kinds:
        mine = [step for step in steps if _is_for(step, one, alone=len(kinds) == 1)]
        if mine or one.kind in OWN_KINDS:
            yield from _service(one, mine, steps, name, text, is_broken=is_broken)
    if known and not backups.is_partial:
        served = [step for one in known for step in steps if _is_for(step, one, alone=len(known) == 1)]
        yield from elsewhere([step for step in steps if step not in served], known, name)


def _lost(steps: Sequence[Step], name: str) -> Iterator[Finding]:
    """Commands that `su` does not run."""
    for step in steps:
        if step.lost:
            text = f"without -c su does not run `{visible(step.lost[:60])}`: to the shell that is the name of a script"
            yield Finding("restore-su", Place(name, step.line), text, f"Write: su - {step.user} -c '…'")


def _rights(found: Survey, steps: Sequence[Step], name: str) -> Iterator[Finding]:
    """A load of MySQL by somebody who may only read there."""
    for step in steps:
        client = LOADER.search(step.text) if step.loads else None
        if client is None or OTHER_USER.search(step.text[client.end() :]):
            continue
        grants = [one for one in found.grants if one.user == step.user]
        rights = frozenset[str]().union(*(one.rights for one in grants))
        if grants and all(one.rights for one in grants) and not rights & {"ALL", "ALL PRIVILEGES", "DROP"}:
            may = visible(", ".join(sorted(rights)))
            text = f"loads as `{visible(step.user)}`, who may only {may} by {grants[0].task}: DROP command denied"
            yield Finding("restore-rights", Place(name, step.line), text, "Load as root: sudo mysql agama < …")


def restores_by_playbook(command: str, found: Survey) -> bool:
    """Tell whether a command runs a playbook of the repository, other than the main one, that restores something."""
    named = PLAYBOOK.search(command)
    text = found.tree.text(named["name"].removeprefix("./")) if named else None
    return bool(named and text and named["name"] not in found.playbooks and RESTORES.search(text.replace("\\\n", " ")))


def _is_whole(known: Sequence[Known], steps: Sequence[Step]) -> bool:
    """Tell whether every database can be fetched and loaded by commands without a gap."""
    ours = [one.kind for one in known if one.kind in OWN_KINDS]
    typed = [step for step in steps if not gap_in(step.text)]
    return bool(ours) and all(
        any(step.service == kind and step.fetches for step in typed)
        and any(step.service == kind and step.loads for step in typed)
        for kind in ours
    )


def _gaps(name: str, text: str, *, is_whole: bool) -> Iterator[Finding]:
    """Yield what was never filled in; a note where it is a pattern beside commands that say all."""
    for number, line in enumerate(text.splitlines(), 1):
        gap = gap_in(line)
        if gap:
            is_other = gap.startswith("<") and len(line.replace(gap, "").split()) > 1
            is_other &= is_whole or not TOOL.search(line)
            if gap.startswith(("{{", "your", "YOUR", "Your")) and not TOOL.search(line):
                continue  # a document about templates may speak of them, and to its reader
            severity = NOTE if is_other and not FORM.match(gap) else ""
            yield Finding(
                "restore-placeholder",
                Place(name, number),
                f"`{visible(gap)}` was never filled in",
                "Fill it in.",
                severity,
            )


def _hides_commands(text: str) -> bool:
    """Tell whether a gap stands where a command, or a part of one, should."""
    gaps = ((gap_in(line), line) for line in text.splitlines())
    return any(gap and (TOOL.search(line) or "command" in gap or gap.startswith("_")) for gap, line in gaps)


def _is_for(step: Step, known: Known, *, alone: bool) -> bool:
    """Tell whether a step restores this service: by what it names, or by where it fetches from."""
    for action in step.fetches:
        source = action.source if isinstance(action, Restore) else action.sources[0]
        if source and any(target.path == source.path for target in known.targets):
            return True
    return alone if known.kind not in OWN_KINDS else step.service in (known.kind, "")


def _service(
    known: Known, mine: Sequence[Step], steps: Sequence[Step], name: str, text: str, *, is_broken: bool
) -> Iterator[Finding]:
    title = NAMES.get(known.kind, known.kind) if known.kind else "the data"
    fetches = [step for step in mine if step.fetches]
    loads = [step for step in mine if step.loads]
    if is_broken and not (fetches and loads):
        return  # what is missing is what was never filled in, or what nobody can read
    if not fetches and not loads:
        where = Place(name)
        yield Finding(
            "restore-service",
            where,
            f"no command restores {title}, which is backed up",
            f"Add the commands for {title}.",
        )
        return
    if not fetches:
        text_ = (
            f"{title} is loaded from `{visible(loads[0].loads[0].path)}`, and nothing fetches it from the backup server"
        )
        yield Finding("restore-no-download", Place(name, loads[0].line), text_, "Fetch it first: duplicity restore …")
        return
    yield from uploads_first(fetches[0], mine, name)
    yield from fetching(known, fetches, mine if known.kind in OWN_KINDS else steps, steps, name, text)
    if known.kind and known.kind not in OWN_KINDS:
        return  # files are put back in ways of their own
    if not loads:
        yield _not_loaded(known, mine, fetches[-1], name)
        return
    unread = any(step.line < loads[0].line and gap_in(step.text) and TOOL.search(step.text) for step in mine)
    if loads[0].line < fetches[0].line and not unread and not _is_another_way(loads, fetches):
        text_ = f"loads {title} before line {fetches[0].line} has fetched it"
        yield Finding("restore-order", Place(name, loads[0].line), text_, "Fetch first, then load.")
    yield from undone(fetches, loads, steps, name, text.splitlines())
    if known.kind == "influxdb":
        yield from _in_the_way(loads[0], mine, name)
    yield from _loading(known, fetches, loads, mine, name)
    if not _is_checked(loads[-1], steps, known, text):
        text_ = f"after {title} is loaded nobody looks whether the data is back"
        yield Finding(
            "restore-unchecked",
            Place(name, loads[-1].line),
            text_,
            f"End with a look: {LOOK[known.kind]}" if known.kind in LOOK else "Say how to see that the data is back.",
        )


def _in_the_way(load: Step, mine: Sequence[Step], name: str) -> Iterator[Finding]:
    """A load of InfluxDB over the database that is there."""
    before = (step.text for step in mine if step.line <= load.line)
    if not any(MAKES_WAY.search(text) for text in before):
        text = "influxd restore refuses a database that exists, and nothing before it drops it"
        next_step = "Stop telegraf, then: influx -execute 'DROP DATABASE telegraf'"
        yield Finding("restore-influxdb", Place(name, load.line), text, next_step, NOTE)


def _is_another_way(loads: Sequence[Step], fetches: Sequence[Step]) -> bool:
    """Tell whether the first load is of something else than is fetched, and what is fetched is loaded later."""
    arrived = [action.target for step in fetches for action in step.fetches if action.target]
    return loads[-1].line > fetches[0].line and not any(_is_inside(source, arrived) for source in loads[0].loads)


def _not_loaded(known: Known, mine: Sequence[Step], fetch: Step, name: str) -> Finding:
    title = NAMES.get(known.kind, known.kind) if known.kind else "the data"
    wrong = next((step for step in mine if WRITES_OUT.search(step.text)), None)
    if wrong:
        found = f"`{visible(wrong.text[:80])}` writes a dump out, and loads nothing"
        return Finding("restore-not-loaded", Place(name, wrong.line), found, "Load it with mysql: mysql agama < …")
    found = f"{title} is fetched and not loaded into its database"
    next_step = f"Add the load: {LOAD.get(known.kind, 'into its service')}"
    return Finding("restore-not-loaded", Place(name, fetch.line), found, next_step)


def _loading(
    known: Known, fetches: Sequence[Step], loads: Sequence[Step], steps: Sequence[Step], name: str
) -> Iterator[Finding]:
    """A load of the local dump instead of what was fetched, or of a name under which nothing was."""
    arrived = [action.target for step in fetches for action in step.fetches if action.target]
    loaded = [(step.line, source) for step in loads for source in step.loads]
    if not any(_is_inside(source, arrived) for _, source in loaded):
        for line, source in loaded:
            if _is_inside(source, (*known.dumps, *known.sources)):
                text = f"loads `{visible(source.path)}`, the local dump"
                text += f"; the copy was fetched to `{visible(arrived[0].path)}`" if arrived else ""
                yield Finding("restore-local-dump", Place(name, line), text, "Load the file that was fetched.")
    if known.kind in ("mysql", "influxdb"):
        yield from _nowhere(known, arrived, loads, steps, name)
    if known.kind == "mysql":
        for step in loads:
            yield from _misnamed(known, step, [one for one in fetches if one.line < step.line], name)


def _is_inside(source: Where, places: Sequence[Where]) -> bool:
    return any(source.path == one.path or source.path.startswith(f"{one.path.rstrip('/')}/") for one in places)


def _nowhere(
    known: Known, arrived: Sequence[Where], loads: Sequence[Step], steps: Sequence[Step], name: str
) -> Iterator[Finding]:
    """A load of a file that no command puts where it is looked for."""
    moved = any(MOVES.search(DISCARDED.sub("", step.text)) for step in steps)
    if moved or any(MADE_UP.search(one.path) for one in arrived):
        return
    for step in (one for one in loads if not INSIDE.search(one.text)):
        for source in step.loads:
            there = (*arrived, *known.dumps, *known.sources)
            if not (_is_inside(source, there) or MADE_UP.search(source.path)) and len(loads) == 1:
                text = f"loads `{visible(source.path)}`; what was fetched is in `{visible(arrived[-1].path)}`"
                yield Finding("restore-path", Place(name, step.line), text, "Load the file that was fetched.")


def _misnamed(known: Known, load: Step, fetches: Sequence[Step], name: str) -> Iterator[Finding]:
    """A file for a directory: what was uploaded as a directory comes back as one, and a file as a file."""
    fetch = fetches[-1] if fetches else None
    action = next((one for one in fetch.fetches if isinstance(one, Restore)), None) if fetch else None
    if fetch is None or action is None or action.target is None or ONE_PATH.search(fetch.text):
        return
    target = action.target.path
    for source in load.loads:
        if known.uploads_folders and source.path == target:
            text = f"`{visible(target)}` is a directory, as what is uploaded: line {fetch.line} restores all of it"
            yield Finding("restore-path", Place(name, load.line), text, "Load the file in it, such as …/agama.sql")
        if known.uploads_files and source.path.startswith(f"{target}/"):
            text = (
                f"`{visible(target)}` is no directory: what is uploaded, and what line {fetch.line} restores, is a file"
            )
            yield Finding("restore-path", Place(name, load.line), text, f"Load {visible(target)}.")


def _is_checked(load: Step, steps: Sequence[Step], known: Known, text: str) -> bool:
    """Tell whether something below the load looks at this service's data."""
    later = [step.line for step in steps if step.fetches and step.line > load.line]
    end = min(later, default=10**9)
    heading = ""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"#+\s", line):
            heading = line
        if number <= load.line and RESULT.search(line) and known.kind in (service_of(line), service_of(heading)):
            return True
        if number <= load.line or not CHECKS.search(line):
            continue
        if number < end or service_of(line, heading) in ("", known.kind):
            return True
    return False
