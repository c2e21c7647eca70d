"""Events as Arrow record batches, by the Arrow C data interface, without a copy."""

import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from neuro_kernels import _kernels

if TYPE_CHECKING:
    from neuro_kernels.events._container import Events

# What the four columns do not say travels as metadata of the schema.
WIDTH, HEIGHT, T0 = b"events.width", b"events.height", b"events.t0_us"


def schema(events: "Events") -> Any:
    """Return the capsule that `__arrow_c_schema__` owes its caller."""
    return _kernels.arrow_schema(_metadata(events))


def array(events: "Events") -> tuple[Any, Any]:
    """Return the capsules of schema and array that `__arrow_c_array__` owes its caller."""
    return schema(events), _kernels.arrow_array(events.t, events.x, events.y, events.p)


def stream(events: "Events") -> Any:
    """Return the capsule that `__arrow_c_stream__` owes its caller: a stream of one batch."""
    return _kernels.arrow_stream(events.t, events.x, events.y, events.p, _metadata(events))


def _metadata(events: "Events") -> bytes:
    pairs = {WIDTH: events.width, HEIGHT: events.height}
    if events.t0 is not None:
        pairs[T0] = events.t0
    # Native int32: number of pairs, then length and bytes of each key and value.
    block = struct.pack("=i", len(pairs))
    for key, value in pairs.items():
        text = str(value).encode()
        block += struct.pack("=i", len(key)) + key + struct.pack("=i", len(text)) + text
    return block


def stored(metadata: Mapping[bytes, bytes] | None) -> tuple[tuple[int, int] | None, int | None]:
    """Read size and t0 back from a schema's metadata; None for each that is not there."""
    try:
        numbers = {k: int(v) for k, v in (metadata or {}).items() if k in (WIDTH, HEIGHT, T0)}
    except ValueError:
        return None, None
    size = (numbers[WIDTH], numbers[HEIGHT]) if WIDTH in numbers and HEIGHT in numbers else None
    return size, numbers.get(T0)
