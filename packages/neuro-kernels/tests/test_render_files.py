import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from neuro_kernels import _kernels
from neuro_kernels.reference import render as reference
from neuro_kernels.render import Apng, Gif, enlarge, gif_delays, png, yuv420, yuv_table

pytestmark = pytest.mark.any_level


@st.composite
def animations(draw, max_colours=255):
    """(palette, frames, delays): frames with few changes from one to the next, or none."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    colours = draw(st.sampled_from([1, 2, 3, 4, 5, 16, 17, 200, max_colours]))
    palette = rng.permutation(256)[:colours].astype(np.uint8)[:, None].repeat(3, 1)
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    frames = [rng.integers(0, colours, (height, width)).astype(np.uint8)]
    for _ in range(draw(st.integers(0, 4))):
        frame = frames[-1].copy()
        for _ in range(draw(st.integers(0, 3))):
            y, x = rng.integers(0, height), rng.integers(0, width)
            frame[y : y + 3, x : x + 7] = rng.integers(0, colours)
        frames.append(frame)
    delays = [draw(st.integers(1, 9)) for _ in frames]
    return palette, frames, delays


def expand(path_or_file, duration_unit):
    """Decoded frames as RGB, each repeated for the units of time it is shown."""
    image = Image.open(path_or_file)
    shown = []
    for k in range(getattr(image, "n_frames", 1)):
        image.seek(k)
        image.load()
        units = round(image.info.get("duration", 0) / duration_unit)
        shown += [np.asarray(image.convert("RGB"))] * units
    return shown


@settings(deadline=None)
@given(animations())
def test_a_decoded_gif_has_exactly_the_pixels_and_the_duration_that_went_in(animation):
    palette, frames, delays = animation
    file = io.BytesIO()
    with Gif(file, frames[0].shape[::-1], palette) as gif:
        for frame, delay in zip(frames, delays, strict=True):
            gif.add(frame, delay_cs=delay)
    shown = expand(file, 10)
    assert len(shown) == sum(delays)
    expected = [palette[f] for f, d in zip(frames, delays, strict=True) for _ in range(d)]
    for got, wanted in zip(shown, expected, strict=True):
        np.testing.assert_array_equal(got, wanted)


@settings(deadline=None)
@given(animations(), st.booleans())
def test_pictures_that_come_again_are_decoded_as_they_went_in(animation, noisy):
    palette, frames, _ = animation
    if noisy:  # all of each picture changes, so that what was coded for it is used again
        rng = np.random.default_rng(len(frames))
        frames = [rng.integers(0, len(palette), (30, 20)).astype(np.uint8) for _ in range(20)]
    order = [*range(len(frames)), *range(len(frames) - 2, 0, -1)]
    file = io.BytesIO()
    with Gif(file, frames[0].shape[::-1], palette) as gif:
        for k in order:
            gif.add(frames[k], delay_cs=2, picture=k)
    shown = expand(file, 10)
    for got, k in zip(shown, np.repeat(order, 2), strict=True):
        np.testing.assert_array_equal(got, palette[frames[k]])


def test_a_picture_that_comes_again_is_coded_once(monkeypatch):
    coded = []
    code = _kernels.gif_frame
    monkeypatch.setattr(
        _kernels, "gif_frame", lambda index, *rest: coded.append(index) or code(index, *rest)
    )
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 64, (30, 20)).astype(np.uint8) for _ in range(10)]
    with Gif(io.BytesIO(), (20, 30), np.zeros((64, 3), np.uint8)) as gif:
        for k in (*range(10), *range(8, 0, -1)):
            gif.add(frames[k], delay_cs=2, picture=k)
    assert len(coded) == 10


@settings(deadline=None)
@given(animations(max_colours=256), st.booleans())
def test_a_decoded_apng_has_exactly_the_pixels_that_went_in(animation, announced):
    palette, frames, delays = animation
    file = io.BytesIO()
    count = len(frames) if announced else None
    with Apng(file, frames[0].shape[::-1], palette, frames=count) as apng:
        for frame, delay in zip(frames, delays, strict=True):
            apng.add(frame, delay=(delay, 100))
    image = Image.open(file)
    assert getattr(image, "n_frames", 1) == len(frames)
    for k, (frame, delay) in enumerate(zip(frames, delays, strict=True)):
        image.seek(k)
        np.testing.assert_array_equal(np.asarray(image.convert("RGB")), palette[frame])
        assert image.info["duration"] == pytest.approx(delay * 10)


@settings(deadline=None)
@given(animations(max_colours=256))
def test_a_decoded_png_has_exactly_the_pixels_that_went_in(animation):
    palette, frames, _ = animation
    image = Image.open(io.BytesIO(png(frames[-1], palette)))
    assert image.mode == "P"
    np.testing.assert_array_equal(np.asarray(image.convert("RGB")), palette[frames[-1]])


@settings(deadline=None)
@given(st.integers(2, 8), st.integers(0, 2**32 - 1), st.integers(1, 3000), st.booleans())
def test_lzw_codes_equal_their_definition(code_size, seed, pixels, runs):
    rng = np.random.default_rng(seed)
    index = rng.integers(0, 1 << code_size, pixels).astype(np.uint8)
    if runs:
        index = index.repeat(rng.integers(1, 30, pixels))[:pixels]
    _, _, data = _kernels.gif_frame(index[None], None, code_size, 0)
    assert data == reference.lzw_encode(index.tobytes(), code_size)


def test_lzw_starts_again_when_its_table_is_full():
    rng = np.random.default_rng(5)
    index = rng.integers(0, 256, (100, 300)).astype(np.uint8)
    _, _, data = _kernels.gif_frame(index, None, 8, 0)
    assert data == reference.lzw_encode(index.tobytes(), 8)


def test_only_the_changed_rectangle_is_stored():
    before = np.zeros((50, 60), np.uint8)
    after = before.copy()
    after[10:12, 20:25] = 1
    after[30, 22] = 1
    area, _, _ = _kernels.gif_frame(after, before, 2, 3)
    assert area == (20, 10, 5, 21)
    assert _kernels.gif_frame(after, after, 2, 3)[0] == (0, 0, 0, 0)


def test_unchanged_pixels_become_transparent_where_that_is_shorter():
    rng = np.random.default_rng(0)
    before = rng.integers(0, 200, (64, 64)).astype(np.uint8)
    after = before.copy()
    after[0, 0] ^= 1
    after[-1, -1] ^= 1
    _, transparent, data = _kernels.gif_frame(after, before, 8, 255)
    assert transparent
    assert len(data) < 300


def test_delays_add_up_to_the_right_total():
    assert gif_delays(30, 3) == [3, 4, 3]
    assert sum(gif_delays(30, 90)) == 300
    assert set(gif_delays(30, 90)) == {3, 4}
    assert gif_delays(50, 4) == [2, 2, 2, 2]
    assert sum(gif_delays(29.97, 2997)) == 10000


def test_a_still_longer_than_one_delay_can_say_keeps_its_duration():
    file = io.BytesIO()
    with Gif(file, (2, 2), np.zeros((1, 3), np.uint8)) as gif:
        for _ in range(3):
            gif.add(np.zeros((2, 2), np.uint8), delay_cs=40000)
    image = Image.open(file)
    total = 0
    for k in range(image.n_frames):
        image.seek(k)
        total += image.info["duration"]
    assert total == 1_200_000


@pytest.mark.parametrize(("loops", "count"), [(0, 0), (1, None), (4, 3)])
def test_the_loop_count_is_that_of_the_file(loops, count):
    file = io.BytesIO()
    with Gif(file, (1, 1), np.zeros((1, 3), np.uint8), loops=loops) as gif:
        gif.add(np.zeros((1, 1), np.uint8), delay_cs=1)
    assert Image.open(file).info.get("loop") == count


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_enlarging_repeats_rows_and_columns(width, height, factor, seed):
    index = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    np.testing.assert_array_equal(
        enlarge(index, factor), index.repeat(factor, axis=0).repeat(factor, axis=1)
    )


@settings(deadline=None)
@given(st.integers(1, 20), st.integers(1, 40), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_video_planes_equal_their_definition(width, height, longer, seed):
    rng = np.random.default_rng(seed)
    index = rng.integers(0, 256, (2 * height, 2 * width)).astype(np.uint8)
    table = rng.integers(0, 256, (256, 3)).astype(np.uint8)
    shapes = [(2 * height, 2 * width), (height, width), (height, width)]
    planes = [np.full((h, w + longer), 7, np.uint8) for h, w in shapes]
    yuv420(index, table, *planes)
    for plane, expected in zip(planes, reference.yuv420(index, table), strict=True):
        np.testing.assert_array_equal(plane[:, : expected.shape[1]], expected)
        assert (plane[:, expected.shape[1] :] == 7).all()


def test_video_colours_are_those_of_the_standard():
    red, green, blue = yuv_table(np.diag([255, 255, 255]).astype(np.uint8))[:3].tolist()
    assert (red, green, blue) == ([63, 102, 240], [173, 42, 26], [32, 240, 118])


BLACK = np.zeros((2, 3), np.uint8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Gif(io.BytesIO(), (1, 1), np.zeros((256, 3), np.uint8)), "1 to 255 colours"),
        (lambda: Gif(io.BytesIO(), (1, 1), np.zeros((2, 4), np.uint8)), "uint8 \\(n, 3\\)"),
        (lambda: Gif(io.BytesIO(), (0, 1), BLACK), "sides"),
        (
            lambda: Gif(io.BytesIO(), (2, 1), BLACK).add(np.zeros((2, 1), np.uint8), delay_cs=1),
            "index image",
        ),
        (
            lambda: Gif(io.BytesIO(), (1, 1), BLACK).add(np.full((1, 1), 2, np.uint8), delay_cs=1),
            "below 2",
        ),
        (lambda: png(np.zeros((1, 1), np.int32), BLACK), "uint8"),
        (lambda: Apng(io.BytesIO(), (1, 1), BLACK, frames=2).close(), "expected 2 frames, got 0"),
        (lambda: yuv420(*[np.zeros((3, 2), np.uint8)] * 5), "even"),
        (lambda: yuv420(*[np.zeros((2, 2), np.uint8)] * 5), "table"),
        (lambda: enlarge(np.zeros((1, 1), np.uint8), 0), "factor"),
    ],
)
def test_wrong_pictures_are_refused_with_what_was_expected(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_long_gif_is_the_same_on_any_number_of_threads(monkeypatch):
    rng = np.random.default_rng(0)
    palette = np.arange(200, dtype=np.uint8)[:, None].repeat(3, 1)
    frames = [rng.integers(0, 200, (30, 40)).astype(np.uint8)]
    for k in range(1, 50):  # few pixels change at first, nearly all of them later
        changes = rng.random((30, 40)) < k / 50
        frames.append(np.where(changes, rng.integers(0, 200, (30, 40)), frames[-1]).astype("u1"))
    files = []
    for threads in (1, 3):
        monkeypatch.setattr("neuro_kernels.render._gif.num_threads", lambda n=threads: n)
        file = io.BytesIO()
        buffer = np.empty_like(frames[0])
        with Gif(file, (40, 30), palette) as gif:
            for frame in frames:
                buffer[:] = frame  # the caller may use its array again
                gif.add(buffer, delay_cs=3)
        files.append(file.getvalue())
    assert files[0] == files[1]
    image = Image.open(io.BytesIO(files[0]))
    for k, frame in enumerate(frames):
        image.seek(k)
        np.testing.assert_array_equal(np.asarray(image.convert("RGB"))[..., 0], frame)


def test_a_gif_that_is_given_up_ends_its_threads():
    file = io.BytesIO()
    palette = np.zeros((3, 3), np.uint8)
    gif = Gif(file, (2, 2), palette)

    def give_up():
        with gif:
            gif.add(np.array([[0, 1], [2, 0]], np.uint8), delay_cs=3)
            gif.add(np.full((2, 2), 3, np.uint8), delay_cs=3)

    with pytest.raises(ValueError, match="indices below 3"):
        give_up()
    assert gif._pool is None
