"""Event-driven layers beside torch's own, from silent to dense inputs."""

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from bench import spiking
from bench.harness import BenchError, Candidate, Case

TITLE = "Event-driven layers by density"
TEXT = """
`EventLinear` and `EventConv2d` measure in every call how many of their inputs are zero, and take
torch's way where that is faster. Each number is the time of such a layer, in units of torch's layer
with the same weights on the same spikes, the two taking turns: below 1 is a gain, and above 1 is
what asking costs. Forward and backward give the gradients of weights and bias; *first layer* needs
none of its input. One thread, float32. Before timing, results must agree to rounding.
"""
VERSIONS = ("norse-lite", "neuro-kernels", "torch")

DENSITIES = (0.005, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
TURNS = 9


def cases(quick: bool) -> Sequence[Case]:
    """Linear maps and convolutions, one sample and many, forward and with backward."""
    spiking.one_thread()
    if quick:
        return [_case("linear", (20, 12), (30,), True)]
    found = []
    for backward in (False, True):
        for rows in (100, 6400):
            for inputs, outputs in ((700, 256), (1024, 1024), (128, 20)):
                found.append(_case("linear", (inputs, outputs), (rows,), backward))
        for frames in (30, 480):
            for channels, outputs, size in ((2, 16, 34), (16, 32, 17)):
                found.append(_case("conv", (channels, outputs), (frames, size), backward))
    return found


def _case(kind: str, sizes: tuple[int, int], rows: tuple[int, ...], backward: bool) -> Case:
    from norse_lite import EventConv2d, EventLinear

    torch.manual_seed(1)
    if kind == "linear":
        dense: nn.Module = nn.Linear(*sizes)
        events: nn.Module = EventLinear(*sizes)
        shape, what = (*rows, sizes[0]), f"linear {sizes[0]} to {sizes[1]}, {rows[0]} rows"
    else:
        dense = nn.Conv2d(*sizes, 3, padding=1)
        events = EventConv2d(*sizes, 3, padding=1)
        shape = (rows[0], sizes[0], rows[1], rows[1])
        what = f"convolution {sizes[0]} to {sizes[1]}, {rows[0]} images of {rows[1]} x {rows[1]}"
    events.load_state_dict(dense.state_dict())
    candidates = [
        Candidate(f"{density:.1%}", partial(_share, dense, events, shape, density, backward), _fits)
        for density in DENSITIES[:-1]
    ]
    run = partial(_share, dense, events, shape, DENSITIES[-1], backward)
    candidates.append(Candidate("100 %", run, _fits, ours=True))
    title = f"{what}, {'forward and backward, first layer' if backward else 'forward'}"
    return Case(title, candidates, gauge=_number, quantity="of torch's time")


def _share(
    dense: nn.Module, events: nn.Module, shape: tuple[int, ...], density: float, backward: bool
) -> float:
    """Time of the event-driven layer in units of torch's."""
    generator = torch.Generator().manual_seed(0)
    x = (torch.rand(shape, generator=generator) < density).float()
    with torch.no_grad():
        expected = dense(x)
        apart = float((events(x) - expected).abs().max() / expected.abs().max())
    if apart > 1e-4:
        raise BenchError(f"the event-driven result differs by {apart:.2%} at {density:.1%}")
    cotangent = torch.randn(expected.shape, generator=generator)
    work = _both if backward else _forward
    repeats = 1
    while _took(work, dense, x, cotangent, repeats) * repeats < 2e-3:
        repeats *= 2
    pairs = [
        [_took(work, layer, x, cotangent, repeats) for layer in (dense, events)]
        for _ in range(TURNS)
    ]
    theirs, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    return ours / theirs


def _took(
    work: Callable[[nn.Module, Tensor, Tensor], None],
    layer: nn.Module,
    x: Tensor,
    cotangent: Tensor,
    repeats: int,
) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        work(layer, x, cotangent)
    return (time.perf_counter() - start) / repeats


def _forward(layer: nn.Module, x: Tensor, cotangent: Tensor) -> None:
    with torch.no_grad():
        layer(x)


def _both(layer: nn.Module, x: Tensor, cotangent: Tensor) -> None:
    layer.zero_grad()
    layer(x).backward(cotangent)


def _number(run: Callable[[], object]) -> float:
    value = run()
    assert isinstance(value, float)
    return value


def _fits(value: object) -> str | None:
    return None if isinstance(value, float) and value > 0 else f"{value} is no share"
