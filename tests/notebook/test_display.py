import html
import re

import pytest

from labcheck.model import Grade, Result, Status
from labcheck.notebook.display import CheckReport, LabReport, Picture
from labcheck.reports.pages import with_code
from tests.reports.grades import GRADE

HOSTILE = """<script>alert(1)</script><img src=x onerror="x"> ' {{7*7}}"""


def test_a_text_is_no_html_but_for_code_in_backticks() -> None:
    assert with_code("<b>1 & `2 > 1`") == "&lt;b&gt;1 &amp; <code>2 &gt; 1</code>"


def test_what_a_host_said_is_text_and_never_html() -> None:
    result = Result("name", HOSTILE, HOSTILE, 1, Status.FAIL, HOSTILE, HOSTILE)
    shown = CheckReport(Grade("elvis", (result,)))._repr_html_()

    assert "<script" not in shown
    assert "<img" not in shown
    assert "{{7*7}}" in shown
    assert html.unescape(shown).count(HOSTILE) == 4


def test_a_report_has_a_row_for_each_result_with_its_status_in_words() -> None:
    shown = CheckReport(GRADE)._repr_html_()

    assert re.findall(r'class="status (\w+)"', shown) == ["pass", "fail", "skip", "error"]
    assert re.findall(r"</span> (\w+)</td>", shown) == ["pass", "fail", "skip", "error"]
    assert "<br>next: tail -1 agama.sql" in shown
    assert shown.count("<br>found ") == 3
    assert "1 of 6 points" in shown


def test_cells_begin_at_the_left_without_our_style_sheet() -> None:
    cells = re.findall(r"<t[dh]\b[^>]*", CheckReport(GRADE)._repr_html_())

    assert len(cells) == 3 * len(GRADE.results)
    assert all("text-align: left" in cell for cell in cells)


def test_a_report_is_plain_text_where_there_is_no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # as ipykernel has it
    text = repr(CheckReport(GRADE))

    assert text.startswith("Check · ")
    assert "1.2  FAIL    0/2  agama.sql is whole" in text
    assert "\x1b" not in text


def test_a_lab_is_told_as_a_link_and_as_text() -> None:
    lab = LabReport("elvis", "mysql", "http://127.0.0.1:8080")

    assert '<a href="http://127.0.0.1:8080"' in lab._repr_html_()
    assert repr(lab) == "The lab is up for elvis, with mysql. Agama: http://127.0.0.1:8080"


def test_a_labs_names_are_text_and_never_html() -> None:
    shown = LabReport(HOSTILE, HOSTILE, HOSTILE)._repr_html_()

    assert "<script" not in shown
    assert 'onerror="' not in shown


def test_a_picture_says_in_words_what_it_shows() -> None:
    picture = Picture(b"\x89PNG", HOSTILE)
    shown = picture._repr_html_()

    assert repr(picture) == HOSTILE
    assert "<script" not in shown
    assert html.unescape(shown).count(HOSTILE) == 2
    assert "data:image/png;base64,iVBORw==" in shown
