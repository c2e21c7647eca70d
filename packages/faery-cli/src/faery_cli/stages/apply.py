"""Own functions as stages, in Python."""

from collections.abc import Iterator
from typing import Any

from faery_cli.errors import UsageError
from faery_cli.operation import Frame, Operation, Packet
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import Kind


def _read_function(value: Any) -> Any:
    if isinstance(value, str):
        module, colon, name = value.partition(":")
        if not colon:
            raise ValueError(f"expected MODULE:FUNCTION, got {value!r}")
        import importlib
        import sys

        # As `python -m` has it: modules beside the user's files can be found.
        if "" not in sys.path:
            sys.path.insert(0, "")
        try:
            value = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError) as error:
            raise ValueError(f"{value}: {error}") from None
    if not callable(value):
        raise ValueError(f"expected a function or MODULE:FUNCTION, got {value!r}")
    return value


FUNCTION = Kind(
    "function",
    "MODULE:FUNCTION",
    _read_function,
    lambda value: f"{value.__module__}:{value.__qualname__}",
    hint="object",
)


class Map(Operation):
    """Gives what the function makes of each packet."""

    def __init__(self, shape: Shape, function: Any) -> None:
        super().__init__(shape)
        self._function = function

    def feed(self, item: Packet) -> Iterator[Packet]:
        from neuro_kernels import as_events

        events = as_events(self._function(item.events), size=self.shape.size)
        yield Packet(events, item.begin_us, item.end_us)


@stage(
    "map",
    "Change each packet of events by an own function.",
    Parameter("function", FUNCTION, "takes Events, returns Events (or what as_events takes)"),
    aliases=("apply",),
    details="The result depends on packets unless the function looks at each event by itself: put "
    "regularize or chunks before it.",
    example="fae in.raw : chunks 1000 : map mymodule:thin_out : out.raw",
)
def map_events(shape: Shape, *, function: Any) -> Map:
    return Map(shape, function)


class MapFrames(Operation):
    """Gives what the function makes of each picture."""

    def __init__(self, shape: Shape, function: Any) -> None:
        super().__init__(shape)
        self._function = function

    def feed(self, item: Frame) -> Iterator[Frame]:
        import numpy as np

        index = np.asarray(self._function(item.index))
        if index.shape != item.index.shape or index.dtype != np.uint8:
            raise UsageError(
                f"map-frames: expected uint8 of shape {item.index.shape} from the function, got "
                f"{index.dtype} of shape {index.shape}"
            )
        yield Frame(item.t_us, index, item.events)


@stage(
    "map-frames",
    "Change each picture by an own function.",
    Parameter("function", FUNCTION, "takes and returns uint8 (height, width) palette indices"),
    takes="frames",
    gives="frames",
    example="fae in.raw : render : map-frames mymodule:mirror : out.gif",
)
def map_frames(shape: Shape, *, function: Any) -> MapFrames:
    return MapFrames(shape, function)
