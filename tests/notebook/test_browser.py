"""JupyterLab and Agama in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from labcheck.practice.lab import PracticeLab
from tests.notebook.browser import OpenNotebook

pytestmark = [pytest.mark.lab, pytest.mark.browser]


def test_a_student_runs_a_notebook_and_answers_a_quiz(fresh_lab: PracticeLab, open_notebook: OpenNotebook) -> None:
    shown = open_notebook(name="00-the-lab.ipynb")
    page = shown.page
    assert page.locator(".jp-Dialog").count() == 0
    expect(page.get_by_text("The lab is up for elvis")).to_be_visible()

    report = page.locator(".labcheck-report").nth(1)  # the first is the progress
    expect(report).to_contain_text("user backup signs in to the backup server")
    expect(report.locator(".pass")).to_have_count(2)
    expect(page.get_by_text("8 of 8 points")).to_be_attached()

    quiz = page.locator(".widget-radio").first
    quiz.get_by_label("backup", exact=True).click()
    expect(page.get_by_text("Right. The word behind")).to_be_visible()
    quiz.get_by_label("This computer, where JupyterLab runs").click()
    expect(page.get_by_text("Not that. The first line sends")).to_be_visible()

    report.scroll_into_view_if_needed()
    shown.picture("notebook-00")


def test_agama_lists_adds_toggles_and_deletes(page: Page, fresh_lab: PracticeLab) -> None:
    page.goto(fresh_lab.app_url)
    expect(page.locator("tbody tr")).to_have_count(4)
    page.get_by_label("New item").fill("<b>Aragorn</b>")
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="<b>Aragorn</b>", exact=True)).to_be_visible()
    assert fresh_lab.agama().items()[-1] == (7, "<b>Aragorn</b>", 0)
    page.get_by_role("button", name="Toggle <b>Aragorn</b>").click()
    expect(page.locator("tbody tr").last).to_contain_text("done")
    assert fresh_lab.agama().items()[-1] == (7, "<b>Aragorn</b>", 1)
    page.get_by_role("button", name="Delete <b>Aragorn</b>").click()
    expect(page.locator("tbody tr")).to_have_count(4)


def test_agama_makes_a_table_of_its_own_when_it_is_gone(page: Page, fresh_lab: PracticeLab) -> None:
    with fresh_lab.connections() as connections:
        fresh_lab.site(connections).db.output("mysql", "-e", "DROP TABLE agama.item")
    page.goto(fresh_lab.app_url)
    expect(page.get_by_role("cell", name="Learn to make backups", exact=True)).to_be_visible()


def test_agama_says_when_its_database_is_away(page: Page, fresh_lab: PracticeLab) -> None:
    with fresh_lab.connections() as connections:
        root = fresh_lab.site(connections).db.as_user("root")
        root.output("s6-svc", "-wD", "-d", "/etc/s6/mysqld")
        response = page.goto(fresh_lab.app_url)
        assert response is not None
        assert response.status == 503
        expect(page.get_by_role("alert")).to_contain_text("The database does not answer")
