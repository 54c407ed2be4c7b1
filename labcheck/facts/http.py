"""Facts about web pages, as a host sees them."""

import re
from dataclasses import dataclass

from labcheck.errors import UnreadableAnswer
from labcheck.hosts import Host

PAGE_LIMIT_BYTES = 1 << 20
# Nobody listens; it hung up without a word. A name that is not known or a time-out (6, 28) may be the network's fault.
NO_ANSWER = {7, 52}


@dataclass(frozen=True)
class Page:
    """A page: its HTTP status, 0 when the server did not answer, and its text."""

    status: int
    text: str = ""


def page(host: Host, url: str) -> Page:
    """Return a page as curl on a host gets it; raises `UnexpectedStatus` when that host could not ask."""
    words = ["curl", "--silent", "--max-time", "5", "--write-out", "\n%{http_code}", "--", url]
    answer = host.expect(*words, statuses={0, *NO_ANSWER}, limit_bytes=PAGE_LIMIT_BYTES)
    if answer.status != 0:
        return Page(0)
    return parse_page(answer.stdout)


def parse_page(text: str) -> Page:
    """Read a page with its status on a last line of its own; raises `UnreadableAnswer`."""
    content, _, status = text.rpartition("\n")
    if not re.fullmatch(r"[0-9]{3}", status):
        raise UnreadableAnswer(f"curl's last line is {status[:60]!r}, not an HTTP status")
    return Page(int(status), content)
