"""Step d: a recording live, over UDP and from an emulated camera, into the trained network."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

import aestream_io
import hw_drivers
from aestream_io.sources.udp import UdpSource
from neuro_kernels import Events
from norse_lite import SequentialState
from norse_lite.pipeline import Layout, scores, to_frames

QUIET_S = 2  # after which a stream with losses counts as over


@dataclass(frozen=True)
class Live:
    """What one way of streaming delivered.

    Args:
        name: the way.
        events: events received.
        sent: events sent.
        lost: events or packets lost, as counted on the way.
        scores: class scores (n, classes) of the windows that the network saw.
    """

    name: str
    events: int
    sent: int
    lost: int
    scores: torch.Tensor


@dataclass(frozen=True)
class Classifier:
    """A trained network, and how it sees events."""

    network: SequentialState
    layout: Layout

    @torch.no_grad()
    def from_packets(
        self, packets: Iterable[Events], *, start_us: int, count: int
    ) -> tuple[int, torch.Tensor]:
        """Cut a stream into the network's samples and score each.

        Returns:
            Number of events seen and class scores (count, classes).
        """
        received = Events.concatenate(list(packets))
        fitted = middle_square(received)
        starts = [start_us + k * self.layout.duration_us for k in range(count)]
        if not starts:
            return len(received), torch.zeros(0)
        frames = np.stack([to_frames(fitted, self.layout, start_us=one) for one in starts], 1)
        return len(received), scores(self.network(torch.from_numpy(frames).float())[0])


def middle_square(events: Events) -> Events:
    """Leave out what lies beside the middle square of a sensor that is wider than high."""
    side = min(events.size)
    left, top = (events.size[0] - side) // 2, (events.size[1] - side) // 2
    if left == top == 0:
        return events
    inside = (
        (events.x >= left) & (events.x < left + side) & (events.y >= top) & (events.y < top + side)
    )
    kept = events[inside]
    x, y = (kept.x - left).astype(np.uint16), (kept.y - top).astype(np.uint16)
    return Events(kept.t, x, y, kept.p, size=(side, side))


def over_udp(classifier: Classifier, events: Events, *, start_us: int, count: int) -> Live:
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
    got, found = classifier.from_packets(packets, start_us=start_us, count=count)
    return Live("UDP on the loopback address", got, len(events), lost, found)


def from_camera(classifier: Classifier, events: Events, *, start_us: int, count: int) -> Live:
    """Play a recording through the emulated camera and classify what its driver decodes."""
    with hw_drivers.emulate("evk4", events=events, realtime=False) as device:
        decoded = [packet.events for packet in device.packets()]
        lost = device.health().lost_packets
    # The recording lies in the upper left corner of the camera's larger sensor.
    packets = [Events(e.t, e.x, e.y, e.p, size=events.size) for e in decoded]
    got, found = classifier.from_packets(packets, start_us=start_us, count=count)
    return Live("emulated EVK4 camera", got, len(events), lost, found)
