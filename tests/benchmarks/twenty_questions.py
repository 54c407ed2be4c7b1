"""A lab of twenty checks, each with a question of its own, and a way to grade with it in a process of its own."""

from labcheck.cli import main
from labcheck.errors import CheckFailed
from labcheck.hosts import Site
from labcheck.labs import LABS
from labcheck.model import Lab

NUMBERS = range(1, 21)
QUESTIONS: Lab[Site] = Lab("backup-tools", "Twenty questions")


def _question(number: int) -> None:
    def answer_is_right(site: Site) -> None:
        """the file holds its number"""
        said = site.db.output("cat", f"answer-{number}").strip()
        if said != str(number):
            raise CheckFailed(f"`{said}`", f"Look at it: cat answer-{number}")

    answer_is_right.__name__ = f"answer_{number}_is_right"
    QUESTIONS.check(f"1.{number}")(answer_is_right)


for one in NUMBERS:
    _question(one)

if __name__ == "__main__":
    LABS["backup-tools"] = QUESTIONS
    main()
