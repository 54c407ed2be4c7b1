import pytest

from labcheck.errors import UnexpectedStatus, UnreadableAnswer
from labcheck.hosts import Answer, Host
from labcheck.notebook.rsync_bytes import CHANGES, Upload, measured, parse_uploads
from tests.fake_host import fake_site

SAID = """size 4788
sent 110 bytes  received 75 bytes  370.00 bytes/sec
size 4818
sent 840 bytes  received 75 bytes  1,830.00 bytes/sec
size 14964
sent 13,040 bytes  received 75 bytes  6,230.00 bytes/sec
"""


def test_each_change_has_its_size_and_the_bytes_sent() -> None:
    uploads = [Upload(CHANGES[0], 4788, 110), Upload(CHANGES[1], 4818, 840), Upload(CHANGES[2], 14964, 13040)]
    assert list(parse_uploads(SAID)) == uploads


@pytest.mark.parametrize("text", ["", "garbage\n", SAID + "size 1\n", SAID[:60], SAID.replace("sent", "gesendet")])
def test_other_output_is_our_error(text: str) -> None:
    with pytest.raises(UnreadableAnswer, match="the measurement printed"):
        list(parse_uploads(text))


def test_a_measurement_that_fails_is_told_without_its_script() -> None:
    def refuse(question: object) -> Answer:
        return Answer(1, stderr="warning\nERROR 1142 (42000): CREATE command denied\n")

    site = fake_site()
    refusing = type(site)(site.student, Host("db", "backup", refuse), site.backup, site.offsite, site.app)
    with pytest.raises(UnexpectedStatus) as error:
        measured(refusing)
    assert error.value.what == ("the measurement on db ended with status 1: ERROR 1142 (42000): CREATE command denied")
