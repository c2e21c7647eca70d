"""Reading what a user types: times with units, and inputs for a run."""

from __future__ import annotations

import argparse
import os
import re
from typing import Any

import numpy as np

from nir_core.errors import NirError, NirRunError
from nir_core.graph import NIRGraph

__all__ = ["add_input", "add_profile", "count", "input_for", "rate", "seconds"]

_EXPONENTS = {"s": 0, "ms": -3, "us": -6, "µs": -6, "ns": -9, "": 0}


def seconds(text: str) -> float:
    """Read a time such as "1ms", "100us" or "0.001" (seconds).

    Example:
        >>> seconds("0.1ms")
        0.0001
    """
    match = re.fullmatch(
        r"\s*([0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([+-]?[0-9]{1,4}))?\s*(s|ms|us|µs|ns|)\s*", text
    )
    if not match:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time; write it like 1ms, 100us or 0.001s"
        )
    # By the exponent, so that 0.1ms is the same number as 1e-4.
    return float(f"{match[1]}e{int(match[2] or 0) + _EXPONENTS[match[3]]}")


def count(text: str) -> int:
    """Read a whole number from 0 on.

    Example:
        >>> count("20")
        20
    """
    if not re.fullmatch(r"\s*[0-9]{1,18}\s*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def rate(text: str) -> float:
    """Read a share from 0 to 1.

    Example:
        >>> rate("0.08")
        0.08
    """
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return number


def add_profile(parser: argparse.ArgumentParser, flag: str, name: str, default: str) -> None:
    """Add an option that takes the name of a profile."""
    parser.add_argument(
        flag,
        dest=name,
        default=default,
        metavar="PROFILE",
        help=f"semantics profile (default {default})",
    )


def add_input(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what is fed into a graph."""
    parser.add_argument("--dt", type=seconds, help="length of a step, such as 1ms")
    parser.add_argument(
        "--input", metavar="FILE", help="array (steps, *shape) as .npy or .csv; .npz by input name"
    )
    parser.add_argument(
        "--random", type=rate, metavar="RATE", help="seeded random spikes, RATE per step"
    )
    parser.add_argument("--steps", type=count, default=100, help="steps of --random (default 100)")
    parser.add_argument("--seed", type=count, default=0, help="seed of --random (default 0)")


def input_for(graph: NIRGraph, options: argparse.Namespace) -> Any:
    """Give the input that the options ask for.

    Raises:
        NirRunError: neither or both of --input and --random were given.
    """
    if (options.input is None) == (options.random is None):
        raise NirRunError("give the input by --input FILE, or by --random RATE")
    if options.input is not None:
        return _load(options.input, graph)
    rng = np.random.default_rng(options.seed)
    made = {}
    for name in graph.inputs:
        shape = graph.shapes[name].output
        if shape is None:
            raise NirRunError(f"the shape of input {name!r} does not follow; use --input FILE")
        made[name] = (rng.random((options.steps, *shape)) < options.random).astype(float)
    return made


def _load(path: str, graph: NIRGraph) -> Any:
    kind = os.path.splitext(path)[1].lower()
    try:
        if kind == ".npy":
            return np.load(path, allow_pickle=False)
        if kind == ".npz":
            with np.load(path, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        if kind == ".csv":
            return np.loadtxt(path, delimiter=",", ndmin=2)
    except (ValueError, EOFError) as error:
        raise NirError(f"{path}: the array cannot be read: {error}") from error
    raise NirRunError(f"{path}: expected a file named .npy, .npz or .csv")
