"""What a line certainly does, never does, or may do by several words; and what a filter writes itself."""

import pytest

from labcheck.rpo.commands import Surroundings, read_command
from labcheck.rpo.commands.actions import Backup, Copy, Deed, Dump, Harmless, Opaque
from labcheck.rpo.commands.places import Place

DUMP = "mysqldump agama > a.sql"


def deeds_of(line: str, **scripts: str) -> tuple[Deed, ...]:
    return read_command(line, Surroundings("db", "backup", scripts=scripts))


def dumps(line: str, **scripts: str) -> int:
    return sum(isinstance(deed.action, Dump) for deed in deeds_of(line, **scripts))


@pytest.mark.parametrize(
    "line",
    [
        f"false && {DUMP}",
        f"false && true && {DUMP}",
        f"true || {DUMP}",
        f": || {DUMP}",
        f"test -f x || true || {DUMP}",
        f"true && exit 0; {DUMP}",
        f"set -e; false; {DUMP}",
        f"set -n; {DUMP}",
        f"if false; then {DUMP}; fi",
        f"if false\nthen\n  if test -f x; then echo; fi\n  {DUMP}\nfi",
        f"while false; do {DUMP}; done",
        f"until true; do {DUMP}; done",
        f"if test -f x; then echo; elif false; then {DUMP}; fi",
        "sh -n night",
    ],
)
def test_what_certainly_never_runs_does_nothing(line: str) -> None:
    assert dumps(line, night=DUMP) == 0


@pytest.mark.parametrize(
    "line",
    [
        f"true && {DUMP}",
        f"false || {DUMP}",
        f"true; {DUMP}",
        f"false; {DUMP}",
        f"true || echo; {DUMP}",
        f"test -f x && true || {DUMP}",
        f"test -f x || false || {DUMP}",
        f"! true || {DUMP}",
        f"! false && {DUMP}",
        f"if ! false; then {DUMP}; fi",
        f"if false; then echo; else {DUMP}; fi",
        f"if false; then echo if; fi; {DUMP}",
        f"if test -f x; then true; fi || {DUMP}",
        f"set -e; if false; then exit; fi; {DUMP}",
        f"set -e; test -f x || true; {DUMP}",
        f"set -- -n; {DUMP}",
        f"'false' && {DUMP} || {DUMP}",
        f"false | true && {DUMP}",
        "bash -o pipefail -c 'mysqldump agama > a.sql'",
        "bash +o posix -eo pipefail night",
        f"test -e hold || {DUMP}",
        f'run() {{ logger "$*"; "$@" || exit 1; }}; run bash -c "{DUMP}"',
        f"X=; $X {DUMP}",
        "TOOL=$(command -v mariadb-dump || command -v mysqldump); $TOOL agama > a.sql",
    ],
)
def test_what_may_run_is_read(line: str) -> None:
    assert dumps(line, night=DUMP)


@pytest.mark.parametrize("line", ["if false; then echo", "if false; then if", "while false; do", "if false; then case"])
def test_a_branch_without_its_end_is_read_to_the_end(line: str) -> None:
    assert dumps(f"{line}\n{DUMP}") <= 1


@pytest.mark.parametrize(
    ("pipe", "file"),
    [
        ("zstd -q -o a.zst", "a.zst"),
        ("zstd -19 -qfo a.zst", "a.zst"),
        ("lz4 - a.lz4", "a.lz4"),
        ("gpg --batch -e -r x -o a.gpg", "a.gpg"),
        ("gpg -e -r x --output a.gpg", "a.gpg"),
        ("openssl enc -aes256 -out a.enc", "a.enc"),
        ("dd of=a.sql status=none", "a.sql"),
        ("sponge a.sql", "a.sql"),
        ("gzip | tee a.gz", "a.gz"),
        ("dd bs=4M | lz4 > a.lz4", "a.lz4"),
        ("tee >(md5sum > sum) > a.sql", "a.sql"),
    ],
)
def test_a_filter_may_write_what_it_reads(pipe: str, file: str) -> None:
    targets = [deed.action.target for deed in deeds_of(f"mysqldump agama | {pipe}") if isinstance(deed.action, Dump)]
    assert Place("db", f"/home/backup/{file}") in targets


@pytest.mark.parametrize(
    "wrapper", ["run-one", "eatmydata", "chpst -n 10", "systemd-inhibit --why=x", "cpulimit -l 50"]
)
def test_what_a_wrapper_starts_is_read(wrapper: str) -> None:
    assert dumps(f"{wrapper} {DUMP}") == 1


@pytest.mark.parametrize(
    "question", ["[ -e x ]", "test -e x", "pgrep -x duplicity", "grep -q x y", "mountpoint -q /mnt"]
)
def test_what_is_done_where_the_answer_is_no_is_no_repair(question: str) -> None:
    (after,) = (deed.after for deed in deeds_of(f"{question} || {DUMP}") if isinstance(deed.action, Dump))
    assert after == "&&"
    (repair,) = (deed.after for deed in deeds_of(f"{question} && cp a b || {DUMP}") if isinstance(deed.action, Dump))
    assert repair == "||"


@pytest.mark.parametrize(
    ("line", "after"),
    [
        (f"[ -s a.sql ] || {DUMP}", "||"),
        (f"[ ! -e ~/a.sql ] && {DUMP}", "||"),
        (f"if [ ! -e a.sql ]; then {DUMP}; fi", "||"),
        (f"[ -s b.sql ] || {DUMP}", "&&"),
        (f"[ -w a.sql ] && {DUMP}", "&&"),
        (f"[ ! -e a.sql ] && touch a.sql; {DUMP}", ";"),
        (f"if [ ! -e a.sql ]; then touch a.sql; fi; {DUMP}", ";"),
        (f"if [ -s a.sql ]; then mv a.sql b.sql; {DUMP}; fi", ";"),
    ],
)
def test_a_dump_that_is_made_where_there_is_none_is_not_made_each_night(line: str, after: str) -> None:
    assert [deed.after for deed in deeds_of(line) if isinstance(deed.action, Dump)] == [after]


def test_sudo_may_begin_in_the_home_of_its_user() -> None:
    (deed,) = read_command("sudo -iu backup rsync a.sql u@h:", Surroundings("db", "root"))
    assert isinstance(deed.action, Copy)
    assert deed.action.sources == (Place("db", "/home/backup/a.sql"),)


def test_words_that_are_given_on_stay_the_words_that_they_were() -> None:
    (deed,) = deeds_of("up() { duplicity --no-encryption \"$@\"; }; up 'my dump.sql' rsync://u@h/m")
    assert isinstance(deed.action, Backup)
    assert deed.action.source == Place("db", "/home/backup/my dump.sql")


def test_a_function_that_is_given_nothing_gives_nothing_on() -> None:
    line = 'night() { mysqldump "${1:-agama}" > a.sql; }; main() { night "$@"; }; main'
    (deed,) = deeds_of(line)
    assert isinstance(deed.action, Dump)
    assert deed.action.service == "agama"


@pytest.mark.parametrize("option", ["-T a.sql", "-Ta.sql", "--upload-file a.sql", "--upload-file=a.sql"])
def test_what_curl_uploads_is_not_read(option: str) -> None:
    (deed,) = deeds_of(f"curl {option} sftp://u@h/~/")
    assert isinstance(deed.action, Opaque)
    assert dumps(f"{DUMP} && curl -fsS https://hc.example.org/1") == 1


def test_a_directory_that_tar_packs_into_a_file_over_there_is_a_copy() -> None:
    (deed,) = deeds_of("tar czf - dumps | ssh u@h 'cat > a.tgz'")
    assert isinstance(deed.action, Copy)
    assert deed.action.recursive


@pytest.mark.parametrize(
    ("settings", "state"),
    [
        ("PASSPHRASE= ", "key"),
        ("SIGN_PASSPHRASE=x ", "key"),
        ("", "missing"),
    ],
)
def test_an_empty_passphrase_opens_the_key_that_signs(settings: str, state: str) -> None:
    (deed,) = deeds_of(f"{settings}duplicity --encrypt-key K --sign-key K a.sql rsync://u@h/m")
    assert isinstance(deed.action, Backup)
    assert deed.action.encryption.state == state


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "ip6-localhost", "127.0.0.1", "127.0.1.1"])
def test_a_host_that_calls_itself_means_no_other(name: str) -> None:
    (backup,) = deeds_of(f"duplicity --no-encryption a.sql rsync://elvis@{name}/mysql")
    assert isinstance(backup.action, Backup)
    assert backup.action.target == Place("db", "/home/elvis/mysql", directory=True)
    assert not backup.action.crosses_network
    assert [deed.action.target for deed in deeds_of(f"ssh elvis@{name} '{DUMP}'") if isinstance(deed.action, Dump)] == [
        Place("db", "/home/elvis/a.sql")
    ]


@pytest.mark.parametrize("option", ["--help", "-h", "--version", "-V"])
def test_duplicity_that_only_tells_of_itself_does_nothing(option: str) -> None:
    (deed,) = deeds_of(f"duplicity full a.sql rsync://u@h/m {option}")
    assert deed.action == Harmless("duplicity")


LIST = 'O=(--no-encryption\n  --full-if-older-than "7D")\n'


@pytest.mark.parametrize(
    "line",
    [
        f'{LIST}duplicity "${{O[@]}}" a.sql rsync://u@h/m',
        f"{LIST}duplicity ${{O[@]}} a.sql rsync://u@h/m",
        'O=(--no-encryption)\nO+=(--full-if-older-than 7D)\nduplicity "${O[@]}" a.sql rsync://u@h/m',
        'declare -a O=(--no-encryption --full-if-older-than 7D)\nduplicity "${O[@]}" a.sql rsync://u@h/m',
        'A=(--no-encryption)\nO=("${A[@]}" --full-if-older-than 7D)\nduplicity "${O[@]}" a.sql rsync://u@h/m',
        "O=--no-encryption\nO+=' --full-if-older-than 7D'\nduplicity $O a.sql rsync://u@h/m",
    ],
)
def test_options_may_stand_in_a_list(line: str) -> None:
    (deed,) = deeds_of(line)
    assert isinstance(deed.action, Backup)
    assert deed.action.full_every_seconds == 7 * 86400
    assert deed.action.encryption.state == "off"


@pytest.mark.parametrize("line", ["O=(a", "O=(a; b)", "O=(", "mysqldump (a)"])
def test_a_list_that_stays_open_is_not_complete(line: str) -> None:
    (deed,) = deeds_of(line)
    assert isinstance(deed.action, Opaque)
    assert deed.action.why.startswith("not complete shell")


@pytest.mark.parametrize(
    "line",
    [
        'said=$(mysqldump agama 2>&1 > a.sql) || { echo "$said"; exit 1; }',
        'test -z "$(mysqldump agama 2>&1 > a.sql)"',
        "said=`mysqldump agama 2>&1 > a.sql`",
        "N=$((N + 1)); mysqldump agama > a.sql",
    ],
)
def test_what_is_done_while_its_words_are_caught_is_done(line: str) -> None:
    assert dumps(line) == 1


def test_what_is_only_caught_goes_nowhere() -> None:
    assert deeds_of("X=$(mysqldump agama | wc -c)") == ()


def test_a_name_with_blanks_in_what_a_program_prints_is_one_word() -> None:
    dump, move = deeds_of("T=$(mktemp a.XXXX); mysqldump agama > $T; mv $T a.sql")
    assert isinstance(dump.action, Dump)
    assert isinstance(move.action, Copy)
    assert move.action.sources == (dump.action.target,)


@pytest.mark.parametrize(
    ("value", "modes"),
    [
        ('$([ "$(date +%u)" = 7 ] && echo full || echo incremental)', ["full", "incremental"]),
        ("$(test -f x && echo full || echo 'inc')", ["full", "incremental"]),
        ("`echo full`", ["full"]),
        ("$(echo full; date)", []),
        ("$(echo $X)", []),
        ("$(echo full", []),
        ("$(echo full | cat)", []),
    ],
)
def test_what_a_condition_prints_is_each_of_its_words(value: str, modes: list[str]) -> None:
    found = deeds_of(f"MODE={value}; duplicity --no-encryption $MODE a.sql rsync://u@h/a")
    assert [deed.action.mode for deed in found if isinstance(deed.action, Backup)] == modes


@pytest.mark.parametrize(
    ("options", "tables", "part"),
    [
        ("agama", (), ""),
        ("agama item note", ("item", "note"), ""),
        ("--databases agama wiki", (), ""),
        ("--where='id > 9' agama", (), "where=id > 9"),
        ("-w id=9 agama item", ("item",), "w=id=9"),
        ("--ignore-table=agama.item agama", (), "ignore-table=agama.item"),
        ("--no-create-info agama", (), "no-create-info"),
        ("-t agama", (), "t"),
    ],
)
def test_a_dump_tells_what_of_its_database_it_holds(options: str, tables: tuple[str, ...], part: str) -> None:
    for line in (f"mysqldump {options} > a.sql", f"mysqldump {options} -r a.sql"):
        (deed,) = deeds_of(line)
        assert isinstance(deed.action, Dump)
        assert (deed.action.tables, deed.action.part) == (tables, part)
