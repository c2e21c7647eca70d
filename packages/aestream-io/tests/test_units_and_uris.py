"""Quantities with units and the addresses of streams."""

import contextlib
import os
import pathlib
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aestream_io import EventError, UriError
from aestream_io.units import (
    format_duration,
    parse_bool,
    parse_bytes,
    parse_count,
    parse_duration_us,
    parse_number,
    parse_size,
)
from aestream_io.uri import parse_uri


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("100ms", 100_000),
        ("1s", 1_000_000),
        ("1e-3 s", 1000),
        ("20us", 20),
        ("20µs", 20),
        ("20μs", 20),
        ("2min", 120_000_000),
        ("1h", 3_600_000_000),
        (".5ms", 500),
        ("0", 0),
    ],
)
def test_durations_have_units(text, microseconds):
    assert parse_duration_us(text) == microseconds


@pytest.mark.parametrize("text", ["100", "1.5", "-1s", "5 Hz", "1e400s", "s", "", "1s2", "ms1"])
def test_durations_without_a_unit_of_time_are_refused(text):
    with pytest.raises(UriError, match="expected a duration such as 100ms"):
        parse_duration_us(text)


@pytest.mark.parametrize(
    ("parse", "good", "value", "bad"),
    [
        (parse_number, "2.5k", 2500.0, "2.5q"),
        (parse_number, "5e6ev/s", 5e6, "fast"),
        (parse_number, "1kHz", 1000.0, "1Hzk"),
        (parse_count, "1e3", 1000, "1.5"),
        (parse_count, "0", 0, "-1"),
        (parse_bytes, "8MiB", 1 << 23, "8Mb"),
        (parse_size, "640x480", (640, 480), "640"),
        (parse_size, "1280×720", (1280, 720), "0x720"),
        (parse_size, "65536x1", (65536, 1), "65537x1"),
        (parse_bool, "Yes", True, "maybe"),
    ],
)
def test_quantities_are_read_and_nonsense_is_refused(parse, good, value, bad):
    assert parse(good) == value
    with pytest.raises(UriError, match="expected"):
        parse(bad)


@given(st.integers(0, 10**12))
@settings(deadline=None)
def test_a_formatted_duration_reads_back_to_four_digits(us):
    assert parse_duration_us(format_duration(us)) == pytest.approx(us, rel=1e-3)


@given(st.text(max_size=20))
@settings(deadline=None)
def test_arbitrary_text_gives_a_value_or_a_uri_error(text):
    for parse in (
        parse_duration_us,
        parse_number,
        parse_count,
        parse_bytes,
        parse_size,
        parse_bool,
    ):
        with contextlib.suppress(UriError):
            parse(text)
    try:
        uri = parse_uri(text)
    except UriError:
        return
    with contextlib.suppress(UriError):
        uri.host_port(host="h", port=1)


@pytest.mark.parametrize(
    ("text", "scheme", "target", "values"),
    [
        ("x.raw", "file", "x.raw", {}),
        ("file:x.raw", "file", "x.raw", {}),
        ("file:///a%20b.raw", "file", "/a b.raw", {}),
        ("./a:b.raw", "file", "./a:b.raw", {}),
        ("C:\\x.raw", "file", "C:\\x.raw", {}),
        ("x.raw?size=3x4&format=evt2", "file", "x.raw", {"size": "3x4", "format": "evt2"}),
        ("what?.raw", "file", "what?.raw", {}),
        ("-", "-", "-", {}),
        ("-?format=csv", "-", "-", {"format": "csv"}),
        ("UDP:1.2.3.4:5?a=b%26c", "udp", "1.2.3.4:5", {"a": "b&c"}),
        ("synth:", "synth", "", {}),
        ("a+b.c-d:x", "a+b.c-d", "x", {}),
    ],
)
def test_addresses_are_taken_apart(text, scheme, target, values):
    uri = parse_uri(text)
    assert (uri.scheme, uri.target, dict(uri.values)) == (scheme, target, values)
    assert uri.text == text


def test_a_file_that_exists_is_taken_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "udp:odd?x=1" if os.name != "nt" else "odd&x=1"
    pathlib.Path(name).touch()
    assert parse_uri(name).scheme == "file"
    assert parse_uri(pathlib.Path("udp:never?a=b")).target == "udp:never?a=b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("udp:", ("h", 1)),
        ("udp:7", ("h", 7)),
        ("udp:a", ("a", 1)),
        ("udp:a:7", ("a", 7)),
        ("udp://a:7/", ("a", 7)),
        ("udp::7", ("h", 7)),
        ("udp:[::1]", ("::1", 1)),
        ("udp:[::1]:7", ("::1", 7)),
        ("udp:fe80::1", ("fe80::1", 1)),
    ],
)
def test_host_and_port_may_be_left_out(text, expected):
    assert parse_uri(text).host_port(host="h", port=1) == expected


@pytest.mark.parametrize("text", ["udp:a:b", "udp:a:70000", "udp:70000", "udp:a:-1", "udp:a:٣"])
def test_bad_ports_are_refused(text):
    with pytest.raises(UriError, match="expected a port from 0 to 65535"):
        parse_uri(text).host_port(host="h", port=1)


@pytest.mark.parametrize("text", ["", "udp:x?size", "udp:x?=1", "udp:x?a=1&b"])
def test_addresses_that_mean_nothing_are_refused(text):
    with pytest.raises(UriError, match="expected"):
        parse_uri(text)


def test_an_unknown_option_is_refused_with_the_known_ones():
    options = parse_uri("udp:1?sise=3x4").options
    options.size("size")
    options.flag("fast", False)
    with pytest.raises(
        UriError, match=r"unknown option 'sise'; did you mean 'size'\? \(options: size, fast\)"
    ):
        options.done()


def test_a_bad_value_is_refused_with_address_and_name():
    with pytest.raises(EventError, match=r"udp:1\?size=big: size: expected a size such as 640x480"):
        parse_uri("udp:1?size=big").options.size("size")
    with pytest.raises(UriError, match="format: expected one of a, b, got 'c'"):
        parse_uri("udp:1?format=c").options.choice("format", ["a", "b"], "a")


@given(
    st.dictionaries(
        st.text(string.ascii_lowercase, min_size=1, max_size=5),
        st.text(string.ascii_letters + string.digits + ".:/-", max_size=8),
        max_size=4,
    )
)
@settings(deadline=None)
def test_options_come_back_as_they_were_given(values):
    query = "&".join(f"{k}={v}" for k, v in values.items())
    uri = parse_uri(f"scheme:target?{query}" if values else "scheme:target")
    assert dict(uri.values) == values
    assert uri.options.rest() == values
