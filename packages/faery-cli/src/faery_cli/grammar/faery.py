"""Faery's command lines: `input … filter … output …`, and its other commands' words."""

import inspect
import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from faery_cli.errors import FaeError, InputError, OutputError, UsageError
from faery_cli.grammar._faery_words import (
    Argument,
    Block,
    arguments_of,
    or_none,
    read_separator,
)
from faery_cli.grammar.words import Word

if TYPE_CHECKING:
    from faery_cli.context import Context

__all__ = ["KEYWORDS", "is_faery", "run_faery"]

KEYWORDS = ("input", "filter", "output")


def is_faery(line: Sequence[Word]) -> bool:
    """Tell whether a command line is one of Faery's."""
    return bool(line) and line[0].text in KEYWORDS and len(line) > 1 and line[1].text != ":"


def _blocks(line: Sequence[Word]) -> list[Block]:
    parts: list[list[Word]] = []
    for word in line:
        # A keyword begins a block, unless it is the first word of one: `output file filter`.
        if word.text in KEYWORDS and (not parts or len(parts[-1]) > 1):
            parts.append([word])
        else:
            parts[-1].append(word)
    blocks = [Block(part) for part in parts]
    order = [KEYWORDS.index(block.keyword.text) for block in blocks]
    for before, after, block in zip(order, order[1:], blocks[1:], strict=False):
        if after < before or (after == before and after != 1):
            raise UsageError(
                "expected one input, then filters, then one output", word=block.keyword.index
            )
    return blocks


_CSV = (
    ("csv_has_header", bool, True, True),
    ("csv_separator", read_separator, b",", False),
    ("csv_t_index", int, 0, False),
    ("csv_x_index", int, 1, False),
    ("csv_y_index", int, 2, False),
    ("csv_on_index", int, 3, False),
    ("csv_t_scale", float, 0.0, False),
    ("csv_on_value", str.encode, b"1", False),
    ("csv_off_value", str.encode, b"0", False),
    ("csv_skip_errors", bool, False, True),
)


def _input(block: Block | None) -> Any:
    from faery_cli.compat import faery

    if block is None:
        return faery.events_stream_from_stdin(dimensions=(1280, 720))
    name = block.choose(("file", "stdin", "udp", "camera"))
    function = getattr(faery, f"events_stream_from_{name}")
    arguments = arguments_of(function, without=("address",))
    if name in ("file", "stdin"):
        arguments += [Argument(*row) for row in _CSV]
    if name == "udp":
        arguments.insert(0, Argument("address", _address, inspect.Parameter.empty))
    if name in ("udp", "stdin"):
        # The command gives a size where the function asks for one.
        arguments = [
            Argument(a.name, a.read, (1280, 720)) if a.name == "dimensions" else a
            for a in arguments
        ]
    values = block.bind(arguments)
    if name in ("udp", "stdin"):
        values.setdefault("dimensions", (1280, 720))
    csv = {key.removeprefix("csv_"): values.pop(key) for key, *_ in _CSV if key in values}
    if csv:
        values["csv_properties"] = faery.CsvProperties(**csv)
    return function(**values)


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal():
        raise ValueError(f"expected HOST:PORT, got {text!r}")
    return host.strip("[]"), int(port)


# Filters that take functions or arrays have no spelling on a command line.
_PYTHON_ONLY = {"apply", "map", "mask", "add_overlay"}


def _filter(stream: Any, block: Block) -> Any:
    known = [
        name
        for name in dir(stream)
        if not name.startswith(("_", "to_"))
        and callable(getattr(stream, name))
        and name not in _PYTHON_ONLY
        and name not in ("dimensions", "time_range", "frequency_hz", "init", "set_up", "view")
    ]
    name = block.choose(known)
    method = getattr(type(stream), name)
    values = block.bind(arguments_of(method))
    try:
        return getattr(stream, name)(**values)
    except (ValueError, TypeError) as error:
        raise UsageError(str(error), word=block.name.index) from None


def _output(stream: Any, block: Block | None, context: "Context") -> None:
    from faery_cli.compat import faery

    frames = hasattr(stream, "add_timecode")
    if block is None:
        if frames:
            raise UsageError("frames need an output: output file PATH, output files PATTERN")
        _no_report(context)
        stream.to_stdout()
        return
    outputs = ("file", "files", "view") if frames else ("file", "stdout", "udp")
    name = block.choose(outputs)
    method = stream.view if name == "view" else getattr(stream, f"to_{name}")
    arguments = arguments_of(method, without=("address", "compression"))
    if name == "udp":
        arguments.insert(0, Argument("address", _address, inspect.Parameter.empty))
    if name == "file":
        arguments.append(Argument("no_progress", bool, False, True))
        arguments.append(Argument("quality_factor", or_none(int), None))
    if name == "file" and not frames:
        arguments.append(Argument("compression_type", str, "lz4"))
        arguments.append(Argument("compression_level", int, 1))
    values = block.bind(arguments)
    if name == "stdout":
        _no_report(context)
    quiet = values.pop("no_progress", False) or context.quiet
    values.pop("quality_factor", None)
    if not frames and {"compression_type", "compression_level"} & set(values):
        kind = values.pop("compression_type", "lz4")
        level = values.pop("compression_level", 1)
        values["compression"] = None if kind == "none" else (kind, level)
    if name != "view" and not quiet:
        values["on_progress"] = faery.progress_bar_fold
    path = values.get("path")
    if path is not None and pathlib.Path(path).is_dir():
        raise OutputError(f"{path}: this is a folder; give a file name")
    method(**values)
    if context.json:
        text = None if path is None else str(path)
        found = pathlib.Path(text) if text is not None else None
        size = found.stat().st_size if found is not None and found.is_file() else None
        context.data({"output": name, "path": text, "bytes": size})


def _no_report(context: "Context") -> None:
    if context.json:
        raise UsageError("--json: the standard output carries the events; give an output file")


def run_faery(line: Sequence[Word], context: "Context") -> int:
    """Run one of Faery's command lines; return its exit code.

    Args:
        line: the words.
        context: the common options.

    Raises:
        FaeError: a wrong word, an input that cannot be read, an output that cannot be written.
    """
    blocks = _blocks(line)
    by_keyword = {word: [b for b in blocks if b.keyword.text == word] for word in KEYWORDS}
    source = by_keyword["input"][0] if by_keyword["input"] else None
    target = by_keyword["output"][0] if by_keyword["output"] else None
    from aestream_io import EventError

    try:
        stream = _input(source)
        for block in by_keyword["filter"]:
            stream = _filter(stream, block)
        if context.dry_run:
            width, height = stream.dimensions()
            kind = type(stream).__mro__[2].__name__
            if context.json:
                context.data({"stream": kind, "width": width, "height": height})
            else:
                print(f"{kind}, {width}x{height}")
            return 0
        _output(stream, target, context)
    except FaeError:
        raise
    except (FileNotFoundError, EventError) as error:
        name = source.rest[0].text if source and source.rest else "input"
        text = "no such file" if isinstance(error, FileNotFoundError) else str(error)
        raise InputError(text if name in text else f"{name}: {text}") from error
    except BrokenPipeError:
        raise
    except OSError as error:
        name = error.filename or (target.rest[0].text if target and target.rest else "output")
        raise OutputError(f"{name}: cannot be written ({error.strerror or error})") from error
    except (ValueError, TypeError) as error:
        raise UsageError(str(error)) from error
    return 0
