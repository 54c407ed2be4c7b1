"""Facts about web pages, as a host sees them."""

from dataclasses import dataclass

from labcheck.errors import UnreadableAnswer
from labcheck.hosts import Host

PAGE_LIMIT_BYTES = 1 << 20
CANNOT_CONNECT = {6, 7, 28, 52, 56}


@dataclass(frozen=True)
class Page:
    """A page: its HTTP status, 0 when the server did not answer, and its text."""

    status: int
    text: str = ""


def page(host: Host, url: str) -> Page:
    """Return a page as curl on a host gets it."""
    words = ["curl", "--silent", "--max-time", "5", "--write-out", "\n%{http_code}", "--", url]
    answer = host.expect(*words, statuses={0, *CANNOT_CONNECT}, limit_bytes=PAGE_LIMIT_BYTES)
    if answer.status != 0:
        return Page(0)
    return parse_page(answer.stdout)


def parse_page(text: str) -> Page:
    """Read a page with its status on a last line of its own; raises `UnreadableAnswer`."""
    content, _, status = text.rpartition("\n")
    if not status.isdigit():
        raise UnreadableAnswer(f"curl's last line is {status[:60]!r}, not an HTTP status")
    return Page(int(status), content)
