"""Hazards in the command of a job: what cron makes of it before the shell, and what /bin/sh makes of it
then."""

import re
from collections.abc import Iterator
from typing import Final

from labcheck.cron.crontab import Job
from labcheck.cron.hazards.finding import NOTE, WARNING, Finding, Severity, at, swap
from labcheck.cron.schedule import as_people_see
from labcheck.visible import visible

_PERCENT = re.compile(r"\\.|(%)", re.DOTALL)
_DATE_FORMAT = re.compile(r"%[-_0^#]?[A-Za-z]")
_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"|\\.")
_BASHISMS: Final = (
    (re.compile(r"\[\["), "`[[`"),
    (re.compile(r"<<<"), "`<<<`"),
    (re.compile(r"[<>]\("), "process substitution"),
    (re.compile(r"\|&"), "`|&`"),
    (re.compile(r"(?:^|[;&|]\s*)(\(\()"), "`((`"),
    (re.compile(r"(?:^\s*|[;&|({]\s*)(source\s)"), "`source`"),
    (re.compile(r"(?:^|[;&|({]\s*)(pushd|popd|shopt|declare|typeset|mapfile|readarray)\b"), "a bash builtin"),
    (re.compile(r"(?:^|[;&|({]\s*)(set\s+-[a-z]*o\s+pipefail)"), "`set -o pipefail`"),
    (re.compile(r"(?:^|[;&|({]\s*)(function\s+\w)"), "`function`"),
    (re.compile(r"\[\s[^]]*\s==\s"), "`==` in a test"),
    (re.compile(r"\$\{\w+(?:\^|,|/|:[0-9 ]|\[)"), "a bash expansion"),
    (re.compile(r"(?<![\w$])\{[^{}\s]*(?:,|\.\.)[^{}\s]*\}"), "`{a,b}`"),
    (re.compile(r"\$(?:RANDOM|SECONDS|UID|HOSTNAME|BASH\w*)\b"), "a variable of bash"),
    (re.compile(r"\$'"), "`$'...'`"),
)
_BOTH_OUTPUTS = re.compile(r"&>>?\s*([^\s;&|]+)")
_LOST = re.compile(r"&>>?\s*/dev/null|>>?\s*/dev/null\s+2>\s*(?:&1|/dev/null)|2>\s*/dev/null\s+>\s*/dev/null")
_TARGET = re.compile(r"(?<![<>&\d])\d?>>?\s*([A-Za-z0-9_.][^\s;&|<>()$`]*)")
_RELATIVE_PROGRAM = re.compile(
    r"(?:^|[;&|]\s*|\b(?:sh|bash|python3?|perl|php)\s+)(\.{0,2}[\w.-]*/[\w./-]+|[\w-]+\.(?:sh|py|pl|php))"
)
_TILDE_USER = re.compile(r"(?:^|[\s>])(~[a-z_][\w-]*)")
_LATE_TILDE = re.compile(r"[\w\]]=(~/)|[\w.]:(~/)")
_QUOTED_TILDE = re.compile(r"""[<>]\s*(["'])~/""")
_PLACEHOLDER = re.compile(r"<[a-z][a-z-]*>")
_INTERACTIVE: Final = (
    (
        re.compile(
            r"(?:^|[;&|]\s*|\bsudo\s+)(?:dialog|whiptail|vi|vim|nano|less|more|top|htop|passwd|visudo|tmux|screen|mc)(?:\s|$)(?!.*-d)"
        ),
        "needs a terminal",
    ),
    (re.compile(r"\bcrontab\s+-e\b"), "needs a terminal"),
    (
        re.compile(r"\b(?:mysql|mysqldump|mariadb|mariadb-dump)\b[^;&|]*\s(?:-p|--password)(?:\s|$)"),
        "asks for a password",
    ),
    (re.compile(r"\bssh\s+(?:-\w+\s+)*-t\b"), "needs a terminal"),
    (re.compile(r"\bsudo\b(?!\s+(?:-\w+\s+)*(?:-n|--non-interactive)\b)"), "may ask for a password"),
    (re.compile(r"(?:^|[;&|]\s*)read\s"), "reads from a terminal"),
    (re.compile(r"\bssh-(?:add|copy-id)\b"), "asks for a passphrase or a password"),
    (
        re.compile(r"\bgpg2?\b(?!.*--batch)[^;&|]*\s(?:-d|--decrypt|-c|--symmetric)\b"),
        "asks for a passphrase",
    ),
)
_DUPLICITY = re.compile(r"(?:^|[\s;&|/])duplicity\s([^;&|]*)")
_NO_KEY_NEEDED = re.compile(
    r"--no-encryption|--encrypt-key|--use-agent|\b(?:collection-status|remove-older-than|remove-all|cleanup|list-current-files|--version)\b"
)


def without_quotes(text: str) -> str:
    """The command with everything that is quoted blanked out, so that places stay the same."""
    return _QUOTED.sub(lambda found: "_" * len(found.group()), text)


def _begin(job: Job) -> int:
    """Where the command stands in its line."""
    return len(job.text) - len(job.raw) if job.text.endswith(job.raw) else job.text.find(job.raw)


def _finding(job: Job, rule: str, severity: Severity, place: int, message: str, fix: str = "") -> Finding:
    """A finding at a place of the command."""
    return Finding(rule, severity, job.line, at(job.text, _begin(job) + place), message, fix)


def _replaced(job: Job, start: int, end: int, new: str) -> str:
    begin = _begin(job)
    return swap(job.text, begin + start, begin + end, new)


def percent(job: Job) -> Iterator[Finding]:
    """`%` ends the command; quotes do not protect it."""
    first = next((found for found in _PERCENT.finditer(job.raw) if found[1]), None)
    if first is None:
        return
    command, stdin = visible(as_people_see(job.command)), visible(as_people_see(job.stdin))
    message = f"an unescaped `%` ends the command: the shell gets `{command}`, and `{stdin}` becomes its input"
    is_format = bool(_DATE_FORMAT.match(job.raw, first.start()))
    if is_format:
        message += ". Probably meant: `\\%`"
    escaped = _PERCENT.sub(lambda found: "\\%" if found[1] else found.group(), job.raw)
    fix = _replaced(job, 0, len(job.raw), escaped)
    yield _finding(job, "unescaped-percent", WARNING if is_format else NOTE, first.start(), message, fix)


def bash_syntax(job: Job) -> Iterator[Finding]:
    """Words of bash in a command that /bin/sh (dash) runs."""
    shell = job.shell
    if not shell.endswith(("/sh", "/dash")):
        return
    bare = without_quotes(job.raw)
    for pattern, name in _BASHISMS:
        found = pattern.search(bare if name != "`$'...'`" else re.sub(r'"[^"]*"', "", job.raw))
        if found:
            start = found.start(1) if pattern.groups else found.start()
            fix = f"SHELL=/bin/bash\n{job.text}"
            if name == "`source`":
                fix = _replaced(job, start, start + len("source"), ".")
            message = f"{name} is bash, but cron runs the command with {visible(shell)} (dash on Debian)"
            yield _finding(job, "bash-syntax", WARNING, start, message, fix)
            return


def both_outputs(job: Job) -> Iterator[Finding]:
    """`&>` is bash; sh runs the command in the background and empties the file."""
    found = _BOTH_OUTPUTS.search(without_quotes(job.raw))
    if found is None or not job.shell.endswith(("/sh", "/dash")):
        return
    arrow = ">>" if found.group().startswith("&>>") else ">"
    fix = _replaced(job, found.start(), found.end(), f"{arrow} {found[1]} 2>&1")
    message = "in sh, `&>` starts the command in the background and only empties the file; nothing is redirected"
    yield _finding(job, "ampersand-redirect", WARNING, found.start(), message, fix)


def output_to_nowhere(job: Job) -> Iterator[Finding]:
    """`> /dev/null 2>&1`: when the job fails, nobody will know."""
    found = _LOST.search(without_quotes(job.raw))
    if found:
        message = "output and errors are thrown away: when the job fails, nobody will know"
        yield _finding(job, "output-lost", NOTE, found.start(), message)


def relative_path(job: Job) -> Iterator[Finding]:
    """A path that does not begin with `/`: cron starts in the user's home directory."""
    bare = without_quotes(job.raw)
    if re.search(r"(?:^|[;&|]\s*)cd\s", bare):
        return
    program = _RELATIVE_PROGRAM.search(bare)
    if program and not program[1].startswith("/") and "://" not in bare[program.start() : program.end() + 3]:
        path = visible(as_people_see(program[1]))
        message = f"`{path}` is looked for from the user's home directory, where cron starts commands"
        fix = _replaced(job, program.start(1), program.end(1), f"$HOME/{program[1].removeprefix('./')}")
        yield _finding(job, "relative-path", NOTE, program.start(1), message, fix)
        return
    target = _TARGET.search(bare)
    if target:
        path = visible(as_people_see(target[1]))
        message = f"`{path}` is written in the user's home directory, where cron starts commands"
        fix = _replaced(job, target.start(1), target.end(1), f"$HOME/{target[1]}")
        yield _finding(job, "relative-path", NOTE, target.start(1), message, fix)


def tilde(job: Job) -> Iterator[Finding]:
    """`~user` is another person's home, and `~` is nothing special inside a word."""
    bare = without_quotes(job.raw)
    found = _TILDE_USER.search(bare)
    if found:
        name = found[1][1:]
        message = f"`~{name}` is the home directory of `{name}`; if there is no such user it stays as it is written"
        yield _finding(job, "tilde-user", WARNING, found.start(1), message)
    quoted = _QUOTED_TILDE.search(job.raw)
    if quoted:
        message = "in quotes sh does not replace `~`"
        fix = _replaced(job, quoted.start(1), quoted.end(), '"$HOME/')
        yield _finding(job, "tilde", WARNING, quoted.start(1), message, fix if quoted[1] == '"' else "")
    late = _LATE_TILDE.search(bare)
    if late:
        start = late.start(1) if late[1] else late.start(2)
        message = "sh does not replace `~` inside a word"
        yield _finding(job, "tilde", WARNING, start, message, _replaced(job, start, start + 1, "$HOME"))


def needs_a_person(job: Job) -> Iterator[Finding]:
    """A command that needs a terminal, a password or a passphrase: cron has none to give."""
    for pattern, what in _INTERACTIVE:
        found = pattern.search(without_quotes(job.raw))
        if found:
            severity: Severity = NOTE if what.startswith("may") else WARNING
            message = f"`{found.group().strip(' ;&|').split()[0]}` {what}, and under cron there is nobody to answer"
            yield _finding(job, "needs-a-person", severity, found.start(), message)
            return
    duplicity = _DUPLICITY.search(job.raw)
    if duplicity and not _NO_KEY_NEEDED.search(duplicity[1]) and not _has_passphrase(job):
        message = (
            "duplicity encrypts and asks for a passphrase, and under cron there is nobody to answer: "
            "set PASSPHRASE, or use --no-encryption"
        )
        yield _finding(job, "needs-a-person", WARNING, duplicity.start(), message)


def _has_passphrase(job: Job) -> bool:
    return "PASSPHRASE" in job.raw or any(setting.name == "PASSPHRASE" for setting in job.above)


def placeholder(job: Job) -> Iterator[Finding]:
    """`<user>` from a handout: the shell takes it for two redirections."""
    found = _PLACEHOLDER.search(without_quotes(job.raw))
    if found:
        message = f"`{found.group()}` was to be replaced by a name; the shell reads `<` and `>` as redirections"
        yield _finding(job, "placeholder", WARNING, found.start(), message)


def carriage_return(job: Job) -> Iterator[Finding]:
    """A Windows line end becomes the last character of the command."""
    if job.raw.endswith("\r"):
        message = "the line ends in a carriage return, which becomes the last character of the command"
        yield _finding(job, "carriage-return", WARNING, len(job.raw) - 1, message, job.text.rstrip("\r"))


def empty_command(job: Job) -> Iterator[Finding]:
    """A user and no command: cron takes it and runs nothing."""
    if not job.command.strip():
        yield _finding(job, "empty-command", WARNING, 0, "there is no command; cron starts a shell that does nothing")
