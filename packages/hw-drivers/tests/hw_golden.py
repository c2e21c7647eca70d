"""Makes the golden trace: `python packages/hw-drivers/tests/hw_golden.py` after a change of it."""

from pathlib import Path

import hw_drivers
from hw_drivers import AntiFlicker, Evk4Biases, Evk4Config, Roi, Window
from hw_drivers.transport.trace_format import TraceWriter

PATH = Path(__file__).parent / "golden" / "evk4.hwtrace"
URI = "emulated:evk4?realtime=0&rate=2e5&duration=8ms&trigger_hz=500&seed=7"
CONFIG = Evk4Config(
    bias=Evk4Biases(diff_on=20, fo=-5),
    roi=Roi(window=Window(x=320, y=180, width=640, height=360)),
    rate_limit=5e6,
    anti_flicker=AntiFlicker(),
    trigger_in=True,
)


def make(path: Path) -> tuple[list, dict[int, int]]:
    """Trace one session of the emulated camera; return its packets and registers."""
    with hw_drivers.open(URI, CONFIG, trace=path) as device:
        device.temperature()
        packets = list(device.packets())
        registers = dict(device.emulator.registers)
    return packets, registers


def write(path, header, records) -> None:
    """Write a trace from its parts."""
    writer = TraceWriter(path, header)
    for record in records:
        writer.append(record)
    writer.finish()


if __name__ == "__main__":
    make(PATH)
    print(f"{PATH}: {PATH.stat().st_size} bytes")
