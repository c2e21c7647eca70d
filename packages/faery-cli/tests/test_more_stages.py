"""What the stages do that change places, times and pictures."""

import json

import numpy as np
import pytest
from fae_support import cuts, event_lists, moving_edge, stream_of
from hypothesis import given, settings
from hypothesis import strategies as st

from faery_cli import UsageError
from faery_cli.stages.undistort import undistorted
from neuro_kernels import Events, filters


@settings(deadline=None, max_examples=40)
@given(event_lists(sorted_time=True), cuts, st.sampled_from(["0us", "100us", "5ms"]))
def test_jitter_moves_times_a_little_and_keeps_them_in_order(events, places, most):
    whole = stream_of(events).jitter(most, seed=3).events()
    assert stream_of(events, places).jitter(most, seed=3).events() == whole
    assert whole.is_sorted
    assert len(whole) == len(events)
    if most == "0us":
        assert whole == events


def test_jitter_is_bounded_and_other_seeds_give_other_times():
    n = 2000
    events = Events(np.arange(n) * 1000, np.arange(n) % 40, [0] * n, [1] * n, size=(40, 1))
    a = stream_of(events).jitter("300us", seed=1).events()
    b = stream_of(events).jitter("300us", seed=2).events()
    away = a.t - events.t
    assert np.abs(away).max() <= 300
    assert len(np.unique(away)) > 300
    assert a != b


@settings(deadline=None, max_examples=60)
@given(
    event_lists(sorted_time=True, max_side=6), event_lists(sorted_time=True, max_side=6), cuts, cuts
)
def test_merge_gives_all_events_by_time_in_any_packets(first, second, places, others):
    size = tuple(max(pair) for pair in zip(first.size, second.size, strict=True))
    columns = [np.concatenate([getattr(first, c), getattr(second, c)]) for c in "txyp"]
    order = np.argsort(columns[0], kind="stable")
    wanted = Events(*(column[order] for column in columns), size=size)
    merged = stream_of(first, places).merge(stream_of(second, others)).events()
    assert merged == wanted


def test_merge_takes_files_and_addresses(tmp_path):
    events = moving_edge()
    stream_of(events).save(tmp_path / "a.raw")
    path = str(tmp_path / "a.raw")
    merged = stream_of(events).merge(path, shift="1s").events()
    assert len(merged) == 2 * len(events)
    assert int(merged.t[-1]) == int(events.t[-1]) + 1_000_000
    with pytest.raises(UsageError, match="never ends"):
        stream_of(events).merge("synth:noise?size=40x30").events()


def test_a_mask_may_be_a_picture_an_array_or_a_file_of_one(tmp_path):
    from neuro_kernels.render import png

    events = moving_edge()
    mask = np.zeros((30, 40), bool)
    mask[5:20, 3:17] = True
    wanted = events[mask[events.y, events.x]]
    np.save(tmp_path / "mask.npy", mask)
    (tmp_path / "mask.png").write_bytes(
        png(mask.astype(np.uint8), np.array([[0, 0, 0], [255, 255, 255]], np.uint8))
    )
    for source in (mask, str(tmp_path / "mask.npy"), str(tmp_path / "mask.png")):
        assert stream_of(events).mask(source).events() == wanted
    inverted = stream_of(events).mask(mask, invert=True).events()
    assert len(inverted) + len(wanted) == len(events)
    with pytest.raises(UsageError, match="expected a picture of 40x30, got 30x40"):
        stream_of(events).mask(mask.T).events()


def test_a_polygon_keeps_what_is_inside():
    y, x = np.mgrid[:30, :40]
    n = x.size
    events = Events(np.arange(n), x.ravel(), y.ravel(), [1] * n, size=(40, 30))
    kept = stream_of(events).polygon("10,5 30,5 30,25 10,25").events()
    assert {(int(a), int(b)) for a, b in zip(kept.x, kept.y, strict=True)} == {
        (a, b) for a in range(10, 30) for b in range(5, 25)
    }


def test_undistort_inverts_the_lens():
    size, camera = (64, 48), (60.0, 58.0, 31.0, 24.0)
    k, p = (-0.3, 0.1, -0.01), (0.001, -0.002)
    x, y = undistorted(size, camera, k, p)
    fx, fy, cx, cy = camera
    a, b = (x - cx) / fx, (y - cy) / fy
    r2 = a * a + b * b
    radial = 1 + k[0] * r2 + k[1] * r2**2 + k[2] * r2**3
    back_x = (a * radial + 2 * p[0] * a * b + p[1] * (r2 + 2 * a * a)) * fx + cx
    back_y = (b * radial + p[0] * (r2 + 2 * b * b) + 2 * p[1] * a * b) * fy + cy
    rows, columns = np.mgrid[: size[1], : size[0]]
    assert np.abs(back_x - columns).max() < 0.05
    assert np.abs(back_y - rows).max() < 0.05


def test_downsample_makes_blocks_into_pixels():
    events = moving_edge()
    small = stream_of(events).downsample(4).events()
    assert small.size == (10, 8)
    np.testing.assert_array_equal(small.x, events.x // 4)
    np.testing.assert_array_equal(small.y, events.y // 4)


def test_camera_filters_are_those_of_the_kernels():
    events = moving_edge()
    bursts = filters.Bursts(events.size, "stc_keep_trail", threshold_us=8000).feed(events)
    assert stream_of(events).trail("stc_keep_trail", "8ms").events() == bursts
    assert 0 < len(bursts) < len(events)
    steady = filters.Flicker(events.size, low_hz=200, high_hz=5000, start=3, stop=2)
    filtered = stream_of(events).anti_flicker(200, 5000, start_threshold=3, stop_threshold=2)
    assert filtered.events() == steady.feed(events)
    with pytest.raises(UsageError, match="low_hz <= high_hz"):
        stream_of(events).anti_flicker(500, 50).events()


def test_chunks_have_one_number_of_events_but_the_last():
    events = moving_edge()
    assert [len(e) for e in stream_of(events, [3, 900]).chunks("1.5k")] == [1500, 1500, 1000]


def test_times_are_shifted_and_stretched_with_their_packets():
    events = Events([1000, 1500, 3000], [0] * 3, [0] * 3, [1] * 3, size=(1, 1))
    assert stream_of(events).shift("-1ms").events().t.tolist() == [0, 500, 2000]
    assert stream_of(events).stretch(2).events().t.tolist() == [1000, 2000, 5000]
    packets = list(stream_of(events).regularize("1kHz").stretch(2).run())
    assert [(p.begin_us, p.end_us) for p in packets] == [(1000, 3000), (3000, 5000), (5000, 7000)]


def test_labels_choose_events_and_too_few_are_refused(tmp_path):
    events = moving_edge()
    labels = np.arange(len(events)) % 2
    np.save(tmp_path / "l.npy", labels)
    assert stream_of(events, [77]).label(str(tmp_path / "l.npy"), 0).events() == events[::2]
    with pytest.raises(UsageError, match="there are 10 labels"):
        stream_of(events).label(labels[:10]).events()


def test_a_tap_tells_and_changes_nothing(tmp_path, capsys):
    events = moving_edge()
    assert stream_of(events).tap("100ms", title="here").events() == events
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("here ")
    stream_of(events, [5, 700]).tap("100ms", to=str(tmp_path / "t.jsonl")).events()
    rows = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert sum(row["events"] for row in rows) == len(events)
    assert sum(row["on"] for row in rows) == int(events.p.sum())


def test_own_functions_take_part():
    events = moving_edge()
    assert stream_of(events).map(lambda e: e[e.x < 9]).events() == events[events.x < 9]
    frames = stream_of(events).render(fps=10, tau="50ms").map_frames(lambda index: index[::-1])
    plain = stream_of(events).render(fps=10, tau="50ms")
    for a, b in zip(frames, plain, strict=True):
        np.testing.assert_array_equal(a.index, b.index[::-1])
    with pytest.raises(UsageError, match="expected uint8"):
        list(stream_of(events).render(fps=10).map_frames(lambda index: index[0]))


def test_text_and_pictures_are_laid_over_frames():
    events = moving_edge()
    pictures = stream_of(events).render(fps=10, tau="50ms").scale(6)
    palette = pictures.shape.palette
    written = next(iter(pictures.annotate("frame {frame}", 4, 4, size=18)))
    assert (written.index[4:22, 4:100] == palette.text).any()
    logo = np.zeros((10, 20, 4), np.uint8)
    logo[:5] = (10, 200, 30, 255)
    over = pictures.overlay(logo, 100, 50)
    colors = over.shape.palette.colors
    frame = next(iter(over))
    assert (colors[frame.index[50:55, 100:120]] == (10, 200, 30)).all()
    plain = next(iter(pictures))
    np.testing.assert_array_equal(frame.index[55:], plain.index[55:])
    with pytest.raises(UsageError, match="unknown field"):
        pictures.annotate("{nothing}").shape  # noqa: B018


def test_an_overlay_with_many_colours_is_made_coarser():
    y, x = np.mgrid[:64, :64]
    photo = np.stack([x * 4, y * 4, x + y, np.full_like(x, 255)], axis=-1).astype(np.uint8)
    stream = stream_of(moving_edge()).render(fps=10, tau="50ms").scale(4).overlay(photo, -5, -5)
    frame, palette = next(iter(stream)), stream.shape.palette
    assert len(palette.colors) <= 255
    shown = palette.colors[frame.index[:59, :59]].astype(int)
    assert np.abs(shown - photo[5:, 5:, :3]).max() <= 64


def test_jitter_moves_about_as_many_events_earlier_as_later():
    t = np.arange(10_000) * 1000
    events = Events(t, np.zeros(len(t), int), np.zeros(len(t), int), t % 2, size=(1, 1))
    moved = stream_of(events).jitter("400us").events().t - t
    assert len(np.unique(moved)) > 780
    assert abs(moved.mean()) < 10
