"""What radio buttons lack in JupyterLab: arrow keys, and room."""

from pathlib import Path

import anywidget

FOLDER = Path(__file__).parent


class ChoiceAids(anywidget.AnyWidget):
    """A part that is not seen: put into a widget of class `labcheck-choices`, it gives that widget's choices both.

    JupyterLab takes the arrow keys for itself, with which a choice among radio buttons is made.
    """

    _esm = FOLDER / "choices.js"
    _css = FOLDER / "choices.css"
