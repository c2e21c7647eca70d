"""What may stand behind `input` and `output`, turned into addresses."""

import argparse
import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from aestream_io.cli._usage import UsageError

__all__ = ["Input", "input_address", "output_address", "place_parser"]

SPECK_SIZE = "128x128"
_TIME_UNITS = {"us": 1, "ms": 1000, "s": 1_000_000}
# Cameras of hw-drivers by maker, and by AEStream's names of models.
_PROPHESEE = ("evk4",)
_INIVATION = {"davis": ("davis346",), "dvx": ("dvxplorer",), None: ("davis346", "dvxplorer")}


@dataclass(frozen=True)
class Input:
    """Where events come from.

    Attributes:
        addresses: what is opened; the first that can be opened of several.
        is_file: whether it is a recording, which can be played faster than it was made.
        ignore_time: whether it is to be played as fast as possible.
        time_factor: microseconds in one unit of its times.
        timeout_us: end after this much event time, or None.
    """

    addresses: tuple[str | Path, ...]
    is_file: bool = False
    ignore_time: bool = False
    time_factor: int = 1
    timeout_us: int | None = None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message}; see aestream-io --help")


def place_parser(where: str) -> argparse.ArgumentParser:
    """Make a parser whose errors are a `UsageError` that begins with `where`."""
    # Long options are spelled out, so that a new one never changes the meaning of an old line.
    return _Parser(prog=where, add_help=False, allow_abbrev=False)


def input_address(words: list[str], *, expected: str) -> Input:
    """Read what stands behind `input`.

    Args:
        words: at least one.
        expected: what to name in the message when the first word is not known.

    Raises:
        UsageError: a word that is not expected there.

    Example:
        >>> input_address(["udp", "4000"], expected="udp").addresses
        ('udp:0.0.0.0:4000',)
    """
    kind, *rest = words
    parser = place_parser(f"input {kind}")
    match kind:
        case "file":
            return _file_input(parser, rest)
        case "udp":
            parser.add_argument("--size", "--dimensions")
            options = _host_and_port(parser, rest, host="0.0.0.0")
            query = f"?size={options.size}" if options.size else ""
            return Input((f"udp:{_address(options.host, options.port)}{query}",))
        case "zmq" | "speck":
            return _zmq_input(parser, kind, rest)
        case "synth":
            parser.add_argument("scene", nargs="?", default="edges")
            return Input((f"synth:{parser.parse_args(rest).scene}",))
        case "stdin":
            parser.add_argument("--format")
            parser.add_argument("--size", "--dimensions")
            options = vars(parser.parse_args(rest))
            query = "&".join(f"{name}={value}" for name, value in options.items() if value)
            return Input((f"-?{query}" if query else "-",))
        case "prophesee":
            parser.add_argument("serial", nargs="?", default="")
            serial = parser.parse_args(rest).serial
            return Input(tuple(f"{name}:{serial}" for name in _PROPHESEE))
        case "inivation":
            return _inivation(parser, rest)
    address = _any_address(parser, kind, rest, f"input: expected {expected}")
    return Input((address,))


def _file_input(parser: argparse.ArgumentParser, words: list[str]) -> Input:
    parser.add_argument("path")
    parser.add_argument("--ignore-time", action="store_true")
    parser.add_argument("--time-unit", choices=list(_TIME_UNITS), default="us")
    options = parser.parse_args(words)
    return Input(
        (Path(options.path),),
        is_file=True,
        ignore_time=options.ignore_time,
        time_factor=_TIME_UNITS[options.time_unit],
    )


def _zmq_input(parser: argparse.ArgumentParser, kind: str, words: list[str]) -> Input:
    parser.add_argument("sock", nargs="?", default="tcp://0.0.0.0:40001")
    parser.add_argument("--format", default="speck")
    parser.add_argument("--size", "--dimensions", default=SPECK_SIZE)
    # AEStream's documentation writes `input zmq sock ADDRESS`, its help `input speck ADDRESS`.
    named = len(words) > 1 and words[0] == "sock"
    options = parser.parse_args(words[1:] if named else words)
    size = "" if options.format == "frame" else f"&size={options.size}"
    return Input((f"zmq:{options.sock}?format={options.format}{size}",))


def _inivation(parser: argparse.ArgumentParser, words: list[str]) -> Input:
    parser.add_argument("bus", nargs="?", type=int)
    parser.add_argument("address", nargs="?", type=int)
    parser.add_argument("camera", nargs="?")
    parser.add_argument("timeout", nargs="?", type=int, default=-1)
    # `inivation davis` names the model alone.
    model = words[0] if len(words) == 1 and not words[0].isdigit() else None
    options = parser.parse_args([] if model else words)
    model = model or options.camera
    if model not in _INIVATION:
        raise UsageError(f"{parser.prog}: expected the camera davis or dvx, got {model!r}")
    # Bus and address change whenever a camera is plugged in; drivers know it by its serial number.
    places = tuple(f"{name}:" for name in _INIVATION[model])
    return Input(places, timeout_us=None if options.timeout < 0 else options.timeout * 1000)


def output_address(words: list[str], *, expected: str) -> tuple[str | Path, bool]:
    """Read what stands behind `output`.

    Args:
        words: at least one.
        expected: what to name in the message when the first word is not known.

    Returns:
        The address, and whether somebody watches at the other end.

    Raises:
        UsageError: a word that is not expected there.

    Example:
        >>> output_address(["udp", "10.0.0.2", "--include-timestamp"], expected="udp")
        ('udp:10.0.0.2:3333?timestamps=yes&packet=128', True)
    """
    kind, *rest = words
    parser = place_parser(f"output {kind}")
    match kind:
        case "stdout":
            parser.parse_args(rest)
            return "-", False
        case "null":
            parser.parse_args(rest)
            return "null:", False
        case "file":
            parser.add_argument("path")
            return Path(parser.parse_args(rest).path), False
        case "udp" | "spif":
            return _udp_output(parser, rest), True
        case "zmq" | "speck":
            parser.add_argument("sock", nargs="?", default="tcp://0.0.0.0:40001")
            parser.add_argument("--format", default="speck" if kind == "speck" else "frame")
            options = parser.parse_args(rest)
            return f"zmq:{options.sock}?format={options.format}", True
        case "view":
            return _view_output(parser, rest), True
    address = _any_address(parser, kind, rest, f"output: expected {expected}")
    scheme = address.partition(":")[0]
    return address, scheme in ("udp", "tcp", "zmq", "ws", "view", "shm", "zenoh")


def _udp_output(parser: argparse.ArgumentParser, words: list[str]) -> str:
    parser.add_argument("--packet-size", type=int, default=128)
    parser.add_argument("--buffer-size", type=int)
    parser.add_argument("--include-timestamp", nargs="?", type=_truth, const=True, default=False)
    options = _host_and_port(parser, words, host="localhost")
    if options.packet_size < 1:
        parser.error(f"--packet-size: expected at least one event, got {options.packet_size}")
    uri = f"udp:{_address(options.host, options.port)}"
    timed = "yes" if options.include_timestamp else "no"
    uri += f"?timestamps={timed}&packet={options.packet_size}"
    return uri if options.buffer_size is None else f"{uri}&buffer={options.buffer_size}"


def _view_output(parser: argparse.ArgumentParser, words: list[str]) -> str:
    # The page takes the size from the stream and is scaled to its window; AEStream's options for
    # its own window are understood and change nothing.
    for name in ("--width", "--height", "--frame_duration"):
        parser.add_argument(name, type=int)
    options = _host_and_port(parser, words, host="127.0.0.1", port="3336")
    return f"view:{_address(options.host, options.port)}"


def _host_and_port(
    parser: argparse.ArgumentParser, words: list[str], *, host: str, port: str = "3333"
) -> argparse.Namespace:
    parser.add_argument("host", nargs="?")
    parser.add_argument("port", nargs="?")
    options = parser.parse_args(words)
    if options.port is None and options.host is not None and options.host.isdigit():
        options.host, options.port = None, options.host
    options.host, options.port = options.host or host, options.port or port
    return options


def _truth(text: str) -> bool:
    words = {"true": True, "1": True, "yes": True, "on": True}
    words |= {"false": False, "0": False, "no": False, "off": False}
    return words[text.lower()] if text.lower() in words else _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise argparse.ArgumentTypeError(f"expected true or false, got {text!r}")


def _address(host: str, port: str) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _any_address(parser: argparse.ArgumentParser, word: str, rest: list[str], expected: str) -> str:
    if ":" not in word and word != "-" and not os.path.exists(word) and "." not in word:
        names = [part.split()[0] for part in expected.partition("expected ")[2].split(", ")]
        close = difflib.get_close_matches(word, names, n=1)
        raise UsageError(
            f"{expected}; got {word!r}" + (f"; did you mean {close[0]}?" if close else "")
        )
    parser.parse_args(rest)
    return word
