"""WebSocket (RFC 6455): the handshake of both ends, messages, and nothing else."""

import base64
import hashlib
import ipaddress
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from neuro_kernels.stream import StreamError

__all__ = ["BINARY", "CLOSE", "TEXT", "Request", "WebSocket", "connect", "read_request"]

_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_MAX_HEAD = 1 << 14
_MAX_FRAME_HEAD = 14
_HANDSHAKE_S = 10.0  # how long the other end may take for it
MAX_MESSAGE = 1 << 26  # a longer one is taken for damage
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Request(NamedTuple):
    """The first lines of an HTTP connection: path, and headers by lower-case name."""

    path: str
    headers: dict[str, str]
    rest: bytes  # what came behind them

    @property
    def key(self) -> str | None:
        """The key of a WebSocket handshake, None for any other request."""
        wanted = self.headers.get("upgrade", "").lower() == "websocket"
        return self.headers.get("sec-websocket-key") if wanted else None

    def is_from(self, origins: Sequence[str]) -> bool:
        """Whether no page of somebody else sends it: browsers tell whose page it is.

        Args:
            origins: pages that may, such as "http://localhost:8000", besides our own; "*" for all.
        """
        origin = self.headers.get("origin")
        if origin is None or "*" in origins or origin in origins:
            return True
        host = self.headers.get("host", "")
        # A foreign name that leads to this machine is as foreign as its page.
        return origin.partition("://")[2] == host and _is_local_name(host)


def _is_local_name(host: str) -> bool:
    """Whether a host is an address, or a name that nobody else can give to this machine."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    if name.lower() in ("localhost", socket.gethostname().lower()):
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def read_request(link: socket.socket, closed: Callable[[], bool]) -> Request | None:
    """Read the head of an HTTP request or response.

    Args:
        link: a connection whose timeout is short.
        closed: whether somebody has closed us.

    Returns:
        The request; None if the other end sent none within ten seconds, or something else.
    """
    data = b""
    end_s = time.monotonic() + _HANDSHAKE_S
    while b"\r\n\r\n" not in data:
        if time.monotonic() > end_s:
            return None
        try:
            more = link.recv(4096)
        except TimeoutError:
            if closed():
                return None
            continue
        except OSError:
            return None
        data += more
        if not more or len(data) > _MAX_HEAD:
            return None
    head, _, rest = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) < 2:
        return None
    pairs = (line.partition(":") for line in lines[1:])
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Request(words[1], headers, rest)


def _accept_of(key: str) -> str:
    return base64.b64encode(hashlib.sha1((key + _MAGIC).encode()).digest()).decode()


class WebSocket:
    """One end of an established connection.

    Args:
        link: the connection; its timeout is the longest wait without a look at `closed`.
        masks: whether this end masks what it sends: the client does.
        closed: whether somebody has closed us.
        rest: bytes that came behind the handshake.
        most: bytes of a message; the end of the stream is where a longer one is announced.
    """

    def __init__(
        self,
        link: socket.socket,
        *,
        masks: bool,
        closed: Callable[[], bool],
        rest: bytes = b"",
        most: int = MAX_MESSAGE,
    ) -> None:
        self._link = link
        self._masks = masks
        self._closed = closed
        self._buffer = bytearray(rest)
        self._most = most
        self._parts: list[bytes] = []  # of a message that comes in several frames
        self._turn = threading.Lock()  # answers to pings go between messages, not into them

    @classmethod
    def accept(
        cls, link: socket.socket, request: Request, closed: Callable[[], bool], *, most: int
    ) -> "WebSocket":
        """Answer the handshake of a client that sends messages of at most `most` bytes."""
        assert request.key is not None
        link.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + _accept_of(request.key).encode() + b"\r\n\r\n"
        )
        return cls(link, masks=False, closed=closed, rest=request.rest, most=most)

    def send(self, payload: bytes, kind: int = BINARY) -> None:
        """Send one message, waiting while the other end is slower.

        Raises:
            OSError: the other end has gone, or somebody has closed us.
        """
        n = len(payload)
        mask_bit = 0x80 if self._masks else 0
        if n < 126:
            head = struct.pack(">BB", 0x80 | kind, mask_bit | n)
        elif n < 1 << 16:
            head = struct.pack(">BBH", 0x80 | kind, mask_bit | 126, n)
        else:
            head = struct.pack(">BBQ", 0x80 | kind, mask_bit | 127, n)
        if self._masks:
            mask = os.urandom(4)
            head, payload = head + mask, _masked(payload, mask)
        view = memoryview(head + payload)
        with self._turn:
            while view:
                try:
                    view = view[self._link.send(view) :]
                except TimeoutError:
                    if self._closed():
                        raise ConnectionAbortedError("closed") from None

    def receive(self, patience_s: float = 0.1) -> bytes | None:
        """Return the next message; None at the end of the stream, b"" when none was whole in time.

        What has come of a message that is not whole is kept for the next call.
        """
        with suppress(OSError):
            self._link.settimeout(patience_s)
        while True:
            frame = self._frame()
            if isinstance(frame, int):
                if frame > self._most + _MAX_FRAME_HEAD:
                    return None
                more = self._more(frame)
                if not more:
                    return more
                self._buffer += more
                continue
            final, kind, payload = frame
            if kind == PING:
                with suppress(OSError):
                    self.send(payload, PONG)
            elif kind == CLOSE:
                with suppress(OSError):
                    self.send(payload[:2], CLOSE)
                return None
            elif kind in (CONTINUATION, TEXT, BINARY):
                self._parts.append(payload)
                if sum(map(len, self._parts)) > self._most:
                    return None
                if final:
                    message, self._parts = b"".join(self._parts), []
                    return message

    def _frame(self) -> tuple[bool, int, bytes] | int:
        """Take (final, kind, payload) from what has come, or tell how many bytes there must be."""
        data = self._buffer
        at = 2
        if len(data) < at:
            return at
        n = data[1] & 0x7F
        if n > 125:
            at = 4 if n == 126 else 10
            if len(data) < at:
                return at
            n = int.from_bytes(data[2:at], "big")
        masked = bool(data[1] & 0x80)
        begin = at + 4 * masked
        if len(data) < begin + n:
            return begin + n
        payload = bytes(data[begin : begin + n])
        if masked:
            payload = _masked(payload, bytes(data[at:begin]))
        final, kind = bool(data[0] & 0x80), data[0] & 0x0F
        del data[: begin + n]
        return final, kind, payload

    def _more(self, wanted: int) -> bytes | None:
        """Return what comes next; None at the end, b"" if nothing came in time."""
        # Room for what is received is taken beforehand: not more than may come at once.
        room = min(max(wanted - len(self._buffer), 1 << 16), 1 << 20)
        try:
            return self._link.recv(room) or None
        except TimeoutError:
            return None if self._closed() else b""
        except OSError:
            return None

    def close(self) -> None:
        """Tell the other end, and close."""
        with suppress(OSError):
            self.send(struct.pack(">H", 1000), CLOSE)
        with suppress(OSError):
            self._link.shutdown(socket.SHUT_RDWR)
        self._link.close()


def connect(link: socket.socket, host: str, path: str, closed: Callable[[], bool]) -> WebSocket:
    """Make the handshake of a client on an open connection.

    Raises:
        StreamError: the other end does not speak WebSocket.
    """
    key = base64.b64encode(os.urandom(16)).decode()
    link.sendall(
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    answer = read_request(link, closed)
    if answer is None or answer.headers.get("sec-websocket-accept") != _accept_of(key):
        said = "nothing of HTTP" if answer is None else f"status {answer.path}"
        raise StreamError(
            f"{host}{path}: expected a WebSocket handshake, got {said}; check address and path"
        )
    return WebSocket(link, masks=True, closed=closed, rest=answer.rest)


def _masked(payload: bytes, mask: bytes) -> bytes:
    data = np.frombuffer(payload, np.uint8)
    key = np.resize(np.frombuffer(mask, np.uint8), len(data))
    return (data ^ key).tobytes()
