"""What other programs complain of, short enough to show."""

LAST_LINES = 12


def last_lines(text: str) -> str:
    """Return the last lines of a program's complaint, indented."""
    lines = [line for line in text.splitlines() if line.strip() and "CNI config" not in line]
    return "\n".join(f"    {line}" for line in lines[-LAST_LINES:])
