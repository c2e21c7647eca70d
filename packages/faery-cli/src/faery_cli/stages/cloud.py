"""Draw events as a cloud of points in space and time."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from faery_cli.errors import UsageError
from faery_cli.operation import Frame, Operation, Packet
from faery_cli.pictures.flash import StartFlash
from faery_cli.pictures.styles import STYLES, make_palette, style_names
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Grid, Shape
from faery_cli.units import COUNT, RATE, SIZE, Choice

if TYPE_CHECKING:
    from neuro_kernels import Events


class CloudFrames(Operation):
    """Remembers an even sample of the events; draws at the end."""

    def __init__(self, shape: Shape, frames: int, points: int) -> None:
        super().__init__(shape)
        self._frames, self._points = frames, points
        self._held: list[Events] = []
        self._count = self._number = 0
        self._every = 1  # one event of so many is kept
        self._flash: StartFlash | None = None

    def feed(self, item: Packet) -> Iterator[Frame]:
        if self._flash is None:
            self._flash = StartFlash(item.events.size, hide=True)
        self._keep(self._flash.pass_on(item.events))
        return iter(())

    def _keep(self, events: "Events") -> None:
        import numpy as np

        numbers = self._number + np.arange(len(events))
        self._number += len(events)
        kept = events[numbers % self._every == 0]
        self._held.append(kept)
        self._count += len(kept)
        while self._count > 2 * self._points:
            from neuro_kernels import Events

            whole = Events.concatenate(self._held)
            thinned = whole[np.arange(len(whole)) % 2 == 0]
            self._held, self._count = [thinned], len(thinned)
            self._every *= 2

    def finish(self) -> Iterator[Frame]:
        from faery_cli.pictures.cloud import Cloud, turn
        from neuro_kernels import Events

        rest = self._flash.rest() if self._flash is not None else None
        if rest is not None:
            self._keep(rest)
        if not self._count:
            return
        events = Events.concatenate(self._held)
        cloud = Cloud(events, self.shape.size, self.shape.palette)
        for k in range(self._frames):
            # Each picture shows all events; times only number the pictures.
            yield Frame(k, cloud.draw(turn(k, self._frames)), self._number if k == 0 else 0)


@stage(
    "cloud",
    "Draw the events as a turning cloud of points: x, y and time (XYT).",
    Parameter("frames", COUNT, "pictures in one turn; 1 gives a still", 90),
    Parameter("size", SIZE, "width and height of the picture", (640, 480)),
    Parameter("style", Choice("style", style_names), "colours", "night", named=True),
    Parameter("points", COUNT, "points drawn at most, an even sample of the events", 60_000,
              named=True),
    Parameter("fps", RATE, "pictures shown per second", 30.0, named=True),
    gives="frames",
    aliases=("xyt",),
    example="fae in.raw : cut 0:200ms : cloud : cloud.gif",
)  # fmt: skip
def cloud(
    shape: Shape, *, frames: int, size: tuple[int, int], style: str, points: int, fps: float
) -> CloudFrames:
    if not shape.finite:
        raise UsageError("cloud: an endless stream cannot be drawn whole; add a cut")
    if frames < 1 or points < 1:
        raise UsageError("cloud: expected at least one picture and one point")
    palette = make_palette(STYLES[style])
    out = shape.but(content="frames", size=size, palette=palette, rate_hz=fps, grid=Grid(1.0))
    return CloudFrames(out, frames, points)
