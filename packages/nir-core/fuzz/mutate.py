"""Random damage to files: of any bytes, and of what HDF5, .nirz and text files are made of."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import h5py
import numpy as np

__all__ = ["MUTATORS", "samples"]

TEXTS = ["", "LIF", "NIRGraph", "Input", "Affine", "é", "a/b", "..", "x" * 3000, "1.0.8", "99.0.0"]
NUMBERS: list[Any] = [0, -1, 1, 2**31, 2**63 - 1, -(2**63), 1e308, -1e308, 1e-320]
NUMBERS += [float("nan"), float("inf")]
DTYPES = ["f8", "f4", "f2", "i8", "u1", "i2", "?", "c16", "S5", ">f8", ">i4"]


def random_array(rng: random.Random) -> Any:
    """Give an array, number or text of any kind that HDF5 can hold."""
    kind = rng.randrange(6)
    if kind == 0:
        return rng.choice(TEXTS)
    if kind == 1:
        return np.array([rng.choice(TEXTS) for _ in range(rng.randrange(4))], dtype=object)
    shape = tuple(rng.choice([0, 1, 2, 3, 5]) for _ in range(rng.randrange(4)))
    array = np.zeros(shape, rng.choice(DTYPES))
    if array.size and array.dtype.kind in "fc":
        array[...] = rng.choice(NUMBERS)
    elif array.size and array.dtype.kind in "iu":
        array[...] = np.iinfo(array.dtype).max if rng.random() < 0.5 else rng.randrange(100)
    return array


def _objects(file: h5py.File) -> list[str]:
    names: list[str] = []
    file.visit(names.append)
    return names


def _put(group: Any, name: str, value: Any) -> None:
    if isinstance(value, np.ndarray) and value.dtype == object:
        group.create_dataset(name, data=value, dtype=h5py.string_dtype())
    else:
        group[name] = value


def _one_edit(file: h5py.File, rng: random.Random) -> None:
    names = _objects(file)
    if not names:
        return
    path = rng.choice(names)
    parent, _, last = path.rpartition("/")
    group = file[parent or "/"]
    action = rng.randrange(11)
    if action == 0:
        del group[last]
    elif action == 1:
        del group[last]
        _put(group, last, random_array(rng))
    elif action == 2:
        _put(group, f"{rng.choice(TEXTS[1:5])}{rng.randrange(9)}", random_array(rng))
    elif action == 3:
        group.move(last, f"renamed {rng.randrange(9)}")
    elif action == 4:
        del group[last]
        group[last] = rng.choice(
            [h5py.SoftLink(rng.choice(names)), h5py.ExternalLink("other.h5", "/node")]
        )
    elif action == 5:
        group[f"again {rng.randrange(9)}"] = file[rng.choice(names)]  # a second hard link
    elif action == 6:
        file.copy(file[rng.choice(names)], group, name=f"copy {rng.randrange(9)}")
    elif action == 7:
        target = file[path]
        target.attrs[rng.choice(["__type__", "dt", "broadcast_from", "inferred", "x"])] = (
            random_array(rng)
        )
    elif action == 8:
        kinds = [name for name in names if name.rpartition("/")[2] == "type"]
        if kinds:
            file[rng.choice(kinds)][()] = rng.choice(TEXTS)
    elif action == 9:
        edges = [name for name in names if name.rpartition("/")[2] == "edges"]
        if edges:
            name = rng.choice(edges)
            pairs = np.array(file[name][()], dtype=object)
            if pairs.size:
                pairs.flat[rng.randrange(pairs.size)] = rng.choice([*TEXTS, "lif", "input"])
                del file[name]
                _put(file, name, pairs)
    else:
        found = file[path]
        if isinstance(found, h5py.Dataset) and found.dtype.kind in "fiu" and found.size:
            values = np.array(found[()])
            with np.errstate(all="ignore"):
                values.flat[rng.randrange(values.size)] = np.array(rng.choice(NUMBERS)).astype(
                    values.dtype
                )
            found[...] = values


def hdf5_edits(data: bytes, rng: random.Random) -> bytes:
    """Change groups, datasets, links and attributes of an HDF5 file."""
    memory = io.BytesIO(data)
    with h5py.File(memory, "r+") as file:
        for _ in range(rng.randint(1, 4)):
            try:
                _one_edit(file, rng)
            except (KeyError, ValueError, TypeError, OSError, RuntimeError, OverflowError):
                continue  # an edit that HDF5 itself refuses
    return memory.getvalue()


def _json_edit(value: Any, rng: random.Random) -> Any:
    """Replace, drop or repeat something somewhere inside a JSON value."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(list(value))
        if rng.random() < 0.15:
            return {k: v for k, v in value.items() if k != key}
        if rng.random() < 0.1:
            return {**value, rng.choice([*TEXTS, "$array", "$float", "$dict"]): value[key]}
        return {**value, key: _json_edit(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.85:
        place = rng.randrange(len(value))
        if rng.random() < 0.2:
            return value[:place] + value[place + rng.randrange(2) :]
        return [*value[:place], _json_edit(value[place], rng), *value[place + 1 :]]
    return rng.choice(
        [None, True, [], {}, [value], {"type": "LIF"}, 1.5, *TEXTS, *NUMBERS[:6], 10**40]
    )


def nirz_edits(data: bytes, rng: random.Random) -> bytes:
    """Change the JSON header of a .nirz file and put it together again."""
    size = int.from_bytes(data[8:16], "little")
    header, blob = json.loads(data[16 : 16 + size]), data[16 + size :]
    for _ in range(rng.randint(1, 3)):
        header = _json_edit(header, rng)
    text = json.dumps(header).encode()
    text += b" " * (-(16 + len(text)) % 64)
    if rng.random() < 0.1:
        blob = blob[: rng.randrange(len(blob) + 1)]
    return data[:8] + len(text).to_bytes(8, "little") + text + blob


def text_edits(data: bytes, rng: random.Random) -> bytes:
    """Change lines and words of a text file."""
    lines = data.decode().split("\n")
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(lines))
        action = rng.randrange(5)
        if action == 0:
            del lines[place]
            lines = lines or [""]
        elif action == 1:
            lines.insert(place, rng.choice(lines))
        elif action == 2:
            lines[place] = " " * rng.randrange(6) + lines[place].lstrip()
        elif action == 3:
            words = lines[place].split(" ")
            words[rng.randrange(len(words))] = str(rng.choice([*TEXTS, *NUMBERS, "[", "]", '"']))
            lines[place] = " ".join(words)
        else:
            other = rng.randrange(len(lines))
            lines[place], lines[other] = lines[other], lines[place]
    return "\n".join(lines).encode("utf-8", "replace")


def byte_edits(data: bytes, rng: random.Random) -> bytes:
    """Flip, overwrite, insert, cut and move bytes, whatever they mean."""
    content = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(len(content) + 1)
        action = rng.randrange(6)
        if action == 0 and place < len(content):
            content[place] ^= 1 << rng.randrange(8)
        elif action == 1:
            content[place : place + 1] = bytes([rng.choice([0, 1, 0x7F, 0x80, 0xFF])])
        elif action == 2:
            size = rng.choice([2, 4, 8])
            value = rng.choice([0, 1, 2 ** (8 * size) - 1, 2 ** (8 * size - 1), 1 << 12])
            content[place : place + size] = value.to_bytes(size, "little")
        elif action == 3 and rng.random() < 0.2:
            del content[place:]
        elif action == 4 and rng.random() < 0.3:
            content[place:place] = rng.randbytes(rng.randint(1, 16))
        else:
            source = rng.randrange(len(content) + 1)
            piece = content[source : source + rng.choice([1, 4, 8, 32])]
            content[place : place + len(piece)] = piece
    return bytes(content)


Mutator = Callable[[bytes, random.Random], bytes]
MUTATORS: dict[str, tuple[Mutator, ...]] = {
    "nir": (hdf5_edits, byte_edits),
    "data": (hdf5_edits, byte_edits),
    "nirz": (nirz_edits, byte_edits),
    "text": (text_edits, byte_edits),
}


def samples() -> dict[str, list[bytes]]:
    """Give good files of each kind."""
    import nir_core as nc

    rng = np.random.default_rng(0)
    lif = nc.LIF(np.full(4, 0.01), np.ones(4), np.zeros(4), np.ones(4))
    inner = nc.NIRGraph.from_list(lif, nc.CubaLIF(0.01, 0.02, 1.0, 0.0, np.ones(4)))
    nodes = {
        "input": nc.Input((1, 8, 8)),
        "conv": nc.Conv2d(None, rng.normal(size=(2, 1, 3, 3)), 2, "valid", 1, 1, np.zeros(2)),
        "pool": nc.SumPool2d(2, 1, 0),
        "flat": nc.Flatten(None, 0),
        "fc": nc.Affine(rng.normal(size=(4, 8)), np.zeros(4)),
        "block": inner,
        "delay": nc.Delay(0.001),
        "output": nc.Output(None),
    }
    names = list(nodes)
    edges = [*pairwise(names), ("delay", "block")]
    metadata = {"a": {"b": [1, 2], "c": "text"}, "w": np.arange(3)}
    deep = nc.NIRGraph(nodes, edges, metadata)
    wide = nc.NIRGraph.from_list(nc.Linear(rng.normal(size=(40, 30))), nc.Threshold(np.ones(40)))
    grid = nc.TimeGriddedData(np.eye(4, dtype=bool)[None], 1e-3)
    events = grid.to_event()
    valued = nc.ValuedEventData(events.idx, events.time, 4, 0.004, np.ones(events.shape))
    node = nc.NIRNodeData({"spikes": events, "v": grid, "i": valued})
    data = nc.NIRGraphData({"lif": node, "block": nc.NIRGraphData({"lif": node})})
    found: dict[str, list[bytes]] = {"nir": [], "nirz": [], "text": [], "data": []}
    for graph in (deep, wide):
        for kind in ("nir", "nirz", "text"):
            file = io.BytesIO()
            nc.write(file, graph, format=kind)
            found[kind].append(file.getvalue())
    memory = io.BytesIO()
    # Without checksums, as the nir package writes.
    with h5py.File(memory, "w") as file, h5py.File(io.BytesIO(found["nir"][0])) as good:
        for name in good:
            good.copy(good[name], file)
    found["nir"].append(memory.getvalue())
    file = io.BytesIO()
    nc.save_data(file, data)
    found["data"].append(file.getvalue())
    return found
