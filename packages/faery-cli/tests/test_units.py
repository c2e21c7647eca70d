import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faery_cli import units


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("100ms", 100_000),
        ("1.5s", 1_500_000),
        ("20us", 20),
        ("20µs", 20),
        ("2min", 120_000_000),
        ("1h", 3_600_000_000),
        ("00:00:01.5", 1_500_000),
        ("01:01:01", 3_661_000_000),
        ("0.25", 250_000),
        ("3", 3_000_000),
        (0.25, 250_000),
        (2, 2_000_000),
        ("-5ms", -5000),
        ("1e-3", 1000),
    ],
)
def test_times_have_units_and_plain_numbers_are_seconds(text, us):
    assert units.DURATION.read(text) == us


def test_a_time_that_was_read_is_not_read_again_as_seconds():
    once = units.DURATION.read("20ms")
    assert units.DURATION.read(once) == 20_000


@pytest.mark.parametrize("text", ["250000", 250_000, "999999999999"])
def test_a_plain_number_meant_as_microseconds_is_refused_with_a_hint(text):
    with pytest.raises(ValueError, match="us for microseconds"):
        units.DURATION.read(text)


@given(st.integers(0, 86_399_999_999))
def test_times_survive_being_shown(us):
    text = units.DURATION.show(us)
    assert units.DURATION.read(text) == pytest.approx(us, rel=1e-5)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (units.RATE, "60Hz", 60),
        (units.RATE, "60", 60),
        (units.RATE, "1.5kHz", 1500),
        (units.RATE, 30, 30),
        (units.SIZE, "640x480", (640, 480)),
        (units.SIZE, (640, 480), (640, 480)),
        (units.COUNT, "2M", 2_000_000),
        (units.COUNT, "20k", 20_000),
        (units.COUNT, "0.3k", 300),
        (units.COUNT, 7, 7),
        (units.RATIO, "10%", 0.1),
        (units.RATIO, "0.1", 0.1),
        (units.SPEED, "1/10", 0.1),
        (units.SPEED, "0.5", 0.5),
        (units.SPEED, "x2", 2),
        (units.SPEED, "10%", 0.1),
        (units.NUMBER, "-2.5", -2.5),
        (units.INTEGER, "12", 12),
    ],
)
def test_values_are_read_with_their_units(kind, text, value):
    assert kind.read(text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (units.DURATION, "10 parsecs"),
        (units.DURATION, ""),
        (units.DURATION, None),
        (units.DURATION, "1e300h"),
        (units.DURATION, float("nan")),
        (units.DURATION, "99999999999999999:00:00"),
        (units.RATE, "0"),
        (units.RATE, "-3Hz"),
        (units.RATE, "3m"),
        (units.SIZE, "640"),
        (units.SIZE, "0x4"),
        (units.SIZE, 640),
        (units.COUNT, "1.5"),
        (units.COUNT, "-1"),
        (units.RATIO, "110%"),
        (units.SPEED, "0"),
        (units.SPEED, "1/0"),
        (units.NUMBER, "3Hz"),
        (units.INTEGER, "1.5"),
        (units.INTEGER, 1.5),
        (units.INTEGER, True),
    ],
)
def test_what_is_no_value_is_refused_with_what_was_expected(kind, text):
    with pytest.raises(ValueError, match="expected"):
        kind.read(text)


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text):
    for kind in (units.DURATION, units.RATE, units.SIZE, units.COUNT, units.RATIO, units.SPEED):
        with contextlib.suppress(ValueError):
            kind.read(text)
