"""Sign-ins take turns, and questions wait for them, but not for ever."""

import threading
import time

import pytest

from labcheck.hosts.sign_in import Entrance

LONG = 30.0


def test_no_more_sign_in_at_once_than_may() -> None:
    entrance, inside, most = Entrance(2), set[int](), 0

    def sign_in(number: int) -> None:
        nonlocal most
        with entrance.signing_in():
            inside.add(number)
            most = max(most, len(inside))
            time.sleep(0.01)
            inside.remove(number)

    threads = [threading.Thread(target=sign_in, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, inside) == (2, set())


def test_a_question_waits_until_nobody_waits_to_sign_in() -> None:
    entrance, events, may_end = Entrance(1), list[str](), threading.Event()
    first_is_in, second_waits = threading.Event(), threading.Event()

    def first() -> None:
        with entrance.signing_in():
            first_is_in.set()
            may_end.wait(LONG)

    def second() -> None:
        second_waits.set()
        with entrance.signing_in():
            events.append("second is in")

    def question() -> None:
        entrance.let_others_in(LONG)
        events.append("asked")

    threads = [threading.Thread(target=one) for one in (first, second, question)]
    threads[0].start()
    assert first_is_in.wait(LONG)
    threads[1].start()
    assert second_waits.wait(LONG)
    time.sleep(0.05)
    threads[2].start()
    time.sleep(0.05)
    assert events == []
    may_end.set()
    for thread in threads:
        thread.join()
    assert set(events) == {"second is in", "asked"}


def test_hosts_that_never_let_anybody_in_do_not_keep_questions_for_ever() -> None:
    entrance, may_end, is_in = Entrance(1), threading.Event(), threading.Event()

    def sign_in() -> None:
        with entrance.signing_in():
            is_in.set()
            may_end.wait(LONG)

    threads = [threading.Thread(target=sign_in) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert is_in.wait(LONG)
    time.sleep(0.05)
    began = time.monotonic()
    entrance.let_others_in(0.1)
    assert 0.1 <= time.monotonic() - began < LONG / 2
    may_end.set()
    for thread in threads:
        thread.join()


def test_who_fails_to_sign_in_makes_room() -> None:
    entrance = Entrance(1)
    for _ in range(3):
        with pytest.raises(OSError, match="away"), entrance.signing_in():
            raise OSError("away")
    entrance.let_others_in(0)
