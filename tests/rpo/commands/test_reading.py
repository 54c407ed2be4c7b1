"""What a shell line does to backups, in one short text an action."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.rpo.commands import Surroundings, read_command
from labcheck.rpo.commands.actions import (
    Action,
    Backup,
    CleanUp,
    Copy,
    Dump,
    Harmless,
    Inspect,
    Opaque,
    Remove,
    Restore,
    Wait,
)
from labcheck.rpo.commands.places import Place

SCRIPTS = {
    "/usr/local/bin/nightly": (
        '#!/bin/bash\n# nightly\nset -euo pipefail\nDIR=/srv/dump\nFILE="$DIR/agama.sql"\nexport PASSPHRASE=secret\n'
        'mysqldump agama > "$FILE.part"\nmv "$FILE.part" "$FILE"\nduplicity "$FILE" sftp://e@backup//srv/e\n'
    ),
    "/usr/local/bin/python-one": "#!/usr/bin/env python3\nprint(1)\n",
    "/usr/local/bin/loop": "/usr/local/bin/loop\n",
}
HERE = Surroundings("db", "backup", scripts=SCRIPTS)


def short(action: Action) -> str:  # noqa: PLR0911 - one line for each kind of action
    match action:
        case Dump():
            return f"dump {action.service}@{action.host} > {action.target}"
        case Backup():
            return f"{action.mode} {action.source} > {action.target} ({action.encryption.state})"
        case Copy():
            return f"{action.tool} {' '.join(map(str, action.sources))} > {action.target}"
        case CleanUp():
            return f"clean {action.rule} {action.limit} {action.target} {'forced' if action.forced else 'listed'}"
        case Remove():
            return f"remove {' '.join(map(str, action.places))} {action.older_than_seconds}"
        case Restore():
            return f"restore {action.source} > {action.target}"
        case Inspect():
            return f"look {action.what}"
        case Harmless():
            return f"nothing {action.tool}"
        case Wait():
            return f"wait {action.seconds}"
        case Opaque():
            return f"unread {action.why}"


def read(line: str, around: Surroundings = HERE) -> list[str]:
    return [short(deed.action) for deed in read_command(line, around)]


FILE = "db:/home/backup/agama.sql"


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ("mysqldump agama > agama.sql", FILE),
        ("mysqldump agama>agama.sql", FILE),
        ("mysqldump agama >agama.sql 2>/dev/null", FILE),
        ("mysqldump agama 2>&1 > ~/agama.sql", FILE),
        ("> agama.sql mysqldump agama", FILE),
        ("mysqldump -u root -pagama.secret --single-transaction agama > $HOME/agama.sql", FILE),
        ("mysqldump agama --result-file=agama.sql", FILE),
        ("mysqldump --result-file agama.sql agama", FILE),
        ("mysqldump agama -r ./agama.sql", FILE),
        ("mariadb-dump agama > /home/backup//agama.sql", FILE),
        ("/usr/bin/mysqldump 'agama' > \"/home/backup/agama.sql\"", FILE),
        ("cd /srv && mysqldump agama > x/../agama.sql", "db:/srv/agama.sql"),
        ("(cd /srv; mysqldump agama) > agama.sql", FILE),
        ("D=/srv; mysqldump agama > $D/agama.sql", "db:/srv/agama.sql"),
        ("mysqldump agama | gzip -9 > agama.sql.gz", FILE + ".gz"),
        ("mysqldump agama | tee agama.sql >/dev/null", FILE),
        ("{ mysqldump agama || exit 1; } > agama.sql", FILE),
        ("su - backup -c 'mysqldump agama > a.sql'", "db:/home/backup/a.sql"),
        ("sudo -u root nice -n 19 ionice -c3 mysqldump agama > /srv/a.sql", "db:/srv/a.sql"),
        ("nice -10 mysqldump agama > agama.sql", FILE),
        ("timeout -k 5 10m mysqldump agama > agama.sql", FILE),
        ("env A=b LC_ALL=C mysqldump agama > agama.sql", FILE),
        ("MYSQL_PWD=x mysqldump agama > agama.sql", FILE),
        ("flock -n /run/lock/x -c 'mysqldump agama > agama.sql'", FILE),
        ("bash -lc 'mysqldump agama > agama.sql'", FILE),
        ("mysqldump agama | ssh e@backup.foo.bar 'cat > dump/agama.sql'", "backup.foo.bar:/home/e/dump/agama.sql"),
        ("mysqldump agama > /dev/null", "None"),
        ("mysqldump agama", "None"),
        ("dump() { mysqldump agama > agama.sql; }; dump", FILE),
        ("dump () {\n  mysqldump agama\n}\ndump > agama.sql", FILE),
        ('function dump {\n mysqldump "$1" > "$1.sql"\n}\ndump agama', FILE),
        ('function dump() ( cd /srv; mysqldump "$@" ); dump agama > agama.sql', FILE),
        ("never() { mysqldump other > other.sql; }\nmysqldump agama > agama.sql", FILE),
        ('a() { b "$1"; }; b() { mysqldump $1 > ${1}.sql; }; a agama', FILE),
        ("X=1; go() { X=/srv; }; go 1; mysqldump agama > $X/$1a.sql", "db:/srv/$1a.sql"),
        ("case $(date +%u) in\n  (6|7) ;;\n  *) mysqldump agama > agama.sql ;;\nesac", FILE),
        ("case $x in a) case $y in *) mysqldump agama > agama.sql;; esac; esac", FILE),
    ],
)
def test_dumps(line: str, target: str) -> None:
    found = [text for text in read(line) if not text.startswith("nothing")]
    assert found == [f"dump agama@db > {target}"]


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("rsync://e@backup.foo.bar/mysql", "backup.foo.bar:/home/e/mysql"),
        ("rsync://e@backup.foo.bar//home/e/mysql", "backup.foo.bar:/home/e/mysql"),
        ("rsync://e@backup.foo.bar//home/e/mysql/", "backup.foo.bar:/home/e/mysql"),
        ("rsync://e@backup.foo.bar/.", "backup.foo.bar:/home/e"),
        ("rsync://e@backup.foo.bar/./mysql/.", "backup.foo.bar:/home/e/mysql"),
        ("sftp://e:secret@Backup.foo.bar:2222//srv//x", "backup.foo.bar:/srv/x"),
        ("scp://e@backup/x/../mysql", "backup:/home/e/mysql"),
        ("ssh://root@backup/mysql", "backup:/root/mysql"),
        ("rsync://backup/mysql", "backup:/home/backup/mysql"),
        ("rsync://<user>@backup.foo.bar/mysql", "backup.foo.bar:/home/<user>/mysql"),
        ("rsync://{{ user }}@backup.{{ domain }}//home/{{ user }}", "backup.{{ domain }}:/home/{{ user }}"),
        ("file:///srv/repo/", "db:/srv/repo"),
        ("s3://bucket/agama/", "s3://bucket/agama"),
        ("boto3+s3://bucket/agama", "s3://bucket/agama"),
        ("rsync://e@backup", "backup:/"),
    ],
)
def test_urls_of_duplicity(url: str, place: str) -> None:
    assert read(f"duplicity --no-encryption full agama.sql {url}") == [f"full {FILE} > {place} (off)"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("duplicity full A U", "full"),
        ("duplicity A U --full-if-older-than 7D", "automatic"),
        ("duplicity --full-if-older-than 7D -v 8 A U", "automatic"),
        ("duplicity --volsize 100 incr --exclude '**' A U", "incremental"),
        ("duplicity inc A --num-retries=3 U", "incremental"),
        ("duplicity backup A U", "automatic"),
    ],
)
def test_modes_of_duplicity(line: str, expected: str) -> None:
    text = line.replace("A", "agama.sql").replace("U", "file:///srv")
    assert read(text) == [f"{expected} {FILE} > db:/srv (missing)"]


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("duplicity agama.sql file:///srv --no-encryption", "off"),
        ("PASSPHRASE=x duplicity agama.sql file:///srv", "passphrase"),
        ("PASSPHRASE= duplicity agama.sql file:///srv", "missing"),
        ("export PASSPHRASE=x; duplicity agama.sql file:///srv", "passphrase"),
        ("PASSPHRASE=x; duplicity agama.sql file:///srv", "missing"),
        ('PASSPHRASE="$(cat /root/key)" duplicity agama.sql file:///srv', "passphrase"),
        ("env PASSPHRASE=x duplicity agama.sql file:///srv", "passphrase"),
        ("duplicity --encrypt-key ABCD agama.sql file:///srv", "key"),
        ("duplicity --encrypt-key ABCD --sign-key EF agama.sql file:///srv", "missing"),
        ("duplicity agama.sql file:///srv", "missing"),
    ],
)
def test_passphrases(line: str, state: str) -> None:
    assert read(line)[-1].endswith(f"({state})")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("scp agama.sql e@backup.foo.bar:", f"scp {FILE} > backup.foo.bar:/home/e"),
        ("scp -q -P 22 -i key agama.sql e@backup:x.sql", f"scp {FILE} > backup:/home/e/x.sql"),
        ("rsync -e 'ssh -p 22' agama.sql -bv backup:/srv/", f"rsync {FILE} > backup:/srv"),
        (
            "rsync -v <user>@backup.foo.bar:agama.sql restore/",
            "rsync backup.foo.bar:/home/<user>/agama.sql > db:/home/backup/restore",
        ),
        ("rsync -a agama.sql rsync://backup/module/x", f"rsync {FILE} > backup:module:module/x"),
        ("cat agama.sql | ssh e@backup 'cat > a.sql'", f"cat {FILE} > backup:/home/e/a.sql"),
        ("ssh e@backup 'cat > a.sql' < agama.sql", f"cat {FILE} > backup:/home/e/a.sql"),
        ("gzip -c agama.sql > /srv/a.gz", f"gzip {FILE} > db:/srv/a.gz"),
        ("gzip -f agama.sql", f"gzip {FILE} > {FILE}.gz"),
        ("mv agama.sql.tmp agama.sql", f"mv {FILE}.tmp > {FILE}"),
        ("ssh backup rsync -a /srv/a/ off:/b", "rsync backup:/srv/a > off:/b"),
    ],
)
def test_copies(line: str, expected: str) -> None:
    assert read(line) == [expected]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("duplicity remove-older-than 30D rsync://e@b//x", "clean older-than 2592000 b:/x listed"),
        ("duplicity remove-older-than 1M --force rsync://e@b//x/", "clean older-than 2592000 b:/x forced"),
        ("duplicity --force remove-all-but-n-full 4 rsync://e@b//x", "clean fulls 4 b:/x forced"),
        ("duplicity remove-all-inc-of-but-n-full 1 --force s3://k/x", "clean increments 1 s3://k/x forced"),
        (
            "duplicity remove-older-than never rsync://e@b//x",
            "unread `never` is no limit that remove-older-than can be worked out with",
        ),
        ("rm -rf restore/*", "remove db:/home/backup/restore/* None"),
        ("find /srv -name '*.gz' -mtime +7 -delete", "remove db:/srv/*.gz 691200"),
        ("find /srv -type f -mmin +60 -exec rm {} \\;", "remove db:/srv/* 3660"),
        ("find /srv -name x", "nothing find"),
        ("duplicity restore rsync://e@b//x out", "restore b:/x > db:/home/backup/out"),
        ("duplicity rsync://e@b//x out", "restore b:/x > db:/home/backup/out"),
        ("mysql agama < agama.sql", f"restore {FILE} > None"),
        ("duplicity verify rsync://e@b//x agama.sql", "look verify"),
        ("mysql -e 'FLUSH TABLES'", "look query"),
    ],
)
def test_clean_ups_and_the_rest(line: str, expected: str) -> None:
    assert read(line) == [expected]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("frobnicate --all", "`frobnicate` is not a program"),
        ("/usr/local/bin/absent.sh", "--script /usr/local/bin/absent.sh=FILE"),
        ("/usr/local/bin/python-one", "only sh is read"),
        ("/usr/local/bin/loop", "without end"),
        ("echo 'open", "stays open"),
        ("(mysqldump agama > a.sql", "stays open"),
        ("mysqldump agama >", "without a file"),
        ("select x in a; do :; done", "not read here"),
        ("case $x in a) :;", "without its `esac`"),
        ("case $x in", "without its `esac`"),
        ("f() mysqldump a", "the function `f` has no body"),
        ("f() { f; }; f", "call each other without end"),
        ("for a in 1 2 3 4 5 6 7 8 9; do " * 9 + "true; " + "done; " * 9, "more than 500 commands"),
        ("duplicity full onlyone", "wants a source and a target"),
    ],
)
def test_what_cannot_be_read_says_why(line: str, why: str) -> None:
    found = read(line)
    assert any(text.startswith("unread") and why in text for text in found), found


def test_a_script_is_read_like_a_line() -> None:
    deeds = read_command("/usr/local/bin/nightly >/dev/null 2>&1", HERE)
    assert [short(deed.action) for deed in deeds] == [
        "dump agama@db > db:/srv/dump/agama.sql.part",
        "mv db:/srv/dump/agama.sql.part > db:/srv/dump/agama.sql",
        "automatic db:/srv/dump/agama.sql > backup:/srv/e (passphrase)",
    ]
    assert [deed.after for deed in deeds[1:]] == ["&&", "&&"]


def test_lists_keep_their_operators() -> None:
    deeds = read_command("mysqldump a > a && scp a b: || rm a; rm b &", HERE)
    assert [deed.after for deed in deeds] == [";", "&&", "||", ";"]
    assert [deed.background for deed in deeds] == [False, False, False, True]


def test_a_loop_over_names_is_gone_through() -> None:
    assert read("for d in one two; do mysqldump $d > $d.sql; done") == [
        "dump one@db > db:/home/backup/one.sql",
        "dump two@db > db:/home/backup/two.sql",
    ]


def test_a_word_stands_in_for_what_has_no_value() -> None:
    line = "f() { mysqldump ${1:-one} > ${TO:-two}.sql; }; "
    assert read(f"{line} f") == ["dump one@db > db:/home/backup/two.sql"]
    assert read(f"{line} TO=three; f four") == ["dump four@db > db:/home/backup/three.sql"]


def test_a_script_is_given_its_words() -> None:
    around = Surroundings("db", "backup", scripts={"/srv/nightly": "TO=${1:-/srv}\nmysqldump one > $TO/one.sql"})
    assert read("/srv/nightly", around) == ["dump one@db > db:/srv/one.sql"]
    assert read("/srv/nightly /var/dumps", around) == ["dump one@db > db:/var/dumps/one.sql"]


def test_the_home_may_be_set_by_the_crontab() -> None:
    around = Surroundings("db", "backup", {"HOME": "/var/backups"})
    assert read("mysqldump agama > agama.sql", around) == ["dump agama@db > db:/var/backups/agama.sql"]


@given(st.text(alphabet="amysqldump >|&;<()'\"\\$`{}#*~-=./:@ \n", max_size=60))
def test_no_line_is_too_odd_to_be_read(line: str) -> None:
    for deed in read_command(line, HERE):
        assert short(deed.action)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sleep 90", Wait(90)),
        ("/bin/sleep 1m 30", Wait(90)),
        ("timeout 1h sleep 0.5h", Wait(1800)),
        ("sleep $((RANDOM % 60))", None),
        ("sleep", None),
    ],
)
def test_sleep_waits_or_is_not_read(line: str, expected: Wait | None) -> None:
    (deed,) = read_command(line, Surroundings("db", "backup"))
    assert deed.action == expected if expected else isinstance(deed.action, Opaque)


SECRET = {"~/.env": "PASSPHRASE=mellon\n", "~/.exported": "export PASSPHRASE=mellon\n"}


@pytest.mark.parametrize(
    ("line", "state"),
    [
        (". ~/.exported; ", "passphrase"),
        ("source ~/.exported && ", "passphrase"),
        (". ~/.env; ", "missing"),
        (". ~/.env; export PASSPHRASE; ", "passphrase"),
        ("set -a; . ~/.env; set +a; ", "passphrase"),
        ("set -o allexport; . ~/.env; set +o allexport; ", "passphrase"),
        ("set -a; set +a; . ~/.env; ", "missing"),
        ("set -o allexport; set +o allexport; . ~/.env; ", "missing"),
        ("set -ea; . ~/.env; ", "passphrase"),
        ("set -a; (. ~/.env); ", "missing"),
        ("sh ~/.exported; ", "missing"),
        ("bash -c '. ~/.exported'; ", "missing"),
        (". ~/.unknown; ", "unknown"),
        ("export $(cat ~/.unknown); ", "unknown"),
        ("export `cat ~/.unknown`; ", "unknown"),
        ("read -r PASSPHRASE < ~/.pass; export PASSPHRASE; ", "passphrase"),
        ("PASSPHRASE=$(cat ~/.pass) ", "passphrase"),
    ],
)
def test_a_passphrase_may_come_from_a_file(line: str, state: str) -> None:
    deeds = read_command(f"{line}duplicity a.sql rsync://u@h/a", Surroundings("db", "backup", scripts=SECRET))
    (backup,) = [deed.action for deed in deeds if isinstance(deed.action, Backup)]
    assert backup.encryption.state == state


def test_what_a_script_that_is_read_sets_stays_and_what_it_does_is_done() -> None:
    scripts = {"~/lib": 'cd /srv\nTO=u@h:\nsend() { rsync "$1" "$TO"; }\nmysqldump agama > a.sql\n'}
    deeds = read_command(". ~/lib; send a.sql", Surroundings("db", "backup", scripts=scripts))
    dump, copy = (deed.action for deed in deeds)
    assert isinstance(dump, Dump)
    assert isinstance(copy, Copy)
    assert dump.target == Place("db", "/srv/a.sql")
    assert (copy.sources, copy.target.host) == ((Place("db", "/srv/a.sql"),), "h")


def test_a_script_that_reads_itself_has_an_end() -> None:
    deeds = read_command(". ~/lib", Surroundings("db", "backup", scripts={"~/lib": ". ~/lib\n"}))
    assert [deed.action for deed in deeds] == [Opaque(". ~/lib\n", "scripts that call each other without end")]


def test_a_line_read_from_a_file_is_not_what_a_pipe_carries_on() -> None:
    (deed,) = read_command("read X < a.sql; rsync b.sql u@h:", Surroundings("db", "backup"))
    assert isinstance(deed.action, Copy)


@pytest.mark.parametrize(
    ("line", "dumps"),
    [
        ("exit 0; mysqldump agama > a.sql", 0),
        ("exit\nmysqldump agama > a.sql", 0),
        ("set -e; exit 0; mysqldump agama > a.sql", 0),
        ("mysqldump agama > a.sql; exit 0", 1),
        ("test -f lock && exit 0; mysqldump agama > a.sql", 1),
        ("cd /srv || exit 1; mysqldump agama > a.sql", 1),
        ("if test -f lock; then exit 0; fi; mysqldump agama > a.sql", 1),
        ("(exit 0); mysqldump agama > a.sql", 1),
        ("sh -c 'exit 0'; mysqldump agama > a.sql", 1),
        ("true | exit; mysqldump agama > a.sql", 1),
        ("exit 0 & mysqldump agama > a.sql", 1),
        ("ssh u@h exit; mysqldump agama > a.sql", 1),
        ("leave() { exit 1; }; mysqldump agama > a.sql", 1),
        ("leave() { exit 1; }; leave; mysqldump agama > a.sql", 0),
        ("/srv/leaves; mysqldump agama > a.sql", 1),
        (". /srv/leaves; mysqldump agama > a.sql", 0),
        ("{ exit 0; }; mysqldump agama > a.sql", 0),
        ("case $1 in full) ;; *) exit 1;; esac; mysqldump agama > a.sql", 1),
        ("{ test -f x || exit 1; }; mysqldump agama > a.sql", 1),
        ("for one in a b; do exit; done; mysqldump agama > a.sql", 0),
    ],
)
def test_nothing_comes_after_exit(line: str, dumps: int) -> None:
    deeds = read_command(line, Surroundings("db", "backup", scripts={"/srv/leaves": "exit 0\n"}))
    assert len([deed for deed in deeds if isinstance(deed.action, Dump)]) == dumps


@pytest.mark.parametrize(
    ("line", "modes"),
    [
        ('[ "$(date +%u)" = 7 ] && MODE=full || MODE=incremental; ', ["full", "incremental"]),
        ("if test -f x; then MODE=full; else MODE=incremental; fi; ", ["full", "incremental"]),
        ("MODE=incremental; if test -f x; then MODE=full; fi; ", ["incremental", "full"]),
        ("case $(date +%u) in 7) MODE=full;; *) MODE=inc;; esac; ", ["full", "incremental"]),
        ("cd /srv && MODE=full && ", ["full"]),
        ("MODE=full; MODE=inc; ", ["incremental"]),
        ("if test -f x; then MODE=full; else MODE=inc; fi; MODE=full; ", ["full"]),
        ('MODE="$1"; test -z "$MODE" && MODE=full; ', ["full"]),
    ],
)
def test_a_word_that_hangs_on_a_condition_is_each_of_its_values(line: str, modes: list[str]) -> None:
    deeds = read_command(f"{line}duplicity --no-encryption ${{MODE}} a.sql rsync://u@h/a", Surroundings("db", "backup"))
    backups = [deed for deed in deeds if isinstance(deed.action, Backup)]
    assert [deed.action.mode for deed in backups if isinstance(deed.action, Backup)] == modes
    assert all(deed.conditional == (len(modes) > 1) for deed in backups)


def test_each_value_gets_what_the_pipe_carries() -> None:
    line = "if test -f x; then TO=a; else TO=b; fi; mysqldump agama | cat > $TO.sql; rsync $TO.sql u@h:"
    deeds = read_command(line, Surroundings("db", "backup"))
    dumps = [deed.action for deed in deeds if isinstance(deed.action, Dump)]
    assert [dump.target and dump.target.name for dump in dumps] == ["a.sql", "b.sql"]
    assert [deed.action.sources[0].name for deed in deeds if isinstance(deed.action, Copy)] == ["a.sql", "b.sql"]


@pytest.mark.parametrize(
    "command",
    [
        "rsync -e 'ssh -p 22 -l elvis' a.sql h:",
        "rsync --rsh='ssh -lelvis' a.sql h:",
        "rsync -e 'ssh -o User=elvis' a.sql h:",
        "scp -o User=elvis a.sql h:",
        "scp -oUser=elvis a.sql h:",
        "scp a.sql elvis@h:",
    ],
)
def test_who_signs_in_may_stand_among_the_options_of_ssh(command: str) -> None:
    (deed,) = read_command(command, Surroundings("db", "backup"))
    assert isinstance(deed.action, Copy)
    assert deed.action.target == Place("h", "/home/elvis", directory=True)
    assert deed.action.sources == (Place("db", "/home/backup/a.sql"),)


@pytest.mark.parametrize(
    "start",
    ["runuser -l backup -c", "runuser - backup -c", "runuser --login backup -c", "su - backup -c", "su -l backup -c",
     "runuser -u backup -- sh -c", "runuser -u backup sh -ec", "sudo -iu backup sh -c"],
)  # fmt: skip
def test_root_may_become_the_user_in_many_ways(start: str) -> None:
    (deed,) = read_command(f"cd /home/backup; {start} 'mysqldump agama > agama.sql'", Surroundings("db", "root"))
    assert isinstance(deed.action, Dump)
    assert deed.action.target == Place("db", "/home/backup/agama.sql")


@pytest.mark.parametrize(
    "place",
    [
        '$(dirname "$0")',
        "$(dirname $0)",
        '$(dirname -- "${0}")',
        '$(dirname "${BASH_SOURCE[0]}")',
        '$(dirname "$(readlink -f "$0")")',
        "$(dirname $(realpath $0))",
        "${0%/*}",
        '$(cd "$(dirname "$0")" && pwd)',
        '$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" > /dev/null 2>&1 && pwd -P)',
    ],
)
def test_a_script_knows_where_it_lies(place: str) -> None:
    scripts = {"bin/night": f'HERE="{place}"\n. "$HERE/conf"\nrsync a.sql $TO\n', "/home/backup/bin/conf": "TO=u@h:\n"}
    (deed,) = read_command("bin/night", Surroundings("db", "backup", scripts=scripts))
    assert isinstance(deed.action, Copy)
    assert deed.action.target.host == "h"


def test_a_file_whose_name_is_worked_out_may_set_anything() -> None:
    deeds = read_command(". $(find / -name env); duplicity a.sql rsync://u@h/a", Surroundings("db", "backup"))
    assert [type(deed.action) for deed in deeds] == [Opaque, Backup]
    assert isinstance(deeds[1].action, Backup)
    assert deeds[1].action.encryption.state == "unknown"


@pytest.mark.parametrize(
    ("command", "is_refused"),
    [
        ("duplicity incrmental /a rsync://e@x.y/m", True),
        ("duplicity full rsync://e@x.y/m /a", True),
        ("duplicty full /a rsync://e@x.y/m", True),
        ("mysqldmup agama", True),
        ("duplicity $WHAT /a rsync://e@x.y/m", False),
        ("duplicity --some-new-option value /a rsync://e@x.y/m", False),
        ("mysqldumper agama", False),
    ],
)
def test_a_command_that_its_program_or_the_shell_refuses_is_told_from_one_that_is_not_known(
    command: str, is_refused: bool
) -> None:
    (deed,) = read_command(command, Surroundings("db", "backup"))
    assert isinstance(deed.action, Opaque)
    assert deed.action.refused == is_refused


THERE = Place("h", "/srv/b", directory=True)


@pytest.mark.parametrize(
    ("line", "target", "contents_only"),
    [
        ("tar -C /srv/a -cf - . | ssh u@h 'tar -C /srv/b -xf -'", THERE, True),
        ("cd /srv/a && tar cz . | ssh u@h 'cd /srv/b && tar xz'", THERE, True),
        ("tar c /srv/a | ssh u@h tar x", Place("h", "/home/u", directory=True), False),
        (
            "tar c /srv/a | ssh u@h tar x --directory=/srv/b --strip-components=2",
            Place("h", "/srv/b", directory=True),
            True,
        ),
        ("tar c /srv/a | tar x -C /mnt", Place("db", "/mnt", directory=True), False),
    ],
)
def test_what_tar_packs_and_unpacks_is_a_copy(line: str, target: Place, contents_only: bool) -> None:
    (deed,) = read_command(line, Surroundings("db", "backup"))
    assert isinstance(deed.action, Copy)
    assert deed.action.sources[0].path == "/srv/a"
    assert (deed.action.target, deed.action.contents_only) == (target, contents_only)
