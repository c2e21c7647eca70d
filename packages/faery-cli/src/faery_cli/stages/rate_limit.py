"""An upper bound for the event rate."""

from faery_cli.errors import UsageError
from faery_cli.operation import PerPacket
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import COUNT, WINDOW


@stage(
    "rate-limit",
    "Drop the events above a rate, by the events' own time.",
    Parameter("rate", COUNT, "events per second, for example 5M"),
    Parameter("window", WINDOW, "how long a burst may save up for", 10_000),
    details="A bucket of credit fills by the rate, up to what comes in the window; each event kept "
    "takes one.",
    example="fae in.raw : rate-limit 5M : udp:localhost:3333",
)
def rate_limit(shape: Shape, *, rate: int, window: int) -> PerPacket:
    if rate < 1:
        raise UsageError("rate-limit: expected at least one event per second")
    from neuro_kernels import filters

    return PerPacket(shape, filters.RateLimit(rate, window_us=max(0, window)).feed)
