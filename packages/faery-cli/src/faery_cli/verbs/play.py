"""`fae play`: a recording in the terminal."""

from typing import Any

from faery_cli.console import counted
from faery_cli.context import Context
from faery_cli.errors import UsageError
from faery_cli.pictures.timing import speed_text, time_text
from faery_cli.registry import FLAG, Parameter, by_name
from faery_cli.run import Run
from faery_cli.units import SIZE, optional
from faery_cli.verbs._chain import INPUT, INPUT_OPTIONS, source_of
from faery_cli.verbs._registry import Line, Verb

_RENDER = by_name("render").parameters
DEFAULT_FPS = 20.0  # what a terminal keeps up with


def play(run: Run, screen: Any, *, paced: bool, speed: float) -> int:
    """Show the frames of a run, until it ends or Ctrl-C; return how many were shown."""
    import time

    shown = 0
    shape = run.shape
    assert shape.rate_hz
    assert shape.palette  # frames have them
    assert shape.grid
    rate, colors, period = shape.rate_hz, shape.palette.colors, shape.grid.period_us
    begin = time.monotonic()
    origin = 0.0
    try:
        for number, frame in enumerate(run):
            if number == 0:
                origin = frame.t_us - period
            if paced:
                ahead = begin + number / rate - time.monotonic()
                if ahead < -1 / rate:
                    continue  # too late: the next one is nearer to now
                time.sleep(max(0.0, ahead))
            text = f"{time_text(round(frame.t_us - origin), period)}  {speed_text(speed)}"
            screen.draw(colors[frame.index], f"{text}  {frame.events} events")
            shown += 1
    except KeyboardInterrupt:
        pass
    return shown


def run(context: Context, line: Line) -> int:
    import sys

    from faery_cli.pictures.terminal import HalfBlocks

    if line["cells"] is None and not sys.stdout.isatty():
        raise UsageError(
            "play: the output is no terminal; say --cells 80x24 to write to it all the same, or "
            "use fae view for a browser"
        )
    values = {p.name: line[p.name] for p in _RENDER}
    values["fps"] = line["fps"] or DEFAULT_FPS
    stream = source_of(line).then("render", **values)
    screen = HalfBlocks(sys.stdout, line["cells"])
    with stream.run() as run:  # an input that cannot be read leaves the terminal as it is
        screen.begin()
        try:
            shown = play(run, screen, paced=not line["fast"], speed=line["speed"])
        finally:
            screen.end()
        problems = run.problems
    context.say(f"{counted(shown, 'frame')} shown")
    return context.damage(stream.source, problems)


def _named(parameter: Parameter) -> Parameter:
    from dataclasses import replace

    return replace(parameter, named=True)


VERB = Verb(
    "play",
    "Play a recording or a live stream in the terminal.",
    run,
    (
        INPUT,
        *map(_named, _RENDER),
        Parameter("tui", FLAG, "play in the terminal, which is always done here", False),
        Parameter("fast", FLAG, "as fast as it goes, without skipping", False),
        Parameter("cells", optional(SIZE, "auto"), "columns and rows of the terminal", None,
                  named=True),
        *INPUT_OPTIONS,
    ),
    details="Needs a terminal with true colours; each character shows two pixels. Ctrl-C ends.",
    examples=("fae play in.es --speed 0.2", "fae play udp:0.0.0.0:3333?size=320x240"),
)  # fmt: skip
