"""`fae explain`: what a chain is, before it runs, and the same in Python."""

from typing import Any

from faery_cli.context import COMMON, Context
from faery_cli.errors import UsageError
from faery_cli.grammar.chain import is_chain, parse_chain
from faery_cli.registry import FLAG, Parameter
from faery_cli.units import TEXT
from faery_cli.verbs._registry import Line, Verb

RECENCY_BYTES, SUM_BYTES, COUNT_BYTES, STAMP_BYTES = 8, 5, 4, 8
# Bytes that a stage remembers for each pixel.
_MEMORY = {
    "denoise": STAMP_BYTES,
    "hot-pixels": COUNT_BYTES + 1,
    "refractory": STAMP_BYTES,
    "trail": STAMP_BYTES,
    "anti-flicker": STAMP_BYTES,
    "mask": 1,
    "polygon": 1,
    "undistort": 4,
    "render": RECENCY_BYTES,
}


def python_of(stream: Any, target: str, options: dict[str, Any]) -> str:
    """Write a chain as a Python program.

    Example:
        >>> from faery_cli import open
        >>> print(python_of(open("a.es").crop(0, 9, 0, 9), "b.es", {}))
        import faery_cli
        <BLANKLINE>
        stream = faery_cli.open('a.es')
        stream = stream.crop(left=0, right=9, top=0, bottom=9)
        stream.save('b.es')
    """
    name = getattr(stream.source, "path", None) or stream.source.name
    lines = ["import faery_cli", "", f"stream = faery_cli.open({name!r})"]
    for call in stream.calls:
        values = []
        for parameter in call.stage.parameters:
            value = call.values[parameter.name]
            if not parameter.required and value == parameter.default:
                continue
            shown = value if parameter.kind is FLAG else parameter.kind.show(value)
            if isinstance(value, int | float) and shown == str(value):
                shown = value
            values.append(f"{parameter.name}={shown!r}")
        lines.append(f"stream = stream.{call.stage.method}({', '.join(values)})")
    words = [repr(target), *(f"{k}={v!r}" for k, v in options.items() if v is not None)]
    lines.append(f"stream.save({', '.join(words)})")
    return "\n".join(lines)


def run(context: Context, line: Line) -> int:
    from faery_cli.outputs import find_output
    from faery_cli.outputs._save import _prepare
    from faery_cli.run import plan

    words = [word for word in line.line if word.text not in ("--json",)]
    if not is_chain(words):
        raise UsageError("explain: expected a chain: fae explain SOURCE : STAGE … : OUTPUT")
    stream, target, _ = parse_chain(words, COMMON)
    output = find_output(target.path, target.format)
    stream = _prepare(stream, target.path, output)
    with stream.run() as opened:
        shape = opened.input_shape
        rows = [(stream.source.name, shape, 0, "")]
        for call, operation in zip(stream.calls, plan(shape, stream.calls), strict=True):
            pixels = shape.size[0] * shape.size[1]
            memory = _MEMORY.get(call.stage.name, 0) * pixels
            reads = "reads the input once more" if operation.learns else ""
            shape = operation.shape
            rows.append((call.text(), shape, memory, reads))
    program = python_of(stream, target.path, target.options)
    if context.json:
        steps = [
            {
                "stage": text,
                "content": s.content,
                "size": list(s.size),
                "finite": s.finite,
                "regular": s.grid is not None,
                "memory_bytes": memory,
            }
            for text, s, memory, _ in rows
        ]
        context.data({"steps": steps, "output": output.name, "python": program})
        return 0
    from faery_cli.console import bytes_text

    width = min(60, max(len(row[0]) for row in rows))
    for text, s, memory, reads in rows:
        kind = ("finite " if s.finite else "endless ") + ("regular " if s.grid else "") + s.content
        extras = [bytes_text(memory)] if memory else []
        extras += [reads] if reads else []
        note = f"  ({', '.join(extras)})" if extras else ""
        print(f"{text:{width}}  {s.size[0]}x{s.size[1]} {kind}{note}")
    print(f"{target.path:{width}}  {output.summary}")
    print(f"\n{program}")
    return 0


VERB = Verb(
    "explain",
    "Show what a chain does at each step, what it remembers, and the same in Python.",
    run,
    (Parameter("chain", TEXT, "a whole chain", many=True),),
    open_options=True,
    details="Nothing is written.",
    examples=("fae explain in.raw : hot-pixels 3 : denoise 2ms : out.gif",),
)
