"""Every instruction-set level computes the same bits; the choice of level follows the rules."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from isa_cases import CASES, digest

import neuro_kernels

pytestmark = pytest.mark.any_level

LEVELS = ("baseline", "avx2", "avx512")


def available():
    return LEVELS[: LEVELS.index(neuro_kernels.best_isa()) + 1]


def run(program, **env):
    done = subprocess.run(
        [sys.executable, *program],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return done.stdout.split("\n")


@pytest.fixture(scope="module")
def digests():
    """What tests/isa_cases.py prints at each level of this processor."""
    cases = str(Path(__file__).with_name("isa_cases.py"))
    return {level: run([cases], NEURO_KERNELS_ISA=level) for level in available()}


def test_every_level_of_this_processor_can_be_asked_for(digests):
    assert {level: lines[0] for level, lines in digests.items()} == {v: v for v in digests}


def test_every_level_computes_the_same_bits(digests):
    expected = digests["baseline"][1:]
    assert len([line for line in expected if line]) == len(CASES)
    for level, lines in digests.items():
        assert lines[1:] == expected, level


def test_a_digest_changes_with_the_last_bit_of_one_number():
    def case(rng):
        yield np.array([1.0, 2.0], np.float32)

    def other(rng):
        yield np.array([1.0, np.nextafter(np.float32(2), np.float32(3))], np.float32)

    assert digest(case) == digest(case) != digest(other)


@pytest.mark.parametrize("wish", ["", "sse9", "AVX2"])
def test_a_level_that_is_not_known_is_ignored(wish):
    program = ["-c", "import neuro_kernels; print(neuro_kernels.isa())"]
    assert run(program, NEURO_KERNELS_ISA=wish)[0] == neuro_kernels.best_isa()
