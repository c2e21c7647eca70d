"""What the streams of iniVation's cameras share: time, edges, samples, counts, gaps."""

import dataclasses

import numpy as np

from hw_drivers.packet import Decoded, Frame
from hw_drivers.words.inivation import MISC_8, Special
from hw_drivers.words.inivation_imu import ImuReader
from neuro_kernels import words
from neuro_kernels.codecs import DecodeCounts, Triggers

__all__ = ["InivationStream"]

_SAMPLE = 4  # code of what the frame sensor reads

# Special words of edges: (id, value); id 0 is the input, 1 its pulses, 2 the pulse generator.
_EDGES = {
    Special.FALLING_EDGE: (0, 0),
    Special.RISING_EDGE: (0, 1),
    Special.PULSE: (1, 1),
    Special.GENERATOR_FALLING_EDGE: (2, 0),
    Special.GENERATOR_RISING_EDGE: (2, 1),
}


class InivationStream:
    """Decodes transfers one after the other.

    After a gap events are left out until time and place were told again, and a frame or sample
    that was begun is dropped.

    Args:
        decoder: turns bytes into events, and splits off what is neither event nor time.
        imu: puts inertial samples together.
    """

    def __init__(self, decoder: words.WordDecoder, imu: ImuReader) -> None:
        self._decoder = decoder
        self._imu = imu
        self._unknown = self._triggers = self._untimed = 0
        self.skipped_bytes = 0

    @property
    def report(self) -> DecodeCounts:
        """What became of the bytes up to now."""
        report = self._decoder.report
        return dataclasses.replace(
            report,
            triggers=self._triggers,
            before_time=report.before_time + self._untimed,
            unknown_words=report.unknown_words + self._unknown,
            bytes_skipped=report.bytes_skipped + 2 * (self._unknown + self._untimed),
        )

    def feed(self, data: bytes, *, after_gap: bool = False) -> Decoded:
        """Decode one transfer."""
        if after_gap:
            self.skipped_bytes += self._decoder.lose()
            self._imu.reset()
            self._lose()
        found = self._decoder.feed(data)
        triggers = self._others(found)
        return Decoded(found.events, triggers, self._take_frames(), self._imu.take())

    def _lose(self) -> None:
        """Drop a frame that was begun."""

    def _take_frames(self) -> tuple[Frame, ...] | None:
        return None

    def _take_samples(self, levels: np.ndarray) -> None:
        """Take converter samples of a column; without a frame sensor they mean nothing."""
        self._unknown += len(levels)

    def _special(self, data: int, t: int) -> bool:
        """Take a special word of the frame sensor; False when there is no such word."""
        return data in (Special.TIMESTAMP_RESET, 0) or data <= Special.EXPOSURE_END

    def _misc(self, data: int) -> bool:
        """Take a word of code 5 that is not of the inertial sensor."""
        return False

    def _others(self, found: words.Words) -> Triggers:
        """Walk through what is neither event nor time, and give samples in whole runs."""
        codes = found.word >> 12
        structure = np.flatnonzero(codes != _SAMPLE)
        is_sample = codes == _SAMPLE
        levels = found.word[is_sample] & 0x0FFF
        bounds = np.cumsum(is_sample)[structure]
        edges: list[tuple[int, int, int]] = []
        done = 0
        for where, stop, word, t in zip(
            structure.tolist(),
            bounds.tolist(),
            found.word[structure].tolist(),
            found.t[structure].tolist(),
            strict=True,
        ):
            if stop > done:
                self._take_samples(levels[done:stop])
                done = stop
            data = word & 0x0FFF
            if word >> 12 == MISC_8:
                if data >> 8 in (0, 3):
                    self._imu.misc(data)
                elif not self._misc(data):
                    self._unknown += 1
            elif data in _EDGES:
                if where >= found.untimed:
                    edges.append((t, *_EDGES[data]))
                else:
                    self._untimed += 1
            elif data in (Special.IMU_START, Special.IMU_END):
                self._imu.special(data, t)
            elif not self._special(data, t):
                self._unknown += 1
        if len(levels) > done:
            self._take_samples(levels[done:])
        self._triggers += len(edges)
        columns = np.array(edges, np.int64).reshape(len(edges), 3)
        return Triggers(columns[:, 0], *(columns[:, i].astype(np.uint8) for i in (1, 2)))
