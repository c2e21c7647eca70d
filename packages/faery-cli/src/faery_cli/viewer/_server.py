"""The server of the page: HTTP and WebSocket on 127.0.0.1, for this machine's browser alone."""

import asyncio
import contextlib
import json
import struct
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faery_cli.viewer import _websocket as ws
from faery_cli.viewer._feed import Feed, LiveFeed, RecordedFeed

if TYPE_CHECKING:
    from faery_cli.viewer._network import LiveNetwork
    from neuro_kernels import Events

__all__ = ["Packer", "Server"]

HOST = "127.0.0.1"
TICK_S = 1 / 60
SHORTEST_REST_S = TICK_S / 4  # between two steps, for the processes that draw what was sent
LONGEST_STEP_S = 0.25  # a page that cannot keep up sees slow motion, not gaps
REST_S = 0.7  # at the end, before it begins again
BEFORE_US = 500_000  # sent at once after a jump, so that trails are there
HEAD_LIMIT = 16384
EVENTS = 1  # kind of a message for the page
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: "
    "blob:; connect-src 'self' ws:"
)


class Packer:
    """Packs events as the page reads them.

    A head of 16 bytes holds the kind (u32), the number of records (u32) and the base (f64); then
    come the records of `neuro_kernels.render.LatestEvents`: the last event of each pixel.

    Args:
        size: (width, height) of the sensor in pixels.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        from neuro_kernels.render import LatestEvents

        self._latest = LatestEvents(size)

    def __call__(self, events: "Events") -> tuple[bytes, memoryview]:
        """Give head and records of events, of which there must be some."""
        base = int(events.t.min())
        records = self._latest.pack(events, base_us=base)
        return struct.pack("<IId", EVENTS, len(records) // 8, float(base)), records


class Server:
    """Serves one feed to pages, one at a time.

    Args:
        feed: where events come from.
        port: 0 takes a free one, see the attribute `port`.
        extra: further values for the page's greeting.
        spikes: of a network that has seen the recording: one message for the page, or None.
        network: one that sees a live stream, or None.

    Attributes:
        drawn: (seconds of a monotonic clock, frames, events) as the page last counted them.

    Requests whose `Host` or `Origin` is not this server's are refused: another page that the user
    has open must not read the recording, nor by a name that leads here.
    """

    def __init__(
        self,
        feed: Feed,
        *,
        port: int = 0,
        extra: dict[str, Any] | None = None,
        spikes: bytes | None = None,
        network: "LiveNetwork | None" = None,
    ) -> None:
        self._feed = feed
        self._wanted = port
        self._extra = extra or {}
        self._spikes = spikes
        self._network = network
        self.drawn: tuple[float, int, int] = (0.0, 0, 0)
        self._lock = asyncio.Lock()
        self._server: asyncio.Server | None = None
        self.port = 0
        self._page = Path(__file__).with_name("page.html").read_bytes()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self.port}/"

    async def start(self) -> None:
        """Listen; OSError if the port is taken."""
        self._server = await asyncio.start_server(self._client, HOST, self._wanted)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End all connections."""
        if self._server is not None:
            self._server.close()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._server.wait_closed(), 1)
        self._feed.close()
        if self._network is not None:
            self._network.close()

    def _allowed(self, headers: dict[str, str]) -> bool:
        hosts = {f"{name}:{self.port}" for name in (HOST, "localhost")}
        origin = headers.get("origin")
        own = origin is None or origin in {f"http://{host}" for host in hosts}
        return headers.get("host") in hosts and own

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            if len(head) > HEAD_LIMIT:
                return
            first, *rest = head.decode("latin-1").split("\r\n")
            pairs = (line.partition(":") for line in rest if ":" in line)
            headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
            words = first.split(" ")
            path = words[1].partition("?")[0] if len(words) == 3 else ""
            if not self._allowed(headers):
                self._answer(writer, 403, b"This server talks to pages of its own only.")
            elif words[0] != "GET":
                self._answer(writer, 405, b"GET only")
            elif path == "/events" and "websocket" in headers.get("upgrade", "").lower():
                await self._socket(reader, writer, headers)
            elif path == "/":
                self._answer(writer, 200, self._page, "text/html; charset=utf-8")
            else:
                self._answer(writer, 404, b"There is only the page /")
            await writer.drain()
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError,
                asyncio.LimitOverrunError, asyncio.CancelledError):  # fmt: skip
            # Also at the end of the program, which cancels: there is nobody left to tell.
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    def _answer(
        self, writer: asyncio.StreamWriter, status: int, body: bytes, kind: str = "text/plain"
    ) -> None:
        reasons = {200: "OK", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed"}
        lines = [
            f"HTTP/1.1 {status} {reasons[status]}",
            f"Content-Type: {kind}",
            f"Content-Length: {len(body)}",
            f"Content-Security-Policy: {POLICY}",
            "X-Content-Type-Options: nosniff",
            "Cache-Control: no-store",
            "Connection: close",
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)

    async def _socket(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        headers: dict[str, str],
    ) -> None:
        key = ws.accept_key(headers.get("sec-websocket-key", ""))
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + key.encode() + b"\r\n\r\n"
        )
        async with self._lock:  # one page at a time has the feed; another one waits
            hello = {**self._feed.hello(), **self._extra}
            page = _Page(self._feed, writer, hello, self._network)
            if self._spikes is not None:
                page.send(ws.BINARY, self._spikes)
            playing = asyncio.create_task(page.play())
            try:
                while True:
                    message = await ws.receive(reader)
                    if message is None or message.kind == ws.CLOSE:
                        return
                    if message.kind == ws.PING:
                        page.send(ws.PONG, message.data)
                    elif message.kind == ws.TEXT:
                        page.command(message.data)
                        self.drawn = page.drawn
            finally:
                playing.cancel()
                with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                    await playing


class _Page:
    """One page's clock."""

    def __init__(
        self,
        feed: Feed,
        writer: asyncio.StreamWriter,
        hello: dict[str, Any],
        network: "LiveNetwork | None",
    ) -> None:
        self._feed, self._writer, self._network = feed, writer, network
        self._pack = Packer((hello["width"], hello["height"]))
        self._sent = 0
        self.drawn: tuple[float, int, int] = (0.0, 0, 0)
        self._now = float(hello["begin_us"])
        self._playing, self._speed = True, 1.0
        self._ended_s: float | None = None
        self._jump: float | None = self._now if isinstance(feed, RecordedFeed) else None
        self.send(ws.TEXT, json.dumps({"hello": hello}).encode())

    def send(self, kind: int, *parts: "bytes | memoryview") -> None:
        """Send one message, given in parts."""
        if not self._writer.is_closing():
            head = ws.frame_head(kind, sum(map(len, parts)))
            self._writer.writelines((head, *parts))

    def command(self, data: bytes) -> None:
        """Do what the page says; what it does not say rightly is left out."""
        try:
            wish = json.loads(data)
            self._playing = bool(wish.get("play", self._playing))
            self._speed = min(1e3, max(1e-4, float(wish.get("speed", self._speed))))
            if "seek" in wish:
                self._jump = float(wish["seek"])
            if "drawn" in wish:
                frames, events = wish["drawn"]
                self.drawn = (time.monotonic(), int(frames), int(events))
        except (ValueError, TypeError, AttributeError):
            return

    async def play(self) -> None:
        """Send events as their time comes, until cancelled."""
        last = time.monotonic()
        while True:
            await asyncio.sleep(max(SHORTEST_REST_S, last + TICK_S - time.monotonic()))
            now = time.monotonic()
            step, last = min(LONGEST_STEP_S, now - last), now
            if self._jump is not None:
                await self._go_to(self._jump)
            elif self._playing or isinstance(self._feed, LiveFeed):
                self._now += step * self._speed * 1e6
            else:
                continue
            if isinstance(self._feed, RecordedFeed) and self._now >= self._feed.end_us:
                if self._ended_s is None:
                    self._now, self._ended_s = float(self._feed.end_us), now
                elif now - self._ended_s > REST_S:  # again from the beginning
                    await self._go_to(float(self._feed.begin_us))
                else:
                    continue
            await self._send_until(round(self._now))

    async def _go_to(self, t_us: float) -> None:
        self._jump = self._ended_s = None
        if not isinstance(self._feed, RecordedFeed):
            return
        self._now = min(max(t_us, float(self._feed.begin_us)), float(self._feed.end_us))
        self.send(ws.TEXT, b'{"clear": true}')
        await asyncio.to_thread(self._feed.seek, round(self._now) - BEFORE_US)

    async def _send_until(self, until_us: int) -> None:
        messages = await asyncio.to_thread(self._messages, until_us)
        for head, records in messages:
            self.send(ws.BINARY, head, records)
        dropped = getattr(self._feed, "dropped", 0)
        state: dict[str, Any] = {"now": until_us, "dropped": dropped, "events": self._sent}
        if isinstance(self._feed, LiveFeed):
            state["now"] = self._feed.last_us
        if self._network is not None:
            for message in self._network.take():
                self.send(ws.BINARY, message)
            network = self._network
            state |= {"unseen": network.dropped, "broken": network.error, "seen": network.seen_us}
        self.send(ws.TEXT, json.dumps(state).encode())
        await self._writer.drain()  # a slow page slows its clock down, and nothing piles up here

    def _messages(self, until_us: int) -> "list[tuple[bytes, memoryview]]":
        """Take what has come and pack it; runs beside the event loop."""
        from neuro_kernels import Events

        taken = [events for events in self._feed.take(until_us) if len(events)]
        if not taken:
            return []
        if self._network is not None:
            for events in taken:
                self._network.offer(events)
        self._sent += sum(map(len, taken))
        whole = taken[0] if len(taken) == 1 else Events.concatenate(taken)
        return [self._pack(whole)]
