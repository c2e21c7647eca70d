"""Events as text: any bytes, any cut, any layout, against a plain reading of the lines."""

import itertools
import math
import re
from decimal import Decimal

import numpy as np
import pytest
from codec_support import cuts, recordings, rows
from hypothesis import example, given, settings
from hypothesis import strategies as st

from neuro_kernels import EventError, Events, codecs

relaxed = settings(deadline=None, max_examples=150)
PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
WORDS = {"true": 1, "on": 1, "false": 0, "off": 0}


def reference(data: bytes, size: tuple[int, int], exponent: int) -> tuple[list, int, int]:
    """Events, lines that are none, and events outside, of lines `t,x,y,p`."""
    found, bad, outside = [], 0, 0
    for line in data.decode("latin-1").split("\n"):
        text = line.strip(" \t\r")
        if not text or text[0] in "#%":
            continue
        fields = [field.strip(" \t\r") for field in text.split(",")][:4]
        polarity = fields[3].lower() if len(fields) == 4 else ""
        numbers = fields[:3] if polarity in WORDS else fields
        if len(line) > 512 or len(fields) < 4 or not all(map(PLAIN.fullmatch, numbers)):
            bad += 1
            continue
        t, x, y = (Decimal(field) for field in fields[:3])
        p = Decimal(WORDS[polarity]) if polarity in WORDS else Decimal(polarity)
        if any(value % 1 for value in (x, y, p)) or abs(p) > 1:
            bad += 1
        elif not (0 <= x < size[0] and 0 <= y < size[1]):
            outside += 1
        else:
            scaled = t.scaleb(exponent)
            whole = math.floor(abs(scaled) + Decimal("0.5"))
            found.append((whole if scaled >= 0 else -whole, int(x), int(y), int(p > 0)))
    return found, bad, outside


FIELD = st.sampled_from(
    ["0", "1", "7", "63", "64", "-1", "+1", "true", "off", "0.5", "1e1", "2.0", " 3 ", "", "x", "."]
)
LINES = st.lists(
    st.lists(FIELD | st.integers(0, 10**9).map(str), min_size=1, max_size=6).map(",".join)
    | st.sampled_from(["", "# note", "5,1,2,1", "6,3,4,0\r"]),
    max_size=30,
).map("\n".join)


@relaxed
@given(LINES | st.text("0123456789,.-+e \n#", max_size=80), cuts(200), st.sampled_from(["us", "s"]))
@example("1,2,3,1", [2], "us")
@example("0,0,0,.", [], "us")
@example("1,2,3,1\n" * 30 + "9" * 600 + "\n2,3,4,0\n", [300, 700], "us")
def test_text_agrees_with_a_plain_reading_for_any_bytes(text, where, unit):
    data, size = text.encode(), (64, 64)
    machine = codecs.decoder("text", size=size, unit=unit)
    edges = [0, *sorted(min(cut, len(data)) for cut in where), len(data)]
    parts = [machine.feed(data[a:b]) for a, b in itertools.pairwise(edges)]
    parts.append(machine.finish())
    found, bad, outside = reference(data, size, 6 if unit == "s" else 0)
    assert rows(Events.concatenate(parts)) == found
    report = machine.report
    assert (report.unknown_words, report.out_of_range) == (bad, outside)
    assert report.bytes_read == len(data)
    assert (report.bytes_skipped > 0) == (bad + outside > 0)


@relaxed
@given(st.binary(max_size=300), cuts(300))
def test_any_bytes_are_read_without_harm_and_alike_for_any_cut(data, where):
    whole = codecs.decode("text", data, size=(64, 64))
    machine = codecs.decoder("text", size=(64, 64))
    edges = [0, *sorted(min(cut, len(data)) for cut in where), len(data)]
    parts = [machine.feed(data[a:b]) for a, b in itertools.pairwise(edges)]
    assert Events.concatenate([*parts, machine.finish()]) == whole[0]
    assert machine.report == whole[2]


@relaxed
@given(recordings(), st.sampled_from(["txyp", "xypt", "pyxt"]), st.sampled_from(", ;\t"))
def test_written_text_is_read_back(events, columns, separator):
    options = {"columns": columns, "separator": separator}
    data = codecs.encode("text", events, **options)
    again, _, counts = codecs.decode("text", data, size=events.size, **options)
    assert again == events
    assert counts.first_problem_offset is None


EDGES = [0, 9_999, 10_000, 99_999_999, 10**8, 10**12 - 1, 10**12, 10**16, -1, -10_000]
EDGES += [2**63 - 1, -(2**63)]


@relaxed
@given(
    st.lists(
        st.tuples(
            st.sampled_from(EDGES) | st.integers(-(2**63), 2**63 - 1) | st.integers(0, 30_000),
            st.integers(0, 1023),
            st.sampled_from([0, 9, 10, 999, 9_999, 19_999]),
            st.integers(0, 1),
        ),
        max_size=20,
    ),
    st.sampled_from([(1024, 20_000), (1024, 1000), (65536, 10_000)]),
    st.sampled_from(["txyp", "xypt"]),
    st.sampled_from(",\t"),
)
def test_every_number_is_spelled_in_full(lines, size, columns, separator):
    lines = [(t, x, min(y, size[1] - 1), p) for t, x, y, p in lines]
    events = Events(*(list(c) for c in zip(*lines, strict=True)), size=size) if lines else None
    events = Events.empty(size) if events is None else events
    wanted = "".join(
        separator.join(str(line["txyp".index(name)]) for name in columns) + "\n" for line in lines
    )
    got = codecs.encode("text", events, columns=columns, separator=separator)
    assert got.decode() == wanted


def test_other_columns_and_units_are_read():
    data = b"7 0.0025 3 4 -1 z\n8 2.5e-3 5 6 1 z"
    options = {"columns": "_txyp_", "separator": " ", "unit": "s"}
    events = codecs.decode("text", data, size=(9, 9), **options)[0]
    assert rows(events) == [(2500, 3, 4, 0), (2500, 5, 6, 1)]
    for unit, t in (("ns", 2), ("us", 1500), ("ms", 1_500_000)):
        events = codecs.decode("text", b"1500,0,0,1", size=(9, 9), unit=unit)[0]
        assert events.t.tolist() == [t]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": "txy"}, "columns with each of t, x, y, p once"),
        ({"separator": "1"}, "'1' cannot separate numbers"),
        ({"unit": "h"}, "expected a unit of s, ms, us, ns"),
    ],
)
def test_wrong_layouts_are_refused(options, message):
    with pytest.raises(EventError, match=message):
        codecs.decoder("text", **options)


def test_long_plain_files_take_the_quick_way_to_the_same_events():
    rng = np.random.default_rng(5)
    n = 20_000
    t, p = np.cumsum(rng.integers(0, 9, n)), rng.integers(0, 2, n)
    events = Events(t, rng.integers(0, 64, n), rng.integers(0, 64, n), p, size=(64, 64))
    data = codecs.encode("text", events)
    assert codecs.decode("text", data, size=(64, 64))[0] == events
    assert reference(data, (64, 64), 0)[0] == rows(events)


ODD_LINES = [
    *(
        "",
        "# note",
        "5,1,2,1,9",
        "5,1,2",
        "5,1,2,2",
        "5,-1,2,1",
        "5,1,2,true",
        "5;1;2;1",
        "5,1,2,+1",
    ),
    *(
        "5,64,2,1",
        "5,2,99,0",
        "5,,2,1",
        ",5,2,1",
        "5,00001,2,1",
        "5.5,1,2,1",
        "99999999999999999,1,2,0",
    ),
    *("5,1,2,1\r", "\r", "5,1\r2,1", "5,1,2,", "5 ,1,2,1", "5,1,2,11", "5,123456789,1,0"),
]


@relaxed
@given(
    st.integers(0, 2**32),
    st.integers(0, 300),
    st.sampled_from([1, 10**4, 10**8 - 1500, 10**12, 10**15]),
    st.lists(st.tuples(st.integers(0, 300), st.sampled_from(ODD_LINES)), max_size=4),
    st.sampled_from(["\n", "\r\n"]),
    cuts(6000),
)
@example(1, 300, 10**12, [(250, ",5,2,1")], "\n", [])
def test_odd_lines_among_plain_ones_are_read_as_alone(seed, n, start, odd, end, where):
    rng = np.random.default_rng(seed)
    times = start + np.cumsum(rng.integers(0, 9, n))
    lines = [
        f"{t},{x},{y},{p}"
        for t, (x, y, p) in zip(times, rng.integers(0, [64, 64, 2], (n, 3)), strict=True)
    ]
    for place, line in odd:
        lines.insert(min(place, len(lines)), line)
    data = end.join([*lines, ""]).encode()
    machine = codecs.decoder("text", size=(64, 64))
    edges = [0, *sorted(min(cut, len(data)) for cut in where), len(data)]
    parts = [machine.feed(data[a:b]) for a, b in itertools.pairwise(edges)]
    parts.append(machine.finish())
    found, bad, outside = reference(data, (64, 64), 0)
    assert rows(Events.concatenate(parts)) == found
    report = machine.report
    assert (report.unknown_words, report.out_of_range) == (bad, outside)
    assert codecs.decode("text", data, size=(64, 64))[2] == report


@pytest.mark.parametrize("part", [b",,,\n", b"\n", b",", b"1,1,1,1\n,,,\n", b"1,1,1,1\r\n"])
def test_lines_without_numbers_are_counted(part):
    plain = b"1,1,1,1\n" * 3
    _, _, whole = codecs.decode("text", plain + part * 5000, size=(4, 4))
    assert whole.bytes_read == len(plain) + 5000 * len(part)
    assert whole.events == 3 + 5000 * part.count(b"1,1,1,1")
    assert whole.unknown_words == {b",,,\n": 5000, b",": 1}.get(part, 5000 * part.count(b",,,"))


@pytest.mark.parametrize("columns", ["txyp", "xypt", "pyxt", "ytpx"])
@pytest.mark.parametrize("separator", [",", " ", "\t", ";"])
def test_plain_lines_may_have_any_order(columns, separator):
    rng = np.random.default_rng(7)
    n = 3000
    t = np.cumsum(rng.integers(0, 99, n)) + 99_990_000
    events = Events(
        t,
        rng.integers(0, 1280, n),
        rng.integers(0, 720, n),
        rng.integers(0, 2, n),
        size=(1280, 720),
    )
    options = {"columns": columns, "separator": separator}
    data = codecs.encode("text", events, **options)
    again, _, report = codecs.decode("text", data, size=events.size, **options)
    assert again == events
    assert report.first_problem_offset is None
