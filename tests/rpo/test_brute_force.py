"""The engine agrees with a brute force that lives through every minute, on pipelines that nobody thought of."""

from collections.abc import Iterable
from datetime import date

from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st

from labcheck.rpo import Answer, CrontabFile, Durations, Period, Question, answer
from tests.rpo.minute_by_minute import WEEK, Stage, System, losses

DAY = 24 * 60
MONDAY = date(2026, 1, 26)
WARM_UP_DAYS, DAYS = 21, 7
WEEKDAYS = {"*": range(7), "1-5": range(5), "0,3": (6, 2), "1": (0,)}


def starts_of(weekdays: str, hours: Iterable[int], minutes: Iterable[int]) -> frozenset[int]:
    """Return the minutes of the week at which a schedule starts its job."""
    return frozenset(
        day * DAY + hour * 60 + minute for day in WEEKDAYS[weekdays] for hour in hours for minute in minutes
    )


@st.composite
def stages(draw: st.DrawFn, shortest: int, longest: int) -> tuple[str, Stage]:
    """A cron schedule with the minutes of the week that it means, and a length in minutes (a transfer takes one)."""
    minutes = draw(st.sets(st.integers(0, 59), min_size=1, max_size=2))
    hours = draw(st.one_of(st.none(), st.sets(st.integers(0, 23), min_size=1, max_size=3)))
    weekdays = draw(st.sampled_from(list(WEEKDAYS)))
    starts = starts_of(weekdays, hours or range(24), minutes)
    text = f"{numbers(minutes)} {numbers(hours) if hours else '*'} * * {weekdays}"
    return text, Stage(starts, draw(st.integers(shortest, longest)))


def numbers(values: set[int]) -> str:
    return ",".join(str(value) for value in sorted(values))


def nearest(starts: frozenset[int]) -> int:
    ordered = sorted(starts)
    return min(later - earlier for earlier, later in zip(ordered, [*ordered[1:], ordered[0] + WEEK], strict=True))


@st.composite
def systems(draw: st.DrawFn) -> tuple[list[str], System]:
    (dump, first), (upload, second), (offsite, third) = (draw(stages(*both)) for both in ((0, 4), (1, 90), (1, 90)))
    assume(nearest(first.starts) >= first.minutes)  # two dumps at once into one file: that has no right answer
    in_place, keeps = draw(st.booleans()), draw(st.booleans())
    return [dump, upload, offsite], System(first, second, third, in_place, keeps)


def crontabs(schedules: list[str], system: System) -> tuple[CrontabFile, ...]:
    dump = "mysqldump shop > s.sql" if system.in_place else "mysqldump shop > s.new && mv s.new s.sql"
    tool = "duplicity --no-encryption" if system.upload_keeps else "rsync"
    target = "rsync://u@store//srv/shop" if system.upload_keeps else "u@store:/srv/s.sql"
    far = "rsync -a /srv/shop/ far:/copy" if system.upload_keeps else "rsync /srv/s.sql far:/copy/s.sql"
    return (
        CrontabFile("db", "db", f"{schedules[0]} root {dump}\n{schedules[1]} root {tool} s.sql {target}\n"),
        CrontabFile("store", "store", f"{schedules[2]} root {far}\n"),
    )


def ask(schedules: list[str], system: System) -> Answer:
    jobs = {
        ("dump", "db", 1): system.dump.minutes * 60,
        ("transfer", "db", 2): system.upload.minutes * 60,
        ("transfer", "store", 1): system.offsite.minutes * 60,
    }
    question = Question(crontabs(schedules, system), Period(MONDAY, DAYS), Durations(jobs=jobs))
    return answer(question, variants=False)


def in_minutes(seconds: int | None) -> int | None:
    return None if seconds is None else seconds // 60


# Without luck only the uploads of weekends come to anything, as those of other days begin in the minute of the dump.
ONLY_AT_WEEKENDS = (
    ["33 0,2,14 * * 1-5", "33 0,2,14 * * *", "23 23 * * 1-5"],
    System(
        Stage(starts_of("1-5", (0, 2, 14), [33]), 3),
        Stage(starts_of("*", (0, 2, 14), [33]), 19),
        Stage(starts_of("1-5", [23], [23]), 24),
        in_place=True,
        upload_keeps=True,
    ),
)


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@example(ONLY_AT_WEEKENDS)
@given(systems())
def test_worst_case_and_mean_agree_with_living_through_every_minute(case: tuple[list[str], System]) -> None:
    schedules, system = case
    warm_up, until = WARM_UP_DAYS * DAY, (WARM_UP_DAYS + DAYS) * DAY
    assert warm_up % WEEK == 0
    lucky = losses(system, warm_up, until, lucky=True)
    unlucky = losses(system, warm_up, until, lucky=False)
    for one, name in zip(ask(schedules, system).paper, ("table", "host", "site"), strict=True):
        assert in_minutes(one.rpo_seconds) == lucky.worst[name], (name, schedules, system)
        assert in_minutes(one.worst_seconds) == unlucky.worst[name], (name, schedules, system)
        if one.mean_seconds is not None:
            assert abs(one.mean_seconds / 60 - lucky.area[name] / (DAYS * DAY)) < 0.02
