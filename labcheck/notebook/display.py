"""How the magics show things in a notebook: as HTML, and as text where there is no browser."""

import base64
import io
import re
from dataclasses import dataclass

from jinja2 import Environment, Template

from labcheck.model import Grade, Status
from labcheck.reports import console
from labcheck.reports.pages import with_code

SIGNS = {Status.PASS: "✔", Status.FAIL: "✘", Status.ERROR: "!", Status.SKIP: "·"}


ENVIRONMENT = Environment(autoescape=True)
ENVIRONMENT.filters["code"] = with_code


def template_of_table(html: str) -> Template:
    """Return a template whose cells say themselves that they begin at the left.

    JupyterLab takes style sheets out of a notebook that it does not trust, as one that somebody else has run, and puts
    what stands in cells to the right; what a cell says itself it leaves.
    """
    return ENVIRONMENT.from_string(re.sub(r"<(td|th)\b", r'<\1 style="text-align: left"', html))


REPORT_STYLE = """
<style>
.labcheck-report { border-collapse: collapse; margin: .3em 0; }
.labcheck-report th { padding: .25em .8em .25em 0; }
.labcheck-report td { padding: .25em .8em .25em 0; vertical-align: top; }
.labcheck-report .status { white-space: nowrap; font-weight: 600; }
.labcheck-report .pass { color: light-dark(#1a6b3c, #6fd598); }
.labcheck-report .fail { color: light-dark(#b3261e, #ff9d94); }
.labcheck-report .error { color: light-dark(#7b2d8b, #e3a6f0); }
.labcheck-report .skip { color: light-dark(#6b5900, #e0c860); }
.labcheck-report .open { font-weight: normal; }
[data-jp-theme-light="true"] .labcheck-report { color-scheme: light; }
[data-jp-theme-light="false"] .labcheck-report { color-scheme: dark; }
</style>
"""
RESULTS = template_of_table(
    REPORT_STYLE
    + """
<table class="labcheck-report">
{% for result in grade.results %}
<tr><td>{{ result.step }}</td>
<td class="status {{ result.status }}">
<span aria-hidden="true">{{ signs[result.status] }}</span> {{ result.status }}</td>
<td>{{ result.title }}
{% if result.found %}<br>found {{ result.found | code }}{% endif %}
{% if result.hint %}<br>next: {{ result.hint | code }}{% endif %}</td></tr>
{% endfor %}
</table>
<p class="labcheck-summary">{{ summary }}{% if standing %}<br>{{ standing }}{% endif %}</p>
"""
)
LAB = ENVIRONMENT.from_string("""
<p>The lab is up for <b>{{ lab.student }}</b>, with {{ lab.server }}.
Agama: <a href="{{ lab.app_url }}" target="_blank" rel="noopener"
style="text-decoration: underline">{{ lab.app_url }}</a></p>
""")
PICTURE = ENVIRONMENT.from_string("""
<figure style="margin: .3em 0">
<img alt="{{ told }}" src="data:image/png;base64,{{ data }}" style="max-width: 100%; border-radius: 4px">
<figcaption>{{ told }}</figcaption>
</figure>
""")


@dataclass(frozen=True)
class CheckReport:
    """The results of a step, and a sentence on the progress with them; Jupyter asks it for HTML or text."""

    grade: Grade
    standing: str = ""

    def _repr_html_(self) -> str:
        summary = console.summary(self.grade)
        return RESULTS.render(grade=self.grade, signs=SIGNS, summary=summary, standing=self.standing)

    def __repr__(self) -> str:
        text = io.StringIO()
        console.write_plain(self.grade, "Check", text)
        return text.getvalue() + self.standing


@dataclass(frozen=True)
class LabReport:
    """Whose lab is up, which server keeps its data, and where Agama is."""

    student: str
    server: str
    app_url: str

    def _repr_html_(self) -> str:
        return LAB.render(lab=self)

    def __repr__(self) -> str:
        return f"The lab is up for {self.student}, with {self.server}. Agama: {self.app_url}"


@dataclass(frozen=True)
class Picture:
    """A drawing as PNG, and the same told in a sentence, for those who do not see it."""

    png: bytes
    told: str

    def _repr_html_(self) -> str:
        return PICTURE.render(told=self.told, data=base64.b64encode(self.png).decode())

    def __repr__(self) -> str:
        return self.told
