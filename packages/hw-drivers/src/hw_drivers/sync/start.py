"""Cameras with one time base are started in the right order, and checked on trigger edges."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hw_drivers.device import Device
from hw_drivers.errors import DeviceDisconnected, SynchronizationError
from hw_drivers.packet import Packet
from hw_drivers.sync.edges import SyncReport, compare_edges

__all__ = ["LookedAt", "Start"]

_MAX_LATENCY_S = 2e-3
_TICK_S = 20e-3  # a camera in the dark does not hold the others back
_EDGES = 4  # compared before the cameras are handed out


class LookedAt:
    """The packets of a device, of which the first ones were looked at and are given again.

    Args:
        device: a device that streams.
    """

    def __init__(self, device: Device[Any]) -> None:
        self.device = device
        self.seen: list[Packet] = []
        self.lost: DeviceDisconnected | None = None
        self._packets = device.packets(max_latency=_MAX_LATENCY_S, tick=_TICK_S)

    def begin(self, *, again: bool) -> None:
        """Start the stream; `again` says that it was interrupted before."""
        with self._noticing():
            if again:
                self.device._begin(disconnected=True)
            else:
                self.device.start()

    def look(self) -> bool:
        """Keep a packet that comes within a quarter of a second; whether one came."""
        with self._noticing():
            packet = self.device._poll()
        if packet is not None:
            self.seen.append(packet)
        return packet is not None

    def __iter__(self) -> Iterator[Packet]:
        return self

    def __next__(self) -> Packet:
        if self.seen:
            return self.seen.pop(0)
        with self._noticing():
            return next(self._packets)

    @contextlib.contextmanager
    def _noticing(self) -> Iterator[None]:
        """Keep in mind that the device left."""
        try:
            yield
        except DeviceDisconnected as error:
            self.lost = error
            raise


@dataclass(frozen=True)
class Start:
    """How cameras are started.

    Args:
        devices: the open devices, which know whether they are primary or secondary.
        primary: place of the one that gives the time base.
        verify: as of `open_synchronized`.
        timeout_s: seconds to wait for each step.
        tolerance_us: how far the time of an edge may differ between cameras.
    """

    devices: tuple[Device[Any], ...]
    primary: int
    verify: bool | None
    timeout_s: float
    tolerance_us: int

    def first(self) -> tuple[list[LookedAt], SyncReport]:
        """Start the secondary cameras, then the primary one, and check what they send.

        Returns:
            Their packets from now on, those that were looked at included, and the findings.

        Raises:
            SynchronizationError: a camera gets no time base, or the edges do not agree.
        """
        return self._begin([LookedAt(device) for device in self.devices], again=False)

    def again(
        self, streams: Sequence[LookedAt], limit: bool | float
    ) -> tuple[list[LookedAt], SyncReport]:
        """Start all cameras anew once those that have left are back.

        Their time begins anew, which only a start in the right order keeps in common.

        Args:
            streams: those before, one of which has told that its device left.
            limit: as `reconnect` of `Device.packets`.

        Raises:
            DeviceDisconnected: a camera is not back in time.
            SynchronizationError: as for `first`.
        """
        while True:
            lost = {place: s.lost for place, s in enumerate(streams) if s.lost is not None}
            for place, device in enumerate(self.devices):
                if place not in lost:
                    try:
                        device.stop()
                    except DeviceDisconnected as error:
                        lost[place] = error
            for place, error in lost.items():
                self.devices[place]._come_back(limit, error)
            streams = [LookedAt(device) for device in self.devices]
            try:
                return self._begin(streams, again=True)
            except DeviceDisconnected:
                continue  # one left again meanwhile

    def _begin(self, streams: list[LookedAt], *, again: bool) -> tuple[list[LookedAt], SyncReport]:
        giver = streams[self.primary]
        for stream in (*(s for s in streams if s is not giver), giver):
            stream.begin(again=again)
        self._await_time_base(streams)
        return streams, self._check(streams)

    def _await_time_base(self, streams: Sequence[LookedAt]) -> None:
        """Wait until every camera has sent something."""
        deadline = time.monotonic() + self.timeout_s
        giver = self.devices[self.primary]
        for stream in sorted(streams, key=lambda s: s.device is not giver):
            device = stream.device
            while not stream.seen and not stream.look():
                if time.monotonic() > deadline:
                    raise SynchronizationError(
                        f"{device.info.uri} sends nothing {self.timeout_s:g} s after "
                        f"{giver.info.uri} was started: it gets no time base; connect the "
                        "synchronisation output of the primary camera to its synchronisation "
                        "input, or name another primary camera"
                        if device is not giver
                        else f"{device.info.uri}, the primary camera, sends nothing; open it "
                        "alone, and look at its cable"
                    )
                time.sleep(1e-3)

    def _check(self, streams: Sequence[LookedAt]) -> SyncReport:
        """Compare the edges that all cameras saw."""
        verify, timeout_s = self.verify, self.timeout_s
        deadline = time.monotonic() + (timeout_s if verify else min(timeout_s, 0.2))
        if verify is not False:
            for stream in streams:
                while _edge_count(stream.seen) < _EDGES and time.monotonic() < deadline:
                    if not stream.look() and stream.device.finished:
                        break
        edges = [_edges(stream.seen) for stream in streams]
        giver = self.devices[self.primary].info.uri
        found = [
            compare_edges(stream.device.info.uri, edges[self.primary], own)
            for stream, own in zip(streams, edges, strict=True)
        ]
        compared = min((camera.edges for camera in found), default=0)
        for camera in found:
            if verify is not False and camera.edges and camera.max_offset_us > self.tolerance_us:
                raise SynchronizationError(
                    f"{camera.uri} tells trigger edges up to {camera.max_offset_us} us away from "
                    f"{giver}: the cameras do not share a time base; check that the "
                    "synchronisation cable goes from the output of the primary camera to the "
                    "input of each other one"
                )
        if verify and not compared:
            blind = [camera.uri for camera in found if not camera.edges]
            raise SynchronizationError(
                f"{', '.join(blind)} saw no edge that the others saw in {timeout_s:g} s; feed one "
                "signal to the trigger inputs of all cameras, or open them with verify=None"
            )
        return SyncReport(giver, bool(compared), tuple(found))


def _edge_count(packets: Sequence[Packet]) -> int:
    return sum(0 if p.triggers is None else len(p.triggers) for p in packets)


def _edges(packets: Sequence[Packet]) -> np.ndarray:
    """Times and levels of edges, (n, 2) int64."""
    parts = [
        np.stack([np.asarray(p.triggers.t), np.asarray(p.triggers.value, np.int64)], axis=1)
        for p in packets
        if p.triggers is not None and len(p.triggers)
    ]
    return np.concatenate(parts) if parts else np.empty((0, 2), np.int64)
