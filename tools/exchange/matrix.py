"""Every peer with every network, in both directions: one row each."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

import nir_core as nc
from exchange.networks import NETWORKS, integrate, lif, spikes
from exchange.peers import PEERS, Peer

SAME, DIFFERENT, REFUSED = "same", "different", "refused"


@dataclass(frozen=True)
class Row:
    """What happened with one network in one direction.

    Attributes:
        peer: name and version of the framework.
        nir: version of the nir package it used.
        direction: "to the peer" or "from the peer".
        network: which network.
        outcome: "same", "different" or "refused".
        detail: numbers, or the first line of the error.
    """

    peer: str
    nir: str
    direction: str
    network: str
    outcome: str
    detail: str

    @property
    def key(self) -> tuple[str, ...]:
        """What the row is about, without what came of it."""
        return self.peer, self.nir, self.direction, self.network

    def as_dict(self) -> dict[str, str]:
        """Give the row for a JSON file."""
        return asdict(self)


@contextlib.contextmanager
def quiet() -> Any:
    """The importers print, log and warn."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def compare(theirs: np.ndarray, ours: np.ndarray) -> tuple[str, str]:
    """Give the outcome for two outputs (steps, ...)."""
    ours = ours.reshape(len(ours), -1)
    if theirs.shape != ours.shape:
        return DIFFERENT, f"shape {theirs.shape} against {ours.shape}"
    wrong = int(np.count_nonzero(theirs != ours))
    counts = f"{theirs.sum():g} spikes there, {ours.sum():g} here"
    if not wrong:
        return SAME, f"0 of {ours.size} elements differ, {counts}"
    return DIFFERENT, f"{wrong} of {ours.size} elements differ, {counts}"


def attempt(action: Callable[[], tuple[str, str]]) -> tuple[str, str]:
    """Give the outcome of an exchange that may fail on either side."""
    try:
        with quiet():
            return action()
    except Exception as error:
        lines = str(error).strip().splitlines() or [""]
        return REFUSED, f"{type(error).__name__}: {lines[0][:100]}"


def to_peer(peer: Peer, network: str, path: Path) -> tuple[str, str]:
    """Write here, import and run there, and compare with `nir_core.run`."""
    make = NETWORKS[network]
    if make is integrate:
        graph = integrate(peer.dt, peer.r)
    else:
        graph = lif(peer.dt, peer.lif_r) if make is lif else make(peer.dt)
    nc.write(path, graph)
    (entry,) = graph.inputs.values()
    assert entry.shape is not None
    x = spikes(entry.shape)
    theirs = peer.runner(path)(x)
    return compare(theirs, nc.run(graph, x, dt=peer.dt, profile=peer.profile).output)


def from_peer(peer: Peer, path: Path) -> tuple[str, str]:
    """Export there, read and run here, and compare with what the peer itself computes."""
    graph, run = peer.export(path)
    graph = nc.NIRGraph(graph.nodes, graph.edges, graph.metadata, type_check=False)
    x = spikes((4,))
    theirs = run(x)
    rules = peer.layers or peer.profile
    ours = nc.run(graph.infer_types(), x, dt=peer.dt, profile=rules, dtype="float32").output
    return compare(theirs, ours)


def through_nir(network: str, path: Path) -> tuple[str, str]:
    """Write here, read and write with nir itself, read here again."""
    nir: Any = import_module("nir")
    graph = NETWORKS[network](1e-4).infer_types()
    nc.write(path, graph)
    objects = nir.read(str(path))
    there = nc.from_nir(objects, type_check=False)
    nir.write(str(path), objects)
    back = nc.read(path)
    for other in (there, back):
        if dict(other.nodes) != dict(graph.nodes) or set(other.edges) != set(graph.edges):
            return DIFFERENT, "nodes or edges differ"
    return SAME, f"{len(graph.nodes)} nodes, {len(graph.edges)} edges"


def rows() -> list[Row]:
    """Exchange networks with nir itself and with every framework that is installed."""
    found = []
    used = f"nir {version('nir')}"
    with tempfile.TemporaryDirectory() as folder:
        for network in NETWORKS:
            path = Path(folder) / "graph.nir"
            outcome = attempt(lambda: through_nir(network, path))  # noqa: B023
            found.append(Row(used, used, "there and back", network, *outcome))
    for name, make in PEERS.items():
        try:
            label = f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
        peer = make()
        broken = attempt(lambda: (SAME, str(import_module(name))))  # noqa: B023
        if broken[0] == REFUSED:
            raise SystemExit(f"exchange: {name} is installed but cannot be imported: {broken[1]}")
        with tempfile.TemporaryDirectory() as folder:
            for network in NETWORKS:
                path = Path(folder) / "ours.nir"
                outcome = attempt(lambda: to_peer(peer, network, path))  # noqa: B023
                found.append(Row(label, used, "to the peer", network, *outcome))
            path = Path(folder) / "theirs.nir"
            outcome = attempt(lambda: from_peer(peer, path))  # noqa: B023
            found.append(Row(label, used, "from the peer", "its own layers", *outcome))
    return found
