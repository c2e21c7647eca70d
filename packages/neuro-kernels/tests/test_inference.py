"""Event-driven layers against their plain numpy definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuro_kernels import dynamics, inference
from neuro_kernels.reference import inference as reference

SEEDS = st.integers(0, 2**32 - 1)
DTYPES = st.sampled_from([np.float32, np.float64])


def drawn(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any, ones: bool) -> np.ndarray:
    x = (rng.random(shape) < rng.choice([0.0, 0.1, 0.6])).astype(dtype)
    return x if ones else np.ascontiguousarray(x * rng.integers(-2, 4, shape).astype(dtype))


def tolerance(dtype: Any) -> dict[str, float]:
    return {"rtol": 0, "atol": 1e-4 if dtype == np.float32 else 1e-11}


@given(SEEDS, DTYPES, st.booleans())
def test_lists_give_the_array_back(seed: int, dtype: Any, ones: bool) -> None:
    rng = np.random.default_rng(seed)
    shape = [(3,), (17,), (2, 5), (3, 4, 6), ()][rng.integers(5)]
    x = drawn(rng, (int(rng.integers(0, 4)), *shape), dtype, ones)
    signal = inference.listed(x, shape)
    np.testing.assert_array_equal(inference.dense(signal), x)
    assert (signal.lists.values() is None) == bool(((x == 0) | (x == 1)).all())
    assert len(signal.lists) == np.count_nonzero(x)


@given(SEEDS, DTYPES)
def test_a_matrix_adds_the_weights_of_spikes(seed: int, dtype: Any) -> None:
    rng = np.random.default_rng(seed)
    shape = [(5,), (33,), (2, 3, 4)][rng.integers(3)]
    out, frames = int(rng.choice([1, 10, 16, 40])), int(rng.integers(0, 5))
    x = drawn(rng, (frames, *shape), dtype, bool(rng.integers(2)))
    weight, bias = rng.normal(size=(out, int(np.prod(shape)))), rng.normal(size=out)
    signal = inference.listed(x, shape)
    scatter = inference.Scatter(weight, shape, signal.step, dtype, (out,))
    got = inference.run_layer((out,), dtype, frames, 1, [(signal, scatter)], bias=bias).drive
    np.testing.assert_allclose(got, reference.drive(x, weight, bias), **tolerance(dtype))


@given(SEEDS, DTYPES)
def test_a_convolution_adds_the_weights_of_spikes(seed: int, dtype: Any) -> None:
    rng = np.random.default_rng(seed)
    channels, height, width = (int(n) for n in rng.integers([1, 4, 4], [4, 9, 9]))
    kernel = tuple(int(n) for n in rng.integers(1, 4, 2))
    options = {
        "stride": tuple(int(n) for n in rng.integers(1, 4, 2)),
        "padding": tuple(int(n) for n in rng.integers(0, 3, 2)),
        "dilation": tuple(
            int(n) if 2 * (k - 1) < 4 else 1
            for n, k in zip(rng.integers(1, 3, 2), kernel, strict=True)
        ),
    }
    out, frames = int(rng.choice([1, 3, 16, 20])), int(rng.integers(1, 4))
    x = drawn(rng, (frames, channels, height, width), dtype, bool(rng.integers(2)))
    weight = rng.normal(size=(out, channels, *kernel)).astype(dtype)
    bias = rng.normal(size=out).astype(dtype)
    expected = reference.drive(x, weight, bias, **options)
    signal = inference.listed(x, x.shape[1:])
    shape = expected.shape[1:]
    scatter = inference.Scatter(weight, x.shape[1:], signal.step, dtype, shape, **options)
    got = inference.run_layer(shape, dtype, frames, 1, [(signal, scatter)], bias=bias).drive
    np.testing.assert_allclose(got, expected, **tolerance(dtype))


@given(SEEDS, DTYPES, st.booleans())
def test_pooling_moves_spikes_into_windows(seed: int, dtype: Any, mean: bool) -> None:
    rng = np.random.default_rng(seed)
    x = drawn(rng, (2, 3, 7, 6), dtype, bool(rng.integers(2)))
    kernel, stride = rng.integers(1, 4, 2).tolist(), rng.integers(1, 4, 2).tolist()
    padding = [int(rng.integers(0, k // 2 + 1)) for k in kernel]
    got = inference.dense(
        inference.pooled(inference.listed(x, x.shape[1:]), kernel, stride, padding, mean=mean)
    )
    expected = reference.pool(x, kernel, stride, padding) / (np.prod(kernel) if mean else 1)
    np.testing.assert_allclose(got, expected, **tolerance(dtype))


@st.composite
def rules(draw: Any) -> dict[str, Any]:
    return {
        "integrate": draw(st.sampled_from(["line", "euler", "zoh", "decay"])),
        "reset": draw(st.sampled_from(["value", "subtract", "carry"])),
        "synapse": draw(st.booleans()),
        "spiking": draw(st.sampled_from([True, True, False])),
        "before": draw(st.booleans()),
        "at_threshold": draw(st.booleans()),
        "multi": draw(st.booleans()),
        "floor": draw(st.booleans()),
    }


@settings(max_examples=200)
@given(SEEDS, DTYPES, rules())
def test_neurons_have_the_bits_of_the_reference(seed: int, dtype: Any, rule: Any) -> None:
    rng = np.random.default_rng(seed)
    shape = [(5,), (16,), (3, 2, 4), (32, 3)][rng.integers(4)]
    batch, steps = int(rng.integers(1, 4)), int(rng.integers(1, 9))
    uniform = bool(rng.integers(2))
    names = (*inference.COEFFICIENTS, "v_reset")
    c = {
        name: np.asarray(rng.uniform(0.1, 0.9, () if uniform else shape).astype(dtype))
        for name in names
    }
    x = (rng.normal(size=(steps * batch, *shape)) * 2).astype(dtype)
    z, v, i = reference.neurons(x, batch, c, **rule)
    layer = inference.NeuronLayer(shape, dtype, c, **rule)
    state = {k: np.zeros((batch, *shape), dtype) for k in ("v", "i")}
    got = inference.run_layer(
        shape, dtype, len(x), batch, [], drive=x, neurons=layer, state=state, record=True
    )
    np.testing.assert_array_equal(got.v, v)
    np.testing.assert_array_equal(state["v"], v[-batch:])
    if rule["synapse"]:
        np.testing.assert_array_equal(got.i, i)
        np.testing.assert_array_equal(state["i"], i[-batch:])
    if rule["spiking"]:
        np.testing.assert_array_equal(inference.dense(got.spikes), z)
    else:
        assert got.spikes is None


@given(SEEDS, st.integers(1, 3))
def test_a_layer_in_two_parts_gives_the_same(seed: int, cut: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(8, 5))
    layer = inference.NeuronLayer(
        (5,),
        np.float64,
        {"k": 0.3, "r": 2.0, "threshold": 0.4, "k_syn": 0.2, "g_syn": 1.0},
        integrate="euler",
        synapse=True,
    )

    def run(part: np.ndarray, state: Any) -> np.ndarray:
        done = inference.run_layer(
            (5,), np.float64, len(part), 2, [], drive=part, neurons=layer, state=state
        )
        return inference.dense(done.spikes)

    whole = run(x, {k: np.zeros((2, 5)) for k in ("v", "i")})
    state = {k: np.zeros((2, 5)) for k in ("v", "i")}
    parts = [run(np.ascontiguousarray(p), state) for p in (x[: 2 * cut], x[2 * cut :])]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_delayed_lists_begin_with_those_of_before() -> None:
    now = inference.listed(np.array([[1.0, 0.0], [0.0, 3.0], [1.0, 1.0]]), (2,))
    before = inference.listed(np.array([[0.0, 1.0]]), (2,))
    got = inference.Signal(now.lists.delayed(before.lists), (2,), 2)
    np.testing.assert_array_equal(inference.dense(got), [[0, 1], [1, 0], [0, 3]])


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="takes 3 inputs"):
        inference.Scatter(np.ones((2, 3)), (4,), 4, np.float64, (2,))
    with pytest.raises(ValueError, match="takes 3 channels"):
        inference.Scatter(np.ones((2, 3, 1, 1)), (4, 5, 5), 4, np.float64, (2, 5, 5))
    signal = inference.listed(np.ones((2, 4)), (4,))
    weight = inference.Scatter(np.ones((2, 4)), (4,), 4, np.float64, (2,))
    with pytest.raises(ValueError, match="number of frames"):
        inference.run_layer((2,), np.float64, 3, 1, [(signal, weight)])
    with pytest.raises(ValueError, match="number type"):
        inference.run_layer((2,), np.float32, 2, 1, [(signal, weight)])
    with pytest.raises(ValueError, match="another layout"):
        inference.run_layer(
            (2,), np.float64, 2, 1, [(inference.listed(np.ones((2, 5)), (5,)), weight)]
        )
    with pytest.raises(ValueError, match="C-contiguous"):
        inference.listed(np.ones((4, 2)).T, (4,))


@st.composite
def stages(draw: Any) -> tuple[Any, ...]:
    rng = np.random.default_rng(draw(SEEDS))
    dtype, batch = draw(DTYPES), draw(st.integers(1, 3))
    channels = draw(st.sampled_from([1, 3, 8]))
    windows = draw(st.sampled_from([None, (1, 1), (2, 3)]))
    pooling = draw(st.sampled_from(["sum", "mean", "max"]))
    x = drawn(rng, (batch * draw(st.integers(1, 5)), channels, 9, 11), dtype, pooling == "max")
    seen = x if windows is None else reference.windows(x, windows, pooling)
    outputs = draw(st.sampled_from([1, 9, 16, 40]))
    options: dict[str, Any] = {}
    if draw(st.booleans()):
        weight = rng.normal(size=(outputs, seen[0].size))
    else:
        size = draw(st.sampled_from([(1, 1), (3, 3), (2, 3), (4, 5), (3, 7)]))
        weight = rng.normal(size=(outputs, channels, *size))
        options = {
            "stride": draw(st.sampled_from([(1, 1), (1, 1), (2, 1)])),
            "padding": draw(st.sampled_from([(3, 3), (1, 2)])),
            "dilation": draw(st.sampled_from([(1, 1), (1, 1), (1, 2)])) if size[1] < 5 else (1, 1),
        }
    weight, bias = weight.astype(dtype), rng.normal(size=outputs).astype(dtype)
    drive = reference.drive(seen, weight, bias, **options)
    arguments = {**options, "bias": bias, "windows": windows, "pooling": pooling}
    return x, weight, drive.astype(dtype), batch, arguments


@given(stages())
def test_a_stage_without_neurons_gives_the_drive(case: Any) -> None:
    x, weight, drive, batch, arguments = case
    stage = inference.EventStage(
        weight, x.shape[1:], x.shape[1], drive.shape[1:], x.dtype, **arguments
    )
    got = stage.run(inference.listed(x, x.shape[1:]), batch)
    assert got.spikes is None
    assert got.state == ()
    out = inference.from_pixels(got.out, drive.shape[1:])
    np.testing.assert_allclose(out, drive, **tolerance(x.dtype))


COMPILED = st.sampled_from(sorted(dynamics.NEURONS))


@given(stages(), COMPILED, st.booleans(), st.sampled_from(["value", "subtract"]))
def test_the_neurons_of_a_stage_have_the_bits_of_dynamics(
    case: Any, neuron: str, per_neuron: bool, reset: Any
) -> None:
    x, weight, drive, batch, arguments = case
    model, shape = dynamics.NEURONS[neuron], drive.shape[1:]
    rng = np.random.default_rng(len(x))
    count = (len(model.coefficients), *(shape if per_neuron else ()))
    c = rng.uniform(0.2, 0.8, count).astype(x.dtype)
    stage = inference.EventStage(
        weight,
        x.shape[1:],
        x.shape[1],
        shape,
        x.dtype,
        **arguments,
        neuron=neuron,
        coefficients=c,
        reset=reset,
    )
    given_drive = inference.EventStage(weight, x.shape[1:], x.shape[1], shape, x.dtype, **arguments)
    signal = inference.listed(x, x.shape[1:])
    state = tuple(
        inference.to_pixels(rng.normal(size=(batch, *shape)).astype(x.dtype), shape, stage.outputs)
        for _ in model.states
    )
    got = stage.run(signal, batch, state, threads=2)
    driven = inference.from_pixels(given_drive.run(signal, batch).out, shape)
    columns = driven.reshape(-1, batch, int(np.prod(shape)))
    trace = dynamics.forward(
        neuron,
        columns,
        c.reshape(len(c), -1) if per_neuron else c,
        [inference.from_pixels(one, shape).reshape(batch, -1) for one in state],
        reset=reset,
    )
    expected = trace.out.reshape(len(x), *shape)
    if model.spiking:
        assert got.out is None
        np.testing.assert_array_equal(inference.dense(got.spikes), expected)
    else:
        np.testing.assert_array_equal(inference.from_pixels(got.out, shape), expected)
    for one, other in zip(got.state, trace.state, strict=True):
        np.testing.assert_array_equal(inference.from_pixels(one, shape).reshape(batch, -1), other)


def test_a_stage_refuses_what_does_not_fit() -> None:
    x = inference.listed(np.ones((4, 3)), (3,))
    with pytest.raises(ValueError, match="coefficients"):
        inference.EventStage(np.ones((2, 3)), (3,), 3, (2,), np.float64, neuron="lif")
    with pytest.raises(ValueError, match="3 inputs"):
        inference.EventStage(np.ones((2, 3)), (4,), 4, (2,), np.float64)
    stage = inference.EventStage(
        np.ones((2, 3)), (3,), 3, (2,), np.float64, neuron="iaf", coefficients=np.ones(3)
    )
    with pytest.raises(ValueError, match="multiple of the batch"):
        stage.run(x, 3)
    with pytest.raises(ValueError, match="C-contiguous"):
        stage.run(x, 2, (np.zeros((2, 1, 2)),))
    with pytest.raises(ValueError, match="number type"):
        stage.run(inference.listed(np.ones((4, 3), np.float32), (3,)), 2)
    with pytest.raises(ValueError, match="the stage takes"):
        stage.run(inference.listed(np.ones((4, 2)), (2,)), 2)
    with pytest.raises(ValueError, match="unknown neuron 'lifo'"):
        inference.EventStage(np.ones((2, 3)), (3,), 3, (2,), np.float64, neuron="lifo")
