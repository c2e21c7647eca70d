"""`fae view`: events in the browser."""

import base64
from typing import Any

from faery_cli.context import Context
from faery_cli.errors import OutputError
from faery_cli.registry import FLAG, Parameter
from faery_cli.units import DURATION, TEXT, Kind, read_integer
from faery_cli.verbs._chain import INPUT, INPUT_OPTIONS, source_of
from faery_cli.verbs._registry import Line, Verb

SAMPLES = 256
LAST_PORT = 65535


def _read_port(value: Any) -> int:
    try:
        port = read_integer(value)
    except ValueError:
        port = -1
    if not 0 <= port <= LAST_PORT:
        raise ValueError(f"expected a port from 0 (a free one) to {LAST_PORT}, got {value!r}")
    return port


PORT = Kind("port", "PORT", _read_port, hint="int")


def color_tables() -> dict[str, str]:
    """Give the colours of all styles and diverging maps as the page reads them.

    Returns:
        By name the base64 of uint8 (2, 256, 3): OFF, then ON, each from nothing to most.
    """
    import numpy as np

    from faery_cli.pictures.colormaps import colormap, colormap_names
    from faery_cli.pictures.styles import STYLES, make_palette, to_bytes

    tables: dict[str, str] = {}
    for name, style in STYLES.items():
        palette = make_palette(style, 60)
        rows = []
        for first in (palette.shading.off, palette.shading.on):
            ramp = np.concatenate([palette.colors[:1], palette.colors[first : first + 60]])
            rows.append(ramp[np.arange(SAMPLES) * 60 // (SAMPLES - 1)])
        tables[name] = base64.b64encode(np.stack(rows).tobytes()).decode()
    for name in colormap_names():
        found = colormap(name)
        rgb = to_bytes(found.rgb)
        if found.kind == "sequential":
            half = [rgb, rgb]
        else:
            middle = len(rgb) // 2
            half = [rgb[middle::-1], rgb[middle:]]
        rows = [part[np.arange(SAMPLES) * (len(part) - 1) // (SAMPLES - 1)] for part in half]
        tables[name] = base64.b64encode(np.stack(rows).tobytes()).decode()
    return tables


def run(context: Context, line: Line) -> int:
    import asyncio
    import sys

    from faery_cli.viewer import Server, make_feed

    stream = source_of(line)
    extra: dict[str, Any] = {"maps": color_tables()}
    spikes = network = None
    feed = None
    if line["model"] is not None:
        from faery_cli.viewer._model import activity, load
        from faery_cli.viewer._network import LiveNetwork

        model = load(line["model"], line["dt"], line["profile"], line["nodes"])
        extra |= model.hello()
        feed = make_feed(stream)
        if feed.hello()["live"]:
            network = LiveNetwork(model)
        else:
            spikes = activity(stream, model).message()
    feed = feed or make_feed(stream)
    server = Server(feed, port=line["port"], extra=extra, spikes=spikes, network=network)

    async def serve() -> None:
        try:
            await server.start()
        except OSError as error:
            raise OutputError(f"port {line['port']}: cannot be opened ({error.strerror})") from None
        # The address is the result: it stands alone on its line, for programs as well.
        print(server.url, flush=True)
        context.say("Ctrl-C ends")
        if not line["no_browser"] and sys.stdout.isatty():
            import webbrowser

            webbrowser.open(server.url)
        try:
            await asyncio.Event().wait()
        finally:
            await server.stop()

    try:
        asyncio.run(serve())
    except KeyboardInterrupt:
        return 0
    return 0


VERB = Verb(
    "view",
    "Show a recording or a live stream in the browser.",
    run,
    (
        INPUT,
        Parameter("port", PORT, "of the page (a free one by default)", 0, named=True),
        Parameter("no_browser", FLAG, "only print the page's address", False),
        Parameter("model", TEXT, "a .nir network: its spikes are shown beside the events", None,
                  named=True),
        Parameter("nodes", TEXT, "which of its nodes, as A,B (all that spike)", None, named=True),
        Parameter("dt", DURATION, "time step of the network", 1000, named=True),
        Parameter("profile", TEXT, "rules by which the network is run", "nir", named=True),
        *INPUT_OPTIONS,
    ),
    details="One page on 127.0.0.1, nothing from elsewhere: scrub, speed, decay, colours, a region "
    "(drag), polarity, pause, screenshot. Pages of other origins are refused.",
    examples=(
        "fae view in.raw",
        "fae view udp:0.0.0.0:3333?size=640x480",
        "fae view udp:0.0.0.0:3333?size=640x480 --model net.nir --nodes lif --dt 2ms",
    ),
)  # fmt: skip
