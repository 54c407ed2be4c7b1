"""What the crontabs say about each kind of service: where its copies are, and where its dumps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from labcheck.rpo.answer import ServiceAnswer
from labcheck.rpo.commands.actions import Backup, Dump
from labcheck.rpo.commands.places import Place
from labcheck.submissions.backups import Backups


@dataclass(frozen=True)
class Known:
    """What the crontabs say about one kind of service.

    `targets` are where its copies are, `dumps` the files that are dumped, `sources` what is uploaded; `users` upload,
    `encryption` tells how.
    """

    kind: str
    targets: tuple[Place, ...] = ()
    dumps: tuple[Place, ...] = ()
    sources: tuple[Place, ...] = ()
    users: tuple[str, ...] = ()
    encryption: tuple[str, ...] = ()

    @property
    def uploads_files(self) -> bool:
        """Tell whether the very files of the dumps are uploaded, each by itself."""
        return bool(self.sources) and all(one in self.dumps for one in self.sources)

    @property
    def uploads_folders(self) -> bool:
        """Tell whether the directories of the dumps are uploaded."""
        inside = (any(dump.path.startswith(f"{one.path}/") for dump in self.dumps) for one in self.sources)
        return bool(self.sources) and all(inside)


def kinds_of(backups: Backups) -> Iterator[Known]:
    """Return what is known of each kind of service, several databases of a kind taken together."""
    kinds: dict[str, list[Known]] = {}
    for service in backups.answer.services if backups.answer else ():
        kinds.setdefault(backups.kind(service), []).append(_known(service, backups))
    for kind, several in kinds.items():
        if any(one.targets for one in several):
            yield _together(kind, several)


def _known(service: ServiceAnswer, backups: Backups) -> Known:
    links = backups.links(service)
    dumps = [link.step.action for link in links if isinstance(link.step.action, Dump)]
    sent = [link for link in links if link.crosses]
    uploads = [link.step.action for link in sent if isinstance(link.step.action, Backup)]
    return Known(
        backups.kind(service), tuple(link.target.place for link in sent),
        tuple(one.target for one in dumps if one.target), tuple(one.source for one in uploads),
        tuple(link.step.job.user for link in sent), tuple(one.encryption.state for one in uploads),
    )  # fmt: skip


def _together(kind: str, several: Sequence[Known]) -> Known:
    def united(name: str) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(value for one in several for value in getattr(one, name)))

    return Known(kind, united("targets"), united("dumps"), united("sources"), united("users"), united("encryption"))
