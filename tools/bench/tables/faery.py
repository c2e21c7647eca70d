"""Pictures, conversions and filters of a recording, beside faery and other tools."""

import importlib
import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import aestream_io
import faery_cli
from bench.harness import BenchError, Candidate, Case
from bench.peak import peak_mb
from bench.recordings import SIZE, moving_edges
from faery_cli.cli import main
from neuro_kernels import Events, filters

TITLE = "Pictures, conversions, filters"
TEXT = """
One recording of moving edges over noise (1280 x 720, 2 s), written as EVT3 with 12-12-8 vectors,
warm page cache. Each tool reads the file, does the job, and (but for pictures in memory) writes a
file that was not there before. Filters run on events that are in memory already, in the form that
each tool has; peers' filters are timed with what it takes to get the filtered events out.

Videos: ours with the default settings of `fae video` but at the recording's size; faery with its
own defaults. Before timing, numbers of frames and events are compared.
"""
VERSIONS = ("faery-cli", "neuro-kernels", "numpy", "av", "faery", "eventcv", "dv-processing")

FRAMES = 120
RATE_HZ = 60.0
TAU_S = 0.05
# Kept for the life of the process, since the cases are timed after they are made.
_FOLDER = tempfile.TemporaryDirectory(prefix="bench-faery-")


def _there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _size(path: Path, result: object) -> str | None:
    return None if path.stat().st_size > 0 else "nothing was written"


def _frames(result: object) -> str | None:
    return None if result == FRAMES else f"{result} frames, expected {FRAMES}"


def _ours_render(path: Path, decay: str) -> int:
    stream = faery_cli.open(str(path)).render(decay, TAU_S, fps=RATE_HZ, flash=True)
    return sum(1 for _ in stream)


def _faery_render(path: Path, decay: str) -> int:
    module = importlib.import_module("faery")
    frames = (
        module.events_stream_from_file(path)
        .regularize(RATE_HZ)
        .render(decay, f"00:00:{TAU_S:09.6f}", module.colormaps.batlow)
    )
    return sum(1 for _ in frames)


def _ours_video(path: Path, out: Path) -> Path:
    stream = faery_cli.open(str(path)).render("exponential", TAU_S, fps=RATE_HZ, flash=True)
    stream.save(str(out), overwrite=True)
    return out


def _faery_video(path: Path, out: Path) -> Path:
    faery = importlib.import_module("faery")
    stream = faery.events_stream_from_file(path).regularize(RATE_HZ)
    colors = faery.colormaps.starry_night
    stream.render("exponential", f"00:00:{TAU_S:09.6f}", colors).to_file(out)
    return out


def _ours_wiggle(path: Path, out: Path) -> Path:
    code = main(["video", str(path), str(out), "--kind", "wiggle", "-q", "-y"])
    if code:
        raise BenchError(f"fae video ended with {code}.")
    return out


def _faery_wiggle(path: Path, out: Path) -> Path:
    faery = importlib.import_module("faery")
    stream = faery.events_stream_from_file(path)
    how = faery.WiggleParameters(time_range=stream.time_range())
    (
        stream.regularize(how.frequency_hz)
        .render(how.decay, how.tau, faery.colormaps.batlow)
        .scale()
        .add_timecode(output_frame_rate=how.frame_rate)
        .to_file(out, frame_rate=how.frame_rate, rewind=how.rewind, skip=how.skip)
    )
    return out


def _ours_convert(path: Path, out: Path) -> Path:
    faery_cli.open(str(path)).save(str(out), overwrite=True)
    return out


def _faery_convert(path: Path, out: Path) -> Path:
    importlib.import_module("faery").events_stream_from_file(path).to_file(out)
    return out


def _eventcv_convert(path: Path, out: Path) -> Path:
    subprocess.run(["eventcv", "convert", path, out], check=True, capture_output=True)
    return out


def _anew(job: Callable[[Path, Path], Path], path: Path, out: Path) -> Path:
    """Do a job whose output is not there: to replace a file, ext4 writes the new one to disk."""
    out.unlink(missing_ok=True)
    return job(path, out)


def _chunked(make: Callable[[], Any], events: Events) -> int:
    filter = make()
    return sum(len(filter.feed(part)) for part in events)


def _kept(expected: int, result: object) -> str | None:
    return None if result == expected else f"{result} events kept, expected {expected}"


def _any(result: object) -> str | None:
    return None if isinstance(result, int) and result > 0 else f"{result} events kept"


def _eventcv_filter(name: str, stream: Any, *values: Any) -> int:
    return len(getattr(importlib.import_module("eventcv"), name)(stream, *values))


def _dv_background(store: Any) -> int:
    dv = importlib.import_module("dv_processing")
    filter = dv.noise.BackgroundActivityNoiseFilter(SIZE, timedelta(milliseconds=2))
    filter.accept(store)
    return len(filter.generateEvents())


def _dv_store(events: Events) -> Any:
    dv = importlib.import_module("dv_processing")
    store = dv.EventStore()
    for t, x, y, p in zip(
        events.t.tolist(), events.x.tolist(), events.y.tolist(), events.p.tolist(), strict=True
    ):
        store.push_back(t, x, y, bool(p))
    return store


def _eventcv_stream(events: Events) -> Any:
    eventcv = importlib.import_module("eventcv")
    columns = np.stack([events.x, events.y, events.t, events.p], axis=1).astype(np.float64)
    return eventcv.from_numpy(columns, sensor_size=SIZE, time_unit="us")


def cases(quick: bool) -> Iterator[Case]:
    """Pictures, video, GIF, conversions, filters, start-up."""
    count = 200_000 if quick else 20_000_000
    events = moving_edges(count, events_per_us=count / 2e6)
    last = Events([2_000_000 - 1], [0], [0], [1], size=SIZE)
    events = Events.concatenate([events[events.t < 2_000_000 - 1], last])
    folder = Path(_FOLDER.name)
    path = folder / "recording.raw"
    aestream_io.write(path, events, format="evt3")
    millions = len(events) / 1e6
    for decay in ("exponential", "cumulative"):
        candidates = [
            Candidate("faery-cli", partial(_ours_render, path, decay), _frames, ours=True),
            Candidate("faery", partial(_faery_render, path, decay), _frames),
        ]
        yield Case(f"Decode and draw {FRAMES} frames, {decay}", candidates, millions, "Mev")
    for what, ours, theirs, out in (
        ("Video (MP4)", _ours_video, _faery_video, "mp4"),
        ("GIF forth and back, 90 frames", _ours_wiggle, _faery_wiggle, "gif"),
        ("Convert to CSV", _ours_convert, _faery_convert, "csv"),
        ("Convert to AEDAT4", _ours_convert, _faery_convert, "aedat4"),
    ):
        rows = [("faery-cli", ours), ("faery", theirs)]
        if _there("eventcv") and "Convert" in what:
            rows.append(("eventcv", _eventcv_convert))
        candidates = []
        for name, job in rows:
            target = folder / f"{name}.{out}"
            run, check = partial(_anew, job, path, target), partial(_size, target)
            candidates.append(Candidate(name, run, check, ours=name == "faery-cli"))
        yield Case(what, candidates, millions, "Mev")
    for what, out in (("Size of the video (MP4)", "mp4"), ("Size of the GIF", "gif")):
        candidates = []
        for name in ("faery-cli", "faery"):
            made = partial(_megabytes, folder / f"{name}.{out}")
            candidates.append(Candidate(name, made, _written, ours=name == "faery-cli"))
        yield Case(what, candidates, gauge=_given, quantity="MB")
    yield from _memory(path, folder)
    yield from _filters(events[: len(events) // 4])
    yield from _stages(events[: len(events) // 4])
    yield _start()


def _megabytes(path: Path) -> float:
    """Size of what an earlier case has written."""
    return path.stat().st_size / 1e6


def _written(result: object) -> str | None:
    return None if isinstance(result, float) and result > 0 else "nothing was written"


def _given(run: Callable[[], object]) -> float:
    value = run()
    assert isinstance(value, float)
    return value


def _memory(path: Path, folder: Path) -> Iterator[Case]:
    """Peak resident memory of whole commands, interpreter included."""
    ours = [sys.executable, "-m", "faery_cli"]
    theirs = [sys.executable, "-c"]
    script = "import faery, sys; faery.events_stream_from_file(sys.argv[1]).to_file(sys.argv[2])"
    for out in ("csv", "aedat4"):
        target = str(folder / f"memory.{out}")
        rows = [Candidate("faery-cli", partial(peak_mb, [*ours, "convert", str(path), target, "-q",
                          "-y"]), _written, ours=True)]  # fmt: skip
        if _there("faery"):
            run = partial(peak_mb, [*theirs, script, str(path), target])
            rows.append(Candidate("faery", run, _written))
        yield Case(f"Peak memory, convert to {out.upper()}", rows, gauge=_given, quantity="MB")
    chain = ["hot-pixels", "3", ":", "denoise", "2ms", ":", str(folder / "memory.raw")]
    run = partial(peak_mb, [*ours, str(path), ":", *chain, "-q", "-y"])
    yield Case("Peak memory, filters to EVT3", [Candidate("faery-cli", run, _written, ours=True)],
               gauge=_given, quantity="MB")  # fmt: skip


def _filters(events: Events) -> Iterator[Case]:
    millions = len(events) / 1e6
    mask = np.random.default_rng(0).random(SIZE[::-1]) < 0.5
    kernels: list[tuple[str, Callable[[], Any], str | None, tuple[Any, ...]]] = [
        (
            "Background activity, 2 ms",
            partial(filters.BackgroundActivity, SIZE, 2000),
            "background_activity_filter",
            (2000,),
        ),
        ("Dead time, 1 ms", partial(filters.Refractory, SIZE, 1000), "refractory_filter", (1000,)),
        (
            "Bursts (STC), 10 ms",
            partial(filters.Bursts, SIZE, "stc_keep_trail", threshold_us=10_000),
            None,
            (),
        ),
        ("Anti-flicker", partial(filters.Flicker, SIZE), None, ()),
        ("Saturated lines", partial(filters.SaturatedLines, SIZE, 0.1), None, ()),
        ("Rate limit", partial(filters.RateLimit, 5e6), None, ()),
        ("Mask", partial(filters.PixelMask, mask), None, ()),
    ]
    stream = _eventcv_stream(events) if _there("eventcv") else None
    few = events[: min(len(events), 1_000_000)]
    store = _dv_store(few) if _there("dv_processing") else None
    for title, make, peer, values in kernels:
        expected = len(make().feed(events))
        if title == "Saturated lines":
            expected = _chunked(make, events)
        candidates = [
            Candidate(
                "faery-cli", partial(_chunked, make, events), partial(_kept, expected), ours=True
            )
        ]
        if stream is not None and peer is not None:
            run = partial(_eventcv_filter, peer, stream, *values)
            candidates.append(Candidate("eventcv", run, _any))
        yield Case(title, candidates, millions, "Mev")
    if store is not None:
        make = partial(filters.BackgroundActivity, SIZE, 2000)
        candidates = [
            Candidate("faery-cli", partial(_chunked, make, few), _any, ours=True),
            Candidate("dv-processing", partial(_dv_background, store), _any),
        ]
        yield Case("Background activity, 1 million events", candidates, len(few) / 1e6, "Mev")


# A stage with its values, and what does the same: a function of eventcv, a method of faery.
STAGES: tuple[tuple[str, tuple[Any, ...], tuple[Any, ...] | None, tuple[Any, ...] | None], ...] = (
    ("crop", (80, 1200, 60, 700), ("crop", 80, 60, 1120, 640), ("crop", 80, 1200, 60, 700)),
    ("polarity", ("on",), ("filter_polarity", True), ("remove_off_events",)),
    ("polarity", ("invert",), ("invert_polarity",), None),
    ("flip", ("left-right",), ("flip_x",), None),
    ("flip", ("main-diagonal",), ("transpose",), None),
    ("rotate", ("clockwise",), ("rotate90", 1), None),
    ("downsample", (2,), ("resize", SIZE[0] // 2, SIZE[1] // 2), None),
    (
        "cut",
        ("100ms", "350ms"),
        ("time_window", 100_000, 350_000),
        ("time_slice", "00:00:00.1", "00:00:00.35"),
    ),
    ("shift", ("1ms",), ("time_shift", 1000), None),
    ("stretch", (2,), ("time_scale", 2.0), None),
    ("lines", (0.1,), None, ("filter_arbiter_saturation_lines", 0.1)),
    ("regularize", (60,), None, ("regularize", 60.0)),
    ("hot-pixels", (3,), None, None),
    ("polygon", ("0,0 1279,0 640,719",), None, None),
    ("undistort", (1000, 1000, 640, 360), None, None),
    ("jitter", ("100us",), None, None),
)


def _counted(stream: Any) -> int:
    with stream.run() as run:
        return sum(len(item.events) for item in run)


def _faery_stage(array: Any, name: str, *values: Any) -> int:
    stream = importlib.import_module("faery").events_stream_from_array(array, SIZE)
    return sum(len(packet) for packet in getattr(stream, name)(*values))


def _stages(events: Events) -> Iterator[Case]:
    """Whole stages, packet by packet, from events in memory."""
    stream = _eventcv_stream(events) if _there("eventcv") else None
    array = events.to("faery") if _there("faery") else None
    for name, values, for_eventcv, for_faery in STAGES:
        ours = faery_cli.open(events).then(name, *values)
        rows = [Candidate("faery-cli", partial(_counted, ours), _any, ours=True)]
        if stream is not None and for_eventcv is not None:
            run = partial(_eventcv_filter, for_eventcv[0], stream, *for_eventcv[1:])
            rows.append(Candidate("eventcv", run, _any))
        if array is not None and for_faery is not None:
            rows.append(Candidate("faery", partial(_faery_stage, array, *for_faery), _any))
        title = f"Stage {name} {' '.join(map(str, values))}"
        yield Case(title, rows, len(events) / 1e6, "Mev")
    other = faery_cli.open(events[: len(events) // 2])
    merged = partial(_counted, faery_cli.open(events).then("merge", other))
    one = Candidate("faery-cli", merged, _any, ours=True)
    yield Case("Stage merge with half as many", [one], len(events) * 1.5 / 1e6, "Mev")


def _command(*words: str) -> int:
    return subprocess.run(words, check=True, capture_output=True).returncode


def _zero(result: object) -> str | None:
    return None if result == 0 else f"ended with {result}"


def _start() -> Case:
    python = sys.executable
    script = str(Path(python).with_name("fae"))
    rows = [
        Candidate("fae --version", partial(_command, script, "--version"), _zero, ours=True),
        Candidate("python -c pass", partial(_command, python, "-c", "pass"), _zero),
        Candidate("faery --version", partial(_command, python, "-m", "faery", "--version"), _zero),
    ]
    if _there("eventcv"):
        rows.append(Candidate("eventcv", partial(_command, "eventcv", "--version"), _zero))
    return Case("Start of the program", rows)
