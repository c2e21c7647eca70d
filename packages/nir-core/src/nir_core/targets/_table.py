"""Targets: what a chip can hold, as data with the source of each figure."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from nir_core.errors import NirError, NirFileError

__all__ = ["KEYS", "Limit", "Target", "get_target", "targets"]

# What each limit means; `fit` has one rule for each.
KEYS = {
    "nodes": "kinds of nodes that the chip has",
    "spiking_cores": "cores; each holds one weighted layer and the spiking neurons behind it",
    "core_memory": "entries for kernels, neurons and biases of each core",
    "input_size": "height and width of the input",
    "feature_map": "height and width of a layer of neurons",
    "channels": "channels of a layer",
    "kernel": "height and width of a kernel",
    "strides": "strides of a convolution",
    "padding": "zeros at each side",
    "pools": "sides of a pooling window, which is as wide as its stride",
    "layer_fan_out": "layers that one layer may feed",
    "inputs": "input channels",
    "hidden": "neurons that feed other neurons",
    "outputs": "neurons that are read out",
    "readout_classes": "outputs that the readout circuit behind the last layer tells apart",
    "hidden_fan_out": "hidden neurons that one hidden neuron may feed",
    "input_projection": "hidden neurons that the input may feed",
    "output_projection": "hidden neurons that may feed the output",
    "weights": "stored weights",
    "neurons": "neurons",
    "synapses": "synapses, a shared weight counted once for each connection",
    "memory_bytes": "bytes for weights, parameters and states",
    "weight_bits": "bits of a weight, sign included",
    "state_bits": "bits of a threshold or potential, sign included",
    "decay_shift": "time constants are dt times a power of two",
}


@dataclass(frozen=True)
class Limit:
    """One published figure.

    Args:
        value: the figure: a number, a list of allowed values, or True.
        source: where it was published.
    """

    value: Any
    source: str


@dataclass(frozen=True)
class Target:
    """A chip and its limits.

    Args:
        name: short name such as "speck2b".
        title: full name.
        vendor: who makes it.
        profile: semantics profile that comes closest to its arithmetic.
        limits: figures by key; `KEYS` explains each.

    Example:
        >>> get_target("Speck 2b").limits["kernel"].value
        [16, 16]
    """

    name: str
    title: str
    vendor: str
    profile: str
    limits: Mapping[str, Limit]

    @staticmethod
    def from_dict(content: Mapping[str, Any]) -> Target:
        """Build a target from plain data, such as that of a JSON file.

        Args:
            content: `name`, `limits` as {key: {"value": ..., "source": ...}}, and optionally
                `title`, `vendor` and `profile`.

        Raises:
            NirError: a field or a limit is missing, unknown or has no source.
        """
        try:
            name, given = str(content["name"]), dict(content["limits"])
        except (KeyError, TypeError, ValueError) as error:
            raise NirError("a target is a dictionary with 'name' and 'limits'") from error
        limits = {}
        for key, entry in given.items():
            if key not in KEYS:
                close = get_close_matches(key, KEYS, n=1)
                hint = f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(KEYS)}"
                raise NirError(f"target {name!r}: there is no limit {key!r}{hint}")
            if not isinstance(entry, Mapping) or not {"value", "source"} <= set(entry):
                raise NirError(f"target {name!r}: limit {key!r} needs a value and a source")
            limits[key] = Limit(entry["value"], str(entry["source"]))
        return Target(
            name,
            str(content.get("title", name)),
            str(content.get("vendor", "")),
            str(content.get("profile", "nir")),
            limits,
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the target as plain data for JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "vendor": self.vendor,
            "profile": self.profile,
            "limits": {
                key: {"value": limit.value, "source": limit.source}
                for key, limit in self.limits.items()
            },
        }


@cache
def targets() -> dict[str, Target]:
    """Give all built-in targets by name.

    Example:
        >>> "loihi2" in targets()
        True
    """
    folder = files("nir_core.targets") / "tables"
    found = [
        Target.from_dict(json.loads(entry.read_text("utf-8")))
        for entry in folder.iterdir()
        if entry.name.endswith(".json")
    ]
    return {target.name: target for target in sorted(found, key=lambda t: t.name)}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def get_target(target: str | Target) -> Target:
    """Give a target by name, or from a JSON file of the same form as the built-in ones.

    Args:
        target: a name (case and separators do not matter), a path that ends in .json, or a
            Target, which is given back.

    Returns:
        The target.

    Raises:
        NirError: there is no such target.
        NirFileError: the file cannot be read.
    """
    if isinstance(target, Target):
        return target
    if target.endswith(".json"):
        try:
            with open(target, encoding="utf-8") as file:
                return Target.from_dict(json.load(file))
        except (OSError, ValueError) as error:
            if isinstance(error, NirError):
                raise
            raise NirFileError(f"{os.fspath(target)}: not a target table: {error}") from error
    names = {_plain(name): name for name in targets()}
    if _plain(target) not in names:
        close = get_close_matches(_plain(target), names, n=1)
        hint = f"did you mean {names[close[0]]!r}?" if close else f"known: {', '.join(targets())}"
        raise NirError(f"there is no target {target!r}; {hint}")
    return targets()[names[_plain(target)]]
