"""What rsync's rules leave out; every row was what rsync itself did."""

import shlex
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labcheck.practice.lab import PracticeLab
from labcheck.rpo.commands.filters import Filters, filters_of_rsync
from labcheck.rpo.commands.options import split
from labcheck.rpo.commands.transfers import RSYNC

FILES = ("agama.sql", "agama.sql.gz", "sub/agama.sql", "sub/deep/x.gz", "[x].sql")
PATTERNS = """
* ** *.sql *.gz /agama.sql /mysql mysql/ mysql /mysql/* sub/ sub sub/*** /mysql/*** sub/*.sql mysql/agama.sql
deep/** */ a?ama.sql agama.sql.* [ab]* *.[sg]* /* s*b x.gz /mysql/sub/** [!a]* **/x.gz su**gz
"""
RULES = st.builds(
    lambda form, lets_through, pattern: form(lets_through, pattern),
    st.sampled_from(
        [
            lambda through, pattern: [f"--{'include' if through else 'exclude'}={pattern}"],
            lambda through, pattern: ["--include" if through else "--exclude", pattern],
            lambda through, pattern: ["-f", f"{'+' if through else '-'} {pattern}"],
            lambda through, pattern: [f"--filter={'include' if through else 'exclude'} {pattern}"],
        ]
    ),
    st.booleans(),
    st.sampled_from(PATTERNS.split()),
)


def filters(*words: str) -> Filters:
    return filters_of_rsync(split([*words, "a", "b"], RSYNC))


@pytest.mark.parametrize(
    ("rules", "path", "by"),
    [
        ("", "agama.sql", ""),
        ("--exclude='*'", "agama.sql", "--exclude=*"),
        ("--exclude='*.sql' --exclude='*.gz'", "a.gz", "--exclude=*.gz"),
        ("--include='*.gz' --exclude='*'", "a.gz", ""),
        ("--include='*.gz' --exclude='*'", "mysql/a.gz", "--exclude=*"),
        ("--include='mysql/***' --exclude='*'", "mysql/a.gz", ""),
        ("--exclude=mysql", "mysql/a.gz", "--exclude=mysql"),
        ("--exclude=mysql/", "mysql", ""),
        ("--exclude=/a.gz", "mysql/a.gz", ""),
        ("--filter='- *.gz'", "mysql/a.gz", "--exclude=*.gz"),
        ("-f 'merge rules'", "mysql/a.gz", ""),
        ("--exclude=", "mysql/a.gz", ""),
    ],
)
def test_the_first_rule_that_matches_counts(rules: str, path: str, by: str) -> None:
    assert filters(*shlex.split(rules)).leaves_out(path) == by


@pytest.mark.lab
def test_rsync_agrees(lab: PracticeLab, tmp_path: Path) -> None:
    """One sign-in asks rsync about many rules."""
    cases: list[tuple[list[str], bool]] = []

    @settings(max_examples=150, database=None)
    @given(st.lists(RULES, min_size=1, max_size=3), st.booleans())
    def collect(rules: list[list[str]], contents_only: bool) -> None:
        cases.append(([word for rule in rules for word in rule], contents_only))

    collect()
    lines = ["cd $(mktemp -d)", "mkdir -p mysql/sub/deep", f"(cd mysql && touch {shlex.join(FILES)})"]
    for words, contents_only in cases:
        source = "mysql/" if contents_only else "mysql"
        lines.append(f"rsync -rn --out-format=%n {shlex.join(words)} {source} there/ | grep -v '/$'; echo =")
    with lab.connections() as connections:
        said = lab.site(connections).db.output("sh", "-c", "\n".join(lines))
    taken = [set(block.splitlines()) for block in said.split("=\n")[:-1]]
    for (words, contents_only), there in zip(cases, taken, strict=True):
        for file in FILES:
            path = file if contents_only else f"mysql/{file}"
            assert (path in there) is not bool(filters(*words).leaves_out(path)), (words, path)
