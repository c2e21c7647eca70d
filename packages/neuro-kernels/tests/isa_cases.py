"""Print one digest per kernel of what it computes, for the instruction set in use.

Run by test_isa_levels.py, once per level. A case is a function that returns arrays; it covers all
remainders of vector lengths, and values where rounding would differ.
"""

import hashlib
import sys
from collections.abc import Callable, Iterable

import numpy as np

from neuro_kernels import _kernels, codecs, dynamics, filters, inference, isa, sparse
from neuro_kernels.events import Events

LENGTHS = (*range(40), 63, 64, 65, 1000, 4097)


def some_events(rng: np.random.Generator, n: int) -> Events:
    """Many coincidences in time and place."""
    t = rng.integers(0, 40, n).cumsum()
    x, y = rng.integers(0, 30, n), rng.integers(0, 17, n)
    return Events(t, x, y, rng.integers(0, 2, n), size=(30, 17))


def order(rng: np.random.Generator) -> Iterable[np.ndarray]:
    for n in LENGTHS:
        t = np.sort(rng.integers(-(2**62), 2**62, n))
        yield np.array(_kernels.is_sorted(t))
        if n > 2:
            t[n // 2] = t[n // 2 - 1] - 1
            yield np.array(_kernels.is_sorted(t))


def background_activity(rng: np.random.Generator) -> Iterable[np.ndarray]:
    for n in LENGTHS:
        for itself in (False, True):
            yield filters.background_activity(some_events(rng, n), 300, itself=itself).t


def times(rng: np.random.Generator) -> Iterable[np.ndarray]:
    for n in LENGTHS:
        t = rng.integers(-(2**40), 2**50, n)
        yield filters.jitter_times(t, 1000, first=n, seed=3)
        for factor in (0.3, 1 / 3, 7.0, -2.5, 1e200):
            yield filters.stretch_times(t, factor, origin=5)


def encoders(rng: np.random.Generator) -> Iterable[np.ndarray]:
    for n in LENGTHS:
        for name in ("evt2", "evt21", "evt3", "dat"):
            yield np.frombuffer(codecs.encode(name, some_events(rng, n)), np.uint8)


def decay(rng: np.random.Generator) -> Iterable[np.ndarray]:
    for n in LENGTHS:
        last = rng.integers(-(10**7), 10**4, n)
        last[::7] = _kernels.NO_EVENT
        last[::11] = 2**62
        out = np.empty(n, np.float32)
        for tau in (1e-2, 33.3, 1e5, 1e9):
            _kernels.decay(last, 0, tau, out)
            yield out.copy()


def neurons(rng: np.random.Generator) -> Iterable[np.ndarray]:
    for name, model in dynamics.NEURONS.items():
        for width in (1, 5, 16, 33, 100):
            for dtype in (np.float32, np.float64):
                x = rng.normal(0.3, 1.0, (20, width)).astype(dtype)
                values = rng.uniform(0.1, 0.9, len(model.coefficients)).astype(dtype)
                trace = dynamics.forward(name, x, values)
                yield trace.out
                yield from trace.state
                grad_out = rng.normal(size=x.shape).astype(dtype)
                gradients = dynamics.backward(
                    name, x, values, grad_out=grad_out, alpha=5.0, learn=True
                )
                yield gradients.x
                yield from gradients.state
                yield gradients.coefficients


def layers(rng: np.random.Generator) -> Iterable[np.ndarray]:
    for ones in (False, True):
        for inputs, outputs in ((3, 1), (40, 17), (33, 150)):
            for dtype in (np.float32, np.float64):
                x = rng.random((50, inputs)) < 0.2
                x = (x if ones else x * rng.normal(size=x.shape)).astype(dtype)
                weight = rng.normal(size=(outputs, inputs)).astype(dtype)
                yield sparse.linear(x, weight)
                yield sparse.linear_weight_grad(x, rng.normal(size=(50, outputs)).astype(dtype))
                frames = x[:, : inputs // 3 * 3].reshape(25, 2, 3, inputs // 3)
                kernels = rng.normal(size=(outputs, 2, 2, 1)).astype(dtype)
                out = sparse.conv2d(frames, kernels)
                yield out
                yield sparse.conv2d_weight_grad(frames, out, (2, 1))


def inferred(rng: np.random.Generator) -> Iterable[np.ndarray]:
    for channels in (1, 16, 21):
        for dtype in (np.float32, np.float64):
            x = (rng.random((12, 3, 5, 6)) < 0.3) * rng.normal(size=(12, 3, 5, 6))
            signal = inference.listed(x.astype(dtype), (3, 5, 6))
            weight, shape = rng.normal(size=(channels, 3, 2, 3)), (channels, 4, 4)
            scatter = inference.Scatter(weight, (3, 5, 6), 3, dtype, shape)
            for form in ("line", "euler", "zoh", "decay"):
                names = (*inference.COEFFICIENTS, "v_reset")
                c = {name: rng.uniform(0.1, 0.9, shape) for name in names}
                layer = inference.NeuronLayer(shape, dtype, c, integrate=form, synapse=True)
                done = inference.run_layer(
                    shape, dtype, 12, 3, [(signal, scatter)], neurons=layer, record=True
                )
                assert done.spikes is not None
                assert done.v is not None
                yield done.v
                yield inference.dense(inference.pooled(done.spikes, (2, 2), (1, 2), (0, 1)))


def stages(rng: np.random.Generator) -> Iterable[np.ndarray]:
    for size in (1, 2, 3, 5, 7):
        for outputs in (1, 17, 40):
            for dtype in (np.float32, np.float64):
                x = (rng.random((12, 3, 8, 9)) < 0.3) * rng.normal(size=(12, 3, 8, 9))
                signal = inference.listed(x.astype(dtype), (3, 8, 9))
                weight = rng.normal(size=(outputs, 3, size, size))
                shape = (outputs, 11 - size, 12 - size)
                stage = inference.EventStage(weight, (3, 8, 9), 3, shape, dtype, padding=(1, 1))
                out = stage.run(signal, 3).out
                assert out is not None
                yield out


ALL = (order, background_activity, times, encoders, decay, neurons, layers, inferred, stages)
CASES: dict[str, Callable[[np.random.Generator], Iterable[np.ndarray]]] = {
    case.__name__: case for case in ALL
}


def digest(case: Callable[[np.random.Generator], Iterable[np.ndarray]]) -> str:
    """Hash all arrays of one case."""
    total = hashlib.sha256()
    for array in case(np.random.default_rng(7)):
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


if __name__ == "__main__":
    print(isa())
    for name, case in CASES.items():
        print(name, digest(case))
    sys.exit(0)
