"""What can go wrong: with a student's work (`CheckFailed`) and with ours (`LabcheckError`)."""


class CheckFailed(Exception):  # noqa: N818 - a verdict, read aloud as "check failed"
    """A check saw that the student's work is not right.

    `found` says what is so, with values in backticks; `hint` names one command or place to look next. `credit` is the
    part of the check's points, from 0 to 1, that is earned all the same.
    """

    def __init__(self, found: str, hint: str = "", *, credit: float = 0.0) -> None:
        super().__init__(found)
        self.found = found
        self.hint = hint
        self.credit = credit


class LabcheckError(Exception):
    """We could not do what was asked: one line of what happened, and what to type next.

    It never costs a student anything: a check that ends in it is an ERROR, not a FAIL.
    """

    def __init__(self, what: str, next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what}\n{self.next_step}" if self.next_step else self.what


class UsageError(LabcheckError):
    """The command line asked for something that does not exist or does not fit together."""


class HostUnreachable(LabcheckError):  # noqa: N818 - a state of the host
    """A host did not answer, refused us, or went away in the middle."""


class HostKeyChanged(HostUnreachable):
    """A host showed another key than the pinned one."""


class HostKeyUnknown(HostUnreachable):
    """A host showed a key, and nobody has said which one is right."""


class SignInRefused(HostUnreachable):
    """A host answered, and did not let us in with our key."""


class CommandTimedOut(LabcheckError):  # noqa: N818 - a state of the command
    """A host did not finish a command in the time that it was given."""


class UnexpectedStatus(LabcheckError):  # noqa: N818 - a state of the command
    """A command ended with a status that its caller has no meaning for."""


class UnreadableAnswer(LabcheckError):  # noqa: N818 - a state of the answer
    """A host's answer is not of the shape that its parser knows."""
