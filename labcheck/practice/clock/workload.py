"""What the users of Agama do meanwhile: rows that they add, so that each version of the data differs."""

from dataclasses import dataclass

from labcheck.errors import UsageError
from labcheck.practice.clock.period import Period

DAY = 86400
MOST_A_DAY = 1000
_FIRST_NAMES = """
Bilbo Adelard Bandobras Celandine Daisy Drogo Esmeralda Fatty Gerontius Hamfast Isengrim Lotho Marigold
"""
FIRST_NAMES = _FIRST_NAMES.split()
FAMILIES = ("Baggins", "Took", "Brandybuck", "Gamgee", "Bolger", "Proudfoot", "Bracegirdle")


@dataclass(frozen=True)
class Addition:
    """A row that is added at an instant (seconds since 1970)."""

    instant: int
    value: str


def workload(period: Period, rows_a_day: int) -> list[Addition]:
    """Return the rows of a period, spread evenly over each day; one a day comes in the middle of it."""
    if not 0 <= rows_a_day <= MOST_A_DAY:
        raise UsageError(f"--workload {rows_a_day} rows a day", f"Between 0 (nothing changes) and {MOST_A_DAY}.")
    if rows_a_day == 0:
        return []
    step = DAY / rows_a_day
    count = int((period.seconds - step / 2) // step) + 1
    return [Addition(int(period.since + (number + 0.5) * step), hobbit(number)) for number in range(count)]


def hobbit(number: int) -> str:
    """Return a name: another one for each number."""
    first, family = FIRST_NAMES[number % len(FIRST_NAMES)], FAMILIES[number % len(FAMILIES)]
    turn = number // (len(FIRST_NAMES) * len(FAMILIES))
    return f"{first} {family}" + (f" {turn + 1}" if turn else "")
