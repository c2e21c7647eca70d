"""Play pictures forth and back."""

from collections.abc import Iterator

from faery_cli.errors import UsageError
from faery_cli.operation import Frame, Operation
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import COUNT


class Rewind(Operation):
    """Gives the frames on, remembers them, and gives them backward at the end.

    Neither the first nor the last frame is repeated, so that the loop has no stop.
    """

    def __init__(self, shape: Shape, skip: int) -> None:
        super().__init__(shape)
        self._skip = skip
        self._seen: list[Frame] = []

    def feed(self, item: Frame) -> Iterator[Frame]:
        if self._skip:
            self._skip -= 1
            return
        frame = Frame(item.t_us, item.index, item.events, picture=len(self._seen))
        self._seen.append(frame)
        yield frame

    def finish(self) -> Iterator[Frame]:
        for frame in self._seen[-2:0:-1]:
            yield Frame(frame.t_us, frame.index, 0, picture=frame.picture)


@stage(
    "rewind",
    "Play the pictures forth and then back, for a loop without a jump.",
    Parameter("skip", COUNT, "pictures left out at the beginning", 0),
    takes="frames",
    gives="frames",
    details="All pictures stay in memory.",
    example="fae in.raw : cut 0:0.5 : render cumulative : rewind : out.gif",
)
def rewind(shape: Shape, *, skip: int) -> Rewind:
    if not shape.finite:
        raise UsageError("rewind: an endless stream has no end to go back from; add a cut")
    return Rewind(shape, skip)
