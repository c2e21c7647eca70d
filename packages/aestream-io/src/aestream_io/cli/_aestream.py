"""AEStream's grammar: `input WHERE … output WHERE … [output WHERE …]`."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from aestream_io.cli._usage import UsageError

__all__ = ["Plan", "parse"]

SPIF_BYTES = 4  # one event without timestamp; with it twice as many

INPUTS = "file PATH, udp [HOST] [PORT], synth SCENE, stdin, or any address such as emulated:evk4"
OUTPUTS = "stdout, file PATH, udp [HOST] [PORT], null, or any address such as udp:host:3333"


@dataclass
class Plan:
    """What a command line asks for.

    Attributes:
        source: address of the source.
        sinks: addresses of the sinks.
        max_packets: end after this many packets of the source, or None.
        quiet: say nothing at the end.
    """

    source: str | Path = ""
    sinks: list[str | Path] = field(default_factory=list)
    max_packets: int | None = None
    quiet: bool = False


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message}; see aestream-io --help")


def _parser(where: str) -> _Parser:
    # Long options are spelled out, so that a new one never changes the meaning of an old line.
    return _Parser(prog=where, add_help=False, allow_abbrev=False)


def parse(words: Sequence[str]) -> Plan:
    """Read a command line that begins with `input`.

    Args:
        words: the words after the program's name.

    Raises:
        UsageError: a word that is not expected there.

    Example:
        >>> parse("input file a.raw output udp 10.0.0.2 output file b.es".split()).sinks
        ['udp:10.0.0.2:3333?timestamps=no&packet=128', PosixPath('b.es')]
    """
    words, plan = _shared_options(words)
    sections: list[list[str]] = []
    for word in words:
        # `output` begins a section, except where the word before it still needs a name.
        begins = word == "output" and sections[-1][-1] not in ("input", "file")
        if begins or not sections:
            sections.append([word])
        else:
            sections[-1].append(word)
    plan.source = _input(sections[0][1:])
    plan.sinks = [_output(section[1:]) for section in sections[1:]] or ["-"]
    return plan


def _shared_options(words: Sequence[str]) -> tuple[list[str], Plan]:
    parser = _parser("aestream-io")
    parser.add_argument("--max-packets", type=_count)
    parser.add_argument("-q", "--quiet", action="store_true")
    options, rest = parser.parse_known_args(words)
    return rest, Plan(max_packets=options.max_packets, quiet=options.quiet)


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError
    return value


def _input(words: list[str]) -> str | Path:
    if not words:
        raise UsageError(f"aestream-io input: expected {INPUTS}")
    kind, *rest = words
    parser = _parser(f"aestream-io input {kind}")
    match kind:
        case "file":
            parser.add_argument("path")
            return Path(parser.parse_args(rest).path)
        case "udp":
            parser.add_argument("host", nargs="?", default="0.0.0.0")
            parser.add_argument("port", nargs="?", default="3333")
            parser.add_argument("--size", "--dimensions")
            options = parser.parse_args(rest)
            query = f"?size={options.size}" if options.size else ""
            return f"udp:{_address(options.host, options.port)}{query}"
        case "synth":
            parser.add_argument("scene", nargs="?", default="edges")
            return f"synth:{parser.parse_args(rest).scene}"
        case "stdin":
            parser.parse_args(rest)
            return "-"
        case "inivation" | "prophesee" | "speck":
            raise UsageError(
                f"aestream-io input {kind}: cameras are named by their address, such as "
                "emulated:evk4 (pip install 'aestream-io[hw]'); aestream-io list shows those "
                "that can be opened"
            )
    return _any_address(parser, kind, rest, f"aestream-io input: expected {INPUTS}; got {kind!r}")


def _output(words: list[str]) -> str | Path:
    if not words:
        raise UsageError(f"aestream-io output: expected {OUTPUTS}")
    kind, *rest = words
    parser = _parser(f"aestream-io output {kind}")
    match kind:
        case "stdout":
            parser.parse_args(rest)
            return "-"
        case "null":
            parser.parse_args(rest)
            return "null:"
        case "file":
            parser.add_argument("path")
            return Path(parser.parse_args(rest).path)
        case "udp":
            return _udp_output(parser, rest)
    return _any_address(parser, kind, rest, f"aestream-io output: expected {OUTPUTS}; got {kind!r}")


def _udp_output(parser: _Parser, words: list[str]) -> str:
    parser.add_argument("host", nargs="?", default="localhost")
    parser.add_argument("port", nargs="?", default="3333")
    parser.add_argument("--packet-size", type=int, default=512)
    parser.add_argument("--buffer-size", type=int)
    parser.add_argument("--include-timestamp", action="store_true")
    options = parser.parse_args(words)
    timed = options.include_timestamp
    events = options.packet_size // (2 * SPIF_BYTES if timed else SPIF_BYTES)
    if events < 1:
        parser.error(f"--packet-size: expected bytes for at least one event, {options.packet_size}")
    uri = f"udp:{_address(options.host, options.port)}"
    uri += f"?timestamps={'yes' if timed else 'no'}&packet={events}"
    return uri if options.buffer_size is None else f"{uri}&buffer={options.buffer_size}"


def _address(host: str, port: str) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _any_address(parser: _Parser, word: str, rest: list[str], message: str) -> str:
    if ":" not in word and word != "-" and not os.path.exists(word) and "." not in word:
        raise UsageError(message)
    parser.parse_args(rest)
    return word
