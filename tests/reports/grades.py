"""A grade with one result of each status, for the tests of reports."""

from labcheck.model import Grade, Result, Status

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
