"""Step e: the same recording live, over UDP and from an emulated camera, into the same network."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

import torch

import aestream_io
import hw_drivers
from aestream_io.sources.udp import UdpSource
from corpus.digits import SAMPLE_US
from demo.network import classify, fit_to_network, to_tensor
from neuro_kernels import Events
from norse_lite import SequentialState

QUIET_S = 2  # after which a stream with losses counts as over


@dataclass(frozen=True)
class Live:
    """What one way of streaming delivered.

    Args:
        name: the way.
        events: events received.
        sent: events sent.
        lost: events or packets lost, as counted on the way.
        scores: class scores (n, 10) of the windows that the network saw.
    """

    name: str
    events: int
    sent: int
    lost: int
    scores: torch.Tensor


def from_packets(
    network: SequentialState, packets: Iterable[Events], *, start_us: int, count: int
) -> tuple[int, torch.Tensor]:
    """Cut a stream into the network's samples and classify each.

    Returns:
        Number of events seen and class scores (count, 10).
    """
    received = Events.concatenate(list(packets))
    fitted = fit_to_network(received)
    samples = [to_tensor(fitted, start_us=start_us + k * SAMPLE_US) for k in range(count)]
    return len(received), classify(network, samples)


def over_udp(network: SequentialState, events: Events, *, start_us: int, count: int) -> Live:
    """Send a recording to this machine's loopback address and classify what arrives."""
    width, height = events.size
    address = f"udp:127.0.0.1:0?size={width}x{height}&timeout={QUIET_S}s"
    source = aestream_io.open(address)
    assert isinstance(source, UdpSource)
    with source:
        sender = threading.Thread(
            target=aestream_io.route, args=(events, f"udp:127.0.0.1:{source.port}")
        )
        sender.start()
        packets, seen = [], 0
        for packet in source:
            packets.append(packet)
            seen += len(packet)
            if seen >= len(events):
                break
        sender.join()
        lost = source.stats.lost_events
    got, scores = from_packets(network, packets, start_us=start_us, count=count)
    return Live("UDP on the loopback address", got, len(events), lost, scores)


def from_camera(network: SequentialState, events: Events, *, start_us: int, count: int) -> Live:
    """Play a recording through the emulated camera and classify what its driver decodes."""
    with hw_drivers.emulate("evk4", events=events, realtime=False) as device:
        decoded = [packet.events for packet in device.packets()]
        lost = device.health().lost_packets
    # The recording lies in the upper left corner of the camera's larger sensor.
    packets = [Events(e.t, e.x, e.y, e.p, size=events.size) for e in decoded]
    got, scores = from_packets(network, packets, start_us=start_us, count=count)
    return Live("emulated EVK4 camera", got, len(events), lost, scores)
