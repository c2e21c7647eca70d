"""Event-driven layers against their plain numpy definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neuro_kernels
from neuro_kernels import sparse
from neuro_kernels.reference import sparse as reference

DENSITIES = [0.0, 0.02, 0.3, 1.0]


def _drawn(rng, shape, dtype, density, ones):
    x = (rng.random(shape) < density).astype(dtype)
    return x if ones else (x * rng.normal(size=shape)).astype(dtype)


@st.composite
def matrices(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    rows, inputs = draw(st.sampled_from([0, 1, 3, 40])), draw(st.sampled_from([1, 5, 16, 33, 130]))
    outputs = draw(st.sampled_from([1, 7, 16, 20, 64, 127, 129, 300]))
    x = _drawn(rng, (rows, inputs), dtype, draw(st.sampled_from(DENSITIES)), draw(st.booleans()))
    return x, outputs, rng


@given(matrices(), st.booleans())
def test_linear_has_the_bits_of_the_reference(case, with_bias):
    x, outputs, rng = case
    weight = rng.normal(size=(outputs, x.shape[1])).astype(x.dtype)
    bias = rng.normal(size=outputs).astype(x.dtype) if with_bias else None
    np.testing.assert_array_equal(sparse.linear(x, weight, bias), reference.linear(x, weight, bias))


@given(matrices())
def test_an_unpacked_weight_gives_the_same_bits(case):
    x, outputs, rng = case
    weight = rng.normal(size=(outputs, x.shape[1])).astype(x.dtype)
    start = rng.normal(size=(len(x), outputs)).astype(x.dtype)
    results = []
    for packed in (False, True):
        out, values = np.empty_like(start), weight
        if packed:
            double = x.dtype == np.float64
            values = np.empty(sparse.packed_size(*weight.shape, double), x.dtype)
            sparse.pack_weight(weight.ctypes.data, double, *weight.shape, values.ctypes.data)
        places = (values.ctypes.data, start.ctypes.data, False, out.ctypes.data)
        sparse.linear_forward(sparse._listed(x), outputs, *places, 1, packed)
        results.append(out)
    np.testing.assert_array_equal(*results)


@given(matrices())
def test_linear_weight_grad_has_the_bits_of_the_reference(case):
    x, outputs, rng = case
    grad = rng.normal(size=(len(x), outputs)).astype(x.dtype)
    np.testing.assert_array_equal(
        sparse.linear_weight_grad(x, grad), reference.linear_weight_grad(x, grad)
    )


def test_gradients_over_many_blocks_of_rows_agree_with_a_matrix_product():
    rng = np.random.default_rng(5)
    x = _drawn(rng, (1000, 40), np.float64, 0.1, False)
    grad = rng.normal(size=(1000, 150))
    np.testing.assert_allclose(sparse.linear_weight_grad(x, grad), grad.T @ x, atol=1e-10)


@st.composite
def images(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    channels, outputs = groups * draw(st.integers(1, 3)), groups * draw(st.sampled_from([1, 5, 18]))
    kernel = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    options = {
        "stride": (draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        "padding": (draw(st.integers(0, 2)), draw(st.integers(0, 2))),
        "dilation": (draw(st.integers(1, 2)), draw(st.integers(1, 2))),
        "groups": groups,
    }
    size = (draw(st.integers(5, 8)), draw(st.integers(5, 8)))
    shape = (draw(st.integers(0, 5)), channels, *size)
    x = _drawn(rng, shape, dtype, draw(st.sampled_from(DENSITIES)), draw(st.booleans()))
    return x, outputs, kernel, options, rng


@settings(max_examples=40)
@given(images(), st.booleans())
def test_conv2d_has_the_bits_of_the_reference(case, with_bias):
    x, outputs, kernel, options, rng = case
    shape = (outputs, x.shape[1] // options["groups"], *kernel)
    weight = rng.normal(size=shape).astype(x.dtype)
    bias = rng.normal(size=outputs).astype(x.dtype) if with_bias else None
    np.testing.assert_array_equal(
        sparse.conv2d(x, weight, bias, **options), reference.conv2d(x, weight, bias, **options)
    )


@settings(max_examples=40)
@given(images())
def test_conv2d_weight_grad_agrees_with_the_reference(case):
    x, outputs, kernel, options, rng = case
    zero = np.zeros((outputs, x.shape[1] // options["groups"], *kernel), x.dtype)
    grad = rng.normal(size=sparse.conv2d(x, zero, **options).shape).astype(x.dtype)
    np.testing.assert_allclose(
        sparse.conv2d_weight_grad(x, grad, kernel, **options),
        reference.conv2d_weight_grad(x, grad, kernel, **options),
        rtol=0,
        atol=2e-4 if x.dtype == np.float32 else 1e-12,
    )


@given(matrices())
def test_an_event_list_holds_what_is_not_zero(case):
    x, _, _ = case
    events = sparse._listed(x)
    assert (events.rows, events.columns, len(events)) == (*x.shape, np.count_nonzero(x))
    rows, columns = np.nonzero(x)
    np.testing.assert_array_equal(events.index(), columns)
    np.testing.assert_array_equal(np.diff(events.offsets()), np.bincount(rows, minlength=len(x)))
    assert events.ones == bool((x[rows, columns] == 1).all())
    count = sparse.count_nonzero(x.ctypes.data, x.dtype == np.float64, *x.shape, 3)
    assert count == np.count_nonzero(x[::3])


def test_a_list_gives_up_above_its_limit():
    x = np.ones((4, 5), np.float32)
    events = sparse.EventList()
    assert not events.assign(x.ctypes.data, False, 4, 5, 19, 1)
    assert (len(events), events.rows) == (0, 0)
    assert events.assign(x.ctypes.data, False, 4, 5, 20, 1)
    assert len(events) == 20


def test_not_a_number_is_no_silence():
    x = np.array([[np.nan, 0, -0.0, 2]], np.float32)
    assert np.isnan(sparse.linear(x, np.ones((2, 4), np.float32))).all()
    assert len(sparse._listed(x)) == 2


@pytest.mark.parametrize("ones", [True, False])
def test_results_do_not_depend_on_the_number_of_threads(ones):
    rng = np.random.default_rng(1)
    x = _drawn(rng, (3000, 300), np.float32, 0.1, ones)
    x[:1000] = x[:1000] != 0  # only a part of the rows holds other values than 1
    weight = rng.normal(size=(200, 300)).astype(np.float32)
    grad = rng.normal(size=(3000, 200)).astype(np.float32)
    pictures = x[:, :288].reshape(3000, 2, 12, 12)
    kernels = rng.normal(size=(9, 2, 3, 3)).astype(np.float32)
    before = neuro_kernels.num_threads()
    results = []
    try:
        for threads in (1, 2, 5):
            neuro_kernels.set_num_threads(threads)
            out = sparse.conv2d(pictures, kernels)
            results.append(
                (
                    sparse.linear(x, weight),
                    sparse.linear_weight_grad(x, grad),
                    out,
                    sparse.conv2d_weight_grad(pictures, out, 3),
                )
            )
    finally:
        neuro_kernels.set_num_threads(before)
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(a, b)


@given(
    st.integers(0, 2**32),
    st.sampled_from([np.float32, np.float64]),
    st.sampled_from([(0,), (1,), (7,), (3, 5), (16, 4), (1025,), (3, 700)]),
    st.sampled_from(DENSITIES),
)
def test_spikes_survive_as_bits(seed, dtype, shape, density):
    x = _drawn(np.random.default_rng(seed), shape, dtype, density, True)
    bits = sparse.pack_bits(x)
    np.testing.assert_array_equal(bits, reference.pack_bits(x))
    again = sparse.unpack_bits(bits, shape, dtype)
    assert again.dtype == dtype
    np.testing.assert_array_equal(again, x)


@given(
    st.sampled_from([np.float32, np.float64]),
    st.sampled_from([1, 17, 1500]),
    st.data(),
    st.sampled_from([0.5, -1.0, 2.0, np.nan, np.inf, 1e-30]),
)
def test_other_values_than_spikes_are_not_packed(dtype, size, data, strange):
    x = np.ones(size, dtype)
    x[data.draw(st.integers(0, size - 1))] = strange
    assert reference.pack_bits(x) is None
    assert sparse.pack_bits(x) is None


def test_bits_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"uint8 \(2,\) for the shape \(3, 3\)"):
        sparse.unpack_bits(np.zeros(1, np.uint8), (3, 3), np.float32)
    with pytest.raises(ValueError, match="float32 or float64"):
        sparse.unpack_bits(np.zeros(1, np.uint8), (3,), np.int32)


def test_misfits_are_refused_with_what_was_expected():
    x, weight = np.zeros((3, 4), np.float32), np.zeros((2, 4), np.float32)
    with pytest.raises(ValueError, match="x must be float32 or float64, not int64"):
        sparse.linear(x.astype(np.int64), weight)
    with pytest.raises(ValueError, match="weight must be float32, not float64"):
        sparse.linear(x, weight.astype(float))
    with pytest.raises(ValueError, match=r"\(2, 4\) does not fit x of shape \(3, 3\)"):
        sparse.linear(x[:, 1:], weight)
    with pytest.raises(ValueError, match=r"bias must have the shape \(2,\)"):
        sparse.linear(x, weight, np.zeros(3, np.float32))
    with pytest.raises(ValueError, match="grad_out of shape"):
        sparse.linear_weight_grad(x, x[:2])
    pictures, kernels = np.zeros((1, 2, 4, 4)), np.zeros((3, 2, 5, 5))
    with pytest.raises(ValueError, match=r"a kernel of 5 taps .* does not fit into 4"):
        sparse.conv2d(pictures, kernels)
    with pytest.raises(ValueError, match="weight of 2 channels in 2 groups"):
        sparse.conv2d(pictures, kernels, groups=2, padding=2)
    with pytest.raises(ValueError, match="do not make 2 groups"):
        sparse.conv2d(pictures, kernels[:, :1], groups=2, padding=2)
    with pytest.raises(ValueError, match="grad_out must have the shape"):
        sparse.conv2d_weight_grad(pictures, pictures, 3)
    with pytest.raises(ValueError, match="images must have pixels"):
        sparse.conv2d(np.zeros((1, 2, 0, 4)), kernels, padding=3)
