"""Templates as Ansible renders them, with marks for what only a run can know."""

import pytest

from labcheck.submissions.document import Secret
from labcheck.submissions.lines import origins
from labcheck.submissions.templating import CannotRender, Sandbox

VARIABLES = {"user": "frodo", "url": "rsync://{{ user }}@{{ host }}/mysql", "secret": Secret("VAULT"), "host": "backup"}


def render(text: str) -> str:
    return Sandbox(lambda _: None).render(text, VARIABLES)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("a\n{% if user %}\nb\n{% endif %}\nc\n", "a\nb\nc\n"),
        ("a\n\n", "a\n\n"),
        ("a", "a"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("{{ url }}", "rsync://frodo@backup/mysql"),
        ("{{ secret }}", "VAULT"),
        ("{{ ansible_facts.eth0.ipv4 }}", "UNKNOWN-ansible_facts.eth0.ipv4"),
        ("{{ nothing | default('x') }}", "x"),
        ("{{ user | ipaddr('net') }}", "UNKNOWN-ipaddr"),
        ("{{ lookup('env', 'HOME') }}", "UNKNOWN-lookup"),
        ("{{ '/a/b' | basename }} {{ true | ternary('y', 'n') }} {{ 'a-b' | regex_replace('-', '_') }}", "b y a_b"),
    ],
)
def test_a_template_is_rendered_as_by_ansible(template: str, text: str) -> None:
    assert render(template) == text


def test_names_without_a_value_are_collected_unless_they_are_expected_to_be_missing() -> None:
    sandbox = Sandbox(lambda _: None)
    sandbox.render(
        "{{ a }}{{ b | default(1) }}{% set c = 1 %}{{ c }}{% if d is defined %}{{ d }}{% endif %}{{ user }}", VARIABLES
    )
    assert sandbox.missing == ("a",)


def test_variables_that_need_each_other_come_to_an_end() -> None:
    with pytest.raises(CannotRender, match="without end"):
        Sandbox(lambda _: None).render("{{ a }}", {"a": "{{ b }}", "b": "{{ a }}"})


def test_all_templates_together_have_a_limit_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labcheck.submissions.templating.SECONDS_IN_ALL", 0)
    with pytest.raises(CannotRender, match="used up the time"):
        render("a")


def test_a_mistake_has_its_line() -> None:
    with pytest.raises(CannotRender) as error:
        render("a\nb\n{{ 1 / 0 }}\n")
    assert error.value.line == 3


def test_a_rendered_line_knows_its_line_in_the_template() -> None:
    template = "# top\n{% for a in 'xy' %}\n{{ a }} 1 dump\nup {{ a }}\n{% endfor %}\nlast\n"
    assert [place.line for place in origins("t", template, render(template))] == [1, 3, 4, 3, 4, 6, 7]
