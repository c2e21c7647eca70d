"""Text files of events: what is found out about them, and what is written."""

import gzip
import io
import warnings

import numpy as np
import pytest
from format_support import SIZE, mutations, sample

import aestream_io
from aestream_io import EventDataWarning, EventError
from neuro_kernels import Events


def rows(path, **options) -> list[tuple[int, int, int, int]]:
    return np.asarray(aestream_io.read(path, strict=True, **options)).tolist()


LAYOUTS = [
    ("AEStream and faery", "5,1,2,1\n9,3,0,0\n"),
    ("faery's line of names", "t,x@64,y@48,on\n5,1,2,1\n9,3,0,0\n"),
    ("Prophesee", "1,2,1,5\n3,0,0,9\n"),
    ("names in any order", "x,y,polarity,timestamp\n1,2,1,5\n3,0,0,9\n"),
    ("seconds, blanks", "0.000005 1 2 1\n0.000009 3 0 0\n"),
    ("signed polarity", "5 1 2 1\n9 3 0 -1\n"),
    ("words", "5;1;2;true\n9;3;0;false"),
    ("numbers as savetxt writes them", "5.0e+00 1.0e+00 2.0e+00 1.0e+00\n9.0 3.0 0.0 0.0\n"),
    ("notes in front", "# made by hand\n\nt x y p\n5 1 2 1\n9 3 0 0\n"),
    ("unit in the name", "t[ms],x,y,p\n0.005,1,2,1\n0.009,3,0,0\n"),
    ("a mark of UTF-8 in front", "\ufefft,x,y,p\n5,1,2,1\n9,3,0,0\n"),
    ("a mark of UTF-8 alone", "\ufeff5,1,2,1\n9,3,0,0\n"),
    ("names in another language", "Zeit;Spalte;Zeile;Polarität\n5;1;2;1\n9;3;0;0\n"),
    ("polarity in front of the places", "5,1,1,2\n9,0,3,0\n"),
    ("polarity first", "1,1,2,5\n0,3,0,9\n"),
    ("every field in quotation marks", '"5","1","2","1"\n"9","3","0","0"\n'),
    ("names in quotation marks", '"t";"x";"y";"p"\n"5";"1";"2";"1"\n"9";"3";"0";"0"\n'),
    ("words in quotation marks", "5,1,2,'true'\n9,3,0,'false'\n"),
    ("decimal commas", "0,000005;1;2;1\n0,000009;3;0;0\n"),
    ("decimal commas everywhere", "0,000005;1,0;2,0;1,0\n0,000009;3,0;0,0;0,0\n"),
    ("decimal commas and blanks", "0,000005 1 2 1\n0,000009 3 0 0\n"),
    ("decimal commas and names", "t [ms]\tx\ty\tp\n0,005\t1\t2\t1\n0,009\t3\t0\t0\n"),
    ("decimal commas in quotation marks", '"0,000005";"1";"2";"1"\n"0,000009";"3";"0";"0"\n'),
    ("windows' ends of lines", '"5";"1";"2";"1"\r\n"9";"3";"0";"0"\r\n'),
    ("time behind places that rise", "1,2,5,1\n3,0,9,0\n"),
    ("a further column", "id,t,x,y,p\n7,5,1,2,1\n8,9,3,0,0\n"),
]


@pytest.mark.parametrize("text", [text for _, text in LAYOUTS], ids=[name for name, _ in LAYOUTS])
def test_common_layouts_are_found_out(tmp_path, text):
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    assert rows(path) == [(5, 1, 2, 1), (9, 3, 0, 0)]
    with aestream_io.open_reader(path) as reader:
        assert sum(len(events) for events in reader) == 2
        assert reader.header.size is not None


@pytest.mark.parametrize("text", [text for _, text in LAYOUTS], ids=[name for name, _ in LAYOUTS])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_text_in_utf_16_is_read(tmp_path, text, encoding):
    text = text.removeprefix("\ufeff")
    data = f"\ufeff{text}".encode(encoding)
    (tmp_path / "x.csv").write_bytes(data)
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(data))
    for path in (tmp_path / "x.csv", tmp_path / "x.csv.gz"):
        assert rows(path) == [(5, 1, 2, 1), (9, 3, 0, 0)]
        with aestream_io.open(path) as source:
            source.seek(6)
            assert [part.t.tolist() for part in source] == [[9]]
    with aestream_io.open_reader(io.BytesIO(data)) as reader:
        assert sum(len(events) for events in reader) == 2


def test_text_in_utf_16_of_any_length_is_read(tmp_path):
    path = tmp_path / "x.csv"
    aestream_io.write(path, sample(40_000))
    path.write_bytes(path.read_text().encode("utf-16"))
    assert aestream_io.read(path, strict=True) == sample(40_000)
    with aestream_io.open(f"{path}?packet=1001") as source:
        assert Events.concatenate(list(source)) == sample(40_000)


def test_text_in_utf_16_without_its_mark_is_refused_in_one_sentence(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(LAYOUTS[0][1].encode("utf-16-le"))
    with pytest.raises(EventError, match="text in UTF-16 without its mark; save it as UTF-8"):
        aestream_io.read(path)


@pytest.mark.parametrize("options", [{}, {"separator": ";"}])
def test_the_mark_before_fractions_can_be_told(tmp_path, options):
    path = tmp_path / "x.csv"
    path.write_text("t;x;y;p\n" + "5;1;2;1\n" * 20_000 + "9,25;3;0;0\n")
    assert aestream_io.read(path, decimal=",", unit="ms", **options).t[-1] == 9250
    with pytest.raises(EventError, match=r"decimal: expected '\.' or ',', got ';'"):
        aestream_io.read(path, decimal=";")


ORDERS = ["txyp", "xypt", "xytp", "tpxy", "pxyt", "ptxy"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_columns_is_found_from_the_numbers(tmp_path, order, seed):
    rng = np.random.default_rng(seed)
    n = 1500
    columns = {
        "t": np.cumsum(rng.integers(0, 9, n)) + (0, 10**6, 10**15)[seed],
        "x": np.arange(n) // 3 if seed else rng.integers(0, 300, n),  # rises like a time
        "y": rng.integers(0, 200, n),
        "p": rng.integers(0, 2, n),
    }
    path = tmp_path / "x.txt"
    np.savetxt(path, np.stack([columns[name] for name in order], 1), "%d")
    events = aestream_io.read(path, strict=True)
    for name, column in columns.items():
        assert getattr(events, name).tolist() == column.tolist()


def test_an_order_of_columns_that_is_not_sure_is_told_with_the_option(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("".join(f"{i},{i},{i},0\n" for i in range(9)))
    notes = aestream_io.read_recording(path).report.notes
    assert any("read as txyp, and could be xytp too: pass columns=" in note for note in notes)
    notes = aestream_io.read_recording(path, columns="txyp").report.notes
    assert not any("columns" in note for note in notes)


def test_times_that_fall_now_and_then_do_not_hide_the_order(tmp_path):
    rng = np.random.default_rng(5)
    t = np.arange(900) * 10 - 15 * (rng.random(900) < 0.1)
    x, y, p = rng.integers(0, 300, 900), rng.integers(0, 200, 900), rng.integers(0, 2, 900)
    path = tmp_path / "x.txt"
    np.savetxt(path, np.stack([x, y, p, t], 1), "%d")
    with pytest.warns(EventDataWarning, match="earlier"):
        events = aestream_io.read(path)
    assert events.x.tolist() == x.tolist()
    assert events.t.tolist() == t.tolist()


def test_names_that_are_not_known_are_told(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("temps,a,b,c\n5,1,2,1\n9,3,0,0\n")
    assert any("read as txyp" in note for note in aestream_io.read_recording(path).report.notes)
    path.write_text("temps,a,b\n5,1,2\n9,3,0\n")
    with pytest.raises(EventError, match="not recognised"):
        aestream_io.read(path)


def test_the_sample_of_another_program_gives_its_events(shared_data):
    path = shared_data / "events" / "aestream_sample.csv"
    assert rows(path) == [(i, i, i, 0) for i in range(100)]


def test_size_and_events_survive_a_round_trip(tmp_path):
    for options in ({}, {"columns": "xypt"}, {"separator": " "}, {"separator": ";"}):
        aestream_io.write(tmp_path / "x.csv", sample(), **options)
        assert aestream_io.read(tmp_path / "x.csv", strict=True) == sample()
    assert aestream_io.info(tmp_path / "x.csv").size_source == "header"
    aestream_io.write(tmp_path / "x.csv", sample(), header=False)
    assert (tmp_path / "x.csv").read_bytes()[:1].isdigit()
    assert aestream_io.read(tmp_path / "x.csv", size=SIZE) == sample()


def test_a_guessed_unit_is_told_and_can_be_overruled(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("1.5 1 2 1\n2.5 3 4 0\n")
    recording = aestream_io.read_recording(path)
    assert recording.events.t.tolist() == [1_500_000, 2_500_000]
    assert any("read as seconds" in note for note in recording.report.notes)
    assert aestream_io.read(path, unit="ms").t.tolist() == [1500, 2500]


def test_lines_that_are_no_events_are_skipped_and_counted(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("5,1,2,1\nbroken\n9,3,0,0\n9,3\n")
    with pytest.warns(EventDataWarning, match="2 words or lines .* first at byte 8"):
        assert len(aestream_io.read(path)) == 2


def test_other_text_is_not_taken_for_events(tmp_path):
    path = tmp_path / "x.csv"
    for text in ("name,age\nada,36\n", "hello\n", "1,2\n3,4\n", "\n\n"):
        path.write_text(text)
        with pytest.raises(EventError, match="not recognised"):
            aestream_io.read(path)


def test_damaged_text_never_harms(tmp_path):
    path = tmp_path / "x.csv"
    aestream_io.write(path, sample())
    data = path.read_bytes()
    for _, damaged in mutations(data, data.index(b"\n") + 1):
        path.write_bytes(damaged)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EventDataWarning)
            try:
                report = aestream_io.read_recording(path).report
            except EventError:
                continue
        assert report.bytes_read == len(damaged)
        assert report.events <= len(damaged) // 7
