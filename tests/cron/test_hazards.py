"""Hazards: each rule on a line that breaks it, and silence on lines that are fine."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.cron.accounts import only
from labcheck.cron.crontab import read_crontab
from labcheck.cron.hazards import FATAL, NOTE, WARNING, Finding, find_hazards

PEOPLE = only("root,backup")


def lint(text: str | bytes, name: str = "x", **options: object) -> list[Finding]:
    content = text if isinstance(text, bytes) else text.encode()
    return find_hazards(read_crontab(content, name, accounts=PEOPLE), **options)  # type: ignore[arg-type]


ONE_LINE = [
    ("0 22-6 * * * root /x", "reversed-range", FATAL, 3, "0 22-23,0-6 * * * root /x"),
    ("0 0 * * fri-mon root /x", "reversed-range", FATAL, 9, "0 0 * * 5-6,0-1 root /x"),
    ("5,50-10 * * * * root /x", "reversed-range", WARNING, 3, "5,50-59,0-10 * * * * root /x"),
    ("0 0 * * mon-sun root /x", "reversed-range", FATAL, 9, "0 0 * * * root /x"),
    ("5-5 * * * * root /x", "one-value-range", NOTE, 1, "5 * * * * root /x"),
    ("0 0 * * 1\u20135 root /x", "en-dash", WARNING, 10, "0 0 * * 1-5 root /x"),
    ("0 0 * * mon#1 root /x", "junk-tail", WARNING, 12, ""),
    ("0:30 * * * * root /x", "junk-tail", WARNING, 2, ""),
    ("1.5 * * * * root /x", "junk-tail", WARNING, 2, "1,5 * * * * root /x"),
    ("*5 * * * * root /x", "junk-tail", WARNING, 2, "*/5 * * * * root /x"),
    ("0 0 13 * 5 root /x", "both-day-fields", WARNING, 5, '0 0 13 * * root [ "$(date +\\%u)" = 5 ] && /x'),
    ("0 0 */2 * 1 root /x", "both-day-fields", WARNING, 5, ""),
    ("0 0 1-31 * 1 root /x", "both-day-fields", WARNING, 5, ""),
    ("*/7 * * * * root /x", "uneven-step", WARNING, 1, ""),
    ("0 */5 * * * root /x", "uneven-step", WARNING, 3, ""),
    ("0 0 */2 * * root /x", "uneven-step", NOTE, 5, ""),
    ("*/60 * * * * root /x", "step-past-range", WARNING, 1, "0 * * * * root /x"),
    ("0 10-12/5 * * * root /x", "step-past-range", WARNING, 3, "0 10 * * * root /x"),
    ("0 0 30 2 * root /x", "impossible-date", FATAL, 5, ""),
    ("0 0 30 2 1 root /x", "impossible-date", WARNING, 5, ""),
    ("0 0 31 * * root /x", "short-month", NOTE, 5, ""),
    (
        "0 0 * * * root tar czf /b-$(date +%F) /d",
        "unescaped-percent",
        WARNING,
        35,
        "0 0 * * * root tar czf /b-$(date +\\%F) /d",
    ),
    (
        "0 0 * * * root mysql agama%SELECT 1;",
        "unescaped-percent",
        WARNING,
        27,
        "0 0 * * * root mysql agama\\%SELECT 1;",
    ),
    (
        "0 0 * * * root [[ -f /x ]] && /y",
        "bash-syntax",
        WARNING,
        16,
        "SHELL=/bin/bash\n0 0 * * * root [[ -f /x ]] && /y",
    ),
    ("0 0 * * * root source /e; /y", "bash-syntax", WARNING, 16, "0 0 * * * root . /e; /y"),
    (
        "0 0 * * * root cp /a/{b,c} /d",
        "bash-syntax",
        WARNING,
        22,
        "SHELL=/bin/bash\n0 0 * * * root cp /a/{b,c} /d",
    ),
    ("0 0 * * * root /x &> /log", "ampersand-redirect", WARNING, 19, "0 0 * * * root /x > /log 2>&1"),
    ("0 0 * * * root /x >/dev/null 2>&1", "output-lost", NOTE, 19, ""),
    ("0 0 * * * root ./x.sh", "relative-path", NOTE, 16, "0 0 * * * root $HOME/x.sh"),
    ("0 0 * * * root /x > out.sql", "relative-path", NOTE, 21, "0 0 * * * root /x > $HOME/out.sql"),
    ("0 0 * * * root cp ~elvis/a /b", "tilde-user", WARNING, 19, ""),
    ("0 0 * * * root /x --to=~/a", "tilde", WARNING, 24, "0 0 * * * root /x --to=$HOME/a"),
    ('0 0 * * * root /x > "~/a"', "tilde", WARNING, 21, '0 0 * * * root /x > "$HOME/a"'),
    ("0 0 * * *  root  source /a", "bash-syntax", WARNING, 18, "0 0 * * *  root  . /a"),
    ("0 0 * * * root mysqldump -p agama", "needs-a-person", WARNING, 16, ""),
    ("0 0 * * * root duplicity full /a rsync://b/c", "needs-a-person", WARNING, 16, ""),
    ("0 0 * * * root vim /x", "needs-a-person", WARNING, 16, ""),
    ("0 0 * * * root /x <user>@host:", "placeholder", WARNING, 19, ""),
    ("0 0 * * * root /x\r", "carriage-return", WARNING, 18, "0 0 * * * root /x"),
    ("0 0 * * * root ", "empty-command", WARNING, 16, ""),
    ("0 3 * * * root /x", "clock-change", NOTE, 1, ""),
    ("MAILTO=", "empty-setting", FATAL, 1, 'MAILTO=""'),
    ("export A=b", "export", FATAL, 1, "A=b"),
    ('A="x" y', "unbalanced-quotes", FATAL, 1, ""),
    ("\ufeff0 0 * * * root /x", "byte-order-mark", FATAL, 1, "0 0 * * * root /x"),
    ("\r", "carriage-return", FATAL, 1, ""),
    ("0 0 0 * * * root /x", "six-fields", FATAL, 5, "0 0 * * * root /x"),
    ("0 0 12 * * ? root /x", "six-fields", FATAL, 12, "0 12 * * * root /x"),
    ("0 0 * * * /usr/bin/x", "missing-user", FATAL, 11, "0 0 * * * root /usr/bin/x"),
    ("0 0 * * * mysqldump agama", "missing-user", FATAL, 11, "0 0 * * * root mysqldump agama"),
    ("0 0 * * * backup", "missing-user", FATAL, 11, ""),
    ("0 0 * * * elvis /x", "unknown-user", FATAL, 11, ""),
    ("0 0 * * backup /x", "too-few-fields", FATAL, 9, ""),
    ("@Daily root /x", "unknown-keyword", FATAL, 1, "@daily root /x"),
    ("1/5 * * * * root /x", "step-without-range", FATAL, 1, "1-59/5 * * * * root /x"),
    ("0 24 * * * root /x", "value-out-of-range", FATAL, 3, "0 0 * * * root /x"),
    ("? * * * * root /x", "syntax", FATAL, 1, ""),
    ("0 0 ? * 1 root /x", "syntax", FATAL, 5, "0 0 * * 1 root /x"),
    ("0 0 * * Sunday root /x", "syntax", FATAL, 9, "0 0 * * sun root /x"),
    ("0 0 * sept * root /x", "syntax", FATAL, 7, "0 0 * sep * root /x"),
    ("1, 2 * * * * root /x", "blank-in-list", FATAL, 1, "1,2 * * * * root /x"),
    ("30 0 0 * * * root /x", "six-fields", FATAL, 6, "0 0 * * * root /x"),
    ("0 0 1 1 * 2027 root /x", "six-fields", FATAL, 11, "0 0 1 1 * root /x"),
    ("0 0 0 1 1 ? 2027 root /x", "six-fields", FATAL, 5, "0 0 1 1 * root /x"),
    ("0 0 12 ? * MON-FRI root /x", "six-fields", FATAL, 8, "0 12 * * MON-FRI root /x"),
    ("0 0 * * * root ssh-add /k", "needs-a-person", WARNING, 16, ""),
    ("0 0 * * * root " + "x" * 999, "command-too-long", FATAL, 16, ""),
    ("<<<<<<< HEAD", "not-a-crontab-line", FATAL, 1, ""),
    ("PATH=$HOME/bin", "unexpanded-variable", WARNING, 6, ""),
    ("PATH=~/bin:/bin", "unexpanded-variable", WARNING, 6, ""),
    ("PATH=/bin # mine", "comment-in-value", WARNING, 10, "PATH=/bin"),
    ("CRON_TZ=UTC", "zone-setting", WARNING, 1, ""),
    ("MAILTO=a b", "unsafe-address", WARNING, 9, ""),
    ('MAILTO=""', "output-lost", NOTE, 1, ""),
    ("LOGNAME=root", "logname", WARNING, 1, ""),
    ("*/5 = x", "strange-name", WARNING, 1, ""),
    ("A=" + "x" * 999, "setting-cut", WARNING, 999, ""),
]


@pytest.mark.parametrize(("line", "rule", "severity", "column", "fix"), ONE_LINE, ids=[row[1] for row in ONE_LINE])
def test_a_line_that_breaks_a_rule(line: str, rule: str, severity: str, column: int, fix: str) -> None:
    found = next((finding for finding in lint(line + "\n") if finding.rule == rule), None)
    assert found is not None, [finding.rule for finding in lint(line + "\n")]
    assert (found.severity, found.line, found.column, found.fix) == (severity, 1, column, fix)
    assert found.message


@pytest.mark.parametrize(
    ("line", "fix"), [(row[0], row[4]) for row in ONE_LINE if row[4] and row[1] not in {"unescaped-percent"}]
)
def test_a_corrected_line_no_longer_breaks_its_rule(line: str, fix: str) -> None:
    before = {finding.rule for finding in lint(line + "\n")}
    after = {finding.rule for finding in lint(fix + "\n")}
    assert before - after
    assert not any(finding.severity == FATAL for finding in lint(fix + "\n"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment",
        "SHELL=/bin/bash\nPATH=/usr/local/bin:/usr/bin:/bin\nMAILTO=ops@example.org\n",
        "12 0 * * * backup /usr/local/bin/upload\n",
        "*/5 * * * * root test -x /usr/bin/x && /usr/bin/x -q\n",
        "11 0 * * * backup mysqldump agama > /home/backup/agama.sql\n"
        "12 0 * * 0 backup duplicity full --no-encryption /home/backup/agama.sql rsync://elvis@backup.foo.bar/mysql\n"
        "12 0 * * 1-6 backup duplicity incremental --no-encryption /home/backup/agama.sql rsync://elvis@b.foo.bar/mysql\n",
        "SHELL=/bin/bash\n0 5 * * * root [[ -f /x ]] && /y &> /log\n",
        "0 5 * * * root bash -c 'source /e; [[ -f /x ]]'\n",
        "0 5 * * * root date +\\%F >> /log\n",
        "17 * * * * root cd / && run-parts --report /etc/cron.hourly\n",
        "25 6 * * * root test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }\n",
        "0 0-23/2 * * 1-5 root awk '{print $1, $2}' /x\n",
        "30 5 1,15 * * root rsync -a /srv/ host.example.org:/srv/\n",
        "@reboot root /usr/bin/x\n",
    ],
)
def test_a_clean_crontab_has_no_findings(text: str) -> None:
    assert lint(text) == []


def test_the_last_line_needs_a_newline() -> None:
    found = lint("0 0 * * * root /x")
    assert [(finding.rule, finding.severity, finding.fix) for finding in found] == [
        ("no-final-newline", FATAL, "0 0 * * * root /x\n")
    ]


def test_a_name_with_a_dot_is_passed_over() -> None:
    found = lint("0 0 * * * root /x\n", "backup.sh")
    assert [(finding.rule, finding.severity, finding.line, finding.fix) for finding in found] == [
        ("file-name", FATAL, 0, "backup-sh")
    ]


def test_a_backslash_continues_nothing() -> None:
    found = {finding.rule: finding for finding in lint("0 0 * * * root /x \\\n  --all\n")}
    assert found["line-continuation"].fix == "0 0 * * * root /x --all"
    assert found["line-continuation"].severity == FATAL


def test_jobs_in_the_same_minute() -> None:
    found = lint("12 0 * * * root /a\n12 0 1 * * root /b\n12 0 * 2 1 root /c\n13 0 * * * root /d\n")
    assert [finding.line for finding in found if finding.rule == "same-minute"] == [2, 3]
    assert lint("12 0 * * 1 root /a\n12 0 * * 2 root /b\n") == []


def test_a_setting_below_all_jobs() -> None:
    assert [finding.rule for finding in lint("12 0 * * * root /a\nA=b\n")] == ["late-setting"]


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("30 3 * * *", "made up for at 04:00:01"),
        ("*/15 3 * * *", "left out by cron"),
        ("0,30 3 * * *", "2 runs in the skipped time"),
    ],
)
def test_the_hour_of_a_clock_change_in_a_zone(schedule: str, words: str) -> None:
    found = lint(f"{schedule} root /x\n", zone=ZoneInfo("Europe/Tallinn"), year=2026)
    assert words in next(finding.message for finding in found if finding.rule == "clock-change")


def test_a_zone_without_changes_has_no_such_hour() -> None:
    assert lint("30 3 * * * root /x\n", zone=ZoneInfo("UTC")) == []


def test_addresses_differ_between_releases() -> None:
    line = "MAILTO=a=b@example.org\n"
    assert [finding.rule for finding in lint(line, debian=11)] == ["unsafe-address"]
    assert lint(line, debian=12) == []


def test_ten_thousand_lines_are_answered() -> None:
    assert len(lint("12 0 * * * root /x\n" * 10_003)) == 10_002


def test_a_user_in_a_users_own_crontab_is_run_as_a_command() -> None:
    own = find_hazards(read_crontab(b"0 0 * * * root /x\n", "me", user="me"))
    assert [(found.rule, found.column, found.fix) for found in own] == [("user-in-own-crontab", 11, "0 0 * * * /x")]
    assert find_hazards(read_crontab(b"0 0 * * * /x root\n", "me", user="me")) == []


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("*0 * * * * root /x", "junk-tail"),
        ("0 0 * * 5\u20131 root /x", "en-dash"),
        ("0 9\u201399 * * * root /x", "en-dash"),
        ("0 0 30 2 1 root /x", "both-day-fields"),
        ("0 0 5-1 * 1 root /x", "both-day-fields"),
    ],
)
def test_no_correction_that_cron_refuses_or_never_runs(line: str, rule: str) -> None:
    assert [finding.fix for finding in lint(line + "\n") if finding.rule == rule] == [""]


@pytest.mark.parametrize("line", ["0 0 31-1 * * root /x", "\u00a0", "\u0085 * * * * root /x", "0 0 29-28 2 * root /x"])
def test_odd_lines_get_findings_and_no_traceback(line: str) -> None:
    assert find_hazards(read_crontab((line + "\n").encode("latin-1"), "x"))


@given(
    st.lists(st.sampled_from(["*", "0", "31-1", "*/0", "1,", "?", "\xa0", "\x85", "@", "root", "=", "%", '"', "/x"])),
    st.sampled_from([None, "me"]),
)
def test_no_line_breaks_a_rule_of_ours(words: list[str], user: str | None) -> None:
    line = " ".join(words).encode("latin-1") + b"\n"
    assert all(found.message for found in find_hazards(read_crontab(line, "x", user=user)))
