"""Which submissions of a class are copies of each other: by the words and minutes that few others have.

Two submissions are compared by the runs of words in their crontabs and documents, each weighted by how rare it is
in the class: the words of a form that everybody fills in weigh next to nothing. Names of people, hosts and repositories
differ between honest copies, so words with a digit or an `@` in them count only in crontab times.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log

RUN = 4
COPY = 0.75
"""Share of the weighted runs that two have in common; independent solutions of one exercise stay below half."""
FEWEST = 12
"""Runs that a submission must have to be compared."""
WORD = re.compile(r"[A-Za-z]{2,}|\d{1,2}(?= )|\*")


@dataclass(frozen=True)
class Likeness:
    """Two submissions with much in common; `share` is 1 for the same runs of words."""

    one: str
    other: str
    share: float


def runs_of(texts: Sequence[str]) -> frozenset[str]:
    """Return the runs of words in some texts."""
    found: set[str] = set()
    for text in texts:
        words = WORD.findall(text.lower()[:100_000])
        found.update(" ".join(words[place : place + RUN]) for place in range(len(words) - RUN + 1))
    return frozenset(found)


def alike(runs: Mapping[str, frozenset[str]]) -> list[Likeness]:
    """Return the pairs of a class that are copies or near-copies, the nearest first."""
    known = {name: own for name, own in runs.items() if len(own) >= FEWEST}
    count = Counter(run for own in known.values() for run in own)
    weight = {run: log((len(known) + 1) / number) for run, number in count.items()}
    whole = {name: sum(weight[run] for run in own) for name, own in known.items()}
    found = []
    for one, other in combinations(sorted(known), 2):
        common = sum(weight[run] for run in known[one] & known[other])
        total = whole[one] + whole[other] - common
        if total and common / total >= COPY:
            found.append(Likeness(one, other, round(common / total, 2)))
    return sorted(found, key=lambda pair: (-pair.share, pair.one, pair.other))
