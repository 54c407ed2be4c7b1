import contextlib
from pathlib import Path

import pytest

from labcheck.errors import LabcheckError
from labcheck.notebook import server


def test_two_servers_that_start_at_once_are_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "log_file", lambda: tmp_path / "jupyter.log")
    with contextlib.ExitStack() as stack:
        running = []
        for _ in range(2):
            running.append(server.start(tmp_path))
            stack.callback(running[-1].stop)
        assert running[0].url.split("?")[0] != running[1].url.split("?")[0]
    assert [one.process.poll() is not None for one in running] == [True, True]


def test_a_server_that_cannot_start_is_told_with_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "log_file", lambda: tmp_path / "jupyter.log")
    with pytest.raises(LabcheckError, match="JupyterLab did not start") as error:
        server.start(tmp_path / "nosuch")
    assert error.value.next_step == f"See why: tail {tmp_path / 'jupyter.log'}"
    assert "nosuch" in (tmp_path / "jupyter.log").read_text()
