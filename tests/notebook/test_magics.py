"""The magics in a real IPython, on the real lab."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.utils.capture import capture_output
from jupyter_client.manager import start_new_kernel

from labcheck.hosts import Host
from labcheck.notebook import load_ipython_extension
from labcheck.notebook.magics import CellFailed
from labcheck.practice import lifecycle
from labcheck.practice.lab import PracticeLab


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def run_cell(shell: InteractiveShell, cell: str) -> tuple[ExecutionResult, str]:
    load_ipython_extension(shell)
    with capture_output() as captured:
        result = shell.run_cell(cell)
    return result, str(captured.stdout) + "".join(output.data["text/plain"] for output in captured.outputs)


def complaint(result: ExecutionResult) -> str:
    assert isinstance(result.error_in_exec, CellFailed)
    return str(result.error_in_exec)


@pytest.mark.lab
def test_a_cell_runs_on_its_host_as_who_works_there(shell: InteractiveShell, fresh_lab: PracticeLab) -> None:
    assert run_cell(shell, "%%on backup\nhostname\nid -un")[1] == "backup\nelvis\n"
    assert run_cell(shell, "%%on db --user root\nid -un")[1] == "root\n"


@pytest.mark.lab
def test_tables_look_as_on_a_terminal(shell: InteractiveShell, fresh_lab: PracticeLab) -> None:
    assert "|  6 | Pippin  |     1 |" in run_cell(shell, "%%on db\nmysql -e 'SELECT * FROM agama.item'")[1]


@pytest.mark.lab
def test_a_failing_command_fails_the_cell_and_tells_its_status(shell: InteractiveShell, fresh_lab: PracticeLab) -> None:
    result, output = run_cell(shell, "%%on db\nexit 7")
    assert output.startswith("[exit status 7]\n")
    assert "exit status 7 on db" in complaint(result)


@pytest.mark.lab
def test_a_command_that_is_meant_to_fail_must_fail(shell: InteractiveShell, fresh_lab: PracticeLab) -> None:
    assert run_cell(shell, "%%on db --fails\ncat /nosuch")[0].success
    assert "meant to fail" in complaint(run_cell(shell, "%%on db --fails\ntrue")[0])


@pytest.mark.lab
def test_check_runs_the_checks_of_a_step(shell: InteractiveShell, fresh_lab: PracticeLab) -> None:
    assert "0.3  PASS" in run_cell(shell, "%check 0.3")[1]
    assert "The steps are 0.1" in complaint(run_cell(shell, "%check 9")[0])


@pytest.mark.lab
def test_a_check_asks_again_after_the_lab_was_put_back(shell: InteractiveShell, fresh_lab: PracticeLab) -> None:
    assert "0.4  PASS" in run_cell(shell, "%check 0.4")[1]
    lifecycle.reset(fresh_lab, print)
    assert "0.4  PASS" in run_cell(shell, "%check 0.4")[1]


@pytest.mark.lab
def test_the_blocks_that_are_drawn_as_sent_are_those_that_rsync_sends(
    shell: InteractiveShell, fresh_lab: PracticeLab
) -> None:
    account = f"{fresh_lab.student}@backup.foo.bar"
    with fresh_lab.connections() as connections:
        db = fresh_lab.site(connections).db
        db.output("sh", "-c", f"seq 5000 > n; rsync n {account}:; (echo new; seq 2500; echo x; seq 2501 4990) > n")
        told = run_cell(shell, "%rsync_blocks n")[1]
        literal = db.output("sh", "-c", f"rsync --stats n {account}: | sed -n 's/^Literal data: //p'").split()[0]
    assert f"; {literal} of 23,8" in told


@pytest.mark.lab
def test_a_file_that_is_not_on_both_hosts_cannot_be_drawn(shell: InteractiveShell, fresh_lab: PracticeLab) -> None:
    assert "No such file" in complaint(run_cell(shell, "%rsync_blocks nosuch")[0])
    assert "Name a file" in complaint(run_cell(shell, "%rsync_blocks")[0])


@pytest.mark.lab
def test_bytes_are_measured_in_the_lab_and_nothing_is_left_there(
    shell: InteractiveShell, fresh_lab: PracticeLab
) -> None:
    told = run_cell(shell, "%rsync_bytes")[1]
    assert re.search(r"Of a dump of 2\d\d,\d{3} bytes: no change: 1,\d{3} bytes sent; one new row: [12],\d{3} ", told)
    left = run_cell(shell, "%%on db\nls . /tmp/tmp.* || mysql -e 'SHOW TABLES IN agama'")[1]
    assert "item" in left
    assert "crowd" not in left + run_cell(shell, "%%on backup\nls")[1]
    assert "takes no words" in complaint(run_cell(shell, "%rsync_bytes now")[0])


@pytest.mark.lab
def test_a_wrong_host_is_told_with_the_right_ones(shell: InteractiveShell, fresh_lab: PracticeLab) -> None:
    for cell in ("%%on nosuch\ntrue", "%wait_for_cron nosuch"):
        assert "db, backup, offsite, app" in complaint(run_cell(shell, cell)[0])


@pytest.mark.lab
def test_where_nothing_is_due_there_is_no_wait_for_cron(shell: InteractiveShell, fresh_lab: PracticeLab) -> None:
    # Without the jobs of Debian itself, one of which is due in the 17th minute of each hour.
    run_cell(shell, "%%on backup --user root\n: > /etc/crontab\ntouch --date='10 minutes ago' /etc/cron.d /etc/crontab")
    assert "Nothing is due on backup" in run_cell(shell, "%wait_for_cron backup")[1]


def test_without_a_lab_each_magic_says_how_to_bring_it_up(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABCHECK_PROJECT", "labcheck-not-up")
    for cell in ("%lab", "%check 1.1", "%%on db\ntrue", "%rsync_blocks agama.sql", "%rsync_bytes", "%wait_for_cron"):
        assert complaint(run_cell(shell, cell)[0]) == "the lab is not up\nBring it up: labcheck lab up"


@pytest.mark.lab
def test_an_interrupted_cell_ends_what_it_started(fresh_lab: PracticeLab) -> None:
    manager, client = start_new_kernel(kernel_name="python3", extra_arguments=["--IPKernelApp.log_level=ERROR"])
    with fresh_lab.connections() as connections:
        db = Host("db", "backup", connections)
        try:
            client.execute_interactive("%load_ext labcheck.notebook", timeout=30)
            client.execute("%%on db\nsleep 4713")
            wait_until(lambda: db.test("pgrep", "-f", "sleep 4713$"))
            manager.interrupt_kernel()
            reply = client.get_shell_msg(timeout=10)
            assert "what the cell had started on db was ended" in reply["content"]["evalue"]
            wait_until(lambda: not db.test("pgrep", "-f", "sleep 4713$"))
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


@pytest.mark.lab
def test_what_a_cell_started_ends_when_its_kernel_dies(fresh_lab: PracticeLab) -> None:
    manager, client = start_new_kernel(kernel_name="python3", extra_arguments=["--IPKernelApp.log_level=ERROR"])
    with fresh_lab.connections() as connections:
        db = Host("db", "backup", connections)
        try:
            client.execute_interactive("%load_ext labcheck.notebook", timeout=30)
            client.execute("%%on db\nsleep 4714")
            wait_until(lambda: db.test("pgrep", "-f", "sleep 4714$"))
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
        wait_until(lambda: not db.test("pgrep", "-f", "sleep 4714$"))


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)
