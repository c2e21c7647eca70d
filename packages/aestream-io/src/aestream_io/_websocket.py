"""WebSocket (RFC 6455): the handshake of both ends, messages, and nothing else."""

import base64
import hashlib
import os
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from neuro_kernels.stream import StreamError

__all__ = ["BINARY", "CLOSE", "TEXT", "Request", "WebSocket", "connect", "read_request"]

_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_MAX_HEAD = 1 << 14
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


def read_request(link: socket.socket, closed: Callable[[], bool]) -> Request | None:
    """Read the head of an HTTP request or response.

    Args:
        link: a connection whose timeout is short.
        closed: whether somebody has closed us.

    Returns:
        The request; None if the other end sent none, or something else.
    """
    data = b""
    while b"\r\n\r\n" not in data:
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
    """

    def __init__(
        self, link: socket.socket, *, masks: bool, closed: Callable[[], bool], rest: bytes = b""
    ) -> None:
        self._link = link
        self._masks = masks
        self._closed = closed
        self._buffer = bytearray(rest)
        self._turn = threading.Lock()  # answers to pings go between messages, not into them

    @classmethod
    def accept(
        cls, link: socket.socket, request: Request, closed: Callable[[], bool]
    ) -> "WebSocket":
        """Answer the handshake of a client."""
        assert request.key is not None
        link.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + _accept_of(request.key).encode() + b"\r\n\r\n"
        )
        return cls(link, masks=False, closed=closed, rest=request.rest)

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
        """Return the next message; None at the end of the stream, b"" when nothing came in time."""
        with suppress(OSError):
            self._link.settimeout(patience_s)
        parts: list[bytes] = []
        while True:
            frame = self._frame(wait=bool(parts))
            if frame is None:
                return None
            final, kind, payload = frame
            if kind == PING:
                with suppress(OSError):
                    self.send(payload, PONG)
            elif kind == CLOSE:
                with suppress(OSError):
                    self.send(payload[:2], CLOSE)
                return None
            elif kind in (CONTINUATION, TEXT, BINARY):
                parts.append(payload)
                if sum(map(len, parts)) > MAX_MESSAGE:
                    return None
                if final:
                    return b"".join(parts)
            elif kind < 0:
                return b""

    def _frame(self, *, wait: bool) -> tuple[bool, int, bytes] | None:
        """Return (final, kind, payload); kind -1 when nothing came, None at the end."""
        head = self._take(2, wait=wait)
        if not head:
            return None if head is None else (True, -1, b"")
        final, kind = bool(head[0] & 0x80), head[0] & 0x0F
        n = head[1] & 0x7F
        if n > 125:
            extended = self._take(2 if n == 126 else 8)
            if extended is None:
                return None
            n = int.from_bytes(extended, "big")
        mask = self._take(4) if head[1] & 0x80 else b""
        if mask is None or n > MAX_MESSAGE:
            return None
        payload = self._take(n)
        if payload is None:
            return None
        return final, kind, _masked(payload, mask) if mask else payload

    def _take(self, n: int, *, wait: bool = True) -> bytes | None:
        """Return n bytes; None at the end, b"" if there are none yet and we shall not wait."""
        while len(self._buffer) < n:
            try:
                more = self._link.recv(max(n - len(self._buffer), 1 << 16))
            except TimeoutError:
                if self._closed():
                    return None
                if not wait and not self._buffer:
                    return b""
                continue
            except OSError:
                return None
            if not more:
                return None
            self._buffer += more
        taken = bytes(self._buffer[:n])
        del self._buffer[:n]
        return taken

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
