"""The command `hw-drivers`."""

import argparse
import dataclasses
import difflib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hw_drivers.config.files import to_toml
from hw_drivers.config.schema import field_rows, to_plain
from hw_drivers.devices import DRIVERS
from hw_drivers.discovery import DeviceInfo, devices
from hw_drivers.doctor.checks import RULES_PATH, examine, write_udev_rules
from hw_drivers.errors import HardwareError
from hw_drivers.uri import parse_seconds

__all__ = ["main"]

_EXIT_ERROR = 1
_EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: words after the command's name; None: those of the process.

    Returns:
        Exit code: 0 done, 1 an error (one sentence on standard error), 2 wrong usage, 130
        interrupted.

    Example:
        >>> main(["info", "emulated:evk4?realtime=0"])  # doctest: +ELLIPSIS
        uri           emulated:evk4
        ...
        0
    """
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except HardwareError as error:
        print(f"hw-drivers: {error}", file=sys.stderr)
        return _EXIT_ERROR
    except KeyboardInterrupt:
        return _EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe has left: nothing to say
        return _EXIT_ERROR
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hw-drivers", description="Event cameras, and models.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    lister = command("list", _list, "List the devices at hand.")
    lister.add_argument("--json", action="store_true", help="one JSON list")

    info = command("info", _info, "Open a device and print what it is.")
    info.add_argument("uri")
    info.add_argument("--json", action="store_true", help="one JSON object")

    record = command("record", _record, "Record a device to a raw file.")
    record.add_argument("uri")
    record.add_argument("path")
    record.add_argument("--duration", type=_seconds, help="for example 10s; default: until Ctrl-C")
    record.add_argument(
        "--trace", metavar="FILE", help="also write all requests and transfers, for trace:FILE"
    )
    _add_config(record)

    config = command("config", _config, "Print or write a configuration, its schema or its fields.")
    config.add_argument("device", help="for example evk4")
    shown = config.add_mutually_exclusive_group()
    shown.add_argument("--schema", action="store_true", help="the JSON schema instead")
    shown.add_argument("--fields", action="store_true", help="a table of the fields instead")
    shown.add_argument("--toml", action="store_true", help="TOML instead of JSON")
    shown.add_argument("-o", "--output", metavar="FILE", help="write to this .json or .toml file")
    _add_config(config)

    doctor = command("doctor", _doctor, "Check this computer and its cameras.")
    doctor.add_argument("--json", action="store_true", help="one JSON list")
    doctor.add_argument(
        "--write-udev",
        nargs="?",
        const=str(RULES_PATH),
        metavar="PATH",
        help=f"write the udev rules (default: {RULES_PATH}) instead",
    )
    doctor.add_argument(
        "--record",
        metavar="FILE.zip",
        help="write the findings and a short trace of each camera, serial numbers left out",
    )
    doctor.add_argument(
        "--device", action="append", default=[], metavar="URI", help="camera to trace; default: all"
    )

    emulate = command("emulate", _emulate, "Run an emulated device and print what it sends.")
    emulate.add_argument("device", help="device and options, for example evk4?rate=5e6")
    emulate.add_argument("--duration", type=_seconds, default=1.0, help="default 1s")
    emulate.add_argument("--registers", action="store_true", help="print the registers at the end")
    _add_config(emulate)
    return parser


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="JSON or TOML file to start from")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="for example bias.diff_on=+20; may be given several times",
    )


def _seconds(text: str) -> float:
    try:
        seconds = parse_seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if seconds <= 0:
        raise argparse.ArgumentTypeError(f"expected a duration above 0, got {text!r}")
    return seconds


def _list(options: argparse.Namespace) -> None:
    found = devices()
    if options.json:
        print(json.dumps([dataclasses.asdict(info) for info in found], indent=2))
        return
    width = max(len(info.uri) for info in found)
    for info in found:
        speed = f"  {info.speed_mbps:g} Mbit/s" if info.speed_mbps else ""
        print(f"{info.uri:{width}}  {info.name}  [{info.verified}]{speed}")
        if info.error:
            print(f"{'':{width}}  {info.error}")


def _info(options: argparse.Namespace) -> None:
    from hw_drivers.opening.uris import open_device

    with open_device(options.uri) as device:
        _print_info(device.info, as_json=options.json)


def _print_info(info: DeviceInfo, *, as_json: bool) -> None:
    values = dataclasses.asdict(info)
    if as_json:
        print(json.dumps(values, indent=2))
        return
    for name, value in values.items():
        if value is not None:
            text = " x ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            print(f"{name:12}  {text}")


def _record(options: argparse.Namespace) -> None:
    from hw_drivers.opening.uris import open_device

    name = _device_of(options.uri)
    # A trace is opened with the configuration that is in it.
    kept = name == "trace" and not (options.config or options.set)
    config = None if kept else _chosen_config(name, options)
    with open_device(options.uri, config, trace=options.trace) as device:
        with device.record(options.path) as recording:
            for _ in _until(device, options.duration):
                pass
        report = recording.stop()
    print(
        f"{report.path}: {report.bytes} bytes in {report.packets} transfers, "
        f"{report.missing_packets} missing, {device.health().events} events"
    )


def _config(options: argparse.Namespace) -> None:
    kind = _config_type(options.device)
    config = _chosen_config(options.device, options)
    if options.schema:
        print(json.dumps(kind.schema(), indent=2))
    elif options.fields:
        _print_fields(kind, config)
    elif options.toml:
        print(to_toml(config.to_dict()), end="")
    elif options.output:
        config.save(options.output)
    else:
        print(json.dumps(config.to_dict(), indent=2))


def _print_fields(kind: Any, config: Any) -> None:
    rows = list(field_rows(kind))
    width = max(len(row.path) for row in rows)
    for row in rows:
        value: Any = config
        for name in row.path.split("."):
            value = getattr(value, name)
        limits = "" if row.allowed is None else f" ({row.allowed[0]:g} to {row.allowed[1]:g})"
        words = "" if row.choices is None else f" ({', '.join(row.choices)})"
        unit = f" {row.unit}" if row.unit else ""
        print(f"{row.path:{width}}  {json.dumps(to_plain(value))}{unit}{limits}{words}  {row.doc}")


def _doctor(options: argparse.Namespace) -> None:
    if options.write_udev:
        print(write_udev_rules(Path(options.write_udev)))
        return
    findings = examine()
    if options.record:
        from hw_drivers.doctor.report import write_report

        for line in write_report(Path(options.record), findings, options.device):
            print(line)
        return
    if options.json:
        print(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{finding.level:8} {finding.what}")
            if finding.fix:
                print(f"{'':8} -> {finding.fix}")
    problems = sum(finding.level == "problem" for finding in findings)
    if problems:
        raise HardwareError(f"{problems} problem{'s' if problems > 1 else ''} found")


def _emulate(options: argparse.Namespace) -> None:
    from hw_drivers.opening.uris import open_device

    name = options.device.partition("?")[0]
    config = _chosen_config(name, options)
    with open_device(f"emulated:{options.device}", config) as device:
        for _ in _until(device, options.duration):
            pass
        health = device.health()
        print(
            f"{device.info.uri}: {health.events} events, {health.bytes} bytes in {health.packets} "
            f"transfers, {health.lost_packets} lost"
        )
        if options.registers:
            for address, value in device.emulator.registers.items():
                print(f"{address:08X} {value:08X}")


def _until(device: Any, duration: float | None) -> Any:
    """Walk through the packets of the first `duration` seconds."""
    # A packet is given as a whole: a short time is told by single transfers.
    latency = 10e-3 if duration is None or duration >= 1 else None
    end_ns: float | None = None
    for packet in device.packets(max_latency=latency):
        if end_ns is None:
            end_ns = float("inf")
            if duration is not None:
                end_ns = packet.host_time.monotonic_ns + duration * 1e9
        yield packet
        if packet.host_time.monotonic_ns >= end_ns:
            return


def _device_of(uri: str) -> str:
    from hw_drivers.uri import parse_uri

    parsed = parse_uri(uri)
    return parsed.name if parsed.scheme == "emulated" else parsed.scheme


def _config_type(name: str) -> Any:
    if name not in DRIVERS:
        near = difflib.get_close_matches(name, DRIVERS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise HardwareError(f"no configuration for {name!r}; {hint}there are: {', '.join(DRIVERS)}")
    return DRIVERS[name].load("config")


def _chosen_config(name: str, options: argparse.Namespace) -> Any:
    kind = _config_type(name)
    config = kind()
    if options.config:
        config = kind.load(options.config)
    values = []
    for item in options.set:
        path, equals, text = item.partition("=")
        if not equals:
            raise HardwareError(f"--set {item}: expected FIELD=VALUE, for example bias.fo=-10")
        values.append((path, text))
    return config.with_values(values)
