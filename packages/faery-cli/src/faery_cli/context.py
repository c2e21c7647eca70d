"""What all commands share: common options, messages, the end of a run."""

import json
import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from faery_cli.console import Progress, bytes_text, count_text, counted, paint, rate_text
from faery_cli.errors import InputError
from faery_cli.registry import FLAG, Parameter
from faery_cli.units import COUNT, Choice

__all__ = ["COMMON", "Context"]

COMMON = (
    Parameter("quiet", FLAG, "say nothing but errors", False, short="q"),
    Parameter("verbose", FLAG, "say more", False, short="v"),
    Parameter("yes", FLAG, "overwrite the output", False, short="y"),
    Parameter("overwrite", FLAG, "the same as --yes", False),
    Parameter("dry_run", FLAG, "say what would be done, do nothing", False),
    Parameter("json", FLAG, "report as JSON on the standard output", False),
    Parameter("stats", FLAG, "count what each stage lets through", False),
    Parameter("keep_going", FLAG, "write what can be read of a damaged input", False),
    Parameter(
        "progress",
        Choice("progress", ("auto", "plain", "none")),
        "how to show progress",
        "auto",
        named=True,
    ),
    Parameter("threads", COUNT, "number of threads (all processors by default)", 0, named=True),
    Parameter("debug", FLAG, "show where in the program an error happened", False),
    Parameter("help", FLAG, "explain", False, short="h"),
)


@dataclass
class Context:
    """The common options of one command line, and how it speaks.

    Args:
        values: of `COMMON`, by name.
    """

    values: dict[str, Any]

    def __post_init__(self) -> None:
        if self.values.get("threads"):
            from neuro_kernels import set_num_threads

            set_num_threads(self.values["threads"])

    def __getattr__(self, name: str) -> Any:
        if name in {p.name for p in COMMON}:
            return self.values.get(name, next(p.default for p in COMMON if p.name == name))
        raise AttributeError(name)

    @property
    def may_overwrite(self) -> bool:
        """Whether an output that exists is replaced."""
        return self.yes or self.overwrite

    def say(self, text: str) -> None:
        """Write a message for people."""
        if not self.quiet:
            print(text, file=sys.stderr)

    def note(self, text: str) -> None:
        """Write a remark."""
        self.say(paint("note: ", "dim", sys.stderr) + text)

    def warn(self, text: str) -> None:
        """Write a warning; quiet does not hide it."""
        print(paint("warning: ", "yellow", sys.stderr) + text, file=sys.stderr)

    def data(self, value: dict[str, Any]) -> None:
        """Write one JSON object on one line of the standard output."""
        print(json.dumps(value, ensure_ascii=False))

    def write(self, stream: Any, target: str, format: str | None, options: dict[str, Any]) -> int:
        """Run a stream into an output and report; return the exit code.

        Args:
            stream: a `Stream`.
            target: file name, address or "-".
            format: name of the output, or None.
            options: of the output.
        """
        from faery_cli.outputs import save

        if self.dry_run:
            return self._plan(stream, target, format, options)
        progress = Progress("none" if self.quiet else self.progress)
        try:
            report = save(
                stream,
                target,
                format=format,
                overwrite=self.may_overwrite,
                keep_damaged=self.keep_going,
                progress=progress,
                **options,
            )
        finally:
            progress.clear()
        for text in (*report.notes, *_emptied(report)):
            self.note(text)
        if self.stats:
            self._stages(report)
        if self.json and target != "-":
            self.data(_as_json(report))
        else:
            self.say(_as_text(report))
        return self.damage(stream.source, report.damage)

    def damage(self, source: Any, problems: str) -> int:
        """Warn of what in a source was damaged; return the exit code.

        Args:
            source: its `name`, and whether it is `live`: what a network lost is no error.
            problems: in one clause, empty if nothing was.
        """
        if problems:
            self.warn(f"{source.name}: {problems}")
        return InputError.exit_code if problems and not source.live else 0

    def _plan(self, stream: Any, target: str, format: str | None, options: dict[str, Any]) -> int:
        from faery_cli.outputs import check_output

        plan = check_output(
            stream, target, format=format, overwrite=self.may_overwrite, options=options
        )
        if self.json:
            self.data(plan)
            return 0
        print(f"{plan['source']} ({plan['input_size'][0]}x{plan['input_size'][1]})")
        for stage in plan["stages"]:
            print(f"  : {stage}")
        print(f"  : {plan['path']} ({plan['format']}, {plan['size'][0]}x{plan['size'][1]})")
        return 0

    def _stages(self, report: Any) -> None:
        before: int | None = None
        for name, events, items in report.stages:
            text = f"  {name:20} {count_text(events):>14} events"
            if before is not None and events != before:
                text += f"  {count_text(events - before)} ({_percent(events - before, before)})"
            elif items != events and before is not None:
                text += f"  in {count_text(items)} items"
            before = events
            self.say(text)


def _emptied(report: Any) -> list[str]:
    """Say where all events were lost, if there were any."""
    counts = [(name, events) for name, events, _ in report.stages]
    for (_, before), (name, after) in pairwise(counts):
        if before and not after:
            return [f"{name} let none of the {count_text(before)} events through"]
    return []


def _percent(change: int, before: int) -> str:
    return f"{100 * change / before:+.3g} %" if before else "-"


def _as_json(report: Any) -> dict[str, Any]:
    return {
        "path": report.path,
        "format": report.format,
        "events": report.events,
        "frames": report.frames,
        "bytes": report.bytes,
        "width": report.size[0],
        "height": report.size[1],
        "seconds": round(report.seconds, 6),
        "stages": [{"name": n, "events": e, "items": i} for n, e, i in report.stages],
        "notes": list(report.notes),
        "damage": report.damage,
    }


def _as_text(report: Any) -> str:
    width, height = report.size
    parts = [f"{width}x{height}"]
    if report.frames:
        parts.insert(0, counted(report.frames, "frame"))
    else:
        parts.insert(0, counted(report.events, "event"))
    if report.bytes:
        parts.append(bytes_text(report.bytes))
    read = report.stages[0][1] if report.stages else 0
    parts.append(f"{report.seconds:.2f} s")
    if read and report.seconds > 0:
        parts.append(rate_text(read / report.seconds))
    name = "standard output" if report.path == "-" else report.path
    return f"{name}: {', '.join(parts)}"
