"""Twenty questions for pytest-testinfra."""

import pytest
from testinfra.host import Host


@pytest.mark.parametrize("number", range(1, 21))
def test_question(host: Host, number: int) -> None:
    assert host.check_output(f"cat answer-{number}") == str(number)
