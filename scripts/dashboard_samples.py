"""A made-up week of a small account, for the picture of the dashboard: for each label of a metric
in template.yaml its points, as (hour, value)."""

import random
from datetime import datetime, timedelta, timezone

HOURS = 7 * 24
START = datetime(2026, 1, 5, tzinfo=timezone.utc)
DICE = random.Random(5)  # seeded: the picture is the same every time
SOURCES = {
    "guardduty": {11: 1, 41: 2, 77: 1, 95: 1, 122: 1, 155: 1},
    "security-hub": {30: 1, 98: 1},
    "trufflehog": {58: 1, 140: 2},
    "health": {59: 1},
}
# One a day: active keys, then how many of them are Deactivated, Exempt, Noticed and Pending.
SWEEPS = {
    24 * day + 6: counts
    for day, counts in enumerate(
        [
            (64, 3, 5, 2, 14),
            (62, 3, 5, 1, 13),
            (60, 4, 5, 0, 10),
            (56, 2, 5, 2, 8),
            (56, 3, 5, 1, 7),
            (53, 2, 5, 0, 6),
            (51, 1, 5, 1, 5),
        ]
    )
}
# A permission was missing: an event failed three times, and waited overnight to be sent again.
FAILED, AGAIN = 83, 95


def each_hour(values):
    return [(hour, values.get(hour, 0)) for hour in range(HOURS)]


def each_sweep(value):
    return [(hour, value(*counts)) for hour, counts in SWEEPS.items()]


def about(low, high):
    """A value for each hour in which a finding of GuardDuty or Security Hub was answered."""
    hours = sorted(SOURCES["guardduty"] | SOURCES["security-hub"])
    return [(hour, low + DICE.random() * (high - low)) for hour in hours]


def longer(points):
    return [(hour, value * (1.1 + DICE.random())) for hour, value in points]


CONTAIN, LATENCY = about(90, 320), about(160, 380)
LINES = {
    "sweeps": each_hour({hour: counts[1] for hour, counts in SWEEPS.items()}),
    "time to contain, p50": CONTAIN,
    "time to contain, longest": longer(CONTAIN),
    "latency, p50": LATENCY,
    "latency, longest": longer(LATENCY),
    "failed responses": each_hour({FAILED: 3}),
    "failed sweeps": each_hour({126: 1}),
    "keys left active by responses": each_hour({FAILED: 3}),
    "keys left active by sweeps": each_hour({}),
    "notifications failed": each_hour({}),
    "write-backs failed": each_hour({}),
    "events": each_hour({hour: 1 for hour in range(FAILED, AGAIN)}),
    "age of the oldest": each_hour(
        {hour: 1800 + 3600 * (hour - FAILED) for hour in range(FAILED, AGAIN)}
    ),
    "completed": each_sweep(lambda *_: 1),
    "refused": each_sweep(lambda *_: 0),
    "keys deactivated": each_sweep(lambda active, deactivated, *_: deactivated),
    "keys pending": each_sweep(lambda *counts: counts[-1]),
    "keys looked at": each_sweep(lambda active, *_: active),
    "stale keys": each_sweep(lambda active, *counts: sum(counts)),
    "longest": [(hour, 3900 + DICE.random() * 1400) for hour in SWEEPS],
}


def lines(label):
    """The lines that a metric draws: a search draws one for each source it finds."""
    if label == "${PROP('Dim.Source')}":
        return {source: each_hour(counts) for source, counts in SOURCES.items()}
    return {label: LINES[label]}


def sweep_log(columns, limit):
    """The newest sweeps, as the log query lists them."""
    rows = []
    for hour, (active, *counts) in sorted(SWEEPS.items(), reverse=True)[:limit]:
        names = ("Deactivated", "Exempt", "Noticed", "Pending", "Compliant")
        parts = zip([*counts, active - sum(counts)], names)
        listed = ", ".join(f"{count} {name}" for count, name in parts if count)
        row = {
            "@timestamp": f"{START + timedelta(hours=hour):%Y-%m-%d %H:%M:%S}.000",
            "summary": f"swept 71 users with {active} active keys: {listed}",
            "attention": "1",
        }
        rows.append([row[column] for column in columns])
    return rows
