"""The classroom that tests and benchmarks grade."""

from fixtures.classroom.classroom import net_of_our_own


def test_two_classrooms_at_once_have_each_a_net_of_their_own() -> None:
    with net_of_our_own() as one:
        with net_of_our_own() as other:
            assert other != one
        with net_of_our_own() as again:
            assert again == other
