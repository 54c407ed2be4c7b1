"""Which time is run through: `6w`, `--from` and `--until`, as instants; and how an instant is told."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from labcheck.errors import UsageError

MINUTE = 60
LONGEST = 10 * 366 * 86400
EARLIEST = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp())


@dataclass(frozen=True)
class Period:
    """From `since` on and before `until`, in seconds since 1970."""

    since: int
    until: int

    @property
    def seconds(self) -> int:
        """How long it is."""
        return self.until - self.since


def period_of(length: int | None, since: int | None, until: int | None, now: int) -> Period:
    """Return the period of a command line: a length in seconds and two instants, None for what was not typed.

    A length or a beginning is enough, two of the three decide it; it ends at the present unless told otherwise.
    Raises `UsageError`.
    """
    if length is not None and since is not None and until is not None:
        raise UsageError("a length, --from and --until are one too many", "Give two of them, or just 6w.")
    if length is not None and since is not None:
        return _possible(Period(since, since + length), now)
    end = now if until is None else until
    if since is not None:
        return _possible(Period(since, end), now)
    if length is None:
        raise UsageError("how long?", "Say it like 6w, 10d or 12h: labcheck lab fast-forward 6w")
    return _possible(Period(end - length, end), now)


def _possible(period: Period, now: int) -> Period:
    if period.until > now:
        raise UsageError(
            f"the period would end in the future: {told(period.until, UTC)} UTC",
            "Files from the future confuse every program that meets them. Choose a period that ends by now.",
        )
    if period.seconds <= 0:
        raise UsageError(
            f"the period would begin at its end or later: {told(period.since, UTC)} UTC",
            f"It ends {told(period.until, UTC)} UTC. Let it begin before that.",
        )
    if period.seconds < MINUTE:
        raise UsageError(f"{period.seconds} seconds: in less than a minute cron starts nothing", "Try 6w, 2d or 12h.")
    if period.seconds > LONGEST or period.since < EARLIEST:
        raise UsageError("the period is too long or too long ago", "Ten years at most, and none before 1990.")
    return period


def told(instant: float, zone: tzinfo) -> str:
    """Return an instant as people read it: `Sun 2026-10-11 00:12:01`."""
    return datetime.fromtimestamp(int(instant), zone).strftime("%a %Y-%m-%d %H:%M:%S")
