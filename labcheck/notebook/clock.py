"""A clock that runs in the notebook, from the moment when something broke until it was repaired."""

from pathlib import Path

import anywidget
import traitlets

HERE = Path(__file__).parent


class Clock(anywidget.AnyWidget):
    """Minutes and seconds since a moment (seconds since the epoch); `until` stops it, 0 lets it run."""

    _esm = HERE / "clock.js"
    _css = """
.labcheck-clock { font-size: 1.1em; display: flex; gap: .6em; align-items: baseline;
  color: var(--jp-ui-font-color1, inherit); }
.labcheck-clock [role="timer"] { font-size: 1.6em; font-variant-numeric: tabular-nums; font-weight: 600; }
"""
    since = traitlets.Float().tag(sync=True)
    until = traitlets.Float(0.0).tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)

    def __init__(self, label: str, since: float) -> None:
        super().__init__(label=label, since=since)
