"""What is installed by pip and by conda is the same."""

import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
CONDA_NAMES = {"playwright-python": "playwright", "python-tzdata": "tzdata"}


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]  # type: ignore[no-any-return]


def conda_requirements() -> set[str]:
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    by_conda, by_pip = listed[:-1], listed[-1]["pip"]
    lines = {*by_conda, *by_pip} - {"pip", "--editable ."}
    return {CONDA_NAMES.get(name := line.partition(">=")[0], name) + line.removeprefix(name) for line in lines}


def pip_requirements() -> set[str]:
    described = project()
    extras = described["optional-dependencies"]
    assert isinstance(extras, dict)
    assert isinstance(described["dependencies"], list)
    return {f"python{described['requires-python']}", *described["dependencies"], *extras["dev"]}


def test_conda_and_pip_install_the_same() -> None:
    assert conda_requirements() == pip_requirements()


def test_every_dependency_has_a_floor_version() -> None:
    without_floor = {line for line in pip_requirements() if ">=" not in line}
    assert without_floor == set()
