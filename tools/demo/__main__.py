"""From an event recording to a verified spiking network and a report, in one command."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from pathlib import Path

_TOOLS = Path(__file__).resolve().parent.parent
if str(_TOOLS) not in sys.path:
    sys.path.insert(0, str(_TOOLS))


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument(
        "--recording", type=Path, metavar="FILE", help="your own recording (default: a made one)"
    )
    parser.add_argument("--quick", action="store_true", help="less data: ends within a minute")
    parser.add_argument(
        "--out", type=Path, default=Path("demo-output"), help="folder (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of everything random")
    options = parser.parse_args(arguments)
    if options.recording is not None and not options.recording.is_file():
        parser.error(
            f"no recording at {options.recording}: give the path of an event file"
            " (.raw, .dat, .es), or leave --recording out"
        )
    return options


class Progress:
    """Prints each step with its time."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def step(self, text: str) -> None:
        print(f"[{time.perf_counter() - self._start:5.1f} s] {text}", flush=True)

    def detail(self, text: str) -> None:
        print(f"          {text}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    from demo.pipeline import run
    from hw_drivers import HardwareError
    from neuro_kernels import EventError
    from nir_core import NirError
    from norse_lite import NetworkError

    warnings.showwarning = lambda message, *_, **__: print(f"demo: {message}", file=sys.stderr)
    try:
        failures = run(
            options.recording,
            options.out,
            quick=options.quick,
            seed=options.seed,
            progress=Progress(),
        )
    except (EventError, NirError, HardwareError, NetworkError, OSError) as problem:
        print(f"demo: {problem}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("demo: stopped; start it again to make the report", file=sys.stderr)
        return 130
    for failure in failures:
        print(f"demo: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
