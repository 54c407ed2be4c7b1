"""Zones and moments as they are typed: `--zone Europe/Tallinn --from 2026-03-28 --until
2026-03-31T12:00Z`."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from labcheck.errors import UsageError


def zone_of(name: str | None) -> tzinfo | None:
    """The zone of a name, None for none. Raises `UsageError` for a name that the IANA database does not
    know."""
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(f"there is no time zone {name!a}: try one such as Europe/Tallinn or UTC") from error


def moment_of(text: str | None, zone: tzinfo | None, otherwise: datetime) -> datetime:
    """A moment in ISO 8601, in the zone (naive and in UTC if there is none); `otherwise` where nothing was
    typed."""
    try:
        moment = datetime.fromisoformat(text) if text is not None else otherwise
        if moment.tzinfo is None:
            return moment if zone is None else moment.replace(tzinfo=zone)
        return moment.astimezone(zone) if zone is not None else moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{text!a} is no moment: write it like 2026-12-31T23:59 or 2026-12-31T23:59Z") from error


def window(zone: tzinfo | None, since: str | None, until: str | None) -> tuple[datetime, datetime | None]:
    """Both ends as typed: `since` is now unless told, `until` may be open. Raises `UsageError` if they are
    reversed."""
    begin = moment_of(since, zone, datetime.now(UTC))
    if until is None:
        return begin, None
    end = moment_of(until, zone, begin)
    if end < begin:
        raise UsageError(f"--until {until} is earlier than --from {begin.isoformat(timespec='minutes')}")
    return begin, end
