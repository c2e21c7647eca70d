"""Random networks, nested at random, come back from NIR with the same outputs."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import nir_core
import norse_lite as nl


class Builder:
    """Draws a network block by block, and keeps the shape behind the last one."""

    def __init__(self, draw, shape):
        self.draw, self.shape = draw, shape
        self.reset = draw(st.sampled_from(["value", "subtract"]))
        self.normalised = False

    def number(self, low, high):
        return self.draw(st.floats(low, high))

    def values(self, low, high):
        """One value, or one for each neuron of the current shape."""
        if self.draw(st.booleans()):
            return self.number(low, high)
        seed = self.draw(st.integers(0, 99))
        shape = (
            self.shape
            if self.draw(st.booleans())
            else (self.shape[0], *(1,) * (len(self.shape) - 1))
        )
        random = torch.rand(shape, generator=torch.Generator().manual_seed(seed)).double()
        return low + (high - low) * random

    def membrane(self, synapse=True):
        taus = {"tau_mem": self.values(4e-3, 3e-2)}
        if synapse:
            taus["tau_syn"] = self.values(2e-3, 9e-3)
        return {**taus, "v_leak": self.values(-0.1, 0.1), "r": self.number(0.5, 2)}

    def spike(self):
        v_reset = 0.0 if self.reset == "subtract" else self.values(-0.3, 0.1)
        return {"v_th": self.values(0.2, 0.8), "v_reset": v_reset, "reset": self.reset}

    def neuron(self):
        kind = self.draw(
            st.sampled_from(["LIF", "LIFBox", "CubaLIF", "IAF", "LI", "LIBox", "CubaLI", "Rec"])
        )
        if kind == "Rec" and len(self.shape) == 3:
            out = self.draw(st.integers(1, 3))
            layer = self.draw(st.sampled_from(["LIF", "IAF"]))
            before, self.shape = self.shape[0], (out, *self.shape[1:])
            options = {**self.spike(), **({} if layer == "IAF" else self.membrane())}
            return getattr(nl, layer + "ConvRecurrent")(
                before, out, 3, recurrent_kernel_size=self.draw(st.sampled_from([1, 3])), **options
            )
        if kind == "Rec" and len(self.shape) == 1:
            before, self.shape = self.shape[0], (self.draw(st.integers(1, 5)),)
            layer = self.draw(st.sampled_from(["LIF", "LIFBox", "CubaLIF"]))
            options = {**self.spike(), **self.membrane(layer != "LIFBox")}
            return getattr(nl, layer + "Recurrent")(
                before, self.shape[0], autapses=self.draw(st.booleans()), **options
            )
        if kind == "Rec":
            kind = "LIF"
        options = {} if kind == "IAF" else self.membrane("Box" not in kind)
        if kind == "IAF":
            options["r"] = self.number(0.5, 2)
        if "Cuba" in kind:
            options["w_in"] = self.number(0.5, 8)
        if "LIF" in kind or kind == "IAF":
            options |= self.spike()
        return getattr(nl, kind)(**options)

    def layer(self):
        """A module without state that fits the current shape."""
        rank = len(self.shape)
        channels = self.shape[0]
        kind = self.draw(st.sampled_from(["weights", "weights", "pool", "norm", "drop"]))
        if kind == "drop":
            return nn.Dropout(0.5) if self.draw(st.booleans()) else nn.Identity()
        if kind == "norm":
            self.normalised = True
            norm = nn.BatchNorm2d(channels) if rank == 3 else nn.BatchNorm1d(channels)
            nn.init.uniform_(norm.running_mean, -0.3, 0.3)
            nn.init.uniform_(norm.running_var, 0.5, 2)
            return norm
        if kind == "pool" and rank == 3 and min(self.shape[1:]) >= 2:
            self.shape = (channels, self.shape[1] // 2, self.shape[2] // 2)
            return nn.AvgPool2d(2) if self.draw(st.booleans()) else nl.nir.SumPool2d(2)
        if rank == 1:
            self.shape = (self.draw(st.integers(1, 5)),)
            return nn.Linear(channels, self.shape[0], bias=self.draw(st.booleans()))
        groups = channels if self.draw(st.booleans()) else 1
        out = groups * self.draw(st.integers(1, 2))
        bias, padding = self.draw(st.booleans()), self.draw(st.sampled_from([1, "same"]))
        self.shape = (out, *self.shape[1:])
        conv = nn.Conv1d if rank == 2 else nn.Conv2d
        return conv(channels, out, 3, padding=padding, groups=groups, bias=bias)

    def flatten(self):
        size = 1
        for n in self.shape:
            size *= n
        self.shape = (size,)
        return nn.Flatten()

    def block(self, depth):
        kind = self.draw(
            st.sampled_from(["neuron", "neuron", "layer", "layer", "nest", "lift", "flat"])
        )
        if kind == "nest" and depth < 2:
            inner = [self.block(depth + 1) for _ in range(self.draw(st.integers(1, 2)))]
            return nl.SequentialState(*inner)
        if kind == "lift":
            return nl.Lift(
                nn.Sequential(*(self.layer() for _ in range(self.draw(st.integers(1, 2)))))
            )
        if kind == "flat" and len(self.shape) > 1:
            return self.flatten()
        return self.neuron() if kind == "neuron" else self.layer()


@st.composite
def networks(draw):
    shape = draw(st.sampled_from([(4,), (2, 5), (2, 4, 6)]))
    torch.manual_seed(draw(st.integers(0, 2**16)))
    builder = Builder(draw, shape)
    blocks = [builder.block(0) for _ in range(draw(st.integers(1, 5)))]
    model = nl.SequentialState(*blocks, builder.neuron()).double().eval()
    return model, 3 * torch.rand(25, 2, *shape, dtype=torch.float64), builder.normalised


@settings(max_examples=60)
@given(networks())
def test_random_networks_come_back_with_the_same_outputs(drawn):
    model, x, normalised = drawn
    with torch.no_grad():
        expected, _ = model(x)
        graph = nl.to_nir(model, x, dt=1e-3)
        assert nir_core.check(graph).ok
        again, _ = nl.from_nir(graph, dt=1e-3)(x)
    if normalised:  # folding a normalisation rounds otherwise
        torch.testing.assert_close(again, expected, rtol=1e-9, atol=1e-9)
    else:
        assert torch.equal(again, expected)


def test_a_layer_that_stands_twice_is_exported_twice():
    torch.manual_seed(0)
    linear, lif = nn.Linear(5, 5), nl.LIF(v_th=0.2)
    model = nl.SequentialState(linear, lif, nn.Sequential(linear, linear), lif)
    x = 5 * torch.rand(30, 2, 5)
    again = nl.from_nir(nl.to_nir(model, x), dt=1e-3)
    assert [type(m).__name__ for m in again] == ["Linear", "LIF", "Linear", "Linear", "LIF"]
    assert torch.equal(again(x)[0], model(x)[0])


def test_modules_that_keep_their_state_are_exported():
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(5, 4), nl.Stateful(nl.LIF()), nn.Linear(4, 2), nl.Stateful(nl.LI())
    )
    x = 5 * torch.rand(30, 2, 5)
    assert torch.equal(nl.from_nir(nl.to_nir(model, x), dt=1e-3)(x)[0], model(x))


def test_convolutional_recurrent_layers_come_back_as_such():
    torch.manual_seed(0)
    model = nl.SequentialState(nl.LIFConvRecurrent(2, 3, 3, stride=2), nl.LI())
    x = 5 * torch.rand(20, 2, 2, 8, 8)
    graph = nl.to_nir(model, x)
    again = nl.from_nir(graph, dt=1e-3)
    assert [type(m).__name__ for m in again] == ["LIFConvRecurrent", "LI"]
    assert torch.equal(again(x)[0], model(x)[0])
    result = nir_core.run(graph, x.numpy(), dt=1e-3, profile="norse", dtype="float32")
    torch.testing.assert_close(torch.from_numpy(result.output), model(x)[0], rtol=1e-4, atol=1e-5)


def test_half_precision_weights_are_exported_in_single():
    model = nl.SequentialState(nn.Linear(4, 3), nl.LIF()).bfloat16()
    graph = nl.to_nir(model, torch.zeros(1, 1, 4, dtype=torch.bfloat16))
    assert graph.nodes["0"].weight.dtype == "float32"
