from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.errors import CommandTimedOut, HostUnreachable, LabcheckError
from labcheck.hosts import Answer, Question
from labcheck.hosts.transcript import Transcript, read, replay

SECONDS = st.floats(0, 60)
QUESTIONS = st.builds(Question, st.sampled_from(["db", "app"]), st.just("backup"), st.text(), SECONDS, st.integers(0))
ANSWERS = st.builds(Answer, st.integers(-1, 255), st.text(), st.text(), SECONDS, st.booleans())
ENTRIES = st.lists(st.tuples(QUESTIONS, ANSWERS), max_size=6)


def heard(entries: list[tuple[Question, Answer]]) -> Transcript:
    transcript = Transcript()
    answers = iter([answer for _, answer in entries])
    ask = transcript.listen(lambda _: next(answers))
    assert [ask(question) for question, _ in entries] == [answer for _, answer in entries]
    return transcript


@given(ENTRIES)
def test_what_was_written_is_read_back(entries: list[tuple[Question, Answer]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "transcript.jsonl"
        heard(entries).write(path)

        assert read(path.read_text().splitlines()) == entries
        assert [one.name for one in Path(folder).iterdir()] == [path.name]


@pytest.mark.parametrize("kind", [HostUnreachable, CommandTimedOut, LabcheckError])
def test_a_trouble_is_the_same_trouble_in_a_replay(kind: type[LabcheckError], tmp_path: Path) -> None:
    def in_trouble(_: Question) -> Answer:
        raise kind("what it was", "what to do")

    transcript, question = Transcript(), Question("db", "root", "id")
    with pytest.raises(kind):
        transcript.listen(in_trouble)(question)
    transcript.write(tmp_path / "transcript.jsonl")
    with pytest.raises(kind) as again:
        replay(read((tmp_path / "transcript.jsonl").read_text().splitlines()))(question)
    assert (type(again.value), again.value.what, again.value.next_step) == (kind, "what it was", "what to do")


def test_a_transcript_is_for_its_owner_alone(tmp_path: Path) -> None:
    Transcript().write(tmp_path / "transcript.jsonl")
    assert (tmp_path / "transcript.jsonl").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("line", ["", "{", "[]", '{"question": 1}', '{"question": {}, "answer": {}}', "null"])
def test_a_damaged_line_is_named(line: str) -> None:
    with pytest.raises(LabcheckError, match="line 1 of the transcript is damaged"):
        read([line])


@given(ENTRIES)
def test_a_replay_answers_each_question_as_it_was_answered_then(entries: list[tuple[Question, Answer]]) -> None:
    ask = replay(entries)
    assert [ask(question) for question, _ in entries] == [answer for _, answer in entries]


def test_a_question_that_was_not_asked_then_is_our_error() -> None:
    with pytest.raises(LabcheckError, match="no answer of db to `uptime`"):
        replay([(Question("db", "root", "id"), Answer(0))])(Question("db", "root", "uptime"))


def test_another_users_answer_is_not_taken() -> None:
    with pytest.raises(LabcheckError, match="no answer"):
        replay([(Question("db", "root", "id"), Answer(0))])(Question("db", "backup", "id"))
