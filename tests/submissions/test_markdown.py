"""A document is read as people follow it: what is typed, what is prose, and where one ends and the other begins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.submissions.markdown import pieces_of


def commands(text: str) -> list[str]:
    return [one.text for one in pieces_of(text) if one.kind == "command"]


@pytest.mark.parametrize(
    "text",
    [
        "    mysql agama < a.sql",
        "```\nmysql agama < a.sql\n```",
        "```sh\n$ mysql agama < a.sql\n```",
        "```mysql agama < a.sql```  ",
        "```mysql agama < a.sql\n```",
        "```\nmysql agama < a.sql```",
        "`mysql agama < a.sql`",
        "* `mysql agama < a.sql`",
        "  1.  `mysql agama < a.sql`",
        "    * ```mysql agama < a.sql```",
        "1) mysql agama < a.sql",
        "2)mysql agama < a.sql",
        "    1. mysql agama < a.sql",
        "mysql agama < a.sql",
        "Load it: `mysql agama < a.sql`",
        "- Then, as root, run `mysql agama < a.sql` there.",
        "**Now type:\n```mysql agama < a.sql```**",
        "root@db:~# mysql agama < a.sql",
        "*As root:* **mysql agama < a.sql**",
        "    # mysql agama < a.sql",
        "To load it -> mysql agama < a.sql",
        "3. Load it: (as root) mysql agama < a.sql",
    ],
)
def test_a_command_is_found_however_it_is_set(text: str) -> None:
    assert commands(text) == ["mysql agama < a.sql"]


@pytest.mark.parametrize(
    "text",
    [
        "The file `backup-cron.j2` holds the schedule.",
        "A job with `mysqldump agama > a.sql` makes the dump.",
        "    Command to fetch it, typed on the host:",
        "        1. Sign in as backup:",
        "```\n# everything below as root\n```",
        "    # the newest one",
        "    ...",
        "mysql> SELECT 1;",
        "`SELECT * FROM agama.item`",
        "```bash\n```",
        "Services: mysql - the database",
        "The backup is **influxdb and mysql**",
        "Tools: mysql and rsync",
    ],
)
def test_prose_and_sql_are_no_commands(text: str) -> None:
    assert commands(text) == []


def test_headings_are_told_in_markdown_and_in_html() -> None:
    pieces = list(pieces_of("# MySQL\n##InfluxDB\n<h2>Grafana </h2>\n"))
    assert [(one.kind, one.text) for one in pieces] == [
        ("heading", "MySQL"), ("heading", "InfluxDB"), ("heading", "Grafana"),
    ]  # fmt: skip


def test_a_here_document_belongs_to_its_command() -> None:
    text = "1. Load:\n\n    mysql agama <<'SQL'\n    SOURCE a.sql;\n    SQL\n    ls\n"
    found = [(one.number, one.text, one.last) for one in pieces_of(text) if one.kind == "command"]
    assert found == [(3, "mysql agama <<'SQL'\nSOURCE a.sql;\nSQL", 5), (6, "ls", 6)]


def test_a_here_document_without_its_end_takes_nothing_with_it() -> None:
    assert commands("```\nmysql agama <<EOF\nls\n```\n") == ["mysql agama <<EOF", "ls"]


def test_a_continued_line_is_one_command() -> None:
    assert commands("```\nduplicity restore \\\n  URL r\nls\n```\n") == ["duplicity restore  URL r", "ls"]


@given(st.text(alphabet=st.sampled_from("ab <>$`~#-*1.)\n\t\\'\"EOF") | st.characters(), max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    numbers = [one.number for one in pieces_of(text)]
    assert numbers == sorted(numbers)
    assert all(one.last >= one.number for one in pieces_of(text) if one.kind == "command")
