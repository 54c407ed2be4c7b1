"""JupyterLab in Chromium for tests: open a notebook, run it, look at it, measure how accessible it is.

An explorer's test, whole (the fixture `open_notebook` comes from `conftest.py`; ask for `fresh_lab` as well when
cells talk to hosts):

    @pytest.mark.browser
    def test_the_explorer_names_the_next_run(open_notebook: OpenNotebook) -> None:
        shown = open_notebook("from labcheck.notebook.explorers import schedule\\nschedule()")
        shown.page.get_by_label("minute").fill("5")
        expect(shown.page.get_by_text("5 minutes past every hour")).to_be_visible()
        for look in shown.looks():
            assert shown.barriers(".labcheck-schedule") == ""
            shown.picture(f"schedule-{look}")

Pictures go to the folder in `LABCHECK_SCREENSHOTS`, or to the test's own temporary folder: look at them.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import nbformat
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright

from labcheck.notebook.server import Server
from tests.conftest import NOTEBOOKS

Theme = Literal["light", "dark"]
THEMES: dict[Theme, str] = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
SWITCHES += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
WCAG_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
CELL_SECONDS = 90
KERNEL_SECONDS = 60
PATIENCE_SECONDS = 30
NUMBERS = count(1)


class OpenNotebook(Protocol):
    """What the fixture `open_notebook` is."""

    def __call__(self, *cells: str, name: str = "", run: bool = True) -> "ShownNotebook":
        """Open a notebook made of these code cells, or the course's notebook `name`, and run all of it."""


@dataclass(frozen=True)
class ShownNotebook:
    """A notebook in a browser's tab; `page` is Playwright's."""

    page: Page
    pictures: Path

    def run(self) -> None:
        """Run all cells and wait until the last has ended, or one has failed."""
        self.page.locator(".jp-Notebook").first.focus()
        self.choose("Run", "Run All Cells")
        self.wait()

    def wait(self) -> None:
        """Wait until no cell runs or waits to run."""
        begun = self.page.locator(".jp-InputPrompt").filter(has_text=re.compile(r"\[(\*|\d+)\]"))
        expect(begun.first).to_be_attached()
        expect(self.page.get_by_text("[*]:", exact=True)).to_have_count(0, timeout=CELL_SECONDS * 1000)

    def choose(self, menu: str, entry: str | re.Pattern[str]) -> None:
        """Choose an entry of JupyterLab's menu bar."""
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        self.page.locator(".lm-Menu-item").filter(has_text=entry).first.click()

    def look(self, theme: Theme, width: int, height: int = 900) -> None:
        """Show the notebook in this theme, in a window of this size."""
        if self.page.locator("body").get_attribute("data-jp-theme-name") != THEMES[theme]:
            self.page.set_viewport_size({"width": 1280, "height": 900})  # where the menus are
            self.choose("Settings", "Theme")
            self.page.locator(".lm-Menu-item").filter(has_text=THEMES[theme]).first.click()
            self.page.locator(f"body[data-jp-theme-name='{THEMES[theme]}']").wait_for(state="attached")
            expect(self.page.locator(".lm-Menu")).to_have_count(0)
        self.page.set_viewport_size({"width": width, "height": height})
        follows = "document.querySelector('.jp-Notebook').getBoundingClientRect().right <= innerWidth"
        self.page.wait_for_function(follows)
        self.page.wait_for_timeout(300)  # what is inside follows

    def looks(self, narrow: int = 480, height: int = 900) -> Iterator[str]:
        """Show it light and dark, in a wide and in a narrow window; give each look's name."""
        for theme in THEMES:
            for width in (1280, narrow):
                self.look(theme, width, height)
                yield f"{theme}-{width}"

    def barriers(self, selector: str) -> str:
        """Return what keeps somebody from using the elements of a CSS selector by WCAG AA, or an empty text.

        Contrast that axe cannot work out counts as a barrier: nobody has seen that it is enough.
        """
        # JupyterLab's body has no height of its own, and axe passes over what it takes to be cut off.
        self.page.add_style_tag(content="body { height: 100vh; width: 100vw; }")
        options = {"runOnly": {"type": "tag", "values": WCAG_AA}}
        found = Axe().run(self.page, context=selector, options=options)
        found.response["violations"] += list(filter(_hides_contrast, found.response["incomplete"]))
        return found.generate_report() if found.violations_count else ""

    def picture(self, name: str) -> Path:
        """Keep a screenshot of what is in the window, and return its file."""
        path = self.pictures / f"{name}.png"
        self.page.screenshot(path=path)
        return path


@dataclass
class Browser:
    """A Chromium that shows notebooks of one JupyterLab, whose folder is `folder`."""

    jupyterlab: Server
    folder: Path
    chromium: str
    pages: list[Page] = field(default_factory=list)

    @contextmanager
    def started(self) -> Iterator["Browser"]:
        """Have Chromium run inside this block."""
        with sync_playwright() as playwright:
            running = playwright.chromium.launch(executable_path=self.chromium, args=SWITCHES)
            self._context = running.new_context(viewport={"width": 1280, "height": 900})
            self._context.set_default_timeout(PATIENCE_SECONDS * 1000)
            expect.set_options(timeout=PATIENCE_SECONDS * 1000)
            yield self
            running.close()

    def new_page(self) -> Page:
        """Return an empty tab."""
        page = self._context.new_page()
        self.pages.append(page)
        return page

    def show(self, cells: tuple[str, ...], name: str, pictures: Path) -> ShownNotebook:
        """Open a notebook in a new tab, in the light theme."""
        if name:
            shutil.copy(NOTEBOOKS / name, self.folder)
        else:
            name = f"cells-{next(NUMBERS)}.ipynb"
            _write(self.folder / name, cells)
        self._set("@jupyterlab/apputils-extension:themes", {"theme": THEMES["light"]})
        page = self.new_page()
        page.goto(self.jupyterlab.url.replace("/lab?", f"/doc/tree/{name}?reset&"))
        page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        self._wait_for_kernel(page, name)
        page.locator(f"body[data-jp-theme-name='{THEMES['light']}']").wait_for(state="attached")
        return ShownNotebook(page, pictures)

    def close_all(self) -> None:
        """Close the tabs and end the kernels, so that the next test begins as the first did."""
        while self.pages:
            self.pages.pop().close()
        for session in self._ask("get", "/api/sessions"):
            self._ask("delete", f"/api/sessions/{session['id']}")

    def _wait_for_kernel(self, page: Page, name: str) -> None:
        """Wait until the page talks to its kernel; what it shows is "idle" before that, too."""
        deadline = time.monotonic() + KERNEL_SECONDS
        while not any(
            session["path"] == name and session["kernel"]["connections"]
            for session in self._ask("get", "/api/sessions")
        ):
            assert time.monotonic() < deadline, f"no kernel for {name}"
            page.wait_for_timeout(100)
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(state="attached")

    def _set(self, plugin: str, settings: dict[str, object]) -> None:
        self._ask("put", f"/lab/api/settings/{plugin}", {"raw": json.dumps(settings)})

    def _ask(self, verb: str, path: str, data: object = None) -> list[dict[str, Any]]:
        address = urlsplit(self.jupyterlab.url)
        headers = {"Authorization": f"token {address.query.removeprefix('token=')}"}
        answer = self._context.request.fetch(f"http://{address.netloc}{path}", method=verb, headers=headers, data=data)
        assert answer.ok, f"{verb} {path}: {answer.status} {answer.text()}"
        return answer.json() if verb == "get" else []


def _hides_contrast(rule: dict[str, Any]) -> bool:
    """Say whether axe could not work out a contrast, for another reason than that the text is one sign long."""
    reasons = {test["data"]["messageKey"] for node in rule["nodes"] for test in node["any"] if test["data"]}
    return rule["id"] == "color-contrast" and not reasons <= {"shortTextContent", "nonBmp"}


def _write(path: Path, cells: tuple[str, ...]) -> None:
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(notebook, path)


def pictures_folder(own: Path) -> Path:
    """Return where screenshots are kept: the folder that `LABCHECK_SCREENSHOTS` names, or the test's own."""
    folder = Path(os.environ.get("LABCHECK_SCREENSHOTS") or own)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
