"""The measure itself: it sees what it should, and only there."""

import pytest

from tests.notebook.browser import OpenNotebook

pytestmark = pytest.mark.browser
PAGE = "from IPython.display import HTML\nHTML('<div class=ours>{}</div>')"


def test_what_cannot_be_read_or_has_no_name_is_told(open_notebook: OpenNotebook) -> None:
    shown = open_notebook(PAGE.format("<p style=color:#aaa>faint</p><input>"), PAGE.format("<p>clear</p>"))
    told = shown.barriers(".ours")
    assert "color-contrast" in told
    assert "Ensure every form element has a label" in told
    assert shown.barriers(".jp-Cell:nth-of-type(2) .ours") == ""
