"""Shared helpers of the tests."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from neuro_kernels import Events

# Helpers beside the tests (hw_fake_bus.py) are imported by name.
sys.path.insert(0, str(Path(__file__).parent))

# Run as programs of their own, with packages that the tests do not have.
collect_ignore = ["hw_peer_client.py"]

settings.register_profile("hw_drivers", deadline=None, max_examples=60)
settings.load_profile("hw_drivers")


@pytest.fixture
def shared_data() -> Path:
    """Folder of the shared test data; the test is skipped where it is absent."""
    default = Path(__file__).resolve().parents[3] / ".." / "shared" / "data"
    folder = Path(os.environ.get("NEURO_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip("the shared test data is not on this machine")
    return folder


@pytest.fixture
def random_events() -> Callable[..., Events]:
    """Return a maker of repeatable random events in time order."""

    def make(
        count: int,
        *,
        seed: int = 0,
        start_us: int = 0,
        span_us: int = 50_000,
        size: tuple[int, int] = (1280, 720),
    ) -> Events:
        random = np.random.default_rng(seed)
        t = np.sort(random.integers(start_us, start_us + span_us, count))
        x = random.integers(0, size[0], count).astype(np.uint16)
        y = random.integers(0, size[1], count).astype(np.uint16)
        return Events(t, x, y, random.integers(0, 2, count).astype(np.uint8), size=size)

    return make


@pytest.fixture
def fake_bus(tmp_path: Path) -> Callable[..., Path]:
    """Return a maker of fake sysfs entries; it returns the folder to pass as `sysfs`."""
    sysfs = tmp_path / "sys"
    dev = tmp_path / "dev"

    def add(
        name: str,
        *,
        vendor: str,
        product: str,
        interface: tuple[str, str] | None = ("ff", "19"),
        node: bool = True,
        bus: int = 2,
        number: int = 7,
        **texts: str,
    ) -> Path:
        folder = sysfs / name
        folder.mkdir(parents=True)
        values = {
            "idVendor": vendor,
            "idProduct": product,
            "speed": "5000",
            "busnum": str(bus),
            "devnum": str(number),
        }
        for key, text in (values | texts).items():
            (folder / key).write_text(text + "\n")
        if interface is not None:
            part = folder / f"{name}:1.0"
            part.mkdir()
            (part / "bInterfaceClass").write_text(interface[0] + "\n")
            (part / "bInterfaceSubClass").write_text(interface[1] + "\n")
        if node:
            target = dev / f"{bus:03d}"
            target.mkdir(parents=True, exist_ok=True)
            (target / f"{number:03d}").touch()
        return sysfs

    return add
