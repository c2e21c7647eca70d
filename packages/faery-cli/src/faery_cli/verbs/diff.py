"""`fae diff`: whether two recordings hold the same events, in whatever formats."""

from typing import Any

from faery_cli.console import count_text
from faery_cli.context import Context
from faery_cli.registry import FLAG, Parameter
from faery_cli.run import Run
from faery_cli.sources import make_source
from faery_cli.units import TEXT
from faery_cli.verbs._chain import INPUT_OPTIONS
from faery_cli.verbs._registry import Line, Verb

DIFFERENT = 1


def _event(events: Any, k: int) -> str:
    polarity = "ON" if events.p[k] else "OFF"
    return f"t {events.t[k]} us, x {events.x[k]}, y {events.y[k]}, {polarity}"


def compare(
    first: str,
    second: str,
    *,
    zero: bool = False,
    format: str | None = None,
    size: tuple[int, int] | None = None,
) -> dict[str, Any]:
    """Compare two recordings event by event.

    Args:
        first: file or address.
        second: file or address.
        zero: count times from each one's first event.
        format: of both, or None to go by their content.
        size: (width, height) of both, or None for what they say.

    Returns:
        identical, events (equal ones from the beginning), and of the first difference: index,
        what each has there ("end" where it has ended), and sizes.
    """
    origins: list[int | None] = [None, None]
    sources = [make_source(path, format=format, size=size) for path in (first, second)]
    with Run(sources[0], ()) as one, Run(sources[1], ()) as two:
        sizes = [one.input_shape.size, two.input_shape.size]
        streams = [iter(one), iter(two)]
        held: list[Any] = [None, None]
        done = 0
        while True:
            for k in (0, 1):
                while held[k] is None or not len(held[k]):
                    item = next(streams[k], None)
                    if item is None:
                        held[k] = None
                        break
                    held[k] = item.events
                    if origins[k] is None and len(held[k]):
                        origins[k] = int(held[k].t[0])
            result = {"sizes": sizes, "events": done}
            if held[0] is None or held[1] is None:
                same = held[0] is held[1] and sizes[0] == sizes[1]
                texts = ["end" if h is None else _event(h, 0) for h in held]
                more = {} if held[0] is held[1] else {"index": done, "first": texts[0],
                                                       "second": texts[1]}  # fmt: skip
                return {"identical": same, **result, **more}
            n = min(len(held[0]), len(held[1]))
            a, b = held[0][:n], held[1][:n]
            shift = (origins[0] or 0) - (origins[1] or 0) if zero else 0
            unlike = (a.t != b.t + shift) | (a.x != b.x) | (a.y != b.y) | (a.p != b.p)
            if unlike.any():
                k = int(unlike.argmax())
                return {
                    "identical": False,
                    "sizes": sizes,
                    "events": done + k,
                    "index": done + k,
                    "first": _event(a, k),
                    "second": _event(b, k),
                }
            done += n
            held = [held[0][n:], held[1][n:]]


def run(context: Context, line: Line) -> int:
    found = compare(
        line["first"],
        line["second"],
        zero=line["zero"],
        format=line["input_format"],
        size=line["input_size"],
    )
    if context.json:
        context.data({"first_path": line["first"], "second_path": line["second"], **found})
    elif not context.quiet:
        if found["identical"]:
            print(f"identical events ({count_text(found['events'])})")
        elif "index" in found:
            print(f"first difference at event {count_text(found['index'])}:")
            for name in ("first", "second"):
                print(f"  {line[name]}: {found[name]}")
        else:
            sizes = ["{}x{}".format(*size) for size in found["sizes"]]
            count = count_text(found["events"])
            print(f"identical events ({count}), but sizes {sizes[0]} and {sizes[1]}")
    return 0 if found["identical"] else DIFFERENT


VERB = Verb(
    "diff",
    "Say whether two recordings hold the same events, in whatever formats.",
    run,
    (
        Parameter("first", TEXT, "a file or an address"),
        Parameter("second", TEXT, "a file or an address"),
        Parameter("zero", FLAG, "count times from each one's first event", False),
        *INPUT_OPTIONS,
    ),
    details="Order, times, places, polarities and the sensor's size are compared. The exit code is "
    "1 if they differ.",
    examples=("fae diff a.es b.raw",),
)
