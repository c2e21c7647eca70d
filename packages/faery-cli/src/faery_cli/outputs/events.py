"""Event files, by the formats of aestream-io."""

from typing import TYPE_CHECKING, Any, BinaryIO

from faery_cli.errors import OutputError, UsageError
from faery_cli.outputs._registry import Written, ending_of
from faery_cli.registry import Parameter
from faery_cli.suggest import unknown
from faery_cli.units import TEXT

if TYPE_CHECKING:
    from faery_cli.run import Run

__all__ = ["format_of", "format_parameters", "write_events"]


def _writable() -> dict[str, Any]:
    import aestream_io.formats

    return {f.name: f for f in aestream_io.formats.formats() if f.open_writer is not None}


def format_of(path: str) -> str:
    """Give the name of the event format for a file name.

    Raises:
        UsageError: no format has this ending.
    """
    from faery_cli.outputs._registry import outputs

    if path == "-":
        return "csv"
    ending = ending_of(path)
    for entry in _writable().values():
        if ending in entry.extensions:
            return entry.name
    endings = [e for f in _writable().values() for e in f.extensions]
    endings += [e for o in outputs() for e in o.endings]
    what = f"the ending {ending!r}" if ending else "a name without ending"
    raise UsageError(
        f"{path}: {what} tells no format; use one of {', '.join(dict.fromkeys(endings))}, "
        "or say --format"
    )


def format_parameters(name: str) -> tuple[Parameter, ...]:
    """Give the options of an event format as parameters.

    Raises:
        UsageError: there is no such format.
    """
    from faery_cli.outputs._registry import outputs

    known = _writable()
    entry = known.get(name.lower())
    if entry is None:
        names = [*known, *(o.name for o in outputs())]
        raise UsageError(unknown("format", name, names))
    return tuple(
        Parameter(key.replace("-", "_"), TEXT, text, None, named=True)
        for key, text in entry.write_options.items()
    )


def write_events(run: "Run", file: BinaryIO, values: dict[str, Any]) -> Written:
    """Write the events of a run.

    Args:
        run: gives events.
        file: open for writing.
        values: "format": name of the format; the rest are its options.
    """
    import aestream_io
    from aestream_io.formats import WriteOptions

    entry = _writable()[values["format"].lower()]
    options = {k: v for k, v in values["options"].items() if v is not None}
    writer: Any = None
    events = 0

    def begin(t0: int | None) -> Any:
        assert entry.open_writer is not None
        return entry.open_writer(file, WriteOptions(size=run.shape.size, t0=t0, values=options))

    try:
        for item in run:
            if writer is None:
                writer = begin(item.events.t0)
            writer.feed(item.events)
            events += len(item.events)
        if writer is None:
            writer = begin(None)
        notes = writer.finish()
    except aestream_io.EventError as error:
        raise OutputError(f"{entry.name}: {error}") from error
    return Written(events, notes=tuple(notes))
