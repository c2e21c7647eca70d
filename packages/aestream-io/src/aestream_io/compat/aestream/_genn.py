"""Input populations for PyGeNN: `genn.add_input`, as in AEStream."""

import importlib
from typing import Any

import numpy as np

__all__ = ["add_input"]


def add_input(model: Any, name: str, resolution: tuple[int, ...]) -> Any:
    """Add a population that spikes where the frames of an input have events.

    Args:
        model: a `pygenn.GeNNModel`.
        name: name of the population.
        resolution: (width, height) of the input.

    Returns:
        The population, to be given to `read("genn", population)`.

    Raises:
        ImportError: PyGeNN is not installed.
    """
    try:
        genn = importlib.import_module("pygenn.genn_model")
    except ImportError:
        raise ImportError("genn.add_input needs PyGeNN: see https://genn-team.github.io") from None
    neuron = genn.create_custom_neuron_class(
        "event_input",
        extra_global_params=[("input", "uint32_t*")],
        threshold_condition_code="$(input)[$(id) / 32] & (1 << ($(id) % 32))",
        is_auto_refractory_required=False,
    )
    pixels = int(np.prod(resolution))
    population = model.add_neuron_population(name, pixels, neuron, {}, {})
    words = np.zeros((pixels + 31) // 32, np.uint32)
    population.set_extra_global_param("input", words)
    return population
