"""Text files of events: what is found out about them, and what is written."""

import warnings

import numpy as np
import pytest
from format_support import SIZE, mutations, sample

import aestream_io
from aestream_io import EventDataWarning, EventError


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
