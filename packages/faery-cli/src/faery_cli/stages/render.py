"""Draw pictures of the events at a steady rate."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from faery_cli.errors import UsageError
from faery_cli.operation import Frame, Operation, Packet
from faery_cli.pictures.flash import StartFlash
from faery_cli.pictures.renderer import DECAYS, Renderer, make_renderer
from faery_cli.pictures.styles import STYLES, make_palette, style_names
from faery_cli.pictures.tau import RateSample, automatic_tau
from faery_cli.registry import FLAG, Parameter, stage
from faery_cli.shape import Grid, Shape
from faery_cli.units import INTEGER, RATE, SPEED, WINDOW, Choice, optional, show_duration

if TYPE_CHECKING:
    from neuro_kernels import Events

DEFAULT_FPS = 30.0
ALWAYS_US = 2**61
LONGEST_TAU_US = 60_000_000


class Render(Operation):
    """One frame at the end of each period; an unfinished last period gives one as well.

    What it learns is the decay time in microseconds, where that is left to it.
    """

    def __init__(
        self, shape: Shape, decay: str, tau_us: int | None, *, regular: bool, hide_flash: bool
    ) -> None:
        super().__init__(shape, learns=tau_us is None and shape.again)
        assert shape.grid is not None
        self._grid = shape.grid
        self._regular = regular  # the packets that come are the periods
        self._decay = decay
        self._renderer: Renderer | None = None
        self._flash = StartFlash(shape.size, hide=hide_flash)
        self._sample = RateSample()
        self._held: list[Packet] = []
        self._start: int | None = None
        self._k = 0
        self._events = 0
        self.learned = tau_us

    def learn(self, items: Iterable[Packet]) -> None:
        for item in items:
            self._sample.add(item.events)
            if self._sample.enough:
                break
        self._choose()

    def feed(self, item: Packet) -> Iterator[Frame]:
        if self.learned is not None:
            yield from self._draw(item)
            return
        self._held.append(item)  # a stream that cannot be read twice: look at its beginning
        self._sample.add(item.events)
        if self._sample.enough:
            yield from self._release()

    def finish(self) -> Iterator[Frame]:
        yield from self._release()
        rest = self._flash.rest()
        if rest is not None:
            yield from self._steps(rest)
        if self._events and self._start is not None:
            yield self._frame(self._grid.edge(self._start, self._k + 1))

    def notes(self) -> Iterator[str]:
        if self._flash.hidden:
            yield (
                f"left out the {self._flash.hidden} events of the first microsecond, when the "
                "sensor was switched on (--flash draws them)"
            )

    def _choose(self) -> None:
        self.learned = automatic_tau(self._sample, self.shape.size, self._grid.period_us)

    def _release(self) -> Iterator[Frame]:
        if self.learned is None:
            self._choose()
        held, self._held = self._held, []
        for item in held:
            yield from self._draw(item)

    def _draw(self, item: Packet) -> Iterator[Frame]:
        events = item.events
        if self._start is None and len(events):
            self._start = int(events.t[0])
        if not (self._regular and item.end_us is not None):
            yield from self._steps(self._flash.pass_on(events))
            return
        for part in (self._flash.pass_on(events), self._flash.rest()):
            if part is not None:
                self._ready().feed(part, ALWAYS_US)
        self._events = len(events)
        yield self._frame(item.end_us)

    def _steps(self, events: "Events") -> Iterator[Frame]:
        while len(events) and self._start is not None:
            end = self._grid.edge(self._start, self._k + 1)
            taken = self._ready().feed(events, end)
            self._events += taken
            events = events[taken:]
            if len(events):
                yield self._frame(end)
                self._k += 1

    def _ready(self) -> Renderer:
        if self._renderer is None:
            self._renderer = make_renderer(
                self.shape.size, self._decay, self.learned, self.shape.palette
            )
        return self._renderer

    def _frame(self, t_us: int) -> Frame:
        events, self._events = self._events, 0
        return Frame(t_us, self._ready().frame(t_us), events)


@stage(
    "render",
    "Draw a picture of the events for each period of time.",
    Parameter("decay", Choice("decay", DECAYS), "how an event fades", "exponential"),
    Parameter("tau", optional(WINDOW, "auto"), "decay time, or auto: by the event rate", None),
    Parameter("style", Choice("style", style_names), "colours", "night"),
    Parameter(
        "fps",
        optional(RATE, "auto"),
        "pictures shown per second (auto: 30, or the rate of regularize)",
        None,
        named=True,
    ),
    Parameter("speed", SPEED, "seconds of events per second shown", 1.0, named=True),
    Parameter("levels", INTEGER, "steps of brightness per polarity, 1 to 125", 30, named=True),
    Parameter("flash", FLAG, "draw the flash of all pixels at the first moment", False),
    gives="frames",
    details="exponential: exp(-dt/tau) of the last event; linear: 1 - dt/(2 tau); window: 1 while "
    "dt <= tau; cumulative: the sum of exp(-dt/tau) over all events, tone-mapped. If half of the "
    "pixels fire in the first microsecond, the sensor was just switched on: that is left out.",
    example="fae in.raw : render exponential 20ms night : out.gif",
)
def render(
    shape: Shape,
    *,
    decay: str,
    tau: int | None,
    style: str,
    fps: float | None,
    speed: float,
    levels: int,
    flash: bool,
) -> Render:
    if not 1 <= levels <= 125:
        raise UsageError(f"render: expected 1 to 125 levels, got {levels}")
    if tau is not None and not 1 <= tau <= LONGEST_TAU_US:
        raise UsageError(f"render: expected a tau from 1us to 1min, got {show_duration(tau)}")
    if shape.grid is not None:
        # The packets say which time a frame covers; fps and speed only say how fast it is shown.
        grid = shape.grid
        rate = fps if fps is not None else speed * 1e6 / grid.period_us
    else:
        rate = DEFAULT_FPS if fps is None else fps
        grid = Grid(speed * 1e6 / rate)
    if grid.period_us < 1:
        raise UsageError(
            f"render: {rate:g} pictures per second at speed {speed:g} are closer than 1us; "
            "choose a higher speed"
        )
    palette = make_palette(STYLES[style], levels)
    out = shape.but(content="frames", grid=grid, rate_hz=rate, palette=palette)
    return Render(out, decay, tau, regular=shape.grid is not None, hide_flash=not flash)
