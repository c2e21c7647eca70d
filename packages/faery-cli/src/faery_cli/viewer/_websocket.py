"""The WebSocket protocol, as much of it as a server for one page needs (RFC 6455)."""

import base64
import hashlib
import struct
from asyncio import IncompleteReadError, StreamReader
from typing import NamedTuple

__all__ = [
    "BINARY",
    "CLOSE",
    "PING",
    "PONG",
    "TEXT",
    "Message",
    "accept_key",
    "frame_head",
    "receive",
]

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # section 1.3
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
LARGEST = 1 << 16  # of a message from the page, which only says what to show


class Message(NamedTuple):
    """A whole message: its kind and content."""

    kind: int
    data: bytes


def accept_key(key: str) -> str:
    """Give the answer to a client's key.

    Example:
        >>> accept_key("dGhlIHNhbXBsZSBub25jZQ==")
        's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
    """
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


def frame_head(kind: int, length: int) -> bytes:
    """Give what comes before the `length` bytes of a server's message, sent as one frame.

    Example:
        >>> frame_head(TEXT, 2)
        b'\\x81\\x02'
    """
    first = bytes([0x80 | kind])
    if length < 126:
        return first + bytes([length])
    if length < 1 << 16:
        return first + b"\x7e" + struct.pack(">H", length)
    return first + b"\x7f" + struct.pack(">Q", length)


async def receive(reader: StreamReader) -> Message | None:
    """Read a message of a client; None when it has gone or breaks the protocol."""
    kind, parts = 0, b""
    while True:
        try:
            first, second = await reader.readexactly(2)
            length = second & 127
            if length == 126:
                (length,) = struct.unpack(">H", await reader.readexactly(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", await reader.readexactly(8))
            # A client's frames are masked (section 5.1); what is too long is no word of the page.
            if not second & 128 or length + len(parts) > LARGEST or first & 0x70:
                return None
            mask = await reader.readexactly(4)
            data = await reader.readexactly(length)
        except (IncompleteReadError, ConnectionError):
            return None
        data = bytes(b ^ mask[k % 4] for k, b in enumerate(data))
        code = first & 15
        if code >= CLOSE:
            return Message(code, data)
        kind = code or kind
        parts += data
        if first & 128:
            return Message(kind, parts)
