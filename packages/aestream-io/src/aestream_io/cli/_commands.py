"""What each command does."""

import argparse
import dataclasses
import itertools
import json
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from aestream_io._errors import UriError
from aestream_io.cli import _aestream
from aestream_io.cli._main import INTERRUPTED, OK
from aestream_io.cli._usage import UsageError
from aestream_io.routing import RouteReport, route
from aestream_io.sources import AdaptedSource, Source, open_source
from aestream_io.units import parse_count, parse_duration_us, parse_number
from neuro_kernels import Events

__all__ = ["run_aestream", "run_info", "run_list", "run_route"]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message}; see {self.prog} --help")


def _quantity(parse: Any) -> Any:
    def convert(text: str) -> Any:
        try:
            return parse(text)
        except UriError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert


def run_aestream(words: Sequence[str]) -> int:
    """Run `input … output …`."""
    plan = _aestream.parse(words)
    with _open_first(plan.source, *plan.others) as source:
        limited: Source = source
        if plan.max_packets is not None or plan.time_factor != 1:
            packets = (_stretched(events, plan.time_factor) for events in source)
            limited = AdaptedSource(
                itertools.islice(packets, plan.max_packets), size=source.size, name=source.name
            )
        report = route(
            limited,
            *plan.sinks,
            pace=plan.pace,
            duration_us=plan.timeout_us,
            finish_on_interrupt=True,
        )
        return _report(report, source, plan.quiet)


def _open_first(*addresses: Any) -> Source:
    """Open the first address that can be opened."""
    failures = []
    for address in addresses:
        try:
            return open_source(address)
        except Exception as error:  # drivers raise errors of their own
            failures.append(error)
    raise failures[0]


def _stretched(events: Events, factor: int) -> Events:
    if factor == 1:
        return events
    return Events(events.t * factor, events.x, events.y, events.p, size=events.size, t0=events.t0)


def run_route(words: Sequence[str]) -> int:
    """Run `route SOURCE SINK…`."""
    parser = _Parser(prog="aestream-io route", description="Send a stream of events to sinks.")
    parser.add_argument("source", help="where events come from, see aestream-io list")
    parser.add_argument("sinks", nargs="+", metavar="sink", help="where they go")
    parser.add_argument(
        "--pace",
        type=_quantity(parse_number),
        metavar="X",
        help="play X times as fast as recorded (1: real time); default: as fast as possible",
    )
    parser.add_argument(
        "--for",
        dest="duration_us",
        type=_quantity(parse_duration_us),
        metavar="TIME",
        help="end after this much event time, such as 10s",
    )
    parser.add_argument(
        "--max-events", type=_quantity(parse_count), metavar="N", help="end after N events"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing at the end")
    # `-?format=es` is standard input or output with an option, and no option of ours.
    options = parser.parse_args([f" {word}" if word.startswith("-?") else word for word in words])
    options.source, options.sinks = options.source.lstrip(), [s.lstrip() for s in options.sinks]
    if options.pace is not None and options.pace <= 0:
        parser.error(f"--pace: expected a factor above 0, got {options.pace:g}")
    with open_source(options.source) as source:
        report = route(
            source,
            *options.sinks,
            pace=options.pace,
            max_events=options.max_events,
            duration_us=options.duration_us,
            finish_on_interrupt=True,
        )
        return _report(report, source, options.quiet)


def _report(report: RouteReport, source: Source, quiet: bool) -> int:
    if not quiet:
        rate = f", {report.events / report.elapsed_s / 1e6:.3g} Mev/s" if report.elapsed_s else ""
        lines = [f"from {source.name} {report.events} events in {report.elapsed_s:.3g} s{rate}"]
        stats = source.stats
        if stats.lost_packets or stats.lost_events or stats.out_of_range or stats.malformed:
            lines.append(f"{source.name} {stats.summary()}")
        for sink in report.sinks:
            size = f", {sink.bytes} bytes" if sink.bytes else ""
            lost = f", LOST {sink.lost_events} events" if sink.lost_events else ""
            lines.append(f"to {sink.name} {sink.events} events{size}{lost}")
            lines.extend(f"{sink.name} {note}" for note in sink.notes)
        sys.stderr.write("".join(f"aestream-io: {line}\n" for line in lines))
    # Stopping is how a live stream ends; a recording was not wanted in part.
    return INTERRUPTED if report.interrupted and not source.live else OK


def run_info(words: Sequence[str]) -> int:
    """Run `info FILE…`."""
    from aestream_io import info

    parser = _Parser(prog="aestream-io info", description="Facts about recordings.")
    parser.add_argument("files", nargs="+", metavar="file", help="path of a recording")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    options = parser.parse_args(words)
    for path in options.files:
        found = info(path)
        facts = {**dataclasses.asdict(found), "duration_us": found.duration_us}
        if options.json:
            sys.stdout.write(json.dumps(facts, default=dict) + "\n")
        else:
            sys.stdout.write(_table(facts))
    return OK


def _table(facts: dict[str, Any]) -> str:
    metadata = dict(facts.pop("metadata", {}))
    if facts.get("size"):
        facts["size"] = "{}x{}".format(*facts["size"])
    rows = [(name, value) for name, value in facts.items() if value is not None]
    rows += [(f"metadata.{name}", value) for name, value in metadata.items()]
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name:{width}}  {value}\n" for name, value in rows)


def run_list(words: Sequence[str]) -> int:
    """Run `list`: schemes and formats."""
    from aestream_io.formats import formats
    from aestream_io.sinks import schemes as sink_schemes
    from aestream_io.sources import schemes

    _Parser(prog="aestream-io list", description="What can be opened.").parse_args(words)
    out = ["inputs:\n", *(f"  {name:10} {origin}\n" for name, origin in sorted(schemes().items()))]
    out += ["outputs:\n", *(f"  {name}\n" for name in sorted(sink_schemes()))]
    out.append("formats:\n")
    for entry in formats():
        does = ", ".join(
            word for word, it in (("read", entry.open_reader), ("write", entry.open_writer)) if it
        )
        out.append(f"  {entry.name:10} {entry.title} ({does}; {' '.join(entry.extensions)})\n")
    sys.stdout.write("".join(out))
    return OK
