"""What a script holds and never does: the branch behind `if false; then`, the loop of `while false; do`."""

from collections.abc import Sequence

from labcheck.rpo.commands.words import Operator, Token

NEVER = {"if": "false", "elif": "false", "while": "false", "until": "true"}
OPENS, CLOSES = ("if", "while", "until", "for", "case"), ("fi", "done", "esac")
BEFORE_A_COMMAND = ("then", "else", "do", "!", "{")


def end_of_dead(tokens: Sequence[Token], at: int) -> int:
    """Return where the dead branch ends that the keyword at this place begins, 0 where it begins none.

    There stands `else`, `elif`, `fi` or `done`.
    """
    texts = [_text(token) for token in tokens[at : at + 4]]
    if NEVER.get(texts[0]) != (texts[1:2] or [""])[0] or texts[2:3] not in ([";"], ["\n"]):
        return 0
    begin = at + 4 if texts[3:4] in (["then"], ["do"]) else 0
    depth = 0
    for place in range(begin, len(tokens) if begin else 0):
        text = _text(tokens[place]) if _begins_a_command(tokens[place - 1]) else ""
        if depth == 0 and text in ("else", "elif", *CLOSES):
            return place
        depth += (text in OPENS) - (text in CLOSES)
    return 0


def _begins_a_command(before: Token) -> bool:
    """Say whether a command stands behind this token, so that a word there may be a keyword."""
    if isinstance(before, Operator):
        return not before.redirects
    return before.is_bare and before.text() in BEFORE_A_COMMAND


def _text(token: Token) -> str:
    if isinstance(token, Operator):
        return token.text
    return token.text() if token.is_bare else ""
