"""`fae init`: a script of tasks for recordings, to change and to run again and again."""

import glob

from faery_cli.context import Context
from faery_cli.errors import FaeError, InputError
from faery_cli.outputs._files import complete_file
from faery_cli.registry import Parameter
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


def script(paths: list[str], context: Context) -> str:
    """Write a script for some recordings; one that cannot be read is left out with a warning."""
    from faery_cli.compat import faery

    lines = [SCRIPT]
    for path in paths:
        try:
            stream = faery.events_stream_from_file(path)
            start, end = (time.to_timecode() for time in stream.time_range())
        except (FaeError, OSError, ValueError) as error:
            context.warn(f"{path}: left out: {error}")
            continue
        lines.append(f"jobs.add(faery.dirname / {path!r}, {start!r}, {end!r}, tasks)\n")
    if len(lines) == 1:
        raise InputError("init: there is no recording that can be read")
    return "".join([*lines, "jobs.run()\n"])


def run(context: Context, line: Line) -> int:
    patterns = line["inputs"] or ("recordings/*",)
    paths = sorted({path for pattern in patterns for path in glob.glob(pattern)})
    if not paths:
        raise InputError(f"init: no file matches {', '.join(patterns)}")
    text = script(paths, context)
    with complete_file(line["output"], overwrite=context.may_overwrite) as file:
        file.write(text.encode())
    context.say(f"{line['output']}: change it as you like, then: fae run")
    return 0


VERB = Verb(
    "init",
    "Write a script that draws pictures of recordings, to be changed and run again.",
    run,
    (
        Parameter("inputs", TEXT, "files or globs (recordings/*)", (), many=True),
        Parameter("output", TEXT, "the script", "faery_script.py", named=True),
    ),
    details="Each task skips what is done already. For many recordings with the same chains, a job "
    "file (fae batch) is shorter.",
    examples=("fae init 'rec/*.es'",),
)
