"""Findings about backup_restore.md: can somebody else follow it in a hurry, and does it restore from the copy?"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labcheck.rpo.commands.actions import Backup, Dump, Restore
from labcheck.rpo.commands.places import Place as Where
from labcheck.submissions.agreement_rules import NAMES, named
from labcheck.submissions.backups import Backups
from labcheck.submissions.claims import service_of
from labcheck.submissions.finding import NOTE, Finding, Place
from labcheck.submissions.procedure import Step, gap_in, steps_of
from labcheck.submissions.settings import Settings
from labcheck.submissions.survey import Survey
from labcheck.submissions.templating import MARK
from labcheck.visible import visible

TOOL = re.compile(r"duplicity|mysql|mariadb|influx|rsync|scp")
PLAYBOOK = re.compile(r"\bansible-playbook\s+(?:\S+\s+)*?(?P<name>[\w./-]+\.ya?ml)\b")
RESTORES = re.compile(
    r"\brestore\b.*\b(?:rsync|scp|sftp|ssh|file)://|\binfluxd restore\b|\bmysql\b[^\n|]*<|\bmysql_db\b"
)
WRITES_OUT = re.compile(r"\b(?:mysqldump|mariadb-dump)\b[^|;&>]*<\s*(?P<path>\S+)")
OTHER_MATTER = re.compile(
    r"\b(?:first|manual\w*|optional|make|makes|making|creat\w*|save|saves|current)\b", re.IGNORECASE
)
LOOK = {
    "mysql": "mysql -e 'SELECT * FROM agama.item'",
    "influxdb": "influx -database telegraf -execute 'SHOW MEASUREMENTS'",
}
LOAD = {"mysql": "mysql agama < …", "influxdb": "influxd restore -portable …"}
CHECKS = re.compile(
    r"\bselect\b|\bshow\b|\bcount\b|\bcurl\b|\bwget\b|mysqlcheck|\bdiff\b|check|verif|should|make sure|"
    r"confirm|ensure|\bsee\b|look|compare|validat|test|open the|\bvisit\b|browser", re.IGNORECASE,
)  # fmt: skip
FORM = re.compile(r"<(?:add|insert|your|put|enter|fill|describe|[a-z-]*command)\b")
GUESSED = re.compile(rf"{MARK}|[<$]")
EMPTY = re.compile(
    r"\bempty\b|must not exist|does not exist|not exist|new directory|remove (?:the )?old|clean", re.IGNORECASE
)


@dataclass(frozen=True)
class Known:
    """What the crontabs say about one service: where its copies are, what is dumped where, by whom, encrypted how."""

    kind: str
    targets: tuple[Where, ...] = ()
    dumps: tuple[Where, ...] = ()
    users: tuple[str, ...] = ()
    encryption: tuple[str, ...] = ()


def restoring(found: Survey, backups: Backups, settings: Settings) -> Iterator[Finding]:
    """Findings about the restore document."""
    name = named(found, settings.restore)
    text = found.tree.text(name) if name else None
    if name is None or text is None:
        yield Finding("restore-missing", Place(settings.restore), "there is no such file", f"Write {settings.restore}.")
        return
    gaps = list(_gaps(name, text))
    yield from gaps
    known = tuple(_known(backups))
    user = next((user for one in known for user in one.users), "backup")
    steps = steps_of(text, user)
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
    broken = {gap.place.line for gap in gaps}
    for one in known or (Known(kind) for kind in dict.fromkeys(step.service for step in steps if step.fetches)):
        yield from _service(one, steps, name, text, broken)


def restores_by_playbook(command: str, found: Survey) -> bool:
    """Tell whether a command runs a playbook of the repository, other than the main one, that restores something."""
    named = PLAYBOOK.search(command)
    text = found.tree.text(named["name"].removeprefix("./")) if named else None
    return bool(named and text and named["name"] not in found.playbooks and RESTORES.search(text.replace("\\\n", " ")))


def _gaps(name: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        gap = gap_in(line)
        if gap:
            is_other = gap.startswith("<") and not TOOL.search(line) and len(line.replace(gap, "").split()) > 1
            severity = NOTE if is_other and not FORM.match(gap) else ""
            yield Finding(
                "restore-placeholder",
                Place(name, number),
                f"`{visible(gap)}` was never filled in",
                "Fill it in.",
                severity,
            )


def _known(backups: Backups) -> Iterator[Known]:
    """Return what is known of each kind of service, several databases of a kind taken together."""
    kinds: dict[str, list[Known]] = {}
    for service in backups.answer.services if backups.answer else ():
        links = backups.links(service)
        steps = [link.step for link in links]
        uploads = [link.step for link in links if link.crosses]
        sources = [step.action.source for step in uploads if isinstance(step.action, Backup)]
        kind = backups.kind(service)
        kinds.setdefault(kind, []).append(
            Known(
                kind,
                tuple(link.target.place for link in links if link.crosses),
                (
                    *(step.action.target for step in steps if isinstance(step.action, Dump) and step.action.target),
                    *sources,
                ),
                tuple(dict.fromkeys(step.job.user for step in uploads)),
                tuple(
                    dict.fromkeys(step.action.encryption.state for step in uploads if isinstance(step.action, Backup))
                ),
            )
        )
    for kind, several in kinds.items():
        if any(one.targets for one in several):
            yield _together(kind, several)


def _together(kind: str, several: Sequence[Known]) -> Known:
    targets = dict.fromkeys(place for one in several for place in one.targets)
    dumps = dict.fromkeys(place for one in several for place in one.dumps)
    users = dict.fromkeys(user for one in several for user in one.users)
    encryption = dict.fromkeys(state for one in several for state in one.encryption)
    return Known(kind, tuple(targets), tuple(dumps), tuple(users), tuple(encryption))


def _is_for(step: Step, known: Known) -> bool:
    """Tell whether a step restores this service: by what it names, or by where it fetches from."""
    for action in step.fetches:
        source = action.source if isinstance(action, Restore) else action.sources[0]
        if source and any(target.path == source.path for target in known.targets):
            return True
    return step.service in (known.kind, "") or known.kind not in ("mysql", "influxdb", "postgres")


def _service(known: Known, steps: Sequence[Step], name: str, text: str, broken: set[int]) -> Iterator[Finding]:
    title = NAMES.get(known.kind, known.kind) if known.kind else "the data"
    mine = [step for step in steps if _is_for(step, known)]
    fetches = [step for step in mine if step.fetches]
    loads = [step for step in mine if step.loads]
    if broken and not (fetches and loads):
        return  # what is missing is what was never filled in
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
    yield from _uploads_first(fetches[0], mine, name)
    yield from _fetching(known, fetches, mine, name, text)
    if not loads:
        yield _not_loaded(known, mine, fetches[-1], name)
        return
    if loads[0].line < fetches[0].line:
        text_ = f"loads {title} before line {fetches[0].line} has fetched it"
        yield Finding("restore-order", Place(name, loads[0].line), text_, "Fetch first, then load.")
    yield from _loading(known, fetches, loads, name)
    if not _is_checked(loads[-1], steps, known, text):
        text_ = f"after {title} is loaded nobody looks whether the data is back"
        yield Finding(
            "restore-unchecked",
            Place(name, loads[-1].line),
            text_,
            f"End with a look: {LOOK[known.kind]}" if known.kind in LOOK else "Say how to see that the data is back.",
        )


def _not_loaded(known: Known, mine: Sequence[Step], fetch: Step, name: str) -> Finding:
    title = NAMES.get(known.kind, known.kind) if known.kind else "the data"
    wrong = next((step for step in mine if WRITES_OUT.search(step.text)), None)
    if wrong:
        found = f"`{visible(wrong.text[:80])}` writes a dump out, and loads nothing"
        return Finding("restore-not-loaded", Place(name, wrong.line), found, "Load it with mysql: mysql agama < …")
    found = f"{title} is fetched and not loaded into its database"
    next_step = f"Add the load: {LOAD.get(known.kind, 'into its service')}"
    return Finding("restore-not-loaded", Place(name, fetch.line), found, next_step)


def _uploads_first(fetch: Step, mine: Sequence[Step], name: str) -> Iterator[Finding]:
    """An upload of what is there now, in the very part that restores, before anything is fetched."""
    for step in mine:
        uploads = any(isinstance(one, Backup) and one.crosses_network for one in step.actions)
        if uploads and step.line < fetch.line and step.part == fetch.part and not OTHER_MATTER.search(step.about):
            text = f"uploads what is there now as the newest version, which line {fetch.line} then fetches"
            yield Finding("restore-uploads-first", Place(name, step.line), text, "Take this command out.")


def _fetching(known: Known, fetches: Sequence[Step], mine: Sequence[Step], name: str, text: str) -> Iterator[Finding]:
    for step in fetches:
        place = Place(name, step.line)
        for action in step.fetches:
            if isinstance(action, Restore) and action.source:
                yield from _duplicity(known, step, action, place)
                if not _has_room(step, action, mine, text):
                    target = visible(action.target.path) if action.target else "the directory"
                    text_ = f"duplicity refuses if `{target}` holds anything, and nothing before it empties that"
                    yield Finding("restore-directory", place, text_, f"Empty it first: rm -rf {target}")
        if known.users and step.user and step.user not in known.users:
            text_ = (
                f"runs as `{visible(step.user)}`; the backup server knows the key of `{known.users[0]}`, who uploads"
            )
            yield Finding("restore-user", place, text_, f"Begin the command with: sudo -u {known.users[0]}")
        elif known.users and not step.user:
            text_ = "the document does not say as which user to run this"
            yield Finding(
                "restore-user-unsaid", place, text_, f"Begin the command with: sudo -u {known.users[0]}", NOTE
            )


def _duplicity(known: Known, step: Step, action: Restore, place: Place) -> Iterator[Finding]:
    plain = "--no-encryption" in step.text
    if known.encryption and "off" not in known.encryption and plain and "unknown" not in known.encryption:
        text = "restores with --no-encryption what the crontab encrypts"
        yield Finding(
            "restore-encryption", place, text, "Leave --no-encryption out, and say where the passphrase is kept."
        )
    elif known.encryption == ("off",) and not plain:
        yield Finding(
            "restore-encryption",
            place,
            "the crontab uploads with --no-encryption, this restores without it",
            "Add --no-encryption.",
        )
    paths = {target.path for target in known.targets}
    guessed = GUESSED.search("".join(paths)) or gap_in(step.text)
    if action.source and paths and action.source.path not in paths and not guessed:
        text = f"fetches from `{visible(action.source.path)}`; the crontab uploads to `{visible(sorted(paths)[0])}`"
        yield Finding("restore-url", place, text, "Write the very URL of the crontab.")


def _has_room(step: Step, action: Restore, mine: Sequence[Step], text: str) -> bool:
    """Tell whether the document sees to it that the target of a restore holds nothing."""
    target = action.target
    if target is None or "--force" in step.text or "$" in target.path:
        return True
    for other in mine:
        made = re.search(rf"\b(?:mkdir|mktemp|mv|find)\b.*{re.escape(target.path.rpartition('/')[2])}", other.text)
        if made or any(
            place.path.rstrip("/*") == target.path
            or target.path.startswith(place.path.rstrip("*"))
            or place.path.startswith(f"{target.path}/")
            for place in other.removes
        ):
            return True
    return any(EMPTY.search(line) and service_of(line) in ("", step.service) for line in text.splitlines())


def _loading(known: Known, fetches: Sequence[Step], loads: Sequence[Step], name: str) -> Iterator[Finding]:
    """A load of the local dump instead of what was fetched."""
    arrived = [action.target for step in fetches for action in step.fetches if action.target]
    for step in loads:
        for source in step.loads:
            inside = any(
                source.path == one.path or source.path.startswith(f"{one.path.rstrip('/')}/") for one in arrived
            )
            local = any(
                source.path == dump.path or source.path.startswith(f"{dump.path.rstrip('/')}/") for dump in known.dumps
            )
            if local and not inside:
                text = f"loads `{visible(source.path)}`, the local dump"
                text += f"; the copy was fetched to `{visible(arrived[0].path)}`" if arrived else ""
                yield Finding("restore-local-dump", Place(name, step.line), text, "Load the file that was fetched.")


def _is_checked(load: Step, steps: Sequence[Step], known: Known, text: str) -> bool:
    """Tell whether something below the load looks at this service's data."""
    later = [step.line for step in steps if step.fetches and step.line > load.line]
    end = min(later, default=10**9)
    heading = ""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"#+\s", line):
            heading = line
        if number <= load.line or not CHECKS.search(line):
            continue
        if number < end or service_of(line, heading) in ("", known.kind):
            return True
    return False
