"""Where a host of an Ansible inventory is and how to sign in there, out of its variables."""

from pathlib import Path
from typing import Final

from labcheck.grading import grammar
from labcheck.grading.inventory import Value, Variables
from labcheck.grading.marked_yaml import Mistake, shown
from labcheck.grading.roster import AGENT, DEFAULT_IDENTITY
from labcheck.hosts.address import Address

OLD_WORDS: Final = {
    "ansible_host": "ansible_ssh_host",
    "ansible_port": "ansible_ssh_port",
    "ansible_user": "ansible_ssh_user",
    "ansible_ssh_private_key_file": "ansible_private_key_file",
}
"""The other word for each. Where a host has both, Ansible takes the one with `ssh` in it."""
OVER_SSH: Final = {"ssh", "smart", "paramiko", "paramiko_ssh", "ansible.builtin.ssh", "ansible.builtin.paramiko_ssh"}
NOT_OBEYED: Final = {
    "ansible_ssh_common_args": "no jump host is used, and no other option of ssh",
    "ansible_ssh_extra_args": "no option of ssh is used",
    "ansible_ssh_args": "no option of ssh is used",
    "ansible_password": "no password is used",
    "ansible_ssh_pass": "no password is used",
    "ansible_become_password": "sudo has to do without a password",
    "ansible_become_pass": "sudo has to do without a password",
}
TRUE: Final = {"true", "yes", "1", "on", "y", "t"}
ENCRYPTED: Final = "$ANSIBLE_VAULT;"


class Signposts:
    """Makes addresses out of variables; `mistakes` and `ignored` (how many hosts say what is not obeyed) are noted.

    `root` is the folder that the instructor named: the host keys that are pinned are in a file there.
    """

    def __init__(self, root: Path, extra: Variables) -> None:
        self.mistakes: list[Mistake] = []
        self.ignored: dict[str, int] = {}
        self._root = root
        self._extra = extra
        self._lacks_a_key = False
        self._known: dict[str, tuple[Path, bool]] = {}

    def address(self, name: str, variables: Variables, where: Value) -> Address:
        """Return where a host is; what is wrong is noted, and something sound returned in its place."""
        connection = self.text(variables, "ansible_connection", "ssh")
        if connection not in OVER_SSH:
            self.note(
                variables["ansible_connection"],
                f"ansible_connection is {shown(connection)}: hosts are asked over SSH alone",
            )
        for word in NOT_OBEYED.keys() & variables.keys():
            self.ignored[word] = self.ignored.get(word, 0) + 1
        address = self.sound(variables, self._word(variables, "ansible_host"), name, grammar.wrong_address, where)
        port = self.sound(variables, self._word(variables, "ansible_port"), "22", grammar.wrong_port, where)
        user = self.sound(variables, self._word(variables, "ansible_user"), "", _wrong_user, where)
        key = self.sound(variables, "labcheck_host_key", "", _wrong_key, where)
        identity = self._identity(variables, where)
        return Address(
            address,
            int(port) if not grammar.wrong_port(port) else 22,
            None if identity == AGENT else where.file.absolute().parent / Path(identity).expanduser(),
            self._known_hosts(variables),
            user,
            self.text(variables, "ansible_become", "true" if user else "").lower() in TRUE,
            " ".join(key.split()[:2]),
        )

    def _word(self, variables: Variables, word: str) -> str:
        """Return by which of its two names something is said: by `-e`, or where both are, by the one with `ssh`."""
        both = sorted((word, OLD_WORDS[word]), key=lambda one: ("_ssh_" not in one, one))
        said = [one for one in both if one in self._extra] or [one for one in both if one in variables]
        return said[0] if said else word

    def _identity(self, variables: Variables, where: Value) -> str:
        usual = "ansible_ssh_private_key_file"
        word = self._word(variables, usual)
        identity = self.text(variables, word, DEFAULT_IDENTITY)
        if identity != AGENT and not (where.file.absolute().parent / Path(identity).expanduser()).is_file():
            named = variables.get(word)
            if named or not self._lacks_a_key:  # the usual one is missed once, not once a host
                missing = f"no file {shown(identity)} with our key"
                self.note(named or where, f"{missing}: -e {usual}=FILE (or agent, to ask your SSH agent)")
            self._lacks_a_key |= named is None
        return identity

    def _known_hosts(self, variables: Variables) -> Path:
        """Return the file of known hosts: new ones are written there, so no student's inventory may say which it is."""
        word = "labcheck_known_hosts"
        text = self.text(variables, word, "known_hosts")
        if text not in self._known:
            file = self._root / Path(text).expanduser()
            self._known[text] = file, file.resolve().is_relative_to(self._root.resolve())
        file, is_here = self._known[text]
        if not is_here and word not in self._extra:
            where = variables.get(word) or Value("", file, 1)
            self.note(where, f"the known hosts {shown(str(file))} are in another folder: -e {word}=FILE")
        return file

    def sound(self, variables: Variables, word: str, default: str, wrong_of: grammar.Rule, where: Value) -> str:
        """Return what a variable says, or the default, with a mistake noted where it cannot be meant."""
        text = self.text(variables, word, default)
        if wrong := wrong_of(text):
            told = word if word in variables else "the host"
            self.note(variables.get(word, where), f"{told} {shown(text)}: {wrong}")
        return text

    def text(self, variables: Variables, word: str, default: str) -> str:
        """Return what a variable says as it stands; a template, and what is encrypted, is a mistake."""
        value = variables.get(word)
        if value is None or not value.text:
            return default
        for begin, what in (
            ("{{", "is a template, and none is worked out here"),
            (ENCRYPTED, "is encrypted, and no vault is opened here"),
        ):
            if begin in value.text:
                self.note(value, f"{word} {what}; say it with -e {word}=…")
                return default
        return value.text

    def note(self, where: Value, what: str) -> None:
        """Note a mistake at its line."""
        self.mistakes.append(Mistake(where.file, where.line, what))

    def warnings(self) -> list[str]:
        """Return a line for each word that is not obeyed."""
        return [
            f"{word} is not obeyed ({count} host{'s'[: count != 1]}): {NOT_OBEYED[word]}"
            for word, count in sorted(self.ignored.items())
        ]


def _wrong_user(text: str) -> str:
    return grammar.wrong_account(text) if text else ""


def _wrong_key(text: str) -> str:
    return grammar.wrong_host_key(text) if text else ""
