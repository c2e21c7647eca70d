"""Raw recordings of a device: what arrived, byte for byte, under a text header."""

import contextlib
import dataclasses
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hw_drivers.errors import DeviceDisconnected, HardwareError
from hw_drivers.recording.quality import Quality, QualityWatch, write_quality
from hw_drivers.transport.interface import Log

__all__ = ["Recording", "RecordingReport"]


@dataclass(frozen=True)
class RecordingReport:
    """What a finished recording holds.

    Args:
        path: the file.
        bytes: bytes of the stream in it, without the header.
        packets: transfers in it.
        missing_packets: transfers that arrived and are not in it.
        duration_s: from the first to the last transfer.
        wall_ns: arrival of the first transfer since 1970, or None without any.
        config: the device's configuration when the recording was started.
        quality: losses, drift and temperature meanwhile.
        quality_path: JSON file beside the recording with all of this, or None.
        disconnected: whether it ends because the device left.
    """

    path: Path
    bytes: int
    packets: int
    missing_packets: int
    duration_s: float
    wall_ns: int | None
    config: dict[str, Any]
    quality: Quality
    quality_path: Path | None = None
    disconnected: bool = False


class Recording:
    """A recording in progress; leave the `with` block or call `stop` to finish the file.

    Transfers are written as they arrive, whether or not the program reads their events in time.
    The file appears under its name only when it is whole; until then it is a hidden neighbour.

    Args:
        path: the file.
        header: bytes before the stream.
        config: kept for the report.
        start_log: given an open file descriptor, starts the log of the stream.
        finished: called once when the recording is over.
        watch: tells the quality.
        write_report: whether to write the report beside the recording, as `<name>.json`.
    """

    def __init__(
        self,
        path: Path,
        header: bytes,
        config: dict[str, Any],
        start_log: Callable[[int], Log],
        finished: Callable[[], None],
        watch: QualityWatch,
        *,
        write_report: bool = True,
    ) -> None:
        self._path = path
        self._config = config
        self._finished = finished
        self._watch = watch
        self._write_report = write_report
        self._report: RecordingReport | None = None
        try:
            descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        except OSError as error:
            raise HardwareError(f"record: cannot write to {path}: {error.strerror}") from None
        self._temporary = Path(name)
        try:
            os.write(descriptor, header)
        except OSError as error:
            os.close(descriptor)
            raise self._failed(error.errno or 0) from None
        self._log = start_log(descriptor)

    @property
    def finished(self) -> bool:
        """Whether it is over: it was stopped, or the device left."""
        return self._report is not None

    def stop(self, *, disconnected: bool = False) -> RecordingReport:
        """Finish the file and give it its name.

        Args:
            disconnected: told in the report: whether it ends because the device left.

        Returns:
            What it holds; a second call returns the same.

        Raises:
            HardwareError: the file could not be written; nothing is left of it.
        """
        if self._report is not None:
            return self._report
        quality = self._watch.result()
        counts = self._log.finish()
        self._finished()
        if counts.errno:
            raise self._failed(counts.errno)
        try:
            os.chmod(self._temporary, 0o666 & ~_umask())
            os.replace(self._temporary, self._path)
        except OSError as error:
            raise self._failed(error.errno or 0) from None
        self._report = RecordingReport(
            self._path,
            counts.bytes,
            counts.packets,
            counts.missing_packets,
            counts.duration_s,
            counts.first_wall_ns,
            self._config,
            quality,
            self._path.with_name(f"{self._path.name}.json") if self._write_report else None,
            disconnected,
        )
        if self._report.quality_path is not None:
            write_quality(self._report.quality_path, dataclasses.asdict(self._report))
        return self._report

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop(disconnected=isinstance(error, DeviceDisconnected))

    def _failed(self, errno: int) -> HardwareError:
        with contextlib.suppress(OSError):
            self._temporary.unlink()
        return HardwareError(
            f"record: {self._path} could not be written: {os.strerror(errno)}; nothing is left "
            "of it"
        )


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
