import pytest

from tests.fake_host import fake_host


def test_a_command_that_is_not_in_the_table_fails_the_test_by_name() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"db was asked `rm -rf '/x y'`"):
        fake_host("db", {}).run("rm", "-rf", "/x y")
