"""A report of a computer and its cameras that can be given away: findings and short traces."""

import dataclasses
import json
import platform
import re
import tempfile
import zipfile
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hw_drivers.discovery import devices
from hw_drivers.doctor.checks import Finding
from hw_drivers.errors import HardwareError

__all__ = ["write_report"]

_TRACE_S = 1.0
_MAX_EVENTS = 1_000_000  # some megabytes of words


def write_report(path: Path, findings: Sequence[Finding], uris: Sequence[str] = ()) -> list[str]:
    """Write a ZIP file with the findings of `examine` and a trace of each camera.

    It holds `report.json` and one `.hwtrace` per camera: opening, one second of its stream and
    closing, to be played with `trace:FILE`. Serial numbers are left out of both.

    Args:
        path: the file; it replaces one of that name.
        findings: from `examine`.
        uris: cameras to trace; none: every camera on the USB buses that may be opened.

    Returns:
        What was done, one sentence per camera and one about the file.

    Raises:
        HardwareError: the file cannot be written.

    Example:
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "report.zip"
        ...     _ = write_report(path, [], ["emulated:evk4?realtime=0&duration=2ms"])
        ...     zipfile.ZipFile(path).namelist()
        ['report.json', '0-evk4.hwtrace']
    """
    present = [info for info in devices() if info.kind == "usb"]
    chosen = list(uris) or [info.uri for info in present if info.error is None]
    serials = {info.serial for info in present if info.serial}
    lines: list[str] = []
    sessions = []
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            traces = []
            for number, uri in enumerate(chosen):
                trace = Path(folder) / f"{number}-{_device(uri)}.hwtrace"
                told = _trace(uri, trace, serials)
                sessions.append({"device": _device(uri), "result": _without(told, serials)})
                lines.append(f"{uri}: {told}")
                if trace.exists():
                    traces.append(trace)
            report = {
                "hw_drivers": _version("hw-drivers"),
                "neuro_kernels": _version("neuro-kernels"),
                "python": platform.python_version(),
                "system": platform.platform(),
                "findings": [dataclasses.asdict(finding) for finding in findings],
                "cameras": [dataclasses.asdict(info) for info in present],
                "traces": sessions,
            }
            text = _without(json.dumps(report, indent=2), serials)
            whole = Path(folder) / "report.zip"
            with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
                file.writestr("report.json", text)
                for trace in traces:
                    file.write(trace, trace.name)
            whole.replace(path)
    except OSError as error:
        if isinstance(error, HardwareError):
            raise
        raise HardwareError(f"doctor: cannot write {path}: {error.strerror}") from None
    return [*lines, f"wrote {path}: findings and {len(traces)} traces, without serial numbers"]


def _trace(uri: str, path: Path, serials: set[str]) -> str:
    from hw_drivers.opening.uris import open_device

    events = 0
    try:
        with open_device(uri, trace=path) as device:
            if device.info.serial:
                serials.add(device.info.serial)
            end_ns: float | None = None
            for packet in device.packets(max_latency=10e-3):
                now_ns = packet.host_time.monotonic_ns
                end_ns = now_ns + _TRACE_S * 1e9 if end_ns is None else end_ns
                events += len(packet.events)
                if events >= _MAX_EVENTS or now_ns >= end_ns:
                    break
    except HardwareError as error:
        return f"{events} events, then: {error}"
    return f"{events} events"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:  # run from its sources
        return None


def _device(uri: str) -> str:
    parts = re.split(r"[:?]", uri)
    name = parts[1] if parts[0] == "emulated" and len(parts) > 1 else parts[0]
    return re.sub(r"[^a-z0-9]+", "-", name.lower()) or "camera"


def _without(text: str, serials: set[str]) -> str:
    for serial in sorted(serials, key=len, reverse=True):
        text = text.replace(serial, "(serial)")
    return text
