"""One JupyterLab for all browser tests, one Chromium for each module of them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from labcheck.notebook import server
from labcheck.practice.places import state_folder
from tests.conftest import PROJECT, skip_unless_required
from tests.notebook.browser import BROWSERS, Browser, OpenNotebook, ShownNotebook, pictures_folder


@pytest.fixture(scope="session")
def jupyterlab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[server.Server, Path]]:
    """A JupyterLab and its folder; it keeps its settings to itself, and its kernels find the tests' lab."""
    folder, own = tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("jupyter")
    state_folder().mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABCHECK_PROJECT", PROJECT)
        patch.setenv("JUPYTERLAB_WORKSPACES_DIR", str(own / "workspaces"))
        patch.setenv("JUPYTERLAB_SETTINGS_DIR", str(own / "settings"))
        started = server.start(folder)
    try:
        yield started, folder
    finally:
        started.stop()


@pytest.fixture(scope="module")
def browser(jupyterlab: tuple[server.Server, Path]) -> Iterator[Browser]:
    """A Chromium. Not for the whole run: while Playwright is there, its event loop is in everybody's way."""
    chromium = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if chromium is None:
        skip_unless_required("no Chromium on this machine")
    assert chromium
    with Browser(*jupyterlab, chromium).started() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty tab, for pages that are no notebooks."""
    yield browser.new_page()
    browser.close_all()


@pytest.fixture
def open_notebook(browser: Browser, tmp_path: Path) -> Iterator[OpenNotebook]:
    """A function that opens a notebook in the browser and runs it: see `tests/notebook/browser.py`."""
    pictures = pictures_folder(tmp_path)

    def open_(*cells: str, name: str = "", run: bool = True) -> ShownNotebook:
        shown = browser.show(cells, name, pictures)
        if run:
            shown.run()
        return shown

    yield open_
    browser.close_all()
