"""Every surrogate is the derivative of the function that its docstring names."""

import pickle
from dataclasses import dataclass

import pytest
import torch

from norse_lite import (
    LIF,
    ATan,
    Boxcar,
    Circ,
    Erfc,
    Logistic,
    LSNNRecurrent,
    NetworkError,
    PiecewiseLinear,
    SuperSpike,
    Surrogate,
    Tanh,
    Triangle,
)
from norse_lite.surrogate import SURROGATES, spike

# The functions whose derivatives stand in for that of the step, up to a constant.
PRIMITIVES = {
    SuperSpike(2.0): lambda u: u / (1 + 2 * u.abs()),
    SuperSpike(100.0): lambda u: u / (1 + 100 * u.abs()),
    Triangle(0.3): lambda u: (
        0.3 * torch.where(u.abs() < 1, u - torch.sign(u) * u**2 / 2, torch.sign(u) / 2)
    ),
    ATan(2.0): lambda u: torch.atan(torch.pi * u) / torch.pi,
    ATan(3.0): lambda u: torch.atan(1.5 * torch.pi * u) / torch.pi,
    Boxcar(1.0): lambda u: u.clamp(-1, 1) / 2,
    Tanh(1.5): lambda u: torch.tanh(1.5 * u) / 1.5,
    Circ(0.7): lambda u: 0.7 * u / torch.sqrt(0.49 + u**2),
    Erfc(2.0): lambda u: torch.erf(2 * u) / 2,
    Logistic(4.0): lambda u: torch.sigmoid(4 * u),
    PiecewiseLinear(0.5, 1.5): lambda u: torch.where(
        u.abs() < 0.5,
        u,
        torch.sign(u) * (0.5 + (1 - (1.5 - u.abs().clamp(max=1.5)) ** 2) / 2),
    ),
}


def test_every_named_surrogate_is_compared():
    assert {type(s) for s in PRIMITIVES} == set(SURROGATES.values())


@pytest.mark.parametrize("surrogate", PRIMITIVES, ids=str)
def test_the_backward_pass_is_that_of_the_closed_form(surrogate):
    u = torch.linspace(-2.013, 2.007, 500, dtype=torch.float64)
    a, b = u.clone().requires_grad_(), u.clone().requires_grad_()
    z = spike(a, surrogate)
    assert torch.equal(z, (u > 0).double())
    z.sum().backward()
    PRIMITIVES[surrogate](b).sum().backward()
    torch.testing.assert_close(a.grad, b.grad, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", SURROGATES)
def test_a_name_stands_for_the_surrogate_in_every_form(name):
    torch.manual_seed(0)
    x = torch.rand(20, 2, 3, dtype=torch.float64)
    grads = []
    for surrogate in (name, SURROGATES[name]()):
        for backend in ("auto", "reference"):
            given = x.clone().requires_grad_()
            LIF(surrogate=surrogate, backend=backend)(given)[0].sum().backward()
            grads.append(given.grad)
    assert grads[0].abs().sum() > 0
    for grad in grads[1:]:
        torch.testing.assert_close(grad, grads[0])
    layer = LSNNRecurrent(3, 2, surrogate=name)
    assert layer.rules.surrogate == SURROGATES[name]()
    assert pickle.loads(pickle.dumps(layer)).rules == layer.rules


def test_an_unknown_name_is_refused():
    with pytest.raises(NetworkError, match=r"no surrogate .super.; take .* super_spike, triangle"):
        LIF(surrogate="super")
    with pytest.raises(NetworkError, match="0 <= flat < foot"):
        PiecewiseLinear(1.0, 0.5)


@dataclass(frozen=True)
class Gaussian(Surrogate):
    width: float = 0.5

    def derivative(self, u):
        return torch.exp(-((u / self.width) ** 2))


def test_a_surrogate_of_ones_own_works_compiled_and_in_plain_torch():
    grads = []
    for backend in ("auto", "reference"):
        x = torch.full((20, 2, 3), 0.6, dtype=torch.float64, requires_grad=True)
        LIF(surrogate=Gaussian(0.3), backend=backend)(x)[0].sum().backward()
        grads.append(x.grad)
    assert grads[0].abs().sum() > 0
    torch.testing.assert_close(grads[0], grads[1])
