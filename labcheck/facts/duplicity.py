"""Facts about duplicity: what lies in a directory that it writes to, whether it is undamaged, what a restore gives.

What the files are is asked of the host that keeps them; the word of the client would be its cache's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from labcheck.errors import UnexpectedStatus, UnreadableAnswer
from labcheck.facts import chain, files
from labcheck.facts.files import TEXT_LIMIT_BYTES, UNPACK
from labcheck.hosts import Host

MISSING, DAMAGED = "missing", "damaged"
RESTORE_TIMEOUT_SECONDS = 40.0
RESTORE_FAILED, NO_PROGRAM = 1, 127
LOCKED = 23
"""duplicity's exit status while another one works with the same cache."""
# A scratch directory that is gone at the end, however it ends. Where the backup server's account is told, ssh signs in
# once for all that duplicity sends and fetches; where that fails, duplicity tries for itself, and says why it cannot.
# Programs of the distribution come before those that somebody has put beside them.
SCRATCH = """
PATH=/usr/bin:/bin:$PATH
account=$1 && shift
scratch=$(mktemp -d) || exit 2
trap '[ ! -S "$scratch/ssh" ] || ssh -o ControlPath="$scratch/ssh" -O exit x >/dev/null 2>&1; rm -rf -- "$scratch"' EXIT
trap 'exit 143' HUP INT TERM
if [ "$account" ]; then
    ssh -fNM -o BatchMode=yes -o ConnectTimeout=15 -o ControlPath="$scratch/ssh" -o ControlPersist=20 -- "$account" \\
        </dev/null >/dev/null 2>&1
    set -- "$@" --ssh-options="-oControlPath=$scratch/ssh"
fi
"""
# Restores into the scratch directory, with no cache but what the backup itself holds. What is said comes on standard
# error in the form for programs, the same in every version.
# Without a terminal duplicity wants a passphrase of every key; an empty one opens a key that has none.
RESTORE = f"""{SCRATCH}
cd "$scratch" || exit 2
if [ -d ~/.gnupg ]; then export PASSPHRASE=; fi
file=$1 && shift
set -- --archive-dir "$scratch/cache" --num-retries 1 --log-fd 3 "$@" "$scratch/back"
duplicity restore "$@" 3>&2 >said 2>&1 || exit 1
if [ -d back ]; then
    [ -e "back/$file" ] || last=$(cd back && ls -r -- *.sql *.sql.gz *.sql.xz *.sql.bz2 *.sql.zst 2>/dev/null | head -1)
    set -- "back/${{last:-$file}}"
else
    set -- back
fi
{UNPACK}unpack "$1" || {{ status=$?; [ $status -ne {NO_PROGRAM} ] || exit $status; exit 1; }}
"""
GIVEN_NOTHING = "gpg: gcry_kdf_derive failed: Invalid data"
NOT_HERE = 3
# The same, but only the checksum is told; nothing where there is no duplicity, or no file of that name.
RESTORE_SUM = RESTORE.partition(UNPACK)[0].replace(
    "duplicity restore", f"command -v duplicity > said || exit {NOT_HERE}\nduplicity restore"
)
RESTORE_SUM += f'[ -f "$1" ] || exit {NOT_HERE}; sha256sum < "$1"\n'
# Does all that an increment needs, up to where it would begin to write. A backup that is under way gets some seconds.
GO_ON = f"""{SCRATCH}
for try in 1 2 3 4; do
    duplicity incremental --dry-run --num-retries 1 --log-fd 3 "$@" 3>&2 >/dev/null 2>&1
    status=$?
    [ "$status" -eq {LOCKED} ] || break
    sleep 1
done
[ "$status" -eq 0 ] || exit 1
"""

Manifest = dict[int, str]
"""The SHA-1 of each volume, by its number, as a manifest has them."""


@dataclass(frozen=True)
class Restored:
    """What a restore gave back: the file's text; or duplicity's complaint."""

    text: str = ""
    complaint: str = ""


def collection(host: Host, directory: str) -> chain.Collection:
    """Return the chains that lie in a directory of a host; without such a directory there are none.

    What is closed to the host's user root is asked about. Raises `UnexpectedStatus`, and `UnreadableAnswer`.
    """
    words = ["-maxdepth", "1", "-type", "f", "-name", "duplicity-*", "-printf", r"%s %f\0"]
    answer = host.expect("find", f"{directory}/", *words, statuses={0, 1})
    if answer.status == 0:
        return parse_files(answer.stdout)
    said = answer.stderr.rstrip()
    if said.endswith(files.NONE_THERE):
        return chain.Collection()
    if said.endswith("Permission denied") and host.user != "root":
        return collection(host.as_user("root"), directory)
    raise UnexpectedStatus(f"{host.user} on {host.name} cannot look into {directory}: {said}")


def parse_files(text: str) -> chain.Collection:
    """Read `size name`, each ended by a NUL; raises `UnreadableAnswer`."""
    sizes: dict[str, int] = {}
    for entry in text.split("\0")[:-1]:
        size, _, name = entry.partition(" ")
        if not re.fullmatch(r"[0-9]{1,18}", size):
            raise UnreadableAnswer(f"find said {entry[:100]!r}")
        sizes[name] = int(size)
    return chain.collection(sizes)


def damage(host: Host, directory: str, found: chain.Collection) -> dict[str, str]:
    """Return the files of every set that are missing, or damaged: other bytes than when their manifest was written.

    By name, oldest set first. Encrypted manifests tell nothing here, so only gaps show.
    """
    if not found.sets:
        return {}
    told = parse_manifests(_of_each(host, directory, "*.manifest", "grep", "-HZE", "^Volume |^ +Hash "))
    sums = parse_sums(_of_each(host, directory, "*.difftar*", "sha1sum", "-z", "--"))
    return compared(found, told, sums)


def _of_each(host: Host, directory: str, names: str, *words: str) -> str:
    place = ["find", f"{directory}/", "-maxdepth", "1", "-type", "f", "-name", f"duplicity-{names}"]
    # A manifest in which grep finds nothing is one without volumes, and makes find's status 1.
    answer = host.expect(*place, "-exec", *words, "{}", "+", statuses={0, 1}, limit_bytes=TEXT_LIMIT_BYTES)
    if "Permission denied" in answer.stderr and host.user != "root":
        return _of_each(host.as_user("root"), directory, names, *words)
    if answer.stderr:
        raise UnexpectedStatus(f"{host.user} on {host.name} cannot read {directory}: {answer.stderr.strip()}")
    return answer.stdout


def parse_manifests(text: str) -> dict[str, Manifest]:
    """Read lines of manifests, each behind its file's path and a NUL; returns them by the name of the file.

    A volume has a line `Volume 1:` and some way below a line `Hash SHA1 …`. Raises `UnreadableAnswer`.
    """
    manifests: dict[str, Manifest] = {}
    number = 0
    for line in text.splitlines():
        path, nul, words = line.partition("\0")
        manifest = manifests.setdefault(path.rpartition("/")[2], {})
        if volume := re.fullmatch(r"Volume ([1-9][0-9]{0,5}):", words):
            number = int(volume[1])
            manifest[number] = ""
        elif summed := re.fullmatch(r" +Hash SHA1 ([0-9a-f]{40})", words):
            manifest[number] = summed[1]
        elif not nul or not words.lstrip().startswith(("Volume ", "Hash ")):
            raise UnreadableAnswer(f"grep said {line[:100]!r}")
    return manifests


def parse_sums(text: str) -> dict[str, str]:
    """Read `digits  path`, each ended by a NUL; returns sums by the name of the file. Raises `UnreadableAnswer`."""
    sums: dict[str, str] = {}
    for entry in text.split("\0")[:-1]:
        found = re.fullmatch(r"([0-9a-f]{40}) [ *](.+)", entry, re.DOTALL)
        if found is None:
            raise UnreadableAnswer(f"sha1sum said {entry[:100]!r}")
        sums[found[2].rpartition("/")[2]] = found[1]
    return sums


def compared(found: chain.Collection, told: Mapping[str, Manifest], sums: Mapping[str, str]) -> dict[str, str]:
    """Return what is missing or damaged, given what manifests tell and the sums of the volumes that are there."""
    bad: dict[str, str] = {}
    for one in found.sets:
        manifest = told.get(one.manifest.name, {}) if one.manifest else {}
        bad |= dict.fromkeys(one.missing(manifest), MISSING)
        if one.manifest and not one.encrypted and not manifest:  # it tells of no volume
            bad[one.manifest.name] = DAMAGED
        bad |= {
            volume.name: DAMAGED
            for volume in one.volumes
            if manifest.get(volume.volume) and sums.get(volume.name) != manifest[volume.volume]
        }
    return bad


def restored(host: Host, url: str, file: str, *, encrypted: bool = False, time: str = "") -> Restored:
    """Restore on a host, as its user would, the newest state or the one of `time`, and return what came back, unpacked.

    `file` is what is looked at when a whole directory was backed up; where it is not in there, the last dump by name.
    The host's files and its cache of duplicity stay as they are. Raises `UnreadableAnswer` when the file is over 4 MiB.
    """
    options = [*([] if encrypted else ["--no-encryption"]), *(["--time", time] if time else []), url]
    answer = host.expect(
        "sh",
        "-c",
        RESTORE,
        "restore",
        account_of(url),
        file,
        *options,
        statuses={0, RESTORE_FAILED},
        timeout_seconds=RESTORE_TIMEOUT_SECONDS,
        limit_bytes=TEXT_LIMIT_BYTES,
    )
    return Restored(answer.stdout) if answer.status == 0 else Restored(complaint=parse_complaint(answer.stderr))


def obstacle(host: Host, source: str, url: str) -> str:
    """Return what keeps the host's user from adding an unencrypted increment to a repository, empty when nothing does.

    Nothing is written to the repository. duplicity is asked with the user's own cache and lock, as cron would start it:
    for about a second it holds the lock.
    """
    words = ["sh", "-c", GO_ON, "go-on", account_of(url), "--no-encryption", source, url]
    answer = host.expect(*words, statuses={0, 1}, timeout_seconds=RESTORE_TIMEOUT_SECONDS)
    return parse_complaint(answer.stderr) if answer.status else ""


def restored_sum(host: Host, url: str, file: str, *, time: str) -> str | None:
    """Return the SHA-256 of what a host itself restores of an unencrypted backup: 64 digits, or its complaint.

    None where there is no duplicity, or no such file in the backup.
    """
    words = ["sh", "-c", RESTORE_SUM, "restore", account_of(url), file, "--no-encryption", "--time", time, url]
    answer = host.expect(*words, statuses={0, RESTORE_FAILED, NOT_HERE}, timeout_seconds=RESTORE_TIMEOUT_SECONDS)
    if answer.status == NOT_HERE:
        return None
    return parse_complaint(answer.stderr) if answer.status else files.parse_checksum(answer.stdout)


def account_of(url: str) -> str:
    """Return who duplicity signs in as, and where: `elvis@backup.foo.bar`; empty where it is no plain case."""
    found = re.match(r"rsync://([\w.-]+@[\w.-]+)/", url, re.ASCII)
    return found[1] if found else ""


def parse_complaint(text: str) -> str:
    """Return in a line what duplicity said last as an error; of a traceback its last line, which says what it was.

    `--log-fd` gives blocks: a line with the kind, lines that begin with `. `, an empty line (duplicity(1)).
    """
    errors = re.findall(r"^ERROR [^\n]*\n((?:\.[^\n]*\n?)+)", text, re.MULTILINE)
    lines = [line.removeprefix(".").strip() for line in (errors[-1] if errors else text).splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        return "duplicity failed without a word"
    gnupg = [line for line in lines if line.startswith("gpg: ")]
    if lines[-1] == "EOFError" or GIVEN_NOTHING in gnupg:  # it read where nobody types, or tried the empty one
        return "duplicity asked for a passphrase"
    if lines[0].startswith("Traceback") or gnupg or not errors:
        return (gnupg or lines)[-1]
    return f"{lines[0]} {lines[1]}" if lines[0].endswith(":") and len(lines) > 1 else lines[0]
