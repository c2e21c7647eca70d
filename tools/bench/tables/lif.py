"""A layer of leaky integrate-and-fire neurons over a whole sequence, forward and backward."""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from bench import spiking
from bench.harness import Candidate, Case

TITLE = "LIF layer, forward and backward"
TEXT = """
One layer of current-based leaky integrate-and-fire neurons (`tau_mem` 10 ms, `tau_syn` 5 ms, `dt`
1 ms) over T = 100 or 500 steps, one thread, float32, SuperSpike derivative with steepness 1.
*Forward* runs under `torch.no_grad()`; *forward + backward* also gives the gradient of the input.

Before timing, spikes must equal those of a plain torch loop (at most one in 10 000 may differ, by
rounding at the threshold), and gradients must agree to 0.1 % of the largest. Candidates with
another neuron model are marked; they must give spikes at a comparable rate.

Part of the distance to Norse 1.1.0 is its backward pass, whose cost grows with the square of T;
the plain torch loop has no such cost.
"""
VERSIONS = spiking.VERSIONS

STEPS = 100
LEAK, DECAY = 0.1, 0.2  # dt / tau_mem and dt / tau_syn
SPIKES_APART = 1e-4
GRADIENT_APART = 1e-3

Run = Callable[[torch.Tensor], torch.Tensor]


class _SuperSpike(torch.autograd.Function):
    """Threshold with the derivative 1 / (|u| + 1)^2."""

    @staticmethod
    def forward(ctx: Any, u: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(u)
        return (u > 0).to(u.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> torch.Tensor:
        (u,) = ctx.saved_tensors
        return grads[0] / (u.abs() + 1) ** 2


def torch_loop(x: torch.Tensor) -> torch.Tensor:
    """The neuron written as anyone would in torch: `unbind`, a loop, `stack`."""
    v = torch.zeros_like(x[0])
    i = torch.zeros_like(x[0])
    out = []
    for step in x.unbind():
        i = i + step
        v = v + LEAK * (i - v)
        i = i - DECAY * i
        z = _SuperSpike.apply(v - 1.0)
        v = (1 - z) * v
        out.append(z)
    return torch.stack(out)


def _norse_lite() -> Run:
    norse_lite = importlib.import_module("norse_lite")
    surrogate = importlib.import_module("norse_lite.surrogate")
    layer = norse_lite.LIF(tau_mem=10e-3, tau_syn=5e-3, surrogate=surrogate.SuperSpike(1.0))
    return lambda x: layer(x)[0]


def _norse() -> Run:
    layer = importlib.import_module("norse.torch").LIF()
    return lambda x: layer(x)[0]


def _snntorch() -> Run:
    surrogate = importlib.import_module("snntorch.surrogate")
    # Its membrane is 1 / LEAK times ours; the reset of the same step is chosen to get our spikes.
    neuron = importlib.import_module("snntorch").Synaptic(
        alpha=1 - DECAY,
        beta=1 - LEAK,
        threshold=1 / LEAK,
        spike_grad=surrogate.fast_sigmoid(slope=LEAK),
        reset_mechanism="zero",
        reset_delay=False,
    )

    def run(x: torch.Tensor) -> torch.Tensor:
        syn, mem = neuron.reset_mem()
        out = []
        for step in x.unbind():
            z, syn, mem = neuron(step, syn, mem)
            out.append(z)
        return torch.stack(out)

    return run


def _spikingjelly() -> Run:
    base = "spikingjelly.activation_based"
    neuron = importlib.import_module(f"{base}.neuron").LIFNode(
        tau=1 / LEAK,
        decay_input=False,
        step_mode="m",
        surrogate_function=importlib.import_module(f"{base}.surrogate").ATan(),
    )

    def run(x: torch.Tensor) -> torch.Tensor:
        neuron.reset()
        return neuron(LEAK / DECAY * x)  # the mean of the synaptic current is x / DECAY

    return run


def _sinabs() -> Run:
    return spiking.sinabs_lif()


@dataclass(frozen=True)
class _Peer:
    name: str
    make: Callable[[], Run]
    model: str = "same"  # "same", "spikes" (same spikes, another gradient), "other"
    remark: str = ""


_PEERS = (
    _Peer("norse-lite", _norse_lite),
    _Peer("plain torch loop", lambda: torch_loop),
    _Peer("norse", _norse),
    _Peer("snnTorch Synaptic", _snntorch, "spikes", "same spikes, gradient in units of its own"),
    _Peer("SpikingJelly LIFNode", _spikingjelly, "other", "another neuron: no synaptic current"),
    _Peer("sinabs LIF", _sinabs, "other", "resets by subtraction, and may spike twice in a step"),
)


def cases(quick: bool) -> Sequence[Case]:
    """The layer at two sizes, forward alone and with backward."""
    torch.set_num_threads(1)
    importlib.import_module("neuro_kernels").set_num_threads(1)
    sizes = [(4, 16)] if quick else [(16, 128), (64, 512)]
    passes = (False, True)
    found = [layer_case(batch, width, backward=one) for batch, width in sizes for one in passes]
    return found if quick else [*found, layer_case(16, 1024, backward=True, steps=500)]


def layer_case(batch: int, width: int, *, backward: bool, steps: int = STEPS) -> Case:
    """The layer in all libraries, over `steps` steps."""
    generator = torch.Generator().manual_seed(0)
    x = 0.6 * torch.rand(steps, batch, width, generator=generator)
    cotangent = torch.randn(steps, batch, width, generator=generator)
    work = partial(_both, cotangent=cotangent) if backward else _forward
    expected = work(torch_loop, x)
    candidates = [
        Candidate(
            peer.name,
            partial(work, _lazy(peer.make), x),
            partial(_compare, peer.model, expected),
            remark=peer.remark,
            ours=peer.name == "norse-lite",
        )
        for peer in _PEERS
    ]
    what = "forward + backward" if backward else "forward"
    title = f"{what}, batch {batch}, {width} neurons, T = {steps}"
    return Case(title, candidates, work=steps * batch * width / 1e6, unit="M updates")


def _lazy(make: Callable[[], Run]) -> Run:
    """Make the layer at its first run, so that a peer that cannot be imported only drops out."""
    made: list[Run] = []

    def run(x: torch.Tensor) -> torch.Tensor:
        if not made:
            made.append(make())
        return made[0](x)

    return run


def _forward(run: Run, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    with torch.no_grad():
        return (run(x),)


def _both(run: Run, x: torch.Tensor, *, cotangent: torch.Tensor) -> tuple[torch.Tensor, ...]:
    x = x.detach().requires_grad_()
    z = run(x)
    z.backward(cotangent)
    assert x.grad is not None
    return z.detach(), x.grad


def _compare(model: str, expected: Sequence[torch.Tensor], result: Any) -> str | None:
    spikes, wanted = result[0], expected[0]
    if spikes.shape != wanted.shape:
        return f"spikes of shape {tuple(spikes.shape)}, expected {tuple(wanted.shape)}"
    if model == "other":
        rate = float(spikes.mean() / wanted.mean())
        return None if 1 / 3 < rate < 3 else f"{rate:.2g} times the expected number of spikes"
    apart = float((spikes != wanted).float().mean())
    if apart > SPIKES_APART:
        return f"{apart:.2%} of the spikes differ"
    if model == "same" and len(result) == 2:
        # Where a spike differs, everything after it in that neuron does.
        same = (spikes == wanted).all(0).expand_as(spikes)
        error = float((result[1] - expected[1])[same].abs().max() / expected[1].abs().max())
        if error > GRADIENT_APART:
            return f"the gradient differs by {error:.2%} of its largest value"
    return None
