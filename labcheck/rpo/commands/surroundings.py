"""Where a command runs, as far as its line does not say it itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from labcheck.rpo.commands.places import Accounts


@dataclass(frozen=True)
class Surroundings:
    """Where a command runs: host, user, environment, the texts of scripts that it may call, by path, and accounts."""

    host: str
    user: str
    environment: Mapping[str, str] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)
    accounts: Accounts = field(default_factory=dict)
