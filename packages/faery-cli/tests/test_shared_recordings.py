"""Command lines on real recordings, with the numbers that are known of them."""

import hashlib
import json

import numpy as np
import pytest

import faery_cli


@pytest.fixture
def dvs(shared_data):
    return shared_data / "events" / "dvs.es"


@pytest.fixture
def evt2(shared_data):
    return shared_data / "events" / "synthetic" / "edges20k_evutils_evt2.raw"


@pytest.fixture
def expected(shared_data):
    return json.loads((shared_data / "faery" / "expected_dvs.json").read_text())["dvs"]


def check_events(events, entry):
    """Compare events with the numbers of one entry of the reference."""
    assert len(events) == entry["events"]
    assert events.size == (entry["width"], entry["height"])
    assert int(events.p.sum(dtype=np.int64)) == entry["on"]
    for name in "txy":
        assert int(getattr(events, name).sum(dtype=np.int64)) == entry[f"sum_{name}"]
    assert (int(events.t.min()), int(events.t.max())) == (entry["t_first"], entry["t_last"])
    for name, chosen in (("count_map", slice(None)), ("on_map", events.p == 1)):
        counts = np.zeros(events.size[::-1], "<u4")
        np.add.at(counts, (events.y[chosen], events.x[chosen]), 1)
        assert hashlib.sha256(counts.tobytes()).hexdigest() == entry[f"{name}_sha256"]


# On the screen y points down: what faery calls counterclockwise is seen as clockwise, and its two
# diagonals change places.
@pytest.mark.parametrize(
    ("chain", "key"),
    [
        (lambda s: s, "all"),
        (lambda s: s.polarity("off"), "remove-on-events"),
        (lambda s: s.polarity("on"), "remove-off-events"),
        (lambda s: s.crop(80, 240, 60, 180), "crop l=80 r=240 t=60 b=180"),
        (lambda s: s.time_slice(0.25, 0.5), "time-slice 250000 us..500000 us"),
        (lambda s: s.time_slice(0.25, 0.5, zero=True), "time-slice zero 250000 us..500000 us"),
        (lambda s: s.flip("left-right"), "transpose flip_left_right"),
        (lambda s: s.flip("top-bottom"), "transpose flip_bottom_top"),
        (lambda s: s.flip("main-diagonal"), "transpose flip_up_diagonal"),
        (lambda s: s.flip("other-diagonal"), "transpose flip_down_diagonal"),
        (lambda s: s.rotate("clockwise"), "transpose rotate_90_counterclockwise"),
        (lambda s: s.rotate("counterclockwise"), "transpose rotate_270_counterclockwise"),
        (lambda s: s.rotate("half"), "transpose rotate_180"),
        (
            lambda s: s.hot_pixels(3),
            "filter-hot-pixels 3.0 (whole recording as one packet)",
        ),
        (
            lambda s: s.hot_pixels(2),
            "filter-hot-pixels 2.0 (whole recording as one packet)",
        ),
        (
            lambda s: s.regularize(100).packet_slice(1, 4),
            "regularize 100 packet-slice 1 4",
        ),
    ],
)
def test_stages_give_the_reference_numbers(dvs, expected, chain, key):
    check_events(chain(faery_cli.read(dvs)).events(), expected[key])


def test_regular_packets_have_the_reference_counts(dvs, expected):
    stream = faery_cli.read(dvs)
    for rate in (60, 100):
        counts = [len(packet) for packet in stream.regularize(rate)]
        assert counts == expected[f"regularize {rate}"]["packet_events"]
    assert len(list(stream.regularize(600))) == 600


def test_frames_stand_at_the_reference_moments(dvs, expected):
    times = [frame.t_us for frame in faery_cli.read(dvs).regularize(60).render()]
    key = "render exponential 00:00:00.200000 starry_night"
    frames = expected["regularize 60, then"][key]
    assert (len(times), times[0], times[-1]) == (
        frames["frames"],
        frames["t_first"],
        frames["t_last"],
    )
    assert times[: len(frames["t_all"])] == frames["t_all"]


def test_info_of_a_real_recording(fae, dvs):
    code, out, _ = fae("info", dvs)
    assert code == 0
    for text in (
        "320x240",
        "473 225 (270 001 ON, 203 224 OFF)",
        "0 to 999 000 us",
        "mean 0.474 Mev/s",
        "es 2.0.0",
    ):
        assert text in out


def test_info_as_json_gives_the_column_hashes(fae, dvs, evt2):
    _, out, _ = fae("info", "--json", dvs, evt2)
    first, second = (json.loads(line) for line in out.splitlines())
    assert first["column_sha256"] == {
        "t": "a40868f587354c3e09a262eaf7c1eb022f86ab4ffc0f974983f0fe104a1f6e0d",
        "x": "622118e8556d523a9cd5a8cb9642f616ca2168454efd6c86a456ae7ee91b5fc1",
        "y": "1f43f71b424beac69716df387d1ffea7e6fffdb9b0f45ed8e68de2a5d86b4f1c",
        "p": "24c933e5d75f30adce65d04bf8342f901b7d5cc946e7a828478914d6d174b121",
    }
    assert second["events"] == 20000
    assert second["column_sha256"]["t"].startswith("4d2ed5f41f80df7e")


def reported(fae, *words):
    """Events that a command says it wrote."""
    code, out, err = fae(*words, "--json")
    assert code == 0, err
    return json.loads(out)


def test_command_lines_give_their_stated_results(fae, dvs, evt2):
    cut = reported(fae, "cut", dvs, "part.es", "--from", "250ms", "--to", "500ms")
    assert cut["events"] == 97789
    assert reported(fae, "cut", dvs, "ten.es", "--events", "10:20")["events"] == 10
    chain = [dvs, ":", "crop", "80:240", "60:180", ":", "polarity", "on", ":", "out.es"]
    stages = reported(fae, *chain)["stages"]
    assert [s["events"] for s in stages] == [473225, 165456, 89039]
    clean = reported(fae, dvs, ":", "hot-pixels", "3", ":", "denoise", "2ms", ":", "clean.raw")
    assert clean["stages"][1]["events"] == 473213
    assert reported(fae, "convert", evt2, "converted.es")["events"] == 20000


def test_a_gif_of_a_real_recording_is_small_and_lasts_a_second(fae, dvs, tmp_path):
    from fae_support import gif_frames

    report = reported(fae, "video", dvs, "out.gif")
    assert (report["frames"], report["width"], report["height"]) == (30, 640, 480)
    assert report["bytes"] < 500_000
    pictures, delays = gif_frames(tmp_path / "out.gif")
    assert sum(delays) == 100
    assert len(pictures) == 30


def test_a_gif_in_slow_motion_shows_microseconds(fae, evt2, tmp_path):
    report = reported(fae, "video", evt2, "out.gif", "--fps", "30", "--speed", "0.02")
    assert (report["frames"], report["width"]) == (4, 1280)


def test_png_frames_of_a_real_recording_are_small(fae, dvs, tmp_path):
    fae(dvs, ":", "render", "--fps", "60", ":", "f/{index:04}.png")
    sizes = [p.stat().st_size for p in (tmp_path / "f").iterdir()]
    assert len(sizes) == 60
    assert max(sizes) <= 20_000
