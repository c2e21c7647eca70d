"""Pooling against its plain numpy definition, and memory that is used again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neuro_kernels
from neuro_kernels import memory, sparse
from neuro_kernels.reference import sparse as reference


@st.composite
def pooled_images(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    windows = (draw(st.integers(1, 5)), draw(st.integers(1, 5)))
    size = (draw(st.integers(1, 40)), draw(st.integers(1, 80)))
    shape = (draw(st.integers(0, 3)), draw(st.integers(1, 3)), *size)
    return rng.normal(size=shape).astype(dtype), windows, rng


@settings(deadline=None)
@given(pooled_images())
def test_mean_pool_has_the_bits_of_the_reference(case):
    x, windows, _ = case
    pooled = sparse.mean_pool(x, windows)
    np.testing.assert_array_equal(pooled, reference.mean_pool(x, windows))
    assert pooled.dtype == x.dtype


@settings(deadline=None)
@given(pooled_images())
def test_mean_pool_backward_has_the_bits_of_the_reference(case):
    x, windows, rng = case
    grad = rng.normal(size=sparse.mean_pool(x, windows).shape).astype(x.dtype)
    np.testing.assert_array_equal(
        sparse.mean_pool_backward(grad, x.shape[2:], windows),
        reference.mean_pool_backward(grad, x.shape[2:], windows),
    )


def test_pooling_does_not_depend_on_the_threads():
    x = np.random.default_rng(0).normal(size=(40, 8, 34, 34)).astype(np.float32)
    threads = neuro_kernels.num_threads()
    results = []
    try:
        for count in (1, 2):
            neuro_kernels.set_num_threads(count)
            pooled = sparse.mean_pool(x, (2, 2))
            results.append((pooled, sparse.mean_pool_backward(pooled, (34, 34), (2, 2))))
    finally:
        neuro_kernels.set_num_threads(threads)
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])


@pytest.mark.parametrize(
    ("x", "windows", "message"),
    [
        (np.zeros((1, 1, 2, 2), np.int32), (2, 2), "float32 or float64, not int32"),
        (np.zeros((2, 2)), (2, 2), "not the shape"),
        (np.zeros((1, 1, 2, 2)), (0, 2), "two positive sizes"),
    ],
)
def test_pooling_says_what_does_not_fit(x, windows, message):
    with pytest.raises(ValueError, match=message):
        sparse.mean_pool(x, windows)


def test_a_gradient_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"must be \(images, channels, 2, 1\)"):
        sparse.mean_pool_backward(np.zeros((1, 1, 2, 2)), (4, 3), (2, 2))


def test_memory_of_an_array_that_is_gone_is_used_again():
    size = 3 << 20
    first = memory.empty(size, np.float64)
    first[:] = 1.0
    address = first.ctypes.data
    before = memory.waiting()
    del first
    if memory.waiting() == before:
        pytest.skip("this system cannot be lent memory")
    again = memory.empty((3, 1 << 20), np.float64)
    assert again.ctypes.data == address
    assert again.flags.writeable


def test_arrays_of_the_same_time_have_memory_of_their_own():
    a, b = (memory.empty((2, 1 << 19), np.float32) for _ in range(2))
    a[:], b[:] = 1.0, 2.0
    assert (a == 1.0).all()
    assert (b == 2.0).all()
    assert memory.empty(0, np.uint8).size == 0
