"""Promises are understood in any reasonable wording and unit."""

import pytest

from labcheck.submissions.claims import claims_of
from labcheck.submissions.times import first_length

DAY, HOUR = 86400, 3600


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("24h", DAY), ("24-hour", DAY), ("one day", DAY), ("1 day and 2 hours", DAY + 2 * HOUR), ("24h 02m", DAY + 120),
        ("90 min", 5400), ("half an hour", 1800), ("1,5 hours", 5400), ("two weeks", 14 * DAY), ("a month", 30 * DAY),
        ("24h02", DAY + 120), ("24 h & 2 min", DAY + 120), ("24 hours, and 2 min", DAY + 120), ("1,442 min", DAY + 120),
        ("30 days plus 1 h", 30 * DAY + HOUR), ("24h 30 days", DAY + 30 * DAY), ("soon", None), ("0 h", None),
        ("twenty-five hours", 25 * HOUR), ("24 (twenty-four) hours", DAY),
        ("half a day", DAY // 2), ("a quarter of an hour", 900),
        ("one and a half days", 36 * HOUR), ("a quarter of a year", 91 * DAY),
    ],
)  # fmt: skip
def test_a_length_of_time_is_read(text: str, seconds: int | None) -> None:
    assert first_length(text) == seconds


@pytest.mark.parametrize(
    ("text", "kind", "value", "service"),
    [
        ("RPO: 24h", "rpo", DAY, ""),
        ("Recovery point objective for MySQL is one day.", "rpo", DAY, "mysql"),
        ("We may lose at most 12 hours of InfluxDB data.", "rpo", 12 * HOUR, "influxdb"),
        ("RPO is:\n - 6 hours for MariaDB", "rpo", 6 * HOUR, "mysql"),
        ("| Service | RPO |\n|---|---|\n| MySQL | 25 h |", "rpo", 25 * HOUR, "mysql"),
        ("MySQL backups are stored for 30 days.", "retention", 30 * DAY, "mysql"),
        ("## Restore\n\nRTO is:\n - 1 h\n\nBackups are retained for 30 days.", "retention", 30 * DAY, ""),
        ("Backups older than 4 weeks are deleted.", "retention", 28 * DAY, ""),
        ("Backups are stored for 30 days; 29 versions are available to restore.", "versions", 29, ""),
        ("Versions: 12", "versions", 12, ""),
        ("Backups are created every 6 hours.", "interval", 6 * HOUR, ""),
        ("Backups run nightly.", "interval", DAY, ""),
        ("The database is backed up twice a day.", "interval", 12 * HOUR, "mysql"),
        ("A full backup is made every Sunday.", "full-interval", 7 * DAY, ""),
        ("A full backup is made each Friday.", "full-day", 5, ""),
        ("MySQL backups start at 10:30 pm.", "time", 22 * 60 + 30, "mysql"),
        ("Dumps are made at 01:00 and uploaded at 02:30.", "time", 150, ""),
        ("RPO:\n\nMySQL: two days", "rpo", 2 * DAY, "mysql"),
        ("<h3>Recovery point objective</h3>\n\nMariaDB has 3 h.", "rpo", 3 * HOUR, "mysql"),
        ("The recovery point objective is for:\n\nInfluxDB six hours", "rpo", 6 * HOUR, "influxdb"),
        ("## Retention\n\nA full backup is made every 4 weeks (28 days).", "full-interval", 28 * DAY, ""),
        ("# SLA\n\n## InfluxDB\n\n### RPO\n\n6 hours", "rpo", 6 * HOUR, "influxdb"),
        ("SLA\n===\n\nMariaDB\n-------\n\n### RPO\n\n6 hours", "rpo", 6 * HOUR, "mysql"),
        ("InfluxDB server\n\nRPO:\n\n    At most 6 hours", "rpo", 6 * HOUR, "influxdb"),
        ("# SLA\n\n## The Git repository\n\n### RPO\n\n6 hours", "rpo", 6 * HOUR, "other"),
        ("|  | Database |\n|---|---|\n| Recovery point | 25 hours |", "rpo", 25 * HOUR, "mysql"),
        ("The lifetime of a backup is 10 days, which leaves a day to test it.", "retention", 10 * DAY, ""),
        ("The RPO is 10 minutes and the RTO 2 hours.", "rpo", 600, ""),
        ("We keep the last 3 backups.", "versions", 3, ""),
        ("Drop backup data after 30 days.", "retention", 30 * DAY, ""),
        ("Backups older than 30 days are unusable and thus deleted.", "retention", 30 * DAY, ""),
        ("## RPO\n\nWhat is restored is no older than 24 hours.", "rpo", DAY, ""),
        ("# SLA\n\n## Monitoring servers\n\n### RPO\n\nLog loss of 4 hours is tolerable.", "rpo", 4 * HOUR, "other"),
        ("Backup RPO (recovery point objective)\n\nMariaDB \u2013 7 days (1 week)", "rpo", 7 * DAY, "mysql"),
        ("RPO\n\nWe restore the state of no more than one day ago.", "rpo", DAY, ""),
        ("## RPO\n\nA backup is made every 6 hours.", "rpo-schedule", 6 * HOUR, ""),
        (
            "- **MySQL**:\n    - Retention: 2 days\n- **InfluxDB**:\n    - Retention: 6 days",
            "retention",
            6 * DAY,
            "influxdb",
        ),
        ("Full backup: every Sunday at 00:20, kept for 30 days.", "time", 20, ""),
        ("Full backup: every Sunday at 00:20, kept for 30 days.", "retention", 30 * DAY, ""),
        ("Duration: keep backups for 30 days.", "retention", 30 * DAY, ""),
        ("## RTO\n\nTwo hours.\nFull backup: each Sunday", "full-day", 0, ""),
        ("MySQL backups start at noon.", "time", 720, "mysql"),
        ("RPO: zero data loss", "rpo", 0, ""),
        ("## RPO\n\nNo data loss is acceptable.", "rpo", 0, ""),
        ("1. Coverage\n\n2. RPO (Recovery Point Objective)\nA state of one day ago.", "rpo", DAY, ""),
    ],
)
def test_a_promise_is_understood(text: str, kind: str, value: int, service: str) -> None:
    assert (kind, value, service) in [(one.kind, one.value, one.service) for one in claims_of(text)]


@pytest.mark.parametrize(
    "text",
    [
        "RTO: 2 hours",
        "## Usability checks\n\nBackups are verified every month.",
        "It takes up to 10 minutes to create and store the backup.",
        "All backups are started by 01:00.",
        "Backups begin at 02:00 UTC+2.",
        "We keep all versions.",
        "A full local dump is made every hour and kept for 2 hours.",
        "Restores are tested every two weeks by Frodo.",
        "## RPO and RTO\n\nWe prepare for the recovery within an hour since the disruption.",
        "<!-- RPO: 3 hours?\nBackups are kept for 2 days -->",
        "The oldest backup is deleted at 02:10.",
        "Backups begin around 01:00 or at 01:00-01:30.",
        "## RPO\n\nI left a gap of 2 hours before the full upload, with 1 minute steps.",
        "Servers go by EET.\n\nThe hour chosen for backups is 01:10, at night.",
    ],
)
def test_what_is_no_promise_about_backups_is_left_alone(text: str) -> None:
    assert claims_of(text) == ()
