"""How many pictures per second the page of `fae view` draws."""

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import faery_cli
from aestream_io.sinks.file import FileSink
from bench.harness import BenchError, Candidate, Case
from bench.recordings import moving_edges
from faery_cli.verbs.view import color_tables
from faery_cli.viewer import Server, make_feed
from neuro_kernels import Events

TITLE = "Viewer"
TEXT = """
A recording of moving edges over noise (1280 x 720) is played at its own speed to the page of
`fae view` in a headless Chromium without a graphics processor; decoding, server and browser share
the machine's processors. The page counts the pictures that it draws and reports the number to the
server; nothing else looks at it meanwhile. The second number is how many events per second of
wall-clock time it was shown: a page that falls behind sees slow motion.
"""
VERSIONS = ("faery-cli", "neuro-kernels", "numpy")

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--remote-debugging-port=0", "--window-size=1280,900")  # fmt: skip
START_S = 60.0
WARM_S = 2.0
# One piece of a recording again and again, so long that the measurement is over before its end:
# there the page rests for a moment and begins anew.
PIECE_S, PIECES = 2.0, 8
# Kept for the life of the process, since the cases are measured after they are made.
_FOLDER = tempfile.TemporaryDirectory(prefix="bench-viewer-")


def cases(quick: bool) -> Iterator[Case]:
    """Ten million events per second; nothing where there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return
    rate = 1 if quick else 10
    path = Path(_FOLDER.name) / "recording.raw"
    piece = moving_edges(int(rate * PIECE_S * 1e6), events_per_us=float(rate))
    _write(piece, path)
    for kept, what in ((0, "frames/s"), (1, "Mev/s")):
        run = partial(_shown, chromium, path, 1.0 if quick else 10.0, kept)
        candidate = Candidate("faery-cli", run, _some, ours=True)
        yield Case(f"{rate} Mev/s, {what}", [candidate], gauge=_number, quantity=what)


def _write(piece: Events, path: Path) -> None:
    sink = FileSink(path, format="evt3")
    sink.start(piece.size, None)
    for k in range(PIECES):
        sink.write(piece.replace(t=piece.t + round(k * PIECE_S * 1e6)))
    sink.finish()


def _some(result: object) -> str | None:
    return None if isinstance(result, float) and result > 0 else "nothing was drawn"


def _number(run: Callable[[], object]) -> float:
    value = run()
    assert isinstance(value, float)
    return value


def _shown(chromium: str, path: Path, seconds: float, kept: int) -> float:
    """Give frames per second (0) or million events per second (1)."""
    return asyncio.run(_measure(chromium, path, seconds))[kept]


async def _measure(chromium: str, path: Path, seconds: float) -> tuple[float, float]:
    feed = make_feed(faery_cli.open(str(path)))
    server = Server(feed, extra={"maps": color_tables()})
    await server.start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = subprocess.Popen(
            [chromium, *FLAGS, f"--user-data-dir={profile}", server.url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(START_S):
                while server.drawn[1] == 0:
                    await asyncio.sleep(0.1)
            await asyncio.sleep(WARM_S)
            begin = server.drawn
            await asyncio.sleep(seconds)
            while server.drawn == begin:
                await asyncio.sleep(0.1)
            end = server.drawn
        except TimeoutError:
            raise BenchError("viewer: the page drew nothing within a minute.") from None
        finally:
            browser.terminate()
            browser.wait(20)
            await server.stop()
    elapsed = end[0] - begin[0]
    return (end[1] - begin[1]) / elapsed, (end[2] - begin[2]) / elapsed / 1e6
