"""Whatever lies in a repository: a finding with its place, never a traceback, never a look outside of it."""

import mmap
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from labcheck.submissions.finding import Finding
from labcheck.submissions.judge import Judgement
from labcheck.submissions.settings import Settings
from labcheck.submissions.worker import MEMORY_BYTES, judged
from tests.submissions.variations import build, table

CRON = "roles/mysql/templates/backup-cron.j2"
SECRET = "a line that only a file outside holds"


def planted(judgement: Judgement, rule: str) -> Finding:
    return next(one for one in judgement.findings if one.rule == rule)


def test_an_empty_folder_is_no_repository(tmp_path: Path) -> None:
    found = judged(tmp_path, Settings())
    assert [one.rule for one in found.findings] == ["not-a-repository"]
    assert not found.is_repository


def test_a_folder_of_other_things_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / "essay.txt").write_text("Backups are good.")
    assert planted(judged(tmp_path, Settings()), "not-a-repository").place.file == "."


def test_a_packed_repository_is_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / "bomb.zip").write_bytes(b"PK\x03\x04" + b"\0" * 1000)
    assert planted(judged(tmp_path, Settings()), "packed").place.file == "bomb.zip"


def _member(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mode = kind, link, 0o777
    return member


TAR_SHAPES = {
    "a name that climbs": [_member("../../climbed", tarfile.REGTYPE)],
    "an absolute name": [_member("/tmp/labcheck-absolute", tarfile.REGTYPE)],
    "a link to a folder, and a file through it": [
        _member("out", tarfile.SYMTYPE, "../.."),
        _member("out/climbed", tarfile.REGTYPE),
    ],
    "a hard link to a file of the system": [_member("shadow", tarfile.LNKTYPE, "/etc/shadow")],
    "links that are too long to be resolved": [
        *(_member("/".join(["d" * 200] * deep), tarfile.DIRTYPE) for deep in range(1, 18)),
        _member("out", tarfile.SYMTYPE, "/".join(["d" * 200] * 17) + "/.." * 25),
        _member("out/climbed", tarfile.REGTYPE),
    ],
    "a device": [_member("disk", tarfile.BLKTYPE), _member("pipe", tarfile.FIFOTYPE)],
}


@pytest.mark.parametrize("shape", TAR_SHAPES)
def test_no_archive_is_unpacked_whatever_its_shape(shape: str, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "submission"
    folder.mkdir(parents=True)
    with tarfile.open(folder / "work.tar.gz", "w:gz") as archive:
        for member in TAR_SHAPES[shape]:
            archive.addfile(member)
    assert planted(judged(folder, Settings()), "packed").place.file == "work.tar.gz"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["work.tar.gz"]
    assert not Path("/tmp/labcheck-absolute").exists()


def test_a_link_out_of_the_tree_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text(f"11 22 * * * backup {SECRET}\n")
    folder = build({CRON: {"remove": True}}, tmp_path / "submission")
    (folder / CRON).symlink_to(outside)
    found = judged(folder, Settings())
    assert planted(found, "link-out-of-tree").place.file == CRON
    assert SECRET not in repr(found)


def test_a_link_to_a_folder_outside_is_not_followed(tmp_path: Path) -> None:
    folder = build({}, tmp_path / "submission")
    (folder / "roles/etc").symlink_to("/etc")
    found = judged(folder, Settings())
    assert planted(found, "link-out-of-tree").place.file == "roles/etc"


def test_an_include_cannot_reach_outside(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text(SECRET)
    folder = build(
        {CRON: {"append": "{% include '../outside' %}{% include '/etc/passwd' %}\n"}}, tmp_path / "submission"
    )
    found = judged(folder, Settings())
    assert planted(found, "broken-template").place.file == CRON
    assert "root:" not in repr(found)
    assert SECRET not in repr(found)


def test_a_file_of_a_gigabyte_is_told_and_not_read(tmp_path: Path) -> None:
    folder = build({}, tmp_path / "submission")
    with (folder / "backup_sla.md").open("wb") as file:
        file.truncate(1 << 30)
    found = judged(folder, Settings())
    assert planted(found, "too-large").place.file == "backup_sla.md"
    assert planted(found, "huge-file").place.file == "backup_sla.md"


def test_data_that_nobody_needs_is_only_noted(tmp_path: Path) -> None:
    folder = build({}, tmp_path / "submission")
    (folder / "dump.bin").touch()
    os.truncate(folder / "dump.bin", 1 << 30)
    found = judged(folder, Settings())
    assert {one.rule for one in found.findings if one.place.file == "dump.bin"} == {"huge-file"}


def test_a_file_that_is_too_large_is_not_called_missing(tmp_path: Path) -> None:
    folder = build({}, tmp_path / "submission")
    os.truncate(folder / CRON, 1 << 30)
    rules = {one.rule for one in judged(folder, Settings()).findings if one.severity != "note"}
    assert "too-large" in rules
    assert "source-missing" not in rules


@pytest.mark.parametrize(
    "text",
    ["sudo " * 50_000 + "ls", "`" * 200_000, "x -> " * 50_000, "mysql <<EOF\n" * 3_000, "\\\n".join(["ls"] * 20_000)],
    ids=["sudo", "ticks", "arrows", "here-documents", "continued"],
)
def test_a_hostile_document_is_judged(text: str, tmp_path: Path) -> None:
    folder = build({"backup_restore.md": {"write": f"# Restore\n\n    {text}\n"}}, tmp_path / "submission")
    assert planted(judged(folder, Settings()), "restore-no-commands").place.file == "backup_restore.md"


def test_what_the_grader_itself_holds_is_not_counted_against_a_submission(tmp_path: Path) -> None:
    with mmap.mmap(-1, MEMORY_BYTES):
        assert judged(build({}, tmp_path / "submission"), Settings()).is_repository


def test_a_pipe_does_not_hold_the_grader_up(tmp_path: Path) -> None:
    folder = build({"backup_sla.md": {"remove": True}}, tmp_path / "submission")
    os.mkfifo(folder / "backup_sla.md")
    assert planted(judged(folder, Settings()), "sla-missing")


def test_names_with_newlines_cannot_forge_a_line(tmp_path: Path) -> None:
    folder = build({}, tmp_path / "submission")
    (folder / "roles/mysql/files").mkdir()
    (folder / "roles/mysql/files/a\n::error::forged").write_text("1 2 * * * backup mysqldump agama > x\n")
    place = planted(judged(folder, Settings()), "dead-crontab").place
    assert "\n" not in str(place)
    assert "\\n" in str(place)


@pytest.mark.parametrize(("encoding", "line"), [("utf-16", 0), ("latin-1", 3)])
def test_another_encoding_is_told(encoding: str, line: int, tmp_path: Path) -> None:
    folder = build({}, tmp_path / "submission")
    text = (folder / "backup_sla.md").read_text().replace("# Backup SLA\n\n", "# Backup SLA\n\nFür alle.\n")
    (folder / "backup_sla.md").write_text(text, encoding=encoding)
    found = judged(folder, Settings())
    assert planted(found, "not-utf8").place.line == line
    assert {one.rule for one in found.findings} <= {"not-utf8", "habit"}


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ 'x' * 10 ** 9 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%0900000000d' % 1 }}",
        "{{ 'x' | center(2000000000) | length }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
        "{{ 1 / 0 }}",
        "{{ unclosed",
        "{% include 'missing.j2' %}",
    ],
)
def test_a_hostile_template_is_a_finding_at_its_place(template: str, tmp_path: Path) -> None:
    folder = build({CRON: {"append": f"{template}\n"}}, tmp_path / "submission")
    place = planted(judged(folder, Settings()), "broken-template").place
    assert place.file == CRON
    assert place.line in {0, 7}


def test_a_template_cannot_read_a_file_by_lookup(tmp_path: Path) -> None:
    folder = build(
        {CRON: {"append": "# {{ lookup('file', '/etc/passwd') }} {{ query('pipe', 'id') }}\n"}}, tmp_path / "it"
    )
    assert "root:" not in repr(judged(folder, Settings()))


def _deep(folder: Path) -> None:
    (folder / "group_vars/all.yml").write_text("x: " + "[" * 50_000)


def _aliases(folder: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]" for n in range(9)]
    (folder / "group_vars/all.yml").write_text("\n".join(lines))


def _tabs(folder: Path) -> None:
    (folder / "group_vars/all.yml").write_text("a:\n\tb: 1\n")


@pytest.mark.parametrize("spoil", [_deep, _aliases, _tabs])
def test_a_hostile_yaml_file_is_a_finding_at_its_place(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    folder = build({}, tmp_path / "submission")
    spoil(folder)
    assert planted(judged(folder, Settings()), "broken-yaml").place.file == "group_vars/all.yml"


def test_a_process_that_does_not_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labcheck.submissions.worker.WALL_SECONDS", -1)
    monkeypatch.setattr("labcheck.submissions.worker.POLL_SECONDS", 0)
    found = judged(build({}, tmp_path / "submission"), Settings())
    assert planted(found, "not-judged").found.startswith("it took more than")
    assert not found.is_repository


def test_roles_that_include_each_other_come_to_an_end(tmp_path: Path) -> None:
    again = "\n- include_role:\n    name: mysql\n- include_tasks: main.yaml\n"
    folder = build({"roles/mysql/tasks/main.yaml": {"append": again}}, tmp_path / "submission")
    assert judged(folder, Settings()).has_crontab


def test_every_planted_defect_survives_the_trip_through_the_process(tmp_path: Path) -> None:
    entry = table("defects")["a-day-promised"]
    found = planted(judged(build(entry["change"], tmp_path / "submission"), Settings()), "sla-rpo")
    assert (found.place.file, found.place.line) == ("backup_sla.md", 22)
    assert "24h 06m" in found.found
