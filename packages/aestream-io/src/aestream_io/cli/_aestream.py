"""AEStream's grammar: `input WHERE … output WHERE … [output WHERE …]`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aestream_io.cli._places import input_address, output_address, place_parser
from aestream_io.cli._usage import UsageError

__all__ = ["Plan", "parse"]

INPUTS = (
    "file PATH, stdin, udp [HOST] [PORT], zmq [ADDRESS], speck [ADDRESS], synth SCENE, "
    "prophesee [SERIAL], inivation [BUS ADDRESS CAMERA], or any address such as emulated:evk4"
)
OUTPUTS = (
    "stdout, file PATH, udp [HOST] [PORT], zmq [ADDRESS], view, null, or any address such as "
    "udp:host:3333"
)


@dataclass
class Plan:
    """What a command line asks for.

    Attributes:
        source: address of the source; several are tried in turn, for cameras of one maker.
        sinks: addresses of the sinks.
        max_packets: end after this many packets of the source, or None.
        timeout_us: end after this much event time, or None.
        pace: event time per wall time, or None for as fast as possible.
        time_factor: microseconds in one unit of the recording's times.
        quiet: say nothing at the end.
    """

    source: str | Path = ""
    others: tuple[str, ...] = ()
    sinks: list[str | Path] = field(default_factory=list)
    max_packets: int | None = None
    timeout_us: int | None = None
    pace: float | None = None
    time_factor: int = 1
    quiet: bool = False


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
    if len(sections[0]) < 2:
        raise UsageError(f"input: expected {INPUTS}")
    place = input_address(sections[0][1:], expected=INPUTS)
    plan.source, plan.others = place.addresses[0], tuple(map(str, place.addresses[1:]))
    plan.timeout_us, plan.time_factor = place.timeout_us, place.time_factor
    live_output = False
    for section in sections[1:] or [["output", "stdout"]]:
        if len(section) < 2:
            raise UsageError(f"output: expected {OUTPUTS}")
        address, live = output_address(section[1:], expected=OUTPUTS)
        plan.sinks.append(address)
        live_output |= live
    # A recording plays in its own time to whoever watches; a conversion need not take that long.
    if place.is_file and live_output and not place.ignore_time:
        plan.pace = 1.0
    return plan


def _shared_options(words: Sequence[str]) -> tuple[list[str], Plan]:
    parser = place_parser("aestream-io")
    parser.add_argument("--max-packets", type=_count)
    parser.add_argument("-q", "--quiet", action="store_true")
    options, rest = parser.parse_known_args(words)
    return rest, Plan(max_packets=options.max_packets, quiet=options.quiet)


def _count(text: str) -> int | None:
    """A number of packets; -1 means all, as in AEStream."""
    value = int(text)
    if value < -1:
        raise ValueError
    return None if value == -1 else value
