"""What feeds what: joins by place, by intent, and what is wrong with them."""

from datetime import UTC, datetime

import pytest

from labcheck.errors import UsageError
from labcheck.rpo import Answer, CrontabFile, NoAnswer, Period, Question, answer
from labcheck.rpo.recovery import Recovery
from tests.rpo.demo_pipeline import written

DUMP = "11 0 * * * backup mysqldump agama > agama.sql\n"
TO_SERVER = (
    "12 0 * * * backup duplicity --no-encryption --full-if-older-than 7D agama.sql rsync://e@backup.foo.bar//srv/e\n"
)


def ask(*files: tuple[str, str, str], **scripts: str) -> Answer:
    crontabs = tuple(CrontabFile(host, name, text) for host, name, text in files)
    question = Question(
        crontabs, Period.of_year(2027), scripts={f"/usr/local/bin/{name}": text for name, text in scripts.items()}
    )
    return answer(question, variants=False)


def on_db(text: str, **scripts: str) -> Answer:
    return ask(("db", "mysql-backup", text), **scripts)


def host_lost(found: tuple[Recovery, ...]) -> Recovery:
    return next(one for one in found if one.disaster.name == "db-host-lost")


def test_copies_into_each_other_s_directories_go_in_a_circle() -> None:
    there = ("a", "x", "0 1 * * * r rsync -a /srv/x.sql b:/srv/\n")
    back = ("b", "y", "0 2 * * * r rsync -a /srv/x.sql a:/srv/\n")
    with pytest.raises(NoAnswer, match="circle"):
        ask(there, back)


def rules(found: Answer, severity: str = "fatal") -> set[str]:
    return {one.rule for one in found.findings if one.severity == severity}


@pytest.mark.parametrize(
    ("upload", "worst"),
    [
        ("12 0 * * * backup scp agama.sql e@backup:", "24h02"),
        ("12 0 * * * backup rsync -b agama.sql e@backup:", "24h02"),
        ("12 0 * * * backup cat agama.sql | ssh e@backup 'cat > a.sql'", "24h02"),
        ("12 0 * * * backup rsync -a /home/backup/ e@backup:all/", "24h02"),
        ("12 0 * * * backup rsync -a --include='*.sql' ./ e@backup:all", "24h02"),
        ("12 0 * * * root rsync /home/backup/*.sql e@backup:all/", "24h02"),
        ("12 0 * * * backup PASSPHRASE=x duplicity /home/backup sftp://e@backup//srv", "24h02"),
        ("12 12 * * * backup PASSPHRASE=x duplicity ~/agama.sql s3://bucket/agama", "36h02"),
        ("12 */6 * * * backup rsync agama.sql e@backup:", "24h02"),
    ],
)
def test_uploads_find_the_dump(upload: str, worst: str) -> None:
    found = on_db(DUMP + upload + "\n")
    assert written(host_lost(found.paper).rpo_seconds) == worst
    assert written(host_lost(found.as_it_stands).rpo_seconds) == worst


def test_one_job_has_no_waiting_and_no_race() -> None:
    found = on_db("11 0 * * * backup mysqldump agama > agama.sql && gzip -f agama.sql && scp agama.sql.gz e@backup:\n")
    assert written(host_lost(found.paper).rpo_seconds) == "24h01"
    assert host_lost(found.paper).unlucky is None
    assert not rules(found)


def test_a_script_joins_like_its_lines() -> None:
    script = (
        "#!/bin/sh\nmysqldump agama | gzip > /srv/a.gz.new\nmv /srv/a.gz.new /srv/a.gz\nrsync /srv/a.gz e@backup:\n"
    )
    found = on_db("11 */4 * * * root /usr/local/bin/nightly\n", nightly=script)
    assert written(host_lost(found.paper).rpo_seconds) == "4h01"
    assert found.paper[0].holding is not None
    assert found.paper[0].holding.place.path == "/srv/a.gz"


def test_a_file_name_that_misses_is_joined_on_paper_only() -> None:
    found = on_db(DUMP + TO_SERVER.replace("agama.sql", "agama.dump"))
    assert written(host_lost(found.paper).rpo_seconds) == "24h02"
    assert host_lost(found.as_it_stands).rpo_seconds is None
    assert rules(found) == {"source-elsewhere"}


def test_another_user_s_home_is_another_place() -> None:
    found = on_db(DUMP.replace(" backup ", " root ") + TO_SERVER)
    assert written(host_lost(found.paper).rpo_seconds) == "24h02"
    assert "source-elsewhere" in rules(found)


def test_a_directory_without_r_is_skipped() -> None:
    found = ask(("db", "a", DUMP + TO_SERVER), ("backup", "b", "30 1 * * * e rsync -v /srv/e off:/copy\n"))
    assert [written(one.rpo_seconds) for one in found.paper] == ["24h00", "24h02", "25h20"]
    assert found.as_it_stands[2].rpo_seconds is None
    assert "directory-skipped" in rules(found)


@pytest.mark.parametrize(
    ("options", "source", "by"),
    [
        ("-a --exclude='*'", "/srv/e/", "--exclude=*"),
        ("-a --exclude='*.difftar.gz'", "/srv/e/", "--exclude=*.difftar.gz"),
        ("-a --exclude=e", "/srv/e", "--exclude=e"),
        ("-a --exclude='*.manifest'", "/srv/e/*", "--exclude=*.manifest"),
        ("-a --existing", "/srv/e/", "--existing"),
        ("-a --exclude='*.sigtar.gz' --exclude=lost+found --ignore-existing", "/srv/e/", ""),
        ("-a --include='*/' --include='*.gz' --include='*.manifest' --include='*.gpg' --exclude='*'", "/srv/e", ""),
    ],
)
def test_an_off_site_copy_may_leave_out_what_matters(options: str, source: str, by: str) -> None:
    line = f"30 1 * * * e rsync {options} {source} off:/copy\n"
    found = ask(("db", "a", DUMP + TO_SERVER), ("backup", "b", line))
    assert [written(one.rpo_seconds) for one in found.paper] == ["24h00", "24h02", "25h20"]
    assert (found.as_it_stands[2].rpo_seconds is None) is bool(by)
    assert [one.message for one in found.findings if one.rule == "left-out"] == [
        message for message in [f"passes over what is new in `/srv/e`: `{by}`"] if by
    ]


@pytest.mark.parametrize(
    ("copy", "kept"),
    [
        ("rsync --ignore-existing agama.sql e@backup:", True),
        ("rsync --existing agama.sql e@backup:", False),
        ("rsync --ignore-existing agama.sql e@backup:agama-$(date +\\%F).sql", False),
        ("cp -n agama.sql /srv/a.sql && scp /srv/a.sql e@backup:", True),
        ("cp agama.sql /srv/a.sql && scp /srv/a.sql e@backup:", False),
    ],
)
def test_a_copy_that_keeps_the_file_that_is_there_brings_nothing_new(copy: str, kept: bool) -> None:
    found = on_db(DUMP + f"2 0 * * * backup {copy}\n")
    assert (host_lost(found.as_it_stands).rpo_seconds is None) is kept
    assert ("left-out" in rules(found)) is kept


def test_an_off_site_job_on_the_wrong_host_is_understood_on_paper() -> None:
    found = on_db(DUMP + TO_SERVER + "30 1 * * * backup rsync -v /home/user/duplicity* offsite:/srv\n")
    assert written(found.paper[2].rpo_seconds) == "25h20"
    assert found.as_it_stands[2].rpo_seconds is None


def test_an_upload_of_something_else_stays_loose() -> None:
    found = on_db(DUMP + "12 0 * * * backup scp photos.zip e@backup:\n" + TO_SERVER)
    assert written(host_lost(found.paper).rpo_seconds) == "24h02"


def test_two_services_have_two_answers_and_the_worse_one_counts() -> None:
    other = "15 3 * * 0 root mysqldump shop > /srv/shop.sql && scp /srv/shop.sql e@backup:\n"
    found = on_db(DUMP + TO_SERVER + other)
    assert [one.service for one in found.services] == ["agama", "shop"]
    assert written(host_lost(found.paper).rpo_seconds) == "168h01"
    assert written(host_lost(found.services[0].paper).rpo_seconds) == "24h02"


def test_two_services_in_one_repository_are_fatal() -> None:
    shop = DUMP.replace("agama", "shop") + TO_SERVER.replace("agama", "shop").replace("//srv/e", "//srv/./e/")
    found = on_db(DUMP + TO_SERVER + shop)
    assert rules(found) == {"shared-target"}
    assert host_lost(found.services[1].as_it_stands).rpo_seconds is None
    assert written(host_lost(found.services[0].as_it_stands).rpo_seconds) == "24h02"


def test_two_services_on_one_file_are_fatal() -> None:
    text = (
        DUMP
        + DUMP.replace("agama", "shop")
        + "12 0 * * * backup scp agama.sql e@b:x.sql\n13 0 * * * backup scp shop.sql e@b:x.sql\n"
    )
    assert rules(on_db(text)) == {"shared-target"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (DUMP + TO_SERVER.replace("--no-encryption ", ""), "no-passphrase"),
        (DUMP + TO_SERVER.replace("--full-if-older-than 7D", "incremental"), "chain-without-full"),
        (DUMP + TO_SERVER.replace("12 0", "11 0"), "upload-in-dump-minute"),
        (DUMP + TO_SERVER.replace("e@", "<user>@"), "placeholder"),
        (DUMP + TO_SERVER.replace("//srv/e", ""), "root-target"),
        (DUMP.replace("> agama", "> $(date +%F)-agama") + TO_SERVER, "percent"),
        ("MAILTO=\n" + DUMP + TO_SERVER, "file-refused"),
        (DUMP + TO_SERVER.rstrip(), "file-refused"),
        (DUMP.replace("11 0", "0 22-6") + TO_SERVER, "never-runs"),
        (DUMP.replace(" > agama.sql", "") + TO_SERVER, "dump-goes-nowhere"),
    ],
)
def test_a_fatal_fault_leaves_no_recovery_point(text: str, rule: str) -> None:
    try:
        found = on_db(text)
    except NoAnswer:
        assert rule == "dump-goes-nowhere"
        return
    assert rule in rules(found)
    lost = host_lost(found.as_it_stands)
    assert lost.rpo_seconds is None
    assert lost.because.startswith("no recovery point will ever exist, because")


def test_a_file_name_with_a_dot_runs_nothing() -> None:
    found = ask(("db", "backup.cron", DUMP + TO_SERVER))
    assert rules(found) == {"file-ignored"}
    assert [one.rpo_seconds for one in found.as_it_stands] == [None, None, None]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            TO_SERVER + "9 0 * * 0 backup duplicity remove-older-than 30D rsync://e@backup.foo.bar//srv/e\n",
            "cleanup-only-lists",
        ),
        (
            TO_SERVER + "9 0 * * 0 backup duplicity remove-older-than 30D --force rsync://e@backup.foo.bar/e\n",
            "cleanup-elsewhere",
        ),
        (TO_SERVER + "0 5 * * 0 backup ssh e@backup.foo.bar 'rm -rf /srv/e/*'\n", "deletes-copies"),
        (TO_SERVER.replace("12 0", "12 1,13"), "nothing"),
        (TO_SERVER.replace("--full-if-older-than 7D ", ""), "endless-chain"),
        ("12 0 * * * backup scp agama.sql e@backup:\n", "overwrites-copy"),
        (TO_SERVER + "0 1 * * * root /opt/tool --sync\n", "not-read"),
        (TO_SERVER + "@reboot root mysqldump agama > /b/a.sql\n", "reboot-only"),
        (TO_SERVER + "0 1 * * * root mysql agama < /home/backup/agama.sql\n", "scheduled-restore"),
    ],
)
def test_warnings(text: str, rule: str) -> None:
    found = rules(on_db(DUMP + text), "warning")
    assert rule in found or (rule == "nothing" and not found)


def test_every_finding_says_where_and_what() -> None:
    for one in on_db("MAILTO=\n" + DUMP + TO_SERVER.replace("--no-encryption", "")).findings:
        assert one.file == "mysql-backup"
        assert one.message
        assert one.severity in ("fatal", "warning", "note")


def test_copies_in_a_circle() -> None:
    there, back = "0 1 * * * e rsync /srv/a.sql e@{}:/srv/a.sql\n", "0 2 * * * e rsync /srv/a.sql e@{}:/srv/a.sql\n"
    with pytest.raises(NoAnswer, match="circle"):
        ask(("one", "a", there.format("two")), ("two", "b", back.format("one")))
    dump = "0 0 * * * e mysqldump agama > /srv/a.sql\n"
    found = ask(("one", "a", dump + there.format("two")), ("two", "b", back.format("one")))
    assert "circular-copy" in rules(found, "warning")
    assert written(host_lost(found.paper).rpo_seconds) == "25h01"


def test_deleted_copies_leave_a_gap() -> None:
    found = on_db(DUMP + TO_SERVER + "0 5 * * 0 backup ssh e@backup.foo.bar 'rm -rf /srv/e/*'\n")
    lost = host_lost(found.paper)
    assert lost.rpo_seconds is None
    assert lost.gap is not None
    assert lost.gap[1] - lost.gap[0] == 19 * 3600 + 13 * 60 - 1


def test_an_incremental_backup_needs_a_full_one_after_a_deletion() -> None:
    uploads = TO_SERVER.replace("12 0 * * *", "12 0 * * 0").replace("--full-if-older-than 7D", "full")
    uploads += TO_SERVER.replace("12 0 * * *", "12 0 * * 1-6").replace("--full-if-older-than 7D", "incremental")
    found = on_db(DUMP + uploads + "0 5 * * 3 backup ssh e@backup.foo.bar 'rm -rf /srv/e'\n")
    lost = host_lost(found.paper)
    assert lost.gap is not None
    assert datetime.fromtimestamp(lost.gap[1], UTC).strftime("%a %H:%M") == "Sun 00:13"


def test_all_entries_of_a_live_directory_count_as_production_too() -> None:
    kept = "5 1 * * * root rm -rf /home/backup/g/*; cp -r /opt/graphs/* /home/backup/g/\n"
    found = on_db(
        kept + "9 1 * * * root duplicity --no-encryption full /home/backup/g rsync://e@backup.c.d//home/e/g\n"
    )
    assert "nobody-writes-it" not in rules(found, "fatal")
    assert [one.service for one in found.services] == ["/opt/graphs"]


def test_a_live_directory_counts_as_production() -> None:
    found = on_db("0 * * * * root PASSPHRASE=x duplicity /etc rsync://e@backup//srv/etc\n")
    assert written(host_lost(found.paper).rpo_seconds) == "1h01"
    assert "reads-live-files" in rules(found, "note")


def test_a_pull_from_the_backup_server() -> None:
    found = ask(
        (
            "backup",
            "pull",
            "0 2 * * * bk ssh db.foo.bar mysqldump agama > agama.sql\n5 2 * * * bk rsync agama.sql offsite:\n",
        )
    )
    assert found.services[0].production == "db.foo.bar"
    assert written(found.paper[2].rpo_seconds) == "24h06"


def test_jobs_too_many_to_go_through_are_refused() -> None:
    every_minute = "".join(f"* * * * * root mysqldump d{number} > /b/{number}.sql\n" for number in range(100))
    with pytest.raises(UsageError, match="144,000 times a day"):
        on_db(every_minute)


def test_what_moves_no_data_may_run_as_often_as_it_likes() -> None:
    idle = "".join(f"* * * * * root echo {number}\n" for number in range(300))
    assert written(host_lost(on_db(idle + DUMP + TO_SERVER).paper).rpo_seconds) == "24h02"


def test_very_frequent_jobs_are_looked_at_for_four_weeks() -> None:
    found = on_db("*/4 * * * * root mysqldump agama > /b/a.sql && rsync /b/a.sql e@backup:\n")
    assert host_lost(found.paper).rpo_seconds == 300
    assert found.question.period.days == 365
    minute = on_db("* * * * * root mysqldump agama > /b/a.sql && rsync /b/a.sql e@backup:\n")
    assert host_lost(minute.paper).rpo_seconds == 120
    assert minute.question.period.days == 28


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (DUMP, "stock-account"),
        (DUMP + "12 0 * * * backup rsync agama.sql e@backup:\n", "times-not-kept"),
        (DUMP + "12 0 * * * backup rsync agama.sql e@backup: || scp agama.sql e@far:\n", "only-on-failure"),
    ],
)
def test_notes(text: str, rule: str) -> None:
    assert rule in rules(on_db(text), "note")


@pytest.mark.parametrize(
    ("end", "worst"),
    [
        ("", None),
        (" > /dev/null", None),
        (" | ssh e@b.x 'cat > b-$(date +\\%F)'", "24h01"),
        (" | gzip > /srv/b.gz", None),
    ],
)
def test_what_tee_writes_flows_on(end: str, worst: str | None) -> None:
    found = on_db(f"5 1 * * * root mysqldump agama | tee /srv/b.sql{end}\n")
    assert written(host_lost(found.paper).rpo_seconds) == worst
    assert written(found.paper[0].rpo_seconds) == "24h00"
    assert not rules(found)


def test_a_directory_that_is_emptied_before_the_dump_still_gets_the_dump() -> None:
    text = (
        "0 2 * * * backup rm -rf /home/backup/d/*; mysqldump agama > /home/backup/d/agama-$(date +\\%F).sql\n"
        "15 2 * * * backup duplicity --no-encryption full /home/backup/d/ rsync://e@backup.foo.bar/mysql\n"
    )
    found = answer(Question((CrontabFile("db", "mysql-backup", text),), Period.of_year(2026)))
    lost = next(one for one in found.as_it_stands if one.disaster.name == "db-host-lost")
    assert lost.rpo_seconds == (24 * 60 + 16) * 60
