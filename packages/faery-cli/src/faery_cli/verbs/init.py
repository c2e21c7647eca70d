"""`fae init`: a script of tasks for recordings, to change and to run again and again."""

import glob
import os
from collections.abc import Sequence

from faery_cli.context import Context
from faery_cli.errors import FaeError, InputError
from faery_cli.outputs._files import check_target, complete_file
from faery_cli.registry import FLAG, Parameter
from faery_cli.units import TEXT
from faery_cli.verbs._registry import Line, Verb

SCRIPT = '''\
"""Pictures of recordings; run it with: fae run"""

from faery_cli.compat import faery


@faery.task(suffix=".png", icon="~")
def event_rate(input, output, start, end):
    stream = faery.events_stream_from_file(input).time_slice(start=start, end=end)
    stream.to_event_rate().to_file(output)


@faery.task(suffix=".png", icon="O")
def kinectograph(input, output, start, end):
    stream = faery.events_stream_from_file(input).time_slice(start=start, end=end)
    stream.to_kinectograph().scale().render().to_file(output)


@faery.task(suffix=".gif", icon="<>")
def wiggle(input, output, start, end):
    stream = faery.events_stream_from_file(input).time_slice(start=start, end=end)
    parameters = faery.WiggleParameters(time_range=stream.time_range())
    (
        stream.regularize(frequency_hz=parameters.frequency_hz)
        .render(
            decay=parameters.decay, tau=parameters.tau, colormap=faery.colormaps.starry_night
        )
        .scale()
        .add_timecode(output_frame_rate=parameters.frame_rate)
        .to_file(
            output,
            frame_rate=parameters.frame_rate,
            rewind=parameters.rewind,
            skip=parameters.skip,
        )
    )


tasks = [event_rate, kinectograph, wiggle]
jobs = faery.JobManager(faery.dirname / "renders")
'''


IGNORE = "ignore:"  # before a glob whose files are left out


def find(patterns: Sequence[str]) -> list[str]:
    """Give the files that globs match, without those that match one after `ignore:`."""
    found = {path for pattern in patterns for path in glob.glob(pattern)}
    left_out = [pattern.removeprefix(IGNORE) for pattern in patterns if pattern.startswith(IGNORE)]
    return sorted(found - {path for pattern in left_out for path in glob.glob(pattern)})


def script(paths: list[str], context: Context, folder: str = ".") -> str:
    """Write a script for some recordings; one that cannot be read is left out with a warning.

    Args:
        paths: the recordings.
        context: says what was left out.
        folder: where the script lies.
    """
    from faery_cli.compat import faery

    lines = [SCRIPT]
    for path in paths:
        try:
            stream = faery.events_stream_from_file(path)
            start, end = (time.to_timecode() for time in stream.time_range())
        except (FaeError, OSError, ValueError) as error:
            context.warn(f"{path}: left out: {error}")
            continue
        name = os.path.relpath(path, folder)
        lines.append(f"jobs.add(faery.dirname / {name!r}, {start!r}, {end!r}, tasks)\n")
    if len(lines) == 1:
        raise InputError("init: there is no recording that can be read")
    return "".join([*lines, "jobs.run()\n"])


def run(context: Context, line: Line) -> int:
    given = (*line["inputs"], *([line["input"]] if line["input"] is not None else []))
    patterns = given or ("recordings/*",)
    paths = find(patterns)
    if not paths:
        raise InputError(f"init: no file matches {', '.join(patterns)}")
    target = line["output"]
    overwrite = context.may_overwrite or line["force"]
    check_target(target, overwrite=overwrite)
    text = script(paths, context, os.path.dirname(target) or ".")
    if context.dry_run:
        print(text, end="")
        return 0
    with complete_file(target, overwrite=overwrite) as file:
        file.write(text.encode())
    context.say(f"{line['output']}: change it as you like, then: fae run")
    return 0


VERB = Verb(
    "init",
    "Write a script that draws pictures of recordings, to be changed and run again.",
    run,
    (
        Parameter("inputs", TEXT, "files or globs (recordings/*); after ignore: those left out",
                  (), many=True),
        Parameter("input", TEXT, "one more of them", None, named=True, short="i"),
        Parameter("output", TEXT, "the script", "faery_script.py", named=True, short="o"),
        Parameter("force", FLAG, "overwrite the script", False, short="f"),
    ),
    details="Each task skips what is done already. For many recordings with the same chains, a job "
    "file (fae batch) is shorter.",
    examples=("fae init 'rec/*.es'",),
)  # fmt: skip
