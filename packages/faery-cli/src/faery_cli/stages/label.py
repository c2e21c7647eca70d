"""Keep events by labels that lie in a file, one for each event."""

from collections.abc import Iterator
from typing import Any

from faery_cli.errors import InputError, UsageError
from faery_cli.operation import Operation, Packet
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import INTEGER, Kind

LABELS = Kind("labels", "FILE", lambda value: value, str, hint="object")


def read_labels(labels: Any) -> Any:
    """Read an array of labels, one integer for each event.

    Args:
        labels: an .npy file, or an array.

    Raises:
        InputError: a file that is no such array.
    """
    import numpy as np

    if isinstance(labels, str):
        try:
            labels = np.load(labels, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise InputError(f"{labels}: is no array that can be read ({error})") from error
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "biu":
        raise InputError(
            f"labels: expected one whole number for each event, got {labels.dtype} of shape "
            f"{labels.shape}"
        )
    return labels


class Labelled(Operation):
    """Keeps the events whose label is the chosen one."""

    def __init__(self, shape: Shape, labels: Any, value: int) -> None:
        super().__init__(shape)
        self._labels, self._value = read_labels(labels), value
        self._seen = 0

    def feed(self, item: Packet) -> Iterator[Packet]:
        n = len(item.events)
        part = self._labels[self._seen : self._seen + n]
        self._seen += n
        if len(part) < n:
            raise UsageError(f"label: there are {len(self._labels)} labels, but more events")
        yield Packet(item.events[part == self._value], item.begin_us, item.end_us)


@stage(
    "label",
    "Keep the events that have a label, by a file with one label for each event.",
    Parameter("labels", LABELS, "an .npy file of whole numbers, such as fae synth writes"),
    Parameter("value", INTEGER, "the label kept (1 is signal, 0 noise)", 1),
    details="It counts the events that come in: put it before stages that drop some.",
    example="fae scene.raw : label scene.npy 1 : signal.raw",
)
def label(shape: Shape, *, labels: Any, value: int) -> Labelled:
    return Labelled(shape, labels, value)
