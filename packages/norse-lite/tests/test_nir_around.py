"""Random networks go out through files and other projects' libraries, and come back unchanged."""

import contextlib
import io
import logging
import tempfile
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import nir_core
import norse_lite as nl

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]

# snnTorch takes its own step, so that all use it.
DT = 1e-4
STEPS = 30


def library(name: str) -> Any:
    """The module, or a skip; peers may warn while they are imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return import_module(name)
        except ImportError:
            pytest.skip(f"{name} is not installed")


@contextlib.contextmanager
def quiet():
    """The importers print and log."""
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(logging.NOTSET)


@st.composite
def networks(draw, *, kinds: tuple[str, ...], bias: bool = True, depth: int = 3):
    """Feed-forward and recurrent layers of one kind of neuron, with parameters of their own."""
    torch.manual_seed(draw(st.integers(0, 2**20)))
    kind = draw(st.sampled_from(kinds))
    size = draw(st.integers(1, 6))
    shape, layers = (size,), []
    for _ in range(draw(st.integers(1, depth))):
        out = draw(st.integers(1, 6))
        options: dict[str, Any] = {"dt": DT, "v_th": draw(st.floats(0.05, 0.4))}
        if kind != "IAF":
            options["tau_mem"] = draw(st.floats(5 * DT, 40 * DT))
        if kind.startswith("LIFRecurrent"):
            options["tau_syn"] = draw(st.floats(4 * DT, 20 * DT))
            layers.append(nl.LIFRecurrent(size, out, **options))
        else:
            layers += [nn.Linear(size, out, bias=bias), getattr(nl, kind)(**options)]
        size = out
    model = nl.SequentialState(*layers).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 2:
                parameter *= 4
    rate = draw(st.floats(0.2, 0.8))
    x = (torch.rand(STEPS, 1, *shape) < rate).double()
    return model, x


EVERY = ("LIF", "LIFBox", "IAF", "LIFRecurrent")


def run(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return model(x)[0]


@settings(max_examples=40)
@given(networks(kinds=EVERY))
def test_a_network_comes_back_through_files_and_the_nir_package(drawn):
    nir = library("nir")
    model, x = drawn
    expected = run(model, x)
    graph = nl.to_nir(model, x, dt=DT)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs, text = (Path(folder) / name for name in ("a.nir", "b.nir", "c.nirz"))
        nir_core.write(ours, graph)
        nir.write(str(theirs), nir.read(str(ours)))
        nir_core.write(text, nir_core.read(theirs))
        readings = {
            "file": ours,
            "nir": nir_core.from_nir(nir.read(str(ours))),
            "written by nir": theirs,
            "nirz": text,
        }
        for name, source in readings.items():
            again = nl.from_nir(source, dt=DT).double()
            assert torch.equal(run(again, x), expected), name
        profile = nir_core.semantics_of(graph).profile
        for name in (ours, theirs, text):
            result = nir_core.run(nir_core.read(name), x.numpy(), dt=DT, profile=profile)
            assert np.array_equal(result.output, expected.numpy())


def stepwise(model: Any, x: torch.Tensor) -> np.ndarray:
    """Run a module that takes a step and a state."""
    state, ys = None, []
    with torch.no_grad():
        for step in x:
            y = model(step) if state is None else model(step, state)
            y, state = y if isinstance(y, tuple) else (y, None)
            ys.append(y.numpy())
    return np.stack(ys)


def by_norse(path: str) -> Any:
    return library("norse.torch").from_nir(library("nir").read(path), dt=DT).double()


def by_snntorch(path: str) -> Any:
    return library("snntorch.import_nir").import_from_nir(library("nir").read(path)).double()


def by_spikingjelly(path: str) -> Any:
    exchange = library("spikingjelly.activation_based.nir_exchange")
    model = exchange.import_from_nir(library("nir").read(path), dt=DT).double()
    library("spikingjelly.activation_based.functional").reset_net(model)
    return model


# What each is known to import rightly; docs/conformance says what of the rest goes wrong. Spikes
# of snnTorch are in single precision, which a second layer in double precision does not take.
FRAMEWORKS = [
    pytest.param(by_norse, networks(kinds=("LIFBox",)), id="norse"),
    pytest.param(by_snntorch, networks(kinds=("LIFBox",), depth=1), id="snntorch"),
    pytest.param(by_spikingjelly, networks(kinds=("LIFBox",)), id="spikingjelly"),
]


@pytest.mark.parametrize(("load", "drawn"), FRAMEWORKS)
def test_a_framework_gives_the_spikes_of_the_network(load, drawn):
    spikes = 0

    @settings(max_examples=25)
    @given(drawn)
    def check(drawn):
        nonlocal spikes
        model, x = drawn
        expected = run(model, x).numpy()
        spikes += int(expected.sum())
        with tempfile.TemporaryDirectory() as folder, quiet():
            path = f"{folder}/network.nir"
            nir_core.write(path, nl.to_nir(model, x, dt=DT))
            found = stepwise(load(path), x)
        assert np.array_equal(found.reshape(expected.shape), expected)

    check()
    assert spikes > 100, "without spikes nothing is compared"
