"""A restore document as what is typed: commands, whose prompt, what is typed into programs, what nobody can type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.submissions.procedure import steps_of
from labcheck.submissions.script import gap_of, orders_of
from tests.submissions.variations import REFERENCE

FENCE = "```"


def document(*lines: str) -> str:
    return "\n".join(["# Restore", "", FENCE, *lines, FENCE, ""])


def test_the_reference_is_read_with_lines_and_what_matters() -> None:
    orders = orders_of((REFERENCE / "backup_restore.md").read_text(), "backup")
    typed = [(order.line, order.matters) for order in orders if not order.left_out]
    assert typed == [(11, False), (12, True), (13, True), (17, False)]
    assert {order.left_out for order in orders if order.line > 20} == {"the lab has no influxdb"}
    assert orders[0].left_out == "the lab has what the playbook would install"


@pytest.mark.parametrize(
    ("lines", "users"),
    [
        (["duplicity restore rsync://u@h/mysql r"], ["backup"]),
        (["sudo mysql agama < r/agama.sql"], [""]),
        (["sudo su - backup", "ls", "exit", "sudo ls"], ["backup", ""]),
        (["su - frodo", "ls"], ["frodo"]),
        (["sudo -i", "ls"], ["root"]),
        (["sudo -u backup ls"], [""]),
        (["sudo -su backup", "ls"], ["backup"]),
        (["sudo -iu frodo", "ls"], ["frodo"]),
        (["sudo -u backup bash", "ls"], ["backup"]),
        (["sudo su", "ls"], ["root"]),
        (["# as user backup", "ls"], ["backup"]),
    ],
)
def test_each_command_is_typed_at_somebodys_prompt(lines: list[str], users: list[str]) -> None:
    orders = [one for one in orders_of(document(*lines), "backup") if not one.left_out]
    assert [one.user for one in orders] == users


@pytest.mark.parametrize(
    ("said", "user"),
    [
        ("On the server, as user `root`:", "root"), ("Use the frodo user for this:", "frodo"),
        ("From root user type:", "root"), ("Change to user root:", "root"), ("Upload it to backup server:", "backup"),
        ("With the MySQL user of the application:", "backup"), ("Switch to the **frodo** account:", "frodo"),
    ],
)  # fmt: skip
def test_prose_says_whose_prompt_it_is(said: str, user: str) -> None:
    assert [one.user for one in orders_of(f"# MySQL\n\n{said}\n\n    ls restore\n", "backup")] == [user]


@pytest.mark.parametrize(
    ("command", "user"),
    [
        ("sudo -u backup duplicity restore rsync://u@h/m r", "backup"),
        ("sudo runuser -u backup -- duplicity restore rsync://u@h/m r", "backup"),
        ("su - backup -c 'duplicity restore rsync://u@h/m r'", "backup"),
        ("sudo duplicity restore rsync://u@h/m r", "root"),
        ("duplicity restore rsync://u@h/m r", ""),
    ],
)
def test_a_command_may_say_itself_as_whom_it_runs(command: str, user: str) -> None:
    (step,) = steps_of(document(command), "backup")
    assert (step.user, len(step.fetches)) == (user, 1)


@pytest.mark.parametrize(
    "lines",
    [
        ["mysql agama < restore/agama.sql"],
        ["cat restore/agama.sql | mysql agama"],
        ["mysql agama -e 'source restore/agama.sql'"],
        ["mysql agama <<EOF", "source restore/agama.sql;", "EOF"],
        ["mysql agama", "mysql> SOURCE restore/agama.sql;"],
        ["mysql", "use agama;", "\\. restore/agama.sql"],
        ["cd restore", "mysql agama < agama.sql"],
        ["sudo bash -c 'mysql agama < /home/backup/restore/agama.sql'"],
    ],
)
def test_a_load_is_understood_however_it_is_typed(lines: list[str]) -> None:
    found = [place.path for step in steps_of(document(*lines), "backup") for place in step.loads]
    assert found == ["/home/backup/restore/agama.sql"]


def test_what_the_lab_does_not_have_is_left_out_down_to_the_next_heading_of_its_level() -> None:
    text = "# MySQL\n\n    ls a\n\n# Loki\n\n## Steps\n\n    ls b\n    service loki stop\n\n# Check\n\n    ls c\n"
    found = [(one.text, one.left_out) for one in orders_of(text, "x")]
    assert found == [
        ("ls a", ""), ("ls b", "the lab has no loki"), ("service loki stop", "the lab has no loki"), ("ls c", ""),
    ]  # fmt: skip


def test_a_here_document_is_typed_as_it_stands() -> None:
    (order,) = orders_of(document("sudo mysql agama << 'SQL'", "SOURCE /r/agama.sql", "SQL"), "x")
    assert (order.text, order.given) == ("sudo mysql agama << 'SQL'\nSOURCE /r/agama.sql\nSQL", "")
    assert order.matters


def test_one_shell_is_told_from_the_next() -> None:
    orders = orders_of(document("sudo su - backup", "cd a", "exit", "sudo su - backup", "ls"), "x")
    assert [one.session for one in orders if one.text in ("cd a", "ls")] == [1, 2]


def test_sql_is_typed_into_the_client_that_was_started() -> None:
    orders = orders_of(
        document("sudo mysql", "mysql> USE agama;", "SOURCE /home/backup/restore/agama.sql;", "exit"), "x"
    )
    assert [(one.text, one.matters) for one in orders] == [("sudo mysql", True)]
    assert orders[0].given == "USE agama;\nSOURCE /home/backup/restore/agama.sql;\nexit\n"


def test_a_statement_goes_on_until_its_semicolon() -> None:
    orders = orders_of(document("mysql agama", "SELECT *", "FROM item;", "ls"), "x")
    assert [(one.text, one.given) for one in orders] == [("mysql agama", "SELECT *\nFROM item;\n"), ("ls", "")]


@pytest.mark.parametrize(
    ("command", "gap"),
    [
        ("mysql agama < agama-<date>.sql", "<date>"),
        ("duplicity restore rsync://<YOUR_USER>@backup.foo.bar/mysql r", "<YOUR_USER>"),
        ("duplicity restore rsync://your-user@backup.foo.bar/mysql r", "your-user"),
        ("duplicity restore -t YYYY-MM-DD rsync://u@h/mysql r", "YYYY-MM-DD"),
        ("duplicity restore rsync://{username}@h/mysql r", "{username}"),
        ("mysql agama < agama-$BACKUP_DATE.sql", "$BACKUP_DATE"),
        ("duplicity restore rsync://$USER@h/mysql ${HOME}/r", ""),
        ("mysql agama < restore/agama.sql", ""),
        ("cat <<< $(date +%F) > x", ""),
        ("awk '{print $NF}' x", ""),
    ],
)
def test_what_only_stands_for_something_cannot_be_typed(command: str, gap: str) -> None:
    assert gap_of(command) == gap


def test_a_variable_that_was_set_before_is_no_gap() -> None:
    orders = orders_of(document("export DAY=$(date +%F)", "mysql agama < agama-$DAY.sql"), "x")
    assert [one.gap for one in orders] == ["", ""]


@given(st.text(alphabet=st.sampled_from("ab <>$`~#-_\n\t\\'\";|&/:@.\x00\x1bé") | st.characters(), max_size=300))
def test_any_document_can_be_read(text: str) -> None:
    lines = len(text.splitlines())
    assert all(1 <= order.line <= lines and order.text for order in orders_of(text, "backup"))


PIECES = st.sampled_from(
    ["sudo su - backup", "exit", "mysql", "SELECT 1;", "mysql> USE agama;", "# MySQL", FENCE, "", "cd /tmp", "ls \\",
     "duplicity restore rsync://u@h/m r", "As user `root`:", "sudo mysql agama < r/agama.sql", "ssh u@h", "<date>"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25))
def test_commands_come_in_order_and_once(lines: list[str]) -> None:
    numbers = [order.line for order in orders_of("\n".join(lines), "backup")]
    assert numbers == sorted(set(numbers))
