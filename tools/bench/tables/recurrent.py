"""A recurrently connected layer."""

import importlib
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from bench import spiking
from bench.harness import Candidate, Case

TITLE = "Recurrent layer"
TEXT = """
700 inputs that fire at 5 % per step, 512 recurrently connected neurons that fire at about 4 %;
batch 64, T = 100, one thread, float32. *Training* is forward and backward with the gradient of all
weights; *inference* runs without gradients. Norse has our weights and must fire as often as we do,
to 1 %; the others are scaled until their neurons fire at 4 %.
"""
VERSIONS = spiking.VERSIONS
RATE = 0.04


def cases(quick: bool) -> Sequence[Case]:
    """Training and inference."""
    spiking.one_thread()
    steps, batch, neurons = (10, 4, 32) if quick else (100, 64, 512)
    generator = torch.Generator().manual_seed(0)
    x = (torch.rand(steps, batch, 700, generator=generator) < 0.05).float()
    makers = _Layers(x, neurons)
    size = f"{neurons} neurons, batch {batch}, T = {steps}"
    return [Case(f"{what}, {size}", makers.candidates(what == "training")) for what in _WORK]


_WORK = ("training", "inference")
Layer = tuple[Callable[[Tensor], Tensor], list[Tensor]]


class _Layers:
    """The layer in every library, firing equally often."""

    def __init__(self, x: Tensor, neurons: int) -> None:
        self.x = x
        generator = torch.Generator().manual_seed(1)
        self.feedback = torch.randn(neurons, neurons, generator=generator) * 0.5 / neurons**0.5
        self.input = torch.randn(neurons, 700, generator=generator) / 700**0.5
        self.made = {
            "norse-lite": self._fired(self._norse_lite),
            "snnTorch RLeaky": self._fired(self._snntorch),
            "sinabs LIFRecurrent": self._fired(self._sinabs),
        }
        weights = self.made["norse-lite"][1][0].detach()
        self.made["norse"] = self._norse(weights)

    def _fired(self, make: Callable[[Tensor], Layer]) -> Layer:
        low, high = 1e-2, 1e3
        for _ in range(20):
            factor = (low * high) ** 0.5
            layer = make(self.input * factor)
            with torch.no_grad():
                got = float((layer[0](self.x) != 0).float().mean())
            if abs(got - RATE) < 0.03 * RATE:
                break
            low, high = (factor, high) if got < RATE else (low, factor)
        return layer  # pyright: ignore[reportPossiblyUnboundVariable]

    def _norse_lite(self, weights: Tensor) -> Layer:
        surrogate = importlib.import_module("norse_lite.surrogate")
        layer = importlib.import_module("norse_lite").LIFRecurrent(
            weights.shape[1],
            weights.shape[0],
            input_weights=weights,
            recurrent_weights=self.feedback,
            surrogate=surrogate.SuperSpike(1.0),
        )
        return (lambda x: layer(x)[0]), [layer.input_weights, layer.recurrent_weights]

    def _norse(self, weights: Tensor) -> Layer:
        layer = importlib.import_module("norse.torch").LIFRecurrent(
            weights.shape[1],
            weights.shape[0],
            input_weights=nn.Parameter(weights.clone()),
            recurrent_weights=nn.Parameter(self.feedback.clone().fill_diagonal_(0)),
        )
        return (lambda x: layer(x)[0]), list(layer.parameters())

    def _snntorch(self, weights: Tensor) -> Layer:
        count = weights.shape[0]
        layer = importlib.import_module("snntorch").RLeaky(
            beta=0.9, all_to_all=True, linear_features=count
        )
        linear = nn.Linear(weights.shape[1], count, bias=False)
        with torch.no_grad():
            linear.weight.copy_(weights)
            layer.recurrent.weight.copy_(self.feedback)

        def run(x: Tensor) -> Tensor:
            z, mem = layer.reset_mem()
            out = []
            for step in linear(x).unbind():
                z, mem = layer(step, z, mem)
                out.append(z)
            return torch.stack(out)

        return run, [linear.weight, *layer.parameters()]

    def _sinabs(self, weights: Tensor) -> Layer:
        linear = nn.Linear(weights.shape[1], weights.shape[0], bias=False)
        feedback = nn.Linear(weights.shape[0], weights.shape[0], bias=False)
        with torch.no_grad():
            linear.weight.copy_(weights)
            feedback.weight.copy_(self.feedback)
        layer = importlib.import_module("sinabs.layers").LIFRecurrent(
            tau_mem=10.0, tau_syn=5.0, rec_connect=feedback
        )

        def run(x: Tensor) -> Tensor:
            layer.reset_states()
            return layer(linear(x).transpose(0, 1)).transpose(0, 1)

        return run, [linear.weight, feedback.weight]

    def candidates(self, training: bool) -> list[Candidate]:
        run, _ = self.made["norse-lite"]
        with torch.no_grad():
            rate = float((run(self.x) != 0).float().mean())

        def check(apart: float, result: object) -> str | None:
            assert isinstance(result, Tensor)
            got = float((result != 0).float().mean())
            wrong = abs(got - rate) > apart * rate
            return f"fires at {got:.2%} per step, not {rate:.2%}" if wrong else None

        order = ("norse-lite", "norse", "snnTorch RLeaky", "sinabs LIFRecurrent")
        return [
            Candidate(
                name,
                partial(_train if training else _infer, *self.made[name], self.x),
                partial(check, 0.01 if name.startswith("norse") else 1.0),
                "" if name.startswith("norse") else "another neuron",
                name == "norse-lite",
            )
            for name in order
        ]


def _train(run: Callable[[Tensor], Tensor], parameters: list[Tensor], x: Tensor) -> Tensor:
    z = run(x)
    torch.autograd.grad(z, parameters, torch.ones_like(z))
    return z.detach()


def _infer(run: Callable[[Tensor], Tensor], parameters: list[Tensor], x: Tensor) -> Tensor:
    with torch.no_grad():
        return run(x)
