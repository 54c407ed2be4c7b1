"""Findings about the commands of a restore document that fetch a backup, and about what they leave for the load."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from labcheck.rpo.commands.actions import Backup, Restore
from labcheck.rpo.commands.places import Place as Where
from labcheck.rpo.commands.places import same_host
from labcheck.submissions.claims import service_of
from labcheck.submissions.finding import NOTE, Finding, Place
from labcheck.submissions.kinds import Known
from labcheck.submissions.procedure import HERE, Step, gap_in
from labcheck.submissions.templating import MARK
from labcheck.visible import visible

OTHER_MATTER = re.compile(
    r"\b(?:first|manual\w*|optional|make|makes|making|creat\w*|save|saves|current)\b", re.IGNORECASE
)
GUESSED = re.compile(rf"{MARK}|[<$]", re.IGNORECASE)
DROPS = re.compile(r"\bdrop\s+(?:database|schema|table)\s+(?:if\s+exists\s+)?(?P<name>[\w.`\"-]+)", re.IGNORECASE)
A_SCHEME = re.compile(r"\bduplicity\b[^;&|\n]{0,300}?\s(?P<scheme>[a-z][a-z0-9+]*)://")
SCHEMES = ("rsync", "sftp", "scp", "ssh", "file", "ftp", "ftps", "s3", "webdav", "webdavs", "rclone", "imap", "imaps")
NEARLY_THE_SCHEME = 0.75
ON_SERVER = re.compile(r"\b(?:backup|remote) (?:server|host|machine)\b", re.IGNORECASE)
IN_CASE = re.compile(r"\bonly\b|\bin ?case\b|\bif\b|\berrors?\b|\botherwise\b", re.IGNORECASE)
SCRATCH = re.compile(r"test|tmp|temp|check|verif|scratch|copy|restore", re.IGNORECASE)
"""Databases that a restore is only tried in."""
EMPTY = re.compile(r"\bempty\b|\bnot (?:already |yet )?exist|new directory|remove (?:the )?old|clean", re.IGNORECASE)
ROOM = re.compile(r"director|folder|restor|destination|target|path|files?\b|/", re.IGNORECASE)
OTHER_ROOM = re.compile(r"\bdatabase\b|\bcache\b|https?://", re.IGNORECASE)
"""What a document may want empty: where the restore puts its files, and not the database."""
NAMED = re.compile(r"[a-z][\w-]*(?:\.[\w-]+)*\.[a-z][\w-]*", re.IGNORECASE)
NO_SCHEME = re.compile(r"\bduplicity\b[^;&|]*?\brestore\s+(?:-\S+\s+)*(?P<source>[\w.-]+@[\w.-]+[:/]\S*)")


def slip_in(command: str) -> str:
    """Return the scheme of a URL of duplicity that is nearly one that it knows, such as `rsyn`; empty if none is."""
    schemes = (found["scheme"] for found in A_SCHEME.finditer(command))
    near = (one for one in schemes if one not in SCHEMES and get_close_matches(one, SCHEMES, 1, NEARLY_THE_SCHEME))
    return next(near, "")


def without_scheme(steps: Sequence[Step], name: str) -> Iterator[Finding]:
    """Places on another host that duplicity does not take for one."""
    for step in steps:
        slip = slip_in(step.text)
        if slip:
            text = f"`{visible(slip)}://` is no kind of URL that duplicity knows"
            yield Finding("restore-url", Place(name, step.line), text, "Write the very URL of the crontab.")
        found = NO_SCHEME.search(step.text)
        if found:
            text = f"`{visible(found['source'])}` is no URL for duplicity: what stands before `://` is missing"
            yield Finding("restore-url", Place(name, step.line), text, f"Write rsync://{visible(found['source'])}")


def uploads_first(fetch: Step, mine: Sequence[Step], name: str) -> Iterator[Finding]:
    """An upload of what is there now, in the very part that restores, before anything is fetched."""
    for step in mine:
        uploads = any(isinstance(one, Backup) and one.crosses_network for one in step.actions)
        if uploads and step.line < fetch.line and step.part == fetch.part and not OTHER_MATTER.search(step.about):
            text = f"uploads what is there now as the newest version, which line {fetch.line} then fetches"
            yield Finding("restore-uploads-first", Place(name, step.line), text, "Take this command out.")


def fetching(
    known: Known, fetches: Sequence[Step], mine: Sequence[Step], steps: Sequence[Step], name: str, text: str
) -> Iterator[Finding]:
    """Findings about each command that fetches: its URL, its passphrase, the room for it, and who runs it.

    `mine` are the commands about this service, of all the `steps` of the document.
    """
    for step in fetches:
        place = Place(name, step.line)
        for action in step.fetches:
            if isinstance(action, Restore) and action.source:
                yield from _duplicity(known, step, action, place)
                if "--force" in step.text:
                    text_ = "with --force duplicity overwrites what is there; its version 3.1 refuses all the same"
                    yield Finding("restore-directory", place, text_, "Better empty the directory first.", NOTE)
                elif not _has_room(step, action, [one for one in steps if one in mine or one.part == step.part], text):
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
    guessed = GUESSED.search("".join(map(str, known.targets))) or gap_in(step.text)
    hosts = {target.host for target in known.targets}
    if action.source and action.source.path in paths and not guessed and _is_elsewhere(action.source.host, hosts):
        text = f"fetches from `{visible(action.source.host)}`; the crontab uploads to `{visible(sorted(hosts)[0])}`"
        yield Finding("restore-url", place, text, "Write the very URL of the crontab.")
    if action.source and action.source.host == HERE and hosts and not ON_SERVER.search(step.about) and not guessed:
        text = f"restores from `{visible(action.source.path)}` of this very host; the copies are on {sorted(hosts)[0]}"
        yield Finding("restore-url", place, text, "Write the very URL of the crontab.")
    elif action.source and paths and action.source.path not in paths and not guessed:
        text = f"fetches from `{visible(action.source.path)}`; the crontab uploads to `{visible(sorted(paths)[0])}`"
        yield Finding("restore-url", place, text, "Write the very URL of the crontab.")


def undone(
    fetches: Sequence[Step], loads: Sequence[Step], steps: Sequence[Step], name: str, lines: Sequence[str]
) -> Iterator[Finding]:
    """What was fetched is deleted before it is loaded, or the database is dropped after that."""
    for load in loads:
        fetch = max((one.line for one in fetches if one.line < load.line), default=load.line)
        for step in steps:
            between = fetch < step.line < load.line
            between = between and not any(IN_CASE.search(line) for line in lines[fetch : step.line])
            if between and any(_covers(gone, one) for gone in step.removes for one in load.loads):
                text = f"deletes what line {fetch} has fetched, before line {load.line} loads it"
                yield Finding("restore-order", Place(name, step.line), text, "Delete first, then fetch, then load.")
    last = loads[-1]
    for step in steps:
        is_later = step.line > last.line and (step.part, step.service) == (last.part, last.service)
        dropped = DROPS.search(f"{step.text}\n{step.given}") if is_later else None
        if dropped and not SCRATCH.search(dropped["name"]):
            text = f"drops `{visible(dropped['name'])}` after line {last.line} has loaded it"
            yield Finding("restore-order", Place(name, step.line), text, "Drop first, then load.")


def _covers(gone: Where, loaded: Where) -> bool:
    return gone.contains(loaded) or gone.matches(loaded)


def elsewhere(steps: Iterable[Step], known: Sequence[Known], name: str) -> Iterator[Finding]:
    """Commands that fetch what no job has brought there, out of the home of another account."""
    targets = [target for one in known for target in one.targets]
    homes = {_home(target.path) for target in targets}
    for step in steps:
        for action in step.fetches:
            source = action.source if isinstance(action, Restore) else None
            guessed = GUESSED.search("".join(map(str, targets))) or gap_in(step.text)
            if source and not guessed and _home(source.path) and _home(source.path) not in homes and all(homes):
                text = f"fetches from `{visible(source.path)}`; no job uploads to this account"
                next_step = f"Write the very URL of the crontab, such as that with {visible(targets[0].path)}"
                yield Finding("restore-url", Place(name, step.line), text, next_step)


def _home(path: str) -> str:
    found = re.match(r"/home/[^/]+", path)
    return found[0] if found else ""


def _is_elsewhere(host: str, known: Iterable[str]) -> bool:
    """Tell whether a host is none of those known; a short name, an address or a gap may be any of them."""
    others = list(known)
    plain = all(NAMED.fullmatch(one) for one in (host, *others))
    return plain and not any(same_host(host, one) for one in others)


def _has_room(step: Step, action: Restore, mine: Sequence[Step], text: str) -> bool:
    """Tell whether the document sees to it that the target of a restore holds nothing."""
    target = action.target
    if target is None or "$" in target.path:
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
    said = (line for line in text.splitlines() if EMPTY.search(line) and not OTHER_ROOM.search(line))
    return any(ROOM.search(line) and service_of(line) in ("", step.service) for line in said)
