"""A small lab for tests of whole classes, and a way to run the command line with it in a process of its own."""

import sys
from collections.abc import Sequence
from pathlib import Path

from labcheck.cli import run
from labcheck.errors import CheckFailed
from labcheck.hosts import Site
from labcheck.labs import LABS
from labcheck.model import Lab, Result
from labcheck.reports.json import read
from tests.hosts.ssh_server import LoopbackServer

TRIAL: Lab[Site] = Lab("backup-tools", "Trial")


@TRIAL.check("1.1", points=2)
def answer_is_there(site: Site) -> None:
    """answer.txt is there"""
    if not site.db.test("test", "-f", "answer.txt"):
        raise CheckFailed("no file `answer.txt`", "Write it: echo 42 > answer.txt")


@TRIAL.check("1.2", points=4, needs=[answer_is_there])
def answer_is_right(site: Site) -> None:
    """answer.txt says 42"""
    said = site.db.output("cat", "answer.txt").strip()
    if said != "42":
        raise CheckFailed(f"`{said}`", "Look at it: cat answer.txt", credit=0.5)


@TRIAL.check("2.1", bonus=True)
def extra_is_there(site: Site) -> None:
    """extra.txt is there, too"""
    site.db.run("sleep", "0.05")
    if not site.db.test("test", "-f", "extra.txt"):
        raise CheckFailed("no file `extra.txt`")


def roster(path: Path, students: dict[str, LoopbackServer]) -> Path:
    """Write a roster of students, each with a server."""
    lines = [
        f"  {name}: {{identity: {server.home}/key, known_hosts: {server.home}/known_hosts,"
        f" hosts: {{db: {{address: 127.0.0.1, port: {server.port}}}}}}}\n"
        for name, server in students.items()
    ]
    path.write_text("students:\n" + "".join(lines))
    return path


def told(results: Path) -> list[tuple[str, str, float, float, list[tuple[str, str]]]]:
    """Return what results say of each student that no clock changes."""
    return [
        (g.student, g.state, g.points, g.points_possible, [(r.name, r.status) for r in g.results])
        for g in read(results / "results.json").grades
    ]


def statuses(results: Sequence[Result]) -> list[str]:
    """Return how checks ended."""
    return [result.status for result in results]


if __name__ == "__main__":
    LABS["backup-tools"] = TRIAL
    sys.exit(run(sys.argv[1:]))
