"""`fae check`: whether and where a recording is damaged."""

from typing import TYPE_CHECKING, Any

from faery_cli.console import count_text
from faery_cli.context import Context
from faery_cli.errors import FaeError
from faery_cli.registry import Parameter
from faery_cli.run import Run
from faery_cli.sources import make_source
from faery_cli.units import SIZE, TEXT
from faery_cli.verbs._registry import Line, Verb

if TYPE_CHECKING:
    from aestream_io import DecodeReport

FOUND = 1


def examine(path: str, *, format: str | None, size: Any) -> dict[str, Any]:
    """Read a recording to its end and say what is wrong with it.

    Args:
        path: the file, or - for the standard input.
        format: name of its format, or None to go by the content.
        size: (width, height) that overrules the file's, or None.

    Returns:
        path, format, events, problems (kind, count, message), first_problem_byte, order (how often
        time steps back), first_step_back (number of that event), last_us, ok.

    Raises:
        InputError: it is missing or of no known format.
    """
    events = backward = 0
    first_back: int | None = None
    last: int | None = None
    with Run(make_source(path, format=format, size=size), ()) as run:
        for item in run:
            part = item.events
            if not len(part):
                continue
            t = part.t
            steps = (t[1:] < t[:-1]).nonzero()[0] + 1 if not part.is_sorted else t[:0]
            back = ([0] if last is not None and int(t[0]) < last else []) + steps.tolist()
            if back and first_back is None:
                first_back = events + back[0]
            backward += len(back)
            last = int(t[-1])
            events += len(part)
        header: Any = getattr(run.opened, "header", None)
        report: DecodeReport | None = getattr(run.opened, "report", None)
        problems = [] if report is None else [
            {"kind": p.kind, "count": p.count, "message": p.message} for p in report.problems
        ]  # fmt: skip
        return {
            "path": path,
            "format": header.format if header is not None else None,
            "events": events,
            "problems": problems,
            "first_problem_byte": report.first_problem_offset if report is not None else None,
            "bytes_skipped": report.bytes_skipped if report is not None else 0,
            "order": backward,
            "first_step_back": first_back,
            "last_us": last,
            "ok": not problems and not backward,
        }


def as_text(found: dict[str, Any]) -> str:
    """Write what was found for people."""
    head = f"{found['path']}: {found['format'] or 'stream'}, {count_text(found['events'])} events"
    if found["ok"]:
        return f"{head}, sound"
    lines = [f"{head} are good"]
    for number, problem in enumerate(found["problems"]):
        text = f"  {problem['message']}"
        if number == 0 and found["first_problem_byte"] is not None:
            text += f" (first at byte {count_text(found['first_problem_byte'])})"
        lines.append(text)
    if found["order"]:
        lines.append(
            f"  time steps back {count_text(found['order'])} times, first at event "
            f"{count_text(found['first_step_back'])}"
        )
    return "\n".join(lines)


def run(context: Context, line: Line) -> int:
    code = 0
    for path in line["inputs"]:
        try:
            found = examine(path, format=line["input_format"], size=line["input_size"])
        except FaeError as error:
            if len(line["inputs"]) == 1:
                raise
            context.warn(error.message)
            code = max(code, error.exit_code)
            continue
        if context.json:
            context.data(found)
        elif not (context.quiet and found["ok"]):
            print(as_text(found))
        code = code if found["ok"] else max(code, FOUND)
    return code


VERB = Verb(
    "check",
    "Say whether and where recordings are damaged.",
    run,
    (
        Parameter("inputs", TEXT, "files, or - for the standard input", many=True),
        Parameter("input_format", TEXT, "format of the input (found by its content)", None,
                  named=True),
        Parameter("input_size", SIZE, "width and height of the sensor", None, named=True),
    ),
    details="Each file is read to its end. The exit code is 1 if something is wrong: bytes that "
    "give no events, events outside the sensor, a file cut off, times that step back.",
    examples=("fae check in.es", "fae check --json rec/*.raw"),
)  # fmt: skip
