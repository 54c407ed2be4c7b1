"""Grades for the tests of reports: one with a result of each status, a class, and whatever a hostile host can bring."""

from hypothesis import strategies as st

from labcheck.model import Basis, ClassResult, Evidence, Grade, Person, Result, Run, State, Status, Visibility

HOSTILE = "[red]x[/red] [/] :smile: <script>alert(1)</script> {{7*7}} %(x)s"
GRADE = Grade(
    "elvis",
    (
        Result("dump_exists", "1.1", "agama.sql is there", 1, Status.PASS, seconds=0.25),
        Result("dump_is_complete", "1.2", "agama.sql is whole", 2, Status.FAIL, f"`{HOSTILE}`", "tail -1 agama.sql"),
        Result("dump_holds_the_rows", "1.3", "it holds the rows", 3, Status.SKIP, "nothing to look at yet"),
        Result("app_answers", "10.12", "the page answers", 4, Status.ERROR, "cannot sign in to app"),
    ),
)
ASKED = (
    Evidence("db", "backup", "tail -n 1 agama.sql", 1, "tail: cannot open 'agama.sql'\nNo such file or directory"),
    Evidence("db", "backup", "ls -l agama.sql", None, "db did not answer within 10 s"),
)


def passing(name: str, step: str, points: float = 1) -> Result:
    return Result(name, step, f"{name} is so", points, Status.PASS)


def failing(name: str, step: str, points: float = 1, credit: float = 0, found: str = "an empty file") -> Result:
    return Result(name, step, f"{name} is so", points, Status.FAIL, found, "Look: `ls`", credit=credit, evidence=ASKED)


def seen_by(result: Result, visibility: Visibility, *, bonus: bool = False) -> Result:
    return Result(**{**vars(result), "visibility": visibility, "bonus": bonus})


PRISCILLA = Grade(
    "priscilla",
    (
        passing("dump", "1.1"),
        failing("rows", "1.2", 4, credit=0.5),
        seen_by(failing("copy", "2.1", 2, found="the secret of 2.1"), Visibility.HIDDEN),
        seen_by(passing("chain", "4.1", 3), Visibility.AFTER_DUE),
        seen_by(passing("extra", "5.1", 2), Visibility.SHOWN, bonus=True),
    ),
    began="2026-11-23T01:00:00+00:00",
    late_penalty=0.1,
    warnings=("db is the machine of `frodo`, too",),
    person=Person("Priscilla Õ, jr.", "p@example.org", "B12345"),
)
FRODO = Grade("frodo", (), State.UNREACHABLE, "db did not answer within 10 s")
RUN = Run("2026-11-23T01:00:00+00:00", 12.5, due="2026-11-30T22:00:00+00:00", version="0.1.0", warnings=("two alike",))
CLASS = ClassResult("backup-tools", "Week 10: backup tools", (PRISCILLA, FRODO), RUN)


def alone(grade: Grade) -> ClassResult:
    return ClassResult("backup-tools", "Week 10: backup tools", (grade,), RUN)


ATTACKS = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "\"'><svg/onload=alert(1)>",
    "]]><!--",
    "\x1b]0;owned\x07\x1b[2J",
    "\u202egrade\u202c \u200b\ufeff\u2028",
    "\x00\x01\x0b\x7f\x85\ufffe\uffff\ud800",
    "=cmd|' /C calc'!A0",
    "+1+1\t=2\r\n-3;@SUM(A1)",
    '\t=HYPERLINK("http://x")',
    "::error file=a::forged",
    "\n::add-mask::a\n::stop-commands::b",
    "##[error]forged##[stop-commands]x",
    "%0A::error::forged",
    "{{7*7}} {% raw %} ${7*7} %(x)s",
    "| a | b |\n|--|--|\n# h\n![x](http://x)<b>@everyone</b> https://evil.example www.evil.example a@b.example `x",
    "../../etc/passwd",
    "-oProxyCommand=x",
    "",
    "CON.txt ",
    "x" * 500,
]
TEXTS = st.one_of(st.sampled_from(ATTACKS), st.text(max_size=30))
POINTS = st.sampled_from([0, 0.25, 0.33, 1, 2, 3.5, 10])
EVIDENCE = st.builds(Evidence, TEXTS, TEXTS, TEXTS, st.none() | st.integers(0, 255), TEXTS)
RESULTS = st.builds(
    Result,
    name=TEXTS,
    step=TEXTS | st.sampled_from(["1.1", "1.10", "2.1"]),
    title=TEXTS,
    points=POINTS,
    status=st.sampled_from(Status),
    found=TEXTS,
    hint=TEXTS,
    seconds=st.floats(0, 1e4),
    credit=st.sampled_from([0, 0.5, 1 / 3, 1]),
    visibility=st.sampled_from(Visibility),
    bonus=st.booleans(),
    basis=st.sampled_from(Basis),
    evidence=st.lists(EVIDENCE, max_size=2).map(tuple),
)
GRADES = st.builds(
    Grade,
    student=TEXTS,
    results=st.lists(RESULTS, max_size=4, unique_by=lambda one: one.name).map(tuple),
    state=st.sampled_from(State),
    note=TEXTS,
    began=st.sampled_from(["", "2026-11-23T01:00:00+00:00"]),
    seconds=st.floats(0, 1e5),
    late_penalty=st.sampled_from([0, 0.1, 1]),
    warnings=st.lists(TEXTS, max_size=2).map(tuple),
    person=st.builds(Person, TEXTS, TEXTS, TEXTS),
)
CLASSES = st.builds(
    ClassResult,
    lab=TEXTS,
    title=TEXTS,
    grades=st.lists(GRADES, max_size=3).map(tuple),
    run=st.builds(Run, began=TEXTS, due=st.sampled_from(["", RUN.due]), version=TEXTS, warnings=st.just((ATTACKS[0],))),
)
