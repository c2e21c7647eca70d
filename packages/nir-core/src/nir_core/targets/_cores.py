"""Rules of chips whose cores are convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, log2
from typing import Any

import numpy as np

from nir_core.nodes import SPIKING, AvgPool2d, Conv1d, Conv2d, Input, Output
from nir_core.targets._network import POOLS, WEIGHTED, Layer, Network
from nir_core.targets._table import Limit
from nir_core.targets._violation import Violation

__all__ = ["core_sizes", "place_layers", "rules"]

Found = Iterator[Violation]


def _pair(value: Any) -> str:
    return f"{value[0]}x{value[1]}"


def spiking_cores(net: Network, limit: Limit) -> Found:
    """Each weighted layer with its spiking neurons takes a core."""
    count = len(net.layers)
    if count > limit.value:
        change = f"remove {count - limit.value} weighted layers; fuse joins those without neurons"
        yield Violation(
            "spiking_cores", "", f"{limit.value} layers", str(count), change, limit.source
        )
    for name in net.weighted:
        behind = net.neighbours(name, behind=True, stop=(*SPIKING, *WEIGHTED, *POOLS, Output))
        for other in behind:
            node = net.nodes[other]
            if isinstance(node, SPIKING):
                continue
            if isinstance(node, POOLS):
                got, change = "a pooling before the neurons", "fuse the two, or pool the spikes"
            else:
                got, change = f"no neurons before /{other}", "put an IF behind the layer"
            allowed = "neurons behind each layer"
            yield Violation("spiking_cores", name, allowed, got, change, limit.source)
    for name in net.neurons:
        before = net.neighbours(name, behind=False, stop=(*SPIKING, *WEIGHTED, Input))
        if any(not isinstance(net.nodes[other], WEIGHTED) for other in before):
            change = "put a 1x1 convolution with one group per channel, as a full weight, before"
            allowed = "a weight before the neurons"
            yield Violation("spiking_cores", name, allowed, "none", change, limit.source)


def _bits(count: int) -> int:
    return ceil(log2(count)) if count > 1 else 0


def core_sizes(layer: Layer) -> tuple[int, int, int]:
    """Give the entries for kernels, neurons and biases that a layer takes.

    Kernel positions and output channels, and the height and width of a map, are each rounded
    up to a power of two, since they are parts of an address.

    Args:
        layer: the layer.

    Returns:
        (kernel, neuron, bias) entries.

    Example:
        >>> core_sizes(Layer("conv", (2, 8), (3, 3), (32, 32), False, ()))
        (256, 8192, 0)
    """
    taken, given = layer.channels
    kernel = taken << (_bits(layer.kernel[0] * layer.kernel[1]) + _bits(given))
    neuron = given << (_bits(layer.size[0]) + _bits(layer.size[1]))
    return kernel, neuron, given if layer.biased else 0


def _holds(core: Any, need: tuple[int, int, int]) -> bool:
    return all(n <= c for n, c in zip(need, core, strict=True))


def place_layers(needs: list[tuple[int, int, int]], cores: list[Any]) -> dict[int, int] | None:
    """Give each layer a core that is large enough, or None when that is not possible.

    Args:
        needs: entries that each layer takes.
        cores: entries that each core has.

    Returns:
        Index of the core by index of the layer.

    Example:
        >>> place_layers([(1, 1, 0), (5, 1, 0)], [[9, 9, 9], [2, 2, 2]])
        {1: 0, 0: 1}
    """
    fits = [
        [all(n <= c for n, c in zip(need, core, strict=True)) for core in cores] for need in needs
    ]
    holder: dict[int, int] = {}

    def place(layer: int, tried: set[int]) -> bool:
        for core in range(len(cores)):
            if fits[layer][core] and core not in tried:
                tried.add(core)
                if core not in holder or place(holder[core], tried):
                    holder[core] = layer
                    return True
        return False

    if not all(place(layer, set()) for layer in range(len(needs))):
        return None
    return {layer: core for core, layer in holder.items()}


def core_memory(net: Network, limit: Limit) -> Found:
    """Kernels, neurons and biases of a layer fit into one core, each layer into its own."""
    needs = [core_sizes(layer) for layer in net.layers]
    alone = True
    for layer, need in zip(net.layers, needs, strict=True):
        if any(_holds(core, need) for core in limit.value):
            continue
        alone = False
        yield _too_large(layer, need, limit)
    if alone and len(needs) <= len(limit.value) and place_layers(needs, limit.value) is None:
        largest = max(range(len(needs)), key=lambda i: needs[i])
        yield Violation(
            "core_memory",
            net.layers[largest].name,
            "a core of its own for each layer",
            "too many layers that need a large core",
            "halve the channels or the kernel of one of the large layers",
            limit.source,
        )


def _too_large(layer: Layer, need: tuple[int, int, int], limit: Limit) -> Violation:
    kernel, neuron, bias = need
    most = [max(core[i] for core in limit.value) for i in range(3)]
    out = layer.channels[1]
    while out > 1:  # fewer output channels shrink both kernels and neurons
        out -= 1
        less = core_sizes(Layer("", (layer.channels[0], out), layer.kernel, layer.size, False, ()))
        if any(less[0] <= core[0] and less[1] <= core[1] for core in limit.value):
            change = f"at most {out} output channels"
            break
    else:
        change = "a smaller kernel, fewer input channels, or a larger stride or pooling before"
    return Violation(
        "core_memory",
        layer.name,
        f"up to {most[0]:,} kernel and {most[1]:,} neuron entries, not both in one core",
        f"{kernel:,} kernel, {neuron:,} neuron and {bias:,} bias entries",
        change,
        limit.source,
    )


def input_size(net: Network, limit: Limit) -> Found:
    """The image that comes in is not larger than the sensor's."""
    for name in net.inputs:
        shape = net.shape(name)
        if len(shape) == 3 and (shape[1] > limit.value[0] or shape[2] > limit.value[1]):
            change = f"pool or crop the input to {_pair(limit.value)}"
            yield Violation(
                "input_size", name, _pair(limit.value), _pair(shape[1:]), change, limit.source
            )


def feature_map(net: Network, limit: Limit) -> Found:
    """The map that a layer puts out is not larger than a core addresses."""
    for layer in net.layers:
        if layer.size[0] > limit.value[0] or layer.size[1] > limit.value[1]:
            node = net.nodes[layer.name]
            step = node._spatial("stride")[-1] if isinstance(node, (Conv1d, Conv2d)) else 1
            factor = max(n / m for n, m in zip(layer.size, limit.value, strict=True))
            change = f"a stride of {2 ** ceil(log2(factor)) * step}, or pool before the layer"
            got = _pair(layer.size)
            yield Violation(
                "feature_map", layer.name, _pair(limit.value), got, change, limit.source
            )


def channels(net: Network, limit: Limit) -> Found:
    """Channels in and out stay within the address."""
    for layer in net.layers:
        if max(layer.channels) > limit.value:
            change = f"at most {limit.value} channels"
            got = str(max(layer.channels))
            yield Violation("channels", layer.name, str(limit.value), got, change, limit.source)


def kernel(net: Network, limit: Limit) -> Found:
    """Kernels, and matrices over an image, are not larger than a core's kernel; no dilation."""
    for layer in net.layers:
        node = net.nodes[layer.name]
        allowed = _pair(limit.value)
        if layer.kernel[0] > limit.value[0] or layer.kernel[1] > limit.value[1]:
            least = [min(k, m) for k, m in zip(layer.kernel, limit.value, strict=True)]
            if isinstance(node, (Conv1d, Conv2d)):
                change = f"a kernel of {_pair(least)}"
            else:
                change = f"pool the image before it to at most {_pair(limit.value)}"
            yield Violation(
                "kernel", layer.name, allowed, _pair(layer.kernel), change, limit.source
            )
        if not isinstance(node, (Conv1d, Conv2d)):
            continue
        if max(node._spatial("dilation")) > 1:
            gaps = node._spatial("dilation")
            kernel_size = np.shape(node.weight)[2:]
            size = [(k - 1) * d + 1 for k, d in zip(kernel_size, gaps, strict=True)]
            change = f"the kernel with zeros in its gaps, {'x'.join(map(str, size))}"
            yield Violation(
                "kernel", layer.name, "no dilation", str(node.dilation), change, limit.source
            )
        if node.groups > 1:
            change = "a full weight with zeros between the groups"
            yield Violation(
                "kernel", layer.name, "one group", str(node.groups), change, limit.source
            )


def strides(net: Network, limit: Limit) -> Found:
    """Strides are among those that the address logic knows."""
    for layer in net.layers:
        node = net.nodes[layer.name]
        if not isinstance(node, (Conv1d, Conv2d)):
            continue
        for step in sorted(set(node._spatial("stride"))):
            if step not in limit.value:
                nearest = min(limit.value, key=lambda s: (abs(s - step), s))
                yield Violation(
                    "strides",
                    layer.name,
                    ", ".join(map(str, limit.value)),
                    str(step),
                    f"a stride of {nearest}",
                    limit.source,
                )


def padding(net: Network, limit: Limit) -> Found:
    """Zeros are the same before and after, and not too many."""
    for layer in net.layers:
        node = net.nodes[layer.name]
        if not isinstance(node, (Conv1d, Conv2d)):
            continue
        for before, after in node.pads():
            if max(before, after) > limit.value or before != after:
                got = str(before) if before == after else f"{before} before and {after} after"
                nearest = min(max(before, after), limit.value)
                change = f"{nearest} at both sides"
                allowed = f"0 to {limit.value} at both sides"
                yield Violation("padding", layer.name, allowed, got, change, limit.source)
                break


def pools(net: Network, limit: Limit) -> Found:
    """Spikes are pooled in whole windows of few sizes."""
    for name, node in net.nodes.items():
        if not isinstance(node, POOLS):
            continue
        size, step = node.kernel_size, node.stride
        nearest = min(limit.value, key=lambda s: (abs(s - max(size)), s))
        fits = size == step and size[0] == size[1] and size[0] in limit.value
        if isinstance(node, AvgPool2d):
            change = (
                f"SumPool2d, with the weights behind it divided by {size[0] * size[1]}, "
                "gives the same"
            )
            yield Violation("pools", name, "sums of spikes", "AvgPool2d", change, limit.source)
        if not fits or any(node.padding):
            got = f"{_pair(size)} every {_pair(step)}"
            got += f" with padding {_pair(node.padding)}" if any(node.padding) else ""
            allowed = ", ".join(f"{n}x{n}" for n in limit.value) + " without overlap or padding"
            yield Violation(
                "pools", name, allowed, got, f"{nearest}x{nearest} windows", limit.source
            )


def layer_fan_out(net: Network, limit: Limit) -> Found:
    """A layer sends its spikes to few others."""
    for name in [*net.inputs, *(layer.name for layer in net.layers)]:
        behind = net.neighbours(name, behind=True, stop=(*WEIGHTED, Output))
        if len(behind) > limit.value:
            change = f"compute the layer {ceil(len(behind) / limit.value)} times, in several cores"
            yield Violation(
                "layer_fan_out",
                name,
                f"{limit.value} layers",
                str(len(behind)),
                change,
                limit.source,
            )


rules = {
    "spiking_cores": spiking_cores,
    "core_memory": core_memory,
    "input_size": input_size,
    "feature_map": feature_map,
    "channels": channels,
    "kernel": kernel,
    "strides": strides,
    "padding": padding,
    "pools": pools,
    "layer_fan_out": layer_fan_out,
}
