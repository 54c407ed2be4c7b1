from labcheck.labs import LABS
from tests.fleet.members import members
from tests.fleet.page import PAGE, page


def test_the_page_of_checks_is_made_from_the_code_of_today() -> None:
    assert PAGE.read_text() == page(LABS["backup-tools"], members()), "run: make docs"


def test_every_check_that_a_host_of_the_fleet_must_fail_is_one_of_the_lab() -> None:
    lab = LABS["backup-tools"]
    known = {check.name for check in (*lab.checks, *lab.drills)}
    assert {name: sorted(one.fails - known) for one in members() if (name := one.name) and one.fails - known} == {}
