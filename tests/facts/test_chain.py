"""The pure model of a chain; `test_duplicity.py` holds it against the real program."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.facts.chain import MOST_NAMED, Collection, backup_file, collection, stamp

FULL, FIRST, SECOND = "20261101T001200Z", "20261102T001200Z", "20261103T001200Z"


def full(end: str = FULL, volumes: int = 1, suffix: str = ".gz") -> list[str]:
    plain = suffix if suffix == ".gpg" else ""
    names = [f"duplicity-full.{end}.vol{number}.difftar{suffix}" for number in range(1, volumes + 1)]
    return [*names, f"duplicity-full.{end}.manifest{plain}", f"duplicity-full-signatures.{end}.sigtar{suffix}"]


def increment(start: str, end: str, suffix: str = ".gz") -> list[str]:
    plain = suffix if suffix == ".gpg" else ""
    times = f"{start}.to.{end}"
    return [
        f"duplicity-inc.{times}.vol1.difftar{suffix}",
        f"duplicity-inc.{times}.manifest{plain}",
        f"duplicity-new-signatures.{times}.sigtar{suffix}",
    ]


CHAIN = [*full(), *increment(FULL, FIRST), *increment(FIRST, SECOND)]


def chains_of(*names: str) -> list[list[str]]:
    return [[stamp(one.end) for one in chain.sets] for chain in holding(*names).chains]


def orphans_of(*names: str) -> list[str]:
    return [one.name for one in holding(*names).orphans]


def holding(*names: str) -> Collection:
    return collection(dict.fromkeys(names, 1))


@pytest.mark.parametrize(
    "name",
    [
        "agama.sql",
        "duplicity-full.20261101T001200Z.manifest.part",
        "duplicity-full-signatures.20261101T001200Z.sigtar.part",
        "duplicity-full.20261301T001200Z.manifest",
        "duplicity-full.20261101T001200Z.vol0.difftar.gz",
        "duplicity-full.20261101T001200Z.vol1.difftar.gz\n",
        "duplicity-full.\u0662\u0660\u0662\u06661101T001200Z.manifest",
        "duplicity-inc.20261101T001200Z.manifest",
        "xduplicity-full.20261101T001200Z.manifest",
    ],
)
def test_what_is_no_whole_file_of_duplicitys_is_passed_over(name: str) -> None:
    assert backup_file(name) is None


@given(st.text() | st.from_regex(r"duplicity-(full|inc|new-signatures)\.\d{8}T\d{6}Z\..*"))
def test_any_name_is_read_or_passed_over(name: str) -> None:
    file = backup_file(name)
    assert file is None or (file.name == name and file.end.tzinfo is UTC)


def test_a_full_and_its_increments_are_a_chain() -> None:
    assert chains_of(*reversed(CHAIN), "agama.sql") == [[FULL, FIRST, SECOND]]
    assert orphans_of(*CHAIN) == []


def test_a_second_full_begins_a_second_chain_and_the_older_comes_first() -> None:
    assert chains_of(*full(SECOND), *full(), *increment(FULL, FIRST)) == [[FULL, FIRST], [SECOND]]


def test_an_increment_without_the_set_that_it_stands_on_is_an_orphan() -> None:
    names = [*full(), *increment(FIRST, SECOND)]
    assert chains_of(*names) == [[FULL]]
    assert orphans_of(*names) == [f"duplicity-inc.{FIRST}.to.{SECOND}"]


def test_signatures_alone_are_no_backup() -> None:
    names = [name for name in CHAIN if not name.startswith("duplicity-inc")]
    assert chains_of(*names) == [[FULL]]
    assert len(orphans_of(*names)) == 2


def test_of_two_increments_on_the_same_set_the_later_counts() -> None:
    names = [*full(), *increment(FULL, FIRST), *increment(FULL, SECOND)]
    assert chains_of(*names) == [[FULL, SECOND]]
    assert orphans_of(*names) == [f"duplicity-inc.{FULL}.to.{FIRST}"]


@pytest.mark.parametrize("suffix", [".gz", ".gpg", ""])
def test_what_a_set_lacks_is_told_by_the_name_that_it_would_have(suffix: str) -> None:
    names = full(volumes=3, suffix=suffix)
    for gone in names[:2] + names[3:]:
        (one,) = holding(*(name for name in names if name != gone)).sets
        assert one.missing() == (gone,)
        assert one.encrypted is (suffix == ".gpg")
    (whole,) = holding(*names).sets
    assert whole.missing() == ()


def test_only_a_manifest_tells_that_the_last_volume_is_missing() -> None:
    names = full(volumes=2)
    (one,) = holding(*names[:1], *names[2:]).sets
    assert one.missing() == ()
    assert one.missing([1, 2]) == (names[1],)


def test_a_set_without_any_volume_lacks_the_first() -> None:
    (one,) = holding(*full()[1:]).sets
    assert one.missing() == (f"duplicity-full.{FULL}.vol1.difftar.gz",)


def test_a_lost_volume_costs_its_own_point_and_all_after_it() -> None:
    chain = holding(*CHAIN)
    assert [stamp(one.end) for one in chain.points_after_losing({CHAIN[3]})] == [FULL]
    assert chain.points_after_losing({CHAIN[0]}) == ()


def test_without_any_signatures_every_point_is_left() -> None:
    signatures = {name for name in CHAIN if "signatures" in name}
    assert len(holding(*CHAIN).points_after_losing(signatures)) == 3


@pytest.mark.parametrize(("lost", "left"), [(CHAIN[2], 3), (CHAIN[5], 3), (CHAIN[8], 2)])
def test_lost_signatures_cost_the_newest_increment_only_when_they_are_its_own(lost: str, left: int) -> None:
    assert len(holding(*CHAIN).points_after_losing({lost})) == left


def test_an_increment_of_an_older_chain_needs_no_signatures() -> None:
    assert len(holding(*CHAIN, *full("20261108T001200Z")).points_after_losing({CHAIN[8]})) == 4


@st.composite
def chains(draw: st.DrawFn) -> list[str]:
    """The files of a chain: a full of some volumes and up to ten increments."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    gaps = draw(st.lists(st.integers(1, 10**6), max_size=10))
    moments = [begin]
    for gap in gaps:
        moments.append(moments[-1] + timedelta(seconds=gap))
    stamps = [stamp(moment) for moment in moments]
    names = full(stamps[0], draw(st.integers(1, 4)))
    for start, end in pairwise(stamps):
        names += increment(start, end)
    return names


@given(chains(), st.data())
def test_what_is_left_is_a_beginning_of_the_chain_that_needs_no_lost_file(
    names: list[str], data: st.DataObject
) -> None:
    chain, lost = holding(*names), data.draw(st.sets(st.sampled_from(names)))
    left = chain.points_after_losing(lost)
    assert chain.sets[: len(left)] == left
    assert not {file.name for one in left for file in one.files if file.kind != "signatures"} & lost
    assert chain.points_after_losing(set()) == chain.sets


@given(chains(), st.data())
def test_losing_more_data_leaves_no_more(names: list[str], data: st.DataObject) -> None:
    chain, content = holding(*names), [name for name in names if "signatures" not in name]
    lost = data.draw(st.sets(st.sampled_from(content)))
    more = lost | data.draw(st.sets(st.sampled_from(content)))
    left, less = chain.points_after_losing(lost), chain.points_after_losing(more)
    assert left[: len(less)] == less


@given(chains(), st.randoms())
def test_the_order_of_files_does_not_matter(names: list[str], random: Random) -> None:
    shuffled = list(names)
    random.shuffle(shuffled)
    assert collection(dict.fromkeys(shuffled, 1)) == collection(dict.fromkeys(names, 1))


@given(chains(), st.data())
def test_every_set_of_duplicitys_is_in_a_chain_or_an_orphan(names: list[str], data: st.DataObject) -> None:
    left = [name for name in names if name not in data.draw(st.sets(st.sampled_from(names)))]
    found = collection(dict.fromkeys(left, 7))
    told = [file.name for one in (*found.sets, *found.orphans) for file in one.files]
    assert sorted(told) == sorted(left)
    assert found.sizes == dict.fromkeys(left, 7)


def test_files_that_claim_much_cost_little() -> None:
    """Whoever owns the directory makes such files with one `touch`."""
    began = time.process_time()
    claiming = holding(*(f"duplicity-full.20261123T0000{n:02}Z.vol999999.difftar.gz" for n in range(60)))
    assert all(len(one.missing()) == MOST_NAMED + 2 for one in claiming.sets)
    starts = (datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=n) for n in range(10_000))
    many = holding(*(f"duplicity-full.{stamp(start)}.vol1.difftar.gz" for start in starts))
    assert len(many.chains) == 10_000
    assert time.process_time() - began < 3  # 0.3 s
