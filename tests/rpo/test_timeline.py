"""What a store holds: torn files, ties, instants that pass."""

from labcheck.rpo.timeline import EMPTY, TORN, Effect, Run, timelines


def dump(*starts: int, duration: int = 0) -> Run:
    return Run(0, "dump", Effect.DUMP, None, "local", starts, duration)


def upload(*starts: int, effect: Effect = Effect.REPLACE) -> Run:
    return Run(1, "upload", effect, "local", "server", starts, 1)


def test_a_file_holds_nothing_usable_while_it_is_written() -> None:
    line = timelines([dump(10, 20, duration=5)], unlucky=False)["local"]
    assert [line.at(instant) for instant in (9, 10, 14, 15, 20, 25)] == [EMPTY, TORN, TORN, 10, TORN, 20]


def test_a_torn_upload_replaces_the_good_file_but_not_older_versions() -> None:
    runs = [dump(10, 20, duration=5), upload(16, 22)]
    assert timelines(runs, unlucky=False)["server"].at(30) == TORN
    runs[1] = upload(16, 22, effect=Effect.ADD)
    assert timelines(runs, unlucky=False)["server"].at(30) == 10
    runs[1] = upload(16, 22, effect=Effect.ROTATE)
    assert timelines(runs, unlucky=False)["server"].at(30) == 10


def test_a_tie_is_decided_both_ways() -> None:
    runs = [dump(10, 20), upload(12, 20)]
    assert timelines(runs, unlucky=False)["server"].at(30) == 20
    assert timelines(runs, unlucky=True)["server"].at(30) == 10


def test_a_version_that_is_there_for_an_instant_can_be_read() -> None:
    runs = [dump(10, 15, duration=5), upload(15)]
    assert timelines(runs, unlucky=False)["server"].at(30) == 10
    assert timelines(runs, unlucky=True)["server"].at(30) == TORN
