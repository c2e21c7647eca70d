"""An idealised event-camera sensor: brightness over time in, events out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sensor:
    """How a pixel turns brightness into events (Lichtsteiner et al. 2008, section II).

    Args:
        threshold: change of log brightness that makes an event.
        step_us: spacing of the brightness samples; events between two samples get linearly
            interpolated times.
        noise_hz: rate of random events of each pixel.
    """

    threshold: float = 0.3
    step_us: int = 3000
    noise_hz: float = 0.5

    def record(
        self,
        brightness: Callable[[float], np.ndarray],
        *,
        duration_us: int,
        rng: np.random.Generator,
    ) -> dict[str, np.ndarray]:
        """Watch a scene, or a batch of scenes of one size.

        Args:
            brightness: time in microseconds -> (batch, height, width) float, positive.
            duration_us: length of the recording.
            rng: source of the noise events.

        Returns:
            Columns `sample` int64 (index in the batch), `t` int64 in microseconds, `x` and `y`
            uint16, `p` uint8 (1 = ON), sorted by sample, then time.
        """
        last = np.log(brightness(0.0))
        reference = last.copy()
        parts: list[tuple[np.ndarray, ...]] = []
        for start in range(0, duration_us, self.step_us):
            stop = min(start + self.step_us, duration_us)
            now = np.log(brightness(float(stop)))
            count = np.trunc((now - reference) / self.threshold).astype(np.int64)
            for level in range(1, int(np.abs(count).max(initial=0)) + 1):
                s, y, x = np.nonzero(np.abs(count) >= level)
                sign = np.sign(count[s, y, x])
                crossing = reference[s, y, x] + sign * level * self.threshold
                change = now[s, y, x] - last[s, y, x]
                share = np.clip((crossing - last[s, y, x]) / change, 0, 1)
                t = start + np.floor(share * (stop - start)).astype(np.int64)
                parts.append((s, np.minimum(t, duration_us - 1), x, y, sign > 0))
            reference += count * self.threshold
            last = now
        batch, height, width = last.shape
        noise = rng.poisson(batch * height * width * self.noise_hz * duration_us * 1e-6)
        parts.append(
            (
                rng.integers(0, batch, noise),
                rng.integers(0, duration_us, noise),
                rng.integers(0, width, noise),
                rng.integers(0, height, noise),
                rng.integers(0, 2, noise) > 0,
            )
        )
        s, t, x, y, p = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.lexsort((y, x, t, s))
        return {
            "sample": s[order],
            "t": t[order],
            "x": x[order].astype(np.uint16),
            "y": y[order].astype(np.uint16),
            "p": p[order].astype(np.uint8),
        }
