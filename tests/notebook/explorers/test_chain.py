import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect

from labcheck.errors import LabcheckError
from labcheck.facts.chain import Collection, collection
from labcheck.notebook.explorers.chain import MOST_SETS, ChainExplorer, Found
from labcheck.notebook.explorers.chain_words import carried_by, file_label, told_after_losing
from labcheck.practice.lab import PracticeLab
from tests.notebook.browser import OpenNotebook

STAMPS = [f"202611{day:02}T001200Z" for day in range(1, 29)]


def files(first: int, last: int) -> list[str]:
    """The files of a chain whose full backup is of one night and whose last increment of another."""
    names = [
        f"duplicity-full.{STAMPS[first]}.vol1.difftar.gz",
        f"duplicity-full.{STAMPS[first]}.manifest",
        f"duplicity-full-signatures.{STAMPS[first]}.sigtar.gz",
    ]
    for night in range(first + 1, last + 1):
        times = f"{STAMPS[night - 1]}.to.{STAMPS[night]}"
        names += [f"duplicity-inc.{times}.vol1.difftar.gz", f"duplicity-inc.{times}.manifest"]
        names.append(f"duplicity-new-signatures.{times}.sigtar.gz")
    return names


NAMES = files(0, 2)


def of(names: list[str]) -> Collection:
    return collection(dict.fromkeys(names, 868))


def explorer(names: list[str], bad: dict[str, str] | None = None) -> ChainExplorer:
    return ChainExplorer(lambda: (of(names), bad or {}))


def left(shown: ChainExplorer) -> Any:
    return shown.told["left"]


def test_nothing_lost_leaves_every_state() -> None:
    shown = explorer(NAMES)
    assert left(shown) == [True] * 3
    assert shown.told["sentence"] == "3 of 3 recovery points are left. The newest state can be restored."
    assert [[one["title"] for one in row] for row in shown.chains] == [["Full backup", "Increment", "Increment"]]


@pytest.mark.parametrize(
    ("lost", "expected", "told"),
    [
        (NAMES[3], [True, False, False], f"has to be asked for: --time {STAMPS[0]}"),
        (NAMES[1], [False] * 3, "0 of 3 recovery points are left. Nothing can be restored."),
        (NAMES[8], [True, True, False], f"gives back the one of {STAMPS[1]}, with a warning and status 0."),
        (NAMES[2], [True] * 3, "the next backup has to be a full one."),
    ],
    ids=["a volume in the middle", "the full's manifest", "the newest signatures", "the full's signatures"],
)
def test_losing_a_file_costs_what_duplicity_cannot_restore_without_it(
    lost: str, expected: list[bool], told: str
) -> None:
    shown = explorer(NAMES)
    shown.lost = [lost]
    assert left(shown) == expected
    assert str(shown.told["sentence"]).endswith(told)
    shown.lost = []
    assert left(shown) == [True] * 3


def test_what_is_damaged_already_counts_as_lost() -> None:
    missing = NAMES[3]
    shown = explorer([name for name in NAMES if name != missing], {missing: "missing"})
    assert left(shown) == [True, False, False]
    drawn: Any = shown.chains[0][1]["files"]
    told = {"label": "volume 1", "carries": "carries 2 states", "states": [1, 2], "bad": "missing"}
    assert {"name": missing, **told} in drawn


def test_a_lab_that_is_down_is_told_and_read_again_when_it_is_up() -> None:
    answers: list[Found | LabcheckError] = [LabcheckError("the lab is not up", "Bring it up: labcheck lab up")]
    answers.append((of(NAMES), {}))

    def read() -> Found:
        said = answers.pop(0)
        if isinstance(said, LabcheckError):
            raise said
        return said

    shown = ChainExplorer(read)
    assert shown.told["sentence"] == "the lab is not up. Bring it up: labcheck lab up"
    shown._handle_custom_msg({"pressed": "read"}, [])
    assert left(shown) == [True] * 3


def test_a_directory_without_a_chain_is_told() -> None:
    assert explorer([]).told == {"left": [], "sentence": "There is no chain yet: make a full backup."}


def test_more_than_two_months_of_nights_show_the_newest() -> None:
    names = [f"duplicity-full.{day[:4]}{month:02}{day[6:]}.manifest" for month in range(1, 5) for day in STAMPS]
    names += [name.replace(".manifest", ".vol1.difftar.gz") for name in names]
    shown = explorer(names)
    assert len(shown.chains) == MOST_SETS
    assert str(shown.chains[-1][0]["time"]).startswith("28 Apr")


@pytest.mark.parametrize(("name", "told"), [(NAMES[0], "3 states"), (NAMES[8], "1 state"), (NAMES[2], "no state")])
def test_a_file_carries_the_states_that_need_it(name: str, told: str) -> None:
    assert carried_by(name, of(NAMES)) == f"carries {told}"


def test_a_file_is_told_by_what_it_is() -> None:
    assert file_label(NAMES[0], 26_214_400) == "volume 1, 26,214,400 bytes"
    assert file_label(NAMES[2], None) == "signatures"


@given(st.sets(st.sampled_from(files(0, 5) + files(6, 9))))
def test_the_sentence_and_the_states_agree(lost: set[str]) -> None:
    found = of(files(0, 5) + files(6, 9))
    points = found.points_after_losing(lost)
    sentence = told_after_losing(found, lost)
    assert sentence.startswith(f"{len(points)} of 10 ")
    assert ("newest state can be restored" in sentence) is (found.sets[-1] in points)


def test_an_answer_takes_less_than_a_tenth_of_a_second() -> None:
    names = files(0, 27)
    shown, slowest = explorer(names), 0.0
    for count in range(1, 20):
        begun = time.process_time()
        shown.lost = names[-count:]
        slowest = max(slowest, time.process_time() - begun)
    assert slowest < 0.1


CELL = "from labcheck.notebook.explorers.chain import explore_chain\nexplore_chain()"
MAKE_CHAIN = """%load_ext labcheck.notebook"""
BACK_UP = """%%on db
rm -rf .cache/duplicity; echo 1 > agama.sql
ssh $STUDENT@backup.foo.bar rm -f 'duplicity*'
for state in 1 2 3; do
  echo $state >> agama.sql
  duplicity --no-encryption agama.sql rsync://$STUDENT@backup.foo.bar/. | grep Errors; sleep 1
done"""


@pytest.mark.lab
@pytest.mark.browser
def test_files_of_the_students_own_chain_are_lost_by_mouse_and_by_keyboard(
    open_notebook: OpenNotebook, fresh_lab: PracticeLab
) -> None:
    shown = open_notebook(MAKE_CHAIN, BACK_UP, CELL)
    page = shown.page
    expect(page.get_by_text("3 of 3 recovery points are left.")).to_be_visible()
    expect(page.locator(".labcheck-chain li")).to_have_count(3)
    volumes = page.get_by_role("button", name="Lose volume 1")
    volumes.nth(1).hover()
    expect(page.locator(".labcheck-chain li.carried")).to_have_count(2)
    volumes.nth(1).click()
    expect(page.get_by_text("1 of 3 recovery points is left.")).to_be_visible()
    expect(volumes.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("✘ state lost")).to_have_count(2)

    page.get_by_role("button", name="Give all files back").press("Enter")
    expect(page.get_by_text("3 of 3 recovery points are left.")).to_be_visible()
    volumes.nth(0).focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("Nothing can be restored.")).to_be_visible()
    expect(volumes.nth(0)).to_be_focused()
    expect(page.locator(".labcheck-chain li.carried")).to_have_count(3)
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("3 of 3 recovery points are left.")).to_be_visible()

    page.get_by_role("button", name="Lose signatures").last.click()
    expect(page.get_by_text("with a warning and status 0.")).to_be_visible()
    page.get_by_role("button", name="Give all files back").click()

    with fresh_lab.connections() as connections:
        fresh_lab.site(connections).backup.output("sh", "-c", "rm duplicity-inc.*.vol1.difftar.gz")
    page.get_by_role("button", name="Read the backup server again").click()
    expect(page.get_by_text("1 of 3 recovery points is left.")).to_be_visible()
    expect(volumes.nth(2)).to_be_disabled()
    for look in shown.looks():
        assert shown.barriers(".labcheck-chain") == "", look
        assert page.locator(".labcheck-chain").evaluate("one => one.scrollWidth <= one.clientWidth"), look
        shown.picture(f"chain-{look}")
