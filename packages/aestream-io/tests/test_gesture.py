"""Recordings of DVS128 Gesture with their labels."""

import pytest
from format_support import sample
from test_formats_aedat_old import aedat3

from aestream_io import EventError, gesture


def test_a_recording_is_cut_by_its_labels(tmp_path):
    path, events = tmp_path / "user01_led.aedat", sample(2000, size=(128, 128))
    path.write_bytes(aedat3(events))
    (tmp_path / "user01_led_labels.csv").write_text(
        "class,startTime_usec,endTime_usec\n2,100,900\n11,900,1000\n\n1,99999999,999999999\n"
    )
    found = list(gesture.trials(path, strict=True))
    assert [one.label for one, _ in found] == [2, 11, 1]
    for one, part in found:
        assert part == events.between(one.t_start, one.t_end)
    assert len(found[0][1]) > 0
    assert len(found[2][1]) == 0


def test_wrong_tables_say_where(tmp_path):
    with pytest.raises(EventError, match=r"x_labels\.csv: cannot be read"):
        gesture.labels(tmp_path / "x.aedat")
    (tmp_path / "x_labels.csv").write_text("1,2,3\n1,b,3\n")
    with pytest.raises(EventError, match="line 2: expected class, start and end"):
        gesture.labels(tmp_path / "x_labels.csv")
