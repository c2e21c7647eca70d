"""USB devices through libusb, which is found at run time: no GIL while data flows."""

import importlib.util
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from neuro_kernels._kernels import ByteLog, UsbDevice, UsbError, UsbLibrary, UsbStream

__all__ = ["ByteLog", "UsbDevice", "UsbError", "UsbLibrary", "UsbStream", "library"]

ENVIRONMENT = "NEURO_KERNELS_LIBUSB"
_SYSTEM = {
    "linux": ("libusb-1.0.so.0", "libusb-1.0.so"),
    "darwin": (
        "libusb-1.0.dylib",
        "/opt/homebrew/lib/libusb-1.0.dylib",
        "/usr/local/lib/libusb-1.0.dylib",
    ),
    "win32": ("libusb-1.0.dll",),
}


def library(path: str | None = None) -> UsbLibrary:
    """Load libusb-1.0.

    Looked for in this order: `path`; the environment variable NEURO_KERNELS_LIBUSB; the system's
    library; the library of the package `libusb-package`, where that is installed.

    Args:
        path: name or path of the shared library.

    Returns:
        The library; it stays loaded.

    Raises:
        UsbError: none can be loaded (an `OSError`; `errno` is 0).

    Example:
        >>> try:
        ...     library("/no/such/file")
        ... except UsbError as error:
        ...     print(error.errno)
        0
    """
    path = path or os.environ.get(ENVIRONMENT)
    return _load(path) if path else _first()


@cache
def _load(path: str) -> UsbLibrary:
    return UsbLibrary(path)


@cache
def _first() -> UsbLibrary:
    reasons = []
    for candidate in _candidates():
        try:
            return _load(candidate)
        except UsbError as error:
            reasons.append(str(error.strerror))
    raise UsbError(
        0,
        "libusb-1.0 was not found; install it (Debian: libusb-1.0-0) or pip install "
        f"libusb-package ({'; '.join(reasons)})",
    )


def _candidates() -> Iterator[str]:
    yield from _SYSTEM.get(sys.platform, _SYSTEM["linux"])
    found = importlib.util.find_spec("libusb_package")
    for folder in (found.submodule_search_locations or ()) if found else ():
        for pattern in ("libusb-1.0.so*", "libusb-1.0*.dylib", "libusb-1.0.dll"):
            yield from sorted(str(p) for p in Path(folder).glob(pattern))
