"""`fae synth`: a generated scene with noise, and a label for each event."""

from typing import Any

from faery_cli.console import count_text
from faery_cli.context import Context
from faery_cli.errors import OutputError, UsageError
from faery_cli.registry import Parameter
from faery_cli.units import COUNT, DURATION, INTEGER, SIZE, TEXT, show_duration
from faery_cli.verbs._chain import OUTPUT, target_of
from faery_cli.verbs._registry import Line, Verb

NOISE, SIGNAL, HOT = 0, 1, 2


def labelled(
    scene: str,
    *,
    size: tuple[int, int],
    duration_us: int,
    rate: int,
    noise: int,
    hot: int,
    hot_rate: int,
    seed: int,
) -> tuple[Any, Any]:
    """Generate a scene with background activity and hot pixels.

    Args:
        scene: of aestream-io's generated scenes, for example "edges".
        size: (width, height) in pixels.
        duration_us: in microseconds.
        rate: signal events per second.
        noise: background events per second, all over the sensor.
        hot: number of hot pixels.
        hot_rate: events per second of each.
        seed: other seeds give other scenes.

    Returns:
        `Events` in order of time, and uint8 (n,): 1 signal, 0 noise, 2 hot pixel.

    Example:
        >>> events, labels = labelled("edges", size=(64, 48), duration_us=10**5, rate=10**4,
        ...                           noise=5000, hot=2, hot_rate=1000, seed=0)
        >>> [int((labels == k).sum()) for k in (0, 1, 2)]
        [500, 1000, 200]
    """
    import numpy as np

    from faery_cli.api import open
    from neuro_kernels import Events

    width, height = size
    address = (
        f"synth:{scene}?duration={show_duration(duration_us)}&size={width}x{height}"
        f"&rate={rate}&seed={seed}"
    )
    signal = open(address).events()
    rng = np.random.default_rng([seed, 1])
    parts, labels = [signal], [np.full(len(signal), SIGNAL, np.uint8)]
    pixels = rng.choice(width * height, min(hot, width * height), replace=False)
    count = round(noise * duration_us / 1e6)
    places = rng.integers(0, width * height, count)
    each = round(hot_rate * duration_us / 1e6)
    for where, label in ((places, NOISE), (np.repeat(pixels, each), HOT)):
        t = rng.integers(0, duration_us, len(where))
        p = rng.integers(0, 2, len(where))
        parts.append(Events(t, where % width, where // width, p, size=size))
        labels.append(np.full(len(where), label, np.uint8))
    events = Events.concatenate(parts)
    order = np.argsort(events.t, kind="stable")
    return events[order], np.concatenate(labels)[order]


def run(context: Context, line: Line) -> int:
    import io
    import os

    import numpy as np

    from aestream_io.sources.synth import SCENES
    from faery_cli.outputs._files import complete_file
    from faery_cli.sources import MemorySource
    from faery_cli.stream import Stream
    from faery_cli.suggest import unknown

    if line["scene"] not in SCENES:
        raise UsageError(
            unknown("scene", line["scene"], SCENES), word=line.word(line["scene"]).index
        )
    target = target_of(line)
    path = line["labels"]
    if path is not None and os.path.exists(path) and not context.may_overwrite:
        raise OutputError(f"{path}: exists already; write -y to overwrite it")
    events, labels = labelled(
        line["scene"],
        size=line["size"],
        duration_us=line["duration"],
        rate=line["rate"],
        noise=line["noise"],
        hot=line["hot"],
        hot_rate=line["hot_rate"],
        seed=line["seed"],
    )
    stream = Stream(MemorySource(events, f"synth:{line['scene']}"))
    code = context.write(stream, target.path, target.format, target.options)
    if path is not None and not context.dry_run:
        with complete_file(path, overwrite=context.may_overwrite) as file:
            buffer = io.BytesIO()
            np.save(buffer, labels)
            file.write(buffer.getvalue())
        signal = count_text(int((labels == SIGNAL).sum()))
        context.say(f"{path}: {signal} signal events of {count_text(len(labels))}")
    return code


VERB = Verb(
    "synth",
    "Generate a scene with noise and hot pixels, and a label for each event.",
    run,
    (
        Parameter("scene", TEXT, "edges, bar, dots, … (those of synth: addresses)"),
        OUTPUT,
        Parameter("labels", TEXT, "an .npy file for the labels: 1 signal, 0 noise, 2 hot pixel",
                  None, named=True),
        Parameter("size", SIZE, "width and height", (320, 240), named=True),
        Parameter("duration", DURATION, "how long", 1_000_000, named=True),
        Parameter("rate", COUNT, "signal events per second", 300_000, named=True),
        Parameter("noise", COUNT, "noise events per second", 50_000, named=True),
        Parameter("hot", COUNT, "number of hot pixels", 5, named=True),
        Parameter("hot_rate", COUNT, "events per second of each", 2_000, named=True),
        Parameter("seed", INTEGER, "other seeds give other scenes", 0, named=True),
        Parameter("format", TEXT, "format of the output (by the file's ending)", None, named=True),
    ),
    open_options=True,
    examples=("fae synth edges scene.raw --labels scene.npy --noise 100k",),
)  # fmt: skip
