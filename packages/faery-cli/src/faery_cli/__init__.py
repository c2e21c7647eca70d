"""The command line for event recordings, and the same chains in Python.

>>> import faery_cli
>>> stream = faery_cli.open("synth:edges?duration=100ms&size=64x48&rate=1e5")
>>> len(stream.crop(0, 32, 0, 48).events()) < 10_000
True
"""

from faery_cli._version import VERSION as __version__

TYPE_CHECKING = False  # known to type checkers by its name; importing typing would cost 8 ms
if TYPE_CHECKING:
    from typing import Any

    from faery_cli.api import open, read, video
    from faery_cli.errors import FaeError, InputError, MissingError, OutputError, UsageError
    from faery_cli.operation import Frame
    from faery_cli.outputs import OutputReport
    from faery_cli.stream import Stream

# Public name -> module. Imported at first use: `fae --version` must not load numpy.
_PUBLIC = {
    "FaeError": "faery_cli.errors",
    "Frame": "faery_cli.operation",
    "InputError": "faery_cli.errors",
    "MissingError": "faery_cli.errors",
    "OutputError": "faery_cli.errors",
    "OutputReport": "faery_cli.outputs",
    "Stream": "faery_cli.stream",
    "UsageError": "faery_cli.errors",
    "open": "faery_cli.api",
    "read": "faery_cli.api",
    "video": "faery_cli.api",
}

__all__ = [
    "FaeError",
    "Frame",
    "InputError",
    "MissingError",
    "OutputError",
    "OutputReport",
    "Stream",
    "UsageError",
    "__version__",
    "open",
    "read",
    "video",
]


def __getattr__(name: str) -> "Any":
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
